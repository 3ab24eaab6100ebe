import {
  InfisicalNetworkError,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from 'nestjs-infisical';
import { UndiciTransport } from '../../lib/http/undici.transport.js';

/** The real transport, whose answers a test may hold back, and whose requests it may let fail. */
export class HeldTransport implements Transport {
  /** Paths with queries, in the order of their start. */
  readonly sent: string[] = [];
  /** Requests that fit get no answer: the connection is refused. */
  refused: RegExp | undefined;
  /** Changes the bodies of lists in place. */
  rewrite: ((body: Record<string, unknown>) => void) | undefined;
  readonly #inner: Transport;
  #held: { fits: RegExp; until: Promise<void> } | undefined;
  #open = 0;

  constructor(url: string) {
    this.#inner = new UndiciTransport(new URL(url));
  }

  /** Holds the answers to requests that are sent from now on, until the returned function is called. */
  hold(fits: RegExp): () => Promise<void> {
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    const held = { fits, until };
    this.#held = held;
    return async () => {
      if (this.#held === held) this.#held = undefined;
      release();
      await this.idle();
    };
  }

  /** Ends holding for requests that are yet to come. */
  letPass(): void {
    this.#held = undefined;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    this.sent.push(request.target);
    if (this.refused?.test(request.target)) {
      throw new InfisicalNetworkError('refused by the test', {
        code: 'ECONNREFUSED',
        sent: false,
        retryable: true,
      });
    }
    const held = this.#held;
    this.#open++;
    try {
      const response = this.changed(request, await this.#inner.send(request));
      if (!held?.fits.test(request.target)) return response;
      // What is held does not count as under way.
      this.#open--;
      try {
        await held.until;
      } finally {
        this.#open++;
      }
      return response;
    } finally {
      this.#open--;
    }
  }

  /** Resolves when no exchange is under way, besides those that are held. */
  async idle(): Promise<void> {
    do {
      for (let turn = 0; turn < 3; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    } while (this.#open > 0);
  }

  private changed(
    { target }: TransportRequest,
    response: TransportResponse,
  ): TransportResponse {
    if (!this.rewrite || response.status !== 200) return response;
    if (!target.includes('/secrets?')) return response;
    const body = JSON.parse(response.body.toString()) as Record<
      string,
      unknown
    >;
    this.rewrite(body);
    return { ...response, body: Buffer.from(JSON.stringify(body)) };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
