import type { Clock, TimerHandle } from '../../lib/common/clock.js';

/** The clock of the engine alone: it knows which timers are left. */
export class EngineClock implements Clock {
  readonly #timers = new Set<TimerHandle>();

  constructor(private readonly clock: Clock) {}

  /** How many are left. */
  get left(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.clock.now();
  }

  monotonic(): number {
    return this.clock.monotonic();
  }

  setTimeout(callback: () => void, delay: number): TimerHandle {
    const timer = this.clock.setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, delay);
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: TimerHandle): void {
    this.#timers.delete(timer);
    this.clock.clearTimeout(timer);
  }
}
