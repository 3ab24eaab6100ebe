import type {
  GatewayInputs,
  PasswordRequirements,
  RenewInputs,
  ServerInputs,
  StatementInputs,
  TlsInputs,
} from './common-inputs.js';

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
