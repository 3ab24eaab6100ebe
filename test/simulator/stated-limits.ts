/**
 * What the engine promises, in numbers. Written here once more, and not
 * imported, so that a mistake in the engine's own numbers shows;
 * `simulator.spec.ts` compares both. Milliseconds unless a unit is named.
 */
export const STATED = {
  /** The latest point of a renewal: 2/3 of the life and a tenth of that. */
  renewAtLatest: (2 / 3) * 1.1,
  /** And the earliest. */
  renewAtEarliest: (2 / 3) * 0.9,
  /** Longest wait after a server that could not be asked. */
  backoffMax: 30_000,
  /** Longest wait after refused credentials, and its spread. */
  refusedMax: 15 * 60_000 * 1.1,
  /** Deadline of one call with all its tries. */
  callDeadline: 30_000,
  /** Tries of one call. */
  tries: 4,
  /** Spread of the refresh interval. */
  refreshSpread: 0.1,
  /** Longest wait after a list that could not be read, unless the interval is longer. */
  listBackoffMax: 120_000,
  /** Lists in a minute of trouble, before that back-off has grown. */
  listRetriesPerMinute: 8,
  /** Failed logins in an hour of wrong credentials. */
  refusedLoginsPerHour: 12,
  /**
   * Requests for tokens in a minute of trouble: some calls at short waits
   * before the back-off has grown, four tries each.
   */
  tokenRequestsPerMinute: 60,
};

/**
 * Most requests for tokens in one minute, for tokens that live so long.
 *
 * @param life shortest life of a token, in milliseconds
 */
export function tokenRequestBudget(life: number): number {
  const renewals = 60_000 / (life * STATED.renewAtEarliest);
  return STATED.tokenRequestsPerMinute + 1.5 * renewals;
}

/** Most requests for lists of one scope in one minute; each try may meet an old API, and one more token. */
export function listRequestBudget(refreshInterval: number): number {
  const rounds = 60_000 / (refreshInterval * (1 - STATED.refreshSpread)) + 2;
  return STATED.tries * (2 * Math.ceil(rounds) + STATED.listRetriesPerMinute);
}
