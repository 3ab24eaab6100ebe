import { InfisicalClient, type InfisicalClientOptions } from 'nestjs-infisical';
import { generateKeyPairSync } from 'node:crypto';
import {
  createServer as createHttpServer,
  type RequestListener,
  type Server as HttpServer,
} from 'node:http';
import {
  createServer as createHttpsServer,
  type Server as HttpsServer,
  type ServerOptions,
} from 'node:https';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { systemClock } from '../../lib/common/clock.js';
import { createCertificate } from '../../lib/testing/emulator/auth/providers/certificate.js';
import { TlsProvider } from '../../lib/testing/emulator/auth/providers/tls-provider.js';

/** A token that never expires, unsigned: these servers do not look at it. */
export const TOKEN = `x.${Buffer.from('{}').toString('base64url')}.y`;

/** Variables that say how a server is reached, and what of it is read. */
const VARIABLES =
  /^(INFISICAL_.*|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|REQUEST_METHOD)$/i;

/** A new certificate authority. */
export function newAuthority(): TlsProvider {
  return new TlsProvider(systemClock);
}

/** The certificate of an authority with another name. */
export function foreignAuthority(): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
  });
  const name = 'Foreign CA';
  return createCertificate(
    {
      issuer: name,
      subject: name,
      altNames: [],
      isCa: true,
      validFrom: Date.now() - 60_000,
      validTo: Date.now() + 3_600_000,
      publicKey,
    },
    privateKey,
  );
}

/** Answers every request. */
export const answerOk: RequestListener = (request, response) => {
  request.resume();
  response.setHeader('content-type', 'application/json');
  response.end('{"ok":1}');
};

/** Servers, clients and variables of one test, and their end. */
export class NetworkBench {
  readonly warnings: string[] = [];
  readonly #before = { ...process.env };
  readonly #clients: InfisicalClient[] = [];
  readonly #servers: (HttpServer | HttpsServer)[] = [];
  readonly #proxies: ConnectProxy[] = [];

  constructor() {
    for (const name of Object.keys(process.env)) {
      if (VARIABLES.test(name)) delete process.env[name];
    }
  }

  set(variables: Record<string, string>): void {
    Object.assign(process.env, variables);
  }

  /** A server of plain HTTP, and its address. */
  http(listener: RequestListener = answerOk): Promise<string> {
    return this.start(createHttpServer(listener), 'http');
  }

  /** A server of HTTPS whose certificate is of `localhost`, and its address. */
  https(
    options: ServerOptions,
    listener: RequestListener = answerOk,
    onConnection: () => void = () => undefined,
  ): Promise<string> {
    const server = createHttpsServer(options, listener);
    server.on('connection', onConnection);
    return this.start(server, 'https');
  }

  /** A server of anything, and its address as if it were HTTP. */
  async raw(listener: (socket: Socket) => void): Promise<string> {
    const server = createHttpServer();
    server.removeAllListeners('connection').on('connection', listener);
    return this.start(server, 'http');
  }

  async proxy(
    behaviour: ProxyBehaviour = {},
    tls?: ServerOptions,
  ): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(behaviour, tls);
    this.#proxies.push(proxy);
    await listen(proxy.server);
    return proxy;
  }

  client(options: InfisicalClientOptions): InfisicalClient {
    const client = new InfisicalClient({
      auth: { accessToken: TOKEN },
      retry: { baseDelay: 1 },
      logger: {
        log: () => undefined,
        warn: (message) => this.warnings.push(message),
      },
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    for (const proxy of this.#proxies) proxy.end();
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
    for (const name of Object.keys(process.env)) {
      if (!(name in this.#before)) delete process.env[name];
    }
    Object.assign(process.env, this.#before);
  }

  private async start(
    server: HttpServer | HttpsServer,
    scheme: string,
  ): Promise<string> {
    server.on('tlsClientError', () => undefined);
    this.#servers.push(server);
    return `${scheme}://localhost:${await listen(server)}`;
  }
}

/** What a proxy does with those who ask for a way. */
export interface ProxyBehaviour {
  /** Refuses with this status. */
  refuse?: number;
  /** Wants this `user:password`. */
  credentials?: string;
  /** Never answers. */
  silent?: boolean;
}

/** A proxy that knows CONNECT alone, and notes who asked for what. */
export class ConnectProxy {
  /** Host and port of every way that was asked for. */
  readonly asked: string[] = [];
  /** The header of every request for a way. */
  readonly authorizations: (string | undefined)[] = [];
  /** Called as soon as somebody asks. */
  onAsked: () => void = () => undefined;
  readonly server: HttpServer | HttpsServer;
  readonly #sockets = new Set<Duplex>();

  constructor(
    readonly behaviour: ProxyBehaviour,
    private readonly tls?: ServerOptions,
  ) {
    this.server = tls ? createHttpsServer(tls) : createHttpServer();
    this.server.on('tlsClientError', () => undefined);
    this.server.on('connect', (request, socket, head) => {
      this.asked.push(request.url ?? '');
      this.authorizations.push(request.headers['proxy-authorization']);
      this.watch(socket);
      this.answer(socket, head, request.url ?? '');
      this.onAsked();
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** How many sockets it has at the moment. */
  connections(): Promise<number> {
    return new Promise((resolve) =>
      this.server.getConnections((_error, count) => resolve(count)),
    );
  }

  get url(): string {
    return `${this.tls ? 'https' : 'http'}://localhost:${this.port}`;
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer(client: Duplex, head: Buffer, target: string): void {
    const { refuse, credentials, silent } = this.behaviour;
    if (silent) {
      client.resume().on('end', () => client.destroy());
      return;
    }
    const wanted =
      credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    const status =
      refuse ??
      (wanted && this.authorizations.at(-1) !== wanted ? 407 : undefined);
    if (status !== undefined) {
      client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${target}`);
    const server = connect(Number(port) || 80, hostname);
    this.watch(server);
    server.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      server.write(head);
      server.pipe(client).pipe(server);
    });
    server.on('close', () => client.destroy());
    client.on('close', () => server.destroy());
  }

  private watch(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, 'localhost', done));
  return (server.address() as AddressInfo).port;
}
