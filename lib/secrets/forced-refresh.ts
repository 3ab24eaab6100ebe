import { type Clock, delay } from '../common/clock.js';
import { TokenBucket } from '../common/token-bucket.js';
import { waitFor } from '../common/wait-for.js';
import { FORCED_BURST, FORCED_GAP } from './refresh-policy.js';

/**
 * Damps what callers want now. Whoever asks gets an answer to a question that
 * was sent after that; all who ask before it is sent share it, one is under
 * way at a time, and after a burst they are sent with a gap.
 */
export class ForcedRefresh<T> {
  #next: Promise<T> | undefined;
  #running: Promise<unknown> = Promise.resolve();
  readonly #bucket: TokenBucket;

  /**
   * @param work asks the server
   * @param lifetime ends all waiting
   */
  constructor(
    private readonly clock: Clock,
    private readonly work: () => Promise<T>,
    private readonly lifetime: AbortSignal,
  ) {
    this.#bucket = new TokenBucket(FORCED_BURST, FORCED_GAP, clock);
  }

  /** @param signal ends the waiting of this caller */
  run(signal: AbortSignal): Promise<T> {
    this.#next ??= this.begin();
    return waitFor(this.#next, signal);
  }

  private async begin(): Promise<T> {
    await this.#running;
    const wait = this.#bucket.wait();
    this.#bucket.take();
    if (wait > 0) await delay(this.clock, wait, this.lifetime).catch(() => {});
    // Who comes from here on may know of a later change.
    this.#next = undefined;
    const running = this.work();
    this.#running = running.catch(() => undefined);
    return running;
  }
}
