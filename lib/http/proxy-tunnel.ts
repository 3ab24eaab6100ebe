import {
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Proxy } from './proxy.js';
import { TlsContext } from './tls-context.js';

/** No way through the proxy; nothing reached the server. */
export class ProxyError extends Error {
  constructor(
    /** The runtime's code; absent when the proxy answered. */
    readonly code: string | undefined,
    /** What the proxy answered. */
    readonly status: number | undefined,
    options?: ErrorOptions,
  ) {
    super('No way through the proxy', options);
  }
}

/** Opens ways through one proxy. undici's agent tells neither the proxy's answer nor how far it came. */
export class ProxyTunnel {
  readonly #proxy: Proxy;
  readonly #timeout: number;
  readonly #tls: TlsContext | undefined;
  readonly #opening = new Set<ClientRequest>();

  /** @param timeout milliseconds without a sign of the proxy */
  constructor(proxy: Proxy, timeout: number) {
    this.#proxy = proxy;
    this.#timeout = timeout;
    this.#tls = proxy.isSecure
      ? new TlsContext({ ca: proxy.trust })
      : undefined;
  }

  /**
   * A connection to the server behind the proxy.
   *
   * @param authority host and port of the server
   * @throws ProxyError
   */
  async open(authority: string): Promise<Socket> {
    const request = this.ask(authority);
    this.#opening.add(request);
    try {
      const [answer, socket, head] = await new Promise<
        [IncomingMessage, Socket, Buffer]
      >((resolve, reject) => {
        request.once('connect', (...parts) => resolve(parts));
        request.once('error', reject);
        request.once('timeout', () =>
          request.destroy(
            Object.assign(new Error(), { code: 'UND_ERR_CONNECT_TIMEOUT' }),
          ),
        );
        request.end();
      });
      const { statusCode = 0 } = answer;
      if (statusCode < 200 || statusCode > 299) {
        socket.on('error', () => undefined).destroy();
        throw new ProxyError(undefined, statusCode);
      }
      socket.setTimeout(0).setNoDelay(true);
      if (head.length > 0) socket.unshift(head);
      return socket;
    } catch (error) {
      if (error instanceof ProxyError) throw error;
      const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
      throw new ProxyError(code, undefined, { cause: error });
    } finally {
      this.#opening.delete(request);
    }
  }

  /** Gives up what is not open yet. */
  close(): void {
    for (const request of this.#opening) request.destroy();
  }

  private ask(authority: string): ClientRequest {
    const { host, port } = this.#proxy;
    const options = {
      host,
      port,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...this.#proxy.headers() },
      agent: false,
      timeout: this.#timeout,
    } as const;
    if (!this.#tls) return httpRequest(options);
    const secure: RequestOptions & ConnectionOptions = {
      ...options,
      // Else Node takes the name in the Host header, which is the server's.
      servername: isIP(host) ? '' : host,
      secureContext: this.#tls.current(),
      rejectUnauthorized: true,
    };
    return httpsRequest(secure);
  }
}
