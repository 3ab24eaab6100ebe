import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DynamicSecretProvider,
  type DynamicSecretType,
  InfisicalClient,
  InfisicalConfigError,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { demoOptions, failureOf } from '../support/demo.js';
import { EmulatorHttp } from '../support/emulator-http.js';
import { faults, PLACE, SECRETS } from '../support/dynamic.js';
import { readOpenApi } from '../support/openapi.js';

type Inputs = Record<string, unknown>;

const server = {
  host: 'db.example.com',
  port: 1234,
  username: 'admin',
  password: 'admin-password',
};
const statements = {
  creationStatement: 'CREATE {{username}} {{password}}',
  revocationStatement: 'DROP {{username}}',
};
const tls = { ca: 'pem', sslRejectUnauthorized: false };
const gateway = { gatewayId: null, gatewayPoolId: null };
const passwordRequirements = {
  length: 20,
  required: { lowercase: 1, uppercase: 1, digits: 1, symbols: 1 },
  allowedSymbols: '-_',
};
const renewStatement = 'ALTER {{username}}';
const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

/** Every type and form with all its inputs, in the types of the package. */
const FULL: readonly DynamicSecretProvider[] = [
  {
    type: 'sql-database',
    inputs: {
      client: 'mssql',
      ...server,
      database: 'app',
      ...statements,
      renewStatement,
      passwordRequirements,
      ...tls,
      sslEnabled: true,
      ...gateway,
    },
  },
  {
    type: 'clickhouse',
    inputs: {
      ...server,
      database: 'app',
      ...statements,
      renewStatement,
      passwordRequirements,
      ca: 'pem',
      ...gateway,
    },
  },
  {
    type: 'cassandra',
    inputs: {
      ...server,
      localDataCenter: 'dc1',
      keyspace: 'k',
      ...statements,
      renewStatement,
      ...tls,
    },
  },
  {
    type: 'aws-elasticache',
    inputs: {
      clusterName: 'c',
      accessKeyId: 'a',
      secretAccessKey: 's',
      region: 'r',
      ...statements,
    },
  },
  {
    type: 'aws-memorydb',
    inputs: {
      clusterName: 'c',
      auth: { type: 'iam', accessKeyId: 'a', secretAccessKey: 's' },
      region: 'r',
      ...statements,
    },
  },
  {
    type: 'aws-iam',
    inputs: {
      accessKey: 'a',
      secretAccessKey: 's',
      credentialType: 'temporary-credentials',
      region: 'r',
      awsPath: '/',
      permissionBoundaryPolicyArn: 'arn',
      policyDocument: '{}',
      userGroups: 'a,b',
      policyArns: 'c,d',
      tags: [{ key: 'k', value: 'v' }],
    },
  },
  {
    type: 'aws-iam',
    inputs: { method: 'assume-role', roleArn: 'arn', region: 'r' },
  },
  { type: 'aws-iam', inputs: { method: 'irsa', region: 'r' } },
  {
    type: 'mongo-db-atlas',
    inputs: {
      adminPublicKey: 'a',
      adminPrivateKey: 'b',
      groupId: 'g',
      roles: [{ databaseName: 'd', roleName: 'r', collectionName: 'c' }],
      scopes: [{ name: 'n', type: 'CLUSTER' }],
    },
  },
  {
    type: 'mongo-db',
    inputs: {
      host: 'h',
      port: null,
      username: 'u',
      password: 'p',
      database: 'd',
      roles: ['read'],
      ca: null,
      sslRejectUnauthorized: true,
    },
  },
  {
    type: 'elastic-search',
    inputs: {
      host: 'h',
      port: 9200,
      roles: ['r'],
      auth: { type: 'api-key', apiKey: 'k', apiKeyId: 'i' },
      ...tls,
    },
  },
  {
    type: 'elastic-search',
    inputs: {
      host: 'h',
      port: 9200,
      roles: ['r'],
      auth: { type: 'user', username: 'u', password: 'p' },
    },
  },
  {
    type: 'rabbit-mq',
    inputs: {
      ...server,
      virtualHost: {
        name: '/',
        permissions: { read: '.*', write: '.*', configure: '.*' },
      },
      tags: ['t'],
      ...tls,
    },
  },
  {
    type: 'azure-entra-id',
    inputs: {
      tenantId: 't',
      userId: 'u',
      email: 'a@example.com',
      applicationId: 'a',
      clientSecret: 's',
    },
  },
  {
    type: 'azure-sql-database',
    inputs: {
      ...server,
      database: 'app',
      masterDatabase: 'master',
      masterCreationStatement: 'CREATE LOGIN',
      ...statements,
      renewStatement,
      passwordRequirements,
      ...tls,
      sslEnabled: false,
      ...gateway,
    },
  },
  {
    type: 'ldap',
    inputs: {
      url: 'ldap://h',
      binddn: 'cn=admin',
      bindpass: 'p',
      creationLdif: 'dn: uid={{Username}}',
      revocationLdif: 'dn: uid={{Username}}',
      rollbackLdif: 'dn: x',
      ...tls,
    },
  },
  {
    type: 'ldap',
    inputs: {
      url: 'ldap://h',
      binddn: 'cn=admin',
      bindpass: 'p',
      credentialType: 'static',
      rotationLdif: 'dn: cn=app',
    },
  },
  {
    type: 'sap-hana',
    inputs: { ...server, ...statements, renewStatement, ...tls },
  },
  { type: 'sap-ase', inputs: { ...server, database: 'd', ...statements } },
  {
    type: 'vertica',
    inputs: {
      ...server,
      database: 'd',
      ...statements,
      passwordRequirements,
      ...gateway,
    },
  },
  {
    type: 'snowflake',
    inputs: {
      accountId: 'a',
      orgId: 'o',
      username: 'u',
      password: 'p',
      ...statements,
      renewStatement,
    },
  },
  {
    type: 'totp',
    inputs: {
      configType: 'manual',
      secret: 'GEZDGNBVGY3TQOJQ',
      period: 30,
      algorithm: 'sha256',
      digits: 8,
    },
  },
  {
    type: 'totp',
    inputs: {
      configType: 'url',
      url: 'otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ',
    },
  },
  {
    type: 'kubernetes',
    inputs: {
      credentialType: 'static',
      serviceAccountName: 'app',
      namespace: 'apps',
      audiences: ['a'],
      url: 'https://cluster.example.com',
      clusterToken: 't',
      sslEnabled: true,
      ...tls,
    },
  },
  {
    type: 'kubernetes',
    inputs: {
      credentialType: 'dynamic',
      namespace: 'apps,jobs',
      roleType: 'role',
      role: 'viewer',
      audiences: [],
      authMethod: 'api',
      url: 'https://cluster.example.com',
      clusterToken: 't',
    },
  },
  {
    type: 'gcp-iam',
    inputs: {
      serviceAccountEmail: 'app@p.iam.gserviceaccount.com',
      tokenScopes: ['scope'],
    },
  },
  { type: 'github', inputs: { appId: 1, installationId: 2, privateKey } },
  {
    type: 'couchbase',
    inputs: {
      url: 'https://couch.example.com',
      orgId: 'o',
      projectId: 'p',
      clusterId: 'c',
      roles: ['read'],
      auth: { apiKey: 'k' },
      buckets: [{ name: 'b', scopes: [{ name: 's', collections: ['c'] }] }],
      passwordRequirements,
    },
  },
  {
    type: 'milvus',
    inputs: {
      ...server,
      database: 'd',
      privileges: [
        { objectType: 'o', objectName: '*', privilege: 'p', dbName: 'd' },
      ],
      ...tls,
      ...gateway,
    },
  },
  { type: 'ssh', inputs: { principals: ['deploy'], keyAlgorithm: 'ED25519' } },
  {
    type: 'ibm-api-connect',
    inputs: {
      clientId: 'a',
      clientSecret: 'b',
      instanceUrl: 'c',
      apiKey: 'd',
      orgId: 'e',
      catalogId: 'f',
      consumerOrgId: 'g',
      appId: 'h',
      ...gateway,
    },
  },
  {
    type: 'tailscale',
    inputs: {
      authType: 'auth_keys',
      auth: { method: 'api_key', apiKey: 'k' },
      tailnet: '-',
      description: 'd',
      tags: ['tag:a'],
      reusable: true,
      ephemeral: true,
      preauthorized: true,
    },
  },
  {
    type: 'tailscale',
    inputs: {
      authType: 'oauth_keys',
      auth: { method: 'oauth', clientId: 'i', clientSecret: 's' },
      scopes: ['devices'],
    },
  },
];

let emulator: InfisicalEmulator;
let http: EmulatorHttp;
let client: InfisicalClient;

beforeAll(async () => {
  emulator = await InfisicalEmulator.start();
  http = new EmulatorHttp(emulator);
  await http.useLogin();
  const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
  client = new InfisicalClient({ siteUrl, auth, projectId, environment });
  await client.projects.list();
});

afterAll(async () => {
  await client.close();
  await emulator.stop();
});

let count = 0;

function create(type: string, inputs: object): Promise<unknown> {
  return client.dynamicSecrets.create({
    name: `s-${++count}`,
    provider: { type, inputs: inputs as Inputs },
    defaultTTL: '1h',
  });
}

/** The server's own finding about the inputs. */
async function finding(type: string, inputs: object): Promise<string> {
  const answer = await http.post(SECRETS, {
    ...PLACE,
    name: `raw-${++count}`,
    provider: { type, inputs },
    defaultTTL: '1h',
  });
  return answer.status === 200 ? '' : (faults(answer)[0] ?? '');
}

/** Fails naming the place, without any value and before anything is sent. */
async function refused(type: string, inputs: object, at: string) {
  const before = emulator.requests.length;
  const error = await failureOf(create(type, inputs));
  expect(error).toBeInstanceOf(InfisicalConfigError);
  expect(error.message).toContain(`dynamicSecrets.create: ${at} must be `);
  expect(inspect(error)).not.toContain('admin-password');
  expect(emulator.requests).toHaveLength(before);
}

describe.each(
  FULL.map(({ type, inputs }) => [type, inputs as Inputs] as const),
)('%s', (type, inputs) => {
  it('is taken with all its inputs', async () => {
    await expect(create(type, inputs)).resolves.toMatchObject({ type });
  });

  it('needs what the server needs', async () => {
    for (const field of Object.keys(inputs)) {
      const rest = { ...inputs, [field]: undefined };
      if ((await finding(type, rest)) === '') {
        await expect(create(type, rest)).resolves.toBeDefined();
      } else {
        const error = await failureOf(create(type, rest));
        expect(error).toBeInstanceOf(InfisicalConfigError);
        expect(error.message).toContain('provider.inputs');
        // A field on which others depend is told by them.
        expect(error.message).toMatch(
          new RegExp(`${field}|gatewayId|accessKey|creationLdif`),
        );
      }
    }
  });

  it('holds each input to its kind', async () => {
    for (const field of Object.keys(inputs)) {
      const wrong = Symbol('none of JSON');
      await refused(
        type,
        { ...inputs, [field]: wrong },
        `provider.inputs.${field}`,
      );
    }
  });
});

describe('the types of the contract', () => {
  it('are all known, with the inputs that they need', async () => {
    const { components } = readOpenApi('openapi-kms-dynamic') as {
      components: { schemas: Record<string, ProviderSchema> };
    };
    const providers = Object.entries(components.schemas)
      .filter(([name]) => /^Provider(?!Other)/.test(name))
      .map(([, { properties }]) => properties);
    const known = new Set<string>(FULL.map(({ type }) => type));
    known.add('redis');
    expect(providers.map(({ type }) => type.const).sort()).toEqual(
      [...known].sort(),
    );
    for (const { type, inputs } of providers) {
      const full = FULL.find((one) => one.type === type.const)?.inputs;
      for (const field of inputs.required ?? []) {
        const rest = { ...full, [field]: undefined };
        const error = await failureOf(create(type.const, rest));
        expect(error.message).toContain('provider.inputs.');
      }
    }
  });

  interface ProviderSchema {
    properties: { type: { const: string }; inputs: { required?: string[] } };
  }
});

describe('inputs inside of others', () => {
  it.each<[DynamicSecretType, string, Inputs]>([
    ['redis', 'host', { port: 1, username: 'u', ...statements }],
    ['redis', 'port', { ...server, ...statements, port: '6379' }],
    ['redis', 'port', { ...server, ...statements, port: 70_000 }],
    ['sql-database', 'client', { ...server, client: 'postgresql' }],
    [
      'aws-memorydb',
      'auth.secretAccessKey',
      { ...base('aws-memorydb'), auth: { type: 'iam', accessKeyId: 'a' } },
    ],
    [
      'elastic-search',
      'auth.type',
      { ...base('elastic-search'), auth: { type: 'none' } },
    ],
    [
      'elastic-search',
      'auth.apiKeyId',
      { ...base('elastic-search'), auth: { type: 'api-key', apiKey: 'k' } },
    ],
    [
      'rabbit-mq',
      'virtualHost.permissions.read',
      {
        ...base('rabbit-mq'),
        virtualHost: { name: '/', permissions: { write: 'w' } },
      },
    ],
    [
      'mongo-db-atlas',
      'roles[1].roleName',
      {
        ...base('mongo-db-atlas'),
        roles: [
          { databaseName: 'd', roleName: 'r' },
          { databaseName: 'd', roleName: '' },
        ],
      },
    ],
    ['mongo-db', 'roles', { ...base('mongo-db'), roles: [] }],
    [
      'sql-database',
      'passwordRequirements',
      {
        ...base('sql-database'),
        passwordRequirements: { ...passwordRequirements, length: 3 },
      },
    ],
    [
      'sql-database',
      'passwordRequirements.required.digits',
      {
        ...base('sql-database'),
        passwordRequirements: {
          length: 20,
          required: { lowercase: 1, uppercase: 1, digits: -1, symbols: 1 },
        },
      },
    ],
    [
      'couchbase',
      'passwordRequirements.length',
      {
        ...base('couchbase'),
        passwordRequirements: { ...passwordRequirements, length: 7 },
      },
    ],
    [
      'couchbase',
      'buckets[0].scopes[0].name',
      { ...base('couchbase'), buckets: [{ name: 'b', scopes: [{}] }] },
    ],
    [
      'kubernetes',
      'clusterToken',
      { ...base('kubernetes'), clusterToken: undefined },
    ],
    ['totp', 'url', { configType: 'url', url: 'otpauth://totp/a?digits=6' }],
    ['totp', 'configType', {}],
    [
      'tailscale',
      'auth.clientSecret',
      {
        authType: 'oauth_keys',
        auth: { method: 'oauth', clientId: 'i' },
        scopes: ['s'],
      },
    ],
    ['ssh', 'principals[0]', { principals: [''] }],
    ['gcp-iam', 'serviceAccountEmail', { serviceAccountEmail: 'app' }],
  ])('of %s are told by their place: %s', async (type, at, inputs) => {
    await refused(type, inputs, `provider.inputs.${at}`);
    // The server would have refused them, too; ports it does not look at.
    if (inputs.port !== 70_000)
      expect(await finding(type, inputs)).not.toBe('');
  });

  it('of Kubernetes are one gateway', async () => {
    const { clusterToken, url, ...rest } = base('kubernetes');
    for (const inputs of [
      { ...rest, authMethod: 'gateway' },
      { ...rest, url, clusterToken, gatewayId: 'a', gatewayPoolId: 'b' },
    ]) {
      await refused('kubernetes', inputs, 'provider.inputs');
      expect(await finding('kubernetes', inputs)).toContain('gateway');
    }
  });

  it('of a gateway go to the server, which knows whether it is there', async () => {
    const { clusterToken: _, url: __, ...rest } = base('kubernetes');
    const inputs = { ...rest, authMethod: 'gateway', gatewayId: 'g' };
    await expect(create('kubernetes', inputs)).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('Gateway with ID g') as unknown,
    });
  });

  it('may be new to this package, as whole types may', async () => {
    const inputs = { ...base('mongo-db'), readPreference: 'nearest' };
    await expect(create('mongo-db', inputs)).resolves.toBeDefined();
    await expect(create('oauth', { tokenUrl: 'x' })).rejects.toMatchObject({
      status: 422,
      operation: 'dynamicSecrets.create',
    });
    const before = emulator.requests.length;
    await expect(create('', {})).rejects.toThrow(/provider.type must be/);
    await expect(create('oauth', [])).rejects.toThrow(/provider.inputs must/);
    expect(emulator.requests).toHaveLength(before);
  });
});

function base(type: DynamicSecretType): Inputs {
  const found = FULL.find((one) => one.type === type);
  if (!found) throw new Error(type);
  return { ...found.inputs };
}
