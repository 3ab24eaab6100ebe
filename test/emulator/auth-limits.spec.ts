import { afterEach, describe, expect, it } from '@jest/globals';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { setImmediate } from 'node:timers/promises';
import {
  authSetup,
  type AuthSetup,
  IDENTITY_ID,
} from '../support/auth-setup.js';
import {
  CLIENT_ID,
  EmulatorHttp,
  errorOf,
  PROJECT_ID,
} from '../support/emulator-http.js';

const LOGIN = '/api/v1/auth/universal-auth/login';
const DETAILS = '/api/v1/identities/details';

let emulator: InfisicalEmulator;
let clock: VirtualClock;
let http: EmulatorHttp;

async function start(cloud?: boolean | { plan?: 'free' | 'pro' }) {
  clock = new VirtualClock();
  emulator = await InfisicalEmulator.start({ clock, cloud });
  http = new EmulatorHttp(emulator);
}

function rateHeaders(headers: Headers) {
  const names = ['limit', 'remaining', 'reset'];
  return names.map((name) => headers.get(`x-ratelimit-${name}`));
}

afterEach(() => emulator.stop());

describe('rate limits', () => {
  it('§9 has none, and no headers, on a self-hosted server', async () => {
    await start();
    const answer = await http.login();
    expect(rateHeaders(answer.headers)).toEqual([null, null, null]);
  });

  it('§9 sends three headers with every answer of the cloud', async () => {
    await start(true);
    const first = await http.login();
    expect(rateHeaders(first.headers)).toEqual(['200', '199', '60']);
    expect(first.headers.get('retry-after')).toBeNull();
    await clock.advance(15_500);
    const wrong = await http.login(CLIENT_ID, 'wrong');
    expect(rateHeaders(wrong.headers)).toEqual(['200', '198', '45']);
    const status = await http.get('/api/status');
    expect(rateHeaders(status.headers)).toEqual(['60', '59', '60']);
  });

  it('§9 answers 429 with retry-after, before validation', async () => {
    await start(true);
    for (let left = 59; left >= 0; left--) {
      const answer = await http.get('/api/status');
      expect(answer.headers.get('x-ratelimit-remaining')).toBe(String(left));
    }
    await clock.advance(18_000);
    const refused = await http.get('/api/status', {}, { isUnlisted: true });
    expect(errorOf(refused)).toEqual({
      status: 429,
      error: 'RateLimitExceeded',
      message: 'Rate limit exceeded. Please try again in 42 seconds',
    });
    expect(refused.headers.get('retry-after')).toBe('42');
    expect(rateHeaders(refused.headers)).toEqual(['60', '0', '42']);
    for (let count = 0; count < 200; count++) await http.post(LOGIN, {});
    expect((await http.post(LOGIN, {})).status).toBe(429);
    // A body that cannot be read is seen before the limit.
    const unreadable = await http.send('POST', LOGIN, {
      rawBody: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect(unreadable.status).toBe(500);
    await clock.advance(60_000);
    expect((await http.post(LOGIN, {})).status).toBe(422);
  });

  it('§9 has a bucket per address and route', async () => {
    await start(true);
    for (let count = 0; count < 60; count++) await http.get('/api/status');
    const blocked = { isUnlisted: true };
    const again = await http.get('/api/status/', {}, blocked);
    expect(again.status).toBe(429);
    const headers = { 'x-forwarded-for': '10.0.0.9' };
    const other = await http.get('/api/status', {}, { headers });
    expect(other.status).toBe(200);
    expect((await http.login()).status).toBe(200);
  });

  it.each([
    ['free', '200', '120'],
    ['pro', '350', '300'],
  ] as const)(
    '§9 uses the numbers of the %s plan with a token',
    async (plan, read, secrets) => {
      await start({ plan });
      await http.useLogin();
      const details = await http.get(DETAILS);
      expect(rateHeaders(details.headers)[0]).toBe(read);
      const list = await http.get('/api/v4/secrets', {
        projectId: PROJECT_ID,
        environment: 'dev',
      });
      expect(rateHeaders(list.headers)[0]).toBe(secrets);
      // Refused before the limit is looked at.
      const missing = await http.get(DETAILS, {}, { token: undefined });
      expect(missing.status).toBe(401);
      expect(rateHeaders(missing.headers)).toEqual([null, null, null]);
    },
  );
});

describe('the lock of the lockout', () => {
  const LOCKED = {
    status: 429,
    error: 'RateLimitExceeded',
    message: 'Failed to acquire lock: rate limit exceeded',
  };
  let setup: AuthSetup;

  /** Lets the answer come while the clock runs. */
  async function whileWaiting<T>(answer: Promise<T>): Promise<T> {
    for (let retry = 0; retry < 3; retry++) {
      while (setup.clock.pending === 0) await setImmediate();
      await setup.clock.advance(300);
    }
    return answer;
  }

  it('§2.3 4b answers 429 without headers after three retries', async () => {
    setup = await authSetup({
      universalAuth: { clientId: 'client', clientSecret: 'right' },
    });
    ({ emulator } = setup);
    const release = emulator.identities.holdLockoutLock(IDENTITY_ID);
    const login = (secret: string) => setup.http.login('client', secret);
    const refused = await whileWaiting(login('wrong'));
    expect(errorOf(refused)).toEqual(LOCKED);
    expect(refused.headers.get('retry-after')).toBeNull();
    // Only failures need the lock.
    expect((await login('right')).status).toBe(200);
    release();
    expect((await login('wrong')).status).toBe(401);
  });

  it('§2.4 does the same for LDAP', async () => {
    setup = await authSetup({ ldapAuth: {} });
    ({ emulator } = setup);
    emulator.identities.holdLockoutLock(IDENTITY_ID, 'Ann');
    const body = { username: 'ann', password: 'x' };
    const refused = await whileWaiting(setup.login('ldap-auth', body));
    expect(errorOf(refused)).toEqual(LOCKED);
  });
});
