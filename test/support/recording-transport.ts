import type {
  Transport,
  TransportRequest,
  TransportResponse,
} from 'nestjs-infisical';
import { UndiciTransport } from '../../lib/http/undici.transport.js';

/** The real transport, with a note of when each exchange began and ended. */
export class RecordingTransport implements Transport {
  readonly exchanges: { target: string; began: number; ended: number }[] = [];
  #step = 0;
  readonly #inner: Transport;

  constructor(url: string) {
    this.#inner = new UndiciTransport(new URL(url));
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const exchange = {
      target: request.target,
      began: this.#step++,
      ended: Infinity,
    };
    this.exchanges.push(exchange);
    try {
      return await this.#inner.send(request);
    } finally {
      exchange.ended = this.#step++;
    }
  }

  /** Resolves when no exchange is under way. */
  async idle(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.exchanges.every(({ ended }) => Number.isFinite(ended))) return;
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
