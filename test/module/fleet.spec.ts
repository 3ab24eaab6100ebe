import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import KeyvRedis from '@keyv/redis';
import { Logger } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { Keyv } from 'keyv';
import {
  createSymmetricKey,
  InfisicalClient,
  InfisicalModule,
  type InfisicalModuleOptions,
  SecretsService,
  type SnapshotStoreOptions,
} from 'nestjs-infisical';
import {
  InfisicalHealthIndicator,
  InfisicalHealthModule,
} from 'nestjs-infisical/terminus';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { demoOptions, seedWith, silenceNest } from '../support/demo.js';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.js';
import { CountedTransport, Traffic } from '../support/traffic.js';
import { SeededRandom } from '../simulator/seeded-random.js';

const LOGIN = '/api/v1/auth/universal-auth/login';
const LIST = '/api/v4/secrets';
const SECOND = 1_000;

/** Of one minute, for all that is behind one address (contract: auth §9). */
const LIMITS = { login: 200, list: { free: 120, pro: 300 } };

/** One of many that start together. */
interface Replica {
  /** Virtual milliseconds from the start of all until it is up. */
  readonly upAfter: number;
  readonly state: unknown;
  readonly value: string | undefined;
  /** What it sent until then, refused tries included: path and status. */
  readonly sent: string[];
}

/**
 * Apps with their defaults that start at the same moment, all behind one
 * address, against the limits of Infisical Cloud; over real sockets in virtual
 * time.
 */
describe('a fleet of apps that start together', () => {
  const key = createSymmetricKey();
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let traffic: Traffic;
  let warnings: string[];
  let open: { close(): Promise<unknown> }[];

  beforeAll(silenceNest);

  beforeEach(() => {
    clock = new VirtualClock();
    traffic = new Traffic();
    open = [];
    warnings = [];
    jest
      .spyOn(Logger.prototype, 'warn')
      .mockImplementation((text: unknown) => void warnings.push(String(text)));
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    silenceNest();
    await inTime(Promise.all(open.map((one) => one.close())));
    await emulator.stop();
  }, 120_000);

  const inTime = <T>(work: Promise<T>): Promise<T> =>
    traffic.inTime(clock, work, { limit: 600 * SECOND, step: 50 });

  async function serve(plan: 'free' | 'pro'): Promise<void> {
    const seed = seedWith({ '/': { API_KEY: 'first' } });
    emulator = await InfisicalEmulator.start({ clock, cloud: { plan }, seed });
  }

  async function boot(
    index: number,
    more: Partial<InfisicalModuleOptions>,
  ): Promise<Replica> {
    const transport = new CountedTransport(traffic, emulator.url);
    const begin = clock.monotonic();
    const module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot({
          ...demoOptions(emulator),
          clock,
          random: new SeededRandom(index).next,
          transport,
          ...more,
        }),
        TerminusModule,
        InfisicalHealthModule,
      ],
    }).compile();
    open.push(module);
    const upAfter = clock.monotonic() - begin;
    const indicator = module.get(InfisicalHealthIndicator);
    const { infisical } = await indicator.isHealthy('infisical');
    return {
      upAfter,
      state: infisical.state,
      value: module.get(SecretsService).get('API_KEY'),
      sent: transport.exchanges.map(({ path, status }) => `${path} ${status}`),
    };
  }

  async function fleet(
    size: number,
    more: (index: number) => Partial<InfisicalModuleOptions> = () => ({}),
  ): Promise<Replica[]> {
    const starting = Array.from({ length: size }, (_, index) =>
      boot(index, more(index)),
    );
    const replicas = await inTime(Promise.all(starting));
    for (const { state, value } of replicas) {
      expect({ state, value }).toEqual({ state: 'up', value: 'first' });
    }
    return replicas;
  }

  const latest = (replicas: readonly Replica[]): number =>
    Math.max(...replicas.map(({ upAfter }) => upAfter));

  const sentOf = (replicas: readonly Replica[], what: string): number =>
    replicas.flatMap(({ sent }) => sent).filter((one) => one === what).length;

  it.each(['free', 'pro'] as const)(
    'of a hundred is healthy within a minute on the %s plan, by one login and one list each',
    async (plan) => {
      await serve(plan);
      const replicas = await fleet(100);
      expect(latest(replicas)).toBeLessThan(60 * SECOND);
      // Nothing is refused, so nothing has to wait.
      expect(latest(replicas)).toBeLessThan(SECOND);
      for (const { sent } of replicas) {
        expect(sent).toEqual([`${LOGIN} 200`, `${LIST} 200`]);
      }
      expect(emulator.requests).toHaveLength(200);
    },
    120_000,
  );

  it('waits for the next minute, and fails not, where the limit is used up', async () => {
    await serve('free');
    const before = 80;
    await usedUp(before);
    const replicas = await fleet(100);
    const early = LIMITS.list.free - before;
    const late = replicas.filter(({ upAfter }) => upAfter >= SECOND);
    expect(late).toHaveLength(100 - early);
    expect(latest(replicas)).toBeGreaterThanOrEqual(60 * SECOND);
    expect(latest(replicas)).toBeLessThan(62 * SECOND);
    for (const { sent } of late) {
      expect(sent).toEqual([`${LOGIN} 200`, `${LIST} 429`, `${LIST} 200`]);
    }
    const held = warnings.filter((text) => text.includes('holds up the start'));
    expect(held).toHaveLength(late.length);
  }, 120_000);

  it('of more than logins are allowed in a minute starts without a failure, too', async () => {
    await serve('free');
    const size = 210;
    const replicas = await fleet(size);
    // Windows of 120 lists: 210 need two, and so do their logins.
    const windows = Math.ceil(size / LIMITS.list.free);
    expect(latest(replicas)).toBeLessThan((windows - 1) * 62 * SECOND);
    expect(sentOf(replicas, `${LOGIN} 200`)).toBe(size);
    expect(sentOf(replicas, `${LOGIN} 429`)).toBe(size - LIMITS.login);
    expect(sentOf(replicas, `${LIST} 200`)).toBe(size);
    expect(sentOf(replicas, `${LIST} 429`)).toBe(
      LIMITS.login - LIMITS.list.free,
    );
    const most = Math.max(...replicas.map(({ sent }) => sent.length));
    // One refusal for each window that is waited for.
    expect(most).toBeLessThanOrEqual(2 + (windows - 1));
  }, 120_000);

  it('is never refused with a jitter that spreads it over the windows it needs', async () => {
    await serve('free');
    const startup = { jitter: '2m' };
    const replicas = await fleet(150, () => ({ startup }));
    expect(latest(replicas)).toBeLessThan(120 * SECOND);
    for (const { sent } of replicas) expect(sent).toHaveLength(2);
    expect(emulator.requests).toHaveLength(300);
  }, 120_000);

  /** Lists that others behind the address asked for in this minute. */
  async function usedUp(count: number): Promise<void> {
    const transport = new CountedTransport(traffic, emulator.url);
    const { refresh: _, ...options } = demoOptions(emulator);
    const other = new InfisicalClient({ ...options, clock, transport });
    open.push(other);
    for (let done = 0; done < count; done++) await other.secrets.list();
  }

  const withRedis = hasRedis ? describe : describe.skip;

  withRedis('and share their first lists by a Redis', () => {
    let redis: TestRedis;

    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis.stop());

    function sharing(): { snapshotStore: SnapshotStoreOptions } {
      const { host, port, username, password } = redis;
      const url = `redis://${username}:${password}@${host}:${port}`;
      const store = new Keyv({ store: new KeyvRedis(url) });
      open.push({ close: () => store.disconnect() });
      return {
        snapshotStore: { store: traffic.store(store), key, share: true },
      };
    }

    it('asks for five lists at most', async () => {
      await serve('free');
      const replicas = await fleet(100, sharing);
      expect(latest(replicas)).toBeLessThan(60 * SECOND);
      const lists = sentOf(replicas, `${LIST} 200`);
      expect(lists).toBeGreaterThan(0);
      expect(lists).toBeLessThanOrEqual(5);
      for (const { sent } of replicas) {
        expect([...sent, `${LIST} 200`].slice(0, 2)).toEqual([
          `${LOGIN} 200`,
          `${LIST} 200`,
        ]);
      }
      expect(emulator.requests).toHaveLength(100 + lists);
      expect(warnings).toEqual([]);
    }, 120_000);
  });
});
