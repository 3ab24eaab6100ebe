import type { Clock, TimerHandle } from '../../common/clock.js';

/** Waits up to this many milliseconds do end, such as that between forced refreshes. */
const SHORT = 1_000;

/**
 * The real time, with hardly a timer: nothing is scheduled, so that a test has
 * no open handles. Answers out of memory need no deadline.
 */
export const idleClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, delay, options): TimerHandle =>
    options?.background || delay > SHORT
      ? {}
      : setTimeout(callback, Math.ceil(delay)).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
