import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import type { Random } from '../common/random.js';
import {
  InfisicalHttpError,
  InfisicalNetworkError,
  InfisicalRateLimitError,
  InfisicalTimeoutError,
} from './errors.js';

/**
 * How failed requests are tried again. Only what is safe is: reads, idempotent
 * deletes, login and renewal, and anything that provably did not reach the
 * server.
 *
 * @example
 * ```ts
 * const retry: RetryOptions = { attempts: 6, maxDelay: '5s', deadline: '1m' };
 * const client = new InfisicalClient({ projectId, retry });
 * ```
 *
 * @publicApi
 */
export interface RetryOptions {
  /** Tries in all, the first included. Default 4. */
  attempts?: number;
  /** Upper bound of the first wait; doubles with each try. Default 500 ms. */
  baseDelay?: Duration;
  /** Upper bound of any wait. Default 10 s. */
  maxDelay?: Duration;
  /** Time for one call with all its tries and waits. Default 30 s. */
  deadline?: Duration;
}

/** The numbers of retries, resolved. Milliseconds. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly baseDelay: number;
  readonly maxDelay: number;
  readonly deadline: number;
}

/** Four tries spread over about two seconds ride out a restart of one replica without holding a caller for long. */
export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 4,
  baseDelay: 500,
  maxDelay: 10_000,
  deadline: 30_000,
};

/** Statuses of a gateway whose server was not there; a plain 500 is also a refused body (contract: auth §6). */
const RETRYABLE_STATUS = new Set([429, 502, 503, 504]);

export function resolveRetry(options: RetryOptions = {}): RetryPolicy {
  const attempts = options.attempts ?? DEFAULT_RETRY.attempts;
  if (!Number.isInteger(attempts) || attempts < 1) {
    throw new InfisicalConfigError(
      'retry.attempts must be a whole number of at least 1; 1 means that nothing is tried again.',
    );
  }
  const read = (name: 'baseDelay' | 'maxDelay' | 'deadline'): number =>
    toMilliseconds(options[name] ?? DEFAULT_RETRY[name], `retry.${name}`);
  return {
    attempts,
    baseDelay: read('baseDelay'),
    maxDelay: read('maxDelay'),
    deadline: read('deadline'),
  };
}

/** Whether a status says that the server could not answer now. */
export function isRetryableStatus(status: number): boolean {
  return RETRYABLE_STATUS.has(status);
}

/**
 * Milliseconds to wait before the next try, or undefined when the call must
 * not be made again.
 */
export function retryDelay(
  error: unknown,
  attempt: number,
  idempotent: boolean,
  policy: RetryPolicy,
  random: Random,
): number | undefined {
  if (attempt >= policy.attempts) return undefined;
  const bound = Math.min(
    policy.maxDelay,
    policy.baseDelay * 2 ** (attempt - 1),
  );
  if (error instanceof InfisicalRateLimitError) {
    // Refused before any work was done, so safe for every method.
    return (error.retryAfterMs ?? bound / 2) + random() * bound;
  }
  if (error instanceof InfisicalNetworkError) {
    if (!error.retryable || (error.sent && !idempotent)) return undefined;
    return random() * bound;
  }
  if (!idempotent) return undefined;
  if (
    error instanceof InfisicalTimeoutError ||
    (error instanceof InfisicalHttpError && error.retryable)
  ) {
    return random() * bound;
  }
  return undefined;
}
