import { readFileSync } from 'node:fs';
import { type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { Pool } from 'undici';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { InfisicalNetworkError } from './errors.js';
import type {
  Transport,
  TransportRequest,
  TransportResponse,
} from './transport.js';

/**
 * Trust and identity of the TLS connection.
 *
 * @publicApi
 */
export interface TlsOptions {
  /** PEM of one or more certificate authorities to trust, in place of the system's. */
  ca?: string | Buffer;
  /** A file that holds them. */
  caFile?: string;
  /** PEM of the client certificate. */
  cert?: string | Buffer;
  /** PEM of the client certificate's key. */
  key?: string | Buffer;
}

/** Connections kept to the server. More requests wait for a free one. */
const POOL_CONNECTIONS = 16;

/** How long a connection may take, in milliseconds, before the request's own deadline. */
const CONNECT_TIMEOUT = 5_000;

/** Idle life of a connection in milliseconds, below the 5 s of Node's HTTP server, so that a request does not meet a closing socket. */
const KEEP_ALIVE_TIMEOUT = 4_000;

/** The largest body that is read, in bytes after inflation. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

/** The runtime's codes that prove that nothing was sent. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** One pool of connections to one origin. */
export class UndiciTransport implements Transport {
  readonly #pool: Pool;
  readonly #origin: string;
  readonly #tls: TlsOptions;

  constructor(site: URL, tls: TlsOptions = {}) {
    this.#origin = site.origin;
    this.#tls = tls;
    this.#pool = new Pool(site.origin, {
      connections: POOL_CONNECTIONS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
      keepAliveMaxTimeout: KEEP_ALIVE_TIMEOUT,
      // The request's deadline covers headers and body; undici's own are off.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: CONNECT_TIMEOUT,
        ca: readCertificateAuthorities(tls),
        cert: tls.cert,
        key: tls.key,
        minVersion: 'TLSv1.2',
        // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect here.
        rejectUnauthorized: true,
      },
    });
  }

  /** The same trust with another address, and another identity when one is given. */
  with(
    site: URL,
    { cert, key }: Pick<TlsOptions, 'cert' | 'key'>,
  ): UndiciTransport {
    return new UndiciTransport(site, {
      ...this.#tls,
      ...(cert !== undefined && { cert, key }),
    });
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    try {
      const answer = await this.#pool.request({
        method: request.method,
        path: request.target,
        headers: { 'accept-encoding': 'gzip, br', ...request.headers },
        body: request.body,
        signal: request.signal,
      });
      const headers = flattenHeaders(answer.headers);
      return {
        status: answer.statusCode,
        headers,
        body: await readBody(answer.body, headers['content-encoding']),
      };
    } catch (error) {
      if (request.signal.aborted) throw request.signal.reason;
      throw this.toNetworkError(error);
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  private toNetworkError(error: unknown): InfisicalNetworkError {
    if (error instanceof InfisicalNetworkError) return error;
    const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    const certificate = /CERT|SELF_SIGNED|ERR_TLS|ERR_SSL|UNABLE_TO_/.test(
      code,
    );
    return new InfisicalNetworkError(
      `No answer from ${this.#origin} (${code}). ${adviceFor(code, certificate)}`,
      {
        code,
        sent: !certificate && !NOT_SENT.has(code),
        retryable: !certificate && code !== 'ENOTFOUND',
      },
    );
  }
}

function adviceFor(code: string, certificate: boolean): string {
  if (certificate) {
    return 'The server’s certificate is not trusted: pass your certificate authority in `tls.caFile` or `tls.ca`.';
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'The host name was not found: check `siteUrl` and the DNS of this machine.';
    case 'ECONNREFUSED':
      return 'Nothing listens there: check host and port of `siteUrl`, and that the server runs.';
    case 'RESPONSE_TOO_LARGE':
      return `The answer is larger than ${MAX_RESPONSE_BYTES} bytes: check that siteUrl is an Infisical server.`;
    default:
      return 'Check `siteUrl`, firewalls and proxies between this machine and the server.';
  }
}

function readCertificateAuthorities(
  tls: TlsOptions,
): string | Buffer | undefined {
  if (tls.ca !== undefined || tls.caFile === undefined) return tls.ca;
  try {
    return readFileSync(tls.caFile);
  } catch (cause) {
    throw new InfisicalConfigError(
      `tls.caFile "${tls.caFile}" cannot be read. Check that the file exists and is readable.`,
      { cause },
    );
  }
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

async function readBody(body: Readable, encoding?: string): Promise<Buffer> {
  const decoder = decoderOf(encoding);
  if (decoder) {
    body.on('error', (error) => decoder.destroy(error));
    body.pipe(decoder);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of (decoder ?? body) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_RESPONSE_BYTES) {
      body.destroy();
      throw new InfisicalNetworkError(adviceFor('RESPONSE_TOO_LARGE', false), {
        code: 'RESPONSE_TOO_LARGE',
        sent: true,
        retryable: false,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
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
