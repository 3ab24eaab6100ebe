import type { PasswordRequirements } from './dynamic-secret-providers/common-inputs.js';
import type {
  DynamicSecretInputsByType,
  DynamicSecretType,
} from './dynamic-secret-providers/provider-types.js';
import {
  both,
  is,
  list,
  object,
  oneOfForms,
  optional,
  type Rule,
} from './input-rules.js';
import {
  ANY_TEXT,
  type Check,
  FLAG,
  oneOf,
  orNull,
  PAIRS,
  TEXT,
  whole,
} from './option-checks.js';

// The server takes some texts empty; the others are marked as needed
// (contract: dynamic secrets §2.4).
const text = is(ANY_TEXT);
const needed = is(TEXT);
const flag = is(FLAG);
const port = is(whole(1, 65_535));
const texts = list(text);
const names = list(needed, 1);

const tls = { ca: optional(text), sslRejectUnauthorized: optional(flag) };
const gateway = {
  gatewayId: optional(is(orNull(TEXT))),
  gatewayPoolId: optional(is(orNull(TEXT))),
};
const statements = { creationStatement: text, revocationStatement: text };
const renewStatement = optional(text);
const server = { host: text, port, username: text, password: text };
const passwordRequirements = optional(password(1, 250, 0));

const sqlDatabase = object<DynamicSecretInputsByType['sql-database']>({
  client: is(
    oneOf('postgres', 'mysql2', 'oracledb', 'mssql', 'sap-ase', 'vertica'),
  ),
  ...server,
  database: text,
  ...statements,
  renewStatement,
  passwordRequirements,
  ...tls,
  sslEnabled: optional(flag),
  ...gateway,
});

const awsIam = {
  credentialType: optional(is(oneOf('iam-user', 'temporary-credentials'))),
  region: needed,
  awsPath: optional(text),
  permissionBoundaryPolicyArn: optional(text),
  policyDocument: optional(text),
  userGroups: optional(text),
  policyArns: optional(text),
  tags: optional(is(PAIRS)),
};

const ldap = { url: needed, binddn: needed, bindpass: needed, ...tls };

const kubernetes = {
  namespace: needed,
  audiences: list(needed),
  sslEnabled: optional(flag),
  ...tls,
  ...gateway,
};

const tailscale = {
  auth: oneOfForms('method', {
    api_key: { apiKey: needed },
    oauth: { clientId: needed, clientSecret: needed },
  }),
  tailnet: optional(text),
  description: optional(
    is({
      expected: 'a string of at most 50 characters',
      accepts: (value) =>
        typeof value === 'string' && value.trim().length <= 50,
    }),
  ),
  tags: optional(texts),
};

/** Inputs of every type that is known here. */
const RULES: Readonly<Record<DynamicSecretType, Rule>> = {
  'sql-database': sqlDatabase,
  clickhouse: object<DynamicSecretInputsByType['clickhouse']>({
    ...server,
    database: text,
    ...statements,
    renewStatement,
    passwordRequirements,
    ca: tls.ca,
    ...gateway,
  }),
  cassandra: object<DynamicSecretInputsByType['cassandra']>({
    ...server,
    localDataCenter: needed,
    keyspace: optional(text),
    ...statements,
    renewStatement,
    ...tls,
  }),
  redis: object<DynamicSecretInputsByType['redis']>({
    host: text,
    port,
    username: text,
    password: optional(text),
    ...statements,
    renewStatement,
    ...tls,
  }),
  'aws-elasticache': object<DynamicSecretInputsByType['aws-elasticache']>({
    clusterName: text,
    accessKeyId: text,
    secretAccessKey: text,
    region: text,
    ...statements,
  }),
  'aws-memorydb': object<DynamicSecretInputsByType['aws-memorydb']>({
    clusterName: needed,
    auth: oneOfForms('type', {
      iam: { accessKeyId: needed, secretAccessKey: needed },
    }),
    region: needed,
    ...statements,
  }),
  'aws-iam': oneOfForms(
    'method',
    {
      'access-key': { accessKey: needed, secretAccessKey: needed, ...awsIam },
      'assume-role': { roleArn: needed, ...awsIam },
      irsa: awsIam,
    },
    'access-key',
  ),
  'mongo-db-atlas': object<DynamicSecretInputsByType['mongo-db-atlas']>({
    adminPublicKey: needed,
    adminPrivateKey: needed,
    groupId: needed,
    roles: list(
      object<DynamicSecretInputsByType['mongo-db-atlas']['roles'][number]>({
        databaseName: needed,
        roleName: needed,
        collectionName: optional(text),
      }),
      1,
    ),
    scopes: list(
      object<{ name: string; type: string }>({ name: needed, type: needed }),
    ),
  }),
  'mongo-db': object<DynamicSecretInputsByType['mongo-db']>({
    host: needed,
    port: optional(is(orNull(whole(1, 65_535)))),
    username: needed,
    password: needed,
    database: needed,
    roles: list(text, 1),
    ca: optional(is(orNull(ANY_TEXT))),
    sslRejectUnauthorized: tls.sslRejectUnauthorized,
  }),
  'elastic-search': object<DynamicSecretInputsByType['elastic-search']>({
    host: needed,
    port,
    roles: names,
    auth: oneOfForms('type', {
      user: { username: text, password: text },
      'api-key': { apiKey: text, apiKeyId: text },
    }),
    ...tls,
  }),
  'rabbit-mq': object<DynamicSecretInputsByType['rabbit-mq']>({
    host: needed,
    port,
    username: needed,
    password: needed,
    virtualHost: object<DynamicSecretInputsByType['rabbit-mq']['virtualHost']>({
      name: needed,
      permissions: object<
        DynamicSecretInputsByType['rabbit-mq']['virtualHost']['permissions']
      >({ read: needed, write: needed, configure: needed }),
    }),
    tags: optional(texts),
    ...tls,
  }),
  'azure-entra-id': object<DynamicSecretInputsByType['azure-entra-id']>({
    tenantId: text,
    userId: text,
    email: text,
    applicationId: text,
    clientSecret: text,
  }),
  'azure-sql-database': object<DynamicSecretInputsByType['azure-sql-database']>(
    {
      ...server,
      database: text,
      masterDatabase: optional(text),
      masterCreationStatement: text,
      ...statements,
      renewStatement,
      passwordRequirements,
      ...tls,
      sslEnabled: optional(flag),
      ...gateway,
    },
  ),
  ldap: oneOfForms(
    'credentialType',
    {
      dynamic: {
        ...ldap,
        creationLdif: needed,
        revocationLdif: needed,
        rollbackLdif: optional(text),
      },
      static: { ...ldap, rotationLdif: needed },
    },
    'dynamic',
  ),
  'sap-hana': object<DynamicSecretInputsByType['sap-hana']>({
    ...server,
    ...statements,
    renewStatement,
    ...tls,
  }),
  'sap-ase': object<DynamicSecretInputsByType['sap-ase']>({
    ...server,
    database: text,
    ...statements,
  }),
  vertica: object<DynamicSecretInputsByType['vertica']>({
    ...server,
    database: text,
    ...statements,
    passwordRequirements,
    ...gateway,
  }),
  snowflake: object<DynamicSecretInputsByType['snowflake']>({
    accountId: text,
    orgId: text,
    username: text,
    password: text,
    ...statements,
    renewStatement,
  }),
  totp: oneOfForms('configType', {
    url: {
      url: is({
        expected: 'a URL with a `secret` in its query, as otpauth:// has it',
        accepts: hasSecret,
      }),
    },
    manual: {
      secret: needed,
      period: optional(is(whole(1))),
      algorithm: optional(is(oneOf('sha1', 'sha256', 'sha512'))),
      digits: optional(is(whole(1))),
    },
  }),
  kubernetes: both(
    oneOfForms('credentialType', {
      static: { ...kubernetes, serviceAccountName: needed },
      dynamic: {
        ...kubernetes,
        roleType: is(oneOf('cluster-role', 'role')),
        role: needed,
      },
    }),
    both(
      oneOfForms(
        'authMethod',
        {
          api: { url: needed, clusterToken: needed },
          gateway: { url: optional(text), clusterToken: optional(text) },
        },
        'api',
      ),
      is({
        expected:
          'an object with gatewayId or gatewayPoolId, not both, when authMethod is "gateway"',
        accepts: hasItsGateway,
      }),
    ),
  ),
  'gcp-iam': object<DynamicSecretInputsByType['gcp-iam']>({
    serviceAccountEmail: is({
      expected: 'an e-mail address of at most 128 characters',
      accepts: (value) =>
        typeof value === 'string' &&
        value.length <= 128 &&
        /^[^\s@]+@[^\s@]+$/.test(value),
    }),
    tokenScopes: optional(names),
  }),
  github: object<DynamicSecretInputsByType['github']>({
    appId: is(whole(1)),
    installationId: is(whole(1)),
    privateKey: text,
  }),
  couchbase: object<DynamicSecretInputsByType['couchbase']>({
    url: is({ expected: 'a URL', accepts: isUrl }),
    orgId: text,
    projectId: text,
    clusterId: text,
    roles: names,
    auth: object<{ apiKey: string }>({ apiKey: needed }),
    buckets: optional((operation, at, value) => {
      if (typeof value !== 'string') bucketList(operation, at, value);
    }),
    passwordRequirements: optional(password(8, 128, 1)),
  }),
  milvus: object<DynamicSecretInputsByType['milvus']>({
    host: needed,
    port,
    username: needed,
    password: needed,
    database: optional(text),
    privileges: optional(
      list(
        object<
          NonNullable<DynamicSecretInputsByType['milvus']['privileges']>[number]
        >({
          objectType: text,
          objectName: optional(text),
          privilege: text,
          dbName: optional(text),
        }),
      ),
    ),
    ...tls,
    ...gateway,
  }),
  ssh: object<DynamicSecretInputsByType['ssh']>({
    principals: names,
    keyAlgorithm: optional(needed),
  }),
  'ibm-api-connect': object<DynamicSecretInputsByType['ibm-api-connect']>({
    clientId: needed,
    clientSecret: needed,
    instanceUrl: needed,
    apiKey: needed,
    orgId: needed,
    catalogId: needed,
    consumerOrgId: needed,
    appId: needed,
    ...gateway,
  }),
  tailscale: oneOfForms('authType', {
    auth_keys: {
      ...tailscale,
      reusable: optional(flag),
      ephemeral: optional(flag),
      preauthorized: optional(flag),
    },
    oauth_keys: { ...tailscale, scopes: list(text, 1) },
  }),
};

const collections = list(
  object<{ name: string; collections?: readonly string[] }>({
    name: text,
    collections: optional(texts),
  }),
);
const bucketList = list(
  object<{ name: string; scopes?: readonly unknown[] }>({
    name: text,
    scopes: optional(collections),
  }),
);

/**
 * Checks the inputs of a provider. A type that is not known here passes: a
 * newer server may know it.
 *
 * @throws InfisicalConfigError naming the field, never its value
 */
export function checkInputs(
  operation: string,
  type: string,
  inputs: unknown,
): void {
  if (!Object.hasOwn(RULES, type)) return;
  RULES[type as DynamicSecretType](operation, 'provider.inputs', inputs);
}

function password(min: number, max: number, least: number): Rule {
  const count = is(whole(least));
  const fits: Check = {
    expected: 'an object whose required counts are together at most its length',
    accepts: (value) => {
      const { length, required } = value as PasswordRequirements;
      const counts = Object.values(required);
      return counts.reduce((sum, one) => sum + one, 0) <= length;
    },
  };
  return object<PasswordRequirements>(
    {
      length: is(whole(min, max)),
      required: object<PasswordRequirements['required']>({
        lowercase: count,
        uppercase: count,
        digits: count,
        symbols: count,
      }),
      allowedSymbols: optional(text),
    },
    fits,
  );
}

function isUrl(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value);
}

function hasSecret(value: unknown): boolean {
  return isUrl(value) && !!new URL(value as string).searchParams.get('secret');
}

function hasItsGateway(value: unknown): boolean {
  const { authMethod, gatewayId, gatewayPoolId } = value as Record<
    string,
    unknown
  >;
  if (gatewayId && gatewayPoolId) return false;
  return authMethod !== 'gateway' || !!gatewayId || !!gatewayPoolId;
}
