/**
 * The numbers of token renewal, in one place. Milliseconds unless a unit is
 * named.
 */

/** Part of the remaining life after which a token is renewed. Leaves a third for retries. */
export const RENEW_AT = 2 / 3;

/** Spread of that point, so that replicas do not renew together. */
export const RENEW_JITTER = 0.1;

/** Part of the life after which a token is renewed when a refusal may kill it and no login can replace it (Gen 1 deletes the row; contract: auth §0). */
export const RENEW_AT_WITHOUT_LOGIN = 0.9;

/** A life below this many milliseconds is not renewed but logged in for: within the second of its issue, a renewal moves no `exp`, and a login follows anyway. */
export const LEAST_RENEWED = 1_000;

/** Distance to the maximum life inside which a login is taken in place of a renewal, next to one full TTL. */
export const MAX_LIFE_MARGIN = 5_000;

/** Upper bound of the first wait after the server could not be asked; doubles. */
export const BACKOFF_BASE = 500;

/** Upper bound of any such wait. */
export const BACKOFF_MAX = 30_000;

/** While a token still works, no wait is longer than this part of what is left of its life, so that the last try comes before its end. */
export const BACKOFF_LIFE_PART = 0.5;

/** Renewals that fail in a row, one after the other, before a login is tried in their place: only their route may be out of order. */
export const MAX_FAILED_RENEWALS = 3;

/** Shortest wait between two tries. */
export const BACKOFF_MIN = 100;

/**
 * Wait after refused credentials. The server locks an identity after three
 * failures that follow each other within 30 s (contract: auth §2.3); one
 * failure a minute never gets there.
 */
export const REFUSED_HOLD = 60_000;

/** Upper bound of that wait; it doubles with each refusal. */
export const REFUSED_HOLD_MAX = 15 * 60_000;

/**
 * Shortest wait between two logins after refused credentials, whatever became
 * of the first: the counter of failures starts anew after so long (contract:
 * auth §2.3).
 */
export const REFUSED_SPACING = 30_000;

/** Refused logins of one identity that may follow each other in less than that: one less than what locks it. */
export const MAX_REFUSALS_TOGETHER = 2;

/** Tokens that are rejected before they were due, one after the other, before logins slow down. */
export const MAX_EARLY_REJECTIONS = 3;

/** Callers wait for the next try when it is this near, and get the last error at once when it is not. */
export const PATIENCE = 2_000;

/** Below this many milliseconds a token's life is warned of: a minute, less the second that its claims may hide. */
export const SHORT_LIFE = 59_000;
