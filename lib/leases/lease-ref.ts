import { type Observable } from 'rxjs';
import { inspect } from 'node:util';
import type { LeaseData, LeaseDataOf } from '../client/lease-data.js';
import type { LeaseCredentials } from './lease-credentials.js';
import type { LeaseEvent, LeaseStatus } from './lease-event.js';
import type { LeaseProof } from './lease-proof.js';
import type { ManagedLease, RotationHandler } from './managed-lease.js';

/**
 * The fields of credentials: of a type of provider, such as `sql-database`, or
 * as they are said to be.
 *
 * @example
 * ```ts
 * type Fields = LeaseFields<'sql-database'>; // DB_USERNAME and DB_PASSWORD
 * const lease = await leases.acquire<Fields>('orders-db');
 * logger.log(lease.current.data.DB_USERNAME);
 * ```
 *
 * @publicApi
 */
export type LeaseFields<T extends object | string> = T extends string
  ? LeaseDataOf<T>
  : T extends object
    ? T
    : never;

/**
 * A consumer's hold on a managed lease. All consumers of one dynamic secret
 * with the same arguments share the lease.
 *
 * @typeParam T the type of provider, such as `'sql-database'`, or the fields of the credentials
 *
 * @example
 * ```ts
 * import { createPool } from './database.js';
 *
 * const lease = await leases.acquire<DatabaseCredentials>('orders-db');
 * let pool = createPool(lease.current.data);
 * lease.onRotation(async (next) => {
 *   const old = pool;
 *   pool = createPool(next.data);
 *   await old.end();
 * });
 * // when nobody needs it any more:
 * await lease.release();
 * ```
 *
 * @publicApi
 */
export class LeaseRef<T extends object | string = LeaseData> {
  readonly #lease: ManagedLease;
  readonly #release: () => Promise<void>;
  readonly #stops = new Set<() => void>();
  #released = false;

  /** @internal */
  constructor(lease: ManagedLease, release: () => Promise<void>) {
    this.#lease = lease;
    this.#release = release;
  }

  /** Name of the dynamic secret. */
  get name(): string {
    return this.#lease.name;
  }

  /** The credentials to use now. */
  get current(): LeaseCredentials<LeaseFields<T>> {
    return this.#lease.current as LeaseCredentials<LeaseFields<T>>;
  }

  get status(): LeaseStatus {
    return this.#lease.status;
  }

  /** Credentials that take the place of others, each when everyone sees it. Ends when the lease is revoked. */
  get changes$(): Observable<LeaseCredentials<LeaseFields<T>>> {
    return this.#lease.changes$ as Observable<LeaseCredentials<LeaseFields<T>>>;
  }

  /** What happens to the lease. A late subscriber gets the latest event first. */
  get events$(): Observable<LeaseEvent> {
    return this.#lease.events$;
  }

  /**
   * Calls back with new credentials and the ones they replace. The old lease
   * is revoked once the handlers of all consumers have finished and nobody
   * holds it, so a handler returns after the last use of the old credentials.
   * When it throws, the old lease is left to its own end.
   *
   * @returns how to stop that
   */
  onRotation(handler: RotationHandler<LeaseFields<T>>): () => void {
    return this.keep(
      this.#lease.onRotation(handler as unknown as RotationHandler),
    );
  }

  /**
   * Has new credentials proven before anybody sees them: by a login with them.
   * While that rejects, the old ones stay in use; it is tried again, and ends
   * with others after a minute.
   *
   * @returns how to stop that
   */
  onProof(proof: LeaseProof<LeaseFields<T>>): () => void {
    return this.keep(this.#lease.onProof(proof as unknown as LeaseProof));
  }

  /**
   * Calls back when the lease is about to be revoked because the app ends, to
   * close what uses it. It is waited for, half of `shutdown.timeout` at most.
   *
   * @returns how to stop that
   */
  onClose(close: () => unknown): () => void {
    return this.keep(this.#lease.onClose(close));
  }

  /**
   * Keeps the lease of these credentials from being revoked while something,
   * such as a connection, uses them; until their end at the latest.
   *
   * @param generation of the credentials. Default: those in use
   * @param onDeadline called when they are old and about to end, or the app is: cut what uses them
   * @returns how to let go
   */
  hold(
    generation: number = this.current.generation,
    onDeadline?: () => void,
  ): () => void {
    return this.keep(this.#lease.hold(generation, onDeadline));
  }

  /**
   * Tells that credentials were refused where they are used, such as by
   * PostgreSQL's `28P01`. Others are asked for at once, but not more often than
   * every 30 s; of credentials that are not in use any more it does nothing.
   *
   * @param generation of the credentials that were refused
   */
  reportDead(generation: number): void {
    this.#lease.reportDead(generation);
  }

  /** Gives the lease back, with all that this holds. After the last consumer it is revoked. Harmless when repeated. */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    for (const stop of [...this.#stops]) stop();
    await this.#release();
  }

  toJSON(): Record<string, unknown> {
    const { name, status } = this;
    return { name, status };
  }

  [inspect.custom](): string {
    return `LeaseRef ${inspect(this.toJSON())}`;
  }

  private keep(undo: () => void): () => void {
    const stop = (): void => {
      this.#stops.delete(stop);
      undo();
    };
    this.#stops.add(stop);
    return stop;
  }
}
