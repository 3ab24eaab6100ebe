/**
 * How generated passwords must look. The counts together must not be more than `length`.
 *
 * @example
 * ```ts
 * const passwordRequirements: PasswordRequirements = {
 *   length: 32,
 *   required: { lowercase: 1, uppercase: 1, digits: 1, symbols: 0 },
 *   allowedSymbols: '-_',
 * };
 * ```
 *
 * @publicApi
 */
export interface PasswordRequirements {
  /** 1 to 250; Couchbase 8 to 128. */
  length: number;
  /** Least number of each; Couchbase wants at least one of each. */
  required: {
    lowercase: number;
    uppercase: number;
    digits: number;
    symbols: number;
  };
  /** Default `-_.~!*`. */
  allowedSymbols?: string;
}

/** TLS to the target. */
interface TlsInputs {
  /** PEM of the authority. */
  ca?: string;
  /** Default true. */
  sslRejectUnauthorized?: boolean;
}

/** The gateway through which the server reaches the target; not both. */
interface GatewayInputs {
  gatewayId?: string | null;
  gatewayPoolId?: string | null;
}

/** Administrator of a database server. */
interface ServerInputs {
  host: string;
  port: number;
  username: string;
  password: string;
}

/** Statements are Handlebars templates. */
interface StatementInputs {
  /** With `{{username}}`, `{{password}}`, `{{expiration}}`; SQL also `{{database}}`. */
  creationStatement: string;
  /** With `{{username}}`; SQL also `{{database}}`. */
  revocationStatement: string;
}

interface RenewInputs {
  /** With `{{username}}`, `{{expiration}}`; SQL also `{{database}}`. Without it a renewal moves the lease only. */
  renewStatement?: string;
}

/**
 * Inputs of `sql-database`: six kinds of server behind one type.
 *
 * @example
 * ```ts
 * import { admin } from './admin.js';
 *
 * const inputs: SqlDatabaseInputs = {
 *   client: 'postgres',
 *   host: 'db.internal',
 *   port: 5432,
 *   database: 'orders',
 *   username: admin.username,
 *   password: admin.password,
 *   creationStatement: `CREATE USER "{{username}}" WITH PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';`,
 *   revocationStatement: `DROP USER "{{username}}";`,
 * };
 * ```
 *
 * @publicApi
 */
export interface SqlDatabaseInputs
  extends ServerInputs, StatementInputs, RenewInputs, TlsInputs, GatewayInputs {
  client: 'postgres' | 'mysql2' | 'oracledb' | 'mssql' | 'sap-ase' | 'vertica';
  database: string;
  passwordRequirements?: PasswordRequirements;
  sslEnabled?: boolean;
}

/**
 * Inputs of `clickhouse`.
 *
 * @example
 * ```ts
 * import { admin } from './admin.js';
 *
 * const inputs: ClickhouseInputs = {
 *   host: 'clickhouse.internal',
 *   port: 8443,
 *   database: 'events',
 *   username: admin.username,
 *   password: admin.password,
 *   creationStatement: `CREATE USER '{{username}}' IDENTIFIED BY '{{password}}';`,
 *   revocationStatement: `DROP USER '{{username}}';`,
 * };
 * ```
 *
 * @publicApi
 */
export interface ClickhouseInputs
  extends ServerInputs, StatementInputs, RenewInputs, GatewayInputs {
  database: string;
  passwordRequirements?: PasswordRequirements;
  ca?: string;
}

/**
 * Inputs of `cassandra`.
 *
 * @example
 * ```ts
 * import { admin } from './admin.js';
 *
 * const inputs: CassandraInputs = {
 *   host: 'cassandra.internal',
 *   port: 9042,
 *   localDataCenter: 'datacenter1',
 *   username: admin.username,
 *   password: admin.password,
 *   creationStatement: `CREATE ROLE '{{username}}' WITH PASSWORD = '{{password}}' AND LOGIN = true;`,
 *   revocationStatement: `DROP ROLE '{{username}}';`,
 * };
 * ```
 *
 * @publicApi
 */
export interface CassandraInputs
  extends ServerInputs, StatementInputs, RenewInputs, TlsInputs {
  localDataCenter: string;
  keyspace?: string;
}

/**
 * Inputs of `redis`.
 *
 * @example
 * ```ts
 * import { admin } from './admin.js';
 *
 * const inputs: RedisInputs = {
 *   host: 'redis.internal',
 *   port: 6379,
 *   username: admin.username,
 *   password: admin.password,
 *   creationStatement: 'ACL SETUSER {{username}} on >{{password}} ~* &* +@all',
 *   revocationStatement: 'ACL DELUSER {{username}}',
 * };
 * ```
 *
 * @publicApi
 */
export interface RedisInputs extends StatementInputs, RenewInputs, TlsInputs {
  host: string;
  port: number;
  username: string;
  password?: string;
}

/**
 * Inputs of `aws-elasticache`; its statements are JSON.
 *
 * @example
 * ```ts
 * import { aws } from './admin.js';
 *
 * const inputs: AwsElasticacheInputs = {
 *   clusterName: 'sessions',
 *   region: 'eu-central-1',
 *   accessKeyId: aws.accessKeyId,
 *   secretAccessKey: aws.secretAccessKey,
 *   creationStatement:
 *     '{ "UserId": "{{username}}", "UserName": "{{username}}", "Engine": "redis", "Passwords": ["{{password}}"] }',
 *   revocationStatement: '{ "UserId": "{{username}}" }',
 * };
 * ```
 *
 * @publicApi
 */
export interface AwsElasticacheInputs extends StatementInputs {
  clusterName: string;
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/**
 * Inputs of `aws-memorydb`; its statements are JSON.
 *
 * @example
 * ```ts
 * import { aws } from './admin.js';
 *
 * const inputs: AwsMemorydbInputs = {
 *   clusterName: 'sessions',
 *   region: 'eu-central-1',
 *   auth: {
 *     type: 'iam',
 *     accessKeyId: aws.accessKeyId,
 *     secretAccessKey: aws.secretAccessKey,
 *   },
 *   creationStatement:
 *     '{ "UserName": "{{username}}", "AccessString": "on ~* +@all" }',
 *   revocationStatement: '{ "UserName": "{{username}}" }',
 * };
 * ```
 *
 * @publicApi
 */
export interface AwsMemorydbInputs extends StatementInputs {
  clusterName: string;
  auth: { type: 'iam'; accessKeyId: string; secretAccessKey: string };
  region: string;
}

/**
 * What all forms of `aws-iam` have.
 *
 * @example
 * ```ts
 * const base: AwsIamBaseInputs = {
 *   credentialType: 'temporary-credentials',
 *   region: 'eu-central-1',
 *   policyArns: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
 * };
 * const inputs: AwsIamInputs = { ...base, method: 'irsa' };
 * ```
 *
 * @publicApi
 */
export interface AwsIamBaseInputs {
  /** `temporary-credentials` cannot be extended, and live 15 minutes at least. Default `iam-user`. */
  credentialType?: 'iam-user' | 'temporary-credentials';
  region: string;
  awsPath?: string;
  permissionBoundaryPolicyArn?: string;
  /** JSON. */
  policyDocument?: string;
  /** Separated by commas. */
  userGroups?: string;
  /** Separated by commas. */
  policyArns?: string;
  tags?: readonly { key: string; value: string }[];
}

/**
 * Inputs of `aws-iam`, by how the server logs in to AWS; an absent `method` is `access-key`.
 *
 * @example
 * ```ts
 * const inputs: AwsIamInputs = {
 *   method: 'assume-role',
 *   roleArn: 'arn:aws:iam::123456789012:role/infisical',
 *   region: 'eu-central-1',
 *   userGroups: 'readers',
 * };
 * ```
 *
 * @publicApi
 */
export type AwsIamInputs = AwsIamBaseInputs &
  (
    | { method?: 'access-key'; accessKey: string; secretAccessKey: string }
    | { method: 'assume-role'; roleArn: string }
    | { method: 'irsa' }
  );

/**
 * Inputs of `mongo-db-atlas`.
 *
 * @example
 * ```ts
 * import { atlas } from './admin.js';
 *
 * const inputs: MongoDbAtlasInputs = {
 *   adminPublicKey: atlas.publicKey,
 *   adminPrivateKey: atlas.privateKey,
 *   groupId: atlas.groupId,
 *   roles: [{ databaseName: 'orders', roleName: 'readWrite' }],
 *   scopes: [{ name: 'cluster0', type: 'CLUSTER' }],
 * };
 * ```
 *
 * @publicApi
 */
export interface MongoDbAtlasInputs {
  adminPublicKey: string;
  adminPrivateKey: string;
  groupId: string;
  /** At least one. */
  roles: readonly {
    databaseName: string;
    roleName: string;
    collectionName?: string;
  }[];
  scopes: readonly { name: string; type: string }[];
}

/**
 * Inputs of `mongo-db`.
 *
 * @example
 * ```ts
 * import { admin } from './admin.js';
 *
 * const inputs: MongoDbInputs = {
 *   host: 'mongo.internal',
 *   port: 27017,
 *   username: admin.username,
 *   password: admin.password,
 *   database: 'orders',
 *   roles: ['readWrite'],
 * };
 * ```
 *
 * @publicApi
 */
export interface MongoDbInputs {
  host: string;
  /** Absent for `mongodb+srv`. */
  port?: number | null;
  username: string;
  password: string;
  database: string;
  /** At least one. */
  roles: readonly string[];
  ca?: string | null;
  sslRejectUnauthorized?: boolean;
}

/**
 * Inputs of `elastic-search`.
 *
 * @example
 * ```ts
 * import { elastic } from './admin.js';
 *
 * const inputs: ElasticSearchInputs = {
 *   host: 'https://elastic.internal',
 *   port: 9200,
 *   roles: ['reader'],
 *   auth: {
 *     type: 'api-key',
 *     apiKey: elastic.apiKey,
 *     apiKeyId: elastic.apiKeyId,
 *   },
 * };
 * ```
 *
 * @publicApi
 */
export interface ElasticSearchInputs extends TlsInputs {
  host: string;
  port: number;
  /** At least one. */
  roles: readonly string[];
  auth:
    | { type: 'user'; username: string; password: string }
    | { type: 'api-key'; apiKey: string; apiKeyId: string };
}

/**
 * Inputs of `rabbit-mq`: its management API.
 *
 * @example
 * ```ts
 * import { admin } from './admin.js';
 *
 * const inputs: RabbitMqInputs = {
 *   host: 'http://rabbit.internal',
 *   port: 15672,
 *   username: admin.username,
 *   password: admin.password,
 *   virtualHost: {
 *     name: '/',
 *     permissions: { read: '^orders', write: '^orders', configure: '' },
 *   },
 * };
 * ```
 *
 * @publicApi
 */
export interface RabbitMqInputs extends ServerInputs, TlsInputs {
  virtualHost: {
    name: string;
    /** Regular expressions. */
    permissions: { read: string; write: string; configure: string };
  };
  tags?: readonly string[];
}

/**
 * Inputs of `azure-entra-id`: the leases are new passwords of this user.
 *
 * @example
 * ```ts
 * import { entra } from './admin.js';
 *
 * const inputs: AzureEntraIdInputs = {
 *   tenantId: entra.tenantId,
 *   applicationId: entra.applicationId,
 *   clientSecret: entra.clientSecret,
 *   userId: entra.userId,
 *   email: 'reports@example.com',
 * };
 * ```
 *
 * @publicApi
 */
export interface AzureEntraIdInputs {
  tenantId: string;
  userId: string;
  email: string;
  applicationId: string;
  clientSecret: string;
}

/**
 * Inputs of `azure-sql-database`: a login in the master database, and a user of it.
 *
 * @example
 * ```ts
 * import { admin } from './admin.js';
 *
 * const inputs: AzureSqlDatabaseInputs = {
 *   host: 'orders.database.windows.net',
 *   port: 1433,
 *   database: 'orders',
 *   username: admin.username,
 *   password: admin.password,
 *   masterCreationStatement: `CREATE LOGIN [{{username}}] WITH PASSWORD = '{{password}}';`,
 *   creationStatement: 'CREATE USER [{{username}}] FOR LOGIN [{{username}}];',
 *   revocationStatement: 'DROP USER [{{username}}];',
 * };
 * ```
 *
 * @publicApi
 */
export interface AzureSqlDatabaseInputs
  extends ServerInputs, StatementInputs, RenewInputs, TlsInputs, GatewayInputs {
  database: string;
  /** Default `master`. */
  masterDatabase?: string;
  masterCreationStatement: string;
  passwordRequirements?: PasswordRequirements;
  sslEnabled?: boolean;
}

/**
 * What both forms of `ldap` have.
 *
 * @example
 * ```ts
 * import { directory } from './admin.js';
 *
 * const base: LdapBaseInputs = {
 *   url: 'ldaps://directory.internal',
 *   binddn: 'cn=admin,dc=example,dc=com',
 *   bindpass: directory.password,
 * };
 * ```
 *
 * @publicApi
 */
export interface LdapBaseInputs extends TlsInputs {
  url: string;
  binddn: string;
  bindpass: string;
}

/**
 * Inputs of `ldap`: users of their own (the default), or new passwords of one user.
 *
 * @example
 * ```ts
 * import { directory, rotationLdif } from './admin.js';
 *
 * const inputs: LdapInputs = {
 *   url: 'ldaps://directory.internal',
 *   binddn: 'cn=admin,dc=example,dc=com',
 *   bindpass: directory.password,
 *   credentialType: 'static',
 *   rotationLdif,
 * };
 * ```
 *
 * @publicApi
 */
export type LdapInputs = LdapBaseInputs &
  (
    | {
        credentialType?: 'dynamic';
        creationLdif: string;
        revocationLdif: string;
        rollbackLdif?: string;
      }
    | { credentialType: 'static'; rotationLdif: string }
  );

/**
 * Inputs of `sap-hana`.
 *
 * @example
 * ```ts
 * import { admin } from './admin.js';
 *
 * const inputs: SapHanaInputs = {
 *   host: 'hana.internal',
 *   port: 443,
 *   username: admin.username,
 *   password: admin.password,
 *   creationStatement:
 *     'CREATE USER {{username}} PASSWORD "{{password}}" NO FORCE_FIRST_PASSWORD_CHANGE;',
 *   revocationStatement: 'DROP USER {{username}};',
 * };
 * ```
 *
 * @publicApi
 */
export interface SapHanaInputs
  extends ServerInputs, StatementInputs, RenewInputs, TlsInputs {}

/**
 * Inputs of `sap-ase`.
 *
 * @example
 * ```ts
 * import { admin } from './admin.js';
 *
 * const inputs: SapAseInputs = {
 *   host: 'ase.internal',
 *   port: 5000,
 *   database: 'orders',
 *   username: admin.username,
 *   password: admin.password,
 *   creationStatement: `sp_addlogin '{{username}}', '{{password}}';`,
 *   revocationStatement: `sp_droplogin '{{username}}';`,
 * };
 * ```
 *
 * @publicApi
 */
export interface SapAseInputs extends ServerInputs, StatementInputs {
  database: string;
}

/**
 * Inputs of `vertica`.
 *
 * @example
 * ```ts
 * import { admin } from './admin.js';
 *
 * const inputs: VerticaInputs = {
 *   host: 'vertica.internal',
 *   port: 5433,
 *   database: 'events',
 *   username: admin.username,
 *   password: admin.password,
 *   creationStatement: `CREATE USER "{{username}}" IDENTIFIED BY '{{password}}';`,
 *   revocationStatement: 'DROP USER "{{username}}" CASCADE;',
 * };
 * ```
 *
 * @publicApi
 */
export interface VerticaInputs
  extends ServerInputs, StatementInputs, GatewayInputs {
  database: string;
  passwordRequirements?: PasswordRequirements;
}

/**
 * Inputs of `snowflake`.
 *
 * @example
 * ```ts
 * import { snowflake } from './admin.js';
 *
 * const inputs: SnowflakeInputs = {
 *   orgId: snowflake.organization,
 *   accountId: snowflake.account,
 *   username: snowflake.username,
 *   password: snowflake.password,
 *   creationStatement: `CREATE USER {{username}} PASSWORD = '{{password}}';`,
 *   revocationStatement: 'DROP USER {{username}};',
 * };
 * ```
 *
 * @publicApi
 */
export interface SnowflakeInputs extends StatementInputs, RenewInputs {
  accountId: string;
  orgId: string;
  username: string;
  password: string;
}

/**
 * Inputs of `totp`: the key of an authenticator, as a URL or in parts.
 *
 * @example
 * ```ts
 * import { authenticatorUrl } from './admin.js';
 *
 * const inputs: TotpInputs = { configType: 'url', url: authenticatorUrl };
 * ```
 *
 * @publicApi
 */
export type TotpInputs =
  | {
      configType: 'url';
      /** `otpauth://…` with a `secret`. */
      url: string;
    }
  | {
      configType: 'manual';
      /** Base32. */
      secret: string;
      /** Seconds. Default 30. */
      period?: number;
      /** Default `sha1`. */
      algorithm?: 'sha1' | 'sha256' | 'sha512';
      /** Default 6. */
      digits?: number;
    };

/**
 * What all forms of `kubernetes` have.
 *
 * @example
 * ```ts
 * const base: KubernetesBaseInputs = {
 *   audiences: ['https://kubernetes.default.svc'],
 *   gatewayId: null,
 * };
 * ```
 *
 * @publicApi
 */
export interface KubernetesBaseInputs extends TlsInputs, GatewayInputs {
  audiences: readonly string[];
  /** Default false. */
  sslEnabled?: boolean;
}

/**
 * Inputs of `kubernetes`: tokens of one service account, or of service accounts of their own.
 *
 * @example
 * ```ts
 * import { cluster } from './admin.js';
 *
 * const inputs: KubernetesInputs = {
 *   url: 'https://cluster.internal:6443',
 *   clusterToken: cluster.token,
 *   audiences: [],
 *   credentialType: 'static',
 *   serviceAccountName: 'deployer',
 *   namespace: 'shop',
 * };
 * ```
 *
 * @publicApi
 */
export type KubernetesInputs = KubernetesBaseInputs &
  (
    | { authMethod?: 'api'; url: string; clusterToken: string }
    | {
        /** Needs `gatewayId` or `gatewayPoolId`. */
        authMethod: 'gateway';
        url?: string;
        clusterToken?: string;
      }
  ) &
  (
    | {
        credentialType: 'static';
        serviceAccountName: string;
        namespace: string;
      }
    | {
        credentialType: 'dynamic';
        /** Those that leases may ask for, separated by commas; the first is the default. */
        namespace: string;
        roleType: 'cluster-role' | 'role';
        role: string;
      }
  );

/**
 * Inputs of `gcp-iam`: tokens of this service account.
 *
 * @example
 * ```ts
 * const inputs: GcpIamInputs = {
 *   serviceAccountEmail: 'orders@shop.iam.gserviceaccount.com',
 * };
 * ```
 *
 * @publicApi
 */
export interface GcpIamInputs {
  /** At most 128 characters. */
  serviceAccountEmail: string;
  /** Default: `iam` and `cloud-platform`. */
  tokenScopes?: readonly string[];
}

/**
 * Inputs of `github`: tokens of an app's installation.
 *
 * @example
 * ```ts
 * import { githubApp } from './admin.js';
 *
 * const inputs: GithubInputs = {
 *   appId: 12345,
 *   installationId: 67890,
 *   privateKey: githubApp.privateKey,
 * };
 * ```
 *
 * @publicApi
 */
export interface GithubInputs {
  appId: number;
  installationId: number;
  /** PEM. */
  privateKey: string;
}

/**
 * Inputs of `couchbase`: users of a cluster of Capella.
 *
 * @example
 * ```ts
 * import { capella } from './admin.js';
 *
 * const inputs: CouchbaseInputs = {
 *   url: 'https://cloudapi.cloud.couchbase.com',
 *   orgId: capella.orgId,
 *   projectId: capella.projectId,
 *   clusterId: capella.clusterId,
 *   roles: ['read'],
 *   auth: { apiKey: capella.apiKey },
 *   buckets: [{ name: 'orders' }],
 * };
 * ```
 *
 * @publicApi
 */
export interface CouchbaseInputs {
  url: string;
  orgId: string;
  projectId: string;
  clusterId: string;
  /** At least one. */
  roles: readonly string[];
  auth: { apiKey: string };
  /** Default `*`. */
  buckets?:
    | string
    | readonly {
        name: string;
        scopes?: readonly {
          name: string;
          collections?: readonly string[];
        }[];
      }[];
  passwordRequirements?: PasswordRequirements;
}

/**
 * Inputs of `milvus`.
 *
 * @example
 * ```ts
 * import { admin } from './admin.js';
 *
 * const inputs: MilvusInputs = {
 *   host: 'milvus.internal',
 *   port: 19530,
 *   username: admin.username,
 *   password: admin.password,
 *   privileges: [{ objectType: 'Collection', privilege: 'Search' }],
 * };
 * ```
 *
 * @publicApi
 */
export interface MilvusInputs extends ServerInputs, TlsInputs, GatewayInputs {
  /** Default `default`. */
  database?: string;
  privileges?: readonly {
    objectType: string;
    /** Default `*`. */
    objectName?: string;
    privilege: string;
    dbName?: string;
  }[];
}

/**
 * Inputs of `ssh`: certificates for these users.
 *
 * @example
 * ```ts
 * const inputs: SshInputs = { principals: ['deploy', 'backup'] };
 * ```
 *
 * @publicApi
 */
export interface SshInputs {
  /** Those that leases may ask for; at least one. */
  principals: readonly string[];
  /** Default `ED25519`. */
  keyAlgorithm?: string;
}

/**
 * Inputs of `ibm-api-connect`: credentials of an app of a consumer organization.
 *
 * @example
 * ```ts
 * import { ibm } from './admin.js';
 *
 * const inputs: IbmApiConnectInputs = {
 *   instanceUrl: 'https://api-manager.internal',
 *   apiKey: ibm.apiKey,
 *   clientId: ibm.clientId,
 *   clientSecret: ibm.clientSecret,
 *   orgId: ibm.orgId,
 *   catalogId: ibm.catalogId,
 *   consumerOrgId: ibm.consumerOrgId,
 *   appId: ibm.appId,
 * };
 * ```
 *
 * @publicApi
 */
export interface IbmApiConnectInputs extends GatewayInputs {
  clientId: string;
  clientSecret: string;
  instanceUrl: string;
  apiKey: string;
  orgId: string;
  catalogId: string;
  consumerOrgId: string;
  appId: string;
}

/**
 * What both forms of `tailscale` have.
 *
 * @example
 * ```ts
 * import { tailscale } from './admin.js';
 *
 * const base: TailscaleBaseInputs = {
 *   auth: { method: 'api_key', apiKey: tailscale.apiKey },
 *   tags: ['tag:ci'],
 * };
 * ```
 *
 * @publicApi
 */
export interface TailscaleBaseInputs {
  auth:
    | { method: 'api_key'; apiKey: string }
    | { method: 'oauth'; clientId: string; clientSecret: string };
  /** Default `-`. */
  tailnet?: string;
  /** At most 50 characters. */
  description?: string;
  tags?: readonly string[];
}

/**
 * Inputs of `tailscale`: auth keys of machines, or clients of its API.
 *
 * @example
 * ```ts
 * import { tailscale } from './admin.js';
 *
 * const inputs: TailscaleInputs = {
 *   auth: { method: 'api_key', apiKey: tailscale.apiKey },
 *   authType: 'auth_keys',
 *   ephemeral: true,
 *   tags: ['tag:ci'],
 * };
 * ```
 *
 * @publicApi
 */
export type TailscaleInputs = TailscaleBaseInputs &
  (
    | {
        authType: 'auth_keys';
        reusable?: boolean;
        ephemeral?: boolean;
        preauthorized?: boolean;
      }
    | {
        authType: 'oauth_keys';
        /** At least one. */
        scopes: readonly string[];
      }
  );

/**
 * Inputs by type of provider (contract: dynamic secrets §2.4).
 *
 * @example
 * ```ts
 * type Ssh = DynamicSecretInputsByType['ssh'];
 * const inputs: Ssh = { principals: ['deploy'] };
 * ```
 *
 * @publicApi
 */
export interface DynamicSecretInputsByType {
  'sql-database': SqlDatabaseInputs;
  clickhouse: ClickhouseInputs;
  cassandra: CassandraInputs;
  'aws-iam': AwsIamInputs;
  redis: RedisInputs;
  'aws-elasticache': AwsElasticacheInputs;
  'aws-memorydb': AwsMemorydbInputs;
  'mongo-db-atlas': MongoDbAtlasInputs;
  'elastic-search': ElasticSearchInputs;
  'mongo-db': MongoDbInputs;
  'rabbit-mq': RabbitMqInputs;
  'azure-entra-id': AzureEntraIdInputs;
  'azure-sql-database': AzureSqlDatabaseInputs;
  ldap: LdapInputs;
  'sap-hana': SapHanaInputs;
  snowflake: SnowflakeInputs;
  totp: TotpInputs;
  'sap-ase': SapAseInputs;
  kubernetes: KubernetesInputs;
  vertica: VerticaInputs;
  'gcp-iam': GcpIamInputs;
  github: GithubInputs;
  couchbase: CouchbaseInputs;
  milvus: MilvusInputs;
  ssh: SshInputs;
  'ibm-api-connect': IbmApiConnectInputs;
  tailscale: TailscaleInputs;
}

/**
 * Types of provider that are known here; a server may have more.
 *
 * @example
 * ```ts
 * const type: DynamicSecretType = 'sql-database';
 * const databases = (await client.dynamicSecrets.list()).filter(
 *   (dynamicSecret) => dynamicSecret.type === type,
 * );
 * ```
 *
 * @publicApi
 */
export type DynamicSecretType = keyof DynamicSecretInputsByType;

/**
 * Inputs of a type; of one that is not known here, any object.
 *
 * @example
 * ```ts
 * function sshFor(...principals: string[]): DynamicSecretInputs<'ssh'> {
 *   return { principals };
 * }
 * ```
 *
 * @publicApi
 */
export type DynamicSecretInputs<T extends string> = T extends DynamicSecretType
  ? DynamicSecretInputsByType[T]
  : Record<string, unknown>;

/**
 * What makes the credentials. Without an argument it is the union of the types
 * known here, told apart by `type`; with one, that type, and `inputs` of a type
 * that is not known here may be anything.
 *
 * @example
 * ```ts
 * const provider: DynamicSecretProvider = {
 *   type: 'ssh',
 *   inputs: { principals: ['deploy'] },
 * };
 * await client.dynamicSecrets.create({
 *   name: 'deploy-ssh',
 *   provider,
 *   defaultTTL: '15m',
 * });
 * ```
 *
 * @publicApi
 */
export type DynamicSecretProvider<T extends string = DynamicSecretType> =
  T extends string ? { type: T; inputs: DynamicSecretInputs<T> } : never;
