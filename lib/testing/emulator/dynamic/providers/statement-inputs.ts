import type { infer as Infer } from 'zod/v3';
import type { Zod } from '../../packages.js';
import { inputFields } from './input-fields.js';

/** Inputs of the types whose credentials are made by statements (§2.4). */
export function statementInputs(z: Zod) {
  const fields = inputFields(z);
  const { text, needed, host, port, tls, gateway, statements } = fields;
  const { renewStatement, passwordRequirements } = fields;
  const server = { host, port, username: text, password: text, ...statements };
  return {
    'sql-database': z.object({
      client: z.enum([
        'postgres',
        'mysql2',
        'oracledb',
        'mssql',
        'sap-ase',
        'vertica',
      ]),
      ...server,
      database: text,
      passwordRequirements,
      renewStatement,
      ...tls,
      sslEnabled: z.boolean().optional(),
      ...gateway,
    }),
    redis: z.object({
      ...server,
      password: text.optional(),
      renewStatement,
      ...tls,
    }),
    clickhouse: z.object({
      ...server,
      database: text,
      renewStatement,
      passwordRequirements,
      ca: tls.ca,
      ...gateway,
    }),
    cassandra: z.object({
      ...server,
      localDataCenter: needed,
      keyspace: text.optional(),
      renewStatement,
      ...tls,
    }),
    'aws-elasticache': z.object({
      clusterName: text,
      accessKeyId: text,
      secretAccessKey: text,
      region: text,
      ...statements,
    }),
    'aws-memorydb': z.object({
      clusterName: needed,
      auth: z.object({
        type: z.literal('iam'),
        accessKeyId: needed,
        secretAccessKey: needed,
      }),
      region: needed,
      ...statements,
    }),
    'azure-sql-database': z.object({
      ...server,
      database: text,
      masterDatabase: text.optional().default('master'),
      masterCreationStatement: text,
      passwordRequirements,
      renewStatement,
      ...tls,
      sslEnabled: z.boolean().optional(),
      ...gateway,
    }),
    'sap-hana': z.object({ ...server, renewStatement, ...tls }),
    'sap-ase': z.object({ ...server, database: text }),
    vertica: z.object({
      ...server,
      database: text,
      passwordRequirements,
      ...gateway,
    }),
    snowflake: z.object({
      accountId: text,
      orgId: text,
      username: text,
      password: text,
      ...statements,
      renewStatement,
    }),
  };
}

type Inputs = ReturnType<typeof statementInputs>;
export type SqlInputs = Infer<Inputs['sql-database']>;
export type RedisInputs = Infer<Inputs['redis']>;
