import type { Clock, TimerHandle } from '../../common/clock.js';

/**
 * The real time, without timers: nothing fires by itself, so that a test has
 * no open handles. Answers out of memory need no deadline.
 */
export const idleClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (): TimerHandle => ({}),
  clearTimeout: () => undefined,
};
