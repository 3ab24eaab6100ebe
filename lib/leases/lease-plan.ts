import { jitter, type Random } from '../common/random.js';
import {
  BACKOFF_BASE,
  BACKOFF_MAX,
  MIN_TTL,
  REFRESH_AT,
  REFRESH_JITTER,
} from './lease-policy.js';

/**
 * How a managed lease is kept alive. `rotate` makes new credentials; `renew`
 * keeps them while the server extends the lease. Databases without a renew
 * statement keep the old end of the password when renewed, so `rotate` is the
 * default.
 *
 * @example
 * ```ts
 * const mode: LeaseMode = 'renew'; // the statements of this one can extend
 * const lease = await leases.acquire('reports-db', { mode });
 * ```
 *
 * @publicApi
 */
export type LeaseMode = 'rotate' | 'renew';

/** A lease's times. Monotonic milliseconds. */
export interface LeaseTimes {
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Longest life with all renewals; Infinity when unlimited. */
  readonly maxTtl: number;
  /** Life that one creation or renewal is meant to give. */
  readonly ttl: number;
}

/** What to do with a lease that is due. */
export type LeasePlan =
  | { readonly kind: 'rotate' }
  | {
      readonly kind: 'renew';
      /** To be added to the old expiry. */
      readonly ttl: number;
    };

/** When a lease is due. */
export function refreshAt(
  times: LeaseTimes,
  now: number,
  random: Random,
): number {
  const left = Math.max(0, times.expiresAt - now);
  return now + left * jitter(REFRESH_AT, REFRESH_JITTER, random);
}

/**
 * Renew or rotate? The server adds the TTL to the old expiry and refuses, not
 * caps, what passes the maximum (contract: leases §3.3); so exactly the wanted
 * time is asked for, and a lease that cannot get it is rotated.
 */
export function planRefresh(
  times: LeaseTimes,
  mode: LeaseMode,
  now: number,
): LeasePlan {
  if (mode === 'rotate') return { kind: 'rotate' };
  const wanted = Math.max(MIN_TTL, now + times.ttl - times.expiresAt);
  const room = times.createdAt + times.maxTtl - times.expiresAt;
  const ttl = Math.min(wanted, room);
  return ttl >= MIN_TTL ? { kind: 'renew', ttl } : { kind: 'rotate' };
}

/** Capped exponential back-off with full jitter. */
export function retryIn(attempt: number, random: Random): number {
  return random() * Math.min(BACKOFF_MAX, BACKOFF_BASE * 2 ** (attempt - 1));
}
