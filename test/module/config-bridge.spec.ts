import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Inject, Injectable, type LoggerService } from '@nestjs/common';
import { ConfigModule, ConfigService, type ConfigType } from '@nestjs/config';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalClient,
  infisicalConfig,
  InfisicalConfigError,
  InfisicalModule,
  type LoadedSecrets,
  MissingSecretsError,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { z } from 'zod';
import { testApps } from '../support/apps.js';
import {
  demoOptions,
  failureOf,
  requestPaths,
  silenceNest,
} from '../support/demo.js';

const FOLDERS = {
  '/': { CFG_PORT: '3000', CFG_KEY: 'canary-key' },
  '/payments': { CFG_STRIPE: 'canary-stripe' },
};
const SCHEMA = z.object({
  CFG_PORT: z.coerce.number().max(9999),
  CFG_KEY: z.string(),
});

type Imports = NonNullable<
  Parameters<typeof Test.createTestingModule>[0]['imports']
>;

describe('infisicalConfig', () => {
  const apps = testApps();
  let emulator: InfisicalEmulator;

  beforeEach(async () => {
    emulator = await apps.start(FOLDERS);
  });

  afterEach(async () => {
    await apps.end();
    const names = Object.keys(process.env);
    expect(names.filter((name) => name.includes('CFG_'))).toEqual([]);
  });

  const options = apps.loadOptions.bind(apps);
  const load = apps.load.bind(apps);
  const boot = (
    imports: Imports,
    providers: (new (...args: never[]) => object)[] = [],
    logger?: LoggerService,
  ): Promise<TestingModule> =>
    apps.boot({ root: false, imports, providers, logger });

  const infisical = (loaded: LoadedSecrets) =>
    InfisicalModule.forRoot({ loaded, refresh: { interval: false } });

  async function change(
    app: TestingModule,
    values: Record<string, string>,
  ): Promise<void> {
    const { secrets } = app.get(InfisicalClient);
    for (const [name, secretValue] of Object.entries(values)) {
      await secrets.update(name, { secretValue });
    }
    await app.get(SecretsService).refresh();
    // Schemas may answer later.
    await new Promise((resolve) => setImmediate(resolve));
  }

  it('loads flat keys with a login of its own', async () => {
    const app = await boot([
      ConfigModule.forRoot({ load: [infisicalConfig(options())] }),
    ]);
    const config = app.get(ConfigService);
    expect(config.get('CFG_PORT')).toBe('3000');
    expect(config.getOrThrow('CFG_KEY')).toBe('canary-key');
    expect(requestPaths(emulator)).toHaveLength(2);
  });

  it('loads what is loaded, without a request, from any of its scopes', async () => {
    const loaded = await load({ scopes: [{ path: '/payments' }] });
    const sent = requestPaths(emulator).length;
    const app = await boot([
      ConfigModule.forRoot({
        load: [
          infisicalConfig({ loaded: Promise.resolve(loaded) }),
          infisicalConfig({
            loaded: () => loaded,
            scope: { path: '/payments' },
            namespace: 'payments',
          }),
        ],
      }),
      infisical(loaded),
    ]);
    const config = app.get(ConfigService);
    expect(config.get('CFG_PORT')).toBe('3000');
    expect(config.get('payments.CFG_STRIPE')).toBe('canary-stripe');
    expect(config.get('CFG_STRIPE')).toBeUndefined();
    expect(requestPaths(emulator)).toHaveLength(sent);
  });

  it('gives a namespace by injection, typed, as registerAs does', async () => {
    const loaded = await load();
    const settings = infisicalConfig({
      loaded,
      schema: SCHEMA,
      namespace: 'settings',
    });

    @Injectable()
    class Server {
      constructor(
        @Inject(settings.KEY) readonly it: ConfigType<typeof settings>,
        readonly config: ConfigService,
      ) {}

      get port(): number {
        return this.it.CFG_PORT;
      }
    }

    const app = await boot(
      [ConfigModule.forRoot({ load: [settings] }), infisical(loaded)],
      [Server],
    );
    const server = app.get(Server);
    expect(server.port).toBe(3000);
    expect(server.config.get('settings.CFG_PORT')).toBe(3000);
    await change(app, { CFG_PORT: '4000' });
    expect(server.port).toBe(4000);
    expect(server.config.get('settings.CFG_PORT')).toBe(4000);
  });

  it('gives the options of other modules', async () => {
    const settings = infisicalConfig({ ...options(), namespace: 'settings' });
    const { imports, useFactory, inject } = settings.asProvider();
    const module = await Test.createTestingModule({
      imports,
      providers: [{ provide: 'OPTIONS', useFactory, inject }],
    }).compile();
    apps.keep(module);
    expect(module.get('OPTIONS')).toMatchObject({ CFG_PORT: '3000' });
  });

  describe('after a refresh of the module', () => {
    it.each([[false], [true]])(
      'ConfigService and its changes$ have the new values (cache %p)',
      async (cache) => {
        const loaded = await load();
        const app = await boot([
          ConfigModule.forRoot({
            cache,
            load: [infisicalConfig({ loaded, schema: SCHEMA })],
          }),
          infisical(loaded),
        ]);
        const config = app.get(ConfigService);
        const events: object[] = [];
        config.changes$.subscribe((event) => events.push(event));
        expect(config.get('CFG_PORT')).toBe(3000);
        await change(app, { CFG_PORT: '4000' });
        expect(config.get('CFG_PORT')).toBe(4000);
        expect(config.get('CFG_KEY')).toBe('canary-key');
        expect(events).toEqual([
          { path: 'CFG_PORT', oldValue: 3000, newValue: 4000 },
        ]);
        await app.get(SecretsService).refresh();
        expect(events).toHaveLength(1);
      },
    );

    it('what is new and what is gone arrives too', async () => {
      const loaded = await load();
      const app = await boot([
        ConfigModule.forRoot({ load: [infisicalConfig({ loaded })] }),
        infisical(loaded),
      ]);
      const { secrets } = app.get(InfisicalClient);
      await secrets.create('CFG_NEW', { secretValue: 'canary-new' });
      await secrets.delete('CFG_KEY');
      await change(app, {});
      const config = app.get(ConfigService);
      expect(config.get('CFG_NEW')).toBe('canary-new');
      expect(config.get('CFG_KEY')).toBeUndefined();
    });

    it('values of a login of its own follow, when the module has the scope', async () => {
      const app = await boot([
        ConfigModule.forRoot({ load: [infisicalConfig(options())] }),
        InfisicalModule.forRoot(demoOptions(emulator)),
      ]);
      await change(app, { CFG_PORT: '4000' });
      expect(app.get(ConfigService).get('CFG_PORT')).toBe('4000');
    });

    it('values that the schema refuses do not arrive, and a warning says so', async () => {
      const lines: string[] = [];
      const note = (...args: unknown[]): void =>
        void lines.push(args.join(' '));
      const loaded = await load();
      const app = await boot(
        [
          ConfigModule.forRoot({
            load: [infisicalConfig({ loaded, schema: SCHEMA })],
          }),
          infisical(loaded),
        ],
        [],
        { log: note, warn: note, error: note },
      );
      const config = app.get(ConfigService);
      await change(app, { CFG_PORT: '77777', CFG_KEY: 'canary-two' });
      silenceNest();
      expect(config.get('CFG_PORT')).toBe(3000);
      expect(config.get('CFG_KEY')).toBe('canary-key');
      const warned = lines.filter((line) => line.includes('configuration'));
      expect(warned).toHaveLength(1);
      expect(warned[0]).toMatch(/keeps its old values.*\n.*CFG_PORT/);
      expect(lines.join('\n')).not.toMatch(/canary|77777/);
      await change(app, { CFG_PORT: '5000' });
      expect(config.get('CFG_PORT')).toBe(5000);
      expect(config.get('CFG_KEY')).toBe('canary-two');
    });

    it('only the app that refreshes has new values, and none after its end', async () => {
      const config = infisicalConfig(options());
      const app = (): Promise<TestingModule> =>
        boot([
          ConfigModule.forRoot({ load: [config] }),
          InfisicalModule.forRoot(demoOptions(emulator)),
        ]);
      const [first, second] = [await app(), await app()];
      await change(first, { CFG_PORT: '4000' });
      expect(first.get(ConfigService).get('CFG_PORT')).toBe('4000');
      expect(second.get(ConfigService).get('CFG_PORT')).toBe('3000');
      await first.close();
      await change(second, { CFG_PORT: '5000' });
      expect(first.get(ConfigService).get('CFG_PORT')).toBe('4000');
      expect(second.get(ConfigService).get('CFG_PORT')).toBe('5000');
    });
  });

  it('reports all that the schema refuses in one error, without values', async () => {
    const schema = z.object({
      CFG_PORT: z.literal('1'),
      CFG_KEI: z.string(),
      CFG_OTHER: z.string(),
    });
    const error = await failureOf(
      boot([
        ConfigModule.forRoot({
          load: [infisicalConfig({ ...options(), schema })],
        }),
      ]),
    );
    expect(error).toBeInstanceOf(MissingSecretsError);
    const { problems } = error as MissingSecretsError;
    expect(problems.map(({ name, reason }) => [name, reason])).toEqual([
      ['CFG_PORT', 'invalid'],
      ['CFG_KEI', 'missing'],
      ['CFG_OTHER', 'missing'],
    ]);
    expect(problems[1]?.hint).toMatch(/Did you mean "CFG_KEY"/);
    expect(error.message + JSON.stringify(error)).not.toMatch(/canary|3000/);
  });

  it('fails with what loadSecrets fails with', async () => {
    const error = await failureOf(
      boot([
        ConfigModule.forRoot({
          load: [infisicalConfig(options({ required: ['CFG_NOPE'] }))],
        }),
      ]),
    );
    expect(error).toBeInstanceOf(MissingSecretsError);
    const loaded = await load();
    const other = infisicalConfig({ loaded, scope: { path: '/payments' } });
    expect((await failureOf(other())).message).toContain('was not loaded');
    const typo = infisicalConfig({ ...options(), typo: 1 } as object);
    expect((await failureOf(typo())).message).toContain('"typo"');
  });

  it.each([
    [{ namespace: '' }, /namespace must be/],
    [{ schema: {} }, /schema must be a Standard Schema/],
    [{ scope: { path: '/' } }, /scope is for `loaded`/],
    [{ loaded: {}, projectId: 'x' }, /Pass projectId to loadSecrets/],
    [{ loaded: {}, scope: { paht: '/' } }, /scope has no option "paht"/],
  ])('refuses %j at once', (wrong, message) => {
    expect(() => infisicalConfig(wrong as object)).toThrow(message);
    expect(() => infisicalConfig(wrong as object)).toThrow(
      InfisicalConfigError,
    );
  });
});
