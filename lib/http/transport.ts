/** One HTTP exchange, before it is sent. */
export interface TransportRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the exchange at once, the body included. */
  readonly signal: AbortSignal;
}

/** An answer, read to its end. */
export interface TransportResponse {
  readonly status: number;
  /** Header names are lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The decoded body. */
  readonly body: Buffer;
}

/**
 * How requests reach the server. The default is a pool of undici; a test hands
 * in its own.
 *
 * @publicApi
 */
export interface Transport {
  /** @throws InfisicalNetworkError when there is no answer; the signal's reason when it aborts */
  send(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}
