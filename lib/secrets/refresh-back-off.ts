import type { Random } from '../common/random.js';
import { InfisicalRateLimitError } from '../http/errors.js';
import { isUnavailable } from '../http/unavailable.js';
import { MissingSecretsError } from './missing-secrets.error.js';
import {
  BACK_OFF_FIRST,
  BACK_OFF_LEAST,
  BACK_OFF_LONGEST,
} from './refresh-policy.js';
import type { ScopeState } from './scope-state.js';

interface Trouble {
  readonly failures: number;
  /** Monotonic milliseconds. */
  readonly retryAt: number;
}

/**
 * When scopes that could not be refreshed are asked for again: each has a
 * rhythm of its own, with full jitter. A server that is back is found before
 * the interval ends; what was refused is asked for no more often than that.
 */
export class RefreshBackOff {
  readonly #troubles = new WeakMap<ScopeState, Trouble>();
  readonly #longest: number;

  /** @param interval that of healthy scopes, in milliseconds */
  constructor(
    private readonly random: Random,
    private readonly interval: number,
  ) {
    this.#longest = Math.max(interval, BACK_OFF_LONGEST);
  }

  /** Notes a failure: the state's latest. */
  failed(state: ScopeState, now: number): void {
    const failures = (this.#troubles.get(state)?.failures ?? 0) + 1;
    const bound = Math.min(this.#longest, BACK_OFF_FIRST * 2 ** (failures - 1));
    const { lastError } = state;
    const least = Math.max(
      isRefused(lastError) ? this.interval : BACK_OFF_LEAST,
      askedWait(lastError),
    );
    const wait = Math.max(least, this.random() * bound);
    this.#troubles.set(state, { failures, retryAt: now + wait });
  }

  /** Notes a success. */
  succeeded(state: ScopeState): void {
    this.#troubles.delete(state);
  }

  /** When to ask again, in monotonic milliseconds; undefined for a scope without trouble. */
  retryAt(state: ScopeState): number | undefined {
    return this.#troubles.get(state)?.retryAt;
  }
}

/** Whether the server was asked, and time alone does not heal it. */
function isRefused(error: Error | undefined): boolean {
  return error instanceof MissingSecretsError || !isUnavailable(error);
}

/** How long the server asks to wait, in milliseconds. */
function askedWait(error: Error | undefined): number {
  return error instanceof InfisicalRateLimitError
    ? (error.retryAfterMs ?? 0)
    : 0;
}
