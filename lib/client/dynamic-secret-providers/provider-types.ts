import type {
  KubernetesInputs,
  LdapInputs,
  SshInputs,
  TotpInputs,
} from './access-inputs.js';
import type {
  AwsIamInputs,
  AzureEntraIdInputs,
  GcpIamInputs,
  GithubInputs,
  IbmApiConnectInputs,
  TailscaleInputs,
} from './cloud-account-inputs.js';
import type {
  AwsElasticacheInputs,
  AwsMemorydbInputs,
  CouchbaseInputs,
  ElasticSearchInputs,
  MilvusInputs,
  MongoDbAtlasInputs,
  MongoDbInputs,
  RabbitMqInputs,
  RedisInputs,
} from './data-store-inputs.js';
import type {
  AzureSqlDatabaseInputs,
  CassandraInputs,
  ClickhouseInputs,
  SapAseInputs,
  SapHanaInputs,
  SnowflakeInputs,
  SqlDatabaseInputs,
  VerticaInputs,
} from './sql-database-inputs.js';

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
