import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  type INestApplication,
  Module,
  type ModuleMetadata,
} from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import {
  HealthCheckService,
  HealthIndicatorService,
  TerminusModule,
} from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import {
  DynamicLeaseService,
  InfisicalClient,
  InfisicalModule,
  type InfisicalModuleOptions,
  SecretsService,
  TokenService,
} from 'nestjs-infisical';
import {
  type InfisicalHealthOptions,
  InfisicalHealthIndicator,
  InfisicalHealthModule,
} from 'nestjs-infisical/terminus';
import {
  type EmulatorSeedUniversalAuth,
  InfisicalEmulator,
  InfisicalTestingModule,
  VirtualClock,
} from 'nestjs-infisical/testing';
import type { AddressInfo, Server } from 'node:net';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  demoOptions,
  type Folders,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import { MONGO } from '../support/dynamic.js';
import { RecordingTransport } from '../support/recording-transport.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const IDENTITY = '33333333-3333-4333-8333-333333333333';
const LOGIN = '/api/v1/auth/universal-auth/login';

/** In no answer. */
const SECRET = 'canary-of-a-secret';
const MESSAGE = 'canary-of-a-message';

/** What Terminus calls a degraded entry and the whole answer; before version 12 it has no word for it. */
const DEGRADED =
  'degraded' in new HealthIndicatorService().check('any')
    ? { entry: 'degraded', answer: 'degraded' }
    : { entry: 'up', answer: 'ok' };

interface Entry {
  status: string;
  state: string;
  message?: string;
  token: Record<string, unknown>;
  scopes: Record<string, unknown>[];
  tenants?: Record<string, number>;
  leases: Record<string, unknown>[];
}

interface Answer {
  status: number;
  text: string;
  body: { status: string; info: object; error: object; details: object };
  /** The entry of `infisical`. */
  entry: Entry;
}

interface Setup {
  folders?: Folders;
  token?: Partial<EmulatorSeedUniversalAuth>;
  root?: Partial<InfisicalModuleOptions> & { isGlobal?: boolean };
  imports?: ModuleMetadata['imports'];
  providers?: ModuleMetadata['providers'];
}

describe('health', () => {
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let transport: RecordingTransport;
  let app: INestApplication | undefined;
  let options: InfisicalHealthOptions | undefined;

  @Controller('health')
  class HealthController {
    constructor(
      private readonly health: HealthCheckService,
      private readonly infisical: InfisicalHealthIndicator,
    ) {}

    @Get()
    check() {
      return this.health.check([
        () => this.infisical.isHealthy('infisical', options),
      ]);
    }
  }

  @Module({
    imports: [TerminusModule.forRoot({ logger: false }), InfisicalHealthModule],
    controllers: [HealthController],
  })
  class HealthModule {}

  beforeAll(silenceNest);

  afterEach(async () => {
    options = undefined;
    // A shutdown that waits for the server waits for the clock.
    emulator.trouble.clear();
    await app?.close();
    app = undefined;
    await emulator.stop();
  });

  async function boot({
    folders = { '/': { A: SECRET } },
    token = {},
    root = {},
    imports = [HealthModule],
    providers = [],
  }: Setup = {}): Promise<void> {
    clock = new VirtualClock();
    emulator = await InfisicalEmulator.start({
      clock,
      random: () => 0.5,
      seed: seedWith(folders, token),
    });
    transport = new RecordingTransport(emulator.url);
    const module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(
          demoOptions(emulator, {
            clock,
            transport,
            random: () => 0.5,
            refresh: { interval: MINUTE },
            ...root,
          }),
        ),
        ...imports,
      ],
      providers,
    }).compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
  }

  /** Lets time pass in steps, and each request come to its end in its step. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5 * SECOND) {
      await clock.advance(Math.min(5 * SECOND, left));
      await transport.idle();
    }
    await clock.advance(0);
  }

  async function health(): Promise<Answer> {
    const server = app?.getHttpServer() as Server;
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/health`);
    const text = await answer.text();
    const body = JSON.parse(text) as Answer['body'];
    const { infisical: entry } = body.details as { infisical: Entry };
    return { status: answer.status, text, body, entry };
  }

  async function expectState(state: 'up' | 'degraded' | 'down') {
    const answer = await health();
    const expected = {
      up: { status: 200, answer: 'ok', entry: 'up' },
      degraded: { status: 200, ...DEGRADED },
      down: { status: 503, answer: 'error', entry: 'down' },
    }[state];
    expect({
      status: answer.status,
      answer: answer.body.status,
      entry: answer.entry.status,
      state: answer.entry.state,
    }).toEqual({ ...expected, state });
    return answer;
  }

  const get = <T>(token: new (...args: never[]) => T): T =>
    app?.get<T>(token) as T;

  it('is up, with token, scopes and leases in the details', async () => {
    await boot({
      folders: { '/': { A: SECRET }, '/payments': { B: SECRET } },
      token: { accessTokenTTL: 600 },
      root: { path: '/' },
      imports: [
        HealthModule,
        InfisicalModule.forFeature({ path: '/payments' }),
      ],
    });
    await createDynamicSecret();
    await get(DynamicLeaseService).acquire('app-db');
    await pass(5 * SECOND);
    const asked = transport.exchanges.length;
    const { entry, body } = await expectState('up');
    const scope = {
      environment: 'dev',
      recursive: false,
      status: 'ready',
      ageMs: 5 * SECOND,
    };
    expect(entry).toEqual({
      status: 'up',
      state: 'up',
      // Less the second that the token's claims may hide.
      token: { state: 'ready', expiresInMs: 594 * SECOND },
      scopes: expect.arrayContaining([
        { path: '/', ...scope },
        { path: '/payments', ...scope },
      ]) as unknown,
      leases: [
        {
          name: 'app-db',
          state: 'active',
          generation: 1,
          expiresInMs: 30 * MINUTE - 5 * SECOND,
        },
      ],
    });
    expect(entry.scopes).toHaveLength(2);
    expect(body).toMatchObject({ info: { infisical: entry }, error: {} });
    // The calendar is no measure of what is left.
    clock.jump(-HOUR);
    expect((await health()).entry).toEqual(entry);
    // And nothing of that was a question to the server.
    expect(transport.exchanges).toHaveLength(asked);
  });

  it('is degraded in an outage, down when the snapshot is too old, and up again', async () => {
    options = { maxStale: '10m' };
    await boot();
    await pass(30 * SECOND);
    emulator.trouble.outage();
    await pass(2 * MINUTE);
    const { entry } = await expectState('degraded');
    expect(entry.scopes).toEqual([
      {
        path: '/',
        environment: 'dev',
        recursive: false,
        status: 'stale',
        ageMs: expect.any(Number) as unknown,
        lastError: {
          name: 'InfisicalNetworkError',
          code: expect.any(String) as unknown,
          operation: 'secrets.list',
        },
      },
    ]);
    const asked = transport.exchanges.length;
    await pass(10 * MINUTE);
    const { entry: late } = await expectState('down');
    expect(late.scopes[0]).toMatchObject({ status: 'stale' });
    expect(late.scopes[0]?.ageMs).toBeGreaterThan(10 * MINUTE);
    // The app still reads its secrets, and still tries.
    expect(get(SecretsService).get('A')).toBe(SECRET);
    expect(transport.exchanges.length).toBeGreaterThan(asked);
    emulator.trouble.clear();
    await pass(2 * MINUTE);
    const { entry: after } = await expectState('up');
    expect(after.scopes[0]).not.toHaveProperty('lastError');
  });

  it('is degraded for as long as it takes without maxStale', async () => {
    await boot();
    emulator.trouble.outage({ mode: 'unavailable' });
    await pass(HOUR);
    const { entry } = await expectState('degraded');
    expect(entry.scopes[0]?.lastError).toMatchObject({
      status: 503,
      operation: 'secrets.list',
    });
  });

  it('is down in place of degraded when told so', async () => {
    options = { degradedIsDown: true };
    await boot();
    await expectState('up');
    emulator.trouble.outage();
    await pass(2 * MINUTE);
    const { status, entry } = await health();
    expect({ status, is: entry.status, state: entry.state }).toEqual({
      status: 503,
      is: 'down',
      state: 'degraded',
    });
  });

  it('takes maxStale of the root, unless it is told another', async () => {
    await boot({ root: { refresh: { interval: '1m', maxStale: '5m' } } });
    emulator.trouble.outage({ mode: 'unavailable' });
    await pass(7 * MINUTE);
    const { entry } = await expectState('down');
    expect(entry.scopes[0]).toMatchObject({ status: 'error' });
    options = { maxStale: HOUR };
    await expectState('degraded');
  });

  it('is down when nobody confirmed the snapshot for longer than maxStale', async () => {
    options = { maxStale: 5 * MINUTE };
    await boot({ root: { refresh: { interval: false } } });
    await pass(5 * MINUTE);
    await expectState('up');
    await pass(SECOND);
    const { entry } = await expectState('down');
    expect(entry.scopes[0]).toMatchObject({ status: 'ready' });
    await get(SecretsService).refresh();
    await expectState('up');
  });

  describe('the token', () => {
    it('is degraded when it cannot be renewed, and when it ended in an outage', async () => {
      await boot({
        token: { accessTokenTTL: 600, accessTokenMaxTTL: 0 },
        root: { refresh: { interval: false } },
      });
      await pass(MINUTE);
      emulator.trouble.outage();
      await pass(8 * MINUTE);
      const { entry } = await expectState('degraded');
      expect(entry.token).toMatchObject({
        state: expect.stringMatching(/retrying|refreshing/) as unknown,
        lastError: {
          name: 'InfisicalNetworkError',
          operation: expect.stringMatching(/^auth\./) as unknown,
        },
      });
      expect(entry.token.expiresInMs).toBeLessThanOrEqual(MINUTE);
      await pass(2 * MINUTE);
      const { entry: over } = await expectState('degraded');
      expect(over.token).not.toHaveProperty('expiresInMs');
      expect(get(TokenService).isUsable).toBe(false);
      emulator.trouble.clear();
      await pass(MINUTE);
      const { entry: after } = await expectState('up');
      expect(after.token).not.toHaveProperty('lastError');
    });

    it('is degraded while a failed renewal is tried again, not while it is due', async () => {
      await boot({
        token: { accessTokenTTL: 600, accessTokenMaxTTL: 0 },
        root: { refresh: { interval: false } },
      });
      const hangs = { kind: 'hang', path: '/**' } as const;
      emulator.trouble.add(hangs);
      await clock.advance(401 * SECOND);
      const { entry: due } = await expectState('up');
      expect(due.token.state).toBe('refreshing');
      await clock.advance(30 * SECOND);
      const { entry } = await expectState('degraded');
      expect(entry.token).toMatchObject({
        state: 'refreshing',
        lastError: { name: 'InfisicalTimeoutError', operation: 'auth.renew' },
      });
    });

    it('is down when the credentials are refused, also while they are tried again', async () => {
      await boot({
        token: { accessTokenTTL: 600, accessTokenMaxTTL: 600 },
        root: { refresh: { interval: false } },
      });
      emulator.identities.revokeClientSecrets(IDENTITY);
      await get(SecretsService)
        .refresh()
        .catch(() => undefined);
      const { entry } = await expectState('down');
      expect(entry.token).toEqual({
        state: 'refused',
        lastError: {
          name: 'InfisicalAuthError',
          code: 'UnauthorizedError',
          status: 401,
          reqId: expect.stringMatching(/^req-/) as unknown,
          operation: 'auth.login',
        },
      });
      emulator.trouble.add({ kind: 'hang', path: LOGIN });
      await clock.advance(70 * SECOND);
      const { entry: trying } = await expectState('down');
      expect(trying.token.state).toBe('acquiring');
    });

    it('is degraded while a token is left, although the credentials are refused', async () => {
      await boot({
        token: { accessTokenTTL: 600, accessTokenMaxTTL: 600 },
        root: { refresh: { interval: false } },
      });
      emulator.trouble.add({ kind: 'error', status: 401, path: LOGIN });
      await pass(8 * MINUTE);
      const { entry } = await expectState('degraded');
      expect(entry.token.state).toBe('refused');
      await pass(2 * MINUTE);
      await expectState('down');
      emulator.trouble.clear();
      await pass(15 * MINUTE);
      await expectState('up');
    });
  });

  describe('a lease', () => {
    it('is degraded when it cannot be replaced, down when it expired, and up again', async () => {
      await boot();
      await createDynamicSecret();
      await get(DynamicLeaseService).acquire('app-db');
      emulator.dynamicSecrets.failNext('create', {
        times: Infinity,
        message: MESSAGE,
      });
      await pass(25 * MINUTE);
      const { entry, text } = await expectState('degraded');
      const lastError = {
        name: 'InfisicalValidationError',
        code: 'BadRequest',
        status: 400,
        reqId: expect.stringMatching(/^req-/) as unknown,
        operation: 'dynamicSecrets.leases.create',
      };
      expect(entry.leases).toEqual([
        {
          name: 'app-db',
          state: 'active',
          generation: 1,
          expiresInMs: 5 * MINUTE,
          lastError,
        },
      ]);
      expect(text).not.toContain(MESSAGE);
      await pass(5 * MINUTE);
      const { entry: late } = await expectState('down');
      expect(late.leases).toMatchObject([
        { state: 'expired', generation: 1, expiresInMs: 0, lastError },
      ]);
      emulator.dynamicSecrets.reset();
      await pass(2 * MINUTE);
      const { entry: after } = await expectState('up');
      expect(after.leases).toMatchObject([{ state: 'active', generation: 2 }]);
    });

    it('whose rotation handler failed tells that, and nothing of its error', async () => {
      await boot();
      await createDynamicSecret();
      const ref = await get(DynamicLeaseService).acquire('app-db');
      ref.onRotation((next) => {
        const password = JSON.stringify(next.data);
        throw Object.assign(new Error(password), {
          name: password,
          code: password,
          status: password,
        });
      });
      await pass(21 * MINUTE);
      const { entry, text } = await expectState('degraded');
      expect(entry.leases).toMatchObject([
        { state: 'active', generation: 2, lastError: { name: 'Error' } },
      ]);
      expect(entry.leases[0]?.lastError).toEqual({ name: 'Error' });
      for (const value of Object.values(ref.current.data)) {
        expect(text).not.toContain(String(value));
      }
    });
  });

  describe('scopes', () => {
    it('that no one asked for are not there', async () => {
      await boot({
        folders: { '/payments': { B: SECRET } },
        imports: [
          HealthModule,
          InfisicalModule.forFeature({ path: '/payments' }),
        ],
      });
      const { entry } = await expectState('up');
      expect(entry.scopes.map(({ path }) => path)).toEqual(['/payments']);
    });

    it('that could not be loaded are down', async () => {
      await boot();
      const loader = app?.get(LazyModuleLoader);
      const load = async () => {
        @Module({ imports: [InfisicalModule.forFeature({ path: '/late' })] })
        class LateModule {}
        await loader?.load(() => LateModule);
      };
      await expect(load()).rejects.toThrow('/late');
      const { entry } = await expectState('down');
      expect(entry.scopes[1]).toEqual({
        path: '/late',
        environment: 'dev',
        recursive: false,
        status: 'error',
        lastError: {
          name: 'InfisicalNotFoundError',
          code: 'SecretPathNotFound',
          status: 404,
          reqId: expect.stringMatching(/^req-/) as unknown,
          operation: 'secrets.list',
        },
      });
    });

    it('of tenants are numbers, and never down', async () => {
      options = { maxStale: '2m' };
      const folders = { '/': { A: SECRET }, '/acme': { B: SECRET } };
      await boot({ folders });
      await get(SecretsService).scope({ path: '/acme' });
      const { entry } = await expectState('up');
      expect(entry.tenants).toEqual({ loaded: 1, stale: 0 });
      expect(entry.scopes).toHaveLength(1);
      await get(InfisicalClient).folders.delete('acme', { force: true });
      await pass(5 * MINUTE);
      const { entry: later, text } = await expectState('degraded');
      expect(later.tenants).toEqual({ loaded: 1, stale: 1 });
      expect(text).not.toContain('acme');
    });
  });

  describe('the indicator', () => {
    it('is of the root that is named', async () => {
      options = { root: 'billing' };
      const billing = await InfisicalEmulator.start({
        clock: new VirtualClock(),
        seed: seedWith({ '/invoices': { C: SECRET } }),
      });
      try {
        await boot({
          imports: [
            HealthModule,
            InfisicalModule.forRoot({
              ...demoOptions(billing, { path: '/invoices' }),
              name: 'billing',
            }),
          ],
        });
        emulator.trouble.outage();
        await pass(2 * MINUTE);
        const { entry } = await expectState('up');
        expect(entry.scopes.map(({ path }) => path)).toEqual(['/invoices']);
        options = { root: 'default' };
        await expectState('degraded');
        await app?.close();
        app = undefined;
      } finally {
        await billing.stop();
      }
    });

    it.each([
      [
        { root: 'billing' },
        'There is no InfisicalModule.forRoot({ name: "billing" }) in this app. Import it in the root module, or pass isHealthy the `root` that is there.',
      ],
      [{ root: 'a b' }, /^root must be a name of letters/],
      [{ maxStale: '1h30m' }, /^maxStale must be a duration/],
      [{ maxstale: '1h' }, /^isHealthy has no option "maxstale"/],
      [{ degradedIsDown: 'yes' }, /degradedIsDown must be true or false/],
      [null, /^The state of Infisical could not be read/],
    ])('with %j is down, and says why', async (wrong, message) => {
      options = wrong as InfisicalHealthOptions;
      await boot();
      const { entry } = await expectState('down');
      expect(entry).toEqual({
        status: 'down',
        state: 'down',
        message:
          typeof message === 'string'
            ? message
            : (expect.stringMatching(message) as unknown),
      });
    });

    it('may be listed among the providers of a module, next to a root that is not global', async () => {
      @Module({
        imports: [TerminusModule.forRoot({ logger: false })],
        controllers: [HealthController],
        providers: [InfisicalHealthIndicator],
      })
      class OwnHealthModule {}
      await boot({ root: { isGlobal: false }, imports: [OwnHealthModule] });
      await expectState('up');
    });

    it('is down while the app starts, and after it was closed', async () => {
      const early: object[] = [];
      await boot({
        imports: [HealthModule, InfisicalHealthModule],
        providers: [
          {
            provide: 'EARLY',
            inject: [InfisicalHealthIndicator],
            useFactory: async (indicator: InfisicalHealthIndicator) => {
              const { infisical } = await indicator.isHealthy('infisical');
              early.push(infisical);
            },
          },
        ],
      });
      expect(early).toEqual([
        {
          status: 'down',
          state: 'down',
          message:
            'InfisicalModule.forRoot has not started yet. Ask again when the app listens.',
        },
      ]);
      const indicator = get(InfisicalHealthIndicator);
      await expect(indicator.isHealthy('infisical')).resolves.toMatchObject({
        infisical: { status: 'up' },
      });
      await app?.close();
      await expect(indicator.isHealthy('infisical')).resolves.toMatchObject({
        infisical: { status: 'down', token: { state: 'closed' } },
      });
    });
  });

  it('has nothing secret in it, up, degraded or down', async () => {
    await boot({ token: { accessTokenTTL: 600, accessTokenMaxTTL: 600 } });
    const accessToken = get(InfisicalClient).auth.getAccessToken();
    await createDynamicSecret();
    const ref = await get(DynamicLeaseService).acquire('app-db');
    const canaries = [
      SECRET,
      MESSAGE,
      CLIENT_ID,
      CLIENT_SECRET,
      String(await accessToken),
      ...Object.values(ref.current.data).map(String),
      'admin-password',
    ];
    const texts = [(await expectState('up')).text];
    emulator.dynamicSecrets.failNext('create', {
      times: Infinity,
      message: MESSAGE,
    });
    await pass(25 * MINUTE);
    texts.push((await expectState('degraded')).text);
    emulator.identities.revokeClientSecrets(IDENTITY);
    await pass(15 * MINUTE);
    texts.push((await expectState('down')).text);
    for (const canary of canaries) {
      expect(canary.length).toBeGreaterThan(3);
      for (const text of texts) expect(text).not.toContain(canary);
    }
  });

  function createDynamicSecret(): Promise<unknown> {
    return get(InfisicalClient).dynamicSecrets.create({
      name: 'app-db',
      defaultTTL: '30m',
      maxTTL: '2h',
      provider: MONGO,
    });
  }
});

it('health is up over the memory of InfisicalTestingModule', async () => {
  const module = await Test.createTestingModule({
    imports: [
      InfisicalTestingModule.forRoot({ secrets: { A: SECRET } }),
      InfisicalHealthModule,
    ],
  }).compile();
  const indicator = module.get(InfisicalHealthIndicator);
  await expect(indicator.isHealthy('infisical')).resolves.toMatchObject({
    infisical: { status: 'up', scopes: [{ path: '/', status: 'ready' }] },
  });
  await module.close();
});
