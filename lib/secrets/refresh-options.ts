import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import {
  MIN_REFRESH_INTERVAL,
  REFRESH_INTERVAL,
  REFRESH_JITTER,
} from './refresh-policy.js';

/**
 * What becomes of a secret that a refresh does not find any more, or whose
 * value the identity may not read any more:
 * - `drop`: it is gone, as on the server
 * - `keep`: its last value stays until the app ends, or the secret is there again
 * - `error`: the refresh is rejected as a whole, as by a schema, until it is there again
 *
 * @example
 * ```ts
 * const removed: RemovedSecrets = 'keep';
 * InfisicalModule.forRoot({ environment: 'prod', refresh: { removed } });
 * ```
 *
 * @publicApi
 */
export type RemovedSecrets = 'drop' | 'keep' | 'error';

/**
 * How the secrets follow the server.
 *
 * @example
 * ```ts
 * const refresh: RefreshOptions = {
 *   interval: '1m',
 *   maxStale: '1h',
 *   removed: 'keep',
 * };
 * InfisicalModule.forRoot({ environment: 'prod', refresh });
 * ```
 *
 * @publicApi
 */
export interface RefreshOptions {
  /** Time between two questions for changes, ± 10 %; false for none. Default 5 min. */
  interval?: Duration | false;
  /**
   * Age from which on the status of a snapshot is `error`, and the health
   * `down`; it can be read all the same. Must be longer than the interval.
   * Default: none.
   */
  maxStale?: Duration;
  /** What becomes of a secret that is not found any more. `events$` tells of it in any case. Default `drop`. */
  removed?: RemovedSecrets;
  /**
   * Whether the server tells of changes over an event stream, so that they
   * are refreshed within a second. It needs a plan with event subscriptions,
   * and an identity that may subscribe to secret events; where it is refused,
   * a warning says so, and there is the interval only. An open stream keeps
   * the process alive until the app is closed. Default false.
   */
  push?: boolean;
}

/** How far a store trusts what it has, and what it does about what is gone. */
export interface RefreshPolicy {
  /** Milliseconds; Infinity for none. */
  readonly maxStale: number;
  readonly removed: RemovedSecrets;
}

/** The same, with the interval in milliseconds. */
export interface ResolvedRefresh extends RefreshPolicy {
  /** Undefined for no refresh. */
  readonly interval: number | undefined;
  readonly push: boolean;
}

/** The policy of a store that nobody told one. */
export const DEFAULT_REFRESH_POLICY: RefreshPolicy = {
  maxStale: Infinity,
  removed: 'drop',
};

const OPTION_NAMES: readonly (keyof RefreshOptions)[] = [
  'interval',
  'maxStale',
  'removed',
  'push',
];

const REMOVED: readonly RemovedSecrets[] = ['drop', 'keep', 'error'];

/** @throws InfisicalConfigError naming the first wrong option */
export function resolveRefresh(options: RefreshOptions = {}): ResolvedRefresh {
  assertKnownOptions(options, OPTION_NAMES, 'refresh');
  const { removed = DEFAULT_REFRESH_POLICY.removed, push = false } = options;
  const given = options.interval ?? REFRESH_INTERVAL;
  const interval =
    given === false ? undefined : toMilliseconds(given, 'refresh.interval');
  if (interval !== undefined && interval < MIN_REFRESH_INTERVAL) {
    throw new InfisicalConfigError(
      'refresh.interval must be at least 1 s, or false for no refresh.',
    );
  }
  const maxStale =
    options.maxStale === undefined
      ? DEFAULT_REFRESH_POLICY.maxStale
      : toMilliseconds(options.maxStale, 'refresh.maxStale');
  if (maxStale <= (interval ?? 0) * (1 + REFRESH_JITTER)) {
    throw new InfisicalConfigError(
      'refresh.maxStale must be longer than refresh.interval with its spread of 10 %: choose several times the interval.',
    );
  }
  if (!REMOVED.includes(removed)) {
    throw new InfisicalConfigError(
      "refresh.removed must be 'drop', 'keep' or 'error'.",
    );
  }
  if (typeof push !== 'boolean') {
    throw new InfisicalConfigError('refresh.push must be true or false.');
  }
  return { interval, maxStale, removed, push };
}
