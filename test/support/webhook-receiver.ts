import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One delivery as it came in. */
export interface Delivery {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A server on a loopback address that keeps what it is sent. */
export class WebhookReceiver {
  readonly deliveries: Delivery[] = [];
  /** What it answers. */
  status = 200;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      let text = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => (text += chunk));
      request.on('end', () => {
        const { method = '', headers } = request;
        this.deliveries.push({ method, headers, text });
        response.writeHead(this.status).end();
      });
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new WebhookReceiver(server);
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/hook`;
  }

  /** The bodies, in the order in which they came. */
  get bodies(): Record<string, unknown>[] {
    return this.deliveries.map(
      ({ text }) => JSON.parse(text) as Record<string, unknown>,
    );
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
