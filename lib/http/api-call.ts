import type { ApiPath } from './api-path.js';

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
