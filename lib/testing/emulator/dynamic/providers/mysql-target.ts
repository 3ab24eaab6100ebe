import { loadMysql } from '../../packages.js';
import type { SqlInputs } from './statement-inputs.js';
import type { StatementTarget } from './statement-provider.js';

const CONNECT_TIMEOUT = 5000;
const QUERY_TIMEOUT = 10_000;

/** A real server that speaks MySQL's protocol. */
export class MysqlTarget implements StatementTarget {
  constructor(private readonly inputs: SqlInputs) {}

  probe(): Promise<void> {
    return this.run('SELECT NOW()');
  }

  async run(statements: string): Promise<void> {
    const { host, port, database, username, password, ca } = this.inputs;
    const { sslEnabled, sslRejectUnauthorized } = this.inputs;
    const { createConnection } = await loadMysql();
    const connection = await createConnection({
      host,
      port,
      database,
      user: username,
      password,
      connectTimeout: CONNECT_TIMEOUT,
      ...((ca || sslEnabled) && {
        ssl: { rejectUnauthorized: sslRejectUnauthorized, ...(ca && { ca }) },
      }),
    });
    // A connection that breaks while idle must not end the process.
    connection.on('error', () => undefined);
    try {
      await connection.beginTransaction();
      for (const sql of statements.split(';')) {
        if (sql.trim()) await connection.query({ sql, timeout: QUERY_TIMEOUT });
      }
      await connection.commit();
    } finally {
      // Ends the transaction as well, if it was not committed.
      connection.destroy();
    }
  }
}
