import { Observable, Subject } from 'rxjs';
import type { InfisicalClient } from '../client/infisical-client.js';
import type { ScopeOptions } from '../client/client-options.js';
import type { LeaseData } from '../client/lease-data.js';
import type { SleepAwareClock } from '../common/sleep-aware-clock.js';
import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalError } from '../common/infisical.error.js';
import type { Random } from '../common/random.js';
import { NamedTimer, type TimerRegistry } from '../renewal/named-timer.js';
import { LeaseCalls } from './lease-calls.js';
import type { LeaseEvent, LeaseStatus } from './lease-event.js';
import {
  assertHolds,
  type LeaseOverlapOptions,
  resolveOverlap,
} from './lease-overlap.js';
import type { LeaseProof } from './lease-proof.js';
import { type LeaseFields, LeaseRef } from './lease-ref.js';
import type { LeaseMode } from './lease.state.js';
import { ManagedLease } from './managed-lease.js';

/**
 * Options of `DynamicLeaseService#acquire`.
 *
 * @example
 * ```ts
 * const options: AcquireLeaseOptions = {
 *   environment: 'prod',
 *   path: '/orders',
 *   ttl: '30m',
 *   overlap: { transaction: '10s' },
 * };
 * const lease = await leases.acquire('orders-db', options);
 * ```
 *
 * @publicApi
 */
export interface AcquireLeaseOptions<
  T extends object | string = LeaseData,
> extends ScopeOptions {
  /** Life of the lease. Default: the dynamic secret's default TTL. The server's least is one minute. */
  ttl?: Duration;
  /** What some providers want: a Kubernetes namespace, SSH principals. */
  config?: Record<string, unknown>;
  /** Default `rotate`. Types that cannot be renewed are replaced in any mode. */
  mode?: LeaseMode;
  /**
   * How long old and new credentials work side by side: a sum, or what it is
   * made of. A lease must live twice as long. Default 45 s.
   */
  overlap?: LeaseOverlapOptions | Duration;
  /** How long the lease is kept when nobody has it any more, for who comes next. Default 0. */
  idleTimeout?: Duration;
  /** Has credentials proven before anybody sees them, see `LeaseRef#onProof`. Default: they are not. */
  prove?: LeaseProof<LeaseFields<T>>;
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
  readonly key: string;
  readonly lease: ManagedLease;
  readonly opened: Promise<void>;
  readonly idleTimer: NamedTimer;
  readonly idleTimeout: number;
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
 * const lease = await leases.acquire<'sql-database'>('orders-db');
 * const { DB_USERNAME, DB_PASSWORD } = lease.current.data;
 * const pool = createPool({ user: DB_USERNAME, password: DB_PASSWORD });
 * ```
 *
 * @publicApi
 */
export class DynamicLeaseService {
  /** What happens to all leases, until the app has revoked them. A late subscriber gets the latest event of each lease first. */
  readonly events$: Observable<DynamicLeaseEvent>;
  readonly #events = new Subject<DynamicLeaseEvent>();
  readonly #latest = new Map<ManagedLease, DynamicLeaseEvent>();
  readonly #entries = new Map<string, Entry>();
  readonly #client: InfisicalClient;
  readonly #registry: TimerRegistry;
  readonly #clock: SleepAwareClock;
  readonly #random: Random;
  #closing = false;
  #opened = 0;

  /** @internal */
  constructor(
    client: InfisicalClient,
    registry: TimerRegistry,
    clock: SleepAwareClock,
    random: Random,
  ) {
    this.#client = client;
    this.#registry = registry;
    this.#clock = clock;
    this.#random = random;
    this.events$ = new Observable((subscriber) => {
      for (const event of this.#latest.values()) subscriber.next(event);
      return this.#events.subscribe(subscriber);
    });
  }

  /**
   * Credentials of a dynamic secret, kept alive until released.
   *
   * @param name name of the dynamic secret
   * @typeParam T the type of provider, such as `'sql-database'`, or the fields of the credentials
   * @throws InfisicalNotFoundError when there is no such dynamic secret
   * @throws InfisicalValidationError when the TTL is above its maximum, or the provider failed
   * @throws InfisicalConfigError when the TTL cannot hold two overlaps; a lease that tells so is revoked
   */
  async acquire<T extends object | string = LeaseData>(
    name: string,
    options: AcquireLeaseOptions<T> = {},
  ): Promise<LeaseRef<T>> {
    if (this.#closing) {
      throw new InfisicalError(
        'The app is shutting down: no new lease is taken.',
      );
    }
    const { prove, ...rest } = options;
    const key = keyOf(name, rest);
    const known = this.usable(key);
    const entry = known ?? this.open(key, name, rest);
    entry.idleTimer.clear();
    entry.holders++;
    const ref = new LeaseRef<T>(entry.lease, () => this.release(entry));
    if (prove) ref.onProof(prove);
    try {
      if (!known) entry.lease.open();
      await entry.opened;
      if (known && prove) {
        await entry.lease.proveCurrent(prove as unknown as LeaseProof);
      }
    } catch (error) {
      await ref.release();
      throw error;
    }
    return ref;
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
   * Revokes all leases at once, when consumers have let go of them.
   *
   * @param grace how long consumers and rotation handlers may take, in milliseconds
   * @returns what could not be revoked, with the reason
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
      entries.map(async ({ lease, idleTimer }) => {
        idleTimer.clear();
        try {
          await lease.revoke({ signal, grace });
        } catch (error) {
          failures.push({
            leaseId: lease.currentId ?? `of "${lease.name}"`,
            error: error as Error,
          });
        }
      }),
    );
    this.#events.complete();
    return failures;
  }

  /** The lease for these arguments, unless it rests and is too old to be taken up. */
  private usable(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (!entry || entry.holders > 0) return entry;
    if (entry.lease.isFresh) {
      entry.lease.wake();
      return entry;
    }
    this.drop(entry).catch(() => undefined);
    return undefined;
  }

  private async release(entry: Entry): Promise<void> {
    if (--entry.holders > 0 || this.#entries.get(entry.key) !== entry) return;
    const { idleTimeout, idleTimer, lease } = entry;
    if (idleTimeout === 0 || lease.status === 'revoked') {
      await this.drop(entry);
      return;
    }
    lease.rest();
    idleTimer.set(this.#clock.monotonic() + idleTimeout, () => {
      // It ends by itself if it cannot be revoked.
      this.drop(entry).catch(() => undefined);
    });
  }

  private async drop(entry: Entry): Promise<void> {
    entry.idleTimer.clear();
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    await entry.lease.revoke();
  }

  private open(key: string, name: string, options: AcquireLeaseOptions): Entry {
    const {
      ttl,
      mode = 'rotate',
      overlap: given,
      idleTimeout,
      ...rest
    } = options;
    const overlap = resolveOverlap(given);
    const request = {
      ...rest,
      name,
      mode,
      ttl: ttl === undefined ? undefined : toMilliseconds(ttl, 'ttl'),
    };
    if (request.ttl !== undefined) assertHolds(name, request.ttl, overlap);
    const clock = this.#clock;
    const number = ++this.#opened;
    const timer = (task: string): NamedTimer =>
      new NamedTimer(
        `infisical:${task}:${name}:${number}`,
        this.#registry,
        clock,
      );
    const lease = new ManagedLease({
      calls: new LeaseCalls(request, this.#client, clock),
      overlap,
      timer: timer('lease'),
      clock,
      random: this.#random,
    });
    lease.events$.subscribe({
      next: (event) => {
        const told = { ...event, name };
        this.#latest.set(lease, told);
        this.#events.next(told);
      },
      complete: () => this.#latest.delete(lease),
    });
    const entry: Entry = {
      key,
      lease,
      opened: lease.opened,
      idleTimer: timer('idle-lease'),
      idleTimeout: toMilliseconds(idleTimeout ?? 0, 'idleTimeout'),
      holders: 0,
    };
    this.#entries.set(key, entry);
    entry.opened.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return entry;
  }
}

/** The same for the same dynamic secret and arguments. */
function keyOf(name: string, options: AcquireLeaseOptions): string {
  return JSON.stringify([
    name,
    options.projectId ?? options.projectSlug,
    options.environment,
    options.path,
    options.ttl,
    options.mode,
    options.config,
    options.overlap,
    options.idleTimeout,
  ]);
}
