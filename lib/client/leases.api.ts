import { type Duration, toMilliseconds } from '../common/duration.js';
import { apiPath } from '../http/api-path.js';
import { InfisicalHttpError } from '../http/errors.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions, ScopeOptions } from './client-options.js';
import { Lease, LeaseWithCredentials } from './lease-record.js';

/** Where a lease's dynamic secret is. */
export interface LeaseScopeOptions extends ScopeOptions, CallOptions {}

/** Options of `leases.create`. */
export interface CreateLeaseOptions extends LeaseScopeOptions {
  /** At least one minute, at most the dynamic secret's maximum. Default: the dynamic secret's default TTL. */
  ttl?: Duration;
  /** What some providers want: a Kubernetes namespace, SSH principals. */
  config?: Record<string, unknown>;
}

/** Options of `leases.renew`. */
export interface RenewLeaseOptions extends LeaseScopeOptions {
  /** **Added to the old expiry**, not to now. Default: the dynamic secret's default TTL. */
  ttl?: Duration;
}

/** Options of `leases.revoke`. */
export interface RevokeLeaseOptions extends LeaseScopeOptions {
  /** Forget the lease even when the provider fails; its credential may live on. Default false. */
  isForced?: boolean;
}

/** Status of a lease whose revocation failed (contract: leases §3.3). */
const FAILED_TO_DELETE = 'Failed to delete';

/**
 * Leases of dynamic secrets (contract: leases §3).
 *
 * @publicApi
 */
export class LeasesApi {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Creates credentials. Never tried again by itself after it may have reached
   * the server, because each call makes another credential.
   *
   * @param dynamicSecretName name of the dynamic secret in the folder `path`
   * @throws InfisicalValidationError when the TTL is above the maximum (status 400: it is not capped), or the provider failed
   */
  async create(
    dynamicSecretName: string,
    options: CreateLeaseOptions = {},
  ): Promise<LeaseWithCredentials> {
    const { data } = await this.#context.call({
      method: 'POST',
      path: apiPath`/api/v1/dynamic-secrets/leases`,
      body: {
        dynamicSecretName,
        ...(await this.#context.slugScope(options)),
        ttl: toTtl(options.ttl),
        config: options.config,
      },
      signal: options.signal,
    });
    return new LeaseWithCredentials(data);
  }

  /** All leases of a dynamic secret, without credentials. */
  async list(
    dynamicSecretName: string,
    options: LeaseScopeOptions = {},
  ): Promise<Lease[]> {
    const leases = await this.#context.fetchAll(
      {
        method: 'GET',
        path: apiPath`/api/v1/dynamic-secrets/${dynamicSecretName}/leases`,
        query: await this.#context.slugScope(options),
        signal: options.signal,
      },
      'leases',
    );
    return leases.map((raw) => new Lease(raw));
  }

  /**
   * A lease, without credentials.
   *
   * @throws InfisicalNotFoundError when it has been revoked
   */
  async get(leaseId: string, options: LeaseScopeOptions = {}): Promise<Lease> {
    return new Lease(
      await this.#context.fetch(
        {
          method: 'GET',
          path: apiPath`/api/v1/dynamic-secrets/leases/${leaseId}`,
          query: await this.#context.slugScope(options),
          signal: options.signal,
        },
        'lease',
      ),
    );
  }

  /**
   * Extends a lease; its credentials stay the same.
   *
   * @throws InfisicalValidationError when it would pass the maximum (status 400: it is not capped)
   * @throws InfisicalNotFoundError when it has been revoked
   */
  async renew(
    leaseId: string,
    options: RenewLeaseOptions = {},
  ): Promise<Lease> {
    return new Lease(
      await this.#context.fetch(
        {
          method: 'POST',
          path: apiPath`/api/v1/dynamic-secrets/leases/${leaseId}/renew`,
          body: {
            ...(await this.#context.slugScope(options)),
            ttl: toTtl(options.ttl),
          },
          signal: options.signal,
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
    const lease = new Lease(
      await this.#context.fetch(
        {
          method: 'DELETE',
          path: apiPath`/api/v1/dynamic-secrets/leases/${leaseId}`,
          body: {
            ...(await this.#context.slugScope(options)),
            isForced: options.isForced ?? false,
          },
          signal: options.signal,
        },
        'lease',
      ),
    );
    if (lease.status === FAILED_TO_DELETE && !options.isForced) {
      throw new InfisicalHttpError(
        `Lease ${lease.id} was not revoked: the provider failed, and the server will try again. Check that the provider can be reached, and look for the credential there.`,
        { status: 200, code: 'LeaseRevocationFailed', retryable: true },
      );
    }
    return lease;
  }
}

/** A TTL text the server reads without doubt; whole seconds, rounded down. */
export function toTtl(ttl: Duration | undefined): string | undefined {
  if (ttl === undefined) return undefined;
  return `${Math.floor(toMilliseconds(ttl, 'ttl') / 1000)}s`;
}
