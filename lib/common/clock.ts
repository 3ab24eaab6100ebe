/** A pending timer of a {@link Clock}. */
export type TimerHandle = object;

/**
 * Where time comes from. Everything that waits or measures takes a clock, so
 * that hours of behaviour can be tested in milliseconds.
 *
 * @publicApi
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. May jump. */
  now(): number;
  /** Monotonic time in milliseconds. Only differences have a meaning. */
  monotonic(): number;
  /**
   * Calls `callback` once after `delay` milliseconds. A `background` timer does
   * not keep the process alive.
   */
  setTimeout(
    callback: () => void,
    delay: number,
    options?: { background?: boolean },
  ): TimerHandle;
  /** Cancels a timer. Harmless on one that has fired. */
  clearTimeout(timer: TimerHandle): void;
}

/**
 * The longest delay that is handed to the runtime in one piece: 24 hours in
 * milliseconds. Node fires a timer of more than 2^31 - 1 ms (24.8 days) after
 * one millisecond, and the default token life is 30 days.
 */
export const MAX_TIMER_DELAY = 24 * 60 * 60 * 1000;

interface SystemTimer {
  timeout: NodeJS.Timeout;
}

/** The real clock. Long delays are waited for in pieces. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, delay, options) => {
    const arm = (left: number): NodeJS.Timeout => {
      const timeout = setTimeout(
        () => {
          if (left > MAX_TIMER_DELAY)
            timer.timeout = arm(left - MAX_TIMER_DELAY);
          else callback();
        },
        Math.min(left, MAX_TIMER_DELAY),
      );
      return options?.background ? timeout.unref() : timeout;
    };
    const timer: SystemTimer = { timeout: arm(delay) };
    return timer;
  },
  clearTimeout: (timer) => clearTimeout((timer as SystemTimer).timeout),
};

/**
 * Resolves after `delay` milliseconds of the clock's time, or rejects with the
 * signal's reason as soon as it aborts.
 */
export function delay(
  clock: Clock,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      clock.clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
