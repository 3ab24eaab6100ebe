import type {
  GatewayInputs,
  PasswordRequirements,
  RenewInputs,
  ServerInputs,
  StatementInputs,
  TlsInputs,
} from './common-inputs.js';

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
