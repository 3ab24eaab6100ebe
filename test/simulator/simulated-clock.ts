import type { Clock, TimerHandle } from '../../lib/common/clock.js';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** What Node makes of a longer delay: one millisecond. */
const NODE_MAX_DELAY = 2 ** 31 - 1;

/** More timers than this in one second of virtual time are a busy loop. */
const MAX_TIMERS_PER_SECOND = 5_000;

/**
 * Virtual time for a world without sockets: nothing but timers and promises,
 * so that one turn of the event loop settles everything. It also leaps, as a
 * machine that was suspended, and its calendar jumps.
 */
export class SimulatedClock implements Clock {
  #elapsed = 0;
  #calendar = Date.UTC(2026, 0, 1);
  readonly #timers: Timer[] = [];
  #second = 0;
  #firedInSecond = 0;

  now(): number {
    return this.#calendar + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setTimeout(callback: () => void, delay: number): TimerHandle {
    const wait = delay > NODE_MAX_DELAY ? 1 : Math.max(1, Math.ceil(delay));
    return this.at(this.#elapsed + wait, callback);
  }

  /** For the world, which needs no timers of Node. */
  at(moment: number, callback: () => void): TimerHandle {
    const timer: Timer = { at: Math.ceil(moment), callback };
    // Behind those of the same moment.
    let place = this.#timers.length;
    while (place > 0 && (this.#timers[place - 1] as Timer).at > timer.at) {
      place--;
    }
    this.#timers.splice(place, 0, timer);
    return timer;
  }

  clearTimeout(timer: TimerHandle): void {
    const place = this.#timers.indexOf(timer as Timer);
    if (place >= 0) this.#timers.splice(place, 1);
  }

  /** Moves the calendar alone, as an administrator or NTP would. */
  jump(ms: number): void {
    this.#calendar += ms;
  }

  /** Time passes while nothing runs; timers that were due fire late. */
  suspend(ms: number): void {
    this.#elapsed += ms;
  }

  /**
   * Lets time pass until a moment. Whenever everything that a timer started
   * has settled, `isEnough` may end it.
   *
   * @throws when timers fire without end
   */
  async runUntil(end: number, isEnough: () => boolean): Promise<void> {
    await settle();
    while (!isEnough()) {
      const next = this.#timers[0];
      if (!next || next.at > end) {
        this.#elapsed = Math.max(this.#elapsed, end);
        break;
      }
      this.#timers.shift();
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.count();
      next.callback();
      await settle();
    }
  }

  private count(): void {
    const second = Math.floor(this.#elapsed / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#firedInSecond = 0;
    }
    if (++this.#firedInSecond > MAX_TIMERS_PER_SECOND) {
      throw new Error(
        `busy loop: over ${MAX_TIMERS_PER_SECOND} timers fired in second ${second}`,
      );
    }
  }
}

/** All promises that can go on without a timer have done so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
