import type { Duration } from '../common/duration.js';
import type { LeaseStatus } from '../leases/lease-event.js';
import type { TokenServiceState } from '../renewal/token.service.js';
import type { ScopeStatus } from '../secrets/scope-state.js';

/**
 * How a root is:
 * - `up`: all is as it should be
 * - `degraded`: the app works on what it has, and something could not be renewed
 * - `down`: something that the app needs has gone
 *
 * @example
 * ```ts
 * function mayTakeTraffic(state: InfisicalHealthState): boolean {
 *   return state !== 'down';
 * }
 * ```
 *
 * @publicApi
 */
export type InfisicalHealthState = 'up' | 'degraded' | 'down';

/**
 * Options of `InfisicalHealthIndicator#isHealthy`.
 *
 * @example
 * ```ts
 * const options: InfisicalHealthOptions = {
 *   maxStale: '1h',
 *   degradedIsDown: true,
 * };
 *
 * function check(infisical: InfisicalHealthIndicator) {
 *   return infisical.isHealthy('infisical', options);
 * }
 * ```
 *
 * @publicApi
 */
export interface InfisicalHealthOptions {
  /** Name of the root, as in `forRoot({ name })`. Default: the root without a name. */
  root?: string;
  /**
   * Age above which a snapshot makes the root `down`. Choose several times
   * `refresh.interval`. Default: `refresh.maxStale` of the root; without that, a
   * snapshot that could not be refreshed is `degraded` however old it is.
   */
  maxStale?: Duration;
  /** Whether `degraded` is reported as `down`. Default false. */
  degradedIsDown?: boolean;
}

/**
 * What a health answer says of an error. Messages are left to the logs, since
 * health answers are often public.
 *
 * @example
 * ```ts
 * function describe({
 *   name,
 *   code,
 *   status,
 *   reqId,
 * }: InfisicalErrorFacts): string {
 *   return `${name} ${code ?? status ?? ''}, request ${reqId ?? 'unknown'}`;
 * }
 * ```
 *
 * @publicApi
 */
export interface InfisicalErrorFacts {
  /** Class of the error, such as `InfisicalNetworkError`; `Error` when it is not one of this package. */
  readonly name: string;
  /** The server's or the runtime's code, such as `PermissionDenied` or `ECONNREFUSED`. */
  readonly code?: string;
  /** HTTP status of the answer. */
  readonly status?: number;
  /** The server's request id, to find the request in its logs. */
  readonly reqId?: string;
  /** The call that failed, such as `secrets.list`. */
  readonly operation?: string;
}

/**
 * The access token; `down` when the server refused the credentials and no
 * token is left that works.
 *
 * @example
 * ```ts
 * function endsSoon({ state, expiresInMs }: InfisicalTokenHealth): boolean {
 *   return state !== 'ready' && (expiresInMs ?? Infinity) < 60_000;
 * }
 * ```
 *
 * @publicApi
 */
export interface InfisicalTokenHealth {
  readonly state: TokenServiceState;
  /** Milliseconds; absent when there is no usable token or it never expires. */
  readonly expiresInMs?: number;
  readonly lastError?: InfisicalErrorFacts;
}

/**
 * The snapshot of a scope; `down` when it never was loaded, or is older than
 * `maxStale`.
 *
 * @example
 * ```ts
 * function isOld({ status, ageMs }: InfisicalScopeHealth): boolean {
 *   return status !== 'ready' || (ageMs ?? Infinity) > 3_600_000;
 * }
 * ```
 *
 * @publicApi
 */
export interface InfisicalScopeHealth {
  readonly path: string;
  readonly environment: string;
  /** Whether the folders below are part of it. */
  readonly recursive: boolean;
  readonly status: ScopeStatus;
  /** Milliseconds since the server last confirmed the snapshot; absent without one. */
  readonly ageMs?: number;
  /** True while the snapshot is one of the snapshot store, because the server was away at the start. */
  readonly restored?: true;
  readonly lastError?: InfisicalErrorFacts;
}

/**
 * Scopes of `SecretsService#scope`, in numbers, since their folders name
 * tenants. They never make a root `down`.
 *
 * @example
 * ```ts
 * function describe({ loaded, stale }: InfisicalTenantsHealth): string {
 *   return `${stale} of ${loaded} tenants are stale`;
 * }
 * ```
 *
 * @publicApi
 */
export interface InfisicalTenantsHealth {
  readonly loaded: number;
  /** Those whose latest refresh failed. */
  readonly stale: number;
}

/**
 * A managed lease; `degraded` when it is expiring or its last replacement failed, `down` when it has expired.
 *
 * @example
 * ```ts
 * function describe({
 *   name,
 *   state,
 *   expiresInMs,
 * }: InfisicalLeaseHealth): string {
 *   return `${name} is ${state}, for another ${expiresInMs ?? 0} ms`;
 * }
 * ```
 *
 * @publicApi
 */
export interface InfisicalLeaseHealth {
  /** Name of the dynamic secret. */
  readonly name: string;
  readonly state: LeaseStatus;
  /** 1, and one more with each rotation; absent until the first credentials are there. */
  readonly generation?: number;
  /** Milliseconds; absent until the first credentials are there. */
  readonly expiresInMs?: number;
  readonly lastError?: InfisicalErrorFacts;
}

/**
 * How a root is, in detail. There is no secret in it, no token, and no message
 * of an error.
 *
 * @example
 * ```ts
 * function troubled({ scopes, leases }: InfisicalHealth): string[] {
 *   return [
 *     ...scopes
 *       .filter(({ status }) => status !== 'ready')
 *       .map(({ path }) => path),
 *     ...leases
 *       .filter(({ state }) => state !== 'active')
 *       .map(({ name }) => name),
 *   ];
 * }
 * ```
 *
 * @publicApi
 */
export interface InfisicalHealth {
  /** The worst of all that follows. */
  readonly state: InfisicalHealthState;
  readonly token: InfisicalTokenHealth;
  /** Every scope that the app's modules asked for. */
  readonly scopes: readonly InfisicalScopeHealth[];
  /** Absent when there are none. */
  readonly tenants?: InfisicalTenantsHealth;
  readonly leases: readonly InfisicalLeaseHealth[];
}

/**
 * Why nothing can be said: the root is not there, has not started, or an
 * option is wrong.
 *
 * @example
 * ```ts
 * function describe(health: InfisicalHealth | InfisicalHealthProblem): string {
 *   return 'message' in health ? health.message : health.state;
 * }
 * ```
 *
 * @publicApi
 */
export interface InfisicalHealthProblem {
  readonly state: 'down';
  /** What to do about it. */
  readonly message: string;
}
