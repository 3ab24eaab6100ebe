import type { ClientLogger } from '../common/client-logger.js';
import { delay } from '../common/clock.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import type { Random } from '../common/random.js';
import type { SleepAwareClock } from '../common/sleep-aware-clock.js';
import { warnOnce } from '../common/warn-once.js';
import { failedRequest, readAnswer, readStart } from './answer.js';
import type { ApiAnswer, ApiCall, CallLimits } from './api-call.js';
import { routeOfText } from './api-path.js';
import { CallObservers, type CallProgress } from './call-observer.js';
import {
  type Deadline,
  endOf,
  isOfBackground,
  withinDeadline,
} from './deadline.js';
import { toHttpError, toUnreadableAnswerError } from './error-mapper.js';
import {
  InfisicalNetworkError,
  InfisicalNotFoundError,
  InfisicalRateLimitError,
  tellOperation,
} from './errors.js';
import { EventStream } from './event-stream.js';
import { RateBudget, rateLimitError } from './rate-budget.js';
import { requestOf } from './request.js';
import { type RetryPolicy, retryDelay } from './retry-policy.js';
import type { ServerSentEvent } from './server-sent-events.js';
import { ServerTime } from './server-time.js';
import type { TlsOptions } from './tls-options.js';
import type { Transport, TransportResponse } from './transport.js';
import { type Route, UndiciTransport } from './undici.transport.js';

/** What an {@link HttpClient} needs. */
export interface HttpClientInit {
  readonly site: URL;
  readonly transport: Transport;
  readonly retry: RetryPolicy;
  /** Deadline of one try in milliseconds. */
  readonly timeout: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: SleepAwareClock;
  readonly random: Random;
  readonly logger: ClientLogger;
  /** Who watches the calls. Default: nobody yet. */
  readonly observers?: CallObservers;
  /** What the server allows. Default: nothing is known yet. */
  readonly budget?: RateBudget;
  /** The server's calendar. Default: it is not told yet. */
  readonly serverTime?: ServerTime;
}

/** Headers of a stream. A compressed one would be held back until there is enough of it. */
const EVENT_STREAM = {
  accept: 'text/event-stream',
  'accept-encoding': 'identity',
};

const NO_STREAMS =
  'The transport that was handed in has no open(), so that the server can push nothing through it. Give it one, or leave out refresh.push.';

/** Sends calls with deadline and retries, and turns answers into data or typed errors. */
export class HttpClient {
  /** Who watches the calls, also those over connections of their own. */
  readonly observers: CallObservers;
  #init: HttpClientInit;
  #budget: RateBudget;
  #serverTime: ServerTime;

  constructor(init: HttpClientInit) {
    this.#init = init;
    this.#budget = init.budget ?? new RateBudget(init.clock, init.random);
    this.#serverTime = init.serverTime ?? new ServerTime(init.clock);
    this.observers = init.observers ?? new CallObservers();
  }

  /** Where time comes from. */
  get clock(): SleepAwareClock {
    return this.#init.clock;
  }

  /** What time it is for the server. */
  get serverTime(): ServerTime {
    return this.#serverTime;
  }

  /** Where to say what the user should know. */
  get logger(): ClientLogger {
    return this.#init.logger;
  }

  /** The address of the server. */
  get site(): URL {
    return this.#init.site;
  }

  /** The address of the server, for messages. */
  get origin(): string {
    return this.#init.site.origin;
  }

  /** How the server is reached; undefined when the transport was handed in. */
  get route(): Route | undefined {
    const { transport } = this.#init;
    return transport instanceof UndiciTransport ? transport.route : undefined;
  }

  /**
   * Runs `work` under the deadline of one call with all its tries.
   *
   * @throws InfisicalTimeoutError with the last failure as its cause
   */
  async withDeadline<T>(
    { signal, timeout, operation }: CallLimits,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const deadline: Deadline =
      timeout === undefined
        ? {
            ms: this.#init.retry.deadline,
            of: 'one call',
            option: 'retry.deadline',
          }
        : { ms: timeout, of: 'this call', option: 'timeout' };
    try {
      return await withinDeadline(deadline, this, signal, work);
    } catch (error) {
      throw tellOperation(error, operation);
    }
  }

  /** Makes the call, and again where that is safe. */
  call(call: ApiCall, signal: AbortSignal): Promise<ApiAnswer> {
    return this.watched(call, (progress) => this.tries(call, signal, progress));
  }

  /** Runs the work of a call under the eyes of those who watch. */
  watched<T>(
    { operation = 'request', method, path }: ApiCall,
    work: (progress: CallProgress) => Promise<T>,
  ): Promise<T> {
    const { site } = this.#init;
    return this.observers.run(
      () => ({ operation, method, route: path.route, site }),
      work,
    );
  }

  /**
   * The tries of a call that is {@link watched} already.
   *
   * @param bearer gives the access token of each try: the first one's may have ended before the next
   */
  async tries(
    call: ApiCall,
    signal: AbortSignal,
    progress: CallProgress,
    bearer?: () => Promise<string>,
  ): Promise<ApiAnswer> {
    const { retry, random, clock } = this.#init;
    const idempotent =
      call.idempotent ?? (call.method === 'GET' || call.method === 'DELETE');
    const until = Math.min(endOf(signal), call.vainFrom ?? Infinity);
    let maybeDone = false;
    for (let attempt = 1; ; attempt++) {
      let token = await bearer?.();
      if (await this.afford(call, signal, until, progress)) {
        try {
          // The one from before the wait may have ended.
          token = await bearer?.();
        } catch (error) {
          this.#budget.lost(limitedRoute(call), false);
          throw error;
        }
      }
      try {
        return await withinDeadline(
          {
            ms: call.timeout ?? this.#init.timeout,
            of: 'one try',
            option: 'timeout',
          },
          this,
          signal,
          (inner) => this.send(call, inner, progress, token),
        );
      } catch (error) {
        tellOperation(error, call.operation);
        if (maybeDone && isGone(error, call)) throw goneAlready(error);
        if (signal.aborted) throw error;
        const wait = retryDelay(error, attempt, idempotent, retry, random);
        if (wait === undefined) throw error;
        maybeDone ||= mayBeDone(error);
        if (error instanceof InfisicalRateLimitError) {
          if (clock.monotonic() + wait >= until) throw error;
          progress.heldUp(error);
        }
        try {
          await delay(clock, wait, signal);
        } catch {
          // The deadline passed while waiting: the failure says more.
          throw error;
        }
        // A suspended machine may have waited for much longer.
        if (clock.monotonic() >= (call.vainFrom ?? Infinity)) throw error;
        progress.retrying(error);
      }
    }
  }

  /** The same client, which makes each call once. */
  withoutRetries(): HttpClient {
    const retry = { ...this.#init.retry, attempts: 1 };
    return new HttpClient({ ...this.shared, retry });
  }

  /**
   * Opens a stream of events, once. There is a deadline until it is open; after
   * that the signal ends it, the server, or `silence` milliseconds without a byte.
   *
   * @throws InfisicalConfigError when the transport was handed in and cannot do it
   */
  async open(
    call: ApiCall,
    signal: AbortSignal,
    progress: CallProgress,
    { token, silence }: { readonly token: string; readonly silence: number },
  ): Promise<AsyncGenerator<ServerSentEvent>> {
    const { transport, timeout: ms, clock } = this.#init;
    const stream = new EventStream(signal, silence, clock);
    const request = requestOf(
      { ...call, headers: EVENT_STREAM },
      this.#init,
      stream.signal,
      token,
    );
    const deadline: Deadline = { ms, of: 'one try', option: 'timeout' };
    try {
      return await withinDeadline(deadline, this, signal, async (inner) => {
        const end = (): void => stream.abort(inner.reason);
        inner.addEventListener('abort', end, { once: true });
        if (!transport.open) throw new InfisicalConfigError(NO_STREAMS);
        const answer = await transport.open(request);
        progress.answered(answer.status);
        const type = answer.headers['content-type'] ?? '';
        if (answer.status === 200 && type.startsWith(EVENT_STREAM.accept)) {
          return stream.events(answer.body);
        }
        const told = { ...answer, body: await readStart(answer.body) };
        const failed = failedRequest(call, token);
        throw answer.status === 200
          ? toUnreadableAnswerError(told, failed)
          : toHttpError(told, failed);
      });
    } catch (error) {
      stream.abort(error);
      throw tellOperation(error, call.operation);
    }
  }

  /**
   * A client of the same server, or of another address of it, over a
   * connection of its own.
   *
   * @throws InfisicalConfigError when the transport was handed in
   */
  overOwnConnection(
    identity: Pick<TlsOptions, 'cert' | 'key'>,
    site: URL = this.#init.site,
  ): HttpClient {
    const transport = this.transportTo(site, identity);
    return new HttpClient({ ...this.shared, site, transport });
  }

  /**
   * Uses another server from now on. To be called before anything is sent: the
   * connections to the old one are closed.
   *
   * @throws InfisicalConfigError when the transport was handed in
   */
  async moveTo(site: URL): Promise<void> {
    const { transport: old, site: from } = this.#init;
    if (site.href === from.href) return;
    const transport = this.transportTo(site, {});
    const { clock, random } = this.#init;
    this.#init = { ...this.#init, site, transport };
    this.#budget = new RateBudget(clock, random);
    this.#serverTime = new ServerTime(clock);
    await old.close();
  }

  close(): Promise<void> {
    // A connection of its own shares the budget of those that go on.
    if (!this.#init.budget) this.#budget.close();
    return this.#init.transport.close();
  }

  /**
   * Waits until the server's limit allows a call.
   *
   * @returns whether it had to be waited for
   * @throws InfisicalRateLimitError when the deadline comes first
   */
  private async afford(
    call: ApiCall,
    signal: AbortSignal,
    until: number,
    progress: CallProgress,
  ): Promise<boolean> {
    const route = limitedRoute(call);
    try {
      const turn = this.#budget.take({
        route,
        signal,
        until,
        isBackground: isOfBackground(signal),
        onWait: (error) => {
          warnOnce(this.logger, 'rate-limit', waitMessage(route));
          progress.heldUp(error);
        },
      });
      await turn;
      if (!turn || this.clock.monotonic() < until) return turn !== undefined;
      // A suspended machine may have waited for much longer.
      this.#budget.lost(route, false);
      throw rateLimitError(route, 0);
    } catch (error) {
      throw tellOperation(error, call.operation);
    }
  }

  /** What clients of the same server have in common. */
  private get shared(): HttpClientInit {
    const { observers, serverTime } = this;
    return { ...this.#init, observers, serverTime, budget: this.#budget };
  }

  private transportTo(
    site: URL,
    identity: Pick<TlsOptions, 'cert' | 'key'>,
  ): UndiciTransport {
    const { transport } = this.#init;
    if (transport instanceof UndiciTransport) {
      return transport.with(site, identity);
    }
    throw new InfisicalConfigError(
      'A transport that was handed in brings its own address and client certificate: leave them out of `auth`, and pass `siteUrl` to the client.',
    );
  }

  private async send(
    call: ApiCall,
    signal: AbortSignal,
    progress: CallProgress,
    token?: string,
  ): Promise<ApiAnswer> {
    const { transport, clock } = this.#init;
    const budget = this.#budget;
    const sentAt = clock.monotonic();
    const route = limitedRoute(call);
    let response: TransportResponse;
    try {
      response = await transport.send(
        requestOf(call, this.#init, signal, token),
      );
    } catch (error) {
      // Also what did not reach the server: nobody can tell for sure.
      budget.lost(route, true);
      throw error;
    }
    progress.answered(response.status);
    this.#serverTime.answered(response.headers, sentAt);
    let wait: number | undefined;
    try {
      return readAnswer(response, failedRequest(call, token));
    } catch (error) {
      if (error instanceof InfisicalRateLimitError) wait = error.retryAfterMs;
      throw error;
    } finally {
      budget.answered(route, response, wait);
    }
  }
}

/** What the server counts requests by (contract: auth §9). Of a path that was handed in, its own. */
function limitedRoute({ method, path }: ApiCall): string {
  return `${method} ${path.route ?? routeOfText(path.text)}`;
}

function waitMessage(route: string): string {
  return `Calls of ${route} wait, because the server’s limit for them is used up. List folders instead of reading secrets one by one, or refresh less often. This is said once.`;
}

/** Whether the server may have done what was asked, although there was no answer. */
function mayBeDone(error: unknown): boolean {
  return !(
    error instanceof InfisicalRateLimitError ||
    (error instanceof InfisicalNetworkError && !error.sent)
  );
}

/** A deletion that finds nothing. */
function isGone(
  error: unknown,
  { method }: ApiCall,
): error is InfisicalNotFoundError {
  return method === 'DELETE' && error instanceof InfisicalNotFoundError;
}

function goneAlready(error: InfisicalNotFoundError): InfisicalNotFoundError {
  return error.about(
    'the second try of a deletion: the first one, which got no answer, may have done it',
  );
}
