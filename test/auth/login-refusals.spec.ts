import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type AuthOptions,
  InfisicalAuthError,
  InfisicalClient,
  InfisicalHttpError,
  InfisicalNotFoundError,
  InfisicalPermissionError,
  InfisicalRateLimitError,
  InfisicalValidationError,
} from 'nestjs-infisical';
import type { EmulatorSeedIdentity } from 'nestjs-infisical/testing';
import { setImmediate } from 'node:timers/promises';
import {
  type AuthSetup,
  IDENTITY_ID,
  tampered,
} from '../support/auth-setup.js';
import { failureOf } from '../support/demo.js';
import { LoginBench } from '../support/logins.js';

const identityId = IDENTITY_ID;
const ACCOUNT = 'app@emulator.iam.gserviceaccount.com';

type Providers = AuthSetup['providers'];

interface Refusal {
  readonly title: string;
  readonly seed: Partial<EmulatorSeedIdentity>;
  readonly auth: (providers: Providers) => AuthOptions;
  readonly error: typeof InfisicalHttpError;
  readonly code: string;
  readonly text: string;
}

const denied = 'Access denied: ';

const oidc = (
  title: string,
  seed: object,
  make: (issuer: Providers['oidc']) => string,
  error: typeof InfisicalHttpError,
  text: string,
): Refusal => ({
  title: `OIDC: ${title}`,
  seed: { oidcAuth: seed },
  auth: ({ oidc: issuer }) => ({
    oidcAuth: { identityId, jwt: make(issuer) },
  }),
  error,
  code: error === InfisicalAuthError ? 'UnauthorizedError' : 'ForbiddenError',
  text,
});

const jwt = (
  title: string,
  seed: object,
  token: Parameters<Providers['jwt']['issueToken']>[0],
  error: typeof InfisicalHttpError,
  text: string,
): Refusal => ({
  title: `JWT: ${title}`,
  seed: { jwtAuth: seed },
  auth: ({ jwt: issuer }) => ({
    jwtAuth: { identityId, jwt: issuer.issueToken(token) },
  }),
  error,
  code: error === InfisicalAuthError ? 'UnauthorizedError' : 'ForbiddenError',
  text,
});

const kubernetes = (
  title: string,
  seed: object,
  prepare: (cluster: Providers['kubernetes']) => void,
  error: typeof InfisicalHttpError,
  code: string,
  text: string,
): Refusal => ({
  title: `Kubernetes: ${title}`,
  seed: { kubernetesAuth: seed },
  auth({ kubernetes: cluster }) {
    prepare(cluster);
    const token = cluster.issueToken({ namespace: 'a', serviceAccount: 'b' });
    return { kubernetesAuth: { identityId, jwt: token } };
  },
  error,
  code,
  text,
});

const ldap = (
  title: string,
  password: string,
  fields: Record<string, string>,
  text: string,
): Refusal => ({
  title: `LDAP: ${title}`,
  seed: { ldapAuth: { allowedFields: [{ key: 'team', value: 'a' }] } },
  auth({ ldap: directory }) {
    directory.setUser({ username: 'ann', password: 'right', fields });
    return { ldapAuth: { identityId, username: 'ann', password } };
  },
  error: InfisicalAuthError,
  code: 'UnauthorizedError',
  text,
});

const aws = (
  title: string,
  seed: object,
  change: object,
  error: typeof InfisicalHttpError,
  code: string,
  text: string,
): Refusal => ({
  title: `AWS: ${title}`,
  seed: { awsAuth: seed },
  auth({ aws: sts }) {
    const { accessKeyId, secretAccessKey } = sts.accessKey();
    const credentials = { accessKeyId, secretAccessKey, ...change };
    return { awsAuth: { identityId, credentials, region: 'us-east-1' } };
  },
  error,
  code,
  text,
});

const gcp = (
  title: string,
  account: string,
  signer: string,
  error: typeof InfisicalHttpError,
  code: string,
  text: string,
): Refusal => ({
  title: `GCP: ${title}`,
  seed: { gcpAuth: { type: 'iam', allowedServiceAccounts: ACCOUNT } },
  auth({ gcp: google }) {
    const { private_key } = google.serviceAccountKey(signer);
    const key = google.serviceAccountKey(account);
    const serviceAccountKey = { ...key, private_key };
    return { gcpIamAuth: { identityId, serviceAccountKey } };
  },
  error,
  code,
  text,
});

const oci = (
  title: string,
  user: Parameters<Providers['oci']['user']>[0],
  forge: boolean,
  error: typeof InfisicalHttpError,
  code: string,
  text: string,
): Refusal => ({
  title: `OCI: ${title}`,
  seed: { ociAuth: { allowedUsernames: 'emulator' } },
  auth({ oci: oracle }) {
    const { userOcid, tenancyOcid, fingerprint, privateKeyPem } =
      oracle.user(user);
    return {
      ociAuth: {
        identityId,
        userOcid,
        tenancyOcid,
        fingerprint,
        region: 'eu-frankfurt-1',
        privateKey: forge ? oracle.user().privateKeyPem : privateKeyPem,
      },
    };
  },
  error,
  code,
  text,
});

const aliCloud = (
  title: string,
  change: object,
  arn: string,
  error: typeof InfisicalHttpError,
  code: string,
  text: string,
): Refusal => ({
  title: `AliCloud: ${title}`,
  seed: { aliCloudAuth: { allowedArns: 'acs:ram::1:user/app' } },
  auth({ aliCloud: sts }) {
    const { accessKeyId, accessKeySecret } = sts.accessKey({ arn });
    const keys = { accessKeyId, accessKeySecret, ...change };
    return { aliCloudAuth: { identityId, ...keys } };
  },
  error,
  code,
  text,
});

const spiffe = (title: string, make: (token: string) => string): Refusal => ({
  title: `SPIFFE: ${title}`,
  seed: {
    spiffeAuth: { allowedSpiffeIds: 'spiffe://x/y', allowedAudiences: 'a' },
  },
  auth: ({ spiffe: domain }) => ({
    spiffeAuth: {
      identityId,
      jwt: make(
        domain.issueToken({
          spiffeId: 'spiffe://emulator.test/z',
          audience: 'a',
        }),
      ),
    },
  }),
  error: InfisicalAuthError,
  code: 'UnauthorizedError',
  text: '',
});

const subject = 'a';
const UNAUTHORIZED = [InfisicalAuthError, 'UnauthorizedError'] as const;
const BROKEN = [InfisicalHttpError, 'InternalServerError'] as const;

const REFUSALS: Refusal[] = [
  oidc('no JWT', {}, () => 'garbage-token', InfisicalAuthError, 'Invalid JWT'),
  oidc(
    'a signature',
    {},
    (issuer) => tampered(issuer.issueToken({ subject })),
    InfisicalAuthError,
    `${denied}invalid signature`,
  ),
  oidc(
    'an old token',
    {},
    (issuer) => issuer.issueToken({ subject, expiresIn: -1 }),
    InfisicalAuthError,
    `${denied}jwt expired`,
  ),
  oidc(
    'another subject',
    { boundSubject: 'b' },
    (issuer) => issuer.issueToken({ subject }),
    InfisicalPermissionError,
    `${denied}OIDC subject not allowed`,
  ),
  oidc(
    'another audience',
    { boundAudiences: 'b' },
    (issuer) => issuer.issueToken({ subject, audience: 'c' }),
    InfisicalAuthError,
    `${denied}OIDC audience not allowed`,
  ),
  oidc(
    'a missing claim',
    { boundClaims: { org: 'x' } },
    (issuer) => issuer.issueToken({ subject }),
    InfisicalAuthError,
    `${denied}token has no org field`,
  ),
  oidc(
    'another claim',
    { boundClaims: { org: 'x' } },
    (issuer) => issuer.issueToken({ subject, claims: { org: 'y' } }),
    InfisicalAuthError,
    `${denied}OIDC claim not allowed`,
  ),
  oidc(
    'an unknown key',
    {},
    (issuer) => issuer.issueToken({ subject, issuer: 'https://other.test' }),
    InfisicalAuthError,
    `${denied}Unable to verify JWT signature. The signing key`,
  ),
  oidc(
    'a discovery that fails',
    {},
    (issuer) => {
      issuer.failDiscovery('connect ECONNREFUSED');
      return issuer.issueToken({ subject });
    },
    InfisicalAuthError,
    `${denied}Failed to fetch OIDC discovery document from https://oidc`,
  ),
  jwt(
    'no subject',
    { boundSubject: 'b' },
    {},
    InfisicalAuthError,
    `${denied}token has no subject field`,
  ),
  jwt(
    'no audience',
    { boundAudiences: 'b' },
    { subject },
    InfisicalAuthError,
    `${denied}token has no audience field`,
  ),
  jwt(
    'another audience',
    { boundAudiences: 'b' },
    { subject, audience: 'c' },
    InfisicalAuthError,
    `${denied}token audience not allowed`,
  ),
  jwt(
    'another claim',
    { boundClaims: { level: '3' } },
    { subject, claims: { level: 4 } },
    InfisicalAuthError,
    `${denied}claim mismatch for field level`,
  ),
  jwt(
    'an old token',
    {},
    { subject, expiresIn: -1 },
    InfisicalAuthError,
    `${denied}jwt expired`,
  ),
  jwt(
    'an unknown key',
    {},
    { subject, jwksUrl: 'https://other.test/jwks' },
    InfisicalAuthError,
    denied,
  ),
  jwt(
    'another issuer',
    { boundIssuer: 'me' },
    { subject, issuer: 'you' },
    InfisicalPermissionError,
    `${denied}issuer mismatch`,
  ),
  jwt(
    'another subject',
    { boundSubject: 'b' },
    { subject },
    InfisicalPermissionError,
    `${denied}subject not allowed`,
  ),
  jwt(
    'a missing claim',
    { boundClaims: { level: '3' } },
    { subject },
    InfisicalAuthError,
    `${denied}token has no level field`,
  ),
  kubernetes(
    'a service account that is gone',
    {},
    (cluster) => cluster.deleteServiceAccount('a', 'b'),
    InfisicalAuthError,
    'KubernetesTokenReviewError',
    'Kubernetes token not authenticated',
  ),
  kubernetes(
    'another namespace',
    { allowedNamespaces: 'shop-*' },
    () => undefined,
    ...UNAUTHORIZED,
    `${denied}K8s namespace not allowed`,
  ),
  kubernetes(
    'another name',
    { allowedNames: 'api' },
    () => undefined,
    ...UNAUTHORIZED,
    `${denied}K8s name not allowed`,
  ),
  kubernetes(
    'another audience',
    { allowedAudience: 'infisical' },
    () => undefined,
    ...UNAUTHORIZED,
    `${denied}K8s audience not allowed`,
  ),
  kubernetes(
    'no cluster',
    { kubernetesHost: '' },
    () => undefined,
    InfisicalValidationError,
    'BadRequest',
    'Kubernetes host is required',
  ),
  kubernetes(
    'a cluster that fails',
    {},
    (cluster) => cluster.failReviews('connect ECONNREFUSED'),
    InfisicalValidationError,
    'KubernetesAuthLoginError',
    'connect ECONNREFUSED',
  ),
  ldap('a wrong password', 'wrong', {}, 'Invalid credentials'),
  ldap('a missing field', 'right', {}, 'Missing field team on user'),
  ldap('another field', 'right', { team: 'b' }, "User field 'team' does not"),
  aws(
    'another account',
    { allowedAccountIds: '999999999999' },
    {},
    ...UNAUTHORIZED,
    `${denied}AWS account ID not allowed`,
  ),
  aws(
    'another principal',
    { allowedPrincipalArns: ['arn:aws:iam::1:role/x'] },
    {},
    ...UNAUTHORIZED,
    `${denied}AWS principal ARN not allowed. [principal-arn=arn:aws:iam::123456789012:user/emulator]`,
  ),
  aws(
    'a wrong key',
    {},
    { secretAccessKey: 'wrong-secret-key' },
    ...BROKEN,
    'most often AWS refused it. Check the credentials, and the clock',
  ),
  gcp(
    'the key of somebody else',
    ACCOUNT,
    'x@y.z',
    InfisicalAuthError,
    'TokenError',
    'invalid signature',
  ),
  gcp(
    'no service account',
    'me@evil.test',
    'me@evil.test',
    ...UNAUTHORIZED,
    'Invalid service account identifier',
  ),
  gcp(
    'another service account',
    'other@emulator.iam.gserviceaccount.com',
    'other@emulator.iam.gserviceaccount.com',
    ...UNAUTHORIZED,
    `${denied}GCP service account not allowed`,
  ),
  oci('a wrong key', {}, true, ...BROKEN, 'most often Oracle Cloud refused it'),
  oci(
    'another user',
    { username: 'other' },
    false,
    ...UNAUTHORIZED,
    `${denied}OCI account username not allowed`,
  ),
  oci(
    'another tenancy',
    { tenancyOcid: 'ocid1.tenancy.x' },
    false,
    ...UNAUTHORIZED,
    `${denied}OCI account isn't part of tenancy`,
  ),
  aliCloud(
    'a wrong key',
    { accessKeySecret: 'wrong-secret-key' },
    'acs:ram::1:user/app',
    ...BROKEN,
    'most often Alibaba Cloud refused it',
  ),
  aliCloud('another user', {}, 'acs:ram::1:user/other', ...UNAUTHORIZED, ''),
  spiffe('another id', (token) => token),
  spiffe('a signature', tampered),
];
let bench: LoginBench;
afterEach(() => bench.stop());

const logins = () =>
  bench.sent.filter(({ target }) => target.endsWith('/login'));

describe('§2.4 a refused login', () => {
  it.each(REFUSALS)('$title', async ({ seed, auth, error, code, text }) => {
    bench = await LoginBench.start(seed);
    const options = auth(bench.setup.providers);
    const failure = await failureOf(bench.read(bench.client(options)));
    expect(failure.constructor).toBe(error);
    expect(failure).toMatchObject({ code });
    expect(failure.message).toContain(text);
    if (failure.message.includes(denied)) {
      expect(failure).toMatchObject({
        hint: expect.stringContaining('Compare the credential'),
      });
    }
    // A refusal is final; a server that broke may be asked once more.
    if (error !== InfisicalHttpError) expect(logins()).toHaveLength(1);
  });

  it('by a clock that is wrong says so', async () => {
    bench = await LoginBench.start({ awsAuth: {} });
    bench.hidesDate = true;
    const { clock, providers } = bench.setup;
    const { accessKeyId, secretAccessKey } = providers.aws.accessKey();
    const credentials = { accessKeyId, secretAccessKey };
    const client = bench.client(
      { awsAuth: { identityId, credentials, region: 'us-east-1' } },
      { ...bench.clock, now: () => clock.now() - 901_000 },
    );
    const failure = await failureOf(bench.read(client));
    expect(failure.message).toContain('the clock of this machine');
    expect(failure.message).not.toContain(secretAccessKey);
  });

  it('by a Google id token names its kind', async () => {
    bench = await LoginBench.start({
      gcpAuth: {
        allowedServiceAccounts: ACCOUNT,
        allowedProjects: 'two',
        allowedZones: 'europe-west1-b',
      },
    });
    const { gcp: google } = bench.setup.providers;
    let text = '';
    const metadataUrl = await bench.metadata((_request, response) => {
      response.end(text);
    });
    const attempt = (options: object) => {
      text = google.issueIdToken({
        audience: identityId,
        serviceAccount: ACCOUNT,
        projectId: 'two',
        zone: 'europe-west1-b',
        ...options,
      });
      const auth = { gcpIdTokenAuth: { identityId, metadataUrl } };
      return failureOf(bench.read(bench.client(auth)));
    };
    const broken = await attempt({ audience: 'other' });
    expect(broken).toMatchObject({ status: 500 });
    expect(broken.message).toContain('most often Google refused it');
    expect(broken.message).not.toContain(text);
    const refusals: [object, string][] = [
      [{ serviceAccount: 'x@y.z' }, 'GCP service account not allowed'],
      [{ projectId: 'three' }, 'GCP project not allowed'],
      [{ zone: 'us-east1-a' }, 'GCP zone not allowed'],
    ];
    for (const [options, reason] of refusals) {
      const failure = await attempt(options);
      expect(failure).toBeInstanceOf(InfisicalAuthError);
      expect(failure.message).toContain(denied + reason);
    }
  });

  it('by an Azure token names its kind', async () => {
    bench = await LoginBench.start({
      azureAuth: { allowedServicePrincipalIds: 'one' },
    });
    const { azure } = bench.setup.providers;
    let text = '';
    const metadataUrl = await bench.metadata((_request, response) => {
      response.end(text);
    });
    const attempt = (options: Parameters<typeof azure.issueToken>[0]) => {
      const servicePrincipalId = 'one';
      const token = azure.issueToken({ servicePrincipalId, ...options });
      text = JSON.stringify({ access_token: token });
      const auth = { azureAuth: { identityId, metadataUrl } };
      return failureOf(bench.read(bench.client(auth)));
    };
    const refusals: [Parameters<typeof attempt>[0], number, string][] = [
      [{ resource: 'api://other' }, 403, 'jwt audience invalid'],
      [{ expiresIn: -1 }, 403, 'expired'],
      [{ tenantId: 'other' }, 401, 'Invalid signing key'],
      [{ claims: { tid: 'other' } }, 401, 'Tenant ID mismatch'],
      [{ servicePrincipalId: 'two' }, 401, 'service principal not allowed'],
    ];
    for (const [options, status, reason] of refusals) {
      const failure = await attempt(options);
      expect(failure).toBeInstanceOf(InfisicalAuthError);
      expect(failure).toMatchObject({ status });
      expect(failure.message).toContain(reason);
    }
  });

  it('leads to a lockout, which passes', async () => {
    bench = await LoginBench.start({ ldapAuth: {} });
    const { clock, providers } = bench.setup;
    providers.ldap.setUser({ username: 'ann', password: 'right' });
    const attempt = (password: string) => {
      const auth = { ldapAuth: { identityId, username: 'ann', password } };
      return bench.read(bench.client(auth));
    };
    for (let count = 0; count < 3; count++) await failureOf(attempt('wrong'));
    const locked = await failureOf(attempt('right'));
    expect(locked).toBeInstanceOf(InfisicalAuthError);
    expect(locked.message).toContain('wait for the lockout to end');
    await clock.advance(300_000);
    expect(await attempt('right')).toEqual([]);
  });

  it('waits for no lock of the lockout', async () => {
    bench = await LoginBench.start({ ldapAuth: {} });
    const { clock, emulator } = bench.setup;
    emulator.identities.holdLockoutLock(identityId, 'ann');
    const client = new InfisicalClient({
      siteUrl: emulator.url,
      auth: { ldapAuth: { identityId, username: 'ann', password: 'wrong' } },
      retry: { attempts: 1 },
      random: () => 0,
    });
    let failure: Error | undefined;
    void failureOf(bench.read(client)).then((error) => (failure = error));
    while (!failure) {
      await setImmediate();
      if (clock.pending > 0) await clock.advance(300);
    }
    expect(failure).toBeInstanceOf(InfisicalRateLimitError);
    await client.close();
  });

  it('§2.2 by a sub-organization that is not there, or not open', async () => {
    const [own, foreign] = ['own', 'foreign'];
    bench = await LoginBench.start(
      { jwtAuth: {}, subOrganizations: [own] },
      { subOrganizations: [{ slug: own }, { slug: foreign }] },
    );
    const token = bench.setup.providers.jwt.issueToken({ subject });
    const attempt = (organizationSlug: string) =>
      bench
        .client({ accessToken: 'unused' })
        .auth.jwtAuth.login({ identityId, jwt: token, organizationSlug });
    expect((await attempt(own)).accessToken.reveal()).toMatch(/^ey/);
    const closed = await failureOf(attempt(foreign));
    expect(closed).toBeInstanceOf(InfisicalAuthError);
    expect(closed.message).toContain(
      'not authorized to access sub organization',
    );
    const odd = await failureOf(attempt('No Slug'));
    expect(odd).toBeInstanceOf(InfisicalValidationError);
  });

  it('by an identity without the method, or without a membership', async () => {
    bench = await LoginBench.start({ jwtAuth: {} });
    const token = bench.setup.providers.jwt.issueToken({ subject });
    const oidcAuth = { identityId, jwt: token };
    const none = await failureOf(bench.read(bench.client({ oidcAuth })));
    expect(none).toBeInstanceOf(InfisicalNotFoundError);
    expect(none.message).toContain('did you configure OIDC auth?');
    bench.setup.emulator.identities.setMembership(identityId, 'none');
    const jwtAuth = { identityId, jwt: token };
    const gone = await failureOf(bench.read(bench.client({ jwtAuth })));
    expect(gone).toBeInstanceOf(InfisicalAuthError);
    expect(gone.message).toContain('Identity not found');
  });
});
