import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalClient,
  InfisicalModule,
  TokenService,
} from 'nestjs-infisical';
import {
  type EmulatorGeneration,
  type EmulatorSeedUniversalAuth,
  InfisicalEmulator,
  VirtualClock,
} from 'nestjs-infisical/testing';
import {
  demoOptions,
  requestPaths,
  seedWith,
  silenceNest,
} from '../support/demo.js';

const LOGIN = 'POST /api/v1/auth/universal-auth/login';
const RENEW = 'POST /api/v1/auth/token/renew';
/** Seconds, as the API has them. */
const DAY = 86_400;
const YEAR = 365 * DAY;

let clock: VirtualClock;
let emulator: InfisicalEmulator;
let module: TestingModule;

beforeAll(silenceNest);

afterEach(async () => {
  await module.close();
  await emulator.stop();
});

async function boot(
  generation: EmulatorGeneration,
  token: Partial<EmulatorSeedUniversalAuth>,
): Promise<void> {
  clock = new VirtualClock();
  emulator = await InfisicalEmulator.start({
    clock,
    generation,
    seed: seedWith({ '/': { A: 'a' } }, token),
  });
  module = await Test.createTestingModule({
    imports: [InfisicalModule.forRoot(demoOptions(emulator, { clock }))],
  }).compile();
  await module.init();
}

async function read(): Promise<string> {
  const { secretValue } = await module
    .get(InfisicalClient)
    .secrets.get('A', { fresh: true });
  return secretValue;
}

function count(request: string): number {
  return requestPaths(emulator).filter((path) => path === request).length;
}

function rejections(): number {
  return emulator.requests.filter(
    ({ status }) => status === 401 || status === 403,
  ).length;
}

describe.each<EmulatorGeneration>(['gen1', 'middle', 'gen2'])(
  'tokens of %s',
  (generation) => {
    it.each([
      ['the default of 30 days', 30 * DAY, 30 * DAY, 200 * DAY],
      ['30 days, renewed for ever', 30 * DAY, 0, 200 * DAY],
      ['30 days of 90', 30 * DAY, 90 * DAY, 400 * DAY],
      ['10 years', 10 * YEAR, 10 * YEAR, 400 * DAY],
      ['no end, renewed for ever', 0, 0, 400 * DAY],
      ['no end of their own within 30 days', 0, 30 * DAY, 200 * DAY],
      ['an hour within a year', 3600, YEAR, 3 * DAY],
      ['a second', 1, 0, 60],
      ['a second of five', 1, 5, 60],
      ['two seconds', 2, 0, 120],
    ])(
      'that live for %s',
      async (_name, accessTokenTTL, accessTokenMaxTTL, span) => {
        await boot(generation, { accessTokenTTL, accessTokenMaxTTL });
        const steps = 120;
        for (let step = 0; step < steps; step++) {
          await clock.advance((span * 1000) / steps);
          expect(await read()).toBe('a');
        }
        // A token of a second may be issued at the end of that second.
        if (accessTokenTTL !== 1) expect(rejections()).toBe(0);
        // No storm: one request for each 2/5 of a life at most, and twice as many
        // where the whole seconds of `exp` hide half of the life.
        const life = Math.min(
          accessTokenTTL || Infinity,
          accessTokenMaxTTL || Infinity,
          generation === 'gen2' ? 90 * DAY : Infinity,
        );
        const each = life <= 2 ? life * 0.2 : life * 0.4;
        const most = Math.ceil(span / each) + 1;
        expect(count(LOGIN) + count(RENEW)).toBeLessThanOrEqual(
          most + rejections(),
        );
        expect(module.get(TokenService).circuit).toBe('closed');
      },
      60_000,
    );

    it('that are good for some requests only', async () => {
      await boot(generation, {
        accessTokenNumUsesLimit: 5,
        accessTokenTTL: 3600,
        accessTokenMaxTTL: 0,
      });
      for (let round = 0; round < 10; round++) {
        const values = await Promise.all(Array.from({ length: 3 }, read));
        expect(values).toEqual(['a', 'a', 'a']);
        await clock.advance(60_000);
      }
      // 31 requests with a token, five each; those that came too late are made again.
      expect(count(LOGIN)).toBeLessThanOrEqual(12);
    });
  },
);

it('a token is replaced before its end, though no renewal is answered', async () => {
  await boot('gen2', { accessTokenTTL: 600, accessTokenMaxTTL: 0 });
  emulator.trouble.add({
    kind: 'error',
    status: 503,
    path: '/api/v1/auth/token/renew',
  });
  const tokens = module.get(TokenService);
  for (let second = 0; second < 3600; second += 5) {
    await clock.advance(5_000);
    expect(tokens.isUsable).toBe(true);
  }
  expect(rejections()).toBe(0);
  expect(count(LOGIN)).toBeLessThanOrEqual(10);
});
