import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { SpanStatusCode } from '@opentelemetry/api';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  DynamicLeaseService,
  InfisicalClient,
  InfisicalConfigError,
  InfisicalModule,
  type InfisicalModuleExtras,
  type InfisicalModuleOptions,
  loadSecrets,
  SecretsService,
  type TimerHandle,
} from 'nestjs-infisical';
import {
  InfisicalOpenTelemetryModule,
  type InfisicalOpenTelemetryOptions,
} from 'nestjs-infisical/opentelemetry';
import {
  type EmulatorSeedUniversalAuth,
  InfisicalEmulator,
  InfisicalTestingModule,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { AsyncResource } from 'node:async_hooks';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  demoOptions,
  failureOf,
  PROJECT_ID,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import { MONGO } from '../support/dynamic.js';
import { RecordingTransport } from '../support/recording-transport.js';
import { TelemetryBench } from '../support/telemetry.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const AGE = 'infisical.snapshot.age';
const REFRESHES = 'infisical.snapshot.refreshes';
const DEV = { 'infisical.environment': 'dev' };
const GAUGES = [
  'infisical.leases.active',
  AGE,
  'infisical.token.age',
  'infisical.token.time_to_expiry',
].sort();

/** Virtual, but its timers fire in the async context in which they were set, as those of Node do. */
class NodeLikeClock extends VirtualClock {
  override setTimeout(callback: () => void, delay: number): TimerHandle {
    return super.setTimeout(AsyncResource.bind(callback), delay);
  }
}

interface Setup {
  token?: Partial<EmulatorSeedUniversalAuth>;
  root?: Partial<InfisicalModuleOptions> & InfisicalModuleExtras;
  telemetry?: InfisicalOpenTelemetryOptions;
}

describe('the telemetry of an app', () => {
  let telemetry: TelemetryBench;
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let transport: RecordingTransport;
  let app: INestApplicationContext | undefined;

  beforeAll(() => {
    silenceNest();
    TelemetryBench.enableContext();
  });

  afterAll(() => TelemetryBench.disableContext());

  beforeEach(() => {
    telemetry = new TelemetryBench();
    clock = new VirtualClock();
  });

  afterEach(async () => {
    emulator.trouble.clear();
    await app?.close();
    app = undefined;
    await emulator.stop();
    await telemetry.end();
  });

  async function start(token: Partial<EmulatorSeedUniversalAuth> = {}) {
    emulator = await InfisicalEmulator.start({
      clock,
      random: () => 0.5,
      seed: seedWith(
        {
          '/': { 'NAME-CANARY': 'value-canary' },
          '/folder-canary': { OTHER: 'other-value-canary' },
        },
        token,
      ),
    });
    transport = new RecordingTransport(emulator.url);
  }

  async function boot({ token, root = {}, telemetry: more }: Setup = {}) {
    await start(token);
    const { providers } = telemetry;
    const module = await Test.createTestingModule({
      imports: [
        InfisicalOpenTelemetryModule.forRoot({ ...providers, ...more }),
        InfisicalModule.forRoot({
          ...demoOptions(emulator, {
            clock,
            transport,
            random: () => 0.5,
            refresh: { interval: MINUTE },
            path: '/',
          }),
          ...root,
        }),
        ...(root.name === undefined
          ? [InfisicalModule.forFeature({ path: '/folder-canary' })]
          : []),
      ],
    }).compile();
    try {
      await module.init();
      app = module;
    } catch (error) {
      // Nest 11 does not close what has not started.
      await module.get(InfisicalClient, { strict: false }).close();
      throw error;
    }
  }

  const get = <T>(token: new (...args: never[]) => T): T =>
    app?.get<T>(token, { strict: false }) as T;

  /** Lets time pass in steps, and each request come to its end in its step. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5 * SECOND) {
      await clock.advance(Math.min(5 * SECOND, left));
      await transport.idle();
    }
    await clock.advance(0);
  }

  async function createDynamicSecret(): Promise<void> {
    await get(InfisicalClient).dynamicSecrets.create({
      name: 'dynamic-canary',
      provider: MONGO,
      defaultTTL: '30m',
      maxTTL: '30m',
    });
  }

  it('begins with the first call and ends with the last', async () => {
    await boot({ root: { shutdown: { revokeToken: true } } });
    expect(telemetry.tree()).toEqual([
      // Both wait for the login.
      { name: 'infisical secrets.list', children: [] },
      { name: 'infisical secrets.list', children: [] },
      { name: 'infisical auth.login', children: [] },
    ]);
    expect(await telemetry.gauges()).toEqual(GAUGES);
    telemetry.forget();
    await app?.close();
    expect(telemetry.spans.map(({ name }) => name)).toEqual([
      'infisical auth.revoke',
    ]);
    expect(await telemetry.gauges()).toEqual([]);
  });

  it('ends with a start that fails', async () => {
    const error = await failureOf(boot({ root: { environment: 'none' } }));
    expect(error).toBeInstanceOf(Error);
    const [list] = telemetry.named('infisical secrets.list');
    expect(list?.status).toEqual({
      code: SpanStatusCode.ERROR,
      message: 'InfisicalNotFoundError SecretPathNotFound',
    });
    expect(await telemetry.gauges()).toEqual([]);
  });

  it('has the age of the oldest snapshot, and the outcome of each refresh', async () => {
    await boot();
    const outcome = (name: string) => ({ ...DEV, 'infisical.outcome': name });
    expect(await telemetry.points(REFRESHES)).toEqual([
      { attributes: outcome('loaded'), value: 2 },
    ]);
    await pass(30 * SECOND);
    expect(await telemetry.points(AGE)).toEqual([
      { attributes: DEV, value: 30 },
    ]);
    emulator.rotate('NAME-CANARY', 'new-value-canary');
    await get(SecretsService).refresh();
    expect(await telemetry.points(AGE)).toEqual([
      { attributes: DEV, value: 30 },
    ]);
    emulator.trouble.add({
      kind: 'error',
      status: 400,
      path: '/api/v4/secrets',
    });
    await pass(2 * MINUTE);
    const points = await telemetry.points(REFRESHES);
    expect(points).toEqual(
      expect.arrayContaining([
        { attributes: outcome('changed'), value: 1 },
        {
          attributes: { ...outcome('failed'), 'error.type': '400' },
          value: expect.any(Number),
        },
      ]),
    );
    expect(await telemetry.points(AGE)).toEqual([
      { attributes: DEV, value: expect.any(Number) },
    ]);
  });

  it('counts leases that work, and their rotations', async () => {
    await boot();
    await createDynamicSecret();
    const active = async () =>
      (await telemetry.points('infisical.leases.active'))[0]?.value;
    const rotations = async () =>
      (await telemetry.points('infisical.leases.rotations'))[0]?.value;
    expect([await active(), await rotations()]).toEqual([0, undefined]);
    const leases = get(DynamicLeaseService);
    const ref = await leases.acquire('dynamic-canary');
    expect([await active(), await rotations()]).toEqual([1, undefined]);
    await pass(25 * MINUTE);
    expect([await active(), await rotations()]).toEqual([1, 1]);
    await ref.release();
    expect([await active(), await rotations()]).toEqual([0, 1]);
  });

  it('keeps the work of timers out of the requests that set them', async () => {
    clock = new NodeLikeClock();
    await boot({ token: { accessTokenTTL: 600, accessTokenMaxTTL: 60_000 } });
    await createDynamicSecret();
    await pass(10 * SECOND);
    await telemetry.request('GET /orders', async () => {
      await get(InfisicalClient).auth.renew();
      await get(DynamicLeaseService).acquire('dynamic-canary');
    });
    telemetry.forget();
    await pass(25 * MINUTE);
    const names = telemetry.spans.map(({ name }) => name);
    for (const name of ['auth.renew', 'dynamicSecrets.leases.create']) {
      expect(names).toContain(`infisical ${name}`);
    }
    expect(
      telemetry.spans
        .filter(({ parentSpanContext: of }) => of !== undefined)
        .filter(
          ({ parentSpanContext: of }) =>
            !telemetry.spans.some(
              (span) => span.spanContext().spanId === of?.spanId,
            ),
        )
        .map(({ name }) => name),
    ).toEqual([]);
  });

  it('is of the root that is named', async () => {
    await boot({ root: { name: 'billing' }, telemetry: { root: 'billing' } });
    const attributes = { 'infisical.client.name': 'billing' };
    const [login] = telemetry.named('infisical auth.login');
    expect(login?.attributes).toMatchObject(attributes);
    expect(await telemetry.points(AGE)).toEqual([
      { attributes: { ...DEV, ...attributes }, value: 0 },
    ]);
    for (const name of ['infisical.leases.active', REFRESHES]) {
      expect(await telemetry.points(name)).toMatchObject([{ attributes }]);
    }
  });

  it('takes over a client that was there before the app', async () => {
    await start();
    const { refresh, ...client } = demoOptions(emulator, { clock, transport });
    const loaded = await loadSecrets(client);
    const module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot({ loaded, refresh }),
        InfisicalOpenTelemetryModule.forRoot(telemetry.providers),
      ],
    }).compile();
    app = module;
    await module.init();
    await get(SecretsService).refresh();
    expect(telemetry.named('infisical secrets.list')).toHaveLength(1);
    expect(await telemetry.points(REFRESHES)).toMatchObject([{ value: 1 }]);
  });

  it('works in a test module out of memory', async () => {
    await start();
    const module = await Test.createTestingModule({
      imports: [
        InfisicalTestingModule.forRoot({ secrets: { A: 'a' } }),
        InfisicalOpenTelemetryModule.forRoot(telemetry.providers),
      ],
    }).compile();
    app = module;
    await module.init();
    expect(telemetry.named('infisical secrets.list')).toHaveLength(1);
  });

  it('has no name, value, id or token in anything', async () => {
    await boot();
    await createDynamicSecret();
    const client = get(InfisicalClient);
    const lease = await get(DynamicLeaseService).acquire('dynamic-canary');
    await client.secrets.create('CREATED-CANARY', {
      secretValue: 'created-value-canary',
      path: '/folder-canary',
    });
    await client.secrets.get('CREATED-CANARY', { path: '/folder-canary' });
    await client.secrets.get('MISSING-CANARY').catch(() => undefined);
    await client.secrets
      .list({ environment: 'environment-canary' })
      .catch(() => undefined);
    await client
      .request('GET', '/api/v4/canary', { query: { q: 'canary' } })
      .catch(() => undefined);
    await client.auth.universalAuth
      .login({ clientId: 'canary-id', clientSecret: 'canary-secret' })
      .catch(() => undefined);
    await pass(25 * MINUTE);
    const token = await client.auth
      .getAccessToken()
      .then((redacted) => redacted.reveal())
      .catch(() => 'canary');
    const exported = await telemetry.exported();
    expect(exported.length).toBeGreaterThan(10_000);
    for (const confidential of [
      'canary',
      'CANARY',
      'OTHER',
      CLIENT_ID,
      CLIENT_SECRET,
      PROJECT_ID,
      token,
      token.split('.')[2] ?? token,
      lease.current.leaseId,
      ...Object.values(lease.current.data).map(String),
    ]) {
      expect(exported).not.toContain(confidential);
    }
  });

  it('says when there is nothing to watch', async () => {
    const error = await failureOf(boot({ telemetry: { root: 'billing' } }));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(
      /there is no InfisicalModule\.forRoot\(\{ name: "billing" \}\) in this app/,
    );
  });

  it.each([
    [{ name: 'a' }, /has no option "name"\. Known options: root, tracerP/],
    [{ root: 'a b' }, /root must be a name of letters/],
    [{ meterProvider: {} }, /meterProvider must have a method getMeter/],
  ])('refuses the options %j at once', async (options, text) => {
    await start();
    expect(() =>
      InfisicalOpenTelemetryModule.forRoot(options as object),
    ).toThrow(text);
  });
});
