import type { Clock } from './clock.js';

/** Lets a number of things happen at once, and one more after each interval. */
export class TokenBucket {
  #tokens: number;
  #filledAt: number;

  /** @param interval milliseconds until one more may happen */
  constructor(
    private readonly size: number,
    private readonly interval: number,
    private readonly clock: Clock,
  ) {
    this.#tokens = size;
    this.#filledAt = clock.monotonic();
  }

  /** Milliseconds until the next thing may happen; 0 for now. */
  wait(): number {
    this.fill();
    return Math.max(0, (1 - this.#tokens) * this.interval);
  }

  /** Notes that one happens. */
  take(): void {
    this.fill();
    this.#tokens--;
  }

  private fill(): void {
    const now = this.clock.monotonic();
    const more = (now - this.#filledAt) / this.interval;
    this.#tokens = Math.min(this.size, this.#tokens + more);
    this.#filledAt = now;
  }
}
