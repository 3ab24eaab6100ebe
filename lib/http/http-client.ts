import { setMaxListeners } from 'node:events';
import type { ClientLogger } from '../common/client-logger.js';
import { type Clock, delay } from '../common/clock.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import type { Random } from '../common/random.js';
import type { ApiPath } from './api-path.js';
import { CallObservers, type CallProgress } from './call-observer.js';
import { confidentialTexts, placeOf } from './call-texts.js';
import {
  type FailedRequest,
  toHttpError,
  toUnreadableAnswerError,
} from './error-mapper.js';
import { EventStream } from './event-stream.js';
import {
  InfisicalHttpError,
  InfisicalNetworkError,
  InfisicalNotFoundError,
  InfisicalRateLimitError,
  InfisicalTimeoutError,
  tellOperation,
} from './errors.js';
import { RateBudget } from './rate-budget.js';
import { type RetryPolicy, retryDelay } from './retry-policy.js';
import type { TlsOptions } from './tls-options.js';
import type {
  Transport,
  TransportRequest,
  TransportResponse,
} from './transport.js';
import type { ServerSentEvent } from './server-sent-events.js';
import { type Route, UndiciTransport } from './undici.transport.js';

/**
 * A value of a query parameter; undefined leaves it out.
 *
 * @example
 * ```ts
 * const query: Record<string, QueryValue> = { limit: 20, search: undefined };
 * await client.request('GET', '/api/v1/organization/audit-logs', { query });
 * ```
 *
 * @publicApi
 */
export type QueryValue = string | number | boolean | undefined;

/** What ends a call, and what it is called in errors. */
export interface CallLimits {
  /** As the caller knows it: `secrets.get`. */
  readonly operation?: string;
  /** Ends the call early. */
  readonly signal?: AbortSignal;
  /** Deadline in milliseconds of the call with all its tries, and of each try. Default: the client's two deadlines. */
  readonly timeout?: number;
}

/** One call of the API. */
export interface ApiCall extends CallLimits {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Built with `apiPath`. */
  readonly path: ApiPath;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
  /** Whether the call may be made twice. Default: GET and DELETE. */
  readonly idempotent?: boolean;
  /** Extra headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Monotonic milliseconds from which on no further try makes sense. */
  readonly vainFrom?: number;
}

/** A read answer. `data` is undefined for 304. */
export interface ApiAnswer {
  readonly status: number;
  readonly data: unknown;
  readonly etag?: string;
  /** The `Date` header: the clock of who answered, in whole seconds. */
  readonly date?: string;
}

/** What an {@link HttpClient} needs. */
export interface HttpClientInit {
  readonly site: URL;
  readonly transport: Transport;
  readonly retry: RetryPolicy;
  /** Deadline of one try in milliseconds. */
  readonly timeout: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: ClientLogger;
  /** Who watches the calls. Default: nobody yet. */
  readonly observers?: CallObservers;
  /** What the server allows. Default: nothing is known yet. */
  readonly budget?: RateBudget;
}

/** The most of a refused stream's answer that is read, in bytes. */
const MAX_REFUSAL = 64 * 1024;

/** Headers of a stream. A compressed one would be held back until there is enough of it. */
const EVENT_STREAM = {
  accept: 'text/event-stream',
  'accept-encoding': 'identity',
};

const NO_STREAMS =
  'The transport that was handed in has no open(), so that the server can push nothing through it. Give it one, or leave out refresh.push.';

/** How long something may take, and how to say so. */
interface Deadline {
  /** Milliseconds. */
  readonly ms: number;
  readonly of: 'one try' | 'one call' | 'this call';
  /** The option that sets it. */
  readonly option: string;
}

/** Sends calls with deadline and retries, and turns answers into data or typed errors. */
export class HttpClient {
  /** Who watches the calls, also those over connections of their own. */
  readonly observers: CallObservers;
  #init: HttpClientInit;
  #budget: RateBudget;

  constructor(init: HttpClientInit) {
    this.#init = init;
    this.#budget = init.budget ?? new RateBudget(init.clock, init.random);
    this.observers = init.observers ?? new CallObservers();
  }

  /** Where time comes from. */
  get clock(): Clock {
    return this.#init.clock;
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
      return await this.limit(deadline, signal, work);
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
    const route = limitedRoute(call);
    let maybeDone = false;
    for (let attempt = 1; ; attempt++) {
      const wait = route ? this.#budget.take(route) : 0;
      if (route && wait > 0) {
        await this.afford(route, wait, signal).catch((error: unknown) => {
          throw tellOperation(error, call.operation);
        });
        if (clock.monotonic() >= (call.vainFrom ?? Infinity)) {
          throw tellOperation(rateLimitError(route, 0), call.operation);
        }
      }
      const token = await bearer?.();
      try {
        return await this.limit(
          {
            ms: call.timeout ?? this.#init.timeout,
            of: 'one try',
            option: 'timeout',
          },
          signal,
          (inner) => this.send(call, inner, progress, token),
        );
      } catch (error) {
        tellOperation(error, call.operation);
        if (route && error instanceof InfisicalRateLimitError) {
          const { retryAfterMs } = error;
          if (retryAfterMs) this.#budget.refused(route, retryAfterMs);
        }
        if (maybeDone && isGone(error, call)) throw goneAlready(error);
        if (signal.aborted) throw error;
        const wait = retryDelay(error, attempt, idempotent, retry, random);
        if (wait === undefined) throw error;
        maybeDone ||= mayBeDone(error);
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
    const { observers } = this;
    const budget = this.#budget;
    const retry = { ...this.#init.retry, attempts: 1 };
    return new HttpClient({ ...this.#init, retry, observers, budget });
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
    const request = this.requestOf(
      { ...call, headers: EVENT_STREAM },
      stream.signal,
      token,
    );
    const deadline: Deadline = { ms, of: 'one try', option: 'timeout' };
    try {
      return await this.limit(deadline, signal, async (inner) => {
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
    const { observers } = this;
    const budget = this.#budget;
    const init = { ...this.#init, site, transport, observers, budget };
    return new HttpClient(init);
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
    await old.close();
  }

  close(): Promise<void> {
    return this.#init.transport.close();
  }

  /**
   * Waits until the server's limit allows a call.
   *
   * @throws InfisicalRateLimitError when the deadline comes first
   */
  private async afford(
    route: string,
    first: number,
    signal: AbortSignal,
  ): Promise<void> {
    for (let wait = first; wait > 0; wait = this.#budget.take(route)) {
      const until = this.clock.monotonic() + wait;
      try {
        await delay(this.clock, wait, signal);
      } catch (reason) {
        if (!(reason instanceof InfisicalTimeoutError)) throw reason;
        throw rateLimitError(route, until - this.clock.monotonic());
      }
    }
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
    const { transport } = this.#init;
    const response = await transport.send(this.requestOf(call, signal, token));
    progress.answered(response.status);
    const route = limitedRoute(call);
    if (route) this.#budget.answered(route, response.headers);
    return readAnswer(response, failedRequest(call, token));
  }

  private requestOf(
    call: ApiCall,
    signal: AbortSignal,
    token?: string,
  ): TransportRequest {
    const { site, headers } = this.#init;
    return {
      method: call.method,
      target:
        site.pathname.replace(/\/$/, '') +
        call.path.text +
        toSearch(call.query),
      headers: {
        ...headers,
        accept: 'application/json',
        ...(call.body === undefined
          ? undefined
          : { 'content-type': 'application/json' }),
        ...(token === undefined
          ? undefined
          : { authorization: `Bearer ${token}` }),
        ...call.headers,
      },
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      signal,
    };
  }

  private async limit<T>(
    { ms, of, option }: Deadline,
    outer: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { clock } = this.#init;
    const controller = new AbortController();
    const onOuterAbort = (): void => controller.abort(outer?.reason);
    // One signal may end any number of calls; that is no leak to warn about.
    if (outer) setMaxListeners(Infinity, outer);
    if (outer?.aborted) onOuterAbort();
    outer?.addEventListener('abort', onOuterAbort, { once: true });
    const timer = clock.setTimeout(() => {
      controller.abort(
        new InfisicalTimeoutError(
          `No complete answer from ${this.origin} within ${ms} ms (deadline of ${of}). Check that the server is up and reachable, or raise \`${option}\`.`,
          ms,
        ),
      );
    }, ms);
    try {
      return await work(controller.signal);
    } finally {
      clock.clearTimeout(timer);
      outer?.removeEventListener('abort', onOuterAbort);
    }
  }
}

/** What the server counts requests by; undefined for a path that was handed in. */
function limitedRoute({ method, path }: ApiCall): string | undefined {
  return path.route && `${method} ${path.route}`;
}

function rateLimitError(route: string, left: number): InfisicalRateLimitError {
  const hint =
    'Slow down: list a folder once instead of reading secrets one by one; or raise `retry.deadline` or `timeout` to wait longer.';
  return new InfisicalRateLimitError(
    `${route} was not sent: the server’s limit for it is used up for another ${Math.ceil(left / 1000)} s, and the deadline of the call came first. ${hint}`,
    {
      status: 429,
      code: 'RateLimitExceeded',
      retryable: true,
      hint,
      retryAfterMs: left,
    },
  );
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

function failedRequest(call: ApiCall, token?: string): FailedRequest {
  return {
    method: call.method,
    path: call.path.text,
    place: placeOf(call),
    confidential: confidentialTexts(call.body, token),
  };
}

/** The body of an answer that is not a stream, as far as an error may need it. */
async function readStart(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_REFUSAL) break;
  }
  return Buffer.concat(chunks);
}

function readAnswer(
  response: TransportResponse,
  request: FailedRequest,
): ApiAnswer {
  const { status } = response;
  const { etag, date } = response.headers;
  if (status === 304) return { status, data: undefined, etag, date };
  if (status < 200 || status >= 300) throw toHttpError(response, request);
  let data: unknown;
  try {
    data = JSON.parse(response.body.toString('utf8'));
  } catch {
    throw toUnreadableAnswerError(response, request);
  }
  if (typeof data !== 'object' || data === null) {
    throw toUnreadableAnswerError(response, request);
  }
  return { status, data, etag, date };
}

function toSearch(query: ApiCall['query']): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.append(name, String(value));
  }
  const text = search.toString();
  return text && `?${text}`;
}

/** Codes of answers that are not Infisical's own. */
const FOREIGN = new Set(['UnexpectedAnswer', 'UnreadableAnswer']);

/** Whether a failure means that the server could not be asked, rather than that it (or we) refused. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof InfisicalConfigError) return false;
  if (!(error instanceof InfisicalHttpError)) return true;
  if (error.retryable || error.status >= 500) return true;
  // The page of a proxy with no server behind it. A proxy may also put its
  // pages in the place of the server's refusals, and those count.
  return FOREIGN.has(error.code) && ![401, 403].includes(error.status);
}
