import type { Clock, TimerHandle } from 'nestjs-infisical';
import type { VirtualClock } from 'nestjs-infisical/testing';

/** The time of a virtual clock, with a calendar of its own that is wrong. */
export class SkewedClock implements Clock {
  /** @param skew milliseconds that this calendar is ahead; may be changed at any time, as NTP does */
  constructor(
    private readonly right: VirtualClock,
    public skew: number,
  ) {}

  now(): number {
    return this.right.now() + this.skew;
  }

  monotonic(): number {
    return this.right.monotonic();
  }

  setTimeout(callback: () => void, delay: number): TimerHandle {
    return this.right.setTimeout(callback, delay);
  }

  clearTimeout(timer: TimerHandle): void {
    this.right.clearTimeout(timer);
  }
}
