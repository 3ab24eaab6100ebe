import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
  ServiceUnavailableException,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DynamicLeaseService, type LeaseCredentials } from 'nestjs-infisical';
import { DatabaseError, type QueryResultRow } from 'pg';
import { CredentialsPool } from './credentials-pool.js';
import { databaseConfig } from './database.config.js';

/** Name of the dynamic secret, in the root folder of the project. */
export const ORDERS_DYNAMIC_SECRET = 'sample-orders';

/** What Infisical's SQL provider hands out. */
export interface DatabaseCredentials {
  DB_USERNAME: string;
  DB_PASSWORD: string;
}

/**
 * The database with the credentials of a lease. Infisical made the role when
 * the app started; the library replaces it in time, and revokes it at the end.
 */
@Injectable()
export class OrdersDatabase implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger(OrdersDatabase.name);
  #pool: CredentialsPool | undefined;
  #isClosing = false;

  constructor(
    @Inject(databaseConfig.KEY)
    private readonly config: ConfigType<typeof databaseConfig>,
    private readonly leases: DynamicLeaseService,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.config.host) return;
    const lease = await this.leases.acquire<DatabaseCredentials>(
      ORDERS_DYNAMIC_SECRET,
    );
    lease.onRotation((next) => this.changeOver(next));
    this.#pool = await this.open(lease.current);
  }

  /**
   * Nest calls this after the HTTP server has closed, and before the library
   * revokes the lease: the hooks of global modules come last.
   */
  async onApplicationShutdown(): Promise<void> {
    this.#isClosing = true;
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.drain();
  }

  async query<Row extends QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<Row[]> {
    if (!this.#pool) {
      throw new ServiceUnavailableException(
        'There is no database: set DATABASE_HOST (and DATABASE_PORT, DATABASE_NAME).',
      );
    }
    try {
      return await this.#pool.query<Row>(sql, values);
    } catch (error) {
      // The database's own errors are mistakes of this app; all others mean
      // that it could not be asked.
      if (error instanceof DatabaseError) throw error;
      throw new ServiceUnavailableException('The database does not answer.', {
        cause: error,
      });
    }
  }

  /**
   * The library revokes the old lease when this has returned. So: first make
   * sure that the new credentials work, then use them for everything new, and
   * then wait until the last query with the old ones has ended. If it throws,
   * the old credentials live on until their own end.
   */
  private async changeOver(
    next: LeaseCredentials<DatabaseCredentials>,
  ): Promise<void> {
    const fresh = await this.open(next);
    if (this.#isClosing) return fresh.drain();
    const old = this.#pool;
    this.#pool = fresh;
    await old?.drain();
    this.#logger.log(`Credentials of generation ${next.generation} in use`);
  }

  /** A pool that has proved that it can log in. */
  private async open({
    data,
  }: LeaseCredentials<DatabaseCredentials>): Promise<CredentialsPool> {
    const pool = new CredentialsPool({
      ...this.config,
      user: data.DB_USERNAME,
      password: data.DB_PASSWORD,
    });
    try {
      await pool.query('SELECT 1');
      return pool;
    } catch (error) {
      await pool.drain();
      throw new Error(
        `PostgreSQL at ${this.config.host}:${this.config.port} does not take the credentials of the lease "${ORDERS_DYNAMIC_SECRET}": ${(error as Error).message}`,
        { cause: error },
      );
    }
  }
}
