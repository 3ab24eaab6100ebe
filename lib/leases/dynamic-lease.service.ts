import { type Observable, Subject } from 'rxjs';
import type { InfisicalClient } from '../client/infisical-client.js';
import type { ScopeOptions } from '../client/client-options.js';
import type { LeaseData } from '../client/lease-data.js';
import type { Clock } from '../common/clock.js';
import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalError } from '../common/infisical.error.js';
import type { Random } from '../common/random.js';
import { NamedTimer, type TimerRegistry } from '../renewal/named-timer.js';
import type { LeaseMode } from './lease-plan.js';
import { LeaseRef } from './lease-ref.js';
import {
  type LeaseEvent,
  type LeaseStatus,
  ManagedLease,
} from './managed-lease.js';

/**
 * Options of `DynamicLeaseService#acquire`.
 *
 * @example
 * ```ts
 * const options: AcquireLeaseOptions = {
 *   environment: 'prod',
 *   path: '/orders',
 *   ttl: '30m',
 *   mode: 'renew',
 * };
 * const lease = await leases.acquire('orders-db', options);
 * ```
 *
 * @publicApi
 */
export interface AcquireLeaseOptions extends ScopeOptions {
  /** Life of the lease. Default: the dynamic secret's default TTL. The server's least is one minute. */
  ttl?: Duration;
  /** What some providers want: a Kubernetes namespace, SSH principals. */
  config?: Record<string, unknown>;
  /** Default `rotate`. */
  mode?: LeaseMode;
}

/**
 * What health checks may know of a lease.
 *
 * @example
 * ```ts
 * const failing = leases.leases.filter(
 *   ({ lastError }: LeaseSummary) => lastError !== undefined,
 * );
 * for (const { name, status, expiresIn } of failing) {
 *   logger.warn(`${name} is ${status} for another ${expiresIn} ms`);
 * }
 * ```
 *
 * @publicApi
 */
export interface LeaseSummary {
  readonly name: string;
  readonly leaseId?: string;
  readonly status: LeaseStatus;
  /** When the credentials in use stop working, by this machine's clock. */
  readonly expiresAt?: Date;
  /** Milliseconds until then, whatever happens to this machine's calendar. */
  readonly expiresIn?: number;
  /** Of the credentials in use: 1, and one more with each rotation. */
  readonly generation?: number;
  readonly lastError?: Error;
}

/**
 * Something that happened to a managed lease; never a credential.
 *
 * @example
 * ```ts
 * leases.events$.subscribe((event: DynamicLeaseEvent) => {
 *   if (event.kind === 'error') logger.warn(`${event.name}: ${event.error?.message}`);
 * });
 * ```
 *
 * @publicApi
 */
export interface DynamicLeaseEvent extends LeaseEvent {
  /** Name of the dynamic secret. */
  readonly name: string;
}

interface Entry {
  readonly lease: ManagedLease;
  readonly opened: Promise<void>;
  holders: number;
}

/**
 * Leases of dynamic secrets that are kept alive, replaced before they end, and
 * revoked when the app shuts down. One per dynamic secret and arguments, shared
 * by all who acquire it.
 *
 * @example
 * ```ts
 * import { createPool } from './database.js';
 *
 * // In a provider: constructor(private readonly leases: DynamicLeaseService) {}
 * const lease = await leases.acquire<DatabaseCredentials>('orders-db');
 * const { DB_USERNAME, DB_PASSWORD } = lease.current.data;
 * const pool = createPool({ user: DB_USERNAME, password: DB_PASSWORD });
 * ```
 *
 * @publicApi
 */
export class DynamicLeaseService {
  /** What happens to all leases, from now on until the app has revoked them. */
  readonly events$: Observable<DynamicLeaseEvent>;
  readonly #events = new Subject<DynamicLeaseEvent>();
  readonly #entries = new Map<string, Entry>();
  readonly #client: InfisicalClient;
  readonly #registry: TimerRegistry;
  readonly #clock: Clock;
  readonly #random: Random;
  #closing = false;
  #opened = 0;

  /** @internal */
  constructor(
    client: InfisicalClient,
    registry: TimerRegistry,
    clock: Clock,
    random: Random,
  ) {
    this.#client = client;
    this.#registry = registry;
    this.#clock = clock;
    this.#random = random;
    this.events$ = this.#events.asObservable();
  }

  /**
   * Credentials of a dynamic secret, kept alive until released.
   *
   * @param name name of the dynamic secret
   * @throws InfisicalNotFoundError when there is no such dynamic secret
   * @throws InfisicalValidationError when the TTL is above its maximum, or the provider failed
   */
  async acquire<T extends object = LeaseData>(
    name: string,
    options: AcquireLeaseOptions = {},
  ): Promise<LeaseRef<T>> {
    if (this.#closing) {
      throw new InfisicalError(
        'The app is shutting down: no new lease is taken.',
      );
    }
    const key = JSON.stringify([
      name,
      options.projectId ?? options.projectSlug,
      options.environment,
      options.path,
      options.ttl,
      options.mode,
      options.config,
    ]);
    const entry = this.#entries.get(key) ?? this.open(key, name, options);
    entry.holders++;
    try {
      await entry.opened;
    } catch (error) {
      entry.holders--;
      throw error;
    }
    return new LeaseRef<T>(entry.lease, async () => {
      if (--entry.holders > 0) return;
      this.#entries.delete(key);
      await entry.lease.revoke();
    });
  }

  /** All leases that are held; without credentials. */
  get leases(): readonly LeaseSummary[] {
    return [...this.#entries.values()].map(({ lease }) => {
      const current = lease.status === 'pending' ? undefined : lease.current;
      return {
        name: lease.name,
        leaseId: current?.leaseId,
        status: lease.status,
        expiresAt: current?.expiresAt,
        expiresIn: lease.expiresIn,
        generation: current?.generation,
        lastError: lease.lastError,
      };
    });
  }

  /**
   * Revokes all leases at once.
   *
   * @param grace how long rotation handlers may still run, in milliseconds
   * @returns the ids of leases that could not be revoked, with the reason
   */
  async revokeAll(
    signal: AbortSignal,
    grace: number,
  ): Promise<readonly { leaseId: string; error: Error }[]> {
    this.#closing = true;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    const failures: { leaseId: string; error: Error }[] = [];
    await Promise.all(
      entries.map(async ({ lease, opened }) => {
        try {
          await Promise.race([opened, aborted(signal)]);
        } catch {
          return;
        }
        try {
          await lease.revoke({ signal, grace });
        } catch (error) {
          failures.push({
            leaseId: lease.current.leaseId,
            error: error as Error,
          });
        }
      }),
    );
    this.#events.complete();
    return failures;
  }

  private open(key: string, name: string, options: AcquireLeaseOptions): Entry {
    const { ttl, mode = 'rotate', ...rest } = options;
    const lease = new ManagedLease(
      {
        ...rest,
        name,
        mode,
        ttl: ttl === undefined ? undefined : toMilliseconds(ttl, 'ttl'),
      },
      this.#client,
      new NamedTimer(
        `infisical:lease:${name}:${++this.#opened}`,
        this.#registry,
        this.#clock,
      ),
      this.#clock,
      this.#random,
    );
    lease.events$.subscribe((event) => this.#events.next({ ...event, name }));
    const entry: Entry = { lease, opened: lease.open(), holders: 0 };
    this.#entries.set(key, entry);
    entry.opened.catch(() => this.#entries.delete(key));
    return entry;
  }
}

/** Rejects when the signal aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
