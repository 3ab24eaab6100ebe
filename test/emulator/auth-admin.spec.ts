import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EmulatorSeedServiceToken } from 'nestjs-infisical/testing';
import {
  type AuthSetup,
  authSetup,
  claimsOf,
  forbidden,
  IDENTITY_ID,
  refusal,
} from '../support/auth-setup.js';
import {
  type Answer,
  errorOf,
  pick,
  PROJECT_ID,
} from '../support/emulator-http.js';

const UNIVERSAL = `/api/v1/auth/universal-auth/identities/${IDENTITY_ID}`;
const SECRETS = `${UNIVERSAL}/client-secrets`;
const TOKENS = `/api/v1/auth/token-auth/identities/${IDENTITY_ID}/tokens`;
// Read, change and removal are described in the text only.
const UNLISTED = { isUnlisted: true };

let setup: AuthSetup;
afterEach(() => setup.emulator.stop());

const bad = (message: string) => ({
  status: 400,
  error: 'BadRequest',
  message,
});
const paths = (answer: Answer) =>
  pick<{ path: string[] }[]>(answer, 'message').map(({ path }) => path[0]);

describe('Token Auth', () => {
  it('§2.1 has no login: an administrator mints', async () => {
    setup = await authSetup({
      tokenAuth: { accessTokenTTL: 60, accessTokenNumUsesLimit: 1 },
    });
    const { http } = setup;
    const admin = await http.useLogin();
    const answer = await http.post(TOKENS, { name: 'ci' });
    expect(answer.body).toMatchObject({
      expiresIn: 60,
      accessTokenMaxTTL: 2592000,
      tokenType: 'Bearer',
      tokenData: {
        name: 'ci',
        identityId: IDENTITY_ID,
        authMethod: 'token-auth',
        accessTokenTTL: 60,
        accessTokenNumUsesLimit: 1,
        isAccessTokenRevoked: false,
        subOrganizationId: null,
      },
    });
    const token = pick(answer, 'accessToken');
    expect(claimsOf(token)).toMatchObject({
      authMethod: 'token-auth',
      jti: pick(answer, 'tokenData', 'id'),
    });
    // The one use; being no administrator, it mints nothing.
    expect(errorOf(await http.post(TOKENS, {}, { token }))).toEqual(
      forbidden(
        'You are not allowed to create-token on identity',
        'PermissionDenied',
      ),
    );
    expect(errorOf(await http.post(TOKENS, {}, { token }))).toEqual(
      refusal('Failed to authorize: token usage limit reached'),
    );
    const nobody = await http.post(
      TOKENS.replace(IDENTITY_ID, 'nobody'),
      {},
      { token: admin },
    );
    expect(nobody.status).toBe(404);
    const wrong = { name: 1, organizationSlug: 'Not A Slug' };
    expect(paths(await http.post(TOKENS, wrong))).toEqual([
      'name',
      'organizationSlug',
    ]);
    const login = await http.post(
      '/api/v1/auth/token-auth/login',
      {},
      UNLISTED,
    );
    expect(login.status).toBe(404);
    // A route that is not there has no request id (§5, §13.11).
    expect(login.body).toEqual({
      message: 'Route POST:/api/v1/auth/token-auth/login not found',
      error: 'Not Found',
      statusCode: 404,
    });
  });

  it('§2.4 answers 400 when the identity has no Token Auth', async () => {
    setup = await authSetup({});
    await setup.http.useLogin();
    expect(errorOf(await setup.http.post(TOKENS, {}))).toEqual(
      bad('The identity does not have token auth'),
    );
  });
});

describe('Universal Auth of an identity', () => {
  beforeEach(async () => {
    setup = await authSetup({});
    await setup.http.useLogin();
  });

  it('§2.5 is attached with its defaults, once', async () => {
    const { http } = setup;
    const answer = await http.post(UNIVERSAL, {});
    expect(pick(answer, 'identityUniversalAuth')).toMatchObject({
      identityId: IDENTITY_ID,
      accessTokenTTL: 2592000,
      accessTokenMaxTTL: 2592000,
      accessTokenNumUsesLimit: 0,
      accessTokenPeriod: 0,
      lockoutEnabled: true,
      lockoutThreshold: 3,
      lockoutDurationSeconds: 300,
      lockoutCounterResetSeconds: 30,
      clientSecretTrustedIps: [
        { ipAddress: '0.0.0.0', type: 'ipv4', prefix: 0 },
        { ipAddress: '::', type: 'ipv6', prefix: 0 },
      ],
    });
    const read = await http.get(UNIVERSAL, {}, UNLISTED);
    expect(read.body).toEqual(answer.body);
    expect(errorOf(await http.post(UNIVERSAL, {}))).toEqual(
      bad('Failed to add universal auth to already configured identity'),
    );
  });

  it('§2.5 answers 422 to a TTL above the max TTL, also when that is 0', async () => {
    const answer = await setup.http.post(UNIVERSAL, {
      accessTokenTTL: 1,
      accessTokenMaxTTL: 0,
    });
    expect(answer.status).toBe(422);
    expect(pick(answer, 'message')).toEqual([
      {
        code: 'custom',
        message:
          'Access Token TTL cannot be greater than Access Token Max TTL.',
        path: [],
      },
    ]);
  });

  it.each([
    [{ accessTokenTTL: 315_360_001 }, 'accessTokenTTL'],
    [{ accessTokenTTL: 1.5 }, 'accessTokenTTL'],
    [{ accessTokenMaxTTL: -1 }, 'accessTokenMaxTTL'],
    [{ accessTokenNumUsesLimit: -1 }, 'accessTokenNumUsesLimit'],
    [{ accessTokenPeriod: -1 }, 'accessTokenPeriod'],
    [{ clientSecretTrustedIps: [] }, 'clientSecretTrustedIps'],
    [{ accessTokenTrustedIps: [{}] }, 'accessTokenTrustedIps'],
    [{ lockoutThreshold: 31 }, 'lockoutThreshold'],
    [{ lockoutDurationSeconds: 29 }, 'lockoutDurationSeconds'],
    [{ lockoutCounterResetSeconds: 4 }, 'lockoutCounterResetSeconds'],
  ])('§2.5 answers 422 to %j', async (body, path) => {
    const answer = await setup.http.post(UNIVERSAL, body);
    expect(answer.status).toBe(422);
    expect(paths(answer)).toEqual([path]);
  });

  it('§2.5 answers 400, not 422, to a TTL above the max TTL on PATCH', async () => {
    const { http } = setup;
    await http.post(UNIVERSAL, {});
    const patch = (body: object) => http.patch(UNIVERSAL, body, UNLISTED);
    expect(errorOf(await patch({ accessTokenMaxTTL: 60 }))).toEqual(
      bad('Access token TTL cannot be greater than max TTL'),
    );
    const endless = await patch({ accessTokenMaxTTL: 0, lockoutThreshold: 5 });
    expect(pick(endless, 'identityUniversalAuth')).toMatchObject({
      accessTokenTTL: 2592000,
      accessTokenMaxTTL: 0,
      lockoutThreshold: 5,
    });
    const period = await patch({ accessTokenPeriod: 315_360_001 });
    expect(period.status).toBe(422);
  });

  it('§2.5 shows a new client secret once; it can log in', async () => {
    const { http } = setup;
    const auth = await http.post(UNIVERSAL, {});
    const clientId = pick(auth, 'identityUniversalAuth', 'clientId');
    const answer = await http.post(SECRETS, {
      description: ' ci ',
      numUsesLimit: 2,
      ttl: 60,
    });
    const secret = pick(answer, 'clientSecret');
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(pick(answer, 'clientSecretData')).toMatchObject({
      description: 'ci',
      clientSecretPrefix: secret.slice(0, 4),
      clientSecretNumUses: 0,
      clientSecretNumUsesLimit: 2,
      clientSecretTTL: 60,
      identityUAId: pick(auth, 'identityUniversalAuth', 'id'),
      isClientSecretRevoked: false,
    });
    expect((await http.login(clientId, secret)).status).toBe(200);
    await setup.clock.advance(61_000);
    expect(errorOf(await http.login(clientId, secret))).toEqual(
      refusal('Access denied due to expired client secret'),
    );
    const wrong = { ttl: 315_360_001, numUsesLimit: -1 };
    expect(paths(await http.post(SECRETS, wrong))).toEqual([
      'numUsesLimit',
      'ttl',
    ]);
  });

  it('§3.5 ends its tokens when it is removed', async () => {
    const { http } = setup;
    const auth = await http.post(UNIVERSAL, {});
    const clientId = pick(auth, 'identityUniversalAuth', 'clientId');
    const secret = pick(await http.post(SECRETS, {}), 'clientSecret');
    const token = pick(await http.login(clientId, secret), 'accessToken');
    expect((await http.delete(UNIVERSAL, undefined, UNLISTED)).status).toBe(
      200,
    );
    const details = '/api/v1/identities/details';
    expect(errorOf(await http.get(details, {}, { token }))).toEqual(
      refusal('Failed to authorize: auth method has been revoked'),
    );
    expect((await http.login(clientId, secret)).status).toBe(401);
    expect(errorOf(await http.get(UNIVERSAL, {}, UNLISTED))).toEqual(
      bad('The identity does not have universal auth'),
    );
  });

  it('§2.5 holds logins to trusted addresses, if the plan has them', async () => {
    const { http } = setup;
    const clientSecretTrustedIps = [{ ipAddress: '10.0.0.0/8' }];
    const auth = await http.post(UNIVERSAL, { clientSecretTrustedIps });
    const clientId = pick(auth, 'identityUniversalAuth', 'clientId');
    const secret = pick(await http.post(SECRETS, {}), 'clientSecret');
    expect((await http.login(clientId, secret)).status).toBe(403);
    await setup.emulator.stop();
    setup = await authSetup({}, {}, { plan: { ipAllowlisting: false } });
    await setup.http.useLogin();
    const refused = await setup.http.post(UNIVERSAL, {
      clientSecretTrustedIps,
    });
    expect(refused.status).toBe(400);
  });

  it('§3.5 is out of reach without a token and without the role', async () => {
    const { http } = setup;
    const anonymous = { token: undefined };
    expect(errorOf(await http.post(UNIVERSAL, {}, anonymous))).toEqual(
      refusal('Token missing'),
    );
    await setup.emulator.stop();
    setup = await authSetup({
      universalAuth: { clientId: 'c', clientSecret: 's' },
    });
    await setup.http.useLogin('c', 's');
    expect(errorOf(await setup.http.post(SECRETS, {}))).toMatchObject({
      status: 403,
      error: 'PermissionDenied',
    });
  });
});

describe('service tokens', () => {
  const LIST = '/api/v4/secrets';
  const start = (extra: Partial<EmulatorSeedServiceToken> = {}) =>
    authSetup(
      {},
      {
        projects: [
          {
            id: PROJECT_ID,
            slug: 'demo',
            environments: ['dev', 'prod'],
            secrets: [
              { environment: 'dev', path: '/app', values: { A: 'app' } },
              { environment: 'dev', path: '/app/sub', values: { B: 'sub' } },
              { environment: 'dev', path: '/other', values: { C: 'other' } },
            ],
          },
          { id: 'second', slug: 'second', environments: ['dev'] },
        ],
        serviceTokens: [
          {
            id: 'one',
            secret: 'abc123',
            name: 'legacy',
            project: 'demo',
            scopes: [{ environment: 'dev', secretPath: '/app' }],
            permissions: ['read'],
            ...extra,
          },
        ],
      },
    );
  const get = (
    path: string,
    query: Record<string, string> = {},
    token = 'st.one.abc123',
  ) => setup.http.get(path, query, { token });
  const names = (answer: Answer) =>
    pick<{ secretKey: string }[]>(answer, 'secrets').map(
      ({ secretKey }) => secretKey,
    );

  it('§3.6 tell about themselves; a fourth part is not looked at', async () => {
    setup = await start({ expiresIn: 60 });
    const answer = await get('/api/v2/service-token', {}, 'st.one.abc123.key');
    expect(answer.body).toMatchObject({
      id: 'one',
      _id: 'one',
      name: 'legacy',
      scopes: [{ environment: 'dev', secretPath: '/app' }],
      permissions: ['read'],
      projectId: PROJECT_ID,
      workspace: PROJECT_ID,
      expiresAt: new Date(setup.clock.now() + 60_000).toISOString(),
      __v: 0,
    });
    expect(answer.text).not.toContain('abc123');
  });

  it('§3.6 are refused by id, secret and expiry, in that order', async () => {
    setup = await start({ expiresIn: 60 });
    const attempt = async (token: string) =>
      errorOf(await get('/api/v2/service-token', {}, token));
    expect(await attempt('st.two.abc123')).toEqual({
      status: 404,
      error: 'NotFound',
      message: "Service token with ID 'two' not found",
    });
    expect(await attempt('st.one.wrong')).toEqual(
      refusal('Invalid service token'),
    );
    await setup.clock.advance(60_001);
    expect(await attempt('st.one.wrong')).toEqual(
      forbidden('Service token has expired'),
    );
    expect(await attempt('st.one.abc123')).toMatchObject({ status: 404 });
  });

  it('§3.5 go where they are taken, identity tokens elsewhere', async () => {
    setup = await start();
    const details = '/api/v1/identities/details';
    expect(errorOf(await get(details))).toEqual(
      forbidden(
        'You are not allowed to access this resource',
        `Forbidden access to ${details}`,
      ),
    );
    const token = await setup.http.useLogin();
    expect(errorOf(await get('/api/v2/service-token', {}, token))).toEqual(
      forbidden(
        'You are not allowed to access this resource',
        'Forbidden access to /api/v2/service-token',
      ),
    );
    const selector = await setup.http.get(
      LIST,
      {},
      {
        token: 'st.one.abc123',
        headers: { 'x-infisical-org': 'team' },
      },
    );
    expect(errorOf(selector)).toEqual(
      bad("Service token doesn't support sub organization selector"),
    );
  });

  it('secrets §2.12 put their only scope in place of the query', async () => {
    setup = await start();
    expect(names(await get(LIST))).toEqual(['A']);
    const query = {
      projectId: 'second',
      environment: 'prod',
      secretPath: '/other',
    };
    expect(names(await get(LIST, query))).toEqual(['A']);
    expect(names(await get('/api/v3/secrets/raw'))).toEqual(['A']);
    const one = await get('/api/v4/secrets/A', { projectId: 'x' });
    expect(pick(one, 'secret', 'secretValue')).toBe('app');
  });

  it('secrets §2.12 use the query when the scope is a glob', async () => {
    setup = await start({
      scopes: [{ environment: 'dev', secretPath: '/app/**' }],
    });
    const place = { projectId: PROJECT_ID, environment: 'dev' };
    expect(
      names(await get(LIST, { ...place, secretPath: '/app/sub' })),
    ).toEqual(['B']);
    const outside = await get(LIST, { ...place, secretPath: '/other' });
    expect(errorOf(outside)).toMatchObject({
      status: 403,
      error: 'PermissionDenied',
    });
    expect((await get(LIST)).status).toBe(400);
    const second = { projectId: 'second', environment: 'dev' };
    expect(errorOf(await get(LIST, second))).toEqual(
      forbidden(
        'Service token not a part of the specified project with ID second',
      ),
    );
    const slug = { workspaceSlug: 'demo', environment: 'dev' };
    expect((await get('/api/v3/secrets/raw', slug)).status).toBe(400);
  });

  it('secrets §2.12 write only with the permission and in the scope', async () => {
    setup = await start({ permissions: ['write', 'read'] });
    const create = (secretPath: string) =>
      setup.http.post(
        '/api/v4/secrets/NEW',
        {
          projectId: PROJECT_ID,
          environment: 'dev',
          secretPath,
          secretValue: 'x',
        },
        { token: 'st.one.abc123' },
      );
    expect((await create('/app')).status).toBe(200);
    expect((await create('/other')).status).toBe(403);
    await setup.emulator.stop();
    setup = await start();
    expect((await create('/app')).status).toBe(403);
  });
});
