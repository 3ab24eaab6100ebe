import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalAuthError,
  InfisicalClient,
  InfisicalConfigError,
  InfisicalModule,
  type InfisicalModuleOptions,
  InfisicalNotFoundError,
  InfisicalTimeoutError,
  InjectSecrets,
  type LoadedSecrets,
  type LoadSecretsOptions,
  MissingSecretsError,
  Secret,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import { testApps } from '../support/apps.js';
import {
  CLIENT_ID,
  failureOf,
  listedFolders,
  PROJECT_ID,
  requestPaths,
} from '../support/demo.js';

const FOLDERS = {
  '/': { PORT: '3000', API_KEY: 'canary-of-root' },
  '/payments': { STRIPE_KEY: 'canary-of-payments' },
  '/mail': { SMTP_URL: 'canary-of-mail' },
};

@Injectable()
class RootService {
  @Secret('API_KEY') readonly apiKey!: string;
}

@Injectable()
class PaymentsService {
  @Secret('STRIPE_KEY') readonly stripeKey!: string;
  constructor(@InjectSecrets('/payments') readonly secrets: SecretsService) {}
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/payments' })],
  providers: [PaymentsService],
})
class PaymentsModule {}

describe('loadSecrets', () => {
  const apps = testApps();
  let emulator: InfisicalEmulator;

  beforeEach(async () => {
    emulator = await apps.start(FOLDERS);
  });

  const load = apps.load.bind(apps);
  const boot = (infisical: DynamicModule): Promise<TestingModule> =>
    apps.boot({
      root: false,
      imports: [infisical, PaymentsModule],
      providers: [RootService],
    });

  /** The root's options beside loaded secrets. */
  const quiet: InfisicalModuleOptions = { refresh: { interval: false } };

  describe('without Nest', () => {
    it('reads by name from memory, after one login and one list for each scope', async () => {
      const loaded = await load({
        scopes: [{ path: '/payments' }, { path: '/mail' }],
        required: ['PORT'],
      });
      expect(loaded.get('PORT')).toBe('3000');
      expect(loaded.getOrThrow('API_KEY')).toBe('canary-of-root');
      expect(loaded.get('STRIPE_KEY')).toBeUndefined();
      expect(loaded.has('PORT')).toBe(true);
      expect(loaded.keys()).toEqual(['API_KEY', 'PORT']);
      expect(loaded.entries()).toEqual([
        ['API_KEY', 'canary-of-root'],
        ['PORT', '3000'],
      ]);
      const payments = loaded.scope({ path: '/payments' });
      expect(payments.getOrThrow('STRIPE_KEY')).toBe('canary-of-payments');
      expect(loaded.scope({ path: 'mail/' }).keys()).toEqual(['SMTP_URL']);
      expect(listedFolders(emulator)).toEqual(['/', '/mail', '/payments']);
      expect(emulator.requests).toHaveLength(4);
    });

    it('serves scopes below a recursive one from its list', async () => {
      const loaded = await load({
        recursive: true,
        scopes: [{ path: '/mail', required: ['SMTP_URL'] }],
      });
      expect(loaded.get('STRIPE_KEY')).toBe('canary-of-payments');
      expect(loaded.scope({ path: '/mail' }).keys()).toEqual(['SMTP_URL']);
      expect(listedFolders(emulator)).toEqual(['/']);
    });

    it('prints no value', async () => {
      const loaded = await load();
      const printed = [
        inspect(loaded, { depth: 10, showHidden: true }),
        JSON.stringify(loaded),
        `${loaded as unknown as string}`,
      ].join();
      expect(printed).toContain("environment: 'dev'");
      expect(printed).not.toMatch(/canary|3000/);
    });

    it('reports all required names of all scopes in one error', async () => {
      const error = await failureOf(
        load({
          required: ['PORT', 'DATABASE_URL'],
          scopes: [
            { path: '/payments', required: ['STRIPE_KEI'] },
            { path: '/nowhere', required: ['ANYTHING'] },
          ],
        }),
      );
      expect(error).toBeInstanceOf(MissingSecretsError);
      const { problems } = error as MissingSecretsError;
      expect(
        problems.map(({ name, path, reason }) => [name, path, reason]),
      ).toEqual([
        ['DATABASE_URL', '/', 'missing'],
        ['STRIPE_KEI', '/payments', 'missing'],
        ['ANYTHING', '/nowhere', 'missing'],
      ]);
      expect(problems[1]?.hint).toMatch(/Did you mean "STRIPE_KEY"/);
      expect(problems[2]?.hint).toMatch(/do not exist/);
      expect(error.cause).toBeInstanceOf(InfisicalNotFoundError);
      expect(inspect(error)).not.toContain('canary');
    });

    it('fails with the typed error of what went wrong', async () => {
      const wrong = await failureOf(
        load({
          auth: {
            universalAuth: { clientId: CLIENT_ID, clientSecret: 'nope' },
          },
        }),
      );
      expect(wrong).toBeInstanceOf(InfisicalAuthError);
      const absent = await failureOf(load({ path: '/nowhere' }));
      expect(absent).toBeInstanceOf(InfisicalNotFoundError);
      expect(absent.message).toContain('path /nowhere');
      emulator.trouble.add({ kind: 'hang', path: '/api/v4/secrets' });
      const late = await failureOf(load({ startup: { timeout: 50 } }));
      expect(late).toBeInstanceOf(InfisicalTimeoutError);
      expect(late.message).toContain('startup.timeout');
    });

    it.each([
      [{ typo: 1 }, /loadSecrets has no option "typo"/],
      [{ environment: undefined }, /No environment/],
      [{ scopes: {} }, /scopes must be an array/],
      [{ scopes: [{ path: '' }] }, /scopes\[0\]: path/],
      [{ scopes: [{ paht: '/a' }] }, /scopes\[0\] has no option "paht"/],
      [{ scopes: [{ required: 'A' }] }, /scopes\[0\]\.required must be/],
      [{ required: [1] }, /required must be an array of names/],
      [{ recursive: 'yes' }, /recursive must be true or false/],
      [{ startup: { timeout: 'soon' } }, /startup\.timeout/],
    ])('refuses %j before anything is sent', async (more, message) => {
      const error = await failureOf(load(more as Partial<LoadSecretsOptions>));
      expect(error).toBeInstanceOf(InfisicalConfigError);
      expect(error.message).toMatch(message);
      expect(emulator.requests).toEqual([]);
    });

    it('names the scopes to load when one was not', async () => {
      const loaded = await load();
      expect(() => loaded.scope({ path: '/mail' })).toThrow(
        /path \/mail\) was not loaded: add it to `scopes`/,
      );
      expect(() => loaded.scope({ paht: '/mail' } as object)).toThrow(
        InfisicalConfigError,
      );
    });
  });

  describe('handed to the module', () => {
    it('costs neither a second login nor a second list', async () => {
      const loaded = await load({ scopes: [{ path: '/payments' }] });
      expect(emulator.requests).toHaveLength(3);
      const app = await boot(InfisicalModule.forRoot({ ...quiet, loaded }));
      expect(app.get(RootService).apiKey).toBe('canary-of-root');
      expect(app.get(PaymentsService).stripeKey).toBe('canary-of-payments');
      expect(app.get(SecretsService).get('PORT')).toBe('3000');
      expect(emulator.requests).toHaveLength(3);
    });

    it('loads the scopes that are new, with the same login', async () => {
      const loaded = await load();
      const app = await boot(
        InfisicalModule.forRootAsync({
          useFactory: () => ({ ...quiet, loaded }),
        }),
      );
      expect(app.get(PaymentsService).stripeKey).toBe('canary-of-payments');
      expect(listedFolders(emulator)).toEqual(['/', '/payments']);
      expect(emulator.requests).toHaveLength(3);
    });

    it('may be a promise, and serves a named root', async () => {
      const module = await Test.createTestingModule({
        imports: [
          InfisicalModule.forRoot({ ...quiet, name: 'early', loaded: load() }),
        ],
        providers: [
          {
            provide: 'PORT',
            useFactory: (secrets: SecretsService) => secrets.get('PORT'),
            inject: ['INFISICAL_SECRETS@early'],
          },
        ],
      }).compile();
      apps.keep(module);
      expect(module.get('PORT')).toBe('3000');
      expect(requestPaths(emulator)).toHaveLength(2);
    });

    it('sees what a refresh of the module finds', async () => {
      const loaded = await load();
      const app = await boot(InfisicalModule.forRoot({ ...quiet, loaded }));
      await app
        .get(InfisicalClient)
        .secrets.update('PORT', { secretValue: '4000' });
      await app.get(SecretsService).refresh();
      expect(loaded.get('PORT')).toBe('4000');
    });

    it('tells at bootstrap why the promise failed', async () => {
      const error = await failureOf(
        boot(
          InfisicalModule.forRoot({
            loaded: load({ required: ['DATABASE_URL'] }),
          }),
        ),
      );
      expect(error).toBeInstanceOf(MissingSecretsError);
    });

    it('refuses what is said twice, and what loadSecrets did not give', async () => {
      const loaded = await load();
      const twice = await failureOf(
        boot(
          InfisicalModule.forRoot({
            loaded,
            projectId: PROJECT_ID,
            recursive: true,
            environment: undefined,
          }),
        ),
      );
      expect(twice).toBeInstanceOf(InfisicalConfigError);
      expect(twice.message).toContain(
        'Pass projectId, recursive to loadSecrets()',
      );
      const other = await failureOf(
        boot(
          InfisicalModule.forRoot({ loaded: {} as unknown as LoadedSecrets }),
        ),
      );
      expect(other.message).toContain('must be what loadSecrets() gives');
      // Neither of them took it.
      await boot(InfisicalModule.forRoot({ ...quiet, loaded }));
    });
  });

  describe('are closed', () => {
    it('by the caller, as long as no module has them', async () => {
      const loaded = await load();
      await loaded.close();
      await loaded.close();
      expect(loaded.get('PORT')).toBe('3000');
      const error = await failureOf(
        boot(InfisicalModule.forRoot({ ...quiet, loaded })),
      );
      expect(error.message).toContain('these secrets were closed');
    });

    it('by the module from then on, not by the caller', async () => {
      const loaded = await load();
      const app = await boot(InfisicalModule.forRoot({ ...quiet, loaded }));
      const client = app.get(InfisicalClient);
      await loaded.close();
      await client.secrets.list();
      await app.close();
      expect(await failureOf(client.secrets.list())).toMatchObject({
        message: expect.stringMatching(/closed/),
      });
      expect(loaded.get('PORT')).toBe('3000');
    });

    it('by the module too when the app cannot start', async () => {
      const loaded = await load({ scopes: [{ path: '/mail' }] });
      @Injectable()
      class Wanting {
        @Secret('NOT_THERE') readonly it!: string;
      }
      const failing = Test.createTestingModule({
        imports: [InfisicalModule.forRoot({ ...quiet, loaded })],
        providers: [Wanting],
      }).compile();
      expect(await failureOf(failing)).toBeInstanceOf(MissingSecretsError);
      const again = await failureOf(
        boot(InfisicalModule.forRoot({ ...quiet, loaded })),
      );
      expect(again.message).toContain('belong to another InfisicalModule');
    });

    it('by one module only: a second one is refused, and the first goes on', async () => {
      const loaded = await load({ scopes: [{ path: '/payments' }] });
      const app = await boot(InfisicalModule.forRoot({ ...quiet, loaded }));
      const error = await failureOf(
        boot(InfisicalModule.forRoot({ ...quiet, loaded })),
      );
      expect(error).toBeInstanceOf(InfisicalConfigError);
      expect(error.message).toContain('once for each app');
      await expect(app.get(SecretsService).refresh()).resolves.toEqual([]);
    });
  });
});
