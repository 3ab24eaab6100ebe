import type { Clock, TimerHandle } from './clock.js';

/**
 * How far the calendar must run ahead of monotonic time, in milliseconds, to
 * count as a sleep: more than a pause between the readings of both, less than
 * a token lives.
 */
const LEAST_SLEEP = 1_000;

/** Monotonic time that goes on while the machine sleeps. */
export interface SleepAwareClock extends Clock {
  /** Milliseconds of all sleeps so far; they are part of `monotonic()`. */
  readonly slept: number;
  /** Calls back when a sleep was noticed, and returns how to stop that. */
  onSleep(listener: () => void): () => void;
}

const known = new WeakMap<Clock, SleepAwareClock>();

/**
 * The same clock, with sleeps in its monotonic time. On Linux that stops while
 * the machine is suspended, and so does that of a paused virtual machine: on
 * its return, whatever ends by the server's clock may be over. The calendar
 * tells, by a jump forward. A calendar that was merely set forward looks the
 * same: then lives end early and are renewed, which harms nobody. One that is
 * set back is no sleep, and lengthens no life.
 *
 * There is one for each clock, so that all who measure agree.
 */
export function sleepAware(clock: Clock): SleepAwareClock {
  if (clock instanceof Sleepless) return clock;
  let aware = known.get(clock);
  if (!aware) {
    aware = new Sleepless(clock);
    known.set(clock, aware);
  }
  return aware;
}

class Sleepless implements SleepAwareClock {
  #slept = 0;
  readonly #listeners = new Set<() => void>();
  /** Of the calendar before monotonic time, at the latest reading. */
  #lead: number;

  constructor(private readonly clock: Clock) {
    this.#lead = clock.now() - clock.monotonic();
  }

  get slept(): number {
    this.monotonic();
    return this.#slept;
  }

  now(): number {
    return this.clock.now();
  }

  monotonic(): number {
    const time = this.clock.monotonic();
    const lead = this.clock.now() - time;
    const leap = lead - this.#lead;
    const isSleep = leap >= LEAST_SLEEP;
    // Small ones may add up to a large one.
    if (isSleep || leap < 0) this.#lead = lead;
    if (isSleep) {
      this.#slept += leap;
      for (const listener of [...this.#listeners]) listener();
    }
    return time + this.#slept;
  }

  onSleep(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setTimeout(
    callback: () => void,
    delay: number,
    options?: { background?: boolean },
  ): TimerHandle {
    return this.clock.setTimeout(callback, delay, options);
  }

  clearTimeout(timer: TimerHandle): void {
    this.clock.clearTimeout(timer);
  }
}
