import { REDACTED } from '../common/redaction.js';
import {
  type HttpErrorInit,
  InfisicalAuthError,
  InfisicalHttpError,
  InfisicalNotFoundError,
  InfisicalPermissionError,
  InfisicalRateLimitError,
  InfisicalValidationError,
} from './errors.js';
import { hintFor } from './hints.js';
import { isRetryableStatus } from './retry-policy.js';
import type { TransportResponse } from './transport.js';

/** The request that failed, as far as an error may tell. */
export interface FailedRequest {
  readonly method: string;
  readonly path: string;
  /** Environment and folder, where the path does not tell them. */
  readonly place?: string;
  /** Texts that must not come back in an error: the token and the body's strings. */
  readonly confidential: readonly string[];
}

/** Longest server text that is repeated, in characters. */
const MAX_TEXT = 500;

/** Most issues, rules or fields that are repeated, and how deep. */
const MAX_ITEMS = 20;
const MAX_DEPTH = 5;

interface ErrorBody {
  reqId?: unknown;
  message?: unknown;
  error?: unknown;
  details?: unknown;
}

/** The typed error of an answer that is not a success. The status decides, then the server's error name (contract: auth §6). */
export function toHttpError(
  response: TransportResponse,
  request: FailedRequest,
): InfisicalHttpError {
  const { status } = response;
  const body = parseErrorBody(response.body);
  const clean = (text: string): string => scrub(text, request.confidential);
  const code =
    typeof body?.error === 'string'
      ? clean(body.error)
      : status >= 300 && status < 400
        ? 'Redirect'
        : 'UnexpectedAnswer';
  const issues = Array.isArray(body?.message)
    ? readIssues(body.message, clean)
    : undefined;
  const text = issues
    ? issues
        .map(({ path, message }) => `${path || 'body'}: ${message}`)
        .join('; ')
    : typeof body?.message === 'string'
      ? clean(body.message)
      : '';
  const hint = hintFor(status, code, text);
  const init: HttpErrorInit = {
    status,
    code,
    reqId: typeof body?.reqId === 'string' ? clean(body.reqId) : undefined,
    details: issues ?? readDetails(body?.details, clean),
    retryable: isRetryableStatus(status),
    hint,
  };
  const message = [
    `Infisical answered ${status} ${code} to ${request.method} ${request.path}${request.place ? ` (${request.place})` : ''}`,
    text && `: ${text.replace(/\.$/, '')}`,
    '.',
    hint && ` ${hint}`,
    init.reqId && ` (reqId ${init.reqId})`,
  ]
    .filter(Boolean)
    .join('');
  if (status === 429) {
    return new InfisicalRateLimitError(message, {
      ...init,
      retryAfterMs: readRetryAfter(response, text),
    });
  }
  return new (classOf(status, code))(message, init);
}

/** The error of a success that is not JSON: most often a web page behind a wrong site URL. */
export function toUnreadableAnswerError(
  response: TransportResponse,
  request: FailedRequest,
): InfisicalHttpError {
  const type =
    response.headers['content-type']?.split(';')[0] ?? 'no content type';
  const hint =
    'Check that siteUrl is the address of an Infisical server: scheme, host and port, without a page path.';
  return new InfisicalHttpError(
    `The answer to ${request.method} ${request.path} is not readable JSON (status ${response.status}, ${scrub(type, request.confidential)}). ${hint}`,
    { status: response.status, code: 'UnreadableAnswer', hint },
  );
}

function classOf(status: number, code: string): typeof InfisicalHttpError {
  if (status === 401 || (status === 403 && code === 'TokenError')) {
    return InfisicalAuthError;
  }
  switch (status) {
    case 400:
    case 422:
      return InfisicalValidationError;
    case 403:
      return InfisicalPermissionError;
    case 404:
      return InfisicalNotFoundError;
    default:
      return InfisicalHttpError;
  }
}

function parseErrorBody(body: Buffer): ErrorBody | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

interface Issue {
  path: string;
  code: string;
  message: string;
}

/** Path, code and text of the issues; their other fields may repeat the input. */
function readIssues(
  issues: unknown[],
  clean: (text: string) => string,
): Issue[] {
  return issues.slice(0, MAX_ITEMS).map((issue) => {
    const { path, code, message } = (issue ?? {}) as Record<string, unknown>;
    return {
      path: Array.isArray(path) ? clean(path.map(String).join('.')) : '',
      code: typeof code === 'string' ? clean(code) : 'unknown',
      message: typeof message === 'string' ? clean(message) : 'not accepted',
    };
  });
}

/** The rules of a refused permission (contract: auth §7), and nothing else. */
function readDetails(
  details: unknown,
  clean: (text: string) => string,
): unknown {
  if (!Array.isArray(details)) return undefined;
  return details.slice(0, MAX_ITEMS).map((rule: unknown) => {
    if (typeof rule === 'string') return clean(rule);
    const { action, subject, inverted, conditions } = (rule ?? {}) as Record<
      string,
      unknown
    >;
    return cleanDeep(
      { action, subject, inverted, conditions },
      clean,
      MAX_DEPTH,
    );
  });
}

function cleanDeep(
  value: unknown,
  clean: (text: string) => string,
  depth: number,
): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return undefined;
  const inner = (item: unknown): unknown => cleanDeep(item, clean, depth - 1);
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map(inner);
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_ITEMS)
      .map(([key, item]) => [clean(key), inner(item)]),
  );
}

/** Seconds from the header, or hidden in the text (contract: auth §9). */
function readRetryAfter(
  response: TransportResponse,
  text: string,
): number | undefined {
  const seconds = Number(response.headers['retry-after']);
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000;
  const inText = /try again in (\d+) seconds?/i.exec(text)?.[1];
  return inText === undefined ? undefined : Number(inText) * 1000;
}

/** The text without control characters and without anything confidential that the server echoed. */
function scrub(text: string, confidential: readonly string[]): string {
  let clean = text;
  for (const value of confidential) {
    clean = clean.split(value).join(REDACTED);
  }
  return clean.replace(/\p{Cc}+/gu, ' ').slice(0, MAX_TEXT);
}
