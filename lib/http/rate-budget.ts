import type { Clock } from '../common/clock.js';
import type { Random } from '../common/random.js';
import type { TransportResponse } from './transport.js';

/** Length of a window of the server in milliseconds, until it tells when one ends (contract: auth §9). */
const WINDOW = 60_000;

/** Ends of one window that are told by two answers differ by no more, as they are in whole seconds. Milliseconds. */
const SAME_END = 2_000;

/** Longest wait after the end of a window, a random part of it, so that not all who wait ask at once. Milliseconds. */
const SPREAD = 1_000;

/** What is known of the limit of a route. */
interface RateWindow {
  /** Requests in a window. */
  limit: number;
  /** Requests that are left in this one. */
  left: number;
  /** Monotonic milliseconds. */
  endsAt: number;
  /** Whether it began after one that the server told, and no answer has told of it yet. */
  isGuess: boolean;
}

/**
 * What the server allows, as it tells in its answers: a number of requests for
 * each method and route in a window. Everyone who uses a client shares it, and
 * waits instead of being refused. A server without limits costs nothing.
 */
export class RateBudget {
  readonly #windows = new Map<string, RateWindow>();

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /**
   * Takes one request of a route out of the budget.
   *
   * @returns 0 when it may be sent now; else the milliseconds until it is worth asking again
   */
  take(route: string): number {
    const window = this.#windows.get(route);
    if (!window) return 0;
    const now = this.clock.monotonic();
    if (now >= window.endsAt) {
      window.left = window.limit;
      window.endsAt = now + WINDOW;
      window.isGuess = true;
    }
    if (window.left < 1) return window.endsAt - now + this.random() * SPREAD;
    window.left--;
    return 0;
  }

  /** Learns from the headers of an answer. */
  answered(route: string, headers: TransportResponse['headers']): void {
    const limit = count(headers['x-ratelimit-limit']);
    const left = count(headers['x-ratelimit-remaining']);
    const seconds = count(headers['x-ratelimit-reset']);
    const known = this.#windows.get(route);
    if (!limit || left === undefined || seconds === undefined) {
      // A gateway that tells of its limits in refusals only.
      if (known?.isGuess) this.#windows.delete(route);
      return;
    }
    const endsAt = this.clock.monotonic() + seconds * 1000;
    const isSame = known !== undefined && endsAt <= known.endsAt + SAME_END;
    this.#windows.set(route, {
      limit,
      // Those under way are counted here, and not there yet.
      left: isSame ? Math.min(known.left, left) : left,
      endsAt,
      isGuess: false,
    });
  }

  /** Learns from a refusal how long to wait. */
  refused(route: string, wait: number): void {
    const limit = this.#windows.get(route)?.limit ?? Infinity;
    const endsAt = this.clock.monotonic() + wait;
    this.#windows.set(route, { limit, left: 0, endsAt, isGuess: false });
  }
}

function count(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header)
    ? Number(header)
    : undefined;
}
