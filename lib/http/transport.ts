/**
 * One HTTP exchange, before it is sent.
 *
 * @example
 * ```ts
 * const asked: string[] = [];
 * const transport: Transport = {
 *   async send({ method, target }: TransportRequest) {
 *     asked.push(`${method} ${target}`);
 *     return { status: 503, headers: {}, body: Buffer.from('') };
 *   },
 *   async close() {},
 * };
 * ```
 *
 * @publicApi
 */
export interface TransportRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the exchange at once, the body included. */
  readonly signal: AbortSignal;
}

/**
 * An answer, read to its end.
 *
 * @example
 * ```ts
 * function json(status: number, body: unknown): TransportResponse {
 *   return {
 *     status,
 *     headers: { 'content-type': 'application/json' },
 *     body: Buffer.from(JSON.stringify(body)),
 *   };
 * }
 * ```
 *
 * @publicApi
 */
export interface TransportResponse {
  readonly status: number;
  /** Header names are lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The decoded body. */
  readonly body: Buffer;
}

/**
 * An answer whose body is read while it comes. To leave the iteration ends the
 * exchange.
 *
 * @example
 * ```ts
 * async function* frames() {
 *   yield Buffer.from('event: ping\n\n');
 * }
 * const stream: TransportStream = {
 *   status: 200,
 *   headers: { 'content-type': 'text/event-stream' },
 *   body: frames(),
 * };
 * ```
 *
 * @publicApi
 */
export interface TransportStream extends Omit<TransportResponse, 'body'> {
  /** The decoded body, in pieces. Throws what {@link Transport.send} throws. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * How requests reach the server. The default is a pool of undici; a test hands
 * in its own.
 *
 * @example
 * ```ts
 * import { answers } from './recorded.js';
 *
 * const transport: Transport = {
 *   async send({ target }) {
 *     return answers.for(target);
 *   },
 *   async close() {},
 * };
 * const client = new InfisicalClient({ projectId, transport });
 * ```
 *
 * @publicApi
 */
export interface Transport {
  /** @throws InfisicalNetworkError when there is no answer; the signal's reason when it aborts */
  send(request: TransportRequest): Promise<TransportResponse>;
  /**
   * Resolves with the headers; the signal ends the body as well. Without it
   * there is no `refresh.push`.
   *
   * @throws as `send` does
   */
  open?(request: TransportRequest): Promise<TransportStream>;
  close(): Promise<void>;
}
