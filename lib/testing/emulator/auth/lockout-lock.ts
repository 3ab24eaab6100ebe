import { type Clock, delay } from '../../../common/clock.js';
import { ApiError } from '../http/api-error.js';

const RETRIES = 3;
const RETRY_DELAY = 300;

/**
 * The lock around a lockout counter. Nothing here runs at the same time, so it
 * is free unless a test holds it (contract: auth §2.3 row 4b).
 */
export class LockoutLock {
  private readonly held = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Holds the lock of a key until the function that is returned is called. */
  hold(key: string): () => void {
    this.held.set(key, (this.held.get(key) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.held.get(key) ?? 1) - 1;
      if (left > 0) this.held.set(key, left);
      else this.held.delete(key);
    };
  }

  /** Waits for the lock a while, then answers 429 without rate headers. */
  async acquire(key: string): Promise<void> {
    for (let retry = 0; this.held.has(key); retry++) {
      if (retry === RETRIES) {
        throw new ApiError(
          429,
          'RateLimitExceeded',
          'Failed to acquire lock: rate limit exceeded',
        );
      }
      await delay(this.clock, RETRY_DELAY);
    }
  }
}
