import { randomUUID } from 'node:crypto';
import {
  afterEach,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import {
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalRateLimitError,
} from 'nestjs-infisical';
import {
  type EmulatorFault,
  InfisicalEmulator,
  type InfisicalEmulatorOptions,
  VirtualClock,
} from 'nestjs-infisical/testing';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  failureOf,
  PROJECT_ID,
  seedWith,
} from '../support/demo.js';
import { backgroundSignal } from '../../lib/http/deadline.js';
import { HeldTransport } from '../support/held-transport.js';

const SECOND = 1_000;

/** Lists of secrets in a minute of a free plan (contract: auth §9). */
const LIMIT = 120;

const QUIET = {
  log: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

describe('the rate budget of a client', () => {
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let transport: HeldTransport;
  let client: InfisicalClient;
  let open: InfisicalClient[];

  beforeEach(() => {
    clock = new VirtualClock();
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((one) => one.close()));
    await emulator.stop();
  });

  async function start(
    server: InfisicalEmulatorOptions = { cloud: { plan: 'free' } },
    options: InfisicalClientOptions = {},
  ): Promise<void> {
    emulator = await InfisicalEmulator.start({ clock, ...server });
    transport = new HeldTransport(emulator.url);
    client = replica(options);
  }

  /** One more client of the same server, behind the same address. */
  function replica(options: InfisicalClientOptions = {}): InfisicalClient {
    const made = new InfisicalClient({
      siteUrl: emulator.url,
      auth: {
        universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
      },
      projectId: PROJECT_ID,
      environment: 'dev',
      clock,
      random: () => 0.5,
      transport,
      logger: QUIET,
      retry: { attempts: 4, deadline: '5m' },
      ...options,
    });
    open.push(made);
    return made;
  }

  const list = (): Promise<unknown> => client.secrets.list();

  async function lists(count: number): Promise<void> {
    for (let done = 0; done < count; done++) await list();
  }

  /** Lets time pass, a second at a time, each with the answers that it brings. */
  async function pass(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left--) {
      await clock.advance(SECOND);
      await transport.idle();
    }
  }

  const statuses = (): number[] =>
    emulator.requests
      .filter(({ path }) => path === '/api/v4/secrets')
      .map(({ status }) => status ?? 0);

  it('sends nothing that the server would refuse, and everything after the window', async () => {
    await start();
    await lists(LIMIT);
    let ended = 0;
    const more = Array.from({ length: 200 }, async () => {
      await list();
      ended++;
    });
    await pass(55);
    expect(statuses()).toHaveLength(LIMIT);
    await pass(10);
    expect(ended).toBe(LIMIT);
    await pass(65);
    await Promise.all(more);
    expect(ended).toBe(200);
    expect(new Set(statuses())).toEqual(new Set([200]));
  });

  it('is counted before the answers are there', async () => {
    await start();
    await list();
    await pass(61);
    const many = Array.from({ length: 200 }, list);
    await transport.idle();
    expect(statuses()).toHaveLength(1 + LIMIT);
    await pass(70);
    await Promise.all(many);
    expect(new Set(statuses())).toEqual(new Set([200]));
  });

  it('sends a first burst ten at a time, until the limit is known', async () => {
    await start();
    const many = Array.from({ length: 300 }, list);
    await transport.idle();
    expect(statuses()).toHaveLength(LIMIT);
    await pass(130);
    await Promise.all(many);
    expect(statuses()).toHaveLength(300);
    expect(new Set(statuses())).toEqual(new Set([200]));
  });

  it('costs a replica behind the same address ten refusals at most', async () => {
    await start();
    await lists(LIMIT - 5);
    const other = replica();
    const many = Array.from({ length: 40 }, () => other.secrets.list());
    await transport.idle();
    expect(statuses()).toHaveLength(LIMIT + 5);
    expect(statuses().slice(LIMIT)).toEqual(Array(5).fill(429));
    await pass(65);
    await Promise.all(many);
    expect(statuses().filter((status) => status === 429)).toHaveLength(5);
  });

  it('lets those who wait go in their order', async () => {
    await start();
    await lists(LIMIT);
    const ended: number[] = [];
    const more = Array.from({ length: 150 }, async (_, index) => {
      await list();
      ended.push(index);
    });
    await pass(65);
    expect(Math.max(...ended)).toBe(LIMIT - 1);
    await pass(65);
    await Promise.all(more);
  });

  it('is of one route: others are not held up', async () => {
    await start();
    await lists(LIMIT);
    const waits = list();
    await client.folders.list();
    await pass(65);
    await waits;
  });

  it('never holds up login and renewal: they have limits of their own', async () => {
    await start();
    await lists(LIMIT);
    const waits = list();
    await client.auth.renew();
    await replica().auth.getAccessToken();
    expect(clock.monotonic()).toBe(0);
    await pass(65);
    await waits;
  });

  it('lets work that nobody waits for leave a fifth to those who wait', async () => {
    await start();
    const { signal } = new AbortController();
    const quiet = { signal: backgroundSignal(signal) };
    const work = Array.from({ length: LIMIT }, () =>
      client.secrets.list(quiet),
    );
    await transport.idle();
    expect(statuses()).toHaveLength(0.8 * LIMIT);
    await lists(0.2 * LIMIT);
    expect(clock.monotonic()).toBe(0);
    await pass(65);
    await Promise.all(work);
    expect(new Set(statuses())).toEqual(new Set([200]));
  });

  it('counts calls of client.request, also by ids', async () => {
    await start({ cloud: { plan: 'free' } });
    const query = { projectId: PROJECT_ID, environment: 'dev' };
    const path = '/api/v4/secrets/';
    const ask = () => client.request('GET', path, { query });
    for (let done = 0; done < LIMIT; done++) await ask();
    const more = [ask(), list()];
    const byId = () =>
      failureOf(client.request('GET', `/api/v4/secrets/id/${randomUUID()}`));
    for (let done = 0; done < LIMIT; done++) await byId();
    more.push(byId());
    await pass(65);
    await Promise.all(more);
    expect(emulator.requests.map(({ status }) => status)).not.toContain(429);
  });

  it('holds up nobody for long when answers are slow', async () => {
    await start();
    await client.auth.getAccessToken();
    const release = transport.hold(/\/secrets\?/);
    const many = Array.from({ length: 25 }, list);
    await transport.idle();
    expect(statuses()).toHaveLength(10);
    await pass(1);
    expect(statuses()).toHaveLength(20);
    await pass(1);
    expect(statuses()).toHaveLength(25);
    await release();
    await Promise.all(many);
  });

  it('says once in the log that calls wait', async () => {
    const warn = jest.fn();
    const logger = { log: () => undefined, error: () => undefined, warn };
    await start(undefined, { logger });
    await lists(LIMIT);
    const more = [list(), list()];
    await pass(65);
    await Promise.all(more);
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^Calls of GET \/api\/v4\/secrets wait, /)],
    ]);
  });

  it('ends with the client', async () => {
    await start();
    await lists(LIMIT);
    const waits = Array.from({ length: 3 }, () => failureOf(list()));
    await transport.idle();
    await client.close();
    for (const error of await Promise.all(waits)) {
      expect(error.message).toMatch(/closed/);
    }
    expect(clock.pending).toBe(0);
  });

  it('logs in, when the renewal would come after the end of the token', async () => {
    const seed = seedWith({ '/': {} }, { accessTokenTTL: 60 });
    await start({ cloud: true, seed });
    await list();
    const path = '/api/v1/auth/token/renew';
    emulator.trouble.add({
      kind: 'rate-limit',
      retryAfter: 55,
      path,
      times: 1,
    });
    await pass(45);
    await list();
    await pass(1);
    const paths = emulator.requests.map((one) => one.path);
    expect(paths.filter((one) => one === path)).toHaveLength(1);
    expect(paths.filter((one) => one.endsWith('/login'))).toHaveLength(2);
  });

  it.each<[string, EmulatorFault]>([
    ['headers', { kind: 'rate-limit', retryAfter: 40 }],
    [
      'a text',
      {
        kind: 'error',
        status: 429,
        error: 'RateLimitExceeded',
        message: 'Rate limit exceeded. Please try again in 40 seconds',
      },
    ],
  ])('learns from one refusal with %s for all callers', async (_how, fault) => {
    await start({});
    await list();
    emulator.trouble.add({ ...fault, path: '/api/v4/secrets', times: 1 });
    const first = list();
    await transport.idle();
    const others = Array.from({ length: 20 }, list);
    await pass(39);
    const asked = statuses().length;
    await pass(4);
    await Promise.all([first, ...others]);
    expect(asked).toBe(2);
    expect(statuses().filter((status) => status === 429)).toHaveLength(1);
  });

  it('tells at once, when the deadline comes first, that nothing is sent', async () => {
    await start(undefined, { retry: { deadline: '20s' } });
    await lists(LIMIT);
    const error = await failureOf(list());
    expect(clock.monotonic()).toBe(0);
    expect(error).toBeInstanceOf(InfisicalRateLimitError);
    expect(error.message).toMatch(
      /^GET \/api\/v4\/secrets was not sent: .* another 61 s/,
    );
    expect(error).toMatchObject({
      operation: 'secrets.list',
      retryable: true,
      retryAfterMs: 60_500,
    });
    expect(statuses()).toHaveLength(LIMIT);
  });

  it('tells at once that the turn of a caller comes too late', async () => {
    await start(undefined, { retry: { deadline: '90s' } });
    await lists(LIMIT);
    const next = Array.from({ length: LIMIT }, list);
    const error = await failureOf(list());
    expect(error).toMatchObject({ retryAfterMs: 120_500 });
    await pass(65);
    await Promise.all(next);
  });

  it('waits in vain for no refusal either', async () => {
    await start({}, { retry: { deadline: '20s' } });
    emulator.trouble.add({ kind: 'rate-limit', retryAfter: 40, times: 1 });
    const error = await failureOf(list());
    expect(error).toMatchObject({ retryAfterMs: 40_000 });
    expect(clock.monotonic()).toBe(0);
  });

  it('ends waiting by the signal of the caller', async () => {
    await start();
    await lists(LIMIT);
    const controller = new AbortController();
    const failed = failureOf(
      client.secrets.list({ signal: controller.signal }),
    );
    await transport.idle();
    controller.abort(new Error('enough'));
    expect((await failed).message).toBe('enough');
  });

  it('holds up nothing after a refusal of a gateway that tells no limits else', async () => {
    await start({});
    const path = '/api/v4/secrets';
    emulator.trouble.add({ kind: 'rate-limit', retryAfter: 5, path, times: 1 });
    const first = list();
    await pass(8);
    await first;
    await lists(5 * LIMIT);
    expect(statuses()).toHaveLength(2 + 5 * LIMIT);
  });

  it('holds up nothing where the server has no limits', async () => {
    await start({});
    await lists(2 * LIMIT);
    expect(statuses()).toHaveLength(2 * LIMIT);
  });
});
