/**
 * What an app of the soak promises, in numbers, and where they come from.
 * Milliseconds unless a unit is named.
 */

/** Deadline of one try, given to the apps so that what hangs is over soon. */
export const TIMEOUT = 3_000;

/** Longest wait that a 429 of the troubles asks for, in seconds. */
export const LONGEST_RETRY_AFTER = 3;

/** Life of the access tokens, in seconds. */
export const TOKEN_TTL = 5;

/**
 * Least life that is left of a token in calm times: it is renewed after 2/3 of
 * its life and a tenth of that, and half a second is for the renewal itself.
 */
export const LEAST_LIFE = TOKEN_TTL * 1000 * (1 - (2 / 3) * 1.1) - 500;

/** Part of calm time with less: a slow machine is late once in a while. */
export const LATE_SHARE = 0.05;

/** Longest wait between two lists of a scope that could not be refreshed. */
const LONGEST_BACK_OFF = 120_000;

/** Deadline of one call with all its tries. */
const CALL_DEADLINE = 30_000;

/** Time in which everything is healthy, and has the newest secrets, after the last trouble. */
export const HEAL = LONGEST_BACK_OFF + CALL_DEADLINE;

/** Longest time that any reader may have old secrets: a trouble and what heals it. */
export const STALE = HEAL + 10_000;

/**
 * The same in calm times: one interval and its spread; then the question, for
 * which a window of a 429 may have to end, with its spread of a second.
 */
export function calmStale(interval) {
  return interval * 1.1 + (LONGEST_RETRY_AFTER + 1) * 1000 + 500;
}

/** Seconds without any renewal, when the server extends tokens: whatever happens, the app does not turn to logins for good. */
export const LONGEST_WITHOUT_RENEWAL = 150;

/** Tries of one call. */
const TRIES = 4;

/** Most requests in any minute, by kind. */
export function requestBudgets({ interval, lists, push }) {
  const rounds = Math.ceil(60_000 / (interval * 0.9)) + 1;
  // Ten at once and ten a minute; and one after each stream.
  const pushed = push ? 20 + 10 : 0;
  const renewals = 60 / (TOKEN_TTL * (2 / 3) * 0.9);
  return {
    lists: lists * (rounds + pushed) * TRIES,
    // Back-off begins with short waits, four tries each.
    tokens: Math.ceil(60 + 1.5 * renewals),
    // Ten at once and one in two minutes; each once more for a rejected token.
    streams: push ? 2 * (10 + 1) : 0,
  };
}

/**
 * Growth of the heap in kB that is no leak, over so many minutes: what V8 notes
 * of code that it compiles late, on a slow machine, and a part of what one kB
 * that is kept with each list would be, which is some 400 a minute.
 */
export function heapGrowth(minutes) {
  return 400 + 60 * minutes;
}

/** By how many timers, connections and other handles the least of the last third may be above the most of the first. */
export const HANDLE_GROWTH = 10;
