import type { TransportResponse } from './transport.js';

/** Length of a window of the server in milliseconds (contract: auth §9). */
const WINDOW = 60_000;

/** Ends of one window that are told by two answers differ by no more, as they are in whole seconds. Milliseconds. */
const SAME_END = 2_000;

/** Longest wait that is believed: what tells more means a date, or counts by the day. Then one asks again. Milliseconds. */
const LONGEST = 300_000;

/** Requests under way at once until an answer tells how many are left: a third of the smallest limit (contract: auth §9). */
const PROBES = 10;

/** The part of a limit that background work leaves to those who wait for an answer. */
const RESERVE = 1 / 5;

/**
 * What is known of the server's limit for one route. It counts what is under
 * way as used up, so that answers in any order never promise too much.
 */
export class RateWindow {
  /** Requests in a window, as last told. */
  #limit: number | undefined;
  /** Requests left, as told; undefined until an answer tells of the window that began last. */
  #told: number | undefined;
  /** Monotonic milliseconds, as all times here. */
  #endsAt = Number.NEGATIVE_INFINITY;
  #beganAt = Number.NEGATIVE_INFINITY;
  /** After a refusal the limit is felt for until then, also where no answer tells it. */
  #carefulUntil = Number.NEGATIVE_INFINITY;
  #probes = PROBES;
  #underWay = 0;

  /** Whether there is nothing to remember. */
  isIdle(now: number): boolean {
    this.roll(now);
    return this.#underWay === 0 && this.#told === undefined;
  }

  /**
   * Whether one more request may be sent.
   *
   * @param isLimited whether this server has told limits, of any route
   */
  admits(now: number, isLimited: boolean, isBackground: boolean): boolean {
    this.roll(now);
    if (this.#told !== undefined) return this.left(isBackground) >= 1;
    const isFree = !isLimited && now >= this.#carefulUntil;
    return isFree || this.#underWay < this.#probes;
  }

  /**
   * Milliseconds until the limit lets one more pass; undefined when it is not
   * the limit that is waited for, but an answer that tells it.
   *
   * @param ahead those who wait already
   */
  wait(now: number, isBackground: boolean, ahead: number): number | undefined {
    this.roll(now);
    if (this.#told === undefined || this.left(isBackground) >= 1) {
      return undefined;
    }
    const windows = Math.floor(ahead / Math.max(1, this.#limit ?? Infinity));
    return this.#endsAt - now + windows * WINDOW;
  }

  /** Lets more be under way: the answers are slow. */
  feel(): void {
    this.#probes += PROBES;
  }

  sent(): void {
    this.#underWay++;
  }

  /** There was no answer; the server may have counted the request all the same. */
  lost(isCounted: boolean): void {
    this.#underWay--;
    if (isCounted && this.#told) this.#told--;
  }

  /**
   * Learns from an answer.
   *
   * @returns whether it tells a limit
   */
  answered(now: number, { headers, status }: TransportResponse): boolean {
    this.#underWay--;
    this.roll(now);
    const limit = count(headers['x-ratelimit-limit']);
    const left = count(headers['x-ratelimit-remaining']);
    const seconds = count(headers['x-ratelimit-reset']);
    if (!limit || left === undefined || seconds === undefined) {
      if (this.#told) {
        // Of a gateway: the server may have counted the request all the same.
        this.#told--;
      } else if (isGood(status) && this.#told === undefined) {
        // A gateway that tells of its limits in refusals only.
        this.#limit = undefined;
        this.#probes++;
      }
      return false;
    }
    this.#limit = limit;
    this.learn(now + Math.min(seconds * 1000, LONGEST), left);
    return true;
  }

  /** Learns from a refusal how long to wait. */
  refused(now: number, wait: number): void {
    this.#told = 0;
    this.#endsAt = now + Math.min(wait, LONGEST);
    this.#carefulUntil = this.#endsAt + WINDOW;
  }

  private learn(endsAt: number, left: number): void {
    if (this.#told === undefined) {
      // Of the window before: it was long under way.
      if (endsAt <= this.#beganAt + SAME_END) return;
      this.#told = left;
      this.#endsAt = endsAt;
    } else if (endsAt > this.#endsAt + SAME_END) {
      this.#told = left;
      this.#endsAt = endsAt;
    } else if (endsAt >= this.#endsAt - SAME_END) {
      this.#told = Math.min(this.#told, left);
      this.#endsAt = endsAt;
    }
  }

  private left(isBackground: boolean): number {
    const left = (this.#told ?? 0) - this.#underWay;
    if (!isBackground) return left;
    return left - Math.floor((this.#limit ?? 0) * RESERVE);
  }

  private roll(now: number): void {
    if (this.#told === undefined || now < this.#endsAt) return;
    this.#told = undefined;
    this.#beganAt = now;
    this.#probes = PROBES;
  }
}

/** Whether it is the server itself that answered. */
function isGood(status: number): boolean {
  return status === 304 || (status >= 200 && status < 300);
}

function count(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header)
    ? Number(header)
    : undefined;
}
