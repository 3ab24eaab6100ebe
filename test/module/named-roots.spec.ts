import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  DynamicLeaseService,
  getInfisicalToken,
  getSecretsToken,
  getSecretToken,
  InfisicalClient,
  InfisicalConfigError,
  InfisicalModule,
  type InfisicalModuleOptions,
  InjectInfisical,
  InjectSecrets,
  KmsService,
  MissingSecretsError,
  Secret,
  SecretsService,
  TOKEN_RENEWAL_TASK,
  TokenService,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import {
  demoOptions,
  failureOf,
  listedFolders,
  requestPaths,
  seedWith,
  silenceNest,
} from '../support/demo.js';

const LOGIN = 'POST /api/v1/auth/universal-auth/login';
const LIST = 'GET /api/v4/secrets';
const REVOKE = 'POST /api/v1/auth/token/revoke';

/** A root whose app failed for another reason gives up when its server goes. */
const ONCE = { retry: { attempts: 1 } };

@Injectable()
class Both {
  @Secret('KEY') readonly key!: string;
  @Secret('KEY', { root: 'billing' }) readonly billingKey!: string;
  @Secret('KEY', { root: 'billing', path: '/invoices' })
  readonly invoiceKey!: string;
  @Secret('ABSENT', { root: 'billing', default: 'fallback' })
  readonly absent!: string;

  constructor(
    readonly secrets: SecretsService,
    @InjectSecrets({ root: 'billing' }) readonly billing: SecretsService,
    @InjectInfisical() readonly client: InfisicalClient,
    @InjectInfisical('billing') readonly billingClient: InfisicalClient,
    @InjectInfisical('billing', TokenService)
    readonly billingToken: TokenService,
    @InjectInfisical('billing', KmsService) readonly billingKms: KmsService,
    @InjectInfisical('billing', DynamicLeaseService)
    readonly billingLeases: DynamicLeaseService,
    readonly token: TokenService,
    readonly kms: KmsService,
    readonly leases: DynamicLeaseService,
  ) {}
}

@Injectable()
class Invoices {
  @Secret('KEY') readonly key!: string;
  @Secret('KEY', { root: 'default' }) readonly mainKey!: string;
  constructor(readonly secrets: SecretsService) {}
}

@Module({
  imports: [InfisicalModule.forFeature({ root: 'billing', path: '/invoices' })],
  providers: [Invoices],
})
class InvoicesModule {}

@Injectable()
class InvoicesOfMain {
  @Secret('KEY') readonly key!: string;
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/invoices' })],
  providers: [InvoicesOfMain],
})
class InvoicesOfMainModule {}

@Injectable()
class OfBilling {
  @Secret('KEY') readonly key!: string;
}

@Module({
  imports: [InfisicalModule.forFeature({ root: 'billing', path: '/invoices' })],
  providers: [OfBilling],
})
class InvoicesModuleOfBilling {}

describe('several roots in one app', () => {
  let main: InfisicalEmulator;
  let billing: InfisicalEmulator;
  let module: TestingModule | undefined;

  beforeAll(silenceNest);

  beforeEach(async () => {
    [main, billing] = await Promise.all([
      InfisicalEmulator.start({
        seed: seedWith({
          '/': { KEY: 'main' },
          '/invoices': { KEY: 'main-invoices' },
        }),
      }),
      InfisicalEmulator.start({
        seed: seedWith({
          '/': { KEY: 'billing' },
          '/invoices': { KEY: 'billing-invoices' },
        }),
      }),
    ]);
  });

  afterEach(async () => {
    await module?.close();
    module = undefined;
    await Promise.all([main.stop(), billing.stop()]);
  });

  function mainRoot(more: Partial<InfisicalModuleOptions> = {}) {
    return InfisicalModule.forRoot(demoOptions(main, { ...ONCE, ...more }));
  }

  function billingRoot(more: Partial<InfisicalModuleOptions> = {}) {
    return InfisicalModule.forRoot({
      name: 'billing',
      ...demoOptions(billing, { ...ONCE, ...more }),
    });
  }

  function get<T>(token: new (...args: never[]) => T): T {
    return module!.get(token as never, { strict: false });
  }

  it('have their own services, and each its own login and lists', async () => {
    module = await Test.createTestingModule({
      imports: [billingRoot(), mainRoot(), InvoicesModule],
      providers: [Both],
    }).compile();
    await module.init();
    const both = get(Both);
    expect(both.key).toBe('main');
    expect(both.billingKey).toBe('billing');
    expect(both.invoiceKey).toBe('billing-invoices');
    expect(both.absent).toBe('fallback');
    expect(both.secrets.get('KEY')).toBe('main');
    expect(both.billing.get('KEY')).toBe('billing');
    expect(both.client.siteUrl).toBe(main.url);
    expect(both.billingClient.siteUrl).toBe(billing.url);
    expect(both.billingToken).not.toBe(both.token);
    expect(both.billingKms).not.toBe(both.kms);
    expect(both.billingLeases).not.toBe(both.leases);
    expect(both.billingToken.state).toBe('ready');
    await both.billingKms.keys.create({ name: 'k' });
    expect((await both.billingKms.keys.list()).totalCount).toBe(1);
    expect((await both.kms.keys.list()).totalCount).toBe(0);
    expect(get(Invoices).key).toBe('billing-invoices');
    expect(get(Invoices).mainKey).toBe('main');
    expect(get(Invoices).secrets.get('KEY')).toBe('billing-invoices');
    expect(requestPaths(main).slice(0, 2)).toEqual([LOGIN, LIST]);
    expect(listedFolders(main)).toEqual(['/']);
    expect(requestPaths(billing).filter((path) => path === LOGIN)).toEqual([
      LOGIN,
    ]);
    expect(listedFolders(billing)).toEqual(['/', '/invoices']);
    expect(module.get(SecretsService).get('KEY')).toBe('main');
    expect(module.get(InfisicalClient)).toBe(both.client);
    expect(module.get(getInfisicalToken('default'))).toBe(both.client);
  });

  it('have features of the same path', async () => {
    module = await Test.createTestingModule({
      imports: [
        mainRoot(),
        billingRoot(),
        InvoicesModule,
        InvoicesOfMainModule,
      ],
    }).compile();
    expect(get(Invoices).key).toBe('billing-invoices');
    expect(get(InvoicesOfMain).key).toBe('main-invoices');
    const byToken = (root?: string) =>
      module!.get<SecretsService>(
        getSecretsToken({ root, scope: '/invoices' }),
        { strict: false },
      );
    expect(byToken('billing').get('KEY')).toBe('billing-invoices');
    expect(byToken().get('KEY')).toBe('main-invoices');
    expect(byToken('default')).toBe(byToken());
  });

  it('let a test override one secret of one root', async () => {
    module = await Test.createTestingModule({
      imports: [mainRoot(), billingRoot(), InvoicesOfMainModule],
      providers: [Both],
    })
      .overrideProvider(getSecretToken('KEY', { root: 'billing' }))
      .useValue('overridden')
      .compile();
    expect(get(Both).billingKey).toBe('overridden');
    expect(get(Both).key).toBe('main');
  });

  it('let a test override one service of one root', async () => {
    const kms = { encrypt: () => 'ciphertext' };
    module = await Test.createTestingModule({
      imports: [mainRoot(), billingRoot()],
      providers: [Both],
    })
      .overrideProvider(getInfisicalToken('billing', KmsService))
      .useValue(kms)
      .compile();
    expect(get(Both).billingKms).toBe(kms);
    expect(get(Both).kms).toBeInstanceOf(KmsService);
  });

  it('work without one that has no name', async () => {
    @Injectable()
    class OnlyBilling {
      @Secret('KEY', { root: 'billing' }) readonly key!: string;
      constructor(
        @InjectSecrets({ root: 'billing' }) readonly secrets: SecretsService,
        @Inject(getInfisicalToken('billing')) readonly client: InfisicalClient,
      ) {}
    }
    @Module({
      imports: [billingRoot(), InvoicesModuleOfBilling],
      providers: [OnlyBilling],
    })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, {
      logger: false,
    });
    expect(app.get(OnlyBilling).key).toBe('billing');
    expect(app.get(OnlyBilling).secrets.get('KEY')).toBe('billing');
    expect(app.get(OnlyBilling).client.siteUrl).toBe(billing.url);
    await app.close();
  });

  it('may get their login from another root’s secrets', async () => {
    await main.stop();
    main = await InfisicalEmulator.start({
      seed: seedWith({
        '/': { BILLING_URL: billing.url },
        '/invoices': { KEY: 'main-invoices' },
      }),
    });
    module = await Test.createTestingModule({
      imports: [
        mainRoot(),
        InfisicalModule.forRootAsync({
          name: 'billing',
          inject: [SecretsService],
          useFactory: (secrets: SecretsService) =>
            demoOptions({ url: secrets.getOrThrow('BILLING_URL') }),
        }),
        InvoicesOfMainModule,
      ],
    }).compile();
    const secrets = module.get<SecretsService>(
      getSecretsToken({ root: 'billing' }),
      { strict: false },
    );
    expect(secrets.get('KEY')).toBe('billing');
  });

  it('can be seen by the importing module only', async () => {
    @Injectable()
    class Inside {
      @Secret('KEY', { root: 'billing' }) readonly key!: string;
      constructor(
        @InjectSecrets({ root: 'billing' }) readonly secrets: SecretsService,
      ) {}
    }
    @Module({
      imports: [
        InfisicalModule.forRoot({
          ...demoOptions(billing),
          name: 'billing',
          isGlobal: false,
        }),
      ],
      providers: [Inside],
    })
    class InsideModule {}
    module = await Test.createTestingModule({
      imports: [mainRoot(), InsideModule],
    }).compile();
    expect(get(Inside).key).toBe('billing');
    expect(get(Inside).secrets.get('KEY')).toBe('billing');
    @Module({ imports: [InsideModule], providers: [Inside] })
    class Outside {}
    const error = await failureOf(
      Test.createTestingModule({ imports: [mainRoot(), Outside] }).compile(),
    );
    expect(error.message).toMatch(/can't resolve dependencies of the Inside/);
  });

  it('have tasks of their own names, each stopped with its root', async () => {
    module = await Test.createTestingModule({
      imports: [
        ScheduleModule.forRoot(),
        mainRoot({ refresh: { interval: '1m' } }),
        billingRoot({ refresh: { interval: '1m' } }),
      ],
    }).compile();
    await module.init();
    const registry = module.get(SchedulerRegistry, { strict: false });
    expect(registry.getTimeouts().sort()).toEqual([
      'infisical:secrets-refresh',
      'infisical:secrets-refresh:billing',
      TOKEN_RENEWAL_TASK,
      `${TOKEN_RENEWAL_TASK}:billing`,
    ]);
    await module.close();
    expect(registry.getTimeouts()).toEqual([]);
  });

  it('shut down once each', async () => {
    const shutdown = { revokeToken: true };
    module = await Test.createTestingModule({
      imports: [mainRoot({ shutdown }), billingRoot({ shutdown })],
    }).compile();
    await module.init();
    await module.close();
    await module.close();
    for (const emulator of [main, billing]) {
      expect(requestPaths(emulator)).toEqual([LOGIN, LIST, REVOKE]);
    }
  });

  it('are all closed when one cannot start', async () => {
    const shutdown = { revokeToken: true };
    const error = await failureOf(
      Test.createTestingModule({
        imports: [
          mainRoot({ shutdown }),
          // It waits for the first root, so that this one has started.
          InfisicalModule.forRootAsync({
            name: 'billing',
            inject: [SecretsService],
            useFactory: () => demoOptions(billing, { environment: 'nope' }),
          }),
        ],
      }).compile(),
    );
    expect(error.message).toMatch(/environment 'nope'/);
    expect(requestPaths(main)).toEqual([LOGIN, LIST, REVOKE]);
  });

  it('report what is missing in their own scopes', async () => {
    @Injectable()
    class Wants {
      @Secret('NOT_THERE', { root: 'billing' }) readonly missing!: string;
    }
    const error = await failureOf(
      Test.createTestingModule({
        imports: [mainRoot(), billingRoot({ path: '/invoices' })],
        providers: [Wants],
      }).compile(),
    );
    expect(error).toBeInstanceOf(MissingSecretsError);
    expect((error as MissingSecretsError).problems).toMatchObject([
      { className: 'Wants', name: 'NOT_THERE', path: '/invoices' },
    ]);
  });

  it.each([
    ['two of one name', 'billing'],
    ['two without a name', undefined],
    ['one without a name and one named "default"', 'default'],
  ])(
    '%s are refused, with the modules that import them',
    async (_case, name) => {
      @Module({
        imports: [
          InfisicalModule.forRoot({
            ...demoOptions(main),
            name: name === 'default' ? undefined : name,
          }),
        ],
      })
      class FirstModule {}
      @Module({
        imports: [InfisicalModule.forRoot({ ...demoOptions(billing), name })],
      })
      class SecondModule {}
      const error = await failureOf(
        Test.createTestingModule({
          imports: [FirstModule, SecondModule],
        }).compile(),
      );
      expect(error).toBeInstanceOf(InfisicalConfigError);
      expect(error.message).toMatch(
        /more than once: by FirstModule, and again by SecondModule/,
      );
      expect(error.message).toContain(
        name === 'billing' ? 'forRoot({ name: "billing" })' : 'forRoot is',
      );
      expect(listedFolders(main)).toEqual([]);
    },
  );

  it('one that two modules import is one', async () => {
    const shared = mainRoot();
    @Module({ imports: [shared] })
    class FirstModule {}
    @Module({ imports: [shared] })
    class SecondModule {}
    module = await Test.createTestingModule({
      imports: [FirstModule, SecondModule],
    }).compile();
    expect(requestPaths(main)).toEqual([LOGIN, LIST]);
  });

  it('of the same name in two apps do not meet', async () => {
    const create = (emulator: InfisicalEmulator) =>
      Test.createTestingModule({
        imports: [
          InfisicalModule.forRoot({
            ...demoOptions(emulator),
            name: 'billing',
          }),
        ],
      }).compile();
    const [one, two] = await Promise.all([create(main), create(billing)]);
    const secretsOf = (app: TestingModule) =>
      app.get<SecretsService>(getSecretsToken({ root: 'billing' }), {
        strict: false,
      });
    expect(secretsOf(one).get('KEY')).toBe('main');
    expect(secretsOf(two).get('KEY')).toBe('billing');
    await one.close();
    expect(await secretsOf(two).refresh()).toEqual([]);
    await two.close();
  });

  it('one that is not there is named by those that need it', async () => {
    @Injectable()
    class Wants {
      @Secret('KEY', { root: 'nowhere' }) readonly key!: string;
    }
    const missing = await failureOf(
      Test.createTestingModule({
        imports: [mainRoot()],
        providers: [Wants],
      }).compile(),
    );
    expect(missing.message).toContain('forRoot({ name: "nowhere" })');
    const feature = await failureOf(
      Test.createTestingModule({
        imports: [
          mainRoot(),
          InfisicalModule.forFeature({ path: '/x', root: 'nowhere' }),
        ],
      }).compile(),
    );
    expect(feature).toBeInstanceOf(InfisicalConfigError);
    expect(feature.message).toContain('forRoot({ name: "nowhere" })');
  });

  it.each(['', 'a b', 'a:b', '@', 7])('name %p is refused', (name) => {
    const wrong = name as string;
    for (const use of [
      () =>
        InfisicalModule.forRoot({ ...demoOptions({ url: '' }), name: wrong }),
      () =>
        InfisicalModule.forRootAsync({
          name: wrong,
          useFactory: () => demoOptions({ url: '' }),
        }),
      () => InfisicalModule.forFeature({ path: '/', root: wrong }),
      () => Secret('A', { root: wrong }),
      () => getInfisicalToken(wrong),
      () => getSecretsToken({ root: wrong }),
    ]) {
      expect(use).toThrow(InfisicalConfigError);
    }
  });

  it('a service that a root does not have is refused', () => {
    expect(() => getInfisicalToken('billing', SecretsService as never)).toThrow(
      /getSecretsToken/,
    );
  });
});
