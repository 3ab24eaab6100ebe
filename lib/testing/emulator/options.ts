import type { Clock } from '../../common/clock.js';
import type { EmulatorSeed } from './seed.js';

/**
 * Which access-token engine is imitated. `gen1` keeps a row per token and
 * refuses a renewal that would cross the max TTL (the token dies), `middle` is
 * the same but its renewed token keeps the old expiry, `gen2` is stateless and
 * shortens the last renewal.
 *
 * @example
 * ```ts
 * const generations: EmulatorGeneration[] = ['gen1', 'middle', 'gen2'];
 * describe.each(generations)('with tokens of %s', (generation) => {
 *   it('starts', async () => {
 *     const server = await InfisicalEmulator.start({ generation });
 *     await server.stop();
 *   });
 * });
 * ```
 *
 * @publicApi
 */
export type EmulatorGeneration = 'gen1' | 'middle' | 'gen2';

/**
 * Options of the emulator. All are optional.
 *
 * @example
 * ```ts
 * const options: InfisicalEmulatorOptions = {
 *   clock: new VirtualClock(),
 *   generation: 'gen1',
 *   plan: { dynamicSecrets: false },
 * };
 * const emulator = await InfisicalEmulator.start(options);
 * ```
 *
 * @publicApi
 */
export interface InfisicalEmulatorOptions {
  /** TCP port. Default 0: a free one is taken. */
  port?: number;
  /** Address to listen on. Default `127.0.0.1`. */
  host?: string;
  /**
   * Projects and identities at the start; a text is YAML or JSON. Default
   * `DEFAULT_EMULATOR_SEED`.
   */
  seed?: EmulatorSeed | string;
  /** Access-token engine. Default `gen2`. */
  generation?: EmulatorGeneration;
  /**
   * `v3`: an older server without the v4 secret routes. `early-v4`: v4 still
   * has the flags and defaults of v3. Default `v4`.
   */
  secretsApi?: 'v4' | 'early-v4' | 'v3';
  /**
   * What becomes of `${MISSING}` in a value: it stays, or nothing is put in
   * its place. Servers differ. Default `literal`.
   */
  missingReferences?: 'literal' | 'empty';
  /**
   * The organization's setting that lets secrets refer to other projects as
   * `${@project.env.NAME}`; the folder must be shared as well. Default false.
   */
  crossProjectReferences?: boolean;
  /** Enterprise parts. Default: all on. */
  plan?: EmulatorPlan;
  /**
   * Whether webhooks may be delivered to other machines. Default false: what
   * is not a loopback address counts as a failed delivery.
   */
  externalWebhooks?: boolean;
  /**
   * KMS tier: `k1` and `k2` hold everything to 4096 bytes and cannot rotate,
   * `k3` allows 1 MiB. Default `k3`.
   */
  kms?: 'k1' | 'k2' | 'k3';
  /**
   * How many leases one dynamic secret may have. Default: no limit, as servers
   * that count wrongly behave.
   */
  maxLeaseLimit?: number;
  /**
   * Behaves as Infisical Cloud and limits the rate of requests: without a
   * token to the instance's numbers, with one to those of the plan (default
   * `free`). Default: self-hosted, which has no limits.
   */
  cloud?: boolean | { plan?: 'free' | 'pro' };
  /** Where time comes from. Default: the real clock. */
  clock?: Clock;
  /**
   * Opens `/__emulator/…`, by which anybody who reaches the port can make
   * trouble and read the whole state. Default false: 404.
   */
  control?: boolean;
  /** Decides about trouble by chance. Default `Math.random`. */
  random?: () => number;
}

/**
 * Enterprise parts of the server that can be switched off.
 *
 * @example
 * ```ts
 * const plan: EmulatorPlan = { eventSubscriptions: false };
 * const emulator = await InfisicalEmulator.start({ plan });
 * ```
 *
 * @publicApi
 */
export interface EmulatorPlan {
  /** The event stream; off, it answers 400. Default true. */
  eventSubscriptions?: boolean;
  /** Dynamic secrets; off, nothing can be created, updated or renewed. Default true. */
  dynamicSecrets?: boolean;
  /** Lists of trusted addresses; off, the API refuses them. Default true. */
  ipAllowlisting?: boolean;
}

/**
 * One request the emulator answered. Never holds a body, a header or a token.
 *
 * @example
 * ```ts
 * const slow = emulator.requests.filter(
 *   ({ startedAt, finishedAt }: EmulatorRequest) =>
 *     finishedAt - startedAt > 100,
 * );
 * expect(slow.map(({ method, route }) => `${method} ${route}`)).toEqual([]);
 * ```
 *
 * @publicApi
 */
export interface EmulatorRequest {
  readonly method: string;
  /** The path without the query string. */
  readonly path: string;
  /** The route, such as `/api/v4/secrets/:secretName`; absent if unknown. */
  readonly route?: string;
  readonly query: Readonly<Record<string, string>>;
  /** The HTTP status of the answer; 0 when none was sent. */
  readonly status: number;
  /** When the request came in, in ms of the clock's `monotonic()`. */
  readonly startedAt: number;
  /** When the answer was ready, in ms of the clock's `monotonic()`. */
  readonly finishedAt: number;
  /** The identity whose token was accepted, if any. */
  readonly identityId?: string;
  /** The kinds of trouble that hit it, if any. */
  readonly trouble?: readonly string[];
}

/**
 * Which requests are meant. All that is given must fit.
 *
 * @example
 * ```ts
 * const logins: EmulatorRequestFilter = {
 *   method: 'POST',
 *   path: '/api/v1/auth/**',
 *   status: 200,
 * };
 * expect(emulator.count(logins)).toBe(1);
 * ```
 *
 * @publicApi
 */
export interface EmulatorRequestFilter {
  method?: string;
  /** A route as in `EmulatorRequest`. */
  route?: string;
  /** A glob over the path, such as `/api/v4/secrets/**`. */
  path?: string;
  status?: number;
  identityId?: string;
}

/**
 * A lease that is stored, without its credentials.
 *
 * @example
 * ```ts
 * const failed = emulator.leases.filter(
 *   ({ status }: EmulatorLease) => status === 'Failed to delete',
 * );
 * expect(failed).toEqual([]);
 * ```
 *
 * @publicApi
 */
export interface EmulatorLease {
  readonly id: string;
  readonly dynamicSecretName: string;
  readonly expireAt: Date;
  /** null, or `Failed to delete` after a failed revocation. */
  readonly status: string | null;
}
