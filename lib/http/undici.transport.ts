import type { Socket } from 'node:net';
import { type Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { waitFor } from '../common/wait-for.js';
import { InfisicalNetworkError } from './errors.js';
import {
  adviceFor,
  type NetworkFailure,
  proxyAdvice,
  refusedTunnelAdvice,
} from './network-advice.js';
import type { Proxy, ProxyChoice } from './proxy.js';
import { ProxyError, ProxyTunnel } from './proxy-tunnel.js';
import { assertTransportSafe, type TransportSafety } from './site-url.js';
import { TlsContext } from './tls-context.js';
import type { TlsOptions, TlsSources } from './tls-options.js';
import type {
  Transport,
  TransportRequest,
  TransportResponse,
  TransportStream,
} from './transport.js';

/** Connections kept to the server. More requests wait for a free one. */
const POOL_CONNECTIONS = 16;

/** How long a connection may take, in milliseconds, before the request's own deadline. */
const CONNECT_TIMEOUT = 5_000;

/** Idle life of a connection in milliseconds, below the 5 s of Node's HTTP server, so that a request does not meet a closing socket. */
const KEEP_ALIVE_TIMEOUT = 4_000;

/** Longest list of a certificate's names that is repeated, in characters. */
const MAX_NAMES = 200;

/** The largest body that is read, in bytes after inflation. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

/** How the server is reached, resolved. */
export interface Network extends TransportSafety {
  /** Default: what the system trusts. */
  readonly tls?: TlsSources;
  /** Default: no proxy. */
  readonly proxy?: ProxyChoice;
  /** In place of a pool of our own, and of the two above. It is not closed. */
  readonly dispatcher?: Dispatcher;
}

/** How requests get to the server, for messages. */
export interface Route {
  /** Host and port of the proxy. */
  readonly proxy?: string;
  /** Whether a dispatcher was handed in, so that nothing else is known. */
  readonly isHandedIn: boolean;
  /** The latest TLS connection; absent before there is one. */
  readonly tls?: {
    /** Such as `TLSv1.3`. */
    readonly protocol: string;
    /** When the server's certificate expires, in milliseconds since the epoch. */
    readonly validTo: number;
  };
}

/** One pool of connections to one origin, or the dispatcher that was handed in. */
export class UndiciTransport implements Transport {
  readonly #dispatcher: Dispatcher;
  readonly #site: URL;
  readonly #network: Network;
  readonly #proxy: Proxy | undefined;
  readonly #tunnel: ProxyTunnel | undefined;
  /** Failures from before there was a connection. */
  readonly #unsent = new WeakSet<object>();
  /** Exchanges under way on a dispatcher that is not ours to destroy. */
  readonly #exchanges = new Set<AbortController>();
  #tls: Route['tls'];
  #isClosed = false;

  /** @throws InfisicalConfigError when the TLS options or the proxy cannot be used */
  constructor(site: URL, network: Network = {}) {
    this.#site = site;
    this.#network = network;
    if (network.dispatcher) {
      this.#dispatcher = network.dispatcher;
      return;
    }
    this.#proxy = network.proxy?.(site);
    this.#tunnel = this.#proxy && new ProxyTunnel(this.#proxy, CONNECT_TIMEOUT);
    this.#dispatcher = new Pool(site.origin, {
      connections: POOL_CONNECTIONS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
      keepAliveMaxTimeout: KEEP_ALIVE_TIMEOUT,
      connect: this.connector(),
    });
  }

  /**
   * The same network with another address, and another identity when one is given.
   *
   * @throws InfisicalConfigError when the site may not be used, or the dispatcher has its own identity
   */
  with(
    site: URL,
    { cert, key }: Pick<TlsOptions, 'cert' | 'key'>,
  ): UndiciTransport {
    const { tls, dispatcher } = this.#network;
    assertTransportSafe(site, this.#network);
    if (cert === undefined) return new UndiciTransport(site, this.#network);
    if (dispatcher) {
      throw new InfisicalConfigError(
        'A dispatcher that was handed in brings its own client certificate: leave it out of `auth`.',
      );
    }
    return new UndiciTransport(site, {
      ...this.#network,
      tls: {
        ca: tls?.ca ?? [],
        cert: { name: 'cert', text: cert },
        key: { name: 'key', text: key },
      },
    });
  }

  /** How the server is reached. */
  get route(): Route {
    return {
      proxy: this.#proxy?.address,
      isHandedIn: this.#network.dispatcher !== undefined,
      tls: this.#tls,
    };
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const { body, ...head } = await this.open(request);
    return { ...head, body: await readBody(body) };
  }

  async open(request: TransportRequest): Promise<TransportStream> {
    const exchange = this.begin(request.signal);
    try {
      const answer = await this.exchange(request, exchange.signal);
      const headers = flattenHeaders(answer.headers);
      const body = decoded(answer.body, headers['content-encoding']);
      return {
        status: answer.statusCode,
        headers,
        body: this.pieces(body, answer.body, request, exchange.end),
      };
    } catch (error) {
      exchange.end();
      throw this.toFailure(error, request);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#tunnel?.close();
    if (!this.#network.dispatcher) return this.#dispatcher.destroy();
    for (const exchange of this.#exchanges) exchange.abort(closedError());
  }

  private exchange(
    request: TransportRequest,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const options = {
      origin: this.#site.origin,
      method: request.method,
      path: request.target,
      headers: { 'accept-encoding': 'gzip, br', ...request.headers },
      body: request.body,
      signal,
      // The request's deadline covers headers and body; undici's own are off.
      headersTimeout: 0,
      bodyTimeout: 0,
      // For a dispatcher that follows redirects otherwise.
      maxRedirections: 0,
    };
    // undici notices an abort only once the connection is there.
    return waitFor(this.#dispatcher.request(options), signal);
  }

  /** The pieces of a body. `end` is called when there are no more. */
  private async *pieces(
    body: AsyncIterable<Buffer>,
    raw: Readable,
    request: TransportRequest,
    end: () => void,
  ): AsyncGenerator<Buffer> {
    try {
      yield* body;
    } catch (error) {
      throw this.toFailure(error, request);
    } finally {
      raw.destroy();
      end();
    }
  }

  /** A signal that `close()` aborts also where the dispatcher stays open; `end` forgets it. */
  private begin(outer: AbortSignal): { signal: AbortSignal; end: () => void } {
    if (!this.#network.dispatcher) {
      return { signal: outer, end: () => undefined };
    }
    const exchange = new AbortController();
    const onAbort = (): void => exchange.abort(outer.reason);
    if (outer.aborted) onAbort();
    if (this.#isClosed) exchange.abort(closedError());
    outer.addEventListener('abort', onAbort, { once: true });
    this.#exchanges.add(exchange);
    const end = (): void => {
      this.#exchanges.delete(exchange);
      outer.removeEventListener('abort', onAbort);
    };
    return { signal: exchange.signal, end };
  }

  /** Connects directly or through the proxy, and notes what never got a connection. */
  private connector(): buildConnector.connector {
    const connect = this.secureConnector();
    return (options, callback) => {
      const done = (...[error, socket]: CallbackArguments): void => {
        if (error) {
          this.#unsent.add(error);
          callback(error, null);
          return;
        }
        if (options.protocol === 'https:') {
          // A resumed session tells no certificate.
          this.#tls = readTls(socket) ?? this.#tls;
        }
        callback(null, socket);
      };
      if (!this.#tunnel) return connect(options, done);
      this.#tunnel.open(authorityOf(this.#site)).then(
        (httpSocket) =>
          options.protocol === 'https:'
            ? connect({ ...options, httpSocket }, done)
            : done(null, httpSocket),
        (error: Error) => done(error, null),
      );
    };
  }

  /** Makes undici's connector again when certificates changed, so that no TLS session of the old ones is resumed. */
  private secureConnector(): buildConnector.connector {
    const plain = { timeout: CONNECT_TIMEOUT };
    if (this.#site.protocol !== 'https:') return buildConnector(plain);
    const tls = new TlsContext(this.#network.tls ?? { ca: [] });
    let made: ReturnType<TlsContext['current']> | undefined;
    let connect = buildConnector(plain);
    return (options, callback) => {
      const secureContext = tls.current();
      if (secureContext !== made) {
        made = secureContext;
        connect = buildConnector({
          ...plain,
          secureContext,
          // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect here.
          rejectUnauthorized: true,
        });
      }
      connect(options, callback);
    };
  }

  private toFailure(error: unknown, { signal }: TransportRequest): Error {
    return signal.aborted
      ? (signal.reason as Error)
      : this.toNetworkError(error);
  }

  private toNetworkError(error: unknown): InfisicalNetworkError {
    if (error instanceof InfisicalNetworkError) return error;
    if (error instanceof ProxyError) return this.toProxyFailure(error);
    const failure = readFailure(error, this.#site);
    const { advice, retryable, unsent = false } = adviceFor(failure);
    const way = this.#proxy ? ` through the proxy ${this.#proxy.address}` : '';
    return new InfisicalNetworkError(
      `No answer from ${this.#site.origin}${way} (${failure.code}). ${advice}`,
      {
        code: failure.code,
        sent: !unsent && !this.#unsent.has(error as object),
        retryable,
      },
    );
  }

  private toProxyFailure(error: ProxyError): InfisicalNetworkError {
    const { status, code } = error;
    const proxy = `the proxy ${this.#proxy?.address}`;
    if (status !== undefined) {
      const target = authorityOf(this.#site);
      const { advice, retryable } = refusedTunnelAdvice(status, target);
      return new InfisicalNetworkError(
        `No way to ${this.#site.origin}: ${proxy} answered ${status}. ${advice}`,
        { code: `PROXY_${status}`, sent: false, retryable },
      );
    }
    const failure = readFailure(
      error.cause,
      new URL(this.#proxy?.isSecure ? 'https://proxy' : 'http://proxy'),
    );
    const { advice, retryable } = proxyAdvice(failure);
    return new InfisicalNetworkError(
      `No way to ${this.#site.origin}: ${proxy} gave no answer (${code}). ${advice}`,
      { code: failure.code, sent: false, retryable },
    );
  }
}

type CallbackArguments =
  [error: null, socket: Socket] | [error: Error, socket: null];

function closedError(): Error {
  return Object.assign(new Error('closed'), { code: 'UND_ERR_CLOSED' });
}

function readTls(socket: Socket): Route['tls'] {
  if (!(socket instanceof TLSSocket)) return undefined;
  const { valid_to: end } = socket.getPeerCertificate();
  if (!end) return undefined;
  const protocol = socket.getProtocol() ?? 'TLS';
  return { protocol, validTo: Date.parse(end) };
}

/** Host and port, as CONNECT wants them. */
function authorityOf(site: URL): string {
  return `${site.hostname}:${site.port || (site.protocol === 'https:' ? 443 : 80)}`;
}

/** The parts of a runtime's error that advice is made of. */
function readFailure(error: unknown, site: URL): NetworkFailure {
  const { name, message, code, socket, cert } = error as {
    name?: string;
    message?: string;
    code?: string;
    socket?: { bytesRead?: number };
    cert?: { subjectaltname?: string; subject?: { CN?: unknown } };
  };
  const names = cert?.subjectaltname ?? cert?.subject?.CN;
  return {
    // undici's parser errors have no code of their own.
    code:
      code ?? (name === 'HTTPParserError' ? 'UND_ERR_HTTP_PARSER' : 'UNKNOWN'),
    isHttp: !/Expected HTTP\//.test(message ?? ''),
    secure: site.protocol === 'https:',
    silent: socket?.bytesRead === 0,
    certificateNames:
      typeof names === 'string'
        ? names.replace(/\p{Cc}/gu, ' ').slice(0, MAX_NAMES)
        : undefined,
  };
}

function flattenHeaders(
  headers: Record<string, string | string[] | undefined>,
): Record<string, string | undefined> {
  const flat: Record<string, string | undefined> = Object.create(
    null,
  ) as Record<string, string | undefined>;
  for (const [name, value] of Object.entries(headers)) {
    flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

async function readBody(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_RESPONSE_BYTES) {
      throw new InfisicalNetworkError(
        `The answer is larger than ${MAX_RESPONSE_BYTES} bytes: check that siteUrl is an Infisical server.`,
        { code: 'RESPONSE_TOO_LARGE', sent: true, retryable: false },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function decoded(body: Readable, encoding?: string): AsyncIterable<Buffer> {
  const decoder = decoderOf(encoding);
  if (!decoder) return body as AsyncIterable<Buffer>;
  body.on('error', (error) => decoder.destroy(error));
  return body.pipe(decoder) as AsyncIterable<Buffer>;
}

function decoderOf(
  encoding?: string,
): (NodeJS.ReadWriteStream & Readable) | undefined {
  switch (encoding) {
    case 'gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    default:
      return undefined;
  }
}
