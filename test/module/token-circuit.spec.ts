import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalClient,
  InfisicalModule,
  type InfisicalModuleOptions,
  SecretsService,
  TokenService,
} from 'nestjs-infisical';
import {
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

const LOGIN = 'POST /api/v1/auth/universal-auth/login';
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const WRONG = 'outdated-secret';

let clock: VirtualClock;
let emulator: InfisicalEmulator;
let module: TestingModule;
let tokens: TokenService;
let clientSecret: string;

beforeAll(silenceNest);

afterEach(async () => {
  await module.close();
  await emulator.stop();
});

/** Tokens live a minute and are not renewed, so that logins are frequent. */
async function boot(
  token: Partial<EmulatorSeedUniversalAuth> = {
    accessTokenTTL: 60,
    accessTokenMaxTTL: 60,
  },
  options: Partial<InfisicalModuleOptions> = {},
): Promise<void> {
  clock = new VirtualClock();
  clientSecret = CLIENT_SECRET;
  emulator = await InfisicalEmulator.start({
    clock,
    seed: seedWith({ '/': { A: 'a' } }, token),
  });
  const root = demoOptions(emulator, {
    clock,
    auth: {
      universalAuth: { clientId: CLIENT_ID, clientSecret: () => clientSecret },
    },
    ...options,
  });
  module = await Test.createTestingModule({
    imports: [InfisicalModule.forRoot(root)],
  }).compile();
  await module.init();
  tokens = module.get(TokenService);
}

function logins(): number {
  return requestPaths(emulator).filter((path) => path === LOGIN).length;
}

async function read(): Promise<string> {
  const { secretValue } = await module
    .get(InfisicalClient)
    .secrets.get('A', { fresh: true });
  return secretValue;
}

/** Steps that are shorter than any deadline. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= SECOND) {
    await clock.advance(Math.min(SECOND, left));
  }
}

describe('logins that are refused', () => {
  it('open the circuit: calls fail at once, with the reason, and reach no server', async () => {
    await boot();
    expect(tokens.circuit).toBe('closed');
    clientSecret = WRONG;
    await pass(MINUTE);
    expect(tokens.circuit).toBe('open');
    expect(tokens.state).toBe('refused');
    expect(tokens.retryIn).toBeGreaterThan(0);
    emulator.clearRequests();
    const errors = await Promise.all(
      Array.from({ length: 50 }, () => failureOf(read())),
    );
    expect(new Set(errors.map(({ name }) => name))).toEqual(
      new Set(['InfisicalAuthError']),
    );
    expect(emulator.requests).toEqual([]);
  });

  it.each([
    ['fails', WRONG],
    ['succeeds', CLIENT_SECRET],
  ])(
    'are followed by one that all callers share, when it %s',
    async (_name, then) => {
      await boot();
      clientSecret = WRONG;
      await pass(MINUTE);
      // The task would be first.
      const { retryIn = 0 } = tokens;
      clientSecret = then;
      const slow = emulator.trouble.add({
        kind: 'latency',
        delay: 500,
        path: '/api/v1/auth/**',
      });
      emulator.clearRequests();
      await pass(retryIn + 100);
      expect(slow.hits).toBe(1);
      expect(tokens.circuit).toBe('half-open');
      expect(tokens.state).toBe('acquiring');
      const calls = Array.from({ length: 50 }, () =>
        read().catch((error: Error) => error.name),
      );
      await pass(SECOND);
      const results = new Set(await Promise.all(calls));
      expect(results).toEqual(
        new Set([then === WRONG ? 'InfisicalAuthError' : 'a']),
      );
      expect(slow.hits).toBe(1);
      expect(tokens.circuit).toBe(then === WRONG ? 'open' : 'closed');
    },
  );

  it('are 12 an hour at most, and never lock the identity, however many ask', async () => {
    await boot();
    clientSecret = WRONG;
    await pass(MINUTE);
    emulator.clearRequests();
    const texts = new Set<string>();
    for (let i = 0; i < 720; i++) {
      const errors = await Promise.all([failureOf(read()), failureOf(read())]);
      for (const { message } of errors) texts.add(message);
      await clock.advance(5 * SECOND);
    }
    expect(logins()).toBeLessThanOrEqual(12);
    expect([...texts].some((text) => text.includes('locked'))).toBe(false);
    // Once they are right again, the next one is accepted.
    clientSecret = CLIENT_SECRET;
    await pass(tokens.retryIn ?? 0);
    expect(await read()).toBe('a');
  }, 60_000);

  it('leave a token that still works in use', async () => {
    await boot();
    clientSecret = WRONG;
    await pass(50 * SECOND);
    expect(tokens.state).toBe('refused');
    expect(tokens.circuit).toBe('closed');
    expect(await read()).toBe('a');
  });
});

describe('a server that is away', () => {
  it('opens the circuit, too, for some seconds', async () => {
    await boot(undefined, { retry: { attempts: 1 } });
    emulator.trouble.outage();
    await pass(5 * MINUTE);
    expect(['open', 'half-open']).toContain(tokens.circuit);
    expect(tokens.retryIn ?? 0).toBeLessThanOrEqual(30 * SECOND);
    emulator.trouble.clear();
    await pass(31 * SECOND);
    expect(tokens.circuit).toBe('closed');
    expect(tokens.retryIn).toBeUndefined();
  });
});

describe('who comes late', () => {
  it('gets the present state of the token first, and each change after it', async () => {
    await boot();
    const states: string[] = [];
    let isOver = false;
    tokens.state$.subscribe({
      next: (state) => states.push(state),
      complete: () => (isOver = true),
    });
    expect(states).toEqual(['ready']);
    await pass(50 * SECOND);
    expect(states).toEqual(['ready', 'refreshing', 'ready']);
    clientSecret = WRONG;
    await pass(MINUTE);
    expect(states.slice(3)).toEqual(['refreshing', 'refused']);
    await module.close();
    expect(states.at(-1)).toBe('closed');
    expect(isOver).toBe(true);
    const late: string[] = [];
    tokens.state$.subscribe((state) => late.push(state));
    expect(late).toEqual(['closed']);
  });

  it('gets the latest event of the token first', async () => {
    await boot();
    clientSecret = WRONG;
    await pass(MINUTE);
    const kinds: string[] = [];
    tokens.events$.subscribe(({ kind }) => kinds.push(kind));
    expect(kinds).toEqual(['loginFailed']);
    clientSecret = CLIENT_SECRET;
    await pass(3 * MINUTE);
    expect(kinds[1]).toBe('loggedIn');
  });

  it('gets the present status of the secrets, and what went wrong last', async () => {
    await boot(undefined, {
      refresh: { interval: '10s', maxStale: '2m' },
      retry: { attempts: 1 },
    });
    const secrets = module.get(SecretsService);
    const early: string[] = [];
    secrets.status$.subscribe((status) => early.push(status));
    expect(early).toEqual(['ready']);
    await module.get(InfisicalClient).secrets.delete('A');
    await pass(15 * SECOND);
    expect(secrets.has('A')).toBe(false);
    const events: string[] = [];
    secrets.events$.subscribe(({ kind }) => events.push(kind));
    expect(events).toEqual(['secrets-removed']);
    emulator.trouble.outage();
    await pass(MINUTE);
    expect(early).toEqual(['ready', 'stale']);
    const late: string[] = [];
    secrets.status$.subscribe((status) => late.push(status));
    expect(late).toEqual(['stale']);
    await pass(5 * MINUTE);
    expect(early).toEqual(['ready', 'stale', 'error']);
    emulator.trouble.clear();
    await pass(5 * MINUTE);
    expect(early).toEqual(['ready', 'stale', 'error', 'ready']);
    let isOver = false;
    secrets.status$.subscribe({ complete: () => (isOver = true) });
    await module.close();
    expect(isOver).toBe(true);
  });
});
