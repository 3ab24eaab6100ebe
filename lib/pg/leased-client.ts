import pg from 'pg';
import type { DatabaseCredentials } from '../client/lease-data.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import type { LeaseCredentials } from '../leases/lease-credentials.js';
import type { LeaseRef } from '../leases/lease-ref.js';
import { ConnectionBook } from './connection-book.js';
import { tellsDeath } from './dead-credentials.js';
import { IdleListener } from './idle-listener.js';

/**
 * Options of `leasedClient`.
 *
 * @example
 * ```ts
 * import pg from 'pg';
 *
 * class Traced extends pg.Client {}
 * const options: LeasedClientOptions = { Client: Traced };
 *
 * function poolOf(lease: LeaseRef<'sql-database'>): pg.Pool {
 *   return new pg.Pool({ host: 'db', Client: leasedClient(lease, options) });
 * }
 * ```
 *
 * @publicApi
 */
export interface LeasedClientOptions {
  /** The class that the client extends. Default: `Client` of `pg`. */
  Client?: typeof pg.Client;
  /**
   * Whether new credentials are proven by a login, with the settings of the
   * connection that was opened last, before anybody sees them. Default true.
   */
  prove?: boolean;
}

/** What the accessors of a client need of `pg`, beside its types. */
interface Internals {
  user: string;
  password: string;
  readonly connection: {
    on(
      event: 'errorMessage',
      listener: (error: { code?: string }) => void,
    ): void;
  };
  readonly connectionParameters: { user: string; password: string };
  /** Whether it has been told to end. */
  readonly _ending: boolean;
}

/**
 * A `Client` class of `pg` that logs in with the credentials of a lease: for
 * `new Pool({ Client })`, TypeORM's `extra: { Client }`, and all that takes a
 * pool: Drizzle, Knex (`connectionPool`), Prisma's adapter. The pool is never
 * replaced, and no query fails when the credentials are:
 *
 * - A connection uses user and password of one generation. New ones use the new
 *   credentials, which a login has proven before.
 * - Connections of older ones are closed when they are given back, idle ones at
 *   once, and what still runs shortly before their end is cut off.
 * - The old lease is revoked after its last connection has closed.
 * - A connection whose credentials the database refuses (`28P01`; `42501` and
 *   its like if a login is refused, too) is closed, and others are asked for.
 *
 * @param lease of a dynamic secret of PostgreSQL
 * @throws InfisicalConfigError when an option is wrong
 *
 * @example
 * ```ts
 * import pg from 'pg';
 *
 * const lease = await leases.acquire<'sql-database'>('orders-db');
 * const pool = new pg.Pool({
 *   host: 'db.internal',
 *   database: 'orders',
 *   Client: leasedClient(lease),
 * });
 * ```
 *
 * @publicApi
 */
export function leasedClient(
  lease: LeaseRef<'sql-database'> | LeaseRef<DatabaseCredentials>,
  options: LeasedClientOptions = {},
): typeof pg.Client {
  assertKnownOptions(options, ['Client', 'prove'], 'leasedClient');
  const { Client: Base = pg.Client, prove = true } = options;
  if (typeof Base !== 'function') {
    throw new InfisicalConfigError(
      'leasedClient: Client must be a class that extends Client of pg.',
    );
  }
  const of = lease as LeaseRef<DatabaseCredentials>;
  const book = new ConnectionBook(of, Base, prove);

  return class LeasedClient extends Base {
    #credentials: LeaseCredentials<DatabaseCredentials>;
    #release: ((error?: Error | boolean) => void) | undefined;
    #isOut = false;
    #isConnected = false;
    #mustGo = false;

    constructor(config?: string | pg.ClientConfig) {
      const given =
        typeof config === 'string' ? { connectionString: config } : config;
      const { current } = of;
      super({ ...given, user: current.data.DB_USERNAME });
      this.#credentials = current;
      book.settings = given;
      // A pool sets it with each checkout.
      Object.defineProperty(this, 'release', {
        configurable: true,
        enumerable: true,
        get: () => this.#release,
        set: (release: (error?: Error | boolean) => void) => {
          this.#isOut = true;
          this.#release = (error) => {
            this.#isOut = false;
            release(error || this.#isOld || undefined);
          };
        },
      });
      this.#internals.connection.on('errorMessage', ({ code }) =>
        this.#onError(code),
      );
    }

    // Of its overloads, each has another type in other versions of pg.
    override connect(callback?: unknown): never {
      this.#stamp();
      const letGo = book.add({
        generation: this.#credentials.generation,
        retire: () => this.#retire(),
        cut: () => this.#cut(),
      });
      this.once('end', letGo);
      this.once('connect', () => (this.#isConnected = true));
      return super.connect(callback as never) as never;
    }

    // What a pool calls to remove a connection.
    override end(callback?: unknown): never {
      const ended: unknown = super.end(callback as never);
      IdleListener.onEnd(this);
      return ended as never;
    }

    /** Closes it when nobody has it: now, or when it is given back. */
    #retire(): void {
      this.#mustGo = true;
      if (this.#isIdle) IdleListener.of(this)?.remove();
    }

    /** Ends it now, whoever has it. */
    #cut(): void {
      const wasIdle = this.#isIdle;
      this.#retire();
      if (!wasIdle || this.#isIdle) void (this.end() as Promise<void>);
    }

    /** Whether it lies in a pool, and nobody has it. */
    get #isIdle(): boolean {
      return (
        this.#isConnected &&
        this.#release !== undefined &&
        !this.#isOut &&
        !this.#internals._ending
      );
    }

    get #internals(): Internals {
      return this as unknown as Internals;
    }

    /** Whether it is not to be used again. */
    get #isOld(): boolean {
      return (
        this.#mustGo ||
        this.#credentials.generation !== of.current.generation ||
        of.status === 'expired'
      );
    }

    /** User and password of one generation, also over what a connection string says. */
    #stamp(): void {
      this.#credentials = of.current;
      const { DB_USERNAME, DB_PASSWORD } = this.#credentials.data;
      for (const target of [
        this.#internals,
        this.#internals.connectionParameters,
      ]) {
        target.user = DB_USERNAME;
        target.password = DB_PASSWORD;
      }
    }

    #onError(code: unknown): void {
      if (tellsDeath(code) === false) return;
      // A session of a role that is gone answers health checks: nobody gets it again.
      this.#retire();
      book.judge(code, this.#credentials).catch(() => undefined);
    }
  };
}
