import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  getSecretsToken,
  getSecretToken,
  InfisicalClient,
  InfisicalModule,
  type InfisicalModuleOptions,
  InjectSecrets,
  Secret,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import {
  PROJECT_ID,
  demoOptions,
  type Folders,
  listedFolders,
  requestPaths,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import { RecordingTransport } from '../support/recording-transport.js';

@Injectable()
class RootService {
  @Secret('API_KEY') readonly apiKey!: string;
  constructor(readonly secrets: SecretsService) {}
}

@Injectable()
class PaymentsService {
  @Secret('API_KEY') readonly apiKey!: string;
  @Secret('API_KEY', { path: '/mail' }) readonly mailKey!: string;
  constructor(readonly secrets: SecretsService) {}
}

@Injectable()
class MailService {
  @Secret('API_KEY') readonly apiKey!: string;
  constructor(
    readonly secrets: SecretsService,
    @InjectSecrets('/mail') readonly byPath: SecretsService,
  ) {}
}

@Injectable()
class SharedService {
  @Secret('API_KEY') readonly apiKey!: string;
  constructor(readonly secrets: SecretsService) {}
}

/** Re-exports its scope, so that importers of this module are in it too. */
@Module({
  imports: [InfisicalModule.forFeature({ path: '/payments' })],
  providers: [
    PaymentsService,
    SharedService,
    {
      provide: 'SHARED_IN_PAYMENTS',
      useFactory: (shared: SharedService) => shared.apiKey,
      inject: [SharedService],
    },
  ],
  exports: [InfisicalModule],
})
class PaymentsModule {}

@Injectable()
class RefundsService {
  @Secret('API_KEY') readonly apiKey!: string;
}

@Module({ imports: [PaymentsModule], providers: [RefundsService] })
class RefundsModule {}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/mail' })],
  providers: [
    MailService,
    SharedService,
    {
      provide: 'SHARED_IN_MAIL',
      useFactory: (shared: SharedService) => shared.apiKey,
      inject: [SharedService],
    },
  ],
})
class MailModule {}

@Module({ providers: [RootService] })
class RootPart {}

/** 40 secrets in three folders, one name in all of them, and a fourth folder. */
const FOLDERS: Folders = {
  '/': { API_KEY: 'of-root', ...many('ROOT', 12) },
  '/payments': { API_KEY: 'of-payments', ...many('PAY', 12) },
  '/mail': { API_KEY: 'of-mail', ...many('MAIL', 13) },
  '/unused': many('UNUSED', 5),
};

function many(prefix: string, count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${prefix}_${i}`, `value-${i}`]),
  );
}

describe('scopes', () => {
  let emulator: InfisicalEmulator;
  let module: TestingModule;

  beforeAll(silenceNest);

  afterEach(async () => {
    await module.close();
    await emulator.stop();
  });

  async function boot(
    imports: unknown[],
    options: Partial<InfisicalModuleOptions> = {},
    folders = FOLDERS,
  ): Promise<void> {
    emulator = await InfisicalEmulator.start({ seed: seedWith(folders) });
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(demoOptions(emulator, options)),
        ...(imports as []),
      ],
    }).compile();
    await module.init();
  }

  function get<T>(token: new (...args: never[]) => T): T {
    return module.get(token as never, { strict: false });
  }

  it('asks the server for what is fetched or refreshed, whatever the client keeps', async () => {
    await boot([RootPart], { cache: { ttl: '1h' } });
    const client = get(InfisicalClient);
    const secrets = get(SecretsService);
    const admin = new InfisicalClient({
      siteUrl: emulator.url,
      auth: demoOptions(emulator).auth,
      projectId: PROJECT_ID,
      environment: 'dev',
    });
    await client.secrets.get('API_KEY');
    await admin.secrets.update('API_KEY', { secretValue: 'second' });
    expect((await secrets.fetch('API_KEY')).secretValue).toBe('second');
    await admin.secrets.update('API_KEY', { secretValue: 'third' });
    await secrets.refresh();
    expect(secrets.get('API_KEY')).toBe('third');
    expect((await client.secrets.get('API_KEY')).secretValue).toBe('third');
    await admin.close();
  });

  it('gives each feature its own value of the same name', async () => {
    await boot([RootPart, PaymentsModule, MailModule]);
    expect(get(RootService).apiKey).toBe('of-root');
    expect(get(PaymentsService).apiKey).toBe('of-payments');
    expect(get(PaymentsService).mailKey).toBe('of-mail');
    expect(get(MailService).apiKey).toBe('of-mail');
    expect(get(MailService).byPath.get('API_KEY')).toBe('of-mail');
    expect(get(PaymentsService).secrets.has('MAIL_1')).toBe(false);
    expect(get(RootService).secrets.keys()).toHaveLength(13);
  });

  it('gives a class that is provided in two features the value of each', async () => {
    await boot([PaymentsModule, MailModule]);
    const inPayments = module
      .select(PaymentsModule)
      .get(SharedService, { strict: true });
    const inMail = module
      .select(MailModule)
      .get(SharedService, { strict: true });
    expect(inPayments.apiKey).toBe('of-payments');
    expect(inPayments.secrets.get('API_KEY')).toBe('of-payments');
    expect(inMail.apiKey).toBe('of-mail');
    expect(inMail.secrets.get('API_KEY')).toBe('of-mail');
    expect(module.get('SHARED_IN_PAYMENTS', { strict: false })).toBe(
      'of-payments',
    );
    expect(module.get('SHARED_IN_MAIL', { strict: false })).toBe('of-mail');
  });

  it('gives the root’s service to code outside of any module', async () => {
    await boot([RootPart, PaymentsModule, MailModule]);
    expect(module.get(SecretsService).get('API_KEY')).toBe('of-root');
    const byToken = module.get<SecretsService>(getSecretsToken('/mail'));
    expect(byToken.get('API_KEY')).toBe('of-mail');
  });

  it('follows a scope that an imported module re-exports', async () => {
    await boot([RefundsModule]);
    expect(get(RefundsService).apiKey).toBe('of-payments');
  });

  it('starts with one login and one list per folder, all lists at the same time', async () => {
    emulator = await InfisicalEmulator.start({ seed: seedWith(FOLDERS) });
    const transport = new RecordingTransport(emulator.url);
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(demoOptions(emulator, { transport })),
        RootPart,
        PaymentsModule,
        MailModule,
      ],
    }).compile();
    expect(requestPaths(emulator).sort()).toEqual([
      'GET /api/v4/secrets',
      'GET /api/v4/secrets',
      'GET /api/v4/secrets',
      'POST /api/v1/auth/universal-auth/login',
    ]);
    expect(listedFolders(emulator)).toEqual(['/', '/mail', '/payments']);
    const [login, ...lists] = transport.exchanges;
    const lastBegan = Math.max(...lists.map(({ began }) => began));
    const firstEnded = Math.min(...lists.map(({ ended }) => ended));
    expect(login?.ended).toBeLessThan(lists[0]!.began);
    expect(lastBegan).toBeLessThan(firstEnded);
  });

  it('lists only the features when nothing wants the root scope', async () => {
    await boot([PaymentsModule, MailModule]);
    expect(listedFolders(emulator)).toEqual(['/mail', '/payments']);
    const root = module.get<SecretsService>(getSecretsToken(), {
      strict: false,
    });
    expect(() => root.get('API_KEY')).toThrow(/has not been loaded/);
    await root.refresh();
    expect(root.get('API_KEY')).toBe('of-root');
  });

  it('serves all features from one list of a recursive root', async () => {
    await boot([RootPart, PaymentsModule, MailModule], { recursive: true });
    expect(listedFolders(emulator)).toEqual(['/']);
    expect(emulator.requests).toHaveLength(2);
    expect(get(PaymentsService).apiKey).toBe('of-payments');
    expect(get(PaymentsService).secrets.keys()).toHaveLength(13);
    expect(get(MailService).apiKey).toBe('of-mail');
    // The nearest folder wins in the root itself.
    expect(get(RootService).apiKey).toBe('of-root');
    expect(get(RootService).secrets.has('UNUSED_1')).toBe(true);
  });

  it('asks for a feature by itself when the recursive list has imports', async () => {
    const [project] = seedWith(FOLDERS).projects;
    emulator = await InfisicalEmulator.start({
      seed: {
        ...seedWith(FOLDERS),
        projects: [
          {
            ...project!,
            imports: [
              {
                environment: 'dev',
                path: '/mail',
                from: { environment: 'dev', path: '/unused' },
              },
            ],
          },
        ],
      },
    });
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(demoOptions(emulator, { recursive: true })),
        PaymentsModule,
        MailModule,
      ],
    }).compile();
    expect(get(MailService).secrets.get('UNUSED_1')).toBe('value-1');
    expect(get(PaymentsService).secrets.has('UNUSED_1')).toBe(false);
  });

  it('lets a test override one secret of one scope, also a missing one', async () => {
    emulator = await InfisicalEmulator.start({
      seed: seedWith({ '/payments': {}, '/mail': { API_KEY: 'of-mail' } }),
    });
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(demoOptions(emulator)),
        PaymentsModule,
        MailModule,
      ],
    })
      .overrideProvider(getSecretToken('API_KEY', '/payments'))
      .useValue('overridden')
      .compile();
    expect(get(PaymentsService).apiKey).toBe('overridden');
    expect(get(MailService).apiKey).toBe('of-mail');
  });

  it('replaces the snapshot on refresh, as a whole, and tells what changed', async () => {
    await boot([PaymentsModule, MailModule]);
    const { secrets } = get(PaymentsService);
    const seen: unknown[] = [];
    secrets.changes$.subscribe((change) => seen.push(change));
    const client = get(InfisicalClient);
    await client.secrets.update('API_KEY', {
      path: '/payments',
      secretValue: 'new',
    });
    await client.secrets.create('ADDED', {
      path: '/payments',
      secretValue: 'x',
    });
    await client.secrets.delete('PAY_0', { path: '/payments' });
    expect(secrets.get('API_KEY')).toBe('of-payments');
    const changes = await secrets.refresh();
    expect(secrets.get('API_KEY')).toBe('new');
    expect(secrets.has('PAY_0')).toBe(false);
    expect(changes).toEqual(seen);
    expect(
      changes.map(({ name, kind, version, previousVersion }) => [
        name,
        kind,
        version,
        previousVersion,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['API_KEY', 'updated', 2, 1],
        ['ADDED', 'added', 1, undefined],
        ['PAY_0', 'removed', undefined, 1],
      ]),
    );
    expect(JSON.stringify(changes)).not.toContain('of-payments');
    expect(await secrets.refresh()).toEqual([]);
    expect(emulator.requests.at(-1)?.status).toBe(304);
  });

  it('keeps the snapshot when the server cannot be asked, and says so', async () => {
    await boot([PaymentsModule, MailModule], { retry: { attempts: 1 } });
    const { secrets } = get(PaymentsService);
    expect(secrets.status).toBe('ready');
    await emulator.stop();
    await expect(secrets.refresh()).rejects.toMatchObject({
      name: 'InfisicalNetworkError',
    });
    expect(secrets.status).toBe('stale');
    expect(secrets.get('API_KEY')).toBe('of-payments');
    expect(secrets.lastError).toBeDefined();
  });
});
