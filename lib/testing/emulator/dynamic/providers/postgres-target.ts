import type { ClientConfig } from 'pg';
import { loadPg } from '../../packages.js';
import type { SqlInputs } from './statement-inputs.js';
import type { StatementTarget } from './statement-provider.js';

const CONNECT_TIMEOUT = 5000;
const QUERY_TIMEOUT = 10_000;

/** A real PostgreSQL: each batch of statements is one transaction. */
export class PostgresTarget implements StatementTarget {
  constructor(private readonly inputs: SqlInputs) {}

  probe(): Promise<void> {
    return this.run('SELECT NOW()');
  }

  async run(statements: string): Promise<void> {
    const { Client } = await loadPg();
    const client = new Client(this.config());
    // A connection that breaks while idle must not end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
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
}
