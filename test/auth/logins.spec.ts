import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  type AuthOptions,
  InfisicalAuthError,
  type InfisicalClient,
  InfisicalConfigError,
} from 'nestjs-infisical';
import type { EmulatorSeedIdentity } from 'nestjs-infisical/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  type AuthSetup,
  claimsOf,
  IDENTITY_ID,
} from '../support/auth-setup.js';
import { failureOf } from '../support/demo.js';
import { LoginBench } from '../support/logins.js';

const identityId = IDENTITY_ID;
const ACCOUNT = 'app@emulator.iam.gserviceaccount.com';
const REGION = 'eu-central-1';

type Providers = AuthSetup['providers'];

interface Case {
  readonly seed: Partial<EmulatorSeedIdentity>;
  readonly claim: string;
  readonly auth: (providers: Providers) => AuthOptions;
  /** The keys of the body beside the identity id. */
  readonly sends: readonly string[];
}

/** Every login that needs no other server. */
const CASES: Record<string, Case> = {
  oidcAuth: {
    seed: { oidcAuth: {} },
    claim: 'oidc-auth',
    auth: ({ oidc }) => ({
      oidcAuth: { identityId, jwt: oidc.issueToken({ subject: 'a' }) },
    }),
    sends: ['jwt'],
  },
  jwtAuth: {
    seed: { jwtAuth: {} },
    claim: 'jwt-auth',
    auth: ({ jwt }) => ({
      jwtAuth: { identityId, jwt: jwt.issueToken({ subject: 'a' }) },
    }),
    sends: ['jwt'],
  },
  spiffeAuth: {
    seed: {
      spiffeAuth: {
        allowedSpiffeIds: 'spiffe://emulator.test/*',
        allowedAudiences: 'infisical',
      },
    },
    claim: 'spiffe-auth',
    auth: ({ spiffe }) => ({
      spiffeAuth: {
        identityId,
        jwt: spiffe.issueToken({
          spiffeId: 'spiffe://emulator.test/api',
          audience: 'infisical',
        }),
      },
    }),
    sends: ['jwt'],
  },
  ldapAuth: {
    seed: { ldapAuth: {} },
    claim: 'ldap-auth',
    auth: ({ ldap }) => {
      ldap.setUser({ username: 'ann', password: 'right-password' });
      return {
        ldapAuth: { identityId, username: 'ann', password: 'right-password' },
      };
    },
    sends: ['username', 'password'],
  },
  kubernetesAuth: {
    seed: { kubernetesAuth: {} },
    claim: 'kubernetes-auth',
    auth: ({ kubernetes }) => ({
      kubernetesAuth: {
        identityId,
        jwt: kubernetes.issueToken({ namespace: 'a', serviceAccount: 'b' }),
      },
    }),
    sends: ['jwt'],
  },
  gcpIamAuth: {
    seed: { gcpAuth: { type: 'iam' } },
    claim: 'gcp-auth',
    auth: ({ gcp }) => ({
      gcpIamAuth: {
        identityId,
        serviceAccountKey: gcp.serviceAccountKey(ACCOUNT),
      },
    }),
    sends: ['jwt'],
  },
  awsAuth: {
    seed: { awsAuth: {} },
    claim: 'aws-auth',
    auth: ({ aws }) => {
      const { accessKeyId, secretAccessKey } = aws.accessKey();
      const credentials = { accessKeyId, secretAccessKey };
      return { awsAuth: { identityId, credentials, region: REGION } };
    },
    sends: ['iamHttpRequestMethod', 'iamRequestBody', 'iamRequestHeaders'],
  },
  ociAuth: {
    seed: { ociAuth: {} },
    claim: 'oci-auth',
    auth: ({ oci }) => {
      const { userOcid, tenancyOcid, fingerprint, privateKeyPem } = oci.user();
      return {
        ociAuth: {
          identityId,
          userOcid,
          tenancyOcid,
          fingerprint,
          region: 'eu-frankfurt-1',
          privateKey: privateKeyPem,
        },
      };
    },
    sends: ['userOcid', 'headers'],
  },
  aliCloudAuth: {
    seed: {
      aliCloudAuth: { allowedArns: 'acs:ram::1234567890123456:user/app' },
    },
    claim: 'alicloud-auth',
    auth: ({ aliCloud }) => {
      const { accessKeyId, accessKeySecret } = aliCloud.accessKey({
        arn: 'acs:ram::1234567890123456:user/app',
      });
      return { aliCloudAuth: { identityId, accessKeyId, accessKeySecret } };
    },
    sends: [
      'AccessKeyId',
      'Action',
      'Format',
      'SignatureMethod',
      'SignatureNonce',
      'SignatureVersion',
      'Timestamp',
      'Version',
      'Signature',
    ],
  },
};

let bench: LoginBench;
let directory: string | undefined;
afterEach(async () => {
  await bench.stop();
  if (directory) await rm(directory, { recursive: true });
  directory = undefined;
});

async function fileWith(name: string, text: string): Promise<string> {
  directory ??= await mkdtemp(join(tmpdir(), 'logins-'));
  const file = join(directory, name);
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

/** `client.auth.<name>.login(options)`, for a name that is not known before. */
function loginBy(client: InfisicalClient, auth: AuthOptions) {
  const [[name, options] = ['', {}]] = Object.entries(auth);
  const login = client.auth[name as 'oidcAuth'];
  return login.login(options as Parameters<typeof login.login>[0]);
}

describe.each(Object.entries(CASES))('%s', (name, one) => {
  it('logs in on the first call, and by client.auth', async () => {
    bench = await LoginBench.start(one.seed);
    const auth = one.auth(bench.setup.providers);
    expect(await bench.read(bench.client(auth))).toEqual([]);
    expect(bench.latest).toMatchObject({ identityId });
    expect(Object.keys(bench.latest)).toEqual(['identityId', ...one.sends]);
    const [{ target, headers } = { target: '', headers: {} }] = bench.sent;
    expect(target).toBe(`/api/v1/auth/${one.claim}/login`);
    expect(headers).not.toHaveProperty('authorization');
    const other = bench.client({ accessToken: 'unused' });
    const { accessToken } = await loginBy(other, auth);
    expect(claimsOf(accessToken.reveal())).toMatchObject({
      authMethod: one.claim,
      identityId,
    });
    expect(await bench.read(other)).toEqual([]);
  });

  it('logs in to a sub-organization, and leaves an empty one out', async () => {
    bench = await LoginBench.start(one.seed);
    const auth = one.auth(bench.setup.providers) as Record<string, object>;
    const withSlug = (organizationSlug: string) =>
      ({ [name]: { ...auth[name], organizationSlug } }) as AuthOptions;
    await bench.read(bench.client(withSlug(' ')));
    expect(bench.latest).not.toHaveProperty('organizationSlug');
    const error = await failureOf(bench.read(bench.client(withSlug('nope'))));
    expect(bench.latest).toMatchObject({ organizationSlug: 'nope' });
    expect(error).toMatchObject({ status: 404 });
    expect(error.message).toContain(
      'Sub organization with slug nope not found',
    );
  });

  it('names the option that is missing, wrong or unknown', async () => {
    bench = await LoginBench.start(one.seed);
    const { [name]: options = {} } = one.auth(
      bench.setup.providers,
    ) as unknown as Record<string, Record<string, unknown>>;
    const refused = (wrong: unknown, text: string) => {
      const auth = { [name]: wrong } as AuthOptions;
      expect(() => bench.client(auth)).toThrow(InfisicalConfigError);
      expect(() => bench.client(auth)).toThrow(text);
    };
    refused(undefined, `auth.${name} must be an object`);
    refused({ ...options, jwtt: 'x' }, `auth.${name} has no option "jwtt"`);
    const required = Object.keys(options).filter((key) => {
      return !['credentials', 'region', 'jwt'].includes(key);
    });
    for (const key of required) {
      refused({ ...options, [key]: undefined }, `auth.${name}.${key}`);
      refused({ ...options, [key]: ' ' }, `auth.${name}.${key}`);
      refused({ ...options, [key]: 5 }, `auth.${name}.${key}`);
    }
    const late = bench.client({ accessToken: 'unused' });
    const error = await failureOf(
      loginBy(late, { [name]: { ...options, identityId: '' } } as AuthOptions),
    );
    expect(error.message).toContain(`auth.${name}.identityId is missing`);
    expect(bench.sent).toEqual([]);
  });

  it('tells no credential, whatever it prints', async () => {
    bench = await LoginBench.start({});
    const auth = one.auth(bench.setup.providers);
    const client = bench.client(auth);
    const error = await failureOf(bench.read(client));
    expect(error).toMatchObject({ status: 404 });
    const printed = [error, client, client.auth]
      .map((item) => inspect(item, { depth: 9, showHidden: true }))
      .concat(JSON.stringify([error, client, client.auth]), error.stack ?? '')
      .join('\n');
    const secrets = textsOf(auth).filter((text) => text.length > 8);
    secrets.push(...textsOf(bench.latest).filter((text) => text.length > 40));
    const harmless = [identityId, ACCOUNT, REGION, 'eu-frankfurt-1'];
    const told = secrets.filter(
      (text) =>
        !harmless.includes(text) &&
        !text.startsWith('ocid1.') &&
        printed.includes(text),
    );
    expect(told).toEqual([]);
  });
});

/** Every string in a value. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

describe.each(['awsAuth', 'gcpIamAuth', 'ociAuth', 'aliCloudAuth'] as const)(
  'a signed login: %s',
  (name) => {
    it.each([
      ['an hour ahead', 3_600_000],
      ['an hour behind', -3_600_000],
      ['a day ahead', 86_400_000],
      ['a day behind', -86_400_000],
    ])('works with a clock that is %s', async (_name, skew) => {
      const { seed, auth } = CASES[name] as Case;
      bench = await LoginBench.start(seed);
      const { clock, providers } = bench.setup;
      const own = { ...bench.clock, now: () => clock.now() + skew };
      const client = bench.client(auth(providers), own);
      expect(await bench.read(client)).toBeDefined();
      // The time that worked is the first one at the next login.
      const before = bench.sent.length;
      await client.auth.revoke();
      await bench.read(client);
      const logins = bench.sent
        .slice(before)
        .filter(({ target }) => target.endsWith('/login'));
      expect(logins).toHaveLength(1);
    });
  },
);

describe('a credential that was rotated', () => {
  it('is taken from its function at the next login', async () => {
    bench = await LoginBench.start({
      oidcAuth: { accessTokenTTL: 100, accessTokenMaxTTL: 100 },
    });
    const { providers, clock } = bench.setup;
    const jwt = jest.fn(() =>
      Promise.resolve(
        providers.oidc.issueToken({ subject: 'a', expiresIn: 60 }),
      ),
    );
    const client = bench.client({ oidcAuth: { identityId, jwt } }, clock);
    await bench.read(client);
    const first = bench.latest.jwt;
    await clock.advance(101_000);
    await bench.read(client);
    expect(bench.latest.jwt).not.toBe(first);
    expect(jwt).toHaveBeenCalledTimes(2);
  });

  it('is read from its file at the next login, and trimmed', async () => {
    bench = await LoginBench.start({
      kubernetesAuth: { accessTokenTTL: 100, accessTokenMaxTTL: 100 },
    });
    const { providers, clock } = bench.setup;
    const token = () =>
      providers.kubernetes.issueToken({
        namespace: 'a',
        serviceAccount: 'b',
        expiresIn: 60,
      });
    const file = await fileWith('token', `\n${token()} \n`);
    const jwt = { file };
    const client = bench.client({ kubernetesAuth: { identityId, jwt } }, clock);
    await bench.read(client);
    await clock.advance(101_000);
    const next = token();
    await fileWith('token', next);
    await bench.read(client);
    expect(bench.latest).toEqual({ identityId, jwt: next });
    expect(
      bench.sent.filter(({ target }) => /login$/.test(target)),
    ).toHaveLength(2);
  });

  it('may be the key file of a service account, and an AWS provider', async () => {
    bench = await LoginBench.start({ gcpAuth: { type: 'iam' }, awsAuth: {} });
    const { gcp, aws } = bench.setup.providers;
    const key = JSON.stringify(gcp.serviceAccountKey(ACCOUNT));
    const file = await fileWith('key.json', key);
    for (const serviceAccountKey of [key, () => key, { file }]) {
      const auth = { gcpIamAuth: { identityId, serviceAccountKey } };
      expect(await bench.read(bench.client(auth))).toEqual([]);
    }
    const credentials = jest.fn(() => {
      const key = aws.accessKey({ temporary: true });
      return Promise.resolve({ ...key, expiration: new Date() });
    });
    const auth = { awsAuth: { identityId, credentials, region: REGION } };
    const client = bench.client({ accessToken: 'unused' });
    await client.auth.awsAuth.login(auth.awsAuth);
    await client.auth.awsAuth.login(auth.awsAuth);
    expect(credentials).toHaveBeenCalledTimes(2);
  });

  it('names option and file when the file is missing or empty', async () => {
    bench = await LoginBench.start({ ldapAuth: {}, universalAuth: undefined });
    const missing = bench.client({
      ldapAuth: { identityId, username: 'a', password: { file: '/nowhere/p' } },
    });
    const error = await failureOf(bench.read(missing));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toBe(
      'auth.ldapAuth.password: the file "/nowhere/p" cannot be read (ENOENT). Check that it exists and that this process may read it.',
    );
    const file = await fileWith('empty', ' \n');
    const empty = bench.client({
      universalAuth: { clientId: 'a', clientSecret: { file } },
    });
    expect((await failureOf(bench.read(empty))).message).toBe(
      `auth.universalAuth.clientSecret is empty: the file "${file}" holds nothing.`,
    );
    expect(bench.sent).toEqual([]);
  });
});

describe('the default of Kubernetes', () => {
  const NAME = 'INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH';
  afterEach(() => {
    delete process.env[NAME];
  });

  it('is the mounted file, or the one that the environment names', async () => {
    bench = await LoginBench.start({ kubernetesAuth: {} });
    const auth = { kubernetesAuth: { identityId } };
    const error = await failureOf(bench.read(bench.client(auth)));
    expect(error.message).toContain(
      'auth.kubernetesAuth.jwt: the file "/var/run/secrets/kubernetes.io/serviceaccount/token" cannot be read',
    );
    const jwt = bench.setup.providers.kubernetes.issueToken({
      namespace: 'a',
      serviceAccount: 'b',
    });
    process.env[NAME] = await fileWith('token', jwt);
    await bench.read(bench.client(auth));
    expect(bench.latest).toEqual({ identityId, jwt });
  });
});

describe('a legacy service token', () => {
  const [id, secret] = ['abc', '0123456789abcdef'];

  it('is sent without the part that is its holder’s alone', async () => {
    bench = await LoginBench.start(
      {},
      {
        serviceTokens: [
          {
            id,
            secret,
            name: 'old',
            project: 'demo',
            scopes: [{ environment: 'dev', secretPath: '/' }],
            permissions: ['read'],
          },
        ],
      },
    );
    const holderKey = 'the-key-of-the-holder';
    const client = bench.client({
      accessToken: `Bearer st.${id}.${secret}.${holderKey}`,
    });
    expect(await bench.read(client)).toEqual([]);
    expect(bench.sent.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer st.${id}.${secret}`,
    ]);
    const wrong = bench.client({ accessToken: `st.${id}.00` });
    const error = await failureOf(bench.read(wrong));
    expect(error).toBeInstanceOf(InfisicalAuthError);
    expect(error.message).not.toContain(secret);
  });
});
