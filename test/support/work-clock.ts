import type { Clock, TimerHandle } from 'nestjs-infisical';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that stands while anything works, and jumps to the next timer when
 * nothing does: hours of waiting take no time, and what really runs never
 * comes late.
 */
export class WorkClock implements Clock {
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  #order = 0;

  constructor(private readonly start: number) {}

  now(): number {
    return this.start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setTimeout(callback: () => void, delay: number): TimerHandle {
    const at = this.#elapsed + Math.max(0, delay);
    const timer = { at, order: this.#order++, callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: TimerHandle): void {
    this.#timers.delete(timer as Timer);
  }

  /**
   * @param isOn whether time is to go on
   * @param idle resolves when nothing works
   */
  async run(isOn: () => boolean, idle: () => Promise<void>): Promise<void> {
    await idle();
    while (isOn()) {
      const next = this.#next();
      if (!next) throw new Error('Nothing works, and nothing waits for time.');
      this.#timers.delete(next);
      this.#elapsed = next.at;
      next.callback();
      await idle();
    }
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      const isEarlier =
        !next ||
        timer.at < next.at ||
        (timer.at === next.at && timer.order < next.order);
      if (isEarlier) next = timer;
    }
    return next;
  }
}
