import type { Clock } from '../common/clock.js';

/** A `Date` header has whole seconds: on average, half a second has passed. */
const HALF_A_SECOND = 500;

/** What an answer told. Milliseconds. */
interface Told {
  /** Of the server's calendar before monotonic time. */
  readonly lead: number;
  /** How far it may be off. */
  readonly unsure: number;
}

/**
 * The server's calendar, as the `Date` headers of its answers tell it. What
 * ends at a moment of that calendar is measured by it, so that the calendar of
 * this machine may be wrong.
 */
export class ServerTime {
  #told: Told | undefined;

  constructor(private readonly clock: Clock) {}

  /**
   * Takes the time of an answer. A page may be that of a proxy, and is not
   * believed.
   *
   * @param sentAt monotonic milliseconds
   */
  answered(
    headers: Readonly<Record<string, string | undefined>>,
    sentAt: number,
  ): void {
    const { date, 'content-type': type } = headers;
    if (date === undefined || !type?.startsWith('application/json')) return;
    const told = Date.parse(date) + HALF_A_SECOND;
    if (Number.isNaN(told)) return;
    const receivedAt = this.clock.monotonic();
    // It was told at some moment between the two.
    const next = {
      lead: told - (sentAt + receivedAt) / 2,
      unsure: (receivedAt - sentAt) / 2 + HALF_A_SECOND,
    };
    const best = this.#told;
    const isOther =
      best && Math.abs(next.lead - best.lead) > next.unsure + best.unsure;
    // A quick answer tells more than a slow one, unless time has leapt.
    if (!best || isOther || next.unsure <= best.unsure) this.#told = next;
  }

  /** Milliseconds since the epoch; by this machine's calendar until the server has told its own. */
  now(): number {
    return this.#told
      ? this.clock.monotonic() + this.#told.lead
      : this.clock.now();
  }

  /** How many milliseconds `now()` may be off, if it was told. */
  get unsure(): number {
    return this.#told?.unsure ?? 0;
  }

  /** Milliseconds that the server's calendar is ahead of this machine's; 0 until it is told. */
  get skew(): number {
    return this.now() - this.clock.now();
  }
}
