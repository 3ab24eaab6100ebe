import type { CallObserver, CallProgress } from '../../http/call-observer.js';
import { InfisicalTimeoutError } from '../../http/errors.js';
import type { Clock, TimerHandle } from '../../common/clock.js';
import { mayPass } from '../startup.js';

/** When a server counts as away. Milliseconds. */
export interface OutageRule {
  /** From the first failed try. */
  readonly after: number;
  /** From the latest sign of life, while an answer is waited for; undefined for no such end. */
  readonly silence: number | undefined;
}

interface Waiter {
  readonly tell: (error: Error) => void;
  timer: TimerHandle | undefined;
}

/**
 * Tells when the server is away: a try has failed, and none was answered for a
 * while since then; or nothing has come back for longer, as of a server that
 * hangs or whose packets get lost.
 */
export class OutageWatch implements CallObserver {
  readonly #waiters = new Set<Waiter>();
  readonly #clock: Clock;
  readonly #rule: OutageRule;
  #latest: Error | undefined;
  #timer: TimerHandle | undefined;
  #isAway = false;
  #underWay = 0;

  constructor(clock: Clock, rule: OutageRule) {
    this.#clock = clock;
    this.#rule = rule;
  }

  async observe<T>(
    _call: unknown,
    work: (progress: CallProgress) => Promise<T>,
  ): Promise<T> {
    this.#underWay++;
    this.listenAnew();
    try {
      return await work({
        answered: (status) => {
          this.listenAnew();
          if (status < 500 && status !== 429) this.answered();
        },
        heldUp: (error) => this.failed(error),
        retrying: (error) => this.failed(error as Error),
      });
    } catch (error) {
      this.failed(error as Error);
      throw error;
    } finally {
      this.#underWay--;
    }
  }

  /**
   * Waits for the server to be away.
   *
   * @returns the latest failure, and how to stop waiting
   */
  wait(): { readonly outage: Promise<Error>; readonly cancel: () => void } {
    let tell: (error: Error) => void = () => undefined;
    const outage = new Promise<Error>((resolve) => {
      tell = resolve;
    });
    const waiter: Waiter = { tell, timer: undefined };
    if (this.#isAway && this.#latest) tell(this.#latest);
    else {
      this.#waiters.add(waiter);
      this.listen(waiter);
    }
    return { outage, cancel: () => this.dismiss(waiter) };
  }

  stop(): void {
    this.answered();
    for (const waiter of this.#waiters) this.dismiss(waiter);
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
        for (const waiter of this.#waiters) {
          waiter.tell(this.#latest ?? error);
          this.dismiss(waiter);
        }
      },
      this.#rule.after,
      { background: true },
    );
  }

  private listenAnew(): void {
    for (const waiter of this.#waiters) this.listen(waiter);
  }

  private listen(waiter: Waiter): void {
    const { silence } = this.#rule;
    if (silence === undefined) return;
    if (waiter.timer) this.#clock.clearTimeout(waiter.timer);
    waiter.timer = this.#clock.setTimeout(
      () => {
        // Credentials may be looked for elsewhere, and others be waited for.
        if (this.#underWay === 0) this.listen(waiter);
        else {
          waiter.tell(silentError(silence));
          this.dismiss(waiter);
        }
      },
      silence,
      { background: true },
    );
  }

  private dismiss(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (waiter.timer) this.#clock.clearTimeout(waiter.timer);
    waiter.timer = undefined;
  }
}

function silentError(ms: number): InfisicalTimeoutError {
  return new InfisicalTimeoutError(
    `The server has not answered within ${ms} ms (snapshotStore.silence). Check that it is up and reachable; raise silence, or set it to false, if it is only slow.`,
    ms,
  );
}
