import { setMaxListeners } from 'node:events';
import { environmentIsForDevelopers } from '../auth/environment.js';
import { type Clock, delay } from '../common/clock.js';
import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import type { Random } from '../common/random.js';
import {
  InfisicalHttpError,
  InfisicalNetworkError,
  InfisicalRateLimitError,
  InfisicalTimeoutError,
} from '../http/errors.js';
import { SnapshotRefusedError } from './snapshot-store/snapshot-refused.error.js';

/**
 * What happens when the secrets cannot be loaded while the app starts.
 *
 * @example
 * ```ts
 * const startup: StartupOptions = { policy: 'retry', timeout: '10m' };
 * const root = InfisicalModule.forRoot({ environment: 'prod', startup });
 * ```
 *
 * @publicApi
 */
export interface StartupOptions {
  /**
   * `fail`: the first failure ends the start. `retry`: a server that cannot be
   * reached, or cannot answer now, is asked again until `timeout`; refused
   * credentials, missing permissions and missing or invalid secrets end the
   * start all the same. Default `fail`.
   */
  policy?: 'fail' | 'retry';
  /**
   * Time for login and first lists, all tries together. Default 30 s; 5 min for
   * `retry`, and for a start that the server's rate limit holds up: one that is
   * told when to ask again waits for that, whatever `policy` says.
   */
  timeout?: Duration;
  /**
   * Longest wait before the first request, a random part of it: for fleets whose
   * replicas start at the same moment behind one address. Not part of
   * `timeout`. Default 0: a lone app would only start later, and what is
   * refused for its rate is tried again anyway.
   */
  jitter?: Duration;
  /**
   * How long a start that fails lasts at least, from its begin on (up to 20 %
   * more, at random): what restarts the app at once then does not storm the
   * server, nor lock the identity. Not for wrong options, with which nothing is
   * sent. False for no wait. Default 5 s, and no wait where NODE_ENV is
   * `development` or `test`.
   */
  minTimeToFailure?: Duration | false;
}

/** The same, in milliseconds. */
export interface ResolvedStartup {
  readonly policy: 'fail' | 'retry';
  readonly timeout: number;
  /** The same for a start that the server's rate limit holds up. */
  readonly limitedTimeout: number;
  readonly jitter: number;
  readonly minTimeToFailure: number;
}

/** Several tries of a slow server, and less than orchestrators wait. Milliseconds. */
const TIMEOUT = 30_000;

/** A server that restarts or migrates its database. Milliseconds. */
const RETRY_TIMEOUT = 300_000;

/** A restart loop makes 12 logins a minute at most. Milliseconds. */
const MIN_TIME_TO_FAILURE = 5_000;

/** Spread of the above, so that replicas do not fail together. */
const FAILURE_SPREAD = 0.2;

/** Waits between tries, each with full jitter. Milliseconds. */
const BACK_OFF = { first: 1_000, longest: 30_000 };

/** Spread after the wait that the server asks for, which is the same for all replicas. Milliseconds. */
const LIMIT_SPREAD = 1_000;

/** @throws InfisicalConfigError naming the first wrong option */
export function resolveStartup(options: StartupOptions = {}): ResolvedStartup {
  assertKnownOptions(
    options,
    ['policy', 'timeout', 'jitter', 'minTimeToFailure'],
    'startup',
  );
  const { policy = 'fail', timeout, jitter = 0, minTimeToFailure } = options;
  if (policy !== 'fail' && policy !== 'retry') {
    throw new InfisicalConfigError("startup.policy must be 'fail' or 'retry'.");
  }
  const least =
    minTimeToFailure ??
    (environmentIsForDevelopers() ? false : MIN_TIME_TO_FAILURE);
  const isTold = timeout !== undefined || policy === 'retry';
  const limited = toMilliseconds(timeout ?? RETRY_TIMEOUT, 'startup.timeout');
  return {
    policy,
    timeout: isTold ? limited : TIMEOUT,
    limitedTimeout: limited,
    jitter: toMilliseconds(jitter, 'startup.jitter'),
    minTimeToFailure:
      least === false ? 0 : toMilliseconds(least, 'startup.minTimeToFailure'),
  };
}

/** Does what has to be done before an app can run, as its `startup` says. */
export class Startup {
  readonly #begin: number;
  readonly #lifetime = new AbortController();
  #spread: Promise<void> | undefined;

  /** @param warn gets what is told while it goes on */
  constructor(
    private readonly options: ResolvedStartup,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly warn: (message: string) => void,
  ) {
    this.#begin = clock.monotonic();
    setMaxListeners(0, this.#lifetime.signal);
  }

  /** Ends all that is under way, and what is held back. Harmless when repeated. */
  end(reason: Error): void {
    this.#lifetime.abort(reason);
  }

  /**
   * Does work within the time; again and again where that is wanted. It may be
   * called several times.
   *
   * @throws InfisicalTimeoutError
   * @throws what the work threw
   */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeout, jitter } = this.options;
    const lifetime = this.#lifetime.signal;
    lifetime.throwIfAborted();
    if (jitter > 0) {
      await (this.#spread ??= delay(
        this.clock,
        jitter * this.random(),
        lifetime,
      ));
    }
    const end = this.clock.monotonic() + this.options.limitedTimeout;
    for (let bound = BACK_OFF.first; ; bound *= 2) {
      const left = Math.min(timeout, end - this.clock.monotonic());
      try {
        return await this.within(left, work);
      } catch (error) {
        const asked = askedWait(error);
        if (asked === undefined) throw error;
        const spread = LIMIT_SPREAD * this.random();
        const wait = Math.max(asked + spread, this.backOff(bound));
        if (this.clock.monotonic() + wait >= end) throw error;
        this.warn(messages.limited(error as Error, wait));
        await delay(this.clock, wait, lifetime);
      }
    }
  }

  /** Waits as long as a failed start has to last. */
  async holdBack(error: Error): Promise<void> {
    const { signal } = this.#lifetime;
    if (error instanceof InfisicalConfigError || signal.aborted) return;
    const least =
      this.options.minTimeToFailure * (1 + FAILURE_SPREAD * this.random());
    const wait = this.#begin + least - this.clock.monotonic();
    if (wait <= 0) return;
    this.warn(messages.holdBack(error, wait));
    await delay(this.clock, wait, signal).catch(() => undefined);
  }

  /** Does work within a time. */
  private async within<T>(
    ms: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const lifetime = this.#lifetime.signal;
    const controller = new AbortController();
    const end = (): void => controller.abort(lifetime.reason);
    lifetime.addEventListener('abort', end, { once: true });
    // As many lists wait for it as there are scopes.
    setMaxListeners(0, controller.signal);
    let latest: Error | undefined;
    const timer = this.clock.setTimeout(
      () => controller.abort(timeoutError(this.options.timeout, latest)),
      ms,
    );
    try {
      return await this.attempt(work, controller.signal, (error) => {
        latest = error;
      });
    } finally {
      this.clock.clearTimeout(timer);
      lifetime.removeEventListener('abort', end);
    }
  }

  private async attempt<T>(
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    onFailure: (error: Error) => void,
  ): Promise<T> {
    const isPatient = this.options.policy === 'retry';
    for (let bound = BACK_OFF.first; ; bound *= 2) {
      try {
        return await work(signal);
      } catch (thrown) {
        const error = thrown as Error;
        const isOver = signal.aborted || askedWait(error) !== undefined;
        if (!isPatient || isOver || !mayPass(error)) throw error;
        onFailure(error);
        const wait = this.backOff(bound);
        this.warn(messages.retry(error, wait));
        await delay(this.clock, wait, signal);
      }
    }
  }

  private backOff(bound: number): number {
    return this.random() * Math.min(bound, BACK_OFF.longest);
  }
}

/** How long the server asks to wait for its rate limit, in milliseconds. */
function askedWait(error: unknown): number | undefined {
  if (error instanceof SnapshotRefusedError) return askedWait(error.cause);
  return error instanceof InfisicalRateLimitError
    ? error.retryAfterMs
    : undefined;
}

/** Whether time may heal it. */
export function mayPass(error: Error): boolean {
  if (error instanceof SnapshotRefusedError && error.cause) {
    return mayPass(error.cause as Error);
  }
  if (error instanceof InfisicalHttpError) {
    return error.retryable || error.status >= 500;
  }
  if (error instanceof InfisicalNetworkError) {
    // The server's name may come with the server.
    return error.retryable || error.code === 'ENOTFOUND';
  }
  return error instanceof InfisicalTimeoutError;
}

const messages = {
  retry: (error: Error, wait: number): string =>
    `The secrets could not be loaded yet, the next try comes in ${seconds(wait)}: ${error.message}`,

  limited: (error: Error, wait: number): string =>
    `The server’s rate limit holds up the start, the next try comes in ${seconds(wait)}: ${error.message}`,

  holdBack: (error: Error, wait: number): string =>
    `The start has failed (${error.name}). The report follows in ${seconds(wait)}, so that restarts do not storm the server (startup.minTimeToFailure).`,
};

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function timeoutError(ms: number, latest?: Error): InfisicalTimeoutError {
  const reason = latest ? ` The latest failure: ${latest.message}` : '';
  return new InfisicalTimeoutError(
    `The secrets were not loaded within ${ms} ms (startup.timeout). Check that the Infisical server is up and can be reached from here, or raise startup.timeout.${reason}`,
    ms,
    { cause: latest },
  );
}
