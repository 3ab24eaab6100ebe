import {
  type AuthOptions,
  type Clock,
  InfisicalClient,
} from 'nestjs-infisical';
import type { EmulatorSeedIdentity } from 'nestjs-infisical/testing';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../lib/common/clock.js';
import { UndiciTransport } from '../../lib/http/undici.transport.js';
import { authSetup, type AuthSetup } from './auth-setup.js';
import { PROJECT_ID } from './demo.js';

/** A login as it was sent. */
export interface SentLogin {
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

/** An emulator with one identity, clients of it, and what they sent. */
export class LoginBench {
  readonly sent: SentLogin[] = [];
  /** Whether answers tell no time, as behind some proxies. */
  hidesDate = false;
  readonly #clients: InfisicalClient[] = [];
  readonly #servers: Server[] = [];

  private constructor(readonly setup: AuthSetup) {}

  static async start(
    identity: Partial<EmulatorSeedIdentity>,
    ...more: [
      Parameters<typeof authSetup>[1]?,
      Parameters<typeof authSetup>[2]?,
    ]
  ): Promise<LoginBench> {
    return new LoginBench(await authSetup(identity, ...more));
  }

  /** A client whose calendar is the emulator's, and whose waits are real. */
  client(auth?: AuthOptions, clock: Clock = this.clock): InfisicalClient {
    const { url } = this.setup.emulator;
    const inner = new UndiciTransport(new URL(url));
    const client = new InfisicalClient({
      siteUrl: url,
      auth,
      clock,
      random: () => 0,
      transport: {
        send: async (request) => {
          const { target, headers, body = '{}' } = request;
          this.sent.push({
            target,
            headers,
            body: JSON.parse(body) as SentLogin['body'],
          });
          const answer = await inner.send(request);
          if (!this.hidesDate) return answer;
          const { date: _, ...rest } = answer.headers;
          return { ...answer, headers: rest };
        },
        close: () => inner.close(),
      },
    });
    this.#clients.push(client);
    return client;
  }

  /** The calendar of the emulator on the timers of this machine. */
  get clock(): Clock {
    return { ...systemClock, now: () => this.setup.clock.now() };
  }

  /** Reads secrets, which needs a login. */
  async read(client: InfisicalClient): Promise<unknown[]> {
    const query = { projectId: PROJECT_ID, environment: 'dev' };
    const { secrets } = await client.request<{ secrets: unknown[] }>(
      'GET',
      '/api/v4/secrets',
      { query },
    );
    return secrets;
  }

  /** The body of the latest login. */
  get latest(): SentLogin['body'] {
    const login = this.sent.findLast(({ target }) => target.endsWith('/login'));
    return login?.body ?? {};
  }

  /** A metadata server on the loopback interface. */
  async metadata(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    this.#servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
    await this.setup.emulator.stop();
  }
}
