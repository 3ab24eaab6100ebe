/** The numbers of managed leases, in one place. Milliseconds unless a unit is named. */

/** Part of a lease's life after which it is renewed or replaced. Leaves a third for retries and for the old credentials to drain. */
export const REFRESH_AT = 2 / 3;

/** Spread of that point, so that replicas do not replace together. */
export const REFRESH_JITTER = 0.05;

/** However long the overlap, a lease is in use for this part of its life, so that a shortened TTL makes no loop of creations. */
export const LEAST_USE = 0.5;

/** Shortest life and extension the server grants (contract: KMS and leases §0.1). */
export const MIN_TTL = 60_000;

/**
 * What the overlap of old and new credentials is made of, unless told
 * otherwise. The old credentials end at their expiry even inside a transaction
 * (the role is dropped), so there must be time for the longest transaction,
 * begun a moment before the change, to end.
 */
export const OVERLAP = {
  /** The longest transaction: gateways and browsers give up after 30 s or a minute, and nobody waits for the rest. */
  transaction: 30_000,
  /** A login, and its proof: drivers and proxies give up after 5 s or more. */
  connect: 5_000,
  /** Clocks of Infisical and of the database against each other. */
  skew: 5_000,
  /** Making the lease, timers that fire late, a busy event loop. */
  margin: 5_000,
};

/** How many overlaps a life must have: one to take over from the lease before, one to hand over to the next. */
export const OVERLAPS_PER_LIFE = 2;

/** Time that an ordinary replacement takes, before its delay is told. */
export const EXPIRING_GRACE = 5_000;

/** Part of the overlap that this is at most. */
export const EXPIRING_GRACE_PART = 0.25;

/** Upper bound of the first wait after a failure; doubles. */
export const BACKOFF_BASE = 1_000;

/** The same after a refusal, which time alone seldom heals: a deleted dynamic secret, a plan, a limit. */
export const REFUSED_BASE = 10_000;

/** Upper bound of any such wait. */
export const BACKOFF_MAX = 60_000;

/** Shortest wait between two tries. */
export const BACKOFF_MIN = 250;

/** While the old credentials work, no wait is longer than this part of what is left of them, so that the last try comes before their end. */
export const BACKOFF_LIFE_PART = 0.5;

/** How long new credentials may fail their proof, as replicas of a database learn of a role late. Then they are revoked, and others are made. */
export const PROVE_FOR = 60_000;

/** Part of a life that this is at most. */
export const PROVE_LIFE_PART = 0.25;

/** Upper bound of a wait between two proofs. */
export const PROVE_BACKOFF_MAX = 5_000;

/** Shortest wait before other credentials are made after some that never worked; doubles. */
export const REMINT_BASE = 15_000;

/** Upper bound of that wait. */
export const REMINT_MAX = 300_000;

/** Shortest time between two replacements because consumers say that the credentials are refused. */
export const DEAD_SPACING = 30_000;

/** How long a creation whose answer was lost may still appear among the leases. */
export const LOST_FOR = 120_000;

/** How long `revoke` waits for consumers to let go. */
export const DEFAULT_GRACE = 5_000;
