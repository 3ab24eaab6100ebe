import { randomUUID } from 'node:crypto';
import { InfisicalConfigError } from '../../common/infisical.error.js';
import type {
  Transport,
  TransportRequest,
  TransportResponse,
} from '../../http/transport.js';
import { ApiError } from '../emulator/http/api-error.js';

/** A request as a route sees it. */
export interface MemoryRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: TransportRequest['headers'];
}

/** What a route answers: the body, or that the client has it already. */
export interface MemoryAnswer {
  readonly body?: unknown;
  readonly etag?: string;
  readonly isUnchanged?: boolean;
}

/** One route of the API, with parameters such as `:name`. */
export interface MemoryRoute {
  readonly method: string;
  readonly path: string;
  readonly answer: (
    request: MemoryRequest,
  ) => MemoryAnswer | Promise<MemoryAnswer>;
}

/** Answers requests out of memory: no socket, no timer. */
export class MemoryTransport implements Transport {
  readonly #routes: readonly MemoryRoute[];

  constructor(routes: readonly MemoryRoute[]) {
    this.#routes = routes;
  }

  /** @throws InfisicalConfigError when no route is for the request */
  async send(request: TransportRequest): Promise<TransportResponse> {
    const { method, target, headers } = request;
    request.signal.throwIfAborted();
    const { pathname, searchParams: query } = new URL(target, 'http://memory');
    for (const route of this.#routes) {
      const params =
        route.method === method ? paramsOf(route.path, pathname) : undefined;
      if (!params) continue;
      const body = (
        request.body === undefined ? {} : JSON.parse(request.body)
      ) as Record<string, unknown>;
      return respond(() => route.answer({ params, query, body, headers }));
    }
    throw new InfisicalConfigError(
      `InfisicalTestingModule has no answer to ${method} ${pathname}: it answers reads and single writes of secrets, leases of the dynamic secrets in \`leases\`, and KMS with the keys in \`kms\`. For everything else start an InfisicalEmulator and pass its url to InfisicalModule.`,
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function paramsOf(
  route: string,
  pathname: string,
): Record<string, string> | undefined {
  const [wanted, given] = [route.split('/'), pathname.split('/')];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(text);
    else if (part !== text) return undefined;
  }
  return params;
}

async function respond(
  work: () => MemoryAnswer | Promise<MemoryAnswer>,
): Promise<TransportResponse> {
  try {
    const { body, etag, isUnchanged } = await work();
    return isUnchanged
      ? { status: 304, headers: { etag }, body: Buffer.alloc(0) }
      : json(200, body, etag);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { statusCode, message } = error;
    const reqId = `req-${randomUUID()}`;
    return json(statusCode, { reqId, statusCode, message, error: error.error });
  }
}

function json(status: number, body: unknown, etag?: string): TransportResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', etag },
    body: Buffer.from(JSON.stringify(body)),
  };
}
