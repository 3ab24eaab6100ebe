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
  /** Shortest wait after a list that could not be read. */
  listBackoffLeast: 1_000,
  /** Longest wait after a list that could not be read, unless the interval is longer. */
  listBackoffMax: 120_000,
  /** Lists in a minute of trouble, before that back-off has grown. */
  listRetriesPerMinute: 8,
  /** Failed logins in an hour of wrong credentials. */
  refusedLoginsPerHour: 12,
  /** Refreshes that callers may cause at once, and in each minute after that. */
  forcedBurst: 20,
  forcedPerMinute: 60,
  /** An orchestrator starts an app again. */
  restart: 10_000,
  /**
   * Requests for tokens in a minute of trouble: some calls at short waits
   * before the back-off has grown, four tries each.
   */
  tokenRequestsPerMinute: 72,
};

/** A call of the app ends within its deadline, give or take the clock's grain. */
export const CALL_LIMIT = STATED.callDeadline + 1_000;

/** A forced refresh waits for the one before it, and for the scope's list before that. */
export const FORCED_LIMIT = 3 * CALL_LIMIT;

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
export function listRequestBudget(
  refreshInterval: number,
  isForced: boolean,
): number {
  const rounds = 60_000 / (refreshInterval * (1 - STATED.refreshSpread)) + 2;
  const forced = isForced ? STATED.forcedBurst + STATED.forcedPerMinute + 2 : 0;
  const wanted = 2 * Math.ceil(rounds) + STATED.listRetriesPerMinute + forced;
  return STATED.tries * wanted;
}
