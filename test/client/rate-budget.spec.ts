import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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
} from '../support/demo.js';
import { HeldTransport } from '../support/held-transport.js';

const SECOND = 1_000;

/** Lists of secrets in a minute of a free plan (contract: auth §9). */
const LIMIT = 120;

describe('the rate budget of a client', () => {
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let transport: HeldTransport;
  let client: InfisicalClient;

  beforeEach(() => {
    clock = new VirtualClock();
  });
  afterEach(async () => {
    await client.close();
    await emulator.stop();
  });

  async function start(
    server: InfisicalEmulatorOptions = { cloud: { plan: 'free' } },
    options: InfisicalClientOptions = {},
  ): Promise<void> {
    emulator = await InfisicalEmulator.start({ clock, ...server });
    transport = new HeldTransport(emulator.url);
    client = new InfisicalClient({
      siteUrl: emulator.url,
      auth: {
        universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
      },
      projectId: PROJECT_ID,
      environment: 'dev',
      clock,
      random: () => 0.5,
      transport,
      retry: { attempts: 4, deadline: '5m' },
      ...options,
    });
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

  it('is of one route: others are not held up', async () => {
    await start();
    await lists(LIMIT);
    const waits = list();
    await client.folders.list();
    await pass(65);
    await waits;
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

  it('tells, when the deadline comes first, that nothing was sent', async () => {
    await start(undefined, { retry: { deadline: '20s' } });
    await lists(LIMIT);
    const failed = failureOf(list());
    await pass(21);
    const error = await failed;
    expect(error).toBeInstanceOf(InfisicalRateLimitError);
    expect(error.message).toMatch(
      /^GET \/api\/v4\/secrets was not sent: .* another 41 s/,
    );
    expect(error).toMatchObject({
      operation: 'secrets.list',
      retryable: true,
      retryAfterMs: 40_500,
    });
    expect(statuses()).toHaveLength(LIMIT);
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
