import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  defaultCredentialProviders,
  InfisicalConfigError,
} from 'nestjs-infisical';
import { IDENTITY_ID } from '../support/auth-setup.js';
import { CredentialBench } from '../support/credentials.js';
import { CLIENT_ID, CLIENT_SECRET, failureOf } from '../support/demo.js';

const identityId = IDENTITY_ID;
const OTHER_ID = '77777777-7777-4777-8777-777777777777';

let bench: CredentialBench;
beforeEach(async () => {
  bench = await CredentialBench.start();
});
afterEach(() => bench.stop());

/** What the environment alone gives: its names, and the login with all credentials evaluated. */
async function provided(variables: Record<string, string>) {
  bench.environment(variables);
  const [environment] = defaultCredentialProviders({ home: bench.home });
  const answer = await environment?.provide(bench.context);
  if (!answer || !('auth' in answer)) return { reason: answer?.reason };
  return { source: answer.source, auth: await evaluated(answer.auth) };
}

async function evaluated(value: unknown): Promise<unknown> {
  if (typeof value === 'function') return (value as () => unknown)();
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(
    async ([key, item]) => [key, await evaluated(item)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function refusal(variables: Record<string, string>): Promise<string> {
  const error = await failureOf(provided(variables));
  expect(error).toBeInstanceOf(InfisicalConfigError);
  return error.message;
}

const ID = 'INFISICAL_MACHINE_IDENTITY_ID';
const METHOD = 'INFISICAL_AUTH_METHOD';
const KEY_PATH = 'INFISICAL_GCP_IAM_SERVICE_ACCOUNT_KEY_FILE_PATH';
const OCI = {
  OCI_CLI_USER: 'ocid1.user.a',
  OCI_CLI_TENANCY: 'ocid1.tenancy.a',
  OCI_CLI_FINGERPRINT: 'f',
  OCI_CLI_REGION: 'r',
};
const oci = {
  userOcid: 'ocid1.user.a',
  tenancyOcid: 'ocid1.tenancy.a',
  fingerprint: 'f',
  region: 'r',
};
const ALI = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'a',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 's',
};

/** Variables, and the login they make; all of them are used. */
const SPELLINGS: [Record<string, string>, Record<string, unknown>][] = [
  ...['INFISICAL_UNIVERSAL_AUTH_CLIENT_ID', 'INFISICAL_CLIENT_ID'].flatMap(
    (id) =>
      [
        'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET',
        'INFISICAL_CLIENT_SECRET',
        'INFISICAL_UNIVERSAL_CLIENT_SECRET',
      ].map((secret): (typeof SPELLINGS)[number] => [
        { [id]: ' i ', [secret]: 's\n' },
        { universalAuth: { clientId: 'i', clientSecret: 's' } },
      ]),
  ),
  ...[
    'INFISICAL_TOKEN',
    'INFISICAL_ACCESS_TOKEN',
    'INFISICAL_UNIVERSAL_AUTH_ACCESS_TOKEN',
  ].map((name): (typeof SPELLINGS)[number] => [
    { [name]: 't' },
    { accessToken: 't' },
  ]),
  [
    { INFISICAL_AWS_IAM_AUTH_IDENTITY_ID: identityId },
    { awsAuth: { identityId } },
  ],
  ...[
    'INFISICAL_GCP_AUTH_IDENTITY_ID',
    'INFISICAL_GCP_IAM_AUTH_IDENTITY_ID',
    ID,
  ].map((name): (typeof SPELLINGS)[number] => [
    { [name]: identityId, [KEY_PATH]: '/key.json' },
    {
      gcpIamAuth: { identityId, serviceAccountKey: { file: '/key.json' } },
    },
  ]),
  [
    { INFISICAL_GCP_AUTH_IDENTITY_ID: identityId },
    { gcpIdTokenAuth: { identityId } },
  ],
  [
    { INFISICAL_KUBERNETES_IDENTITY_ID: identityId },
    { kubernetesAuth: { identityId } },
  ],
  [
    { INFISICAL_AZURE_AUTH_IDENTITY_ID: identityId },
    { azureAuth: { identityId } },
  ],
  ...['INFISICAL_JWT', 'INFISICAL_OIDC_AUTH_JWT'].map(
    (name): (typeof SPELLINGS)[number] => [
      { INFISICAL_OIDC_AUTH_IDENTITY_ID: identityId, [name]: 'j' },
      { oidcAuth: { identityId, jwt: 'j' } },
    ],
  ),
  [
    { [ID]: identityId, INFISICAL_OIDC_AUTH_JWT: 'j' },
    { oidcAuth: { identityId, jwt: 'j' } },
  ],
  [
    { INFISICAL_JWT_AUTH_IDENTITY_ID: identityId, INFISICAL_JWT: 'j' },
    { jwtAuth: { identityId, jwt: 'j' } },
  ],
  ...['INFISICAL_LDAP', 'INFISICAL_LDAP_AUTH'].flatMap((prefix) =>
    ['INFISICAL_LDAP_AUTH_IDENTITY_ID', ID].map(
      (name): (typeof SPELLINGS)[number] => [
        {
          [name]: identityId,
          [`${prefix}_USERNAME`]: 'u',
          [`${prefix}_PASSWORD`]: 'p',
        },
        { ldapAuth: { identityId, username: 'u', password: 'p' } },
      ],
    ),
  ),
  [
    {
      INFISICAL_OCI_AUTH_IDENTITY_ID: identityId,
      ...OCI,
      OCI_CLI_KEY_CONTENT: 'k',
      OCI_CLI_PASSPHRASE: 'p',
    },
    { ociAuth: { identityId, ...oci, privateKey: 'k', passphrase: 'p' } },
  ],
  [
    {
      INFISICAL_OCI_AUTH_IDENTITY_ID: identityId,
      ...OCI,
      OCI_CLI_KEY_FILE: '/key',
    },
    { ociAuth: { identityId, ...oci, privateKey: { file: '/key' } } },
  ],
  [
    { INFISICAL_ALICLOUD_AUTH_IDENTITY_ID: identityId, ...ALI },
    { aliCloudAuth: { identityId, accessKeyId: 'a', accessKeySecret: 's' } },
  ],
  // Selected by the CLI's names.
  ...(
    [
      ['aws-iam', 'awsAuth'],
      ['gcp-id-token', 'gcpIdTokenAuth'],
      ['kubernetes', 'kubernetesAuth'],
      ['azure', 'azureAuth'],
    ] as const
  ).map(([method, key]): (typeof SPELLINGS)[number] => [
    { [METHOD]: method, [ID]: identityId },
    { [key]: { identityId } },
  ]),
  ...(
    [
      ['oidc-auth', 'oidcAuth'],
      ['jwt-auth', 'jwtAuth'],
    ] as const
  ).map(([method, key]): (typeof SPELLINGS)[number] => [
    { [METHOD]: method, [ID]: identityId, INFISICAL_JWT: 'j' },
    { [key]: { identityId, jwt: 'j' } },
  ]),
  [
    { [METHOD]: 'gcp-iam', [ID]: identityId, [KEY_PATH]: '/k' },
    { gcpIamAuth: { identityId, serviceAccountKey: { file: '/k' } } },
  ],
  [
    { [METHOD]: 'alicloud-auth', [ID]: identityId, ...ALI },
    { aliCloudAuth: { identityId, accessKeyId: 'a', accessKeySecret: 's' } },
  ],
];

describe('the environment', () => {
  it.each(
    SPELLINGS.map(([variables, auth]) => ({
      names: Object.keys(variables).join(' '),
      variables,
      auth,
    })),
  )('$names', async ({ variables, auth }) => {
    const names = Object.keys(variables).filter((name) => name !== METHOD);
    const found = await provided(variables);
    expect(found.auth).toEqual(auth);
    expect(found.source?.split(', ').sort()).toEqual(names.sort());
    expect(bench.logger.warnings).toEqual([]);
    // Every login but a ready token may be to a sub-organization.
    const [[method, options] = []] = Object.entries(auth);
    const inside = await provided({
      ...variables,
      INFISICAL_AUTH_ORGANIZATION_SLUG: 'sub',
    });
    expect(inside.auth).toEqual(
      method === 'accessToken'
        ? auth
        : {
            [method ?? '']: { ...(options as object), organizationSlug: 'sub' },
          },
    );
  });

  const PAIR = { INFISICAL_CLIENT_ID: 'i', INFISICAL_CLIENT_SECRET: 's' };
  const TOKEN = { INFISICAL_TOKEN: 't' };
  const AWS = { INFISICAL_AWS_IAM_AUTH_IDENTITY_ID: identityId };
  const GCP = { INFISICAL_GCP_AUTH_IDENTITY_ID: identityId };
  const K8S = { INFISICAL_KUBERNETES_IDENTITY_ID: identityId };
  const AZURE = { INFISICAL_AZURE_AUTH_IDENTITY_ID: identityId };
  const OIDC = {
    INFISICAL_OIDC_AUTH_IDENTITY_ID: identityId,
    INFISICAL_OIDC_AUTH_JWT: 'j',
  };
  const JWT = {
    INFISICAL_JWT_AUTH_IDENTITY_ID: identityId,
    INFISICAL_JWT: 'j',
  };
  const LDAP = {
    INFISICAL_LDAP_AUTH_IDENTITY_ID: identityId,
    INFISICAL_LDAP_USERNAME: 'u',
    INFISICAL_LDAP_PASSWORD: 'p',
  };

  it('has one order of logins, and tells those it does not use', async () => {
    const ordered: [object, string][] = [
      [PAIR, 'universalAuth'],
      [TOKEN, 'accessToken'],
      [AWS, 'awsAuth'],
      [{ ...GCP, [KEY_PATH]: '/k' }, 'gcpIamAuth'],
      [K8S, 'kubernetesAuth'],
      [AZURE, 'azureAuth'],
      [OIDC, 'oidcAuth'],
      [JWT, 'jwtAuth'],
      [LDAP, 'ldapAuth'],
    ];
    for (let first = 0; first < ordered.length - 1; first++) {
      const rest = ordered.slice(first).map(([variables]) => variables);
      const { auth } = await provided(
        Object.assign({}, ...rest) as Record<string, string>,
      );
      expect(Object.keys(auth as object)).toEqual([ordered[first]?.[1]]);
    }
    expect(bench.logger.warnings[0]).toMatch(
      /^The environment has more than one login: INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET is used, not INFISICAL_TOKEN; nor INFISICAL_AWS_IAM_AUTH_IDENTITY_ID; nor .*set INFISICAL_AUTH_METHOD\.$/,
    );
  });

  it('uses the selected login alone', async () => {
    const { auth } = await provided({
      ...PAIR,
      ...TOKEN,
      ...AZURE,
      ...AWS,
      [METHOD]: 'azure',
    });
    expect(auth).toEqual({ azureAuth: { identityId } });
    expect(bench.logger.warnings).toEqual([]);
    expect(await provided({ ...PAIR, [METHOD]: 'user' })).toEqual({
      reason: 'INFISICAL_AUTH_METHOD asks for the login of the Infisical CLI',
    });
    expect(await refusal({ ...PAIR, [METHOD]: 'oops-hidden' })).toBe(
      'INFISICAL_AUTH_METHOD is not a login method. Use one of universal-auth, access-token, aws-iam, gcp-iam, gcp-id-token, kubernetes, azure, oidc-auth, jwt-auth, ldap-auth, oci-auth, alicloud-auth, user.',
    );
    expect(await refusal({ ...TOKEN, [METHOD]: 'universal-auth' })).toContain(
      'INFISICAL_AUTH_METHOD (universal-auth) is set, but not INFISICAL_UNIVERSAL_AUTH_CLIENT_ID or INFISICAL_CLIENT_ID, and not INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET or',
    );
    // The identity may be an option of a later provider.
    expect(await provided({ [METHOD]: 'aws-iam' })).toEqual({
      reason: expect.stringContaining(
        'INFISICAL_AUTH_METHOD (aws-iam) is set, but not INFISICAL_AWS_IAM_AUTH_IDENTITY_ID or INFISICAL_MACHINE_IDENTITY_ID',
      ),
    });
  });

  it('takes the first of two spellings, and names both when they differ', async () => {
    const { auth } = await provided({
      INFISICAL_CLIENT_ID: 'same',
      INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: ' same ',
      INFISICAL_CLIENT_SECRET: 'hidden-1',
      INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: 'hidden-2',
      INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET_FILE: '/hidden-3',
    });
    expect(auth).toEqual({
      universalAuth: { clientId: 'same', clientSecret: 'hidden-2' },
    });
    expect(bench.logger.warnings).toEqual([
      'The environment says the same thing twice, with different values: INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET is used, not INFISICAL_CLIENT_SECRET; INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET is used, not INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET_FILE. Unset the others.',
    ]);
  });

  it('treats addresses that mean the same as one', () => {
    bench.environment({
      INFISICAL_API_URL: `${bench.url}/api`,
      INFISICAL_URL: `${bench.url}/`,
    });
    const client = () => bench.client({ siteUrl: undefined, auth: TOKEN_AUTH });
    expect(client().siteUrl).toBe(bench.url);
    expect(bench.logger.warnings).toEqual([]);
    process.env.INFISICAL_SITE_URL = 'https://other.test';
    expect(client().siteUrl).toBe('https://other.test');
    client();
    expect(bench.logger.warnings).toEqual([
      'The environment says the same thing twice, with different values: INFISICAL_SITE_URL is used, not INFISICAL_URL; INFISICAL_SITE_URL is used, not INFISICAL_API_URL. Unset the others.',
    ]);
  });
  const TOKEN_AUTH = { accessToken: 'unused' };

  it('refuses half a login, and names what is missing', async () => {
    expect(await refusal({ INFISICAL_CLIENT_ID: 'hidden', ...TOKEN })).toBe(
      'INFISICAL_CLIENT_ID is set, but not INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET or INFISICAL_CLIENT_SECRET or INFISICAL_UNIVERSAL_CLIENT_SECRET: the login "universal-auth" needs all of them. A credential may also be in a file that a variable with _FILE at the end of its name tells.',
    );
    expect(await refusal({ INFISICAL_UNIVERSAL_CLIENT_SECRET: 'x' })).toContain(
      'not INFISICAL_UNIVERSAL_AUTH_CLIENT_ID or INFISICAL_CLIENT_ID:',
    );
    expect(await refusal({ [KEY_PATH]: '/k' })).toContain(
      'not INFISICAL_GCP_IAM_AUTH_IDENTITY_ID or INFISICAL_GCP_AUTH_IDENTITY_ID or INFISICAL_MACHINE_IDENTITY_ID:',
    );
    expect(await refusal({ INFISICAL_LDAP_PASSWORD: 'hidden' })).toContain(
      'INFISICAL_LDAP_PASSWORD is set, but not INFISICAL_LDAP_AUTH_IDENTITY_ID or INFISICAL_MACHINE_IDENTITY_ID, and not INFISICAL_LDAP_USERNAME',
    );
    expect(
      await refusal({ INFISICAL_OCI_AUTH_IDENTITY_ID: identityId, ...OCI }),
    ).toContain('not OCI_CLI_KEY_CONTENT or OCI_CLI_KEY_FILE');
    expect(await refusal({ INFISICAL_JWT: 'j', [ID]: identityId })).toBe(
      'INFISICAL_JWT is set, but not whose it is: set INFISICAL_OIDC_AUTH_IDENTITY_ID or INFISICAL_JWT_AUTH_IDENTITY_ID, or INFISICAL_MACHINE_IDENTITY_ID and INFISICAL_AUTH_METHOD (oidc-auth or jwt-auth).',
    );
  });

  it('does not take the keys of another cloud for a login', async () => {
    const foreign: Record<string, string>[] = [
      { ...OCI, ...ALI },
      { AWS_REGION: 'x' },
      {},
    ];
    for (const variables of foreign) {
      expect(await provided(variables)).toEqual({
        reason: 'no variable of a login is set',
      });
    }
    expect((await provided({ ...ALI, [ID]: identityId })).reason).toMatch(
      /^INFISICAL_MACHINE_IDENTITY_ID is set, but not how it logs in: set INFISICAL_AUTH_METHOD to one of universal-auth, /,
    );
  });

  it('does not send the id of an organization for its slug', async () => {
    const { auth } = await provided({
      ...PAIR,
      INFISICAL_ORGANIZATION_ID: OTHER_ID,
    });
    expect(JSON.stringify(auth)).not.toContain(OTHER_ID);
    expect(bench.logger.warnings).toEqual([
      'INFISICAL_ORGANIZATION_ID is not used: a login takes the slug of a sub-organization, not its id. Set INFISICAL_AUTH_ORGANIZATION_SLUG to log in there.',
    ]);
  });
});

describe('a client without auth', () => {
  it('logs in by the environment, and says by which variables', async () => {
    bench.environment({
      INFISICAL_CLIENT_ID: CLIENT_ID,
      INFISICAL_CLIENT_SECRET: CLIENT_SECRET,
      INFISICAL_SITE_URL: bench.url,
    });
    const client = bench.client({ siteUrl: undefined });
    expect(bench.logger.lines).toEqual([]);
    await Promise.all([bench.read(client), bench.read(client)]);
    expect(bench.logins).toHaveLength(1);
    expect(bench.logger.lines).toEqual([
      `Credentials: environment (INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET), for ${bench.url}`,
    ]);
    expect(bench.logger.warnings).toEqual([]);
  });

  it('reads a variable again at the next login', async () => {
    bench.environment({
      INFISICAL_CLIENT_ID: CLIENT_ID,
      INFISICAL_CLIENT_SECRET: CLIENT_SECRET,
    });
    const client = bench.client({ clock: bench.setup.clock });
    await bench.read(client);
    process.env.INFISICAL_CLIENT_SECRET = 'not-this-one';
    await client.auth.revoke();
    const refused = await failureOf(bench.read(client));
    expect(refused).toMatchObject({ status: 401 });
    expect(refused.message).not.toContain('not-this-one');
    delete process.env.INFISICAL_CLIENT_SECRET;
    await bench.setup.clock.advance(10 * 60_000);
    expect((await failureOf(bench.read(client))).message).toContain(
      'INFISICAL_CLIENT_SECRET was set at the first login, and is not set any more.',
    );
    process.env.INFISICAL_CLIENT_SECRET = CLIENT_SECRET;
    await bench.setup.clock.advance(10 * 60_000);
    expect(await bench.read(client)).toEqual([]);
    expect(bench.logger.lines).toHaveLength(1);
  });
});
