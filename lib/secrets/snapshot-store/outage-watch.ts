import type { CallObserver, CallProgress } from '../../http/call-observer.js';
import type { Clock, TimerHandle } from '../../common/clock.js';
import { mayPass } from '../startup.js';

/**
 * Tells when the server is away: a try has failed, and none was answered for a
 * while since then. To a server that is slow, and has not failed, it says
 * nothing.
 */
export class OutageWatch implements CallObserver {
  readonly #waiters = new Set<(error: Error) => void>();
  readonly #clock: Clock;
  readonly #after: number;
  #latest: Error | undefined;
  #timer: TimerHandle | undefined;
  #isAway = false;

  /** @param after milliseconds from the first failed try */
  constructor(clock: Clock, after: number) {
    this.#clock = clock;
    this.#after = after;
  }

  async observe<T>(
    _call: unknown,
    work: (progress: CallProgress) => Promise<T>,
  ): Promise<T> {
    try {
      return await work({
        answered: (status) => {
          if (status < 500 && status !== 429) this.answered();
        },
        heldUp: (error) => this.failed(error),
        retrying: (error) => this.failed(error as Error),
      });
    } catch (error) {
      this.failed(error as Error);
      throw error;
    }
  }

  /**
   * Waits for the server to be away.
   *
   * @returns the latest failure, and how to stop waiting
   */
  wait(): { readonly outage: Promise<Error>; readonly cancel: () => void } {
    let onOutage: (error: Error) => void = () => undefined;
    const outage = new Promise<Error>((resolve) => {
      onOutage = resolve;
    });
    if (this.#isAway && this.#latest) onOutage(this.#latest);
    else this.#waiters.add(onOutage);
    return { outage, cancel: () => void this.#waiters.delete(onOutage) };
  }

  stop(): void {
    this.answered();
    this.#waiters.clear();
  }

  private answered(): void {
    if (this.#timer) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#latest = undefined;
    this.#isAway = false;
  }

  private failed(error: Error): void {
    if (!mayPass(error)) return;
    this.#latest = error;
    this.#timer ??= this.#clock.setTimeout(
      () => {
        this.#isAway = true;
        for (const tell of this.#waiters) tell(this.#latest ?? error);
        this.#waiters.clear();
      },
      this.#after,
      { background: true },
    );
  }
}
