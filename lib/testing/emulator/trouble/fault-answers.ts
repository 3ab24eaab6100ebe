import type { EmulatorFault } from './trouble-types.js';

type Fault<K extends EmulatorFault['kind']> = Extract<
  EmulatorFault,
  { kind: K }
>;

/** An answer in place of the one that would have been. */
export interface FaultAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Names and texts of the contract (auth §6). */
const WORDS: Readonly<Record<number, readonly [string, string]>> = {
  400: ['BadRequest', 'The request is invalid'],
  401: ['UnauthorizedError', 'You are not allowed to access this resource'],
  403: ['ForbiddenError', 'You are not allowed to access this resource'],
  404: ['NotFound', 'The requested entity is not found'],
  429: ['RateLimitExceeded', 'Rate limit exceeded'],
  504: ['GatewayTimeoutError', 'Timeout error'],
};
const OTHER = ['InternalServerError', 'Something went wrong'] as const;

const UNAVAILABLE =
  '<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body><center><h1>503 Service Temporarily Unavailable</h1></center></body>\r\n</html>\r\n';
const RATE_LIMIT = 60;

export function errorAnswer(
  { status, error, message }: Fault<'error'>,
  reqId: string,
): FaultAnswer {
  // What stands before a server answers 502 and 503 with a page.
  if ((status === 502 || status === 503) && !error && !message) {
    return {
      status,
      headers: { 'content-type': 'text/html' },
      body: UNAVAILABLE.replaceAll(
        '503 Service Temporarily Unavailable',
        status === 502
          ? '502 Bad Gateway'
          : '503 Service Temporarily Unavailable',
      ),
    };
  }
  const [name, text] = WORDS[status] ?? OTHER;
  return json(status, reqId, message ?? text, error ?? name);
}

/** 429 as the cloud sends it, or without its headers (contract: auth §9). */
export function rateLimitAnswer(
  { headers = true, retryAfter = 30 }: Fault<'rate-limit'>,
  reqId: string,
): FaultAnswer {
  const seconds = String(Math.ceil(retryAfter));
  const answer = json(
    429,
    reqId,
    headers
      ? `Rate limit exceeded. Please try again in ${seconds} seconds`
      : 'Failed to acquire lock: rate limit exceeded',
    'RateLimitExceeded',
  );
  if (!headers) return answer;
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'x-ratelimit-limit': String(RATE_LIMIT),
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': seconds,
      'retry-after': seconds,
    },
  };
}

function json(
  statusCode: number,
  reqId: string,
  message: string,
  error: string,
): FaultAnswer {
  return {
    status: statusCode,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ reqId, statusCode, message, error }),
  };
}
