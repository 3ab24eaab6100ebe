import { type Observable, ReplaySubject } from 'rxjs';
import type { InfisicalClient } from '../client/infisical-client.js';
import type { LeaseData } from '../client/lease-data.js';
import type { Lease } from '../client/lease-record.js';
import type { LeaseScopeOptions } from '../client/leases.api.js';
import { type Clock, delay } from '../common/clock.js';
import { toMilliseconds } from '../common/duration.js';
import { InfisicalError } from '../common/infisical.error.js';
import type { Random } from '../common/random.js';
import {
  InfisicalNotFoundError,
  InfisicalValidationError,
} from '../http/errors.js';
import type { NamedTimer } from '../renewal/named-timer.js';
import { LeaseCredentials } from './lease-credentials.js';
import {
  type LeaseMode,
  type LeaseTimes,
  planRefresh,
  refreshAt,
  retryIn,
} from './lease-plan.js';

/**
 * Something that happened to a managed lease; never a credential.
 *
 * @example
 * ```ts
 * const lease = await leases.acquire('orders-db');
 * lease.events$.subscribe(({ kind, leaseId, error }: LeaseEvent) => {
 *   if (kind === 'error') logger.warn(`${leaseId}: ${error?.name}`);
 * });
 * ```
 *
 * @publicApi
 */
export interface LeaseEvent {
  readonly kind: 'created' | 'renewed' | 'rotated' | 'error' | 'revoked';
  readonly leaseId?: string;
  /** Wall-clock time. */
  readonly at: Date;
  /** When the credentials in use stop working. */
  readonly expiresAt?: Date;
  readonly error?: Error;
}

/**
 * Called with the new credentials and the ones they replace. The old ones are revoked when all handlers have finished.
 *
 * @example
 * ```ts
 * import { pools } from './database.js';
 *
 * const replacePool: RotationHandler<DatabaseCredentials> = async (next) => {
 *   await pools.replace('orders', next.data); // resolves when the old one is empty
 * };
 * const lease = await leases.acquire<DatabaseCredentials>('orders-db');
 * const stop = lease.onRotation(replacePool);
 * ```
 *
 * @publicApi
 */
export type RotationHandler<T extends object = LeaseData> = (
  next: LeaseCredentials<T>,
  previous: LeaseCredentials<T>,
) => void | Promise<void>;

/** What a managed lease is for. */
export interface LeaseRequest extends LeaseScopeOptions {
  readonly name: string;
  readonly mode: LeaseMode;
  /** Milliseconds; undefined for the dynamic secret's default. */
  readonly ttl?: number;
  readonly config?: Record<string, unknown>;
}

/** How long `revoke` waits for rotation handlers, in milliseconds. */
const DEFAULT_GRACE = 5_000;

/**
 * Where a managed lease stands.
 *
 * @example
 * ```ts
 * const lease = await leases.acquire('orders-db');
 * const usable: LeaseStatus[] = ['active'];
 * if (!usable.includes(lease.status))
 *   logger.warn(`the lease is ${lease.status}`);
 * ```
 *
 * @publicApi
 */
export type LeaseStatus = 'pending' | 'active' | 'expired' | 'revoked';

/** Keeps one lease alive, and replaces it before it ends. */
export class ManagedLease {
  readonly events$: Observable<LeaseEvent>;
  readonly #events = new ReplaySubject<LeaseEvent>(1);
  readonly #handlers = new Set<RotationHandler>();
  #current: LeaseCredentials | undefined;
  #times: LeaseTimes | undefined;
  #generation = 0;
  #attempt = 0;
  #lastError: Error | undefined;
  #revoked = false;
  /** The renewal or rotation under way; a shutdown waits for it, so that no lease is lost. */
  #work: Promise<void> = Promise.resolve();
  /** Leases that were created and not yet revoked. */
  readonly #held = new Set<string>();

  constructor(
    private readonly request: LeaseRequest,
    private readonly client: InfisicalClient,
    private readonly timer: NamedTimer,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {
    this.events$ = this.#events.asObservable();
  }

  get name(): string {
    return this.request.name;
  }

  /** @throws when the lease has not been created; `DynamicLeaseService.acquire` waits for that */
  get current(): LeaseCredentials {
    if (!this.#current) {
      throw new InfisicalError(
        'The lease has not been created yet: wait for acquire().',
      );
    }
    return this.#current;
  }

  get status(): LeaseStatus {
    if (this.#revoked) return 'revoked';
    if (!this.#times) return 'pending';
    return this.clock.monotonic() < this.#times.expiresAt
      ? 'active'
      : 'expired';
  }

  /** Milliseconds until the credentials in use stop working; undefined before there are any. */
  get expiresIn(): number | undefined {
    return (
      this.#times && Math.max(0, this.#times.expiresAt - this.clock.monotonic())
    );
  }

  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** Creates the first lease. */
  async open(): Promise<void> {
    this.#work = this.create();
    await this.#work;
    this.emit('created');
  }

  onRotation(handler: RotationHandler): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /**
   * Stops the upkeep and revokes what is left. Waits for a rotation under way,
   * so that no lease is lost; for its handlers `grace` milliseconds at most.
   * Errors are thrown; repeating is harmless.
   */
  async revoke(
    options: { signal?: AbortSignal; grace?: number } = {},
  ): Promise<void> {
    const { signal, grace = DEFAULT_GRACE } = options;
    this.timer.clear();
    if (this.#revoked) return;
    this.#revoked = true;
    const waiting = new AbortController();
    await Promise.race([
      this.#work.catch(() => undefined),
      delay(this.clock, grace, waiting.signal).catch(() => undefined),
    ]);
    waiting.abort();
    this.timer.clear();
    const results = await Promise.allSettled(
      [...this.#held].map((id) => this.revokeOne(id, signal)),
    );
    this.emit('revoked');
    this.#events.complete();
    for (const result of results) {
      if (result.status === 'rejected') throw result.reason;
    }
  }

  private async create(): Promise<void> {
    const { name, ttl, config, ...scope } = this.request;
    const sentAt = this.clock.monotonic();
    const lease = await this.client.dynamicSecrets.leases.create(name, {
      ...place(scope),
      ttl,
      config,
    });
    this.#held.add(lease.id);
    const life = lifeOf(lease) ?? ttl ?? 0;
    this.#times = {
      createdAt: sentAt,
      expiresAt: sentAt + life,
      maxTtl: lease.maxTTL ? toMilliseconds(lease.maxTTL, 'maxTTL') : Infinity,
      ttl: life,
    };
    this.#current = new LeaseCredentials(
      lease.id,
      ++this.#generation,
      this.wallClock(sentAt + life),
      lease.data,
    );
    this.succeed();
  }

  private schedule(at: number): void {
    if (this.#revoked) return;
    this.timer.set(at, () => {
      this.#work = this.refresh();
    });
  }

  private async refresh(): Promise<void> {
    const times = this.#times;
    if (!times || this.#revoked) return;
    const plan = planRefresh(times, this.request.mode, this.clock.monotonic());
    try {
      if (plan.kind === 'renew') await this.renew(times, plan.ttl);
      else await this.rotate();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private async renew(times: LeaseTimes, ttl: number): Promise<void> {
    try {
      const lease = await this.client.dynamicSecrets.leases.renew(
        this.current.leaseId,
        { ...place(this.request), ttl },
      );
      const life = lifeOf(lease);
      const expiresAt =
        life === undefined ? times.expiresAt + ttl : times.createdAt + life;
      this.#times = { ...times, expiresAt };
      this.#current = this.current.extendedTo(this.wallClock(expiresAt));
    } catch (error) {
      if (!isRenewalOver(error)) throw error;
      return this.rotate();
    }
    this.succeed();
    this.emit('renewed');
  }

  private async rotate(): Promise<void> {
    const previous = this.current;
    await this.create();
    this.emit('rotated');
    const results = await Promise.allSettled(
      [...this.#handlers].map(async (handler) =>
        handler(this.current, previous),
      ),
    );
    const failure = results.find(({ status }) => status === 'rejected');
    if (failure) {
      // Someone could not change over: the old lease lives on to its own end.
      this.#lastError = (failure as PromiseRejectedResult).reason as Error;
      this.emit('error', this.#lastError);
      return;
    }
    try {
      await this.revokeOne(previous.leaseId);
    } catch (error) {
      // The server tries again by itself; shutdown does so once more.
      this.#lastError = error as Error;
      this.emit('error', this.#lastError);
    }
  }

  private async revokeOne(id: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.client.dynamicSecrets.leases.revoke(id, {
        ...place(this.request),
        signal,
      });
    } catch (error) {
      if (!(error instanceof InfisicalNotFoundError)) throw error;
    }
    this.#held.delete(id);
  }

  private succeed(): void {
    this.#attempt = 0;
    this.#lastError = undefined;
    if (this.#times) {
      this.schedule(
        refreshAt(this.#times, this.clock.monotonic(), this.random),
      );
    }
  }

  private fail(error: Error): void {
    this.#lastError = error;
    this.emit('error', error);
    this.schedule(
      this.clock.monotonic() + retryIn(++this.#attempt, this.random),
    );
  }

  private wallClock(at: number): Date {
    return new Date(this.clock.now() + at - this.clock.monotonic());
  }

  private emit(kind: LeaseEvent['kind'], error?: Error): void {
    this.#events.next({
      kind,
      leaseId: this.#current?.leaseId,
      at: new Date(this.clock.now()),
      expiresAt: this.#current?.expiresAt,
      error,
    });
  }
}

/**
 * Whether only new credentials help: the lease is gone, or its provider cannot
 * extend it, or its maximum was lowered (contract: leases §3.3).
 */
function isRenewalOver(error: unknown): boolean {
  return (
    error instanceof InfisicalNotFoundError ||
    error instanceof InfisicalValidationError
  );
}

/** Life from the server's own two dates, so that its clock does not matter. */
function lifeOf(lease: Lease): number | undefined {
  return lease.createdAt
    ? lease.expireAt.getTime() - lease.createdAt.getTime()
    : undefined;
}

function place(scope: LeaseScopeOptions): LeaseScopeOptions {
  const { projectId, projectSlug, environment, path } = scope;
  return { projectId, projectSlug, environment, path };
}
