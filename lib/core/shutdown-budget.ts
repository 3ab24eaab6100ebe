import type { Clock, TimerHandle } from '../common/clock.js';

/** The time that a shutdown has in all, from now on. */
export class ShutdownBudget {
  readonly #timers: TimerHandle[] = [];
  readonly #beginsAt: number;

  /** @param ms milliseconds */
  constructor(
    private readonly clock: Clock,
    private readonly ms: number,
  ) {
    this.#beginsAt = clock.monotonic();
  }

  /**
   * Aborts when a part of the time has passed.
   *
   * @param part 1 for all of it
   */
  until(part: number): AbortSignal {
    const controller = new AbortController();
    const passed = this.clock.monotonic() - this.#beginsAt;
    const end = (): void =>
      controller.abort(
        new Error(`${this.ms} ms (shutdown.timeout) are not enough`),
      );
    const left = this.ms * part - passed;
    if (left <= 0) end();
    else this.#timers.push(this.clock.setTimeout(end, left));
    return controller.signal;
  }

  /** Ends the timers. */
  end(): void {
    for (const timer of this.#timers) this.clock.clearTimeout(timer);
  }
}
