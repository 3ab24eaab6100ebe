import { afterEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import {
  type AuthSetup,
  authSetup,
  claimsOf,
  forbidden,
  IDENTITY_ID,
  refusal,
  tampered,
} from '../support/auth-setup.js';
import { errorOf, pick } from '../support/emulator-http.js';

let setup: AuthSetup;
afterEach(() => setup.emulator.stop());

/** The error, or the status alone, of a login with a JWT. */
const jwtLogin = (method: string) => async (jwt: string) =>
  errorOf(await setup.login(method, { jwt }));
const OK = { status: 200 };

describe('every login by identity id', () => {
  it.each([
    ['aws-auth', 'AWS', { iamRequestBody: 'a', iamRequestHeaders: 'b' }],
    ['gcp-auth', 'GCP', { jwt: 'a' }],
    ['azure-auth', 'Azure', { jwt: 'a' }],
    ['kubernetes-auth', 'Kubernetes', { jwt: 'a' }],
    ['oidc-auth', 'OIDC', { jwt: 'a' }],
    ['jwt-auth', 'JWT', { jwt: 'a' }],
    ['spiffe-auth', 'SPIFFE', { jwt: 'a' }],
    ['ldap-auth', 'LDAP', { username: 'a', password: 'b' }],
    [
      'oci-auth',
      'OCI',
      { userOcid: 'a', headers: { authorization: 'a', host: 'b', date: 'c' } },
    ],
  ])('§2.4 answers 404 without %s', async (method, label, body) => {
    setup = await authSetup({});
    expect(errorOf(await setup.login(method, body))).toEqual({
      status: 404,
      error: 'NotFound',
      message: `${label} auth method not found for identity, did you configure ${label} auth?`,
    });
    const incomplete = await setup.login(method, {});
    expect(incomplete.status).toBe(422);
    expect(pick<object[]>(incomplete, 'message')[0]).toMatchObject({
      code: 'invalid_type',
      received: 'undefined',
      message: 'Required',
    });
  });

  it('§2.4 answers 401 for an identity that left', async () => {
    setup = await authSetup({ jwtAuth: {} });
    setup.emulator.identities.setMembership(IDENTITY_ID, 'none');
    const jwt = setup.providers.jwt.issueToken({ subject: 'a' });
    expect(await jwtLogin('jwt-auth')(jwt)).toEqual(
      refusal('Identity not found'),
    );
  });

  it('§2.1 reports the configured times and takes a form', async () => {
    setup = await authSetup({
      jwtAuth: { accessTokenTTL: 0, accessTokenMaxTTL: 0 },
    });
    const jwt = setup.providers.jwt.issueToken({ subject: 'a' });
    const answer = await setup.http.send(
      'POST',
      '/api/v1/auth/jwt-auth/login/',
      {
        rawBody: new URLSearchParams({
          identityId: ` ${IDENTITY_ID} `,
          jwt: ` ${jwt}\n`,
        }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
    );
    expect(answer.body).toMatchObject({ expiresIn: 0, accessTokenMaxTTL: 0 });
    const { exp, iat } = claimsOf(pick(answer, 'accessToken'));
    expect(Number(exp) - Number(iat)).toBe(7_776_000);
  });
});

describe('Kubernetes auth', () => {
  const start = async (kubernetesAuth = {}) => {
    setup = await authSetup({ kubernetesAuth });
    const token = (options = {}) =>
      setup.providers.kubernetes.issueToken({
        namespace: 'shop-prod',
        serviceAccount: 'api',
        ...options,
      });
    return { token, attempt: jwtLogin('kubernetes-auth') };
  };

  it('§2.4 passes the error of the review on, under a name of its own', async () => {
    const { token, attempt } = await start();
    const review = (message: string) =>
      refusal(message, 'KubernetesTokenReviewError');
    expect(await attempt(token())).toMatchObject(OK);
    expect(await attempt(token({ expiresIn: -1 }))).toEqual(
      review('[invalid bearer token, service account token has expired]'),
    );
    expect(await attempt(tampered(token()))).toEqual(
      review('[invalid bearer token, service account token is not valid]'),
    );
    expect(await attempt('garbage')).toMatchObject({ status: 401 });
    setup.providers.kubernetes.deleteServiceAccount('shop-prod', 'api');
    expect(await attempt(token())).toEqual(
      review('Kubernetes token not authenticated'),
    );
  });

  it('§2.4 holds tokens to namespaces, names and the audience', async () => {
    const { token, attempt } = await start({
      allowedNamespaces: 'shop-*, tools',
      allowedNames: 'api,web',
      allowedAudience: 'infisical',
    });
    const audience = ['other', 'infisical'];
    const good = await setup.login('kubernetes-auth', {
      jwt: token({ audience }),
    });
    expect(claimsOf(pick(good, 'accessToken')).identityAuth).toEqual({
      kubernetes: { namespace: 'shop-prod', name: 'api' },
    });
    expect(await attempt(token({ audience, namespace: 'other' }))).toEqual(
      refusal('Access denied: K8s namespace not allowed.'),
    );
    expect(await attempt(token({ audience, serviceAccount: 'x' }))).toEqual(
      refusal('Access denied: K8s name not allowed.'),
    );
    expect(await attempt(token())).toEqual(
      refusal('Access denied: K8s audience not allowed.'),
    );
  });

  it('§2.4 answers 400 when the cluster fails or has no host', async () => {
    const { token, attempt } = await start();
    setup.providers.kubernetes.failReviews('connect ECONNREFUSED');
    expect(await attempt(token())).toEqual({
      status: 400,
      error: 'KubernetesAuthLoginError',
      message: 'connect ECONNREFUSED',
    });
    await setup.emulator.stop();
    const again = await start({ kubernetesHost: '' });
    expect(await again.attempt(again.token())).toEqual({
      status: 400,
      error: 'BadRequest',
      message:
        'Kubernetes host is required when token review mode is set to API',
    });
  });
});

describe('OIDC auth', () => {
  const start = async (oidcAuth = {}) => {
    setup = await authSetup({ oidcAuth });
    const token = (options = {}) =>
      setup.providers.oidc.issueToken({ subject: 'repo:a:b', ...options });
    return { token, attempt: jwtLogin('oidc-auth') };
  };

  it('§2.4 refuses every bad signature, expiry and issuer with 401', async () => {
    const { token, attempt } = await start();
    expect(await attempt(token())).toMatchObject(OK);
    const cases: [string, string][] = [
      ['garbage', 'Invalid JWT'],
      [tampered(token()), 'Access denied: invalid signature'],
      [token({ expiresIn: -1 }), 'Access denied: jwt expired'],
      [
        token({ claims: { iss: 'https://other.test' } }),
        'Access denied: jwt issuer invalid. expected: https://oidc.emulator.test',
      ],
    ];
    for (const [jwt, message] of cases) {
      expect(await attempt(jwt)).toEqual(refusal(message));
    }
    const stranger = await attempt(token({ issuer: 'https://other.test' }));
    expect(stranger).toMatchObject({ status: 401 });
    expect(stranger.message).toMatch(
      /^Access denied: Unable to verify JWT signature\. The signing key '[^']+' was not found /,
    );
  });

  it('§2.4 answers 403 to the subject, 401 to audience and claims', async () => {
    const { token, attempt } = await start({
      boundSubject: 'repo:a:b',
      boundAudiences: 'one, two',
      boundClaims: { 'org.name': 'x, y' },
      claimMetadataMapping: { team: 'org.name' },
    });
    const good = { audience: ['zero', 'two'], claims: { org: { name: 'y' } } };
    const answer = await setup.login('oidc-auth', { jwt: token(good) });
    expect(claimsOf(pick(answer, 'accessToken')).identityAuth).toEqual({
      oidc: { claims: { team: 'y' } },
    });
    expect(await attempt(token({ ...good, subject: 'repo:a:c' }))).toEqual(
      forbidden('Access denied: OIDC subject not allowed.'),
    );
    expect(await attempt(token({ ...good, audience: 'one, two' }))).toEqual(
      refusal('Access denied: OIDC audience not allowed.'),
    );
    expect(await attempt(token({ ...good, claims: {} }))).toEqual(
      refusal('Access denied: token has no org.name field'),
    );
    const other = { org: { name: 'z' } };
    expect(await attempt(token({ ...good, claims: other }))).toEqual(
      refusal('Access denied: OIDC claim not allowed.'),
    );
  });

  it('§2.4 tries ten keys for a token without key id, not eleven', async () => {
    const { token, attempt } = await start();
    const { oidc } = setup.providers;
    const first = token({ withoutKid: true });
    const named = token();
    oidc.rotateKeys(9);
    expect(oidc.jwks().keys).toHaveLength(10);
    expect(await attempt(first)).toMatchObject(OK);
    expect(await attempt(tampered(first))).toMatchObject({ status: 401 });
    oidc.rotateKeys();
    expect(await attempt(first)).toMatchObject({ status: 401 });
    expect(await attempt(named)).toMatchObject(OK);
  });

  it('§2.4 tells that the discovery document cannot be fetched', async () => {
    const oidcDiscoveryUrl = 'https://tokens.ci.test/';
    const { token, attempt } = await start({
      oidcDiscoveryUrl,
      boundIssuer: 'https://tokens.ci.test',
    });
    const { oidc } = setup.providers;
    const jwt = token({ issuer: 'https://tokens.ci.test' });
    expect(await attempt(jwt)).toMatchObject(OK);
    oidc.failDiscovery('connect ECONNREFUSED', oidcDiscoveryUrl);
    expect(await attempt(jwt)).toEqual(
      refusal(
        'Access denied: Failed to fetch OIDC discovery document from https://tokens.ci.test/.well-known/openid-configuration. connect ECONNREFUSED',
      ),
    );
    oidc.failDiscovery(undefined, oidcDiscoveryUrl);
    expect(await attempt(jwt)).toMatchObject(OK);
  });
});

describe('JWT auth', () => {
  it('§2.4 answers 403 to issuer and subject, 401 to the rest', async () => {
    setup = await authSetup({
      jwtAuth: {
        boundIssuer: 'me',
        boundSubject: 'app-*',
        boundAudiences: 'one, two',
        boundClaims: { level: '3' },
      },
    });
    const attempt = jwtLogin('jwt-auth');
    const token = (options = {}) =>
      setup.providers.jwt.issueToken({
        issuer: 'me',
        subject: 'app-1',
        audience: 'two',
        claims: { level: 3 },
        ...options,
      });
    expect(await attempt(token())).toMatchObject(OK);
    const cases: [string, object][] = [
      ['garbage', refusal('Invalid JWT')],
      [tampered(token()), refusal('Access denied: invalid signature')],
      [token({ expiresIn: -1 }), refusal('Access denied: jwt expired')],
      [token({ issuer: 'you' }), forbidden('Access denied: issuer mismatch')],
      [
        token({ subject: undefined }),
        refusal('Access denied: token has no subject field'),
      ],
      [
        token({ subject: 'x' }),
        forbidden('Access denied: subject not allowed'),
      ],
      [
        token({ audience: undefined }),
        refusal('Access denied: token has no audience field'),
      ],
      [
        token({ audience: 'three' }),
        refusal('Access denied: token audience not allowed'),
      ],
      [
        token({ claims: {} }),
        refusal('Access denied: token has no level field'),
      ],
      [
        token({ claims: { level: 4 } }),
        refusal('Access denied: claim mismatch for field level'),
      ],
    ];
    for (const [jwt, error] of cases) expect(await attempt(jwt)).toEqual(error);
    const stranger = token({ jwksUrl: 'https://other.test/jwks' });
    expect(await attempt(stranger)).toMatchObject({ status: 401 });
  });

  it('§2.4 lists what each static key said', async () => {
    setup = await authSetup({});
    const pem = setup.providers.jwt.publicKeyPem;
    const own = setup.providers.jwt.issueToken({ subject: 'a' });
    await setup.emulator.stop();
    setup = await authSetup({
      jwtAuth: { configurationType: 'static', publicKeys: [pem, pem] },
    });
    const attempt = jwtLogin('jwt-auth');
    expect(await attempt(own)).toMatchObject(OK);
    expect(await attempt(tampered(own))).toEqual(
      refusal(
        'Access denied: JWT verification failed with all keys. Errors - invalid signature; invalid signature',
      ),
    );
  });
});

describe('LDAP auth', () => {
  const start = async () => {
    setup = await authSetup({
      ldapAuth: { allowedFields: [{ key: 'team', value: 'a, b' }] },
    });
    setup.providers.ldap.setUser({
      username: 'ann',
      password: 'right',
      fields: { team: 'b' },
    });
    return async (username: string, password: string) =>
      errorOf(await setup.login('ldap-auth', { username, password }));
  };

  it('§2.4 locks per user name, whatever its case', async () => {
    const attempt = await start();
    expect(await attempt('ann', ' right ')).toMatchObject(OK);
    for (const name of ['ann', 'ANN', 'Ann']) {
      expect(await attempt(name, 'x')).toEqual(refusal('Invalid credentials'));
    }
    const locked = refusal(
      'This identity auth method is temporarily locked, please try again later',
    );
    expect(await attempt('ann', 'right')).toEqual(locked);
    expect(await attempt('bob', 'x')).toEqual(refusal('Invalid credentials'));
    await setup.clock.advance(300_000);
    expect(await attempt('ann', 'right')).toMatchObject(OK);
  });

  it('§2.4 holds users to fields of the directory', async () => {
    const attempt = await start();
    const { ldap } = setup.providers;
    ldap.setUser({ username: 'bob', password: 'x' });
    expect(await attempt('bob', 'x')).toEqual(
      refusal('Invalid request. Missing field team on user.'),
    );
    ldap.setUser({ username: 'bob', password: 'x', fields: { team: 'c' } });
    expect(await attempt('bob', 'x')).toEqual(
      refusal(
        "Invalid request. User field 'team' does not match required fields.",
      ),
    );
  });

  it('§6 has texts of its own for the fields of the body', async () => {
    await start();
    const answer = await setup.http.post('/api/v1/auth/ldap-auth/login', {
      identityId: 'x',
      username: ' ',
      password: '',
    });
    expect(pick(answer, 'message')).toEqual([
      {
        validation: 'uuid',
        code: 'invalid_string',
        message: 'Identity ID must be a valid UUID',
        path: ['identityId'],
      },
      expect.objectContaining({ message: 'Username is required' }),
      expect.objectContaining({ message: 'Password is required' }),
    ]);
  });
});

describe('TLS certificate auth', () => {
  const HEADER = 'x-identity-tls-cert-auth-client-cert';
  const start = async (tlsCertAuth = {}) => {
    setup = await authSetup({ tlsCertAuth });
    return async (pem: string) =>
      errorOf(
        await setup.login(
          'tls-cert-auth',
          {},
          { [HEADER]: encodeURIComponent(pem) },
        ),
      );
  };
  const denied = (text: string) => refusal(`Access denied: ${text}`);

  it('§2.4 wants a header with a certificate in it, before the rest', async () => {
    setup = await authSetup({});
    const bad = (message: string) => ({
      status: 400,
      error: 'BadRequest',
      message,
    });
    const attempt = async (header?: string) =>
      errorOf(
        await setup.login(
          'tls-cert-auth',
          {},
          header ? { [HEADER]: header } : {},
        ),
      );
    expect(await attempt()).toEqual(bad('Missing TLS certificate in header'));
    expect(await attempt('x')).toMatchObject({
      status: 404,
      message:
        'TLS Certificate auth method not found for identity, did you configure TLS Certificate auth?',
    });
    await setup.emulator.stop();
    setup = await authSetup({ tlsCertAuth: {} });
    expect(await attempt('x')).toEqual(bad('Missing client certificate'));
    expect(await attempt('%zz')).toEqual(
      bad('Malformed URL encoding in query parameters'),
    );
  });

  it('§2.4 checks issuer, validity, kind and names', async () => {
    const attempt = await start({
      allowedCommonNames: 'app',
      allowedAltNames: 'app.test,spiffe://x/y',
    });
    const { tls } = setup.providers;
    const issue = (options = {}) =>
      tls.issueCertificate({
        commonName: 'app',
        altNames: ['other.test', 'app.test'],
        ...options,
      }).certPem;
    expect(await attempt(issue())).toMatchObject(OK);
    expect(await attempt(issue() + tls.caPem)).toMatchObject(OK);
    expect(await attempt(issue({ altNames: ['spiffe://x/y'] }))).toMatchObject(
      OK,
    );
    expect(await attempt(issue({ validTo: -1 }))).toEqual(
      denied('Certificate has expired.'),
    );
    expect(await attempt(issue({ validFrom: 60 }))).toEqual(
      denied('Certificate not yet valid.'),
    );
    expect(await attempt(issue({ isCa: true }))).toEqual(
      denied('a CA certificate cannot be used as a client certificate.'),
    );
    expect(await attempt(issue({ commonName: 'other' }))).toEqual(
      denied('TLS Certificate Auth common name not allowed.'),
    );
    expect(await attempt(issue({ altNames: [] }))).toEqual(
      denied('subject alternative name not allowed.'),
    );
    const other = await authSetup({});
    const foreign = other.providers.tls.issueCertificate({ commonName: 'app' });
    await other.emulator.stop();
    expect(await attempt(foreign.certPem)).toEqual(
      denied('Certificate not issued by the provided CA.'),
    );
    const withCa = foreign.certPem + foreign.caPem;
    expect(await attempt(withCa)).toMatchObject({ status: 401 });
  });
});

describe('SPIFFE auth', () => {
  it('§2.1 verifies a JWT-SVID', async () => {
    setup = await authSetup({
      spiffeAuth: {
        allowedSpiffeIds: 'spiffe://emulator.test/ns/*/sa/api',
        allowedAudiences: 'infisical, other',
      },
    });
    const attempt = jwtLogin('spiffe-auth');
    const token = (options = {}) =>
      setup.providers.spiffe.issueToken({
        spiffeId: 'spiffe://emulator.test/ns/shop/sa/api',
        audience: 'infisical',
        ...options,
      });
    expect(await attempt(token())).toMatchObject(OK);
    const cases: [string, string][] = [
      ['garbage', 'JWT-SVID verification failed'],
      [tampered(token()), 'JWT-SVID signature verification failed'],
      [token({ expiresIn: -1 }), 'JWT-SVID has expired'],
      [token({ audience: 'x' }), 'JWT-SVID audience validation failed'],
      [token({ trustDomain: 'evil.test' }), 'JWT-SVID verification failed'],
      [
        token({ spiffeId: 'spiffe://emulator.test/ns/a/sa/b' }),
        'Access denied',
      ],
      [token({ claims: { sub: 'spiffe://evil.test/x' } }), 'Access denied'],
    ];
    for (const [jwt, message] of cases) {
      expect(await attempt(jwt)).toEqual(refusal(message));
    }
  });
});

describe('the stand-ins', () => {
  it('tell nothing when they are printed', async () => {
    setup = await authSetup({ awsAuth: {} });
    const { providers } = setup;
    const key = providers.aws.accessKey();
    providers.ldap.setUser({ username: 'a', password: 'hidden-password' });
    expect(providers.tls.caPem).toContain('BEGIN CERTIFICATE');
    const text = inspect(providers, { depth: 9 }) + JSON.stringify(providers);
    expect(text).not.toContain(key.secretAccessKey);
    expect(text).not.toContain('hidden-password');
    expect(text).not.toContain('PRIVATE KEY');
  });
});

describe('the stand-ins over HTTP', () => {
  const post = (path: string, body: object = {}) =>
    setup.http.post(`/__emulator/providers/${path}`, body, {
      isUnlisted: true,
    });

  it('make credentials for clients in any language', async () => {
    const options = { control: true };
    setup = await authSetup({ oidcAuth: {}, ldapAuth: {} }, {}, options);
    const token = await post('oidc/issueToken', { subject: 'a' });
    const jwt = pick(token, 'result');
    expect((await setup.login('oidc-auth', { jwt })).status).toBe(200);
    const user = { username: 'ann', password: 'x' };
    expect((await post('ldap/setUser', user)).status).toBe(200);
    expect((await setup.login('ldap-auth', user)).status).toBe(200);
    expect((await post('aws/accessKey')).status).toBe(200);
    expect((await post('oidc/issueToken')).status).toBe(400);
    expect((await post('oidc/issueToken', { subject: 1 })).status).toBe(422);
    expect((await post('oidc/constructor')).status).toBe(400);
    expect((await post('infisical/issueToken')).status).toBe(400);
  });

  it('are closed unless control is on', async () => {
    setup = await authSetup({});
    expect((await post('aws/accessKey')).status).toBe(404);
  });
});
