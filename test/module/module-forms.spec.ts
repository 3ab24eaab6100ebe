import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Global, Injectable, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { LazyModuleLoader } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  getInfisicalToken,
  getSecretsToken,
  InfisicalClient,
  InfisicalConfigError,
  InfisicalModule,
  type InfisicalModuleOptions,
  type InfisicalOptionsFactory,
  InjectInfisical,
  InjectSecrets,
  KmsService,
  MissingSecretsError,
  Secret,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import {
  CLIENT_SECRET,
  demoOptions,
  failureOf,
  requestPaths,
  seedWith,
  silenceNest,
} from '../support/demo.js';

let emulator: InfisicalEmulator;

@Injectable()
class Consumer {
  @Secret('A') readonly a!: string;
  constructor(
    readonly secrets: SecretsService,
    readonly kms: KmsService,
    @InjectInfisical() readonly client: InfisicalClient,
  ) {}
}

@Injectable()
class OptionsFactory implements InfisicalOptionsFactory {
  createInfisicalOptions(): Promise<InfisicalModuleOptions> {
    return Promise.resolve(demoOptions(emulator));
  }
}

@Global()
@Module({ providers: [OptionsFactory], exports: [OptionsFactory] })
class OptionsModule {}

describe('InfisicalModule', () => {
  let module: TestingModule | undefined;

  beforeAll(silenceNest);

  beforeEach(async () => {
    emulator = await InfisicalEmulator.start({
      seed: seedWith({
        '/': { A: 'a' },
        '/lazy': { L: 'l' },
        '/other': { O: 'o' },
      }),
    });
  });

  afterEach(async () => {
    await module?.close();
    module = undefined;
    await emulator.stop();
  });

  async function expectToWork(
    ...imports: NonNullable<
      Parameters<typeof Test.createTestingModule>[0]['imports']
    >
  ): Promise<void> {
    module = await Test.createTestingModule({
      imports,
      providers: [Consumer],
    }).compile();
    await module.init();
    const consumer = module.get(Consumer);
    expect(consumer.a).toBe('a');
    expect(consumer.secrets.getOrThrow('A')).toBe('a');
    expect(consumer.client).toBe(module.get(getInfisicalToken()));
    const key = await consumer.kms.keys.create({ name: 'k' });
    const ciphertext = await consumer.kms.encrypt('k', 'text');
    expect((await consumer.kms.decrypt(key.id, ciphertext)).toString()).toBe(
      'text',
    );
  }

  it('forRoot', () =>
    expectToWork(InfisicalModule.forRoot(demoOptions(emulator))));

  it('forRootAsync with useFactory, inject and imports', async () => {
    process.env.TEST_INFISICAL_URL = emulator.url;
    await expectToWork(
      InfisicalModule.forRootAsync({
        imports: [ConfigModule.forRoot({ ignoreEnvFile: true })],
        inject: [ConfigService],
        useFactory: (config: ConfigService) => ({
          ...demoOptions(emulator),
          siteUrl: config.getOrThrow<string>('TEST_INFISICAL_URL'),
        }),
      }),
    );
    delete process.env.TEST_INFISICAL_URL;
  });

  it('forRootAsync with useClass', () =>
    expectToWork(InfisicalModule.forRootAsync({ useClass: OptionsFactory })));

  it('forRootAsync with useExisting', () =>
    expectToWork(
      OptionsModule,
      InfisicalModule.forRootAsync({ useExisting: OptionsFactory }),
    ));

  it('forRootAsync with extraProviders', () =>
    expectToWork(
      InfisicalModule.forRootAsync({
        extraProviders: [{ provide: 'URL', useValue: emulator.url }],
        inject: ['URL'],
        useFactory: (url: string) => demoOptions({ url }),
      }),
    ));

  it('isGlobal: false, for the importing module only', async () => {
    await expectToWork(
      InfisicalModule.forRoot({ ...demoOptions(emulator), isGlobal: false }),
    );
    await module?.close();
    @Module({ providers: [Consumer] })
    class Elsewhere {}
    const error = await failureOf(
      Test.createTestingModule({
        imports: [
          InfisicalModule.forRoot({
            ...demoOptions(emulator),
            isGlobal: false,
          }),
          Elsewhere,
        ],
      }).compile(),
    );
    expect(error.message).toMatch(/can't resolve dependencies/);
    module = undefined;
  });

  it.each([
    ['none', {}],
    [
      'two',
      { useFactory: () => demoOptions(emulator), useClass: OptionsFactory },
    ],
  ])('forRootAsync refuses %s of its forms', (_name, options) => {
    expect(() => InfisicalModule.forRootAsync(options)).toThrow(
      InfisicalConfigError,
    );
  });

  it('a factory that returns nothing is told so', async () => {
    const error = await failureOf(
      Test.createTestingModule({
        imports: [
          InfisicalModule.forRootAsync({
            useFactory: () => undefined as unknown as InfisicalModuleOptions,
          }),
        ],
      }).compile(),
    );
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(/got no options/);
  });

  it('forFeature without forRoot is told so', async () => {
    const error = await failureOf(
      Test.createTestingModule({
        imports: [InfisicalModule.forFeature({ path: '/lazy' })],
      }).compile(),
    );
    expect(error.message).toMatch(/needs InfisicalModule.forRoot/);
  });

  it('forFeature refuses a path that cannot be a folder', () => {
    expect(() => InfisicalModule.forFeature({ path: '/../x' })).toThrow(
      InfisicalConfigError,
    );
    expect(() => InfisicalModule.forFeature({} as { path: string })).toThrow(
      /needs a path/,
    );
  });

  it('loads the scope of a module that is loaded lazily', async () => {
    module = await Test.createTestingModule({
      imports: [InfisicalModule.forRoot(demoOptions(emulator))],
    }).compile();
    await module.init();
    emulator.clearRequests();
    @Injectable()
    class LazyService {
      @Secret('L') readonly l!: string;
      constructor(@InjectSecrets('/lazy') readonly secrets: SecretsService) {}
    }
    @Module({
      imports: [InfisicalModule.forFeature({ path: '/lazy' })],
      providers: [LazyService],
    })
    class LazyModule {}
    const lazy = await module.get(LazyModuleLoader).load(() => LazyModule);
    expect(lazy.get(LazyService).l).toBe('l');
    expect(lazy.get(LazyService).secrets.keys()).toEqual(['L']);
    expect(requestPaths(emulator)).toEqual(['GET /api/v4/secrets']);
    @Injectable()
    class WrongService {
      @Secret('NOT_THERE') readonly wrong!: string;
    }
    @Module({
      imports: [InfisicalModule.forFeature({ path: '/lazy' })],
      providers: [WrongService],
    })
    class WrongModule {}
    const error = await failureOf(
      module.get(LazyModuleLoader).load(() => WrongModule),
    );
    expect(error).toBeInstanceOf(MissingSecretsError);
  });

  it('loads all scopes of a lazily loaded module before its classes are built', async () => {
    module = await Test.createTestingModule({
      imports: [InfisicalModule.forRoot(demoOptions(emulator))],
    }).compile();
    await module.init();
    @Injectable()
    class One {
      @Secret('L') readonly value!: string;
    }
    @Module({
      imports: [InfisicalModule.forFeature({ path: '/lazy' })],
      providers: [One],
      exports: [One],
    })
    class OneModule {}
    @Injectable()
    class Two {
      @Secret('O') readonly value!: string;
    }
    @Module({
      imports: [InfisicalModule.forFeature({ path: '/other' })],
      providers: [Two],
      exports: [Two],
    })
    class TwoModule {}
    @Module({
      imports: [OneModule, TwoModule],
      providers: [
        {
          provide: 'BOTH',
          useFactory: (one: One, two: Two) => [one.value, two.value],
          inject: [One, Two],
        },
      ],
    })
    class BothModule {}
    const lazy = await module.get(LazyModuleLoader).load(() => BothModule);
    expect(lazy.get('BOTH')).toEqual(['l', 'o']);
  });

  it('refuses a second forRoot', async () => {
    const error = await failureOf(
      Test.createTestingModule({
        imports: [
          InfisicalModule.forRoot(demoOptions(emulator)),
          InfisicalModule.forRoot(demoOptions(emulator)),
        ],
      }).compile(),
    );
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(/more than once/);
  });

  it('refuses options that it does not know', () => {
    const unknown = { path: '/lazy', recursiv: true };
    expect(() => InfisicalModule.forFeature(unknown)).toThrow(
      /forFeature has no option "recursiv"/,
    );
    expect(() => Secret('A', { optinal: true } as object)).toThrow(
      /@Secret\(A\) has no option "optinal"/,
    );
  });

  it('refuses @Secret on a static property', () => {
    expect(() => {
      class Wrong {
        @Secret('A') static readonly a: string;
      }
      return Wrong;
    }).toThrow(/static property Wrong.a/);
  });

  it('refuses a lazily loaded feature whose class would get the root scope', async () => {
    // Consumer was loaded before the scan, so the root knows its sites, and
    // Nest asks global modules first here.
    module = await Test.createTestingModule({
      imports: [InfisicalModule.forRoot(demoOptions(emulator))],
    }).compile();
    await module.init();
    @Module({
      imports: [InfisicalModule.forFeature({ path: '/lazy' })],
      providers: [Consumer],
    })
    class LazyModule {}
    const error = await failureOf(
      module.get(LazyModuleLoader).load(() => LazyModule),
    );
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(/Consumer in LazyModule would get the root/);
    expect(error.message).toContain('@InjectSecrets("/lazy")');
  });

  it('two apps in one process do not meet', async () => {
    const other = await InfisicalEmulator.start({
      seed: seedWith({ '/': { A: 'other' } }),
    });
    const [one, two] = await Promise.all(
      [emulator, other].map((server) =>
        Test.createTestingModule({
          imports: [InfisicalModule.forRoot(demoOptions(server))],
          providers: [Consumer],
        }).compile(),
      ),
    );
    expect(one?.get(Consumer).a).toBe('a');
    expect(two?.get(Consumer).a).toBe('other');
    await one?.close();
    expect(
      (await two?.get(Consumer).client.secrets.get('A'))?.secretValue,
    ).toBe('other');
    await two?.close();
    await other.stop();
  });

  it('an app without secrets needs no environment, and checks its login at the start', async () => {
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(
          demoOptions(emulator, { environment: undefined }),
        ),
      ],
    }).compile();
    expect(requestPaths(emulator)).toEqual([
      'POST /api/v1/auth/universal-auth/login',
    ]);
    await module.get(KmsService).keys.create({ name: 'k' });
  });

  it('revokes the token at shutdown when asked', async () => {
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(
          demoOptions(emulator, { shutdown: { revokeToken: true } }),
        ),
      ],
    }).compile();
    await module.init();
    await module.close();
    await module.close();
    expect(requestPaths(emulator)).toEqual([
      'POST /api/v1/auth/universal-auth/login',
      'GET /api/v4/secrets',
      'POST /api/v1/auth/token/revoke',
    ]);
  });

  it('services print nothing secret', async () => {
    module = await Test.createTestingModule({
      imports: [InfisicalModule.forRoot(demoOptions(emulator))],
      providers: [Consumer],
    }).compile();
    const canary = 'canary-93d1';
    const secrets = module.get(SecretsService);
    await module
      .get(InfisicalClient)
      .secrets.create('C', { secretValue: canary });
    await secrets.refresh();
    expect(secrets.get('C')).toBe(canary);
    for (const service of [
      secrets,
      module.get(getSecretsToken()),
      module.get(KmsService),
      module.get(InfisicalClient),
      module.get(Consumer),
    ]) {
      const printed =
        inspect(service, { showHidden: true, depth: 12 }) +
        inspect(service, { customInspect: false, depth: 12 }) +
        JSON.stringify(service);
      expect(printed).not.toContain(canary);
      expect(printed).not.toContain(CLIENT_SECRET);
      expect(printed).not.toMatch(/eyJ/);
    }
  });
});
