import type { Clock, TimerHandle } from '../common/clock.js';

interface VirtualTimer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that moves only when told to. Hand it to the client, the module or
 * the emulator and pass hours in milliseconds.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * const emulator = await InfisicalEmulator.start({ clock });
 * const client = new InfisicalClient({ siteUrl: emulator.url, clock });
 * await clock.advance(3_600_000); // one hour
 * ```
 *
 * @publicApi
 */
export class VirtualClock implements Clock {
  private elapsed = 0;
  private offset = 0;
  private order = 0;
  private readonly timers = new Set<VirtualTimer>();

  /** @param start wall-clock time of the first moment, in ms since the epoch */
  constructor(private readonly start = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.start + this.elapsed + this.offset;
  }

  monotonic(): number {
    return this.elapsed;
  }

  setTimeout(callback: () => void, delay: number): TimerHandle {
    const timer: VirtualTimer = {
      at: this.elapsed + Math.max(0, delay),
      order: this.order++,
      callback,
    };
    this.timers.add(timer);
    return timer;
  }

  clearTimeout(timer: TimerHandle): void {
    this.timers.delete(timer as VirtualTimer);
  }

  /** How many timers wait. */
  get pending(): number {
    return this.timers.size;
  }

  /**
   * Moves the wall clock alone, as an administrator or NTP would. Forward, that
   * is also what Linux shows after a sleep of so many milliseconds.
   */
  jump(ms: number): void {
    this.offset += ms;
  }

  /**
   * Lets `ms` milliseconds pass, firing timers in their order. Between timers
   * the event loop is given a few turns, so that promises and loopback I/O
   * started by one timer settle before the next one fires.
   */
  async advance(ms: number): Promise<void> {
    const end = this.elapsed + ms;
    await this.settle();
    for (;;) {
      const next = this.nextTimer(end);
      if (!next) break;
      this.timers.delete(next);
      this.elapsed = Math.max(this.elapsed, next.at);
      next.callback();
      await this.settle();
    }
    this.elapsed = end;
    await this.settle();
  }

  private nextTimer(end: number): VirtualTimer | undefined {
    let next: VirtualTimer | undefined;
    for (const timer of this.timers) {
      if (timer.at > end) continue;
      if (
        !next ||
        timer.at < next.at ||
        (timer.at === next.at && timer.order < next.order)
      ) {
        next = timer;
      }
    }
    return next;
  }

  private async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
