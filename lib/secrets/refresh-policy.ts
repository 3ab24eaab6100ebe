/**
 * The numbers of refresh, in one place. Milliseconds unless a unit is named.
 */

/** Time between two questions for changes: a rotation is seen within minutes, at 12 requests an hour and scope. */
export const REFRESH_INTERVAL = 300_000;

/** Shortest such time; less would only be a load. */
export const MIN_REFRESH_INTERVAL = 1_000;

/** Spread of the interval, so that replicas do not ask together. */
export const REFRESH_JITTER = 0.1;

/** Upper bound of the first wait after a scope could not be refreshed; doubles. */
export const BACK_OFF_FIRST = 5_000;

/** Upper bound of any such wait, unless the interval is longer: then that. */
export const BACK_OFF_LONGEST = 120_000;

/** Shortest such wait. */
export const BACK_OFF_LEAST = 1_000;

/** Requests that callers of `refresh()` may cause one after the other, for each scope. */
export const FORCED_BURST = 20;

/** Time after which one more of them may be made: 60 a minute, which is half of what the smallest plan of the cloud allows (contract: auth §9). */
export const FORCED_GAP = 1_000;
