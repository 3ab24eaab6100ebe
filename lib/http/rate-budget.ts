import type { Clock, TimerHandle } from '../common/clock.js';
import type { Random } from '../common/random.js';
import { InfisicalRateLimitError, InfisicalTimeoutError } from './errors.js';
import { RateWindow } from './rate-window.js';
import type { TransportResponse } from './transport.js';

/** Longest wait after the end of a window, a random part of it, so that not all replicas that wait ask at once. Milliseconds. */
const SPREAD = 1_000;

/** Time after which more are sent to a route whose answers are slow to tell its limit. Milliseconds. */
const PATIENCE = 1_000;

/** Routes that are remembered; there are fewer, but a path that was handed in counts as one. */
const ROUTES = 256;

/** Who asks for one request. */
export interface BudgetAsk {
  /** Method and path, without ids. */
  readonly route: string;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Monotonic milliseconds from which on the request makes no sense. */
  readonly until: number;
  /** Whether nobody waits for the answer; others go first then. */
  readonly isBackground: boolean;
  /** Is told that the limit is waited for, and how long. */
  readonly onWait?: (error: InfisicalRateLimitError) => void;
}

interface Waiter {
  readonly ask: BudgetAsk;
  readonly go: () => void;
  readonly fail: (error: Error) => void;
}

/** A route, and those who wait for it in their order. */
interface Lane {
  readonly window: RateWindow;
  readonly foreground: Set<Waiter>;
  readonly background: Set<Waiter>;
  /** Nobody of those who wait passes before it; monotonic milliseconds. */
  opensAt: number;
  timer: TimerHandle | undefined;
}

/**
 * What the server allows, as it tells in its answers: a number of requests for
 * each method and route in a window. Everyone who uses a client shares it, and
 * waits in order instead of being refused. Once the server has told a limit,
 * the first requests of another route go ten at a time until that is known,
 * too. A server without limits costs nothing.
 */
export class RateBudget {
  readonly #lanes = new Map<string, Lane>();
  #isLimited = false;
  #isClosed = false;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /**
   * Takes one request out of the budget, which is to be given back by
   * {@link answered} or {@link lost}.
   *
   * @returns undefined when it may be sent now; else the time of its turn is waited for
   * @throws InfisicalRateLimitError when that comes too late
   */
  take(ask: BudgetAsk): Promise<void> | undefined {
    const lane = this.lane(ask.route);
    const { window, foreground, background } = lane;
    const ahead = foreground.size + (ask.isBackground ? background.size : 0);
    const now = this.clock.monotonic();
    if (
      this.#isClosed ||
      (ahead === 0 && window.admits(now, this.#isLimited, ask.isBackground))
    ) {
      window.sent();
      return undefined;
    }
    const wait = this.waitOf(window, ask.isBackground, ahead);
    if (wait !== undefined) {
      const error = rateLimitError(ask.route, wait);
      if (now + wait > ask.until) throw error;
      ask.onWait?.(error);
    }
    return this.enqueue(lane, ask);
  }

  /**
   * Learns from an answer.
   *
   * @param wait milliseconds, when it is a refusal that tells them
   */
  answered(route: string, response: TransportResponse, wait?: number): void {
    const lane = this.lane(route);
    const now = this.clock.monotonic();
    const isTold = lane.window.answered(now, response);
    if (isTold || response.status < 400) this.#isLimited = isTold;
    if (isTold) lane.opensAt = now;
    if (wait) lane.window.refused(now, wait);
    this.advance(lane);
  }

  /**
   * Notes that there was no answer.
   *
   * @param isCounted whether the server may have counted the request
   */
  lost(route: string, isCounted: boolean): void {
    const lane = this.lane(route);
    lane.window.lost(isCounted);
    this.advance(lane);
  }

  /** Lets all pass who wait: they find that the client is closed. */
  close(): void {
    this.#isClosed = true;
    for (const lane of this.#lanes.values()) this.advance(lane);
  }

  private lane(route: string): Lane {
    let lane = this.#lanes.get(route);
    if (!lane) {
      if (this.#lanes.size >= ROUTES) this.forget();
      lane = {
        window: new RateWindow(),
        foreground: new Set(),
        background: new Set(),
        opensAt: Number.NEGATIVE_INFINITY,
        timer: undefined,
      };
      this.#lanes.set(route, lane);
    }
    return lane;
  }

  private forget(): void {
    const now = this.clock.monotonic();
    for (const [route, lane] of this.#lanes) {
      const isWaited = lane.foreground.size + lane.background.size > 0;
      if (!isWaited && lane.window.isIdle(now)) this.#lanes.delete(route);
    }
  }

  private enqueue(lane: Lane, ask: BudgetAsk): Promise<void> {
    const { signal } = ask;
    const queue = ask.isBackground ? lane.background : lane.foreground;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.delete(waiter);
        signal.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        ask,
        go: () => {
          leave();
          lane.window.sent();
          resolve();
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = (): void => {
        const reason = signal.reason as Error;
        const wait = this.waitOf(lane.window, ask.isBackground, 0);
        const isLimit =
          wait !== undefined && reason instanceof InfisicalTimeoutError;
        waiter.fail(isLimit ? rateLimitError(ask.route, wait) : reason);
        this.advance(lane);
      };
      queue.add(waiter);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      this.advance(lane);
    });
  }

  /** Lets pass who may, and wakes up again when others may. */
  private advance(lane: Lane): void {
    const { window, foreground, background } = lane;
    if (lane.timer) this.clock.clearTimeout(lane.timer);
    lane.timer = undefined;
    const now = this.clock.monotonic();
    const admits = (isBackground: boolean): boolean =>
      this.#isClosed ||
      (now >= lane.opensAt &&
        window.admits(now, this.#isLimited, isBackground));
    for (const waiter of foreground) {
      if (!admits(false)) break;
      waiter.go();
    }
    for (const waiter of background) {
      if (foreground.size > 0 || !admits(true)) break;
      waiter.go();
    }
    if (foreground.size + background.size > 0) this.wakeUp(lane, now);
  }

  private wakeUp(lane: Lane, now: number): void {
    const wait = this.waitOf(lane.window, lane.foreground.size === 0, 0);
    if (wait !== undefined) {
      lane.opensAt = now + wait;
      this.dismiss(lane, wait);
    }
    const isHeld = now < lane.opensAt;
    lane.timer = this.clock.setTimeout(
      () => {
        // Answers that are slow to tell the limit hold nobody up.
        if (!isHeld) lane.window.feel();
        this.advance(lane);
      },
      isHeld ? lane.opensAt - now : PATIENCE,
    );
  }

  /** Sends away those whose time ends before the limit does. */
  private dismiss({ foreground, background }: Lane, wait: number): void {
    const at = this.clock.monotonic() + wait;
    for (const { ask, fail } of [...foreground, ...background]) {
      if (ask.until < at) fail(rateLimitError(ask.route, wait));
    }
  }

  /** Not before the window's end, and not all at once after it. */
  private waitOf(
    window: RateWindow,
    isBackground: boolean,
    ahead: number,
  ): number | undefined {
    const now = this.clock.monotonic();
    const wait = window.wait(now, isBackground, ahead);
    return wait === undefined ? undefined : wait + this.random() * SPREAD;
  }
}

/** Why a request was not sent, and when it may be. */
export function rateLimitError(
  route: string,
  left: number,
): InfisicalRateLimitError {
  const hint =
    'Slow down: list a folder once instead of reading secrets one by one; or raise `retry.deadline` or `timeout` to wait longer.';
  return new InfisicalRateLimitError(
    `${route} was not sent: the server’s limit for it is used up for another ${Math.ceil(left / 1000)} s. ${hint}`,
    {
      status: 429,
      code: 'RateLimitExceeded',
      retryable: true,
      hint,
      retryAfterMs: left,
    },
  );
}
