/**
 * Something that happened to a managed lease; never a credential.
 *
 * - `created`, `renewed`, `rotated`: the credentials in use are new, live longer, are others
 * - `expiring`: less than the overlap is left, and there are no others yet
 * - `expired`: the credentials in use have ended
 * - `revoked`: nobody uses the lease any more, or the app ends
 * - `error`: something failed, and is tried again
 *
 * @example
 * ```ts
 * const lease = await leases.acquire('orders-db');
 * lease.events$.subscribe(({ kind, leaseId, error }: LeaseEvent) => {
 *   if (kind === 'error') logger.warn(`${leaseId}: ${error?.name}`);
 * });
 * ```
 *
 * @publicApi
 */
export interface LeaseEvent {
  readonly kind:
    | 'created'
    | 'renewed'
    | 'rotated'
    | 'expiring'
    | 'expired'
    | 'error'
    | 'revoked';
  readonly leaseId?: string;
  /** Of the credentials in use. */
  readonly generation?: number;
  /** Wall-clock time. */
  readonly at: Date;
  /** When the credentials in use stop working. */
  readonly expiresAt?: Date;
  readonly error?: Error;
}

/**
 * Where a managed lease stands. Credentials that are `expiring` work, but have
 * less than the overlap left.
 *
 * @example
 * ```ts
 * const lease = await leases.acquire('orders-db');
 * const usable: LeaseStatus[] = ['active', 'expiring'];
 * if (!usable.includes(lease.status))
 *   logger.warn(`the lease is ${lease.status}`);
 * ```
 *
 * @publicApi
 */
export type LeaseStatus =
  'pending' | 'active' | 'expiring' | 'expired' | 'revoked';
