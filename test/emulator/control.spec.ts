import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import {
  EmulatorHttp,
  errorOf,
  pick,
  PROJECT_ID,
} from '../support/emulator-http.js';

const dev = { projectId: PROJECT_ID, environment: 'dev' };
const BASE = '/__emulator';
const DYNAMIC = { projectSlug: 'demo', environmentSlug: 'dev' };
const LEASES = '/api/v1/dynamic-secrets/leases';

let clock: VirtualClock;
let emulator: InfisicalEmulator;
let http: EmulatorHttp;

const start = async (control: boolean) => {
  clock = new VirtualClock();
  emulator = await InfisicalEmulator.start({ clock, control });
  http = new EmulatorHttp(emulator);
};
afterEach(() => emulator.stop());

/** A lease of something that needs nothing behind it. */
async function lease(): Promise<string> {
  await http.post('/api/v1/dynamic-secrets', {
    ...DYNAMIC,
    name: 'ssh',
    provider: { type: 'ssh', inputs: { principals: ['root'] } },
    defaultTTL: '1h',
    maxTTL: '4h',
  });
  const made = await http.post(LEASES, {
    ...DYNAMIC,
    dynamicSecretName: 'ssh',
    config: { principals: ['root'] },
  });
  return `${LEASES}/${pick(made, 'lease', 'id')}`;
}

describe('without the option `control`', () => {
  beforeEach(() => start(false));

  it.each([
    ['GET', '/troubles'],
    ['POST', '/troubles'],
    ['GET', '/state'],
    ['GET', ''],
  ])('%s %s is not there', async (method, path) => {
    const url = `${emulator.url}${BASE}${path}`;
    const answer = await fetch(url, { method });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({
      message: `Route ${method}:${BASE}${path} not found`,
      error: 'Not Found',
      statusCode: 404,
    });
  });
});

describe('over HTTP', () => {
  beforeEach(() => start(true));

  const call = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${emulator.url}${BASE}${path}`, {
      method,
      ...(body && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    return {
      status: answer.status,
      body: (await answer.json()) as Record<string, unknown>,
    };
  };
  const status = async () => (await fetch(`${emulator.url}/api/status`)).status;

  it('makes, lists and ends trouble', async () => {
    const rule = { kind: 'error', status: 502, path: '/api/status', times: 3 };
    const made = await call('POST', '/troubles', rule);
    expect(made).toMatchObject({ status: 200, body: { rule, hits: 0 } });
    expect(await status()).toBe(502);
    const list = await call('GET', '/troubles');
    expect(list.body).toEqual({ troubles: [{ ...made.body, hits: 1 }] });
    const { id } = made.body as { id: string };
    expect((await call('DELETE', `/troubles/${id}`)).status).toBe(200);
    expect(await status()).toBe(200);
    expect((await call('DELETE', `/troubles/${id}`)).status).toBe(400);
    await call('POST', '/outage', { mode: 'unavailable' });
    expect(await status()).toBe(503);
    await call('DELETE', '/troubles');
    expect(await status()).toBe(200);
  });

  it('refuses what it does not know', async () => {
    const { status: refused, body } = await call('POST', '/troubles', {
      kind: 'reset',
      chance: 1,
    });
    expect(refused).toBe(422);
    expect(JSON.stringify(body)).toContain('chance');
  });

  it('is in no trouble itself, and not in the log', async () => {
    await call('POST', '/outage');
    await call('GET', '/requests');
    expect(emulator.requests).toEqual([]);
    await call('DELETE', '/troubles');
    await status();
    const { body } = await call('GET', '/requests');
    expect(body).toEqual({ requests: emulator.requests });
    expect(emulator.requests).toHaveLength(1);
    const counted = await call('GET', '/requests/count?status=200&method=get');
    expect(counted.body).toEqual({ count: 1, peakConcurrency: 1 });
    await call('DELETE', '/requests');
    expect(emulator.requests).toEqual([]);
  });

  it('sets the clock off', async () => {
    await call('POST', '/clock', { ms: 3_600_000 });
    const answer = await fetch(`${emulator.url}/api/status`);
    expect(await answer.json()).toMatchObject({
      date: new Date(clock.now() + 3_600_000).toISOString(),
    });
  });

  it('expires and revokes tokens', async () => {
    await http.useLogin();
    await call('POST', '/tokens/expire');
    expect((await http.get('/api/v4/secrets', dev)).status).toBe(403);
    await http.useLogin();
    await call('POST', '/tokens/revoke', { identityId: 'somebody else' });
    expect((await http.get('/api/v4/secrets', dev)).status).toBe(200);
    await call('POST', '/tokens/revoke', {});
    expect((await http.get('/api/v4/secrets', dev)).status).toBe(401);
    await call('POST', '/tokens/max-ttl', { seconds: 60 });
    expect((await http.login()).body).toMatchObject({ expiresIn: 60 });
  });

  it('gives tokens of users', async () => {
    const { status: refused } = await call('POST', '/users/token', {
      email: 'nobody@example.com',
    });
    expect(refused).toBe(400);
  });

  it('rotates a secret and gives the state', async () => {
    await http.useLogin();
    const place = { environment: 'dev', secretName: 'A' };
    expect((await call('POST', '/secrets/rotate', place)).status).toBe(400);
    await http.post('/api/v4/secrets/A', { ...dev, secretValue: 'old' });
    const { body } = await call('POST', '/secrets/rotate', place);
    const read = await http.get('/api/v4/secrets/A', dev);
    expect(pick(read, 'secret', 'secretValue')).toBe(body['value']);
    const state = await call('GET', '/state');
    expect(state.body).toEqual(emulator.exportState());
  });

  it('lets a provider fail, and lowers the max TTL of leases', async () => {
    await http.useLogin();
    const url = await lease();
    const { body } = await call('GET', '/leases');
    expect(body).toMatchObject({ leases: [{ dynamicSecretName: 'ssh' }] });
    await call('POST', '/leases/max-ttl', { maxTTL: '90m' });
    const renewed = await http.post(`${url}/renew`, DYNAMIC);
    expect(errorOf(renewed)).toEqual({
      status: 400,
      error: 'BadRequest',
      message:
        'The requested renewal would exceed the maximum allowed lease duration. Please choose a shorter TTL',
    });
    expect(
      (await call('POST', '/leases/max-ttl', { maxTTL: 'x' })).status,
    ).toBe(400);
    await call('POST', '/providers/fail', { message: 'gone' });
    const revoked = await http.delete(url, DYNAMIC);
    expect(revoked.status).toBe(200);
    expect(revoked.body.lease).toMatchObject({
      status: 'Failed to delete',
      statusDetails: expect.stringContaining('gone') as unknown,
    });
    await call('DELETE', '/troubles');
    await http.delete(url, DYNAMIC);
    expect((await http.get(url, DYNAMIC)).status).toBe(404);
  });
});

describe('the witness log', () => {
  beforeEach(() => start(false));
  const LOGIN = '/api/v1/auth/universal-auth/login';

  it('says: exactly two requests, overlapping', async () => {
    emulator.trouble.add({ kind: 'latency', delay: 10, path: LOGIN });
    const both = [http.login(), http.login()];
    while (clock.pending < 2) await new Promise((done) => setImmediate(done));
    await clock.advance(10);
    await Promise.all(both);
    expect(emulator.count({ route: LOGIN })).toBe(2);
    expect(emulator.peakConcurrency({ route: LOGIN })).toBe(2);
  });

  it('says: one after the other, also when time stands still', async () => {
    await http.login();
    await http.login();
    expect(emulator.peakConcurrency({ method: 'POST' })).toBe(1);
    expect(emulator.peakConcurrency({ method: 'GET' })).toBe(0);
  });

  it('counts by everything it knows', async () => {
    await http.useLogin();
    await http.get('/api/v4/secrets/A', dev);
    await http.get('/api/v4/secrets/B', dev);
    const identityId = '33333333-3333-4333-8333-333333333333';
    expect(emulator.count()).toBe(3);
    expect(emulator.count({ route: '/api/v4/secrets/:secretName' })).toBe(2);
    expect(emulator.count({ path: '/api/v4/**' })).toBe(2);
    expect(emulator.count({ path: '/api/v4/secrets/A' })).toBe(1);
    expect(emulator.count({ status: 404, identityId })).toBe(2);
    expect(emulator.count({ identityId: 'x' })).toBe(0);
    expect(emulator.count({ method: 'post', status: 200 })).toBe(1);
  });
});
