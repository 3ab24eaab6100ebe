import { afterEach, describe, expect, it } from '@jest/globals';
import type { EmulatorGeneration } from 'nestjs-infisical/testing';
import {
  type AuthSetup,
  authSetup,
  claimsOf,
  forbidden,
  IDENTITY_ID,
  refusal,
} from '../support/auth-setup.js';
import { errorOf, pick } from '../support/emulator-http.js';

const DETAILS = '/api/v1/identities/details';
const RENEW = '/api/v1/auth/token/renew';
const REVOKE = '/api/v1/auth/token/revoke';

let setup: AuthSetup;
afterEach(() => setup.emulator.stop());

async function start(generation?: EmulatorGeneration, extra = {}) {
  setup = await authSetup(
    {
      universalAuth: { clientId: 'client', clientSecret: 'secret', ...extra },
      jwtAuth: {},
    },
    {},
    { generation },
  );
  return pick(await setup.http.login('client', 'secret'), 'accessToken');
}

const use = async (token?: string) =>
  errorOf(await setup.http.get(DETAILS, {}, { token }));
const renew = async (accessToken: string) =>
  errorOf(await setup.http.post(RENEW, { accessToken }));
const issue: AuthSetup['providers']['infisical']['issueToken'] = (...all) =>
  setup.providers.infisical.issueToken(...all);
const bad = (message: string) => ({
  status: 400,
  error: 'BadRequest',
  message,
});
const tokenError = (message: string) => forbidden(message, 'TokenError');

describe('what ends a token', () => {
  const cases: [string, string, (identityId: string) => void][] = [
    [
      'the identity was deleted',
      'identity tokens have been revoked',
      (id) => setup.emulator.identities.remove(id),
    ],
    [
      'all tokens were revoked',
      'identity tokens have been revoked',
      (id) => setup.emulator.identities.revokeTokens(id),
    ],
    [
      'the client secret was revoked',
      'client secret has been revoked',
      (id) => setup.emulator.identities.revokeClientSecrets(id),
    ],
    [
      'the auth method was removed',
      'auth method has been revoked',
      (id) => setup.emulator.identities.removeAuthMethod(id, 'universal-auth'),
    ],
    [
      'the identity left',
      'Identity is not a member of the organization',
      (id) => setup.emulator.identities.setMembership(id, 'none'),
    ],
    [
      'the identity is inactive',
      'Identity organization membership is inactive',
      (id) => setup.emulator.identities.setMembership(id, 'inactive'),
    ],
  ];

  it.each(cases)('§3.1 §3.5 gen 2: %s', async (_, text, end) => {
    const token = await start();
    end(IDENTITY_ID);
    expect(await use(token)).toEqual(refusal(`Failed to authorize: ${text}`));
    expect(await renew(token)).toEqual(refusal(`Cannot renew: ${text}`));
  });

  it.each(cases.slice(0, 4))('§3.1 gen 1: %s', async (_, _text, end) => {
    const token = await start('gen1');
    end(IDENTITY_ID);
    const gone = refusal('No identity access token found');
    expect(await use(token)).toEqual(gone);
    expect(await renew(token)).toEqual(gone);
  });

  it('§3.5 gen 1 answers 400 when the identity left', async () => {
    const token = await start('gen1');
    setup.emulator.identities.setMembership(IDENTITY_ID, 'none');
    const answer = await setup.http.get('/api/v4/secrets', {}, { token });
    expect(errorOf(answer)).toEqual(
      bad('Identity does not belong to this organization'),
    );
  });

  it('§3.1 lets an identity log in again after its tokens were revoked', async () => {
    await start();
    setup.emulator.identities.revokeTokens(IDENTITY_ID);
    const again = await setup.http.login('client', 'secret');
    expect(await use(pick(again, 'accessToken'))).toMatchObject({
      status: 200,
    });
  });

  it('§2.3 a used-up client secret leaves its tokens alone', async () => {
    const token = await start(undefined, { clientSecretNumUsesLimit: 1 });
    expect((await setup.http.login('client', 'secret')).status).toBe(401);
    expect(await use(token)).toMatchObject({ status: 200 });
  });

  it('refuses to end what is not there', async () => {
    await start();
    const { identities } = setup.emulator;
    expect(() => identities.remove('nobody')).toThrow('no identity "nobody"');
    expect(() => identities.removeAuthMethod(IDENTITY_ID, 'x')).toThrow('"x"');
  });
});

describe('tokens that no login gives out', () => {
  it('§3.5 takes HS256 alone, and no token before its time', async () => {
    const token = await start();
    const now = setup.clock.now() / 1000;
    const good = claimsOf(token);
    expect(await use(issue(good))).toMatchObject({ status: 200 });
    expect(await use(issue(good, { algorithm: 'HS512' }))).toEqual(
      tokenError(
        'The access token is signed with an invalid algorithm. Please provide a valid token and try again.',
      ),
    );
    expect(await use(issue({ ...good, nbf: now + 60 }))).toEqual(
      tokenError('jwt not active'),
    );
    expect(await use(issue({ ...good, authTokenType: 'other' }))).toEqual(
      refusal('Token missing'),
    );
  });

  it.each([
    ['gen2', 'Token is not an identity access token', 400],
    ['gen1', 'Only identity access tokens can be renewed', 401],
  ] as const)(
    '§3.1 §3.2 %s renews and revokes no user token',
    async (generation, text, revokeStatus) => {
      await start(generation);
      const token = issue({ authTokenType: 'accessToken', userId: 'a' });
      expect(await renew(token)).toEqual(bad(text));
      const revoked = await setup.http.post(REVOKE, { accessToken: token });
      expect(revoked.status).toBe(revokeStatus);
      expect(pick(revoked, 'message')).toBe(text.replace('renewed', 'revoked'));
    },
  );

  it('§3.1 renews neither tokens without claims nor those of older engines', async () => {
    await start();
    const authTokenType = 'identityAccessToken';
    expect(await renew(issue({ authTokenType }))).toEqual(
      refusal('Invalid identity access token claims, please re-authenticate'),
    );
    const legacy = issue({
      authTokenType,
      identityId: IDENTITY_ID,
      identityAccessTokenId: 'x',
    });
    expect(await renew(legacy)).toEqual(
      refusal('Cannot renew revoked or unknown access token'),
    );
    setup.clock.jump(Date.UTC(2026, 7, 3) - setup.clock.now());
    expect(await renew(legacy)).toEqual(
      refusal('Identity access token exceeded max age, please re-authenticate'),
    );
  });

  it('§3.1 renews no service token and no garbage', async () => {
    await start();
    const malformed = tokenError(
      'The provided access token is malformed. Please use a valid token or generate a new one and try again.',
    );
    expect(await renew('st.a.b')).toMatchObject({ status: 403 });
    expect(await renew('garbage')).toEqual(malformed);
  });
});

describe('sub-organizations', () => {
  const startWithSubs = (generation?: EmulatorGeneration, identity = {}) =>
    authSetup(
      { jwtAuth: {}, subOrganizations: ['team-a'], ...identity },
      {
        subOrganizations: [{ slug: 'team-a' }, { slug: 'team-b' }],
        projects: [
          { id: 'root', slug: 'demo', environments: ['dev'] },
          {
            id: 'sub',
            slug: 'sub',
            organization: 'team-a',
            environments: ['dev'],
          },
        ],
      },
      { generation },
    );
  const login = (choice: object) =>
    setup.login('jwt-auth', {
      jwt: setup.providers.jwt.issueToken({ subject: 'a' }),
      ...choice,
    });
  const slugOf = async (choice: object) => {
    const token = pick(await login(choice), 'accessToken');
    const details = await setup.http.get(DETAILS, {}, { token });
    return pick(details, 'identityDetails', 'organization', 'slug');
  };

  it('§2.2 scopes the token, or answers 404 and 401', async () => {
    setup = await startWithSubs();
    expect(await slugOf({})).toBe('emulator');
    expect(await slugOf({ organizationSlug: 'emulator' })).toBe('emulator');
    expect(await slugOf({ organizationSlug: 'team-a' })).toBe('team-a');
    expect(await slugOf({ subOrganizationName: 'team-a' })).toBe('emulator');
    expect(errorOf(await login({ organizationSlug: 'none' }))).toEqual({
      status: 404,
      error: 'NotFound',
      message: 'Sub organization with slug none not found',
    });
    expect(errorOf(await login({ organizationSlug: 'team-b' }))).toEqual(
      refusal('Identity not authorized to access sub organization team-b'),
    );
    expect((await login({ organizationSlug: '' })).status).toBe(422);
    const claims = claimsOf(
      pick(await login({ organizationSlug: 'team-a' }), 'accessToken'),
    );
    expect(claims.orgId).not.toBe(claims.rootOrgId);
    expect(claims.parentOrgId).toBe(claims.rootOrgId);
  });

  it('§2.2 looks at the credential first', async () => {
    setup = await startWithSubs();
    const body = { jwt: 'garbage', organizationSlug: 'none' };
    expect(errorOf(await setup.login('jwt-auth', body))).toEqual(
      refusal('Invalid JWT'),
    );
  });

  it('§2.1 is called subOrganizationName by gen 1', async () => {
    setup = await startWithSubs('gen1');
    expect(await slugOf({ subOrganizationName: 'team-a' })).toBe('team-a');
    expect(await slugOf({ organizationSlug: 'team-a' })).toBe('emulator');
    expect(errorOf(await login({ subOrganizationName: 'none' }))).toMatchObject(
      { message: 'Sub organization with name none not found' },
    );
  });

  it('§2.2 ignores the field for an identity that lives in one', async () => {
    setup = await startWithSubs(undefined, { organization: 'team-b' });
    expect(await slugOf({ organizationSlug: 'none' })).toBe('team-b');
  });

  it('§2.2 shows the projects of the scope alone', async () => {
    setup = await startWithSubs(undefined, {
      projects: [
        { slug: 'demo', role: 'viewer' },
        { slug: 'sub', role: 'viewer' },
      ],
    });
    const list = async (projectId: string, choice: object) => {
      const token = pick(await login(choice), 'accessToken');
      const query = { projectId, environment: 'dev' };
      return (await setup.http.get('/api/v4/secrets', query, { token })).status;
    };
    const sub = { organizationSlug: 'team-a' };
    expect(await list('root', {})).toBe(200);
    expect(await list('sub', {})).toBe(403);
    expect(await list('sub', sub)).toBe(200);
    expect(await list('root', sub)).toBe(403);
  });
});

describe('seeds of auth methods', () => {
  it.each([
    [{ awsAuth: { accessTokenMaxTTL: 0 } }, 'awsAuth.accessTokenMaxTTL'],
    [
      { oidcAuth: { accessTokenTTL: 2, accessTokenMaxTTL: 1 } },
      'oidcAuth: accessTokenTTL cannot be greater than accessTokenMaxTTL',
    ],
    [{ jwtAuth: { publicKeys: ['x'] } }, 'jwtAuth.publicKeys.0: must be'],
    [{ tlsCertAuth: { caCertificate: 'x' } }, 'tlsCertAuth.caCertificate'],
    [{ gcpAuth: { allowedProject: 'x' } }, 'unknown key allowedProject'],
    [{ organization: 'none' }, 'organization: no sub-organization "none"'],
  ])('§2.5 refuses %j', async (identity, text) => {
    setup = await authSetup({});
    await expect(authSetup(identity as object)).rejects.toThrow(text);
  });
});
