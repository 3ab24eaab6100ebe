import { afterEach, describe, expect, it } from '@jest/globals';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorGeneration,
  type EmulatorSeedUniversalAuth,
  InfisicalEmulator,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { tampered } from '../support/auth-setup.js';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  EmulatorHttp,
  errorOf,
  pick,
} from '../support/emulator-http.js';

const DETAILS = '/api/v1/identities/details';
const LOGIN = '/api/v1/auth/universal-auth/login';
const RENEW = '/api/v1/auth/token/renew';
const REVOKE = '/api/v1/auth/token/revoke';

let emulator: InfisicalEmulator;
let clock: VirtualClock;
let http: EmulatorHttp;

async function start(
  universalAuth: Partial<EmulatorSeedUniversalAuth> = {},
  generation?: EmulatorGeneration,
): Promise<void> {
  clock = new VirtualClock();
  emulator = await InfisicalEmulator.start({
    clock,
    generation,
    seed: {
      ...DEFAULT_EMULATOR_SEED,
      identities: [
        {
          name: 'one',
          projects: [{ slug: 'demo', role: 'admin' }],
          universalAuth: {
            clientId: CLIENT_ID,
            clientSecret: CLIENT_SECRET,
            ...universalAuth,
          },
        },
      ],
    },
  });
  http = new EmulatorHttp(emulator);
}

const use = (token: string) => http.get(DETAILS, {}, { token });
const renew = (accessToken: string) => http.post(RENEW, { accessToken });
const revoke = (accessToken: string) => http.post(REVOKE, { accessToken });
const seconds = (count: number) => clock.advance(count * 1000);

function claims(token: string): Record<string, unknown> {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url');
  return JSON.parse(payload.toString()) as Record<string, unknown>;
}

const INVALID = {
  status: 401,
  error: 'UnauthorizedError',
  message: 'Invalid credentials',
};
const LOCKED = {
  ...INVALID,
  message:
    'This identity auth method is temporarily locked, please try again later',
};
const EXPIRED = {
  status: 403,
  error: 'TokenError',
  message: 'Your token has expired. Please re-authenticate.',
};
const unauthorized = (message: string) => ({
  status: 401,
  error: 'UnauthorizedError',
  message,
});

afterEach(() => emulator.stop());

describe('login', () => {
  it('answers four keys, whatever else the body holds', async () => {
    await start();
    const answer = await http.post(`${LOGIN}/`, {
      clientId: ` ${CLIENT_ID} `,
      clientSecret: CLIENT_SECRET,
      unknown: 1,
    });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body).sort()).toEqual([
      'accessToken',
      'accessTokenMaxTTL',
      'expiresIn',
      'tokenType',
    ]);
    expect(answer.body).toMatchObject({
      expiresIn: 2592000,
      accessTokenMaxTTL: 2592000,
    });
  });

  it('accepts a form body', async () => {
    await start();
    const form = new URLSearchParams({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    });
    const answer = await http.send('POST', LOGIN, {
      rawBody: form.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.status).toBe(200);
  });

  it('locks after three failures and unlocks after the duration', async () => {
    await start();
    expect(errorOf(await http.login('nobody'))).toEqual(INVALID);
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(errorOf(await http.login(CLIENT_ID, 'x'))).toEqual(INVALID);
    }
    expect(errorOf(await http.login(CLIENT_ID, 'x'))).toEqual(LOCKED);
    expect(errorOf(await http.login())).toEqual(LOCKED);
    await seconds(299);
    expect(errorOf(await http.login())).toEqual(LOCKED);
    await seconds(1);
    expect((await http.login()).status).toBe(200);
  });

  it('forgets failures after the reset time and after a success', async () => {
    await start();
    await http.login(CLIENT_ID, 'x');
    await http.login(CLIENT_ID, 'x');
    await seconds(30);
    await http.login(CLIENT_ID, 'x');
    await http.login(CLIENT_ID, 'x');
    expect((await http.login()).status).toBe(200);
    await http.login(CLIENT_ID, 'x');
    await http.login(CLIENT_ID, 'x');
    expect((await http.login()).status).toBe(200);
  });

  it('does not count when the lockout is off', async () => {
    await start({ lockoutEnabled: false });
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(errorOf(await http.login(CLIENT_ID, 'x'))).toEqual(INVALID);
    }
    expect((await http.login()).status).toBe(200);
  });

  it('tells once that a client secret expired', async () => {
    await start({ clientSecretTTL: 60 });
    expect((await http.login()).status).toBe(200);
    await seconds(61);
    expect(errorOf(await http.login())).toEqual(
      unauthorized('Access denied due to expired client secret'),
    );
    expect(errorOf(await http.login())).toEqual(INVALID);
  });

  it('tells once that a client secret is used up', async () => {
    await start({ clientSecretNumUsesLimit: 2 });
    await http.useLogin();
    await http.useLogin();
    expect(errorOf(await http.login())).toEqual(
      unauthorized('Access denied due to client secret usage limit reached'),
    );
    expect(errorOf(await http.login())).toEqual(INVALID);
  });

  it('refuses addresses that are not trusted, before the lockout', async () => {
    await start({ clientSecretTrustedIps: ['10.0.0.0/8'] });
    const refused = {
      status: 403,
      error: 'ForbiddenError',
      message:
        'You are not allowed to access this resource from the current IP address',
    };
    expect(errorOf(await http.login())).toEqual(refused);
    const trusted = await http.login(CLIENT_ID, CLIENT_SECRET, {
      token: undefined,
      headers: { 'x-forwarded-for': '10.1.2.3, 1.1.1.1' },
    });
    expect(trusted.status).toBe(200);
  });

  it('knows only its own organization', async () => {
    await start();
    const login = (organizationSlug: string) =>
      http.post(LOGIN, {
        clientId: CLIENT_ID,
        clientSecret: CLIENT_SECRET,
        organizationSlug,
      });
    const token = await http.useLogin();
    const own = await http.get(DETAILS, {}, { token });
    const slug = pick(own, 'identityDetails', 'organization', 'slug');
    http.token = undefined;
    expect((await login(slug)).status).toBe(200);
    expect(errorOf(await login('other'))).toEqual({
      status: 404,
      error: 'NotFound',
      message: 'Sub organization with slug other not found',
    });
    const empty = await login('');
    expect(empty.status).toBe(422);
    expect(pick<unknown[]>(empty, 'message')).toContainEqual({
      code: 'too_small',
      minimum: 1,
      type: 'string',
      inclusive: true,
      exact: false,
      message: 'Slug field must be at least 1 lowercase character',
      path: ['organizationSlug'],
    });
  });

  it('answers 422 with the issues of zod 3', async () => {
    await start();
    const missing = await http.post(LOGIN, {});
    expect(pick(missing, 'reqId')).toMatch(/^req-[A-Za-z0-9]{14}$/);
    expect(pick<unknown[]>(missing, 'message')[0]).toEqual({
      code: 'invalid_type',
      expected: 'string',
      received: 'undefined',
      path: ['clientId'],
      message: 'Required',
    });
    const none = await http.post(LOGIN);
    expect(pick(none, 'message')).toEqual([
      {
        code: 'invalid_type',
        expected: 'object',
        received: 'null',
        path: [],
        message: 'Expected object, received null',
      },
    ]);
  });

  it('answers 500 to bodies that cannot be read', async () => {
    await start();
    const headers = { 'content-type': 'application/json' };
    for (const rawBody of ['', '{', JSON.stringify('x'.repeat(1_100_000))]) {
      const answer = await http.send('POST', LOGIN, { rawBody, headers });
      expect(errorOf(answer)).toEqual({
        status: 500,
        error: 'InternalServerError',
        message: 'Something went wrong',
      });
    }
  });
});

describe('a token', () => {
  it('is needed, well formed and not expired', async () => {
    await start({ accessTokenTTL: 60 });
    expect(errorOf(await http.get(DETAILS))).toEqual(
      unauthorized('Token missing'),
    );
    const token = await http.useLogin();
    const tokenError = (message: string) => ({
      status: 403,
      error: 'TokenError',
      message,
    });
    const malformed =
      'The provided access token is malformed. Please use a valid token or generate a new one and try again.';
    const [header, payload] = token.split('.');
    const cases: [string, string][] = [
      ['', 'jwt must be provided'],
      ['nonsense', malformed],
      ['a.b.c', 'invalid token'],
      [`${header}.${payload}.`, 'jwt signature is required'],
      [tampered(token), 'invalid signature'],
    ];
    for (const [bad, message] of cases) {
      expect(errorOf(await use(bad))).toEqual(tokenError(message));
    }
    await seconds(59);
    expect((await use(token)).status).toBe(200);
    await seconds(1);
    expect(errorOf(await use(token))).toEqual(EXPIRED);
  });

  it('is looked at on public routes too', async () => {
    await start({ accessTokenTTL: 60 });
    const token = await http.useLogin();
    await seconds(60);
    const stale = { token };
    expect(errorOf(await http.get('/api/status', {}, stale))).toEqual(EXPIRED);
    expect(errorOf(await http.login(CLIENT_ID, CLIENT_SECRET, stale))).toEqual(
      EXPIRED,
    );
    http.token = undefined;
    expect((await http.get('/api/status')).status).toBe(200);
  });

  it('does not care for the scheme word', async () => {
    await start();
    const token = await http.useLogin();
    const headers = { authorization: `Foobar ${token}` };
    const answer = await http.get(DETAILS, {}, { token: undefined, headers });
    expect(answer.status).toBe(200);
  });

  it('cannot be an API key', async () => {
    await start();
    const headers = { 'x-api-key': 'key' };
    const answer = await http.get(DETAILS, {}, { headers, isUnlisted: true });
    expect(answer.status).toBe(400);
  });

  it('has the claims of its generation', async () => {
    await start();
    const token = claims(await http.useLogin());
    expect(Object.keys(token)).toEqual([
      'identityId',
      'identityName',
      'authMethod',
      'orgId',
      'rootOrgId',
      'parentOrgId',
      'clientSecretId',
      'identityAccessTokenId',
      'ipRestrictionEnabled',
      'accessTokenTTL',
      'accessTokenMaxTTL',
      'accessTokenPeriod',
      'creationEpoch',
      'authTokenType',
      'identityAuth',
      'jti',
      'iat',
      'exp',
    ]);
    expect(token).toMatchObject({
      authMethod: 'universal-auth',
      authTokenType: 'identityAccessToken',
      jti: token.identityAccessTokenId,
      iat: clock.now() / 1000,
      exp: clock.now() / 1000 + 2592000,
    });
  });

  it('is good for its number of uses; a renewal takes none', async () => {
    await start({ accessTokenNumUsesLimit: 2 });
    const token = await http.useLogin();
    http.token = undefined;
    expect((await use(token)).status).toBe(200);
    const renewed = pick(await renew(token), 'accessToken');
    expect((await use(renewed)).status).toBe(200);
    expect(errorOf(await use(token))).toEqual(
      unauthorized('Failed to authorize: token usage limit reached'),
    );
    expect(errorOf(await renew(token))).toEqual(
      unauthorized('Cannot renew exhausted access token'),
    );
  });

  it('is held to trusted addresses', async () => {
    await start({ accessTokenTrustedIps: ['10.0.0.1'] });
    const token = await http.useLogin();
    expect((await use(token)).status).toBe(403);
    const headers = { 'x-real-ip': '10.0.0.1' };
    expect((await http.get(DETAILS, {}, { headers })).status).toBe(200);
  });
});

describe('renew and revoke, gen 2', () => {
  it('keeps the id and the old token', async () => {
    await start({ accessTokenTTL: 100, accessTokenMaxTTL: 250 });
    const token = await http.useLogin();
    http.token = undefined;
    await seconds(50);
    const answer = await renew(token);
    const renewed = pick(answer, 'accessToken');
    expect(renewed).not.toBe(token);
    expect(answer.body).toMatchObject({
      expiresIn: 100,
      accessTokenMaxTTL: 250,
    });
    expect(claims(renewed).jti).toBe(claims(token).jti);
    expect(claims(renewed).creationEpoch).toBe(claims(token).creationEpoch);
    expect((await use(token)).status).toBe(200);
    expect((await use(renewed)).status).toBe(200);
  });

  it('shortens the last renewal and never harms the old token', async () => {
    await start({ accessTokenTTL: 100, accessTokenMaxTTL: 150 });
    const first = await http.useLogin();
    http.token = undefined;
    await seconds(90);
    const second = await renew(first);
    expect(second.body.expiresIn).toBe(60);
    const token = pick(second, 'accessToken');
    await seconds(59);
    expect((await renew(token)).body.expiresIn).toBe(1);
    expect((await use(token)).status).toBe(200);
    await seconds(1);
    expect(errorOf(await renew(token))).toEqual(EXPIRED);
  });

  it('holds a token without limits to 90 days', async () => {
    await start({ accessTokenTTL: 0, accessTokenMaxTTL: 0 });
    // Unlimited: held to the ceiling of 90 days alone.
    const token = await http.useLogin();
    http.token = undefined;
    expect(claims(token).exp).toBe(clock.now() / 1000 + 7_776_000);
    expect((await renew(token)).body).toMatchObject({
      expiresIn: 7_776_000,
      accessTokenMaxTTL: 0,
    });
  });

  it('renews a periodic token for ever', async () => {
    await start({
      accessTokenPeriod: 60,
      accessTokenTTL: 10,
      accessTokenMaxTTL: 20,
    });
    let token = await http.useLogin();
    http.token = undefined;
    for (let round = 0; round < 5; round++) {
      await seconds(59);
      const answer = await renew(token);
      expect(answer.body).toMatchObject({
        expiresIn: 60,
        accessTokenMaxTTL: 0,
      });
      token = pick(answer, 'accessToken');
    }
    expect((await use(token)).status).toBe(200);
  });

  it('kills every renewal on revoke', async () => {
    await start();
    const token = await http.useLogin();
    http.token = undefined;
    await seconds(1);
    const renewed = pick(await renew(token), 'accessToken');
    expect((await revoke(token)).body).toEqual({
      message: 'Successfully revoked access token',
    });
    const revoked = unauthorized('Failed to authorize: token has been revoked');
    expect(errorOf(await use(token))).toEqual(revoked);
    expect(errorOf(await use(renewed))).toEqual(revoked);
    expect(errorOf(await renew(renewed))).toEqual(
      unauthorized('Cannot renew: token has been revoked'),
    );
    expect((await revoke(renewed)).status).toBe(200);
    expect((await revoke('garbage')).status).toBe(403);
  });
});

describe('older generations', () => {
  it('refuses a renewal past the max TTL, and the token dies', async () => {
    await start({ accessTokenTTL: 100, accessTokenMaxTTL: 150 }, 'gen1');
    const token = await http.useLogin();
    http.token = undefined;
    expect(claims(token).jti).toBeUndefined();
    await seconds(40);
    expect((await renew(token)).status).toBe(200);
    await seconds(20);
    expect((await use(token)).status).toBe(200);
    expect(errorOf(await renew(token))).toEqual(
      unauthorized(
        'Failed to renew MI access token past its Max TTL expiration',
      ),
    );
    expect(errorOf(await use(token))).toEqual(
      unauthorized('No identity access token found'),
    );
  });

  it('reports a periodic token as nearly infinite', async () => {
    await start({ accessTokenPeriod: 60 }, 'gen1');
    expect((await http.login()).body).toMatchObject({
      expiresIn: 60,
      accessTokenMaxTTL: 1_000_000_000,
    });
  });

  it('issues tokens without expiry, and revokes', async () => {
    await start({ accessTokenTTL: 0 }, 'gen1');
    const token = await http.useLogin();
    http.token = undefined;
    expect(claims(token).exp).toBeUndefined();
    expect((await revoke(token)).status).toBe(200);
    expect(errorOf(await revoke(token))).toEqual(
      unauthorized('No identity access token found'),
    );
  });

  it('counts uses', async () => {
    await start({ accessTokenNumUsesLimit: 1 }, 'gen1');
    const token = await http.useLogin();
    expect((await use(token)).status).toBe(200);
    expect(errorOf(await use(token))).toEqual(
      unauthorized(
        'Unable to renew because access token number of uses limit reached',
      ),
    );
  });

  it('keeps the expiry on renewal in between', async () => {
    await start({ accessTokenTTL: 100 }, 'middle');
    const token = await http.useLogin();
    http.token = undefined;
    await seconds(50);
    const answer = await renew(token);
    expect(answer.body.expiresIn).toBe(100);
    const renewed = pick(answer, 'accessToken');
    expect(claims(renewed).exp).toBe(claims(token).exp);
    await seconds(50);
    expect(errorOf(await use(renewed))).toEqual(EXPIRED);
  });
});
