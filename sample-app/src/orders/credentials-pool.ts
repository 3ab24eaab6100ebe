import { Logger } from '@nestjs/common';
import { Pool, type PoolConfig, type QueryResultRow } from 'pg';

/** Milliseconds; short, so that a database that hangs cannot hold up a rotation or the end of the app. */
const TIMEOUT = 5000;

/** Connections of one set of credentials, and how to leave them politely. */
export class CredentialsPool {
  readonly #logger = new Logger(CredentialsPool.name);
  readonly #pool: Pool;
  readonly #running = new Set<Promise<unknown>>();

  constructor(config: PoolConfig) {
    this.#pool = new Pool({
      ...config,
      max: 5,
      connectionTimeoutMillis: TIMEOUT,
      query_timeout: TIMEOUT,
    });
    // An idle connection that breaks is replaced at the next query. Without a
    // listener the event would end the process.
    this.#pool.on('error', ({ message }) =>
      this.#logger.warn(`An idle database connection broke: ${message}`),
    );
  }

  async query<Row extends QueryResultRow>(
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    const running = this.#pool.query<Row>(sql, [...values]);
    this.#running.add(running);
    try {
      return (await running).rows;
    } finally {
      this.#running.delete(running);
    }
  }

  /**
   * Closes the pool after its last query. `Pool#end` alone is not enough: it
   * waits for queries that have a connection, but forgets those that still
   * wait for one.
   */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#pool.end();
  }
}
