import type { Client, ClientConfig } from 'pg';
import type { infer as Infer } from 'zod/v3';
import { badRequest } from '../http/api-error.js';
import { loadPg } from '../packages.js';
import type { Zod } from '../packages.js';
import { generatePassword } from './password.js';
import type {
  Credential,
  CredentialRequest,
  LeaseProvider,
} from './provider.js';
import { renderStatement } from './template.js';

/** Inputs of the provider type `sql-database` (dynamic secrets §2.4). */
export function sqlInputs(z: Zod) {
  const count = z.number().int().min(0);
  return z.object({
    client: z.enum([
      'postgres',
      'mysql2',
      'oracledb',
      'mssql',
      'sap-ase',
      'vertica',
    ]),
    host: z.string().trim().toLowerCase(),
    port: z.number(),
    database: z.string().trim(),
    username: z.string().trim(),
    password: z.string().trim(),
    passwordRequirements: z
      .object({
        length: z.number().int().min(1).max(250),
        required: z
          .object({
            lowercase: count,
            uppercase: count,
            digits: count,
            symbols: count,
          })
          .refine(
            (required) => sum(required) <= 250,
            'Sum of required characters cannot exceed 250',
          ),
        allowedSymbols: z.string().optional(),
      })
      .refine(
        ({ required, length }) => sum(required) <= length,
        'Sum of required characters cannot exceed the total length',
      )
      .optional(),
    creationStatement: z.string().trim(),
    revocationStatement: z.string().trim(),
    renewStatement: z.string().trim().optional(),
    ca: z.string().optional(),
    sslRejectUnauthorized: z.boolean().optional().default(true),
    sslEnabled: z.boolean().optional(),
    gatewayId: z.string().nullable().optional(),
    gatewayPoolId: z.string().nullable().optional(),
  });
}

export type SqlInputs = Infer<ReturnType<typeof sqlInputs>>;

const CONNECT_TIMEOUT = 5000;
const QUERY_TIMEOUT = 10_000;

/** Roles on a real PostgreSQL: each statement batch is one transaction. */
export class PostgresProvider implements LeaseProvider {
  constructor(readonly inputs: SqlInputs) {}

  async validateConnection(): Promise<void> {
    await this.attempt('Failed to connect with provider', [], () =>
      this.transaction('SELECT NOW()'),
    );
  }

  async create({ expireAt, username }: CredentialRequest): Promise<Credential> {
    const password = generatePassword(this.inputs.passwordRequirements);
    await this.attempt('Failed to create lease from provider', [password], () =>
      this.transaction(
        renderStatement(this.inputs.creationStatement, {
          username,
          password,
          expiration: expireAt.toISOString(),
          database: this.inputs.database,
        }),
      ),
    );
    return {
      entityId: username,
      data: { DB_USERNAME: username, DB_PASSWORD: password },
    };
  }

  async renew(username: string, expireAt: Date): Promise<void> {
    await this.attempt('Failed to renew lease from provider', [], async () => {
      const expiration = expireAt.toISOString();
      const { renewStatement, database } = this.inputs;
      if (!renewStatement) return;
      const variables = { username, expiration, database };
      await this.transaction(renderStatement(renewStatement, variables));
    });
  }

  async revoke(username: string): Promise<void> {
    const { revocationStatement, database } = this.inputs;
    await this.attempt('Failed to revoke lease from provider', [], () =>
      this.transaction(
        renderStatement(revocationStatement, { username, database }),
      ),
    );
  }

  /** Runs the statements as they are split on `;`, all or nothing. */
  private async transaction(statements: string): Promise<void> {
    const { Client } = await loadPg();
    const client = new Client(this.config());
    // A connection that breaks while idle must not end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await runAll(client, statements);
    } finally {
      await client.end();
    }
  }

  private config(): ClientConfig {
    const { host, port, database, username, password, ca } = this.inputs;
    const isSecure = Boolean(ca) || this.inputs.sslEnabled === true;
    return {
      host,
      port,
      database,
      user: username,
      password,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      query_timeout: QUERY_TIMEOUT,
      ssl: isSecure && {
        rejectUnauthorized: this.inputs.sslRejectUnauthorized,
        ...(ca && { ca }),
      },
    };
  }

  private async attempt(
    what: string,
    secrets: readonly string[],
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { name, message, code } = error as NodeJS.ErrnoException;
      if (name === 'InfisicalConfigError') throw error;
      let text = message || code || name;
      for (const secret of [...secrets, this.inputs.password]) {
        if (secret) text = text.replaceAll(secret, '[REDACTED]');
      }
      throw badRequest(`${what}: ${text}`);
    }
  }
}

async function runAll(client: Client, statements: string): Promise<void> {
  await client.query('BEGIN');
  try {
    for (const statement of statements.split(';')) {
      if (statement.trim()) await client.query(statement);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
