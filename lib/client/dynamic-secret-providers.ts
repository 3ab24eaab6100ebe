/** How generated passwords must look. The counts together must not be more than `length`. */
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

/** Inputs of `sql-database`: six kinds of server behind one type. */
export interface SqlDatabaseInputs
  extends ServerInputs, StatementInputs, RenewInputs, TlsInputs, GatewayInputs {
  client: 'postgres' | 'mysql2' | 'oracledb' | 'mssql' | 'sap-ase' | 'vertica';
  database: string;
  passwordRequirements?: PasswordRequirements;
  sslEnabled?: boolean;
}

export interface ClickhouseInputs
  extends ServerInputs, StatementInputs, RenewInputs, GatewayInputs {
  database: string;
  passwordRequirements?: PasswordRequirements;
  ca?: string;
}

export interface CassandraInputs
  extends ServerInputs, StatementInputs, RenewInputs, TlsInputs {
  localDataCenter: string;
  keyspace?: string;
}

export interface RedisInputs extends StatementInputs, RenewInputs, TlsInputs {
  host: string;
  port: number;
  username: string;
  password?: string;
}

export interface AwsElasticacheInputs extends StatementInputs {
  clusterName: string;
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

export interface AwsMemorydbInputs extends StatementInputs {
  clusterName: string;
  auth: { type: 'iam'; accessKeyId: string; secretAccessKey: string };
  region: string;
}

/** What all forms of `aws-iam` have. */
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

/** Inputs of `aws-iam`, by how the server logs in to AWS; an absent `method` is `access-key`. */
export type AwsIamInputs = AwsIamBaseInputs &
  (
    | { method?: 'access-key'; accessKey: string; secretAccessKey: string }
    | { method: 'assume-role'; roleArn: string }
    | { method: 'irsa' }
  );

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

export interface ElasticSearchInputs extends TlsInputs {
  host: string;
  port: number;
  /** At least one. */
  roles: readonly string[];
  auth:
    | { type: 'user'; username: string; password: string }
    | { type: 'api-key'; apiKey: string; apiKeyId: string };
}

export interface RabbitMqInputs extends ServerInputs, TlsInputs {
  virtualHost: {
    name: string;
    /** Regular expressions. */
    permissions: { read: string; write: string; configure: string };
  };
  tags?: readonly string[];
}

/** Inputs of `azure-entra-id`: the leases are new passwords of this user. */
export interface AzureEntraIdInputs {
  tenantId: string;
  userId: string;
  email: string;
  applicationId: string;
  clientSecret: string;
}

export interface AzureSqlDatabaseInputs
  extends ServerInputs, StatementInputs, RenewInputs, TlsInputs, GatewayInputs {
  database: string;
  /** Default `master`. */
  masterDatabase?: string;
  masterCreationStatement: string;
  passwordRequirements?: PasswordRequirements;
  sslEnabled?: boolean;
}

/** What both forms of `ldap` have. */
export interface LdapBaseInputs extends TlsInputs {
  url: string;
  binddn: string;
  bindpass: string;
}

/** Inputs of `ldap`: users of their own (the default), or new passwords of one user. */
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

export interface SapHanaInputs
  extends ServerInputs, StatementInputs, RenewInputs, TlsInputs {}

export interface SapAseInputs extends ServerInputs, StatementInputs {
  database: string;
}

export interface VerticaInputs
  extends ServerInputs, StatementInputs, GatewayInputs {
  database: string;
  passwordRequirements?: PasswordRequirements;
}

export interface SnowflakeInputs extends StatementInputs, RenewInputs {
  accountId: string;
  orgId: string;
  username: string;
  password: string;
}

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

/** What all forms of `kubernetes` have. */
export interface KubernetesBaseInputs extends TlsInputs, GatewayInputs {
  audiences: readonly string[];
  /** Default false. */
  sslEnabled?: boolean;
}

/** Inputs of `kubernetes`: tokens of one service account, or of service accounts of their own. */
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

export interface GcpIamInputs {
  /** At most 128 characters. */
  serviceAccountEmail: string;
  /** Default: `iam` and `cloud-platform`. */
  tokenScopes?: readonly string[];
}

export interface GithubInputs {
  appId: number;
  installationId: number;
  /** PEM. */
  privateKey: string;
}

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

export interface SshInputs {
  /** Those that leases may ask for; at least one. */
  principals: readonly string[];
  /** Default `ED25519`. */
  keyAlgorithm?: string;
}

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

/** What both forms of `tailscale` have. */
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

/** Inputs by type of provider (contract: dynamic secrets §2.4). */
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

/** Types of provider that are known here; a server may have more. */
export type DynamicSecretType = keyof DynamicSecretInputsByType;

/** Inputs of a type; of one that is not known here, any object. */
export type DynamicSecretInputs<T extends string> = T extends DynamicSecretType
  ? DynamicSecretInputsByType[T]
  : Record<string, unknown>;

/**
 * What makes the credentials. Without an argument it is the union of the types
 * known here, told apart by `type`; with one, that type, and `inputs` of a type
 * that is not known here may be anything.
 */
export type DynamicSecretProvider<T extends string = DynamicSecretType> =
  T extends string ? { type: T; inputs: DynamicSecretInputs<T> } : never;
