import type { Clock, TimerHandle } from '../../../common/clock.js';

/** The emulator's clock: the handed-in one, whose wall time can be set off. */
export class OffsetClock implements Clock {
  /** In ms. */
  offset = 0;

  constructor(private readonly clock: Clock) {}

  now(): number {
    return this.clock.now() + this.offset;
  }

  monotonic(): number {
    return this.clock.monotonic();
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
