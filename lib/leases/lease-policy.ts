/** The numbers of managed leases, in one place. Milliseconds unless a unit is named. */

/** Part of a lease's life after which it is renewed or rotated. Leaves a third for retries and for the old credentials to drain. */
export const REFRESH_AT = 2 / 3;

/** Spread of that point. */
export const REFRESH_JITTER = 0.05;

/** Shortest extension the server grants (contract: KMS and leases §0.1). */
export const MIN_TTL = 60_000;

/** Upper bound of the first wait after a failure; doubles. */
export const BACKOFF_BASE = 1_000;

/** Upper bound of any such wait. */
export const BACKOFF_MAX = 60_000;
