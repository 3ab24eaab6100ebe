import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DynamicModule,
  Injectable,
  Module,
  type Provider,
} from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { type } from 'arktype';
import {
  InfisicalConfigError,
  InfisicalModule,
  type InfisicalModuleOptions,
  loadSecrets,
  MissingSecretsError,
  Secret,
  type SecretsEvent,
  SecretsService,
  type StandardSchema,
} from 'nestjs-infisical';
import {
  InfisicalEmulator,
  InfisicalTestingModule,
  VirtualClock,
} from 'nestjs-infisical/testing';
import * as v from 'valibot';
import { z } from 'zod';
import {
  demoOptions,
  failureOf,
  listedFolders,
  seedWith,
  silenceNest,
} from '../support/demo.js';

const Env = z.object({
  DATABASE_URL: z.url(),
  PORT: z.coerce.number().int().max(65_535),
  LOG_LEVEL: z.enum(['debug', 'info']).default('info'),
  SENTRY_DSN: z.string().optional(),
});
type Env = z.infer<typeof Env>;

const GOOD = { DATABASE_URL: 'postgres://db/app', PORT: '5432', OTHER: 'x' };

describe('a schema for all secrets of a scope', () => {
  let emulator: InfisicalEmulator;
  let module: TestingModule | undefined;

  beforeAll(silenceNest);
  afterEach(async () => {
    await module?.close();
    module = undefined;
    await emulator.stop();
  });

  const start = async (
    values: Record<string, string>,
    folders: Record<string, Record<string, string>> = {},
  ): Promise<void> => {
    emulator = await InfisicalEmulator.start({
      seed: seedWith({ '/': values, ...folders }),
    });
  };

  async function boot(
    options: Partial<InfisicalModuleOptions>,
    providers: Provider[] = [],
    imports: DynamicModule[] = [],
  ): Promise<TestingModule> {
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(demoOptions(emulator, options)),
        ...imports,
      ],
      providers,
    }).compile();
    return module;
  }

  const put = (name: string, value: string, path = '/'): void => {
    emulator.rotate(name, value, { secretPath: path });
  };

  describe.each<
    [string, StandardSchema<{ DATABASE_URL: string; PORT: number }>]
  >([
    ['Zod 4', z.object({ DATABASE_URL: z.url(), PORT: z.coerce.number() })],
    [
      'Valibot',
      v.object({
        DATABASE_URL: v.pipe(v.string(), v.url()),
        PORT: v.pipe(v.string(), v.transform(Number), v.finite()),
      }),
    ],
    [
      'ArkType',
      type({
        '+': 'delete',
        DATABASE_URL: 'string.url',
        PORT: 'string.numeric.parse',
      }),
    ],
  ])('of %s', (_library, schema) => {
    it('types what the service has', async () => {
      await start(GOOD);
      const secrets = (await boot({ schema })).get<
        SecretsService<{ DATABASE_URL: string; PORT: number }>
      >(SecretsService);
      const port: number = secrets.get('PORT');
      expect(port).toBe(5432);
      expect(secrets.getOrThrow('DATABASE_URL')).toBe('postgres://db/app');
      expect(secrets.keys()).toEqual(['DATABASE_URL', 'PORT']);
      expect(secrets.entries()).toEqual([
        ['DATABASE_URL', 'postgres://db/app'],
        ['PORT', 5432],
      ]);
      expect(secrets.has('PORT')).toBe(true);
    });

    it('refuses a start, telling everything at once and no value', async () => {
      await start({ PORT: 'very-private-text' });
      const error = await failureOf(boot({ schema }));
      expect(error).toBeInstanceOf(MissingSecretsError);
      const { problems } = error as MissingSecretsError;
      expect(problems).toMatchObject([
        { name: 'DATABASE_URL', reason: 'missing', path: '/' },
        { name: 'PORT', reason: 'invalid', environment: 'dev' },
      ]);
      expect(error.message).not.toContain('very-private-text');
    });

    it('rejects a refresh as a whole, and an event tells', async () => {
      await start(GOOD);
      const secrets = (await boot({ schema })).get<
        SecretsService<{ DATABASE_URL: string; PORT: number }>
      >(SecretsService);
      const events: SecretsEvent[] = [];
      const changes: string[] = [];
      secrets.events$.subscribe((event) => events.push(event));
      secrets.changes$.subscribe(({ name }) => changes.push(name));

      put('DATABASE_URL', 'postgres://db/other');
      put('PORT', 'not-a-port');
      const error = await failureOf(secrets.refresh());
      expect(error).toBeInstanceOf(MissingSecretsError);
      expect(error.message).toMatch(/PORT: found, but its value is not valid/);
      expect(error.message).not.toContain('not-a-port');
      expect(events).toEqual([{ kind: 'refresh-rejected', error }]);
      expect(changes).toEqual([]);
      expect(secrets.get('DATABASE_URL')).toBe('postgres://db/app');
      expect(secrets.get('PORT')).toBe(5432);
      expect(secrets.status).toBe('stale');
      expect(secrets.lastError).toBe(error);

      put('PORT', '6000');
      await secrets.refresh();
      expect(secrets.status).toBe('ready');
      expect(secrets.get('DATABASE_URL')).toBe('postgres://db/other');
      expect(secrets.get('PORT')).toBe(6000);
      expect(changes.sort()).toEqual(['DATABASE_URL', 'PORT']);
    });
  });

  it('a default of the schema is there for the service and for @Secret', async () => {
    @Injectable()
    class Log {
      @Secret('LOG_LEVEL') readonly level!: string;
    }
    await start(GOOD);
    const app = await boot({ schema: Env }, [Log]);
    const secrets = app.get<SecretsService<Env>>(SecretsService);
    const level: 'debug' | 'info' = secrets.get('LOG_LEVEL');
    expect(level).toBe('info');
    expect(app.get(Log).level).toBe('info');
    // What the schema makes optional may be absent.
    const dsn: string | undefined = secrets.get('SENTRY_DSN');
    expect(dsn).toBeUndefined();
    expect(() => secrets.getOrThrow('SENTRY_DSN')).toThrow(MissingSecretsError);
  });

  it('@Secret and parse read the text, not what the schema makes of it', async () => {
    @Injectable()
    class Server {
      @Secret('PORT') readonly text!: string;
      @Secret('PORT', { parse: Number }) readonly port!: number;
      @Secret('OTHER') readonly other!: string;
    }
    await start(GOOD);
    const app = await boot({ schema: Env }, [Server]);
    expect(app.get(Server)).toMatchObject({
      text: '5432',
      port: 5432,
      other: 'x',
    });
  });

  it('a reference without a format follows what the schema makes', async () => {
    await start(GOOD);
    const secrets = (await boot({ schema: Env })).get<SecretsService<Env>>(
      SecretsService,
    );
    const port = secrets.ref('PORT');
    const half = secrets.ref('PORT', { parse: (text) => Number(text) / 2 });
    const before: number = port.value;
    expect([before, half.value]).toEqual([5432, 2716]);
    put('PORT', '7000');
    await secrets.refresh();
    expect([port.value, half.value]).toEqual([7000, 3500]);
  });

  it('objects that the schema makes stay the same while nothing changes', async () => {
    await start(GOOD);
    const schema = z.object({
      DATABASE_URL: z.string().transform((text) => new URL(text)),
    });
    const secrets = (await boot({ schema })).get<
      SecretsService<z.infer<typeof schema>>
    >(SecretsService);
    const url: URL = secrets.get('DATABASE_URL');
    await secrets.refresh();
    expect(secrets.get('DATABASE_URL')).toBe(url);
  });

  it('reports missing properties and what schemas refuse together', async () => {
    @Injectable()
    class Mailer {
      @Secret('SMTP_PASSWORD') readonly password!: string;
    }
    @Module({
      imports: [
        InfisicalModule.forFeature({
          path: '/mail',
          schema: z.object({ SMTP_HOST: z.string() }),
        }),
      ],
      providers: [Mailer],
    })
    class MailModule {}
    await start({ ...GOOD, PORT: '-' }, { '/mail': { X: 'x' } });
    const error = await failureOf(
      boot({ schema: Env }, [], [{ module: MailModule }]),
    );
    const { problems } = error as MissingSecretsError;
    const told = problems.map(
      ({ name, path, className }) => `${path} ${name} ${className ?? ''}`,
    );
    expect(told.sort()).toEqual([
      '/ PORT ',
      '/mail SMTP_HOST ',
      '/mail SMTP_PASSWORD Mailer',
    ]);
  });

  it('one report for all roots', async () => {
    await start({ PORT: '-' });
    const error = await failureOf(
      boot(
        { schema: Env },
        [],
        [
          InfisicalModule.forRoot({
            ...demoOptions(emulator, { environment: 'staging' }),
            name: 'second',
            schema: z.object({ SECOND: z.string() }),
          }),
        ],
      ),
    );
    const { problems } = error as MissingSecretsError;
    expect(
      problems.map(({ environment, name }) => `${environment} ${name}`).sort(),
    ).toEqual(['dev DATABASE_URL', 'dev PORT', 'staging SECOND']);
  });

  it('of a feature, of its factory, and of a scope at run time', async () => {
    const schema = z.object({ LIMIT: z.coerce.number() });
    type Limits = z.infer<typeof schema>;
    await start(GOOD, {
      '/a': { LIMIT: '1' },
      '/b': { LIMIT: '2' },
      '/c': { LIMIT: 'no' },
    });
    const app = await boot(
      {},
      [],
      [
        InfisicalModule.forFeature({ path: '/a', name: 'a', schema }),
        InfisicalModule.forFeatureAsync({
          name: 'b',
          useFactory: () => ({ path: '/b', schema }),
        }),
      ],
    );
    const a = app.get<SecretsService<Limits>>('INFISICAL_SECRETS:a');
    const b = app.get<SecretsService<Limits>>('INFISICAL_SECRETS:b');
    expect([a.get('LIMIT'), b.get('LIMIT')]).toEqual([1, 2]);
    const open = await a.scope({ path: '/b', schema });
    const limit: number = open.get('LIMIT');
    expect(limit).toBe(2);
    const error = await failureOf(a.scope({ path: '/c', schema }));
    expect(error).toBeInstanceOf(MissingSecretsError);
    // Who wants no schema is not hindered by another's.
    expect((await a.scope({ path: '/c' })).get('LIMIT')).toBe('no');
  });

  it('one invalid scope does not hold up the others of the same list', async () => {
    const schema = z.object({ LIMIT: z.coerce.number() });
    await start({}, { '/a': { LIMIT: '1' }, '/b': { LIMIT: '1' } });
    const clock = new VirtualClock();
    const app = await boot(
      { path: '/', recursive: true, clock, refresh: { interval: '1m' } },
      [],
      [
        InfisicalModule.forFeature({ path: '/a', name: 'a', schema }),
        InfisicalModule.forFeature({ path: '/b', name: 'b' }),
      ],
    );
    const a = app.get<SecretsService>('INFISICAL_SECRETS:a');
    const b = app.get<SecretsService>('INFISICAL_SECRETS:b');
    for (const path of ['/a', '/b']) {
      put('LIMIT', 'none', path);
    }
    for (let i = 0; i < 500 && b.get('LIMIT') !== 'none'; i++) {
      await clock.advance(1_000);
    }
    expect(new Set(listedFolders(emulator))).toEqual(new Set(['/']));
    expect([a.status, b.status]).toEqual(['stale', 'ready']);
    expect([a.get('LIMIT'), b.get('LIMIT')]).toEqual([1, 'none']);
  });

  it('before Nest, and handed over with it: one login, one list', async () => {
    await start(GOOD);
    const loaded = await loadSecrets({
      ...pickClient(demoOptions(emulator)),
      schema: Env,
    });
    const port: number = loaded.get('PORT');
    expect(port).toBe(5432);
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot({ loaded, refresh: { interval: false } }),
      ],
    }).compile();
    const secrets = module.get<SecretsService<Env>>(SecretsService);
    expect(secrets.get('PORT')).toBe(5432);
    expect(listedFolders(emulator)).toEqual(['/']);
    expect(emulator.count({ path: '/api/v1/auth/**' })).toBe(1);
  });

  it('loadSecrets reports what schemas refuse with what is required', async () => {
    await start({ ...GOOD, PORT: 'x' }, { '/a': { LIMIT: 'x' } });
    const error = await failureOf(
      loadSecrets({
        ...pickClient(demoOptions(emulator)),
        schema: Env,
        required: ['API_KEY'],
        scopes: [
          { path: '/a', schema: z.object({ LIMIT: z.coerce.number() }) },
        ],
      }),
    );
    const { problems } = error as MissingSecretsError;
    expect(problems.map(({ name }) => name).sort()).toEqual([
      'API_KEY',
      'LIMIT',
      'PORT',
    ]);
  });

  it('works without a server in tests', async () => {
    await start({});
    module = await Test.createTestingModule({
      imports: [InfisicalTestingModule.forRoot({ secrets: GOOD, schema: Env })],
    }).compile();
    expect(module.get<SecretsService<Env>>(SecretsService).get('PORT')).toBe(
      5432,
    );
  });

  it('that waits, makes no object or is none: a configuration error', async () => {
    await start(GOOD);
    const waits = z
      .object({ PORT: z.string() })
      .refine(() => Promise.resolve(true));
    const text = {
      '~standard': {
        ...z.any()['~standard'],
        validate: () => ({ value: 'x' }),
      },
    };
    const wrong: [object, RegExp][] = [
      [waits, /must be synchronous/],
      [text, /must make an object/],
      [{}, /must be a Standard Schema/],
    ];
    for (const [schema, message] of wrong) {
      const error = await failureOf(boot({ schema: schema as never }));
      expect(error).toBeInstanceOf(InfisicalConfigError);
      expect(error.message).toMatch(message);
    }
  });

  it('names that are not in it are a compile error', async () => {
    await start(GOOD);
    const secrets = (await boot({ schema: Env })).get<SecretsService<Env>>(
      SecretsService,
    );
    // @ts-expect-error: not in the schema.
    expect(secrets.get('OTHER')).toBeUndefined();
    // @ts-expect-error: a number.
    const port: string = secrets.get('PORT');
    expect(port).toBe(5432);
  });
});

function pickClient(options: InfisicalModuleOptions) {
  const { siteUrl, auth, projectId, environment } = options;
  return { siteUrl, auth, projectId, environment };
}
