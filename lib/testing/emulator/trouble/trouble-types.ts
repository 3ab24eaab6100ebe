/**
 * Which requests a trouble is for. All that is given must fit.
 *
 * @example
 * ```ts
 * const scope: EmulatorTroubleScope = {
 *   method: 'GET',
 *   path: '/api/v4/secrets/**',
 *   times: 3,
 * };
 * emulator.trouble.add({ kind: 'reset', ...scope });
 * ```
 *
 * @publicApi
 */
export interface EmulatorTroubleScope {
  /** Such as `GET`. Default: every method. */
  method?: string;
  /**
   * A route such as `/api/v4/secrets/:secretName`, or a glob over the path,
   * such as `/api/v1/kms/**`. Default: every path.
   */
  path?: string;
  /** Only requests with a token of this identity. */
  identityId?: string;
  /** Share of the requests that is hit, from 0 to 1. Default 1. */
  rate?: number;
  /** That many fitting requests pass first. Default 0. */
  skip?: number;
  /** The trouble is over after that many hits. Default: no limit. */
  times?: number;
  /** Starts so many ms from now, by the emulator's clock. Default 0. */
  startsIn?: number;
  /** Lasts so many ms. Default: until it is ended. */
  lasts?: number;
}

/**
 * What happens to a request. `when: 'before'` (the default) is before anything
 * was done, even before the token is looked at; `'after'` is when the work is
 * done and its answer ready.
 *
 * - `latency`: waits `delay` ± `jitter` ms.
 * - `error`: answers `status`, without `error` and `message` in the words of
 *   the contract.
 * - `reset`: resets the connection.
 * - `hang`: sends nothing more; `'body'` stops in the middle of the body.
 * - `truncate`: sends half of the body. `kept` announces the whole length and
 *   then closes, `adapted` announces what is sent.
 * - `content-type`: sends another type and, if given, another body.
 * - `rate-limit`: answers 429, by default with the headers of a cloud server;
 *   a self-hosted server has a 429 without any.
 *
 * @example
 * ```ts
 * const fault: EmulatorFault = { kind: 'latency', delay: 2000, jitter: 500 };
 * const slow = emulator.trouble.add({ ...fault, path: '/api/v1/kms/**' });
 * ```
 *
 * @publicApi
 */
export type EmulatorFault =
  | {
      kind: 'latency';
      delay: number;
      jitter?: number;
      when?: 'before' | 'after';
    }
  | {
      kind: 'error';
      status: number;
      error?: string;
      message?: string;
      when?: 'before' | 'after';
    }
  | { kind: 'reset'; when?: 'before' | 'after' }
  | { kind: 'hang'; when?: 'before' | 'after' | 'body' }
  | { kind: 'truncate'; framing?: 'kept' | 'adapted' }
  | { kind: 'content-type'; contentType?: string; body?: string }
  | { kind: 'rate-limit'; headers?: boolean; retryAfter?: number };

/**
 * A trouble as it is asked for.
 *
 * @example
 * ```ts
 * const rule: EmulatorTroubleRule = {
 *   kind: 'error',
 *   status: 503,
 *   path: '/api/v4/secrets',
 *   rate: 0.5,
 * };
 * emulator.trouble.add(rule);
 * ```
 *
 * @publicApi
 */
export type EmulatorTroubleRule = EmulatorTroubleScope & EmulatorFault;

/**
 * A trouble that was asked for.
 *
 * @example
 * ```ts
 * const outage: EmulatorActiveTrouble = emulator.outage();
 * // …
 * outage.end();
 * expect(outage.hits).toBeGreaterThan(0);
 * ```
 *
 * @publicApi
 */
export interface EmulatorActiveTrouble {
  readonly id: string;
  readonly rule: Readonly<EmulatorTroubleRule>;
  /** How many requests it has hit. */
  readonly hits: number;
  /** Ends it. Requests that hang go on hanging. */
  end(): void;
}

/**
 * Where a secret is.
 *
 * @example
 * ```ts
 * const place: EmulatorSecretPlace = {
 *   environment: 'dev',
 *   secretPath: '/payments',
 *   secretName: 'STRIPE_KEY',
 * };
 * emulator.trouble.rotateSecret(place);
 * ```
 *
 * @publicApi
 */
export interface EmulatorSecretPlace {
  /** Slug of the project. Default: the only one, or the first. */
  projectSlug?: string;
  environment: string;
  /** Default `/`. */
  secretPath?: string;
  secretName: string;
}

/**
 * A provider of dynamic secrets that fails.
 *
 * @example
 * ```ts
 * const failure: EmulatorProviderFailure = {
 *   operation: 'create',
 *   dynamicSecretName: 'orders-db',
 *   times: 1,
 * };
 * emulator.trouble.failProvider(failure);
 * ```
 *
 * @publicApi
 */
export interface EmulatorProviderFailure {
  /** Default `revoke`. */
  operation?: 'connect' | 'create' | 'renew' | 'revoke';
  /** Default: every dynamic secret. */
  dynamicSecretName?: string;
  /** What the provider says. */
  message?: string;
  /** Default: until `clear()`. */
  times?: number;
}

/**
 * Trouble on demand: every failure of production, on a desk.
 *
 * @example
 * ```ts
 * emulator.trouble.expireTokens();
 * const limited = emulator.trouble.add({ kind: 'rate-limit', times: 2 });
 * // …
 * expect(limited.hits).toBe(2);
 * emulator.trouble.clear();
 * ```
 *
 * @publicApi
 */
export interface EmulatorTrouble {
  /** Makes trouble for requests. */
  add(rule: EmulatorTroubleRule): EmulatorActiveTrouble;
  /**
   * An outage: connections are reset, or everything is answered with 503 and
   * the HTML page of a load balancer.
   */
  outage(window?: {
    startsIn?: number;
    lasts?: number;
    mode?: 'reset' | 'unavailable';
  }): EmulatorActiveTrouble;
  /** What was asked for and is not over. */
  readonly active: readonly EmulatorActiveTrouble[];
  /** Ends all trouble: also failing providers and the offset of the clock. */
  clear(): void;
  /** Sets the server's wall clock off by so many ms. */
  setClockOffset(ms: number): void;
  /** Tokens of an identity, or all, are expired: 403 `TokenError`. */
  expireTokens(identityId?: string): void;
  /** Tokens of an identity, or all, are revoked: 401. */
  revokeTokens(identityId?: string): void;
  /** Gives a secret another value, by default a random one, and tells it. */
  rotateSecret(place: EmulatorSecretPlace, value?: string): string;
  /** Lets a provider fail before anything was done there. */
  failProvider(failure?: EmulatorProviderFailure): void;
  /**
   * Lowers the max TTL of a dynamic secret, or of all, to a TTL such as `10m`.
   * Leases that exist cannot be renewed past it.
   */
  lowerLeaseMaxTtl(maxTTL: string, dynamicSecretName?: string): void;
  /**
   * Lowers TTL and max TTL of the access tokens of an identity, or of all, to
   * so many seconds. Gen 2 tokens that exist keep theirs.
   */
  lowerTokenMaxTtl(seconds: number, identityId?: string): void;
}
