import type { Clock } from '../common/clock.js';

/** A `Date` header has whole seconds: on average, half a second has passed. */
const HALF_A_SECOND = 500;

/**
 * The server's calendar, as the `Date` headers of its answers tell it. What
 * ends at a moment of that calendar is measured by it, so that the calendar of
 * this machine may be wrong.
 */
export class ServerTime {
  /** Of the server before monotonic time, in milliseconds. */
  #lead: number | undefined;

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
    this.#lead = told - (sentAt + this.clock.monotonic()) / 2;
  }

  /** Milliseconds since the epoch; by this machine's calendar until the server has told its own. */
  now(): number {
    return this.#lead === undefined
      ? this.clock.now()
      : this.clock.monotonic() + this.#lead;
  }

  /** Milliseconds that the server's calendar is ahead of this machine's; 0 until it is told. */
  get skew(): number {
    return this.now() - this.clock.now();
  }
}
