import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type EmulatorTroubleRule,
  InfisicalEmulator,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { EmulatorHttp, errorOf, PROJECT_ID } from '../support/emulator-http.js';

const dev = { projectId: PROJECT_ID, environment: 'dev' };
const LOGIN = '/api/v1/auth/universal-auth/login';
const STATUS = '/api/status';
const IDENTITY = '33333333-3333-4333-8333-333333333333';

describe('trouble', () => {
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let http: EmulatorHttp;

  beforeEach(async () => {
    clock = new VirtualClock();
    emulator = await InfisicalEmulator.start({ clock, random: () => 0.5 });
    http = new EmulatorHttp(emulator);
  });
  afterEach(() => emulator.stop());

  const raw = (path: string, signal?: AbortSignal) =>
    fetch(`${emulator.url}${path}`, { signal });
  /** Waits for something that other code does meanwhile. */
  const until = async (test: () => boolean) => {
    while (!test()) await new Promise((resolve) => setImmediate(resolve));
  };
  /** Waits until the emulator waits for its clock. */
  const inFlight = () => until(() => clock.pending > 0);
  const failure = async (promise: Promise<unknown>): Promise<string> => {
    try {
      await promise;
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } };
      return cause?.code ?? (error as Error).name;
    }
    return 'none';
  };

  describe('latency', () => {
    it('lets an answer wait for the clock', async () => {
      emulator.trouble.add({ kind: 'latency', delay: 500 });
      let isDone = false;
      const answer = raw(STATUS).then(() => (isDone = true));
      await inFlight();
      await clock.advance(499);
      expect(isDone).toBe(false);
      await clock.advance(1);
      await answer;
      expect(emulator.requests).toEqual([
        expect.objectContaining({
          startedAt: 0,
          finishedAt: 500,
          trouble: ['latency'],
        }),
      ]);
    });

    it.each([
      [0, 400],
      [0.5, 500],
      [1, 600],
    ])('has jitter: %d of chance gives %d ms', async (chance, waits) => {
      await emulator.stop();
      emulator = await InfisicalEmulator.start({ clock, random: () => chance });
      emulator.trouble.add({ kind: 'latency', delay: 500, jitter: 100 });
      const answer = raw(STATUS);
      await inFlight();
      await clock.advance(1000);
      await answer;
      expect(emulator.requests[0]?.finishedAt).toBe(waits);
    });

    it('after the work: it is done while the answer waits', async () => {
      await http.useLogin();
      emulator.trouble.add({
        kind: 'latency',
        delay: 500,
        when: 'after',
        method: 'post',
      });
      const created = http.post('/api/v4/secrets/A', {
        ...dev,
        secretValue: 'x',
      });
      await inFlight();
      const read = http.get('/api/v4/secrets/A', dev);
      expect((await read).status).toBe(200);
      await clock.advance(500);
      expect((await created).status).toBe(200);
    });
  });

  describe('errors by route', () => {
    it('hit a share of the requests that fit', async () => {
      const chances = [0.1, 0.9, 0.29, 0.3];
      await emulator.stop();
      emulator = await InfisicalEmulator.start({
        clock,
        random: () => chances.shift() ?? 1,
      });
      emulator.trouble.add({ kind: 'error', status: 500, rate: 0.3 });
      const statuses: number[] = [];
      for (let i = 0; i < 4; i++) statuses.push((await raw(STATUS)).status);
      expect(statuses).toEqual([500, 200, 500, 200]);
    });

    it.each<[string, Partial<EmulatorTroubleRule>, number]>([
      ['the pattern of a route', { path: '/api/v4/secrets/:secretName' }, 500],
      ['a glob', { path: '/api/v4/**' }, 500],
      ['a method', { method: 'GET' }, 500],
      ['an identity', { identityId: IDENTITY }, 500],
      ['another route', { path: '/api/v4/secrets' }, 404],
      ['another glob', { path: '/api/v3/**' }, 404],
      ['another method', { method: 'POST' }, 404],
      ['another identity', { identityId: 'x' }, 404],
    ])('by %s', async (_name, scope, status) => {
      await http.useLogin();
      const rule = { kind: 'error', status: 500, ...scope };
      emulator.trouble.add(rule as EmulatorTroubleRule);
      const answer = await http.get('/api/v4/secrets/A', dev);
      expect(answer.status).toBe(status);
    });

    it('speak the words of the contract', async () => {
      emulator.trouble.add({ kind: 'error', status: 504 });
      const answer = await raw(STATUS);
      expect(await answer.json()).toEqual({
        reqId: expect.stringMatching(/^req-[A-Za-z0-9]{14}$/),
        statusCode: 504,
        message: 'Timeout error',
        error: 'GatewayTimeoutError',
      });
    });

    it('after the work: it was done', async () => {
      await http.useLogin();
      const trouble = emulator.trouble.add({
        kind: 'error',
        status: 500,
        when: 'after',
      });
      const body = { ...dev, secretValue: 'x' };
      const created = await http.post('/api/v4/secrets/A', body);
      expect(errorOf(created)).toEqual({
        status: 500,
        error: 'InternalServerError',
        message: 'Something went wrong',
      });
      trouble.end();
      const again = await http.post('/api/v4/secrets/A', body);
      expect(errorOf(again).message).toBe('Secret already exists');
    });

    it('skip the first and end after some', async () => {
      const trouble = emulator.trouble.add({
        kind: 'error',
        status: 500,
        skip: 1,
        times: 2,
      });
      const statuses: number[] = [];
      for (let i = 0; i < 4; i++) statuses.push((await raw(STATUS)).status);
      expect(statuses).toEqual([200, 500, 500, 200]);
      expect(trouble.hits).toBe(2);
      expect(emulator.trouble.active).toEqual([]);
    });

    it('refuse what makes no sense', () => {
      const add = (rule: object) => () =>
        emulator.trouble.add(rule as EmulatorTroubleRule);
      expect(add({ kind: 'error', status: 200 })).toThrow(/trouble\.status/);
      expect(add({ kind: 'fire' })).toThrow(/trouble\.kind/);
      expect(add({ kind: 'reset', rate: 2 })).toThrow(/trouble\.rate/);
      expect(add({ kind: 'reset', dealy: 2 })).toThrow(/dealy/);
    });
  });

  describe('connections', () => {
    it('are reset before the work', async () => {
      await http.useLogin();
      emulator.trouble.add({ kind: 'reset', times: 1 });
      const body = { ...dev, secretValue: 'x' };
      const lost = http.post('/api/v4/secrets/A', body);
      expect(await failure(lost)).toBe('ECONNRESET');
      expect((await http.post('/api/v4/secrets/A', body)).status).toBe(200);
      expect(emulator.requests[1]).toMatchObject({
        status: 0,
        trouble: ['reset'],
      });
    });

    it('are reset after the work', async () => {
      await http.useLogin();
      emulator.trouble.add({ kind: 'reset', when: 'after', times: 1 });
      const body = { ...dev, secretValue: 'x' };
      const lost = http.post('/api/v4/secrets/A', body);
      expect(await failure(lost)).toBe('ECONNRESET');
      const again = await http.post('/api/v4/secrets/A', body);
      expect(errorOf(again).message).toBe('Secret already exists');
      expect(emulator.requests[1]).toMatchObject({
        status: 0,
        identityId: IDENTITY,
      });
    });

    it.each(['before', 'after'] as const)(
      'hang without headers, %s the work',
      async (when) => {
        await http.useLogin();
        emulator.trouble.add({ kind: 'hang', when, times: 1 });
        const abort = new AbortController();
        const hanging = fetch(`${emulator.url}/api/v4/secrets/A`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${http.token}`,
          },
          body: JSON.stringify({ ...dev, secretValue: 'x' }),
          signal: abort.signal,
        });
        const outcome = failure(hanging);
        await until(() => emulator.requests.length === 2);
        expect(emulator.requests[1]).toMatchObject({ status: 0 });
        const read = await http.get('/api/v4/secrets/A', dev);
        expect(read.status).toBe(when === 'after' ? 200 : 404);
        // It was still under way then.
        expect(emulator.peakConcurrency()).toBe(2);
        abort.abort();
        expect(await outcome).toBe('AbortError');
      },
    );

    it('hang in the middle of the body', async () => {
      emulator.trouble.add({ kind: 'hang', when: 'body' });
      const abort = new AbortController();
      const answer = await raw(STATUS, abort.signal);
      expect(answer.status).toBe(200);
      const announced = Number(answer.headers.get('content-length'));
      const reader = answer.body?.getReader();
      const first = await reader?.read();
      expect(first?.value).toHaveLength(announced >> 1);
      const rest = reader?.read() ?? Promise.resolve();
      abort.abort();
      expect(await failure(rest)).toBe('AbortError');
    });

    it('do not keep the emulator from stopping', async () => {
      emulator.trouble.add({ kind: 'hang' });
      const outcome = failure(raw(STATUS));
      await until(() => emulator.requests.length === 1);
      await emulator.stop();
      expect(await outcome).not.toBe('none');
    });
  });

  describe('bodies', () => {
    it('end early', async () => {
      emulator.trouble.add({ kind: 'truncate' });
      const answer = await raw(STATUS);
      expect(answer.status).toBe(200);
      expect(await failure(answer.text())).toMatch(/CLOSED|SOCKET|CONNRESET/);
    });

    it('are half, well framed', async () => {
      emulator.trouble.add({ kind: 'truncate', framing: 'adapted' });
      const answer = await raw(STATUS);
      const text = await answer.text();
      expect(text).toHaveLength(Number(answer.headers.get('content-length')));
      expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    });

    it('come as another type, with another text', async () => {
      const body = '<html>hello from the proxy</html>';
      emulator.trouble.add({ kind: 'content-type', body });
      const answer = await raw(STATUS);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/html');
      expect(await answer.text()).toBe(body);
    });

    it('come as another type, unchanged', async () => {
      emulator.trouble.add({ kind: 'content-type', contentType: 'text/plain' });
      const answer = await raw(STATUS);
      expect(answer.headers.get('content-type')).toBe('text/plain');
      expect(await answer.json()).toMatchObject({ message: 'Ok' });
    });
  });

  describe('rate limits', () => {
    it('auth §9: tell when to come back', async () => {
      emulator.trouble.add({ kind: 'rate-limit', retryAfter: 17 });
      const answer = await http.login();
      expect(errorOf(answer)).toEqual({
        status: 429,
        error: 'RateLimitExceeded',
        message: 'Rate limit exceeded. Please try again in 17 seconds',
      });
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'x-ratelimit-limit': '60',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '17',
        'retry-after': '17',
      });
    });

    it('auth §9: come without headers, too', async () => {
      emulator.trouble.add({ kind: 'rate-limit', headers: false });
      const answer = await http.login();
      expect(answer.status).toBe(429);
      const names = [...answer.headers.keys()].join();
      expect(names).not.toMatch(/retry-after|ratelimit/);
    });

    it('auth §1: come after the token and before the validation', async () => {
      emulator.trouble.add({ kind: 'rate-limit' });
      const missing = await http.get('/api/v4/secrets/A', dev);
      expect(missing.status).toBe(401);
      expect((await http.post(LOGIN, {})).status).toBe(429);
    });
  });

  describe('the server', () => {
    it('is down for a while', async () => {
      emulator.trouble.outage({ startsIn: 1000, lasts: 500 });
      expect((await raw(STATUS)).status).toBe(200);
      await clock.advance(1000);
      expect(await failure(raw(STATUS))).toBe('ECONNRESET');
      await clock.advance(500);
      expect((await raw(STATUS)).status).toBe(200);
    });

    it('is unavailable behind a load balancer', async () => {
      emulator.trouble.outage({ mode: 'unavailable' });
      const answer = await raw(STATUS);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('content-type')).toBe('text/html');
      expect(await answer.text()).toContain('503 Service Temporarily');
      emulator.trouble.clear();
      expect((await raw(STATUS)).status).toBe(200);
    });

    it('has another time', async () => {
      const token = await http.useLogin();
      emulator.trouble.setClockOffset(-60_000);
      const answer = await raw(STATUS);
      const expected = new Date(clock.now() - 60_000);
      expect(answer.headers.get('date')).toBe(expected.toUTCString());
      expect(((await answer.json()) as { date: string }).date).toBe(
        expected.toISOString(),
      );
      emulator.trouble.setClockOffset(31 * 24 * 60 * 60 * 1000);
      const late = await http.get('/api/v4/secrets', dev, { token });
      expect(errorOf(late).error).toBe('TokenError');
      emulator.trouble.clear();
      expect((await http.get('/api/v4/secrets', dev)).status).toBe(200);
    });
  });

  describe('tokens', () => {
    it.each(['gen1', 'gen2'] as const)('expire in %s', async (generation) => {
      await emulator.stop();
      emulator = await InfisicalEmulator.start({ clock, generation });
      http = new EmulatorHttp(emulator);
      const old = await http.useLogin();
      emulator.trouble.expireTokens();
      const expired = {
        status: 403,
        error: 'TokenError',
        message: 'Your token has expired. Please re-authenticate.',
      };
      expect(errorOf(await http.get('/api/v4/secrets', dev))).toEqual(expired);
      const renewal = { accessToken: old };
      const open = { token: undefined };
      expect(
        errorOf(await http.post('/api/v1/auth/token/renew', renewal, open)),
      ).toEqual(expired);
      await http.useLogin();
      expect((await http.get('/api/v4/secrets', dev)).status).toBe(200);
    });

    it('of one identity are revoked, and renewed ones with them', async () => {
      const token = await http.useLogin();
      const renewed = await http.post(
        '/api/v1/auth/token/renew',
        { accessToken: token },
        { token: undefined },
      );
      emulator.trouble.revokeTokens('somebody else');
      expect((await http.get('/api/v4/secrets', dev)).status).toBe(200);
      emulator.trouble.revokeTokens(IDENTITY);
      for (const one of [token, String(renewed.body.accessToken)]) {
        const refused = await http.get('/api/v4/secrets', dev, { token: one });
        expect(errorOf(refused)).toEqual({
          status: 401,
          error: 'UnauthorizedError',
          message: 'Failed to authorize: token has been revoked',
        });
      }
      await http.useLogin();
      expect((await http.get('/api/v4/secrets', dev)).status).toBe(200);
    });

    it('get a lower max TTL', async () => {
      emulator.trouble.lowerTokenMaxTtl(60);
      const { body } = await http.login();
      expect(body).toMatchObject({ expiresIn: 60, accessTokenMaxTTL: 60 });
    });
  });

  it('rotates a secret', async () => {
    await http.useLogin();
    const place = { environment: 'dev', secretName: 'A' };
    expect(() => emulator.trouble.rotateSecret(place)).toThrow(
      'There is no secret "A" in "/" of environment "dev".',
    );
    await http.post('/api/v4/secrets/A', { ...dev, secretValue: 'old' });
    const before = await http.get('/api/v4/secrets', dev);
    const value = emulator.trouble.rotateSecret(place);
    const read = await http.get('/api/v4/secrets/A', dev);
    expect(read.body.secret).toMatchObject({ secretValue: value, version: 2 });
    const etag = before.headers.get('etag') ?? '';
    const list = await http.get('/api/v4/secrets', dev, {
      headers: { 'if-none-match': etag },
    });
    expect(list.status).toBe(200);
    expect(emulator.trouble.rotateSecret(place, 'mine')).toBe('mine');
  });
});
