import { describe, expect, it } from '@jest/globals';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { ModulesContainer } from '@nestjs/core';
import jwt from 'jsonwebtoken';
import {
  type Clock,
  DynamicLeaseService,
  getSecretToken,
  infisicalConfig,
  InfisicalClient,
  InfisicalModule,
  InfisicalNotFoundError,
  InjectSecret,
  InjectSecrets,
  MissingSecretsError,
  OnSecretChange,
  Secret,
  type SecretChange,
  SecretsService,
  type TimerHandle,
} from 'nestjs-infisical';
import {
  assertNoSecretLeaks,
  InfisicalTestingModule,
} from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import { z } from 'zod';
import { testApps } from '../support/apps.js';
import {
  CLIENT_ID,
  demoOptions,
  failureOf,
  PROJECT_ID,
  requestPaths,
} from '../support/demo.js';
import { MONGO } from '../support/dynamic.js';

/** Stands for TypeORM, JWT and others whose options are made at the start. */
class OtherModule {
  static forRootAsync(options: {
    inject: (string | typeof SecretsService | typeof ConfigService)[];
    useFactory: (...args: never[]) => unknown;
  }): DynamicModule {
    const provider = { provide: 'OTHER_OPTIONS', ...options };
    return { module: OtherModule, providers: [provider], exports: [provider] };
  }
}
Module({})(OtherModule);

/** Stands for `@Cron` and `@WebSocketGateway`, whose arguments are read while files are loaded. */
const Gateway =
  (port: number): ClassDecorator =>
  (target) =>
    Reflect.defineMetadata('port', port, target);

@Injectable()
class EarlyReader implements OnModuleInit {
  @Secret('KEY') readonly key!: string;
  readonly inConstructor: string;
  inModuleInit: string | undefined;

  constructor(
    @InjectSecret('KEY') key: string,
    readonly secrets: SecretsService,
  ) {
    this.inConstructor = `${key} ${secrets.getOrThrow('KEY')}`;
  }

  onModuleInit(): void {
    this.inModuleInit = this.key;
  }
}

@Injectable()
class Holder {
  @Secret('KEY', { live: true }) readonly key!: string;
  constructor(readonly secrets: SecretsService) {}
}

/** Of a type that needs nothing behind it. */
const DYNAMIC_SECRET = {
  name: 'mongo',
  provider: { type: 'mongo-db' as const, inputs: MONGO.inputs },
  defaultTTL: '1h',
};

describe('pains of users of the peers', () => {
  const apps = testApps();

  it('peers §3 row 4: secrets are there before other modules are built', async () => {
    const emulator = await apps.start({ '/': { DB_URL: 'postgres://db' } });
    emulator.trouble.add({
      kind: 'latency',
      delay: 100,
      path: '/api/v4/secrets',
    });
    const options = (useFactory: (...args: never[]) => unknown) =>
      OtherModule.forRootAsync({ inject: [SecretsService], useFactory });
    const app = await apps.boot({
      // Before the root is, which makes no difference.
      root: false,
      imports: [
        options((secrets: SecretsService) => secrets.getOrThrow('DB_URL')),
        InfisicalModule.forRoot(demoOptions(emulator)),
      ],
    });
    expect(app.get('OTHER_OPTIONS')).toBe('postgres://db');

    const byToken = await apps.boot({
      imports: [
        OtherModule.forRootAsync({
          inject: [getSecretToken('DB_URL')],
          useFactory: (url: string) => url,
        }),
      ],
    });
    expect(byToken.get('OTHER_OPTIONS')).toBe('postgres://db');

    const byConfig = await apps.boot({
      root: false,
      imports: [
        ConfigModule.forRoot({
          isGlobal: true,
          ignoreEnvFile: true,
          load: [infisicalConfig(apps.loadOptions())],
        }),
        OtherModule.forRootAsync({
          inject: [ConfigService],
          useFactory: (config: ConfigService) => config.getOrThrow('DB_URL'),
        }),
      ],
    });
    expect(byConfig.get('OTHER_OPTIONS')).toBe('postgres://db');
  });

  it('peers §3 row 5: values are there before Nest is, for decorators and main.ts, with one login', async () => {
    const emulator = await apps.start({ '/': { PORT: '8081' } });
    const loaded = await apps.load();

    @Gateway(Number(loaded.getOrThrow('PORT')))
    @Injectable()
    class EventsGateway {
      @Secret('PORT', { parse: Number }) readonly port!: number;
    }

    const app = await apps.boot({ loaded, providers: [EventsGateway] });
    expect(Reflect.getMetadata('port', EventsGateway)).toBe(8081);
    expect(app.get(EventsGateway).port).toBe(8081);
    expect(requestPaths(emulator)).toEqual([
      'POST /api/v1/auth/universal-auth/login',
      'GET /api/v4/secrets',
    ]);
  });

  it('peers §3 row 6: a change arrives without a restart and without request scope', async () => {
    const emulator = await apps.start({ '/': { KEY: 'before' } });

    @Injectable()
    class Live {
      @Secret('KEY', { live: true }) readonly key!: string;
      readonly told: string[] = [];
      @OnSecretChange('KEY')
      changed(): void {
        this.told.push(this.key);
      }
    }

    const app = await apps.boot({ providers: [Live] });
    const live = app.get(Live);
    emulator.rotate('KEY', 'after');
    await app.get(SecretsService).refresh();
    expect([live.key, live.told]).toEqual(['after', ['after']]);
    expect(app.get(Live)).toBe(live);
    const wrappers = [...app.get(ModulesContainer).values()].map((module) =>
      module.providers.get(Live),
    );
    const [wrapper] = wrappers.filter((one) => one !== undefined);
    expect(wrapper?.isDependencyTreeStatic()).toBe(true);
  });

  it('peers §3 row 14: values from the server are validated, in one error that names all and tells none', async () => {
    await apps.start({
      '/': { PORT: 'canary-port', URL: 'canary-url', FINE: 'x' },
    });
    const schema = z.object({
      PORT: z.coerce.number(),
      URL: z.url(),
      FINE: z.string(),
      ABSENT: z.string(),
    });

    @Injectable()
    class Reader {
      @Secret('PORT', { parse: Number }) readonly port!: number;
      @Secret('URL', { schema: z.url() }) readonly url!: string;
      @Secret('ABSENT') readonly absent!: string;
    }

    const errors = [
      await failureOf(apps.boot({ providers: [Reader] })),
      await failureOf(infisicalConfig({ ...apps.loadOptions(), schema })()),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(MissingSecretsError);
      const { problems } = error as MissingSecretsError;
      expect(problems.map(({ name, reason }) => [name, reason]).sort()).toEqual(
        [
          ['ABSENT', 'missing'],
          ['PORT', 'invalid'],
          ['URL', 'invalid'],
        ],
      );
      expect(error.message).not.toContain('canary');
    }
  });

  it('peers §3 row 15: a wrong folder or environment is told apart from an empty one', async () => {
    await apps.start({ '/': { KEY: 'x' }, '/payments': {}, '/mail': {} });
    const at = async (path: string, environment = 'dev') => {
      const app = await apps.boot({
        imports: [InfisicalModule.forFeature({ path, environment })],
      });
      return app.get(SecretsService, { strict: false });
    };
    // Without its slash, or with one too many.
    await expect(at('payments/')).resolves.toBeDefined();

    const wrongFolder = await failureOf(at('/payment'));
    const wrongEnvironment = await failureOf(at('/payments', 'development'));
    for (const error of [wrongFolder, wrongEnvironment]) {
      expect(error).toBeInstanceOf(InfisicalNotFoundError);
      expect(error.message).toContain(`project ${PROJECT_ID}`);
    }
    expect(wrongFolder.message).toContain('environment dev, path /payment');
    expect(wrongEnvironment.message).toContain('environment development');

    const secrets = (await apps.boot()).get(SecretsService);
    const empty = await secrets.scope({ path: '/payments' });
    expect(empty.keys()).toEqual([]);
  });

  it('peers §3 row 16: no open handle is left, and a testing module opens none', async () => {
    const emulator = await apps.start({ '/': { KEY: 'x' } });
    // Timers of the run itself come and go.
    const handles = () =>
      process
        .getActiveResourcesInfo()
        .filter((one) => one !== 'Timeout')
        .sort();
    const before = handles();
    const memory = await apps.boot({
      root: false,
      imports: [InfisicalTestingModule.forRoot({ secrets: { KEY: 'x' } })],
    });
    expect(memory.get(SecretsService).get('KEY')).toBe('x');
    expect(handles()).toEqual(before);

    // Its tasks do not keep the process alive, also when nobody closes the app.
    const timers = new Map<TimerHandle, boolean>();
    const clock: Clock = {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      setTimeout: (callback, delay, options) => {
        const timer = setTimeout(callback, delay).unref();
        timers.set(timer, options?.background === true);
        return timer;
      },
      clearTimeout: (timer) => {
        timers.delete(timer);
        clearTimeout(timer as NodeJS.Timeout);
      },
    };
    const app = await apps.boot({ root: { clock, refresh: {} } });
    expect(timers.size).toBeGreaterThan(0);
    expect([...timers.values()]).not.toContain(false);
    await app.close();
    expect(timers.size).toBe(0);
    await emulator.stop();
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    const left = handles().filter((one) => one.startsWith('TCP'));
    expect(left).toEqual([]);
  });

  it('peers §3 row 24: secrets become variables on request only, and go with the app', async () => {
    await apps.start({
      '/': { APP_KEY: 'of-infisical', APP_SET: 'other', NODE_OPTIONS: '-v' },
    });
    const env = process.env;
    const ours = () =>
      Object.entries(env).filter(([name]) => /^MY_APP_|^APP_/.test(name));
    env.APP_SET = 'by-hand';
    try {
      const plain = await apps.boot();
      expect(ours()).toEqual([['APP_SET', 'by-hand']]);
      await plain.close();
      const app = await apps.boot({ root: { processEnv: true } });
      expect(ours().sort()).toEqual([
        ['APP_KEY', 'of-infisical'],
        ['APP_SET', 'by-hand'],
      ]);
      expect(env.NODE_OPTIONS).not.toBe('-v');
      await app.close();
      const chosen = { include: ['APP_KEY'], prefix: 'MY_' };
      const second = await apps.boot({ root: { processEnv: chosen } });
      expect(env.MY_APP_KEY).toBe('of-infisical');
      await second.close();
      expect(ours()).toEqual([['APP_SET', 'by-hand']]);
    } finally {
      delete env.APP_SET;
    }
  });

  it('peers §3 row 25: tests replace secrets, also of an async root, without a network', async () => {
    const emulator = await apps.start({ '/': { KEY: 'of-server' } });

    @Injectable()
    class Reader {
      @Secret('KEY') readonly key!: string;
    }

    @Module({
      imports: [
        InfisicalModule.forRootAsync({
          useFactory: () => demoOptions(emulator),
        }),
      ],
      providers: [Reader],
    })
    class AppModule {}

    const keyWith = async (key: string | undefined): Promise<string> => {
      const app = await apps.boot({
        root: false,
        imports: [AppModule],
        override: (builder) => {
          if (key === undefined) return builder;
          InfisicalTestingModule.override(builder, { secrets: { KEY: key } });
          return builder;
        },
      });
      return app.get(Reader, { strict: false }).key;
    };
    expect(await keyWith('of-test')).toBe('of-test');
    expect(await keyWith('of-another-test')).toBe('of-another-test');
    expect(emulator.requests).toEqual([]);
    // None of them is left for the next one.
    expect(await keyWith(undefined)).toBe('of-server');
  });

  it('peers §3 row 26: two roots stay apart, and async forms have imports', async () => {
    const emulator = await apps.start({
      '/': { KEY: 'main' },
      '/billing': { KEY: 'billing' },
      '/mail': { KEY: 'mail' },
    });

    @Module({
      providers: [{ provide: 'PATH', useValue: '/billing' }],
      exports: ['PATH'],
    })
    class SettingsModule {}

    @Injectable()
    class Both {
      constructor(
        @InjectSecrets() readonly main: SecretsService,
        @InjectSecrets({ root: 'billing' }) readonly billing: SecretsService,
      ) {}
    }

    @Module({
      imports: [
        InfisicalModule.forFeatureAsync({
          imports: [SettingsModule],
          inject: ['PATH'],
          useFactory: (path: string) => ({
            path: path.replace('billing', 'mail'),
          }),
        }),
      ],
    })
    class MailModule {
      @Secret('KEY') readonly key!: string;
      constructor(@Inject(SecretsService) readonly secrets: SecretsService) {}
    }

    const app = await apps.boot({
      imports: [
        InfisicalModule.forRootAsync({
          name: 'billing',
          imports: [SettingsModule],
          inject: ['PATH'],
          useFactory: (path: string) => demoOptions(emulator, { path }),
        }),
        MailModule,
      ],
      providers: [Both],
    });
    const { main, billing } = app.get(Both);
    const mail = app.get(MailModule);
    expect([main, billing, mail.secrets].map((one) => one.get('KEY'))).toEqual([
      'main',
      'billing',
      'mail',
    ]);
    expect(mail.key).toBe('mail');
  });

  it('peers §3 row 27: tokens that were signed before a rotation are accepted after it', async () => {
    const emulator = await apps.start({ '/': { JWT_SECRET: 'first-secret' } });

    /** Signs with the current secret, and accepts the one before it. */
    @Injectable()
    class Sessions {
      @Secret('JWT_SECRET', { live: true }) private readonly current!: string;
      private previous: string | undefined;
      private tell!: () => void;
      readonly told = new Promise<void>((resolve) => (this.tell = resolve));

      constructor(private readonly secrets: SecretsService) {}

      @OnSecretChange('JWT_SECRET')
      async keepPrevious([change]: SecretChange[]): Promise<void> {
        const version = change?.previousVersion;
        const record = await this.secrets.fetch('JWT_SECRET', { version });
        this.previous = record.secretValue;
        this.tell();
      }

      sign(): string {
        return jwt.sign({ sub: 'user' }, this.current);
      }

      verify(token: string): boolean {
        return [this.current, this.previous].some((secret) => {
          try {
            return secret !== undefined && !!jwt.verify(token, secret);
          } catch {
            return false;
          }
        });
      }
    }

    const app = await apps.boot({ providers: [Sessions] });
    const sessions = app.get(Sessions);
    const tokens = [sessions.sign()];
    emulator.rotate('JWT_SECRET', 'second-secret');
    await app.get(SecretsService).refresh();
    await sessions.told;
    tokens.push(sessions.sign());
    expect(tokens.map((token) => sessions.verify(token))).toEqual([true, true]);
    expect(sessions.verify(jwt.sign({}, 'other'))).toBe(false);
  });

  it('peers §3 row 28: leases are revoked after what uses them has closed, without request of the user', async () => {
    const emulator = await apps.start({ '/': {} });
    const revocations = () =>
      emulator.requests.filter(({ method }) => method === 'DELETE').length;
    const seen: [hook: string, revocations: number][] = [];

    @Injectable()
    class Pool implements OnModuleDestroy, BeforeApplicationShutdown {
      constructor(readonly leases: DynamicLeaseService) {}
      onModuleDestroy(): void {
        seen.push(['onModuleDestroy', revocations()]);
      }
      beforeApplicationShutdown(): void {
        seen.push(['beforeApplicationShutdown', revocations()]);
      }
    }

    const app = await apps.boot({ providers: [Pool] });
    await app.get(InfisicalClient).dynamicSecrets.create(DYNAMIC_SECRET);
    await app.get(Pool).leases.acquire('mongo');
    await app.close();
    expect(seen).toEqual([
      ['onModuleDestroy', 0],
      ['beforeApplicationShutdown', 0],
    ]);
    expect(revocations()).toBe(1);
  });

  it('peers §3 row 29: a constructor has its secrets, by parameters', async () => {
    await apps.start({ '/': { KEY: 'value' } });
    const app = await apps.boot({ providers: [EarlyReader] });
    expect(app.get(EarlyReader)).toMatchObject({
      inConstructor: 'value value',
      inModuleInit: 'value',
    });
  });

  it.each([
    { by: 'id', project: { projectId: PROJECT_ID } },
    { by: 'slug', project: { projectId: undefined, projectSlug: 'demo' } },
  ])(
    'peers §3 row 31: secrets and leases need the project by its $by only',
    async ({ project }) => {
      await apps.start({ '/': { KEY: 'value' } });
      const app = await apps.boot({ root: project });
      expect(app.get(SecretsService).get('KEY')).toBe('value');
      const { dynamicSecrets } = app.get(InfisicalClient);
      await dynamicSecrets.create(DYNAMIC_SECRET);
      const lease = await app.get(DynamicLeaseService).acquire('mongo');
      expect(lease.status).toBe('active');
      expect((await dynamicSecrets.list()).map(({ name }) => name)).toEqual([
        'mongo',
      ]);
    },
  );

  it('peers §3 row 34: no secret and no token is in a log, an error or an inspected object', async () => {
    const emulator = await apps.start({
      '/': { KEY: 'canary-of-root', PORT: 'canary-not-a-port' },
      '/wrong': {},
    });

    @Injectable()
    class Broken {
      @Secret('PORT', { parse: Number }) readonly port!: number;
      @Secret('ABSENT') readonly absent!: string;
    }

    const lines: string[] = [];
    const log = (...told: unknown[]): void => {
      lines.push(told.map((one) => inspect(one, { depth: 8 })).join(' '));
    };
    const logger = { log, error: log, warn: log, debug: log, verbose: log };
    const app = await apps.boot({ logger, providers: [Holder] });
    const secrets = app.get(SecretsService);
    log(secrets, app.get(InfisicalClient), app.get(Holder));
    emulator.expireTokens();
    emulator.rotate('KEY', 'canary-number-two');
    await secrets.refresh();
    emulator.trouble.add({ kind: 'error', status: 500 });
    log(await failureOf(secrets.refresh()));
    emulator.trouble.clear();
    log(await failureOf(apps.boot({ providers: [Broken] })));
    const wrong = { clientId: CLIENT_ID, clientSecret: 'canary-wrong-login' };
    const auth = { universalAuth: wrong };
    log(await failureOf(apps.boot({ root: { auth } })));
    expect(lines.length).toBeGreaterThan(4);
    await assertNoSecretLeaks(lines, {
      secrets: [
        emulator,
        { before: 'canary-of-root', login: 'canary-wrong-login' },
      ],
    });
  });

  it('peers §3 row 37: secrets are there right after the start of an app on a slow server', async () => {
    const emulator = await apps.start({ '/': { KEY: 'value' } });
    emulator.trouble.add({ kind: 'latency', delay: 200 });
    const app = await apps.boot({ providers: [EarlyReader] });
    expect(app.get(EarlyReader).inConstructor).toBe('value value');
    expect(app.get(SecretsService).getOrThrow('KEY')).toBe('value');
  });
});
