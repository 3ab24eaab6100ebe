import type { Observable } from 'rxjs';
import type { LeaseData } from '../client/lease-data.js';
import type { LeaseCredentials } from './lease-credentials.js';
import type {
  LeaseEvent,
  LeaseStatus,
  ManagedLease,
  RotationHandler,
} from './managed-lease.js';

/**
 * A consumer's hold on a managed lease. All consumers of one dynamic secret
 * with the same arguments share the lease.
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
export class LeaseRef<T extends object = LeaseData> {
  readonly #lease: ManagedLease;
  readonly #release: () => Promise<void>;
  readonly #unsubscribe: (() => void)[] = [];
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
  get current(): LeaseCredentials<T> {
    return this.#lease.current as LeaseCredentials<T>;
  }

  get status(): LeaseStatus {
    return this.#lease.status;
  }

  /** What happens to the lease. A late subscriber gets the latest event first. */
  get events$(): Observable<LeaseEvent> {
    return this.#lease.events$;
  }

  /**
   * Calls back with new credentials and the ones they replace. The old lease
   * is revoked once the handlers of all consumers have finished, so a handler
   * returns after the last use of the old credentials. When it throws, the old
   * lease is left to its own end.
   *
   * @returns how to stop that
   */
  onRotation(handler: RotationHandler<T>): () => void {
    const stop = this.#lease.onRotation(handler as RotationHandler);
    this.#unsubscribe.push(stop);
    return stop;
  }

  /** Gives the lease back. After the last consumer it is revoked. Harmless when repeated. */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    for (const stop of this.#unsubscribe) stop();
    await this.#release();
  }
}
