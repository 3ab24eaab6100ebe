import { Broadcast } from '../common/broadcast.js';
import type { Clock } from '../common/clock.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { isUnavailable } from '../http/unavailable.js';
import { MAX_REFUSALS_TOGETHER, REFUSED_SPACING } from './renewal-policy.js';
import { tooManyRefusalsError } from './token-errors.js';

const known = new WeakMap<Clock, Map<string, LoginGate>>();

/**
 * Lets the logins of one identity through, of all clients of this process. The
 * server counts their refusals together, and locks the identity after three
 * that follow each other (contract: auth §2.3): also for other processes, which
 * have the right credentials.
 */
export class LoginGate {
  readonly #decided = new Broadcast();
  #undecided = 0;
  #refusals = 0;
  #refusedAt = Number.NEGATIVE_INFINITY;
  /** The latest one. */
  #refusal: unknown;

  private constructor(
    private readonly clock: Clock,
    private readonly forget: () => void,
  ) {}

  /** @param subject the server and who logs in there */
  static of(clock: Clock, subject: string): LoginGate {
    let gates = known.get(clock);
    if (!gates) known.set(clock, (gates = new Map<string, LoginGate>()));
    let gate = gates.get(subject);
    if (!gate) {
      const forget = (): boolean => gates.delete(subject);
      gates.set(subject, (gate = new LoginGate(clock, forget)));
    }
    return gate;
  }

  /**
   * Runs a login. While as many are under way as may be refused together, it
   * waits for one of them.
   *
   * @param isAsked whether a caller asked for this very login: then it neither waits nor is refused here
   * @throws InfisicalRateLimitError when so many were refused lately
   */
  async pass<T>(
    login: () => Promise<T>,
    signal: AbortSignal,
    isAsked: boolean,
  ): Promise<T> {
    while (!isAsked && this.recent + this.#undecided >= MAX_REFUSALS_TOGETHER) {
      if (this.#undecided === 0) {
        const left = this.#refusedAt + REFUSED_SPACING - this.clock.monotonic();
        throw tooManyRefusalsError(this.recent, left, this.#refusal);
      }
      await this.#decided.wait(signal);
    }
    this.#undecided++;
    try {
      const answer = await login();
      this.#refusals = 0;
      return answer;
    } catch (error) {
      // Nobody was asked.
      if (error instanceof InfisicalConfigError) throw error;
      // Without an answer, it may have been one refusal more.
      if (this.recent > 0 || !isUnavailable(error)) {
        this.#refusals = this.recent + 1;
        this.#refusedAt = this.clock.monotonic();
        this.#refusal = error;
      }
      throw error;
    } finally {
      this.#undecided--;
      if (this.#undecided === 0 && this.#refusals === 0) this.forget();
      this.#decided.fire();
    }
  }

  /** Refusals that the server still counts. */
  private get recent(): number {
    const isOver = this.clock.monotonic() - this.#refusedAt >= REFUSED_SPACING;
    return isOver ? 0 : this.#refusals;
  }
}
