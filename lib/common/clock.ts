/**
 * A pending timer of a {@link Clock}.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * const timer: TimerHandle = clock.setTimeout(() => {}, 1000);
 * clock.clearTimeout(timer);
 * ```
 *
 * @publicApi
 */
export type TimerHandle = object;

/**
 * Where time comes from. Everything that waits or measures takes a clock, so
 * that hours of behaviour can be tested in milliseconds.
 *
 * @example
 * ```ts
 * const clock: Clock = new VirtualClock();
 * InfisicalModule.forRoot({ clock, projectId, environment: 'dev' });
 * ```
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

/** A delay that is waited for in pieces. */
interface PiecedTimer {
  piece: NodeJS.Timeout;
}

/** The real clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, delay, options) => {
    const start = (fire: () => void, ms: number): NodeJS.Timeout => {
      // Node cuts fractions off, and would fire early.
      const timeout = setTimeout(fire, Math.ceil(ms));
      return options?.background ? timeout.unref() : timeout;
    };
    if (delay <= MAX_TIMER_DELAY) return start(callback, delay);
    const next = (left: number): NodeJS.Timeout =>
      left <= MAX_TIMER_DELAY
        ? start(callback, left)
        : start(() => {
            timer.piece = next(left - MAX_TIMER_DELAY);
          }, MAX_TIMER_DELAY);
    const timer: PiecedTimer = { piece: next(delay) };
    return timer;
  },
  clearTimeout: (timer) =>
    clearTimeout(
      'piece' in timer
        ? (timer as PiecedTimer).piece
        : (timer as NodeJS.Timeout),
    ),
};

/**
 * Resolves after `delay` milliseconds of the clock's time, or rejects with the
 * signal's reason as soon as it aborts.
 */
export function delay(
  clock: Clock,
  ms: number,
  signal?: AbortSignal,
  options?: { background?: boolean },
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
    const done = (): void => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    const timer = clock.setTimeout(done, ms, options);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
