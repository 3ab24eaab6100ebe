import { InfisicalHttpError } from '../http/errors.js';
import type { HttpClient } from '../http/http-client.js';

/** What of a client tells the time. */
type Clocks = Pick<HttpClient, 'clock' | 'serverTime'>;

/** Clocks that are nearer to each other, in milliseconds, are no reason for a refusal. */
const TOLERANCE = 60_000;

/**
 * The time that a login is signed with: this machine's, until it is refused
 * and the server's is another one. Who checks the signature need not have the
 * server's time, so that a refusal changes it back.
 */
export class SigningTime {
  #isServers = false;

  /**
   * Logs in, and once more with the other time where that may have been the
   * reason of a refusal. For logins that no lockout counts.
   */
  async login<T>(
    http: Clocks,
    attempt: (now: number) => Promise<T>,
  ): Promise<T> {
    try {
      return await attempt(this.now(http));
    } catch (error) {
      if (!isRefusal(error) || Math.abs(http.serverTime.skew) < TOLERANCE) {
        throw error;
      }
      this.#isServers = !this.#isServers;
      try {
        return await attempt(this.now(http));
      } catch (again) {
        this.#isServers = !this.#isServers;
        throw again;
      }
    }
  }

  private now({ clock, serverTime }: Clocks): number {
    return this.#isServers ? serverTime.now() : clock.now();
  }
}

/** A refused signature, as the server or the cloud behind it may tell it (contract: auth §2.4). */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof InfisicalHttpError &&
    [400, 401, 403, 500].includes(error.status)
  );
}
