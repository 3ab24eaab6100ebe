import type {
  SnapshotStorage,
  Transport,
  TransportRequest,
  TransportResponse,
} from 'nestjs-infisical';
import type { VirtualClock } from 'nestjs-infisical/testing';
import { UndiciTransport } from '../../lib/http/undici.transport.js';

/** What is under way on real sockets; virtual time stands still meanwhile. */
export class Traffic {
  #under = 0;

  async count<T>(work: () => Promise<T>): Promise<T> {
    this.#under += 1;
    try {
      return await work();
    } finally {
      this.#under -= 1;
    }
  }

  async idle(): Promise<void> {
    do {
      for (let turn = 0; turn < 3; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    } while (this.#under > 0);
  }

  /** Lets time pass in small steps until the work is done, and not while something is under way. */
  async inTime<T>(
    clock: VirtualClock,
    work: Promise<T>,
    { limit = 120_000, step = 25 } = {},
  ): Promise<T> {
    let isDone = false;
    const done = work.finally(() => (isDone = true));
    done.catch(() => undefined);
    const end = clock.monotonic() + limit;
    while (!isDone && clock.monotonic() < end) {
      await this.idle();
      if (!isDone) await clock.advance(step);
    }
    return done;
  }

  /** The same store, counted. */
  store(store: SnapshotStorage): SnapshotStorage {
    return {
      get: (at) => this.count(() => Promise.resolve(store.get(at))),
      set: (at, value, ttl) =>
        this.count(() => Promise.resolve(store.set(at, value, ttl))),
      delete: (at) => this.count(() => Promise.resolve(store.delete(at))),
    };
  }
}

/** A request that left, and its answer. */
export interface Exchange {
  readonly path: string;
  /** 0 when there was none. */
  status: number;
}

/** The real transport, counted. */
export class CountedTransport implements Transport {
  /** Everything that left, tries that were refused included. */
  readonly exchanges: Exchange[] = [];
  readonly #inner: Transport;

  /** @param mute path of requests that are not waited for, as there is no answer to them; may end in `**` */
  constructor(
    private readonly traffic: Traffic,
    url: string,
    private readonly mute?: string,
  ) {
    this.#inner = new UndiciTransport(new URL(url));
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    const path = request.target.replace(/\?.*/, '');
    const exchange: Exchange = { path, status: 0 };
    this.exchanges.push(exchange);
    const work = async (): Promise<TransportResponse> => {
      const response = await this.#inner.send(request);
      exchange.status = response.status;
      return response;
    };
    return this.isMute(path) ? work() : this.traffic.count(work);
  }

  private isMute(path: string): boolean {
    const { mute } = this;
    return mute?.endsWith('**')
      ? path.startsWith(mute.slice(0, -2))
      : path === mute;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
