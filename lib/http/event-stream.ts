import type { Clock, TimerHandle } from '../common/clock.js';
import { InfisicalTimeoutError } from './errors.js';
import { readEvents, type ServerSentEvent } from './server-sent-events.js';

/** The life of a stream of events: it ends with a signal, with the server, or with silence. */
export class EventStream {
  readonly #life = new AbortController();
  #timer: TimerHandle | undefined;

  /** @param silence milliseconds without a byte after which it counts as broken */
  constructor(
    private readonly outer: AbortSignal,
    private readonly silence: number,
    private readonly clock: Clock,
  ) {
    if (outer.aborted) this.onAbort();
    outer.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Of the exchange. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** Ends the exchange. */
  abort(reason: unknown): void {
    this.release();
    this.#life.abort(reason);
  }

  /** The events of its body. To leave the iteration ends the exchange. */
  async *events(
    body: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<ServerSentEvent> {
    try {
      yield* readEvents(this.heard(body));
    } finally {
      this.release();
    }
  }

  private async *heard(
    body: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    this.listen();
    for await (const piece of body) {
      this.listen();
      yield piece;
    }
  }

  private listen(): void {
    const { clock, silence } = this;
    if (this.#timer) clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(
      () =>
        this.abort(
          new InfisicalTimeoutError(
            `Nothing came on an event stream for ${silence} ms, not even a heartbeat. Check the proxies on the way: they must neither hold answers back nor cut them off.`,
            silence,
          ),
        ),
      silence,
      { background: true },
    );
  }

  private release(): void {
    if (this.#timer) this.clock.clearTimeout(this.#timer);
    this.outer.removeEventListener('abort', this.onAbort);
  }

  private readonly onAbort = (): void => this.abort(this.outer.reason);
}
