import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type AuthSetup,
  authSetup,
  BROKEN,
  claimsOf,
  forbidden,
  refusal,
  tampered,
} from '../support/auth-setup.js';
import {
  base64,
  signAliCloud,
  signAws,
  signOci,
} from '../support/cloud-signers.js';
import { errorOf, pick } from '../support/emulator-http.js';

let setup: AuthSetup;
afterEach(() => setup.emulator.stop());

describe('AWS auth', () => {
  const start = async (awsAuth = {}) => {
    setup = await authSetup({ awsAuth });
    return setup;
  };

  it('§2.4 takes a request that the key really signed', async () => {
    const { providers, clock, login } = await start();
    const key = providers.aws.accessKey();
    const now = clock.now();
    const answer = await login('aws-auth', signAws(key, { now }));
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body).sort()).toEqual([
      'accessToken',
      'accessTokenMaxTTL',
      'expiresIn',
      'tokenType',
    ]);
    expect(claimsOf(pick(answer, 'accessToken'))).toMatchObject({
      authMethod: 'aws-auth',
      clientSecretId: '',
      identityAuth: {
        aws: {
          accountId: key.accountId,
          arn: key.arn,
          userId: key.userId,
          partition: 'aws',
          service: 'iam',
          resourceType: 'user',
          resourceName: 'emulator',
        },
      },
    });
    const region = 'eu-central-1';
    const temporary = providers.aws.accessKey({ temporary: true });
    const body = signAws(temporary, { now, region });
    expect((await login('aws-auth', body)).status).toBe(200);
  });

  it('§2.4 answers 500, not 401, when STS refuses', async () => {
    const { providers, clock, login } = await start();
    const key = providers.aws.accessKey();
    const now = clock.now();
    const good = signAws(key, { now });
    const refused = [
      signAws({ ...key, secretAccessKey: 'wrong' }, { now }),
      signAws({ ...key, accessKeyId: 'AKIAUNKNOWN' }, { now }),
      signAws({ ...key, sessionToken: 'extra' }, { now }),
      signAws(key, { now: now - 901_000 }),
      signAws(key, { now: now + 901_000 }),
      signAws(key, { now, body: 'Action=ListUsers&Version=2011-06-15' }),
      signAws(key, { now, method: 'GET' }),
      { ...good, iamRequestBody: base64('Action=GetCallerIdentity') },
      { ...good, iamHttpRequestMethod: 'GET' },
      { ...good, iamRequestHeaders: 'no json' },
    ];
    for (const body of refused) {
      expect(errorOf(await login('aws-auth', body))).toEqual(BROKEN);
    }
    expect((await login('aws-auth', good)).status).toBe(200);
  });

  it('§2.4 answers 400 to a region that is missing or odd', async () => {
    const { providers, clock, login } = await start();
    const key = providers.aws.accessKey();
    const bodies = ['us_east_1', 'a-region-that-is-too-long'].map((region) =>
      signAws(key, { now: clock.now(), region }),
    );
    const good = signAws(key, { now: clock.now() });
    bodies.push({ ...good, iamRequestHeaders: base64('{}') });
    for (const body of bodies) {
      expect(errorOf(await login('aws-auth', body))).toEqual({
        status: 400,
        error: 'BadRequest',
        message: 'Invalid AWS region',
      });
    }
  });

  it('§2.4 holds accounts and ARNs to the lists', async () => {
    const { providers, clock, login } = await start({
      allowedAccountIds: '123456789012, 999999999999',
      allowedPrincipalArns: ['arn:aws:iam::123456789012:role/app-*'],
    });
    const now = clock.now();
    const other = providers.aws.accessKey({ accountId: '111111111111' });
    expect(errorOf(await login('aws-auth', signAws(other, { now })))).toEqual(
      refusal('Access denied: AWS account ID not allowed.'),
    );
    const user = providers.aws.accessKey();
    expect(errorOf(await login('aws-auth', signAws(user, { now })))).toEqual(
      refusal(
        'Access denied: AWS principal ARN not allowed. [principal-arn=arn:aws:iam::123456789012:user/emulator]',
      ),
    );
    const session = providers.aws.accessKey({
      arn: 'arn:aws:sts::123456789012:assumed-role/app-web/session',
      temporary: true,
    });
    const body = signAws(session, { now });
    expect((await login('aws-auth', body)).status).toBe(200);
  });
});

describe('GCP auth', () => {
  const audience = '66666666-6666-4666-8666-666666666666';
  const serviceAccount = 'app@emulator.iam.gserviceaccount.com';

  it('§2.4 answers 500 when an id token is not good', async () => {
    setup = await authSetup({ gcpAuth: {} });
    const { providers, login } = setup;
    const token = (options = {}) =>
      providers.gcp.issueIdToken({ audience, serviceAccount, ...options });
    expect((await login('gcp-auth', { jwt: token() })).status).toBe(200);
    const refused = [
      tampered(token()),
      token({ audience: 'other' }),
      token({ expiresIn: -1 }),
      token({ claims: { iss: 'https://evil.test' } }),
      'garbage',
      // Not trimmed, contrary to other methods.
      ` ${token()}`,
    ];
    for (const jwt of refused) {
      expect(errorOf(await login('gcp-auth', { jwt }))).toEqual(BROKEN);
    }
    const nobody = token({ claims: { email: undefined } });
    expect(errorOf(await login('gcp-auth', { jwt: nobody }))).toEqual(
      refusal('You are not allowed to access this resource'),
    );
  });

  it('§2.4 holds machines to service accounts, projects and zones', async () => {
    setup = await authSetup({
      gcpAuth: {
        allowedServiceAccounts: serviceAccount,
        allowedProjects: 'one, two',
        allowedZones: 'europe-west1-b',
      },
    });
    const { providers, login } = setup;
    const attempt = async (options: object) =>
      errorOf(
        await login('gcp-auth', {
          jwt: providers.gcp.issueIdToken({
            audience,
            serviceAccount,
            projectId: 'two',
            zone: 'europe-west1-b',
            ...options,
          }),
        }),
      );
    expect(await attempt({})).toMatchObject({ status: 200 });
    expect(await attempt({ serviceAccount: 'x@y.z' })).toEqual(
      refusal('Access denied: GCP service account not allowed.'),
    );
    expect(await attempt({ projectId: 'three' })).toEqual(
      refusal('Access denied: GCP project not allowed.'),
    );
    expect(await attempt({ zone: 'us-east1-a' })).toEqual(
      refusal('Access denied: GCP zone not allowed.'),
    );
    expect(await attempt({ projectId: undefined, zone: undefined })).toEqual(
      refusal('Access denied: GCP project not allowed.'),
    );
  });

  it('§2.4 answers 403 TokenError to a bad IAM signature', async () => {
    setup = await authSetup({ gcpAuth: { type: 'iam' } });
    const { providers, login } = setup;
    const token = (options = {}) =>
      providers.gcp.issueIamToken({ audience, serviceAccount, ...options });
    const attempt = async (jwt: string) =>
      errorOf(await login('gcp-auth', { jwt }));
    expect(await attempt(token())).toMatchObject({ status: 200 });
    expect(await attempt(tampered(token()))).toEqual(
      forbidden('invalid signature', 'TokenError'),
    );
    expect(await attempt(token({ expiresIn: -1 }))).toEqual(
      forbidden(
        'Your token has expired. Please re-authenticate.',
        'TokenError',
      ),
    );
    expect(await attempt(token({ audience: 'other' }))).toEqual(
      refusal('Invalid audience in GCP IAM Token'),
    );
    expect(await attempt(token({ serviceAccount: 'me@evil.test' }))).toEqual(
      refusal('Invalid service account identifier'),
    );
    const stolen = token({
      serviceAccount: 'evil@emulator.iam.gserviceaccount.com',
      claims: { sub: serviceAccount },
    });
    expect(await attempt(stolen)).toMatchObject({ status: 403 });
  });
});

describe('Azure auth', () => {
  it('§2.4 lets errors of the token through as 403 TokenError', async () => {
    setup = await authSetup({
      azureAuth: { allowedServicePrincipalIds: 'one,two' },
    });
    const { providers, login } = setup;
    const token = (options = {}) =>
      providers.azure.issueToken({ servicePrincipalId: 'two', ...options });
    const attempt = async (jwt: string) =>
      errorOf(await login('azure-auth', { jwt }));
    expect(await attempt(token())).toMatchObject({ status: 200 });
    expect(await attempt(token({ resource: 'api://other' }))).toEqual(
      forbidden(
        'jwt audience invalid. expected: https://management.azure.com',
        'TokenError',
      ),
    );
    expect(await attempt(tampered(token()))).toEqual(
      forbidden('invalid signature', 'TokenError'),
    );
    expect(await attempt(token({ expiresIn: -1 }))).toMatchObject({
      status: 403,
      error: 'TokenError',
    });
    const issuer = { iss: 'https://sts.windows.net/other/' };
    expect(await attempt(token({ claims: issuer }))).toMatchObject({
      status: 403,
      error: 'TokenError',
    });
    expect(await attempt(token({ tenantId: 'other' }))).toEqual(
      refusal('Invalid signing key'),
    );
    expect(await attempt(token({ claims: { tid: 'other' } }))).toEqual(
      refusal('Tenant ID mismatch'),
    );
    expect(await attempt(token({ servicePrincipalId: 'three' }))).toEqual(
      refusal('Access denied: Azure service principal not allowed.'),
    );
  });

  it('§2.4 drops the slash of the resource when the audience has none', async () => {
    setup = await authSetup({ azureAuth: {} });
    const resource = 'https://management.azure.com';
    const jwt = setup.providers.azure.issueToken({ resource });
    expect((await setup.login('azure-auth', { jwt })).status).toBe(200);
  });
});

describe('OCI auth', () => {
  it('§2.4 verifies the signature of the replayed request', async () => {
    setup = await authSetup({ ociAuth: { allowedUsernames: 'emulator' } });
    const { providers, clock, login } = setup;
    const attempt = async (userOcid: string, headers: object) =>
      errorOf(await login('oci-auth', { userOcid, headers }));
    const user = providers.oci.user();
    const { userOcid } = user;
    const headers = signOci(user, clock.now());
    expect(await attempt(userOcid, headers)).toMatchObject({ status: 200 });
    const other = providers.oci.user({ username: 'other' });
    const forged = { ...user, privateKeyPem: other.privateKeyPem };
    const refused = [
      signOci(forged, clock.now()),
      signOci(user, clock.now() - 301_000),
      signOci({ ...user, fingerprint: other.fingerprint }, clock.now()),
      { ...headers, date: new Date(clock.now() + 1000).toUTCString() },
      { ...headers, authorization: 'Signature' },
    ];
    for (const one of refused) {
      expect(await attempt(userOcid, one)).toEqual(BROKEN);
    }
    expect(await attempt(other.userOcid, headers)).toEqual(BROKEN);
    expect(
      await attempt(other.userOcid, signOci(other, clock.now())),
    ).toMatchObject({ status: 401 });
    const stranger = providers.oci.user({ tenancyOcid: 'ocid1.tenancy.x' });
    expect(
      await attempt(stranger.userOcid, signOci(stranger, clock.now())),
    ).toMatchObject({ status: 401 });
    const evil = signOci(user, clock.now(), 'evil.test');
    expect(await attempt(userOcid, evil)).toMatchObject({ status: 400 });
  });

  it('§2.1 doubles the path of the issue when both dates are missing', async () => {
    setup = await authSetup({ ociAuth: {} });
    const headers = { authorization: 'x', host: 'y' };
    const body = { userOcid: 'ocid', headers };
    const answer = await setup.login('oci-auth', body);
    expect(answer.status).toBe(422);
    expect(pick(answer, 'message')).toEqual([
      {
        code: 'custom',
        message: 'Either date or x-date must be provided',
        path: ['headers', 'headers', 'date'],
      },
    ]);
  });
});

describe('AliCloud auth', () => {
  it('§2.4 verifies the HMAC of the parameters, each nonce once', async () => {
    const arn = 'acs:ram::1234567890123456:user/emulator';
    setup = await authSetup({ aliCloudAuth: { allowedArns: arn } });
    const { providers, clock, login } = setup;
    const attempt = async (body: object) =>
      errorOf(await login('alicloud-auth', body));
    const key = providers.aliCloud.accessKey();
    const good = signAliCloud(key, clock.now(), 'nonce-1');
    expect(await attempt(good)).toMatchObject({ status: 200 });
    const refused = [
      good,
      signAliCloud({ ...key, accessKeySecret: 'x' }, clock.now(), 'n2'),
      signAliCloud({ ...key, accessKeyId: 'x' }, clock.now(), 'n3'),
      signAliCloud(key, clock.now() - 901_000, 'n4'),
      { ...signAliCloud(key, clock.now(), 'n5'), SignatureNonce: 'n6' },
    ];
    for (const body of refused) expect(await attempt(body)).toEqual(BROKEN);
    const other = providers.aliCloud.accessKey({ arn: 'acs:ram::1:user/x' });
    expect(await attempt(signAliCloud(other, clock.now(), 'n7'))).toMatchObject(
      { status: 401 },
    );
    const odd = [
      { Action: 'AssumeRole' },
      { Format: 'XML' },
      { Version: '2015' },
      { AccessKeyId: 'a-b' },
      { SignatureMethod: 'HMAC-SHA256' },
      { Timestamp: '2026-01-01T00:00:00+01:00' },
      { SignatureVersion: '2.0' },
      { SignatureNonce: 'a b' },
      { Signature: '*' },
    ];
    for (const field of odd) {
      expect(await attempt({ ...good, ...field })).toMatchObject({
        status: 422,
      });
    }
  });
});
