import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalAuthError,
  InfisicalConfigError,
  InfisicalModule,
  type InfisicalModuleOptions,
  InfisicalRateLimitError,
  InfisicalTimeoutError,
  type LoadedSecrets,
  loadSecrets,
  MissingSecretsError,
  SecretsService,
  type StartupOptions,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { z } from 'zod';
import { freePort } from '../support/free-port.js';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  demoOptions,
  failureOf,
  PROJECT_ID,
  seedWith,
  silenceNest,
} from '../support/demo.js';

const MINUTE = 60_000;

describe('startup', () => {
  let emulator: InfisicalEmulator;
  let clock: VirtualClock;
  let warnings: string[];
  let module: TestingModule | undefined;

  beforeAll(silenceNest);
  beforeEach(async () => {
    clock = new VirtualClock();
    emulator = await InfisicalEmulator.start({
      seed: seedWith({ '/': { API_KEY: 'key' } }),
    });
    warnings = [];
    jest
      .spyOn(Logger.prototype, 'warn')
      .mockImplementation((text: unknown) => void warnings.push(String(text)));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    silenceNest();
    await module?.close();
    module = undefined;
    await emulator.stop();
  });

  const options = (
    startup: StartupOptions,
    more: Partial<InfisicalModuleOptions> = {},
  ): InfisicalModuleOptions => ({
    ...demoOptions(emulator),
    clock,
    random: () => 0.5,
    retry: { attempts: 1 },
    startup,
    ...more,
  });

  async function boot(of: InfisicalModuleOptions): Promise<TestingModule> {
    module = await Test.createTestingModule({
      imports: [InfisicalModule.forRoot(of)],
    }).compile();
    return module;
  }

  /** Lets time pass until the work is done; a minute is a limit for hanging tests. */
  async function inTime<T>(
    work: Promise<T>,
    onStep?: () => void,
    limit = 20 * MINUTE,
  ): Promise<T> {
    let isDone = false;
    const done = work.finally(() => (isDone = true));
    done.catch(() => undefined);
    while (!isDone && clock.monotonic() < limit) {
      onStep?.();
      await clock.advance(250);
    }
    return done;
  }

  describe("policy 'retry'", () => {
    it('waits for a server that comes up late', async () => {
      const outage = emulator.outage();
      await inTime(boot(options({ policy: 'retry' })), () => {
        if (clock.monotonic() > 60_000) outage.end();
      });
      expect(clock.monotonic()).toBeGreaterThan(60_000);
      expect(clock.monotonic()).toBeLessThan(100_000);
      expect(module?.get(SecretsService).status).toBe('ready');
      expect(warnings[0]).toMatch(
        /could not be loaded yet, the next try comes in 0\.5 s/,
      );
      // 0.5, 1, 2, 4, 8, 15, 15 … seconds, and not a storm.
      expect(warnings.length).toBeLessThan(12);
    });

    it('waits for a server whose port is not open yet', async () => {
      const port = await freePort();
      let started: Promise<InfisicalEmulator> | undefined;
      await inTime(
        boot(
          options({ policy: 'retry' }, { siteUrl: `http://127.0.0.1:${port}` }),
        ),
        () => {
          if (clock.monotonic() > 10_000) {
            started ??= InfisicalEmulator.start({ port });
          }
        },
      );
      expect(module?.get(SecretsService).status).toBe('ready');
      await (await started)?.stop();
    });

    it('ends at the deadline, with the latest failure in the message', async () => {
      emulator.outage();
      const error = await inTime(
        failureOf(boot(options({ policy: 'retry', timeout: '2m' }))),
      );
      expect(error).toBeInstanceOf(InfisicalTimeoutError);
      expect(error.message).toMatch(
        /120000 ms \(startup.timeout\).*The latest failure: /,
      );
      expect(error.cause).toBeInstanceOf(Error);
      expect(clock.monotonic()).toBeLessThan(2 * MINUTE + 1_000);
    });

    it('has five minutes by default', async () => {
      emulator.outage();
      await inTime(failureOf(boot(options({ policy: 'retry' }))));
      expect(clock.monotonic()).toBeGreaterThan(5 * MINUTE - 1_000);
      expect(clock.monotonic()).toBeLessThan(5 * MINUTE + 1_000);
    });

    it('does not repeat what time does not heal', async () => {
      const refused = await failureOf(
        boot(
          options(
            { policy: 'retry' },
            {
              auth: {
                universalAuth: { clientId: CLIENT_ID, clientSecret: 'wrong' },
              },
            },
          ),
        ),
      );
      expect(refused).toBeInstanceOf(InfisicalAuthError);
      const missing = await failureOf(
        boot(
          options(
            { policy: 'retry' },
            { schema: z.object({ NO_SUCH_SECRET: z.string() }) },
          ),
        ),
      );
      expect(missing).toBeInstanceOf(MissingSecretsError);
      expect(clock.monotonic()).toBe(0);
      expect(emulator.count({ path: '/api/v1/auth/**' })).toBe(2);
    });
  });

  it("policy 'fail' is the default: the first failure ends it", async () => {
    emulator.outage();
    const error = await inTime(failureOf(boot(options({}))));
    expect(error.message).not.toMatch(/startup.timeout/);
    expect(clock.monotonic()).toBeLessThan(10_000);
  });

  describe('held up by the rate limit of the server', () => {
    const refuse = (retryAfter: number, times?: number) =>
      emulator.trouble.add({
        kind: 'rate-limit',
        path: '/api/v4/secrets',
        retryAfter,
        times,
      });

    it('waits as long as the server asks, with the default policy, too', async () => {
      refuse(55, 1);
      await inTime(boot(options({})));
      expect(clock.monotonic()).toBeGreaterThanOrEqual(55_000);
      expect(clock.monotonic()).toBeLessThan(56_500);
      expect(module?.get(SecretsService).status).toBe('ready');
      expect(emulator.count({ path: '/api/v4/secrets' })).toBe(2);
      expect(warnings).toEqual([
        expect.stringMatching(/rate limit holds up the start, .* in 55\.5 s/),
      ]);
    });

    it('ends at once, when `timeout` leaves no time for it', async () => {
      refuse(55);
      const error = await failureOf(boot(options({ timeout: '50s' })));
      expect(error).toBeInstanceOf(InfisicalRateLimitError);
      expect(clock.monotonic()).toBe(0);
    });

    it('goes on for five minutes at most, and is no storm', async () => {
      refuse(1);
      const error = await inTime(failureOf(boot(options({}))));
      expect(error).toBeInstanceOf(InfisicalRateLimitError);
      expect(clock.monotonic()).toBeGreaterThan(4 * MINUTE);
      expect(clock.monotonic()).toBeLessThan(5 * MINUTE);
      expect(emulator.count({ path: '/api/v4/secrets' })).toBeLessThan(30);
    });
  });

  describe('minTimeToFailure', () => {
    const wrongLogin = {
      auth: { universalAuth: { clientId: CLIENT_ID, clientSecret: 'wrong' } },
    };

    it('holds a failure back, so that restarts do not storm the server', async () => {
      const work = failureOf(
        boot(options({ minTimeToFailure: '5s' }, wrongLogin)),
      );
      const error = await inTime(work);
      expect(error).toBeInstanceOf(InfisicalAuthError);
      // 5 s and half of the spread of 20 %.
      expect(clock.monotonic()).toBeGreaterThanOrEqual(5_500);
      expect(clock.monotonic()).toBeLessThan(6_000);
      expect(warnings).toEqual([
        expect.stringMatching(
          /InfisicalAuthError\).*follows in 5\.\d s.*startup\.minTimeToFailure/,
        ),
      ]);
    });

    it('counts from the begin: a start that took long fails at once', async () => {
      emulator.outage();
      const startup: StartupOptions = {
        policy: 'retry',
        timeout: '20s',
        minTimeToFailure: '10s',
      };
      await inTime(failureOf(boot(options(startup))));
      expect(clock.monotonic()).toBeLessThan(20_500);
    });

    it('a wrong option is told at once', async () => {
      const error = await failureOf(
        boot(options({ minTimeToFailure: '1h' }, { timeout: 'soon' })),
      );
      expect(error).toBeInstanceOf(InfisicalConfigError);
      expect(clock.monotonic()).toBe(0);
    });

    it.each([
      [undefined, 5_000],
      ['production', 5_000],
      ['development', 0],
      ['test', 0],
    ])('by default with NODE_ENV=%s: %i ms', async (value, least) => {
      const before = process.env.NODE_ENV;
      if (value === undefined) delete process.env.NODE_ENV;
      else process.env.NODE_ENV = value;
      try {
        await inTime(failureOf(boot(options({}, wrongLogin))));
      } finally {
        process.env.NODE_ENV = before;
      }
      expect(clock.monotonic()).toBeGreaterThanOrEqual(least);
      if (least === 0) expect(clock.monotonic()).toBeLessThan(1_000);
    });
  });

  it('is the same for loadSecrets', async () => {
    const outage = emulator.outage();
    const load = (startup: StartupOptions): Promise<LoadedSecrets> =>
      loadSecrets({
        siteUrl: emulator.url,
        auth: {
          universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
        },
        projectId: PROJECT_ID,
        environment: 'dev',
        clock,
        random: () => 0.5,
        retry: { attempts: 1 },
        startup,
      });
    await inTime(failureOf(load({ minTimeToFailure: '5s' })));
    expect(clock.monotonic()).toBeGreaterThanOrEqual(5_000);
    const loaded = await inTime(load({ policy: 'retry' }), () => {
      if (clock.monotonic() > 30_000) outage.end();
    });
    expect(loaded.keys()).toEqual(['API_KEY']);
    await loaded.close();
  });

  it.each([
    [{ policy: 'never' }, /startup.policy must be 'fail' or 'retry'/],
    [{ minTimeToFailure: 'x' }, /startup.minTimeToFailure must be a duration/],
    [{ retries: 3 }, /startup has no option "retries"/],
  ])('%j: a configuration error', async (startup, message) => {
    const error = await failureOf(boot(options(startup as StartupOptions)));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(message);
  });
});
