import type { Duration } from '../common/duration.js';
import { type ApiPath, apiPath } from '../http/api-path.js';
import { InfisicalHttpError } from '../http/errors.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions, ScopeOptions } from './client-options.js';
import {
  FAILED_TO_DELETE,
  Lease,
  LeaseWithCredentials,
  LeaseWithSecret,
} from './lease-record.js';
import { toTtl } from './lease-ttl.js';
import {
  begin,
  check,
  DURATION,
  FLAG,
  ID,
  SCOPE_OPTIONS,
  type Shape,
  TEXT,
} from './option-checks.js';

/**
 * Where a lease's dynamic secret is.
 *
 * @example
 * ```ts
 * const scope: LeaseScopeOptions = { environment: 'prod', path: '/orders' };
 * const all = await client.dynamicSecrets.leases.list('orders-db', scope);
 * ```
 *
 * @publicApi
 */
export interface LeaseScopeOptions extends ScopeOptions, CallOptions {}

/**
 * What a lease of `kubernetes` may ask for.
 *
 * @example
 * ```ts
 * const config: KubernetesLeaseConfig = { namespace: 'shop' };
 * await client.dynamicSecrets.leases.create<'kubernetes'>('deployer', {
 *   config,
 * });
 * ```
 *
 * @publicApi
 */
export interface KubernetesLeaseConfig {
  /** One of the dynamic secret's namespaces. Default: the first. */
  namespace?: string;
}

/**
 * What a lease of `ssh` must ask for.
 *
 * @example
 * ```ts
 * const config: SshLeaseConfig = { principals: ['deploy'] };
 * await client.dynamicSecrets.leases.create<'ssh'>('deploy-ssh', { config });
 * ```
 *
 * @publicApi
 */
export interface SshLeaseConfig {
  /** At least one, all of them among the dynamic secret's principals. */
  principals: readonly string[];
}

/**
 * What a lease may ask for besides its TTL, by type of provider (contract: dynamic secrets §2.4).
 *
 * @example
 * ```ts
 * const config: LeaseConfig<'kubernetes'> = { namespace: 'shop' };
 * await client.dynamicSecrets.leases.create<'kubernetes'>('deployer', {
 *   config,
 * });
 * ```
 *
 * @publicApi
 */
export type LeaseConfig<T extends string = string> = T extends 'kubernetes'
  ? KubernetesLeaseConfig
  : T extends 'ssh'
    ? SshLeaseConfig
    : Readonly<Record<string, unknown>>;

/**
 * Options of `leases.create`.
 *
 * @example
 * ```ts
 * const options: CreateLeaseOptions<'sql-database'> = {
 *   environment: 'prod',
 *   path: '/orders',
 *   ttl: '30m',
 * };
 * await client.dynamicSecrets.leases.create<'sql-database'>(
 *   'orders-db',
 *   options,
 * );
 * ```
 *
 * @publicApi
 */
export type CreateLeaseOptions<T extends string = string> =
  LeaseScopeOptions & {
    /** One minute to ten years, at most the dynamic secret's maximum. Default: the dynamic secret's default TTL. */
    ttl?: Duration;
  } & (T extends 'ssh'
      ? { config: LeaseConfig<T> }
      : {
          /** What some providers want: a Kubernetes namespace, SSH principals. */
          config?: LeaseConfig<T>;
        });

/**
 * The options of `leases.create`, which can be left out unless the type needs some.
 *
 * @example
 * ```ts
 * function createLease<T extends string>(
 *   name: string,
 *   ...args: CreateLeaseArguments<T>
 * ): Promise<LeaseWithCredentials<T>> {
 *   return client.dynamicSecrets.leases.create<T>(name, ...args);
 * }
 * ```
 *
 * @publicApi
 */
export type CreateLeaseArguments<T extends string> = T extends 'ssh'
  ? [options: CreateLeaseOptions<T>]
  : [options?: CreateLeaseOptions<T>];

/**
 * Options of `leases.renew`.
 *
 * @example
 * ```ts
 * const { id, expireAt } =
 *   await client.dynamicSecrets.leases.create('orders-db');
 * const options: RenewLeaseOptions = { ttl: '30m' }; // from expireAt on
 * const renewed = await client.dynamicSecrets.leases.renew(id, options);
 * ```
 *
 * @publicApi
 */
export interface RenewLeaseOptions extends LeaseScopeOptions {
  /** One minute to ten years, **added to the old expiry**, not to now. Default: the dynamic secret's default TTL. */
  ttl?: Duration;
}

/**
 * Options of `leases.revoke`.
 *
 * @example
 * ```ts
 * import { leaseId } from './orders.js';
 *
 * const options: RevokeLeaseOptions = { isForced: true }; // its database is gone
 * await client.dynamicSecrets.leases.revoke(leaseId, options);
 * ```
 *
 * @publicApi
 */
export interface RevokeLeaseOptions extends LeaseScopeOptions {
  /** Forget the lease even when the provider fails; its credential may live on. Default false. */
  isForced?: boolean;
}

const CREATE_LEASE: Shape<
  LeaseScopeOptions & { ttl?: unknown; config?: unknown }
> = {
  ...SCOPE_OPTIONS,
  ttl: DURATION,
  config: {
    expected:
      'an object: { namespace } for Kubernetes, { principals } for SSH, with texts',
    accepts: isConfig,
  },
};

const RENEW_LEASE: Shape<RenewLeaseOptions> = {
  ...SCOPE_OPTIONS,
  ttl: DURATION,
};

const REVOKE_LEASE: Shape<RevokeLeaseOptions> = {
  ...SCOPE_OPTIONS,
  isForced: FLAG,
};

/**
 * Leases of dynamic secrets (contract: leases §3).
 *
 * @example
 * ```ts
 * import { connect } from './database.js';
 *
 * const lease = await client.dynamicSecrets.leases.create<'sql-database'>(
 *   'orders-db',
 *   { ttl: '30m' },
 * );
 * await connect(lease.data.DB_USERNAME, lease.data.DB_PASSWORD);
 * // …
 * await client.dynamicSecrets.leases.revoke(lease.id);
 * ```
 *
 * @publicApi
 */
export class LeasesApi {
  readonly #context: ClientContext;

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Creates credentials. Never tried again by itself after it may have reached
   * the server, because each call makes another credential.
   *
   * @param dynamicSecretName name of the dynamic secret in the folder `path`
   * @typeParam T its provider, which types `data` and `config`; `lease.isOf(type)` checks it
   * @throws InfisicalConfigError when the TTL is not from one minute to ten years
   * @throws InfisicalValidationError when the TTL is above the maximum (status 400: it is not capped), or the provider failed
   *
   * @example
   * ```ts
   * import { connect } from './database.js';
   *
   * const { data } =
   *   await client.dynamicSecrets.leases.create<'sql-database'>('db');
   * await connect(data.DB_USERNAME, data.DB_PASSWORD);
   * ```
   */
  async create<T extends string = string>(
    dynamicSecretName: string,
    ...args: CreateLeaseArguments<T>
  ): Promise<LeaseWithCredentials<T>> {
    const operation = 'dynamicSecrets.leases.create';
    const options = (args[0] ?? {}) as CreateLeaseOptions;
    const limits = begin(operation, options, CREATE_LEASE);
    check(operation, 'the dynamic secret', dynamicSecretName, TEXT);
    const ttl = toTtl(operation, 'ttl', options.ttl);
    const { data } = await this.#context.call({
      ...limits,
      method: 'POST',
      path: apiPath`/api/v1/dynamic-secrets/leases`,
      body: {
        dynamicSecretName,
        ...(await this.#context.slugScope(options)),
        ttl,
        config: options.config,
      },
    });
    return new LeaseWithCredentials<T>(data);
  }

  /**
   * All leases of a dynamic secret, without credentials. Revoked ones are gone.
   *
   * @throws InfisicalNotFoundError when there is no such dynamic secret
   */
  async list(
    dynamicSecretName: string,
    options: LeaseScopeOptions = {},
  ): Promise<Lease[]> {
    const operation = 'dynamicSecrets.leases.list';
    const limits = begin(operation, options, SCOPE_OPTIONS);
    check(operation, 'the dynamic secret', dynamicSecretName, TEXT);
    const leases = await this.#context.fetchAll(
      {
        ...limits,
        method: 'GET',
        path: apiPath`/api/v1/dynamic-secrets/${dynamicSecretName}/leases`,
        query: await this.#context.slugScope(options),
      },
      'leases',
    );
    return leases.map((raw) => new Lease(raw));
  }

  /**
   * A lease with its dynamic secret, without credentials.
   *
   * @throws InfisicalNotFoundError when it has been revoked
   */
  async get(
    leaseId: string,
    options: LeaseScopeOptions = {},
  ): Promise<LeaseWithSecret> {
    const operation = 'dynamicSecrets.leases.get';
    const limits = begin(operation, options, SCOPE_OPTIONS);
    return new LeaseWithSecret(
      await this.#context.fetch(
        {
          ...limits,
          method: 'GET',
          path: pathOf(operation, leaseId),
          query: await this.#context.slugScope(options),
        },
        'lease',
      ),
    );
  }

  /**
   * Extends a lease; its credentials stay the same, and are not answered.
   *
   * The new expiry is the **old expiry plus `ttl`**, and must not be later than
   * creation plus the dynamic secret's `maxTTL`. So for an expiry at `until`,
   * `ttl` is `until - lease.expireAt`; for the latest possible one it is
   * `lease.createdAt + maxTTL - lease.expireAt`, and below one minute it cannot
   * be had. Some providers move the date only, or refuse: make a new lease
   * there (contract: dynamic secrets §2.4, leases §3.3).
   *
   * @throws InfisicalConfigError when the TTL is not from one minute to ten years
   * @throws InfisicalValidationError when it would pass the maximum (status 400: it is not capped)
   * @throws InfisicalNotFoundError when it has been revoked
   */
  async renew(
    leaseId: string,
    options: RenewLeaseOptions = {},
  ): Promise<Lease> {
    const operation = 'dynamicSecrets.leases.renew';
    const limits = begin(operation, options, RENEW_LEASE);
    const path = pathOf(operation, leaseId);
    const ttl = toTtl(operation, 'ttl', options.ttl);
    return new Lease(
      await this.#context.fetch(
        {
          ...limits,
          method: 'POST',
          path: apiPath`${path}/renew`,
          body: { ...(await this.#context.slugScope(options)), ttl },
        },
        'lease',
      ),
    );
  }

  /**
   * Revokes a lease: its credentials stop working.
   *
   * @throws InfisicalNotFoundError when it has been revoked already
   * @throws InfisicalHttpError status 200, code `LeaseRevocationFailed`, when the provider failed; the server tries again by itself
   */
  async revoke(
    leaseId: string,
    options: RevokeLeaseOptions = {},
  ): Promise<Lease> {
    const operation = 'dynamicSecrets.leases.revoke';
    const limits = begin(operation, options, REVOKE_LEASE);
    const { isForced = false } = options;
    const lease = new Lease(
      await this.#context.fetch(
        {
          ...limits,
          method: 'DELETE',
          path: pathOf(operation, leaseId),
          body: { ...(await this.#context.slugScope(options)), isForced },
        },
        'lease',
      ),
    );
    if (lease.status === FAILED_TO_DELETE && !isForced) {
      throw new InfisicalHttpError(
        `Lease ${lease.id} was not revoked: the provider failed, and the server will try again. Check that the provider can be reached, and look for the credential there.`,
        {
          status: 200,
          code: 'LeaseRevocationFailed',
          retryable: true,
          operation,
        },
      );
    }
    return lease;
  }
}

/** @throws InfisicalConfigError when it is not an id, which the server would fail at (contract: leases §3.2) */
function pathOf(operation: string, leaseId: string): ApiPath {
  check(operation, 'the lease', leaseId, ID);
  return apiPath`/api/v1/dynamic-secrets/leases/${leaseId}`;
}

function isConfig(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return false;
  }
  const { namespace, principals } = value as Record<string, unknown>;
  return (
    (namespace === undefined || TEXT.accepts(namespace)) &&
    (principals === undefined ||
      (Array.isArray(principals) &&
        principals.length > 0 &&
        principals.every(TEXT.accepts)))
  );
}
