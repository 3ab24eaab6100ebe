import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  type Clock,
  InfisicalClient,
  InfisicalModule,
  type InfisicalModuleOptions,
  SecretsService,
  TokenService,
} from 'nestjs-infisical';
import {
  type EmulatorGeneration,
  type EmulatorSeedUniversalAuth,
  InfisicalEmulator,
  VirtualClock,
} from 'nestjs-infisical/testing';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  demoOptions,
  failureOf,
  requestPaths,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import { SkewedClock } from '../support/skewed-clock.js';

const LOGIN = 'POST /api/v1/auth/universal-auth/login';
const RENEW = 'POST /api/v1/auth/token/renew';
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const GENERATIONS: EmulatorGeneration[] = ['gen1', 'middle', 'gen2'];
const WRONG_CLOCKS = [
  ['an hour ahead', HOUR],
  ['an hour behind', -HOUR],
  ['a day ahead', DAY],
  ['a day behind', -DAY],
] as const;

describe('trouble with clocks', () => {
  /** That of the server, and the truth. */
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let module: TestingModule;

  beforeAll(silenceNest);

  afterEach(async () => {
    await module.close();
    await emulator.stop();
  });

  async function serve(
    token: Partial<EmulatorSeedUniversalAuth>,
    generation: EmulatorGeneration = 'gen2',
  ): Promise<void> {
    clock = new VirtualClock();
    emulator = await InfisicalEmulator.start({
      clock,
      generation,
      seed: seedWith({ '/': { A: 'a' } }, token),
    });
  }

  async function boot(
    own: Clock,
    options: Partial<InfisicalModuleOptions> = {},
  ): Promise<void> {
    const root = demoOptions(emulator, { clock: own, ...options });
    module = await Test.createTestingModule({
      imports: [InfisicalModule.forRoot(root)],
    }).compile();
    await module.init();
  }

  function count(request: string): number {
    return requestPaths(emulator).filter((path) => path === request).length;
  }

  function rejections(): number {
    return emulator.requests.filter(
      ({ status }) => status === 401 || status === 403,
    ).length;
  }

  async function read(): Promise<string> {
    const { secretValue } = await module
      .get(InfisicalClient)
      .secrets.get('A', { fresh: true });
    return secretValue;
  }

  /** A token that somebody else got. */
  async function tokenOf(): Promise<string> {
    const answer = await fetch(
      `${emulator.url}/api/v1/auth/universal-auth/login`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          clientId: CLIENT_ID,
          clientSecret: CLIENT_SECRET,
        }),
      },
    );
    const { accessToken } = (await answer.json()) as { accessToken: string };
    return accessToken;
  }

  describe.each(WRONG_CLOCKS)('a clock that is %s', (_name, skew) => {
    it.each(GENERATIONS)('logs in and renews on time: %s', async (gen) => {
      await serve({ accessTokenTTL: 300, accessTokenMaxTTL: 1200 }, gen);
      const own = new SkewedClock(clock, skew);
      await boot(own);
      for (let minute = 0; minute < 60; minute++) {
        await clock.advance(MINUTE);
        expect(await read()).toBe('a');
      }
      expect(rejections()).toBe(0);
      expect(count(LOGIN) + count(RENEW)).toBeLessThan(60 / 3 + 2);
      // By the clock of this machine, whatever it shows.
      const { expiresAt } = module.get(TokenService);
      const left = Number(expiresAt) - own.now();
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(300 * SECOND);
    });

    it('renews a given token on time, by the time of the server', async () => {
      await serve({ accessTokenTTL: 1200, accessTokenMaxTTL: 0 });
      const accessToken = await tokenOf();
      await clock.advance(5 * MINUTE);
      await boot(new SkewedClock(clock, skew), { auth: { accessToken } });
      for (let minute = 0; minute < 60; minute++) {
        await clock.advance(MINUTE);
        expect(await read()).toBe('a');
      }
      expect(rejections()).toBe(0);
      // A first one after 2/3 of 15 min, then one each 13 min.
      expect(count(RENEW)).toBeGreaterThanOrEqual(4);
      expect(count(RENEW)).toBeLessThanOrEqual(6);
    });

    it('knows the end of a given token that nothing renews', async () => {
      await serve({ accessTokenTTL: 600, accessTokenMaxTTL: 600 }, 'middle');
      const accessToken = await tokenOf();
      await boot(new SkewedClock(clock, skew), { auth: { accessToken } });
      await clock.advance(MINUTE);
      const { expiresIn = 0 } = module.get(TokenService);
      expect(Math.abs(expiresIn - 9 * MINUTE)).toBeLessThan(2 * SECOND);
    });

    it('is what the doctor says, also after the client has adapted', async () => {
      await serve({});
      await boot(new SkewedClock(clock, skew));
      await read();
      const { checks } = await module.get(InfisicalClient).doctor();
      const detail = checks.find(({ name }) => name === 'clock')?.detail;
      expect(detail).toMatch(
        skew > 0
          ? /^this machine is .+ ahead of/
          : /^this machine is .+ behind/,
      );
    });
  });

  describe('a machine that slept', () => {
    it('sends no token that ended meanwhile: it logs in first, once for all', async () => {
      await serve({ accessTokenTTL: 600, accessTokenMaxTTL: 0 });
      await boot(clock);
      clock.jump(HOUR);
      expect(module.get(TokenService).isUsable).toBe(false);
      const values = await Promise.all(Array.from({ length: 20 }, read));
      expect(new Set(values)).toEqual(new Set(['a']));
      expect(rejections()).toBe(0);
      expect(count(LOGIN)).toBe(2);
      expect(count(RENEW)).toBe(0);
    });

    it('renews at once a token that is due', async () => {
      await serve({ accessTokenTTL: 600, accessTokenMaxTTL: 0 });
      await boot(clock);
      await clock.advance(MINUTE);
      clock.jump(7 * MINUTE);
      expect(await read()).toBe('a');
      await clock.advance(SECOND);
      expect(count(RENEW)).toBe(1);
      expect(count(LOGIN)).toBe(1);
      expect(module.get(TokenService).expiresIn).toBeGreaterThan(9 * MINUTE);
    });

    it('uses a token on that is good for long', async () => {
      await serve({ accessTokenTTL: 86_400, accessTokenMaxTTL: 0 });
      await boot(clock);
      clock.jump(HOUR);
      expect(await read()).toBe('a');
      await clock.advance(MINUTE);
      expect(count(LOGIN) + count(RENEW)).toBe(1);
      expect(module.get(TokenService).expiresIn).toBeLessThan(DAY - HOUR);
    });

    it('has a new token soon, though nobody asks for one', async () => {
      await serve({ accessTokenTTL: 7200, accessTokenMaxTTL: 0 });
      await boot(clock);
      clock.jump(8 * HOUR);
      // The timer of the renewal stood at 80 min of time awake.
      for (let i = 0; i < 23; i++) await clock.advance(MINUTE);
      expect(count(LOGIN)).toBe(2);
      expect(module.get(TokenService).isUsable).toBe(true);
    });

    it('has one at once when anybody looks', async () => {
      await serve({ accessTokenTTL: 7200, accessTokenMaxTTL: 0 });
      await boot(clock);
      clock.jump(8 * HOUR);
      expect(module.get(TokenService).isUsable).toBe(false);
      await clock.advance(SECOND);
      expect(module.get(TokenService).isUsable).toBe(true);
    });

    it('asks for changes of the secrets at once', async () => {
      await serve({});
      await boot(clock, { refresh: { interval: '1h', maxStale: '2h' } });
      const secrets = module.get(SecretsService);
      await module.get(InfisicalClient).secrets.update('A', {
        secretValue: 'b',
      });
      clock.jump(8 * HOUR);
      // As old as it is, not as the time awake says.
      expect(secrets.age).toBeGreaterThanOrEqual(8 * HOUR);
      expect(secrets.status).toBe('error');
      await clock.advance(SECOND);
      expect(secrets.get('A')).toBe('b');
      expect(secrets.status).toBe('ready');
    });

    it('of a given token asks the server once whether it works', async () => {
      await serve({ accessTokenTTL: 600, accessTokenMaxTTL: 600 });
      const accessToken = await tokenOf();
      await boot(clock, { auth: { accessToken } });
      clock.jump(HOUR);
      for (let call = 0; call < 5; call++) {
        const error = await failureOf(read());
        expect(error.message).toContain('has expired');
      }
      expect(rejections()).toBe(1);
      // What was refused once is refused after another sleep, too.
      clock.jump(HOUR);
      await failureOf(read());
      expect(rejections()).toBe(1);
    });
  });

  describe('a calendar that is corrected', () => {
    it('backwards lengthens no life, and causes nothing', async () => {
      await serve({ accessTokenTTL: 600, accessTokenMaxTTL: 0 });
      const own = new SkewedClock(clock, 0);
      await boot(own);
      for (let minute = 0; minute < 60; minute++) {
        await clock.advance(MINUTE);
        if (minute % 10 === 5) own.skew -= DAY;
        expect(await read()).toBe('a');
      }
      expect(rejections()).toBe(0);
      expect(count(LOGIN)).toBe(1);
      expect(count(RENEW)).toBeLessThanOrEqual(11);
    });

    it('backwards hides no sleep that follows', async () => {
      await serve({ accessTokenTTL: 600, accessTokenMaxTTL: 0 });
      const own = new SkewedClock(clock, 0);
      await boot(own);
      own.skew -= DAY;
      await read();
      clock.jump(HOUR);
      expect(await read()).toBe('a');
      expect(rejections()).toBe(0);
    });

    it('forwards, again and again, costs a token each time at most', async () => {
      await serve({ accessTokenTTL: 600, accessTokenMaxTTL: 0 });
      const own = new SkewedClock(clock, 0);
      await boot(own);
      for (let leap = 0; leap < 5; leap++) {
        own.skew += DAY;
        for (let call = 0; call < 5; call++) expect(await read()).toBe('a');
        await clock.advance(SECOND);
      }
      expect(rejections()).toBe(0);
      expect(count(LOGIN) + count(RENEW)).toBeLessThanOrEqual(6);
    });

    it('forwards takes no given token away', async () => {
      await serve({ accessTokenTTL: 3600, accessTokenMaxTTL: 3600 });
      const accessToken = await tokenOf();
      const own = new SkewedClock(clock, -DAY);
      await boot(own, { auth: { accessToken } });
      own.skew = 0;
      expect(await read()).toBe('a');
      expect(rejections()).toBe(0);
      const { expiresIn = 0 } = module.get(TokenService);
      expect(Math.abs(expiresIn - HOUR)).toBeLessThan(2 * SECOND);
    });

    it('brings no logins together while they are refused', async () => {
      await serve({ accessTokenTTL: 60, accessTokenMaxTTL: 60 });
      const own = new SkewedClock(clock, 0);
      let clientSecret = CLIENT_SECRET;
      await boot(own, {
        auth: {
          universalAuth: {
            clientId: CLIENT_ID,
            clientSecret: () => clientSecret,
          },
        },
      });
      clientSecret = 'outdated';
      await clock.advance(2 * MINUTE);
      emulator.clearRequests();
      const refused: number[] = [];
      for (let second = 0; second < 300; second += 5) {
        own.skew += HOUR;
        const before = count(LOGIN);
        await failureOf(read());
        await clock.advance(5 * SECOND);
        if (count(LOGIN) > before) refused.push(clock.monotonic());
      }
      // At most 3 more fit between holds that double from a minute on.
      expect(refused.length).toBeLessThanOrEqual(3);
      const gaps = refused.slice(1).map((at, i) => at - (refused[i] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThan(MINUTE);
    });
  });
});
