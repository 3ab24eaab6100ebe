import type {
  Transport,
  TransportRequest,
  TransportResponse,
} from 'nestjs-infisical';
import { UndiciTransport } from '../../lib/http/undici.transport.js';

/** In which the answer of one exchange leads to the next one. */
const QUIET_TURNS = 10;

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

  get isBusy(): boolean {
    return this.exchanges.some(({ ended }) => ended === Infinity);
  }

  /** Resolves when no exchange is under way, nor begins in some turns of the event loop. */
  async idle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.isBusy) quiet = 0;
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
