import { InfisicalError } from '../common/infisical.error.js';

/**
 * What an {@link InfisicalHttpError} is made of.
 *
 * @example
 * ```ts
 * // What a transport of a test may answer with:
 * const init: HttpErrorInit = {
 *   status: 503,
 *   code: 'Maintenance',
 *   retryable: true,
 * };
 * const error = new InfisicalHttpError('Try again later.', init);
 * ```
 *
 * @publicApi
 */
export interface HttpErrorInit {
  status: number;
  code: string;
  reqId?: string;
  details?: unknown;
  retryable?: boolean;
  hint?: string;
  operation?: string;
  cause?: unknown;
}

/**
 * The server answered, but not with what was asked for.
 *
 * @example
 * ```ts
 * try {
 *   await client.secrets.list();
 * } catch (error) {
 *   if (!(error instanceof InfisicalHttpError)) throw error;
 *   const { operation, status, code, reqId } = error;
 *   logger.error(`${operation}: ${status} ${code}, request ${reqId}`);
 * }
 * ```
 *
 * @publicApi
 */
export class InfisicalHttpError extends InfisicalError {
  /** HTTP status of the answer. */
  readonly status: number;
  /** The server's own error name (`TokenError`, `NotFound` …), or one of ours for an answer that is not Infisical's. */
  readonly code: string;
  /** The server's request id, to find the request in its logs. */
  readonly reqId?: string;
  /** Rules of a refused permission, or the issues of a refused body; never values. */
  readonly details?: unknown;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** What to do next. */
  readonly hint?: string;
  /** The call that failed, such as `secrets.get`. */
  readonly operation?: string;

  constructor(message: string, init: HttpErrorInit) {
    super(
      message,
      init.cause === undefined ? undefined : { cause: init.cause },
    );
    this.status = init.status;
    this.code = init.code;
    this.reqId = init.reqId;
    this.details = init.details;
    this.retryable = init.retryable ?? false;
    this.hint = init.hint;
    this.operation = init.operation;
  }

  /** The same error, telling what it happened to. */
  about(what: string): this {
    const Same = this.constructor as new (
      message: string,
      init: HttpErrorInit,
    ) => this;
    return new Same(`${this.message} This was about ${what}.`, {
      ...this,
      cause: this,
    });
  }
}

/**
 * The login was refused, or the access token is missing, expired or revoked
 * (401, or 403 `TokenError`; contract: auth §3.5).
 *
 * @example
 * ```ts
 * try {
 *   await client.auth.getAccessToken();
 * } catch (error) {
 *   if (!(error instanceof InfisicalAuthError)) throw error;
 *   logger.error(error.hint ?? error.message); // the login was refused
 * }
 * ```
 *
 * @publicApi
 */
export class InfisicalAuthError extends InfisicalHttpError {}

/**
 * The identity is known but may not do this (403). Logging in again does not
 * help.
 *
 * @example
 * ```ts
 * try {
 *   await client.secrets.list({ path: '/admin' });
 * } catch (error) {
 *   if (!(error instanceof InfisicalPermissionError)) throw error;
 *   logger.error(error.message); // tells which permission is missing
 * }
 * ```
 *
 * @publicApi
 */
export class InfisicalPermissionError extends InfisicalHttpError {}

/**
 * The project, environment, folder, secret, key or lease does not exist (404).
 *
 * @example
 * ```ts
 * async function findLimit(): Promise<string | undefined> {
 *   try {
 *     return (await client.secrets.get('LIMIT')).secretValue;
 *   } catch (error) {
 *     if (error instanceof InfisicalNotFoundError) return undefined;
 *     throw error;
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class InfisicalNotFoundError extends InfisicalHttpError {}

/**
 * The server refused the request's content (400, 422).
 *
 * @example
 * ```ts
 * try {
 *   await client.folders.create({ name: 'payments' });
 * } catch (error) {
 *   if (!(error instanceof InfisicalValidationError)) throw error;
 *   logger.warn(error.message); // it is there already
 * }
 * ```
 *
 * @publicApi
 */
export class InfisicalValidationError extends InfisicalHttpError {}

/**
 * Too many requests (429).
 *
 * @example
 * ```ts
 * try {
 *   await client.secrets.list();
 * } catch (error) {
 *   if (!(error instanceof InfisicalRateLimitError)) throw error;
 *   logger.warn(`Try again in ${error.retryAfterMs ?? 60_000} ms.`);
 * }
 * ```
 *
 * @publicApi
 */
export class InfisicalRateLimitError extends InfisicalHttpError {
  /** How long the server asks to wait, in milliseconds; undefined when it does not say. */
  readonly retryAfterMs?: number;

  constructor(
    message: string,
    init: HttpErrorInit & { retryAfterMs?: number },
  ) {
    super(message, init);
    this.retryAfterMs = init.retryAfterMs;
  }
}

/**
 * No answer: the host was not found, refused or broke the connection, or TLS
 * failed.
 *
 * @example
 * ```ts
 * try {
 *   await client.secrets.create('LIMIT', { secretValue: '10' });
 * } catch (error) {
 *   if (!(error instanceof InfisicalNetworkError)) throw error;
 *   if (error.sent) logger.warn(`${error.code}: it may have been created`);
 * }
 * ```
 *
 * @publicApi
 */
export class InfisicalNetworkError extends InfisicalError {
  /** The runtime's code, such as `ECONNREFUSED`. */
  readonly code: string;
  /** False when the request provably did not reach the server. */
  readonly sent: boolean;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** The call that failed, such as `secrets.get`. */
  readonly operation?: string;

  constructor(
    message: string,
    init: { code: string; sent: boolean; retryable: boolean },
  ) {
    super(message);
    this.code = init.code;
    this.sent = init.sent;
    this.retryable = init.retryable;
  }
}

/**
 * The deadline over connecting, sending, waiting and reading has passed.
 *
 * @example
 * ```ts
 * try {
 *   await client.secrets.list({ timeout: '2s' });
 * } catch (error) {
 *   if (!(error instanceof InfisicalTimeoutError)) throw error;
 *   logger.warn(`${error.operation} took more than ${error.timeoutMs} ms`);
 * }
 * ```
 *
 * @publicApi
 */
export class InfisicalTimeoutError extends InfisicalError {
  /** The deadline that passed, in milliseconds. */
  readonly timeoutMs: number;
  /** The call that failed, such as `secrets.get`. */
  readonly operation?: string;

  constructor(message: string, timeoutMs: number, options?: ErrorOptions) {
    super(message, options);
    this.timeoutMs = timeoutMs;
  }
}

/** Notes in the error which call it ended; the first one to know is right. */
export function tellOperation(
  error: unknown,
  operation: string | undefined,
): unknown {
  if (
    operation !== undefined &&
    (error instanceof InfisicalHttpError ||
      error instanceof InfisicalNetworkError ||
      error instanceof InfisicalTimeoutError) &&
    error.operation === undefined
  ) {
    Object.assign(error, { operation });
  }
  return error;
}

/** 401, or 403 `TokenError`: the token is bad, and a new login may help. */
export function isTokenRejection(error: unknown): error is InfisicalAuthError {
  return error instanceof InfisicalAuthError;
}

/**
 * A refusal by the server itself that is not about the token: it looks at the
 * token before all else (contract: auth §1), so that it took this one.
 */
export function provesToken(error: unknown): boolean {
  return (
    error instanceof InfisicalHttpError &&
    error.reqId !== undefined &&
    error.status < 500 &&
    error.status !== 429 &&
    !isTokenRejection(error)
  );
}

/** 404 of the framework, not of Infisical: the server has no such route (contract: auth §5). */
export function isUnknownRoute(error: unknown): boolean {
  return (
    error instanceof InfisicalNotFoundError &&
    error.reqId === undefined &&
    error.code === 'Not Found'
  );
}
