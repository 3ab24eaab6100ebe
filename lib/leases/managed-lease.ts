import { type Observable, ReplaySubject, Subject } from 'rxjs';
import type { LeaseData } from '../client/lease-data.js';
import { type Clock, delay } from '../common/clock.js';
import { InfisicalError } from '../common/infisical.error.js';
import type { Random } from '../common/random.js';
import { InfisicalRateLimitError } from '../http/errors.js';
import type { NamedTimer } from '../renewal/named-timer.js';
import { isRefusal, type LeaseCalls } from './lease-calls.js';
import { LeaseCredentials } from './lease-credentials.js';
import type { LeaseEvent, LeaseStatus } from './lease-event.js';
import { LeaseGenerations } from './lease-generations.js';
import {
  assertHolds,
  type LeaseOverlap,
  overlapProblem,
} from './lease-overlap.js';
import { BACKOFF_BASE, DEFAULT_GRACE, PROVE_FOR } from './lease-policy.js';
import { type LeaseProof, prove } from './lease-proof.js';
import { expiringAt, step, wakeAt } from './lease.state-machine.js';
import {
  IDLE,
  type LeaseAction,
  type LeaseHappening,
  type LeaseLife,
  type LeaseWork,
} from './lease.state.js';

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

/** What a managed lease is made of. */
export interface ManagedLeaseParts {
  readonly calls: LeaseCalls;
  readonly overlap: LeaseOverlap;
  readonly timer: NamedTimer;
  readonly clock: Clock;
  readonly random: Random;
}

/** Runs the machine of one lease: keeps it alive, and replaces it before it ends. */
export class ManagedLease {
  readonly events$: Observable<LeaseEvent>;
  /** Credentials that take the place of others. */
  readonly changes$: Observable<LeaseCredentials>;
  readonly #events = new ReplaySubject<LeaseEvent>(1);
  readonly #changes = new Subject<LeaseCredentials>();
  readonly #parts: ManagedLeaseParts;
  readonly #generations: LeaseGenerations;
  readonly #handlers = new Set<RotationHandler>();
  readonly #proofs = new Set<LeaseProof>();
  readonly #closers = new Set<() => unknown>();
  /** What is under way; a shutdown waits for it, so that no lease is lost. */
  readonly #pending = new Set<Promise<void>>();
  readonly #opening = promiseWithResolvers();
  #machine = IDLE;
  #current: LeaseCredentials | undefined;
  #candidate: LeaseCredentials | undefined;
  #lastError: Error | undefined;
  #refused = 0;
  #isResting = false;
  #isRevoked = false;
  #isOver = false;

  constructor(parts: ManagedLeaseParts) {
    this.#parts = parts;
    this.events$ = this.#events.asObservable();
    this.changes$ = this.#changes.asObservable();
    this.#generations = new LeaseGenerations(
      parts.overlap.skew,
      (_generation, leaseId) => this.track(this.revokeOld(leaseId)),
    );
  }

  get name(): string {
    return this.#parts.calls.request.name;
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

  /** The lease in use, if there is one. */
  get currentId(): string | undefined {
    return this.#current?.leaseId;
  }

  get status(): LeaseStatus {
    const { life } = this.#machine;
    if (this.#isRevoked) return 'revoked';
    if (!life) return 'pending';
    const now = this.#parts.clock.monotonic();
    if (now >= life.expiresAt) return 'expired';
    return now >= expiringAt(life, this.#parts.overlap.total)
      ? 'expiring'
      : 'active';
  }

  /** Milliseconds until the credentials in use stop working; undefined before there are any. */
  get expiresIn(): number | undefined {
    const { life } = this.#machine;
    const now = this.#parts.clock.monotonic();
    return life && Math.max(0, life.expiresAt - now);
  }

  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** Whether the credentials have more than an overlap left. */
  get isFresh(): boolean {
    return (this.expiresIn ?? 0) > this.#parts.overlap.total;
  }

  /** Settles when the first lease is there, or cannot be made. */
  get opened(): Promise<void> {
    return this.#opening.promise;
  }

  /** Creates and proves the first lease. */
  open(): void {
    this.dispatch({ type: 'opened' });
  }

  /** Nobody uses it for now: it is kept as it is. */
  rest(): void {
    this.#isResting = true;
    this.#parts.timer.clear();
  }

  wake(): void {
    this.#isResting = false;
    this.dispatch({ type: 'tick' });
  }

  onRotation(handler: RotationHandler): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  onProof(proof: LeaseProof): () => void {
    this.#proofs.add(proof);
    return () => this.#proofs.delete(proof);
  }

  onClose(close: () => unknown): () => void {
    this.#closers.add(close);
    return () => this.#closers.delete(close);
  }

  hold(generation: number, onDeadline?: () => void): () => void {
    return this.#generations.hold(generation, onDeadline);
  }

  /** Proves what everyone else sees already, for a consumer who comes late. */
  async proveCurrent(proof: LeaseProof): Promise<void> {
    const { clock, overlap } = this.#parts;
    const until = clock.monotonic() + PROVE_FOR;
    for (;;) {
      try {
        const { current, name } = this;
        return await prove(name, [proof], current, clock, overlap.connect);
      } catch (error) {
        if (this.#isRevoked || clock.monotonic() >= until) throw error;
        await delay(clock, BACKOFF_BASE);
      }
    }
  }

  /** A consumer was refused with the credentials of a generation. */
  reportDead(generation: number): void {
    if (this.#isRevoked || generation !== this.#current?.generation) return;
    if (generation !== this.#refused) {
      this.#refused = generation;
      this.tellError(
        new InfisicalError(
          `The credentials of the dynamic secret "${this.name}" (generation ${generation}) are refused where they are used, before their end: others are asked for. Look for who revoked the lease or dropped the user.`,
        ),
      );
    }
    this.dispatch({ type: 'dead', generation });
  }

  /**
   * Stops the upkeep and revokes what is left. Waits for what is under way, so
   * that no lease is lost, and for consumers to let go; `grace` milliseconds at
   * most. Errors are thrown; repeating is harmless.
   */
  async revoke(
    options: { signal?: AbortSignal; grace?: number } = {},
  ): Promise<void> {
    const { signal, grace = DEFAULT_GRACE } = options;
    const { timer, clock, calls } = this.#parts;
    timer.clear();
    if (this.#isRevoked) return;
    this.#isRevoked = true;
    this.dispatch({ type: 'closed' });
    const waiting = new AbortController();
    await Promise.race([
      this.drained(waiting.signal).catch(() => undefined),
      delay(clock, grace, waiting.signal).catch(() => undefined),
    ]);
    waiting.abort();
    this.#isOver = true;
    this.#generations.cut();
    const results = await Promise.allSettled([
      ...this.#generations.leaseIds.map((id) => this.revokeOne(id, signal)),
      calls.sweep(signal),
    ]);
    this.emit('revoked');
    this.#events.complete();
    this.#changes.complete();
    this.#opening.reject(new InfisicalError(CLOSING));
    for (const result of results) {
      if (result.status === 'rejected') throw result.reason;
    }
  }

  private async drained(signal: AbortSignal): Promise<void> {
    await Promise.allSettled([
      ...this.#pending,
      ...[...this.#closers].map(async (close) => {
        await close();
      }),
    ]);
    await this.#generations.whenReleased(signal);
    // What they let go of is being revoked.
    await Promise.allSettled(this.#pending);
  }

  private dispatch(event: LeaseHappening): void {
    const { clock, random, overlap, calls } = this.#parts;
    const { machine, actions } = step(this.#machine, event, {
      now: clock.monotonic(),
      random,
      mode: calls.request.mode,
      overlap: overlap.total,
    });
    this.#machine = machine;
    for (const action of actions) this.perform(action);
    this.schedule();
  }

  private perform(action: LeaseAction): void {
    switch (action.type) {
      case 'publish':
        return this.publish();
      case 'discard':
        return this.discard();
      case 'tell':
        return this.emit(action.kind);
      default:
        this.track(this.work(action));
    }
  }

  private schedule(): void {
    if (this.#isRevoked || this.#isResting) return;
    const { overlap, timer } = this.#parts;
    const moments = [
      wakeAt(this.#machine, overlap.total),
      this.#generations.wakeAt,
    ].filter((at) => at !== undefined);
    const at = moments.length > 0 ? Math.min(...moments) : undefined;
    timer.set(at, () => {
      this.tickGenerations();
      this.dispatch({ type: 'tick' });
    });
  }

  private async work(work: LeaseWork): Promise<void> {
    try {
      if (work.type === 'create') await this.create();
      else if (work.type === 'prove') await this.proveCandidate();
      else await this.renew(work.ttl);
    } catch (error) {
      this.fail(error as Error, work);
    }
  }

  private async create(): Promise<void> {
    const { calls, overlap } = this.#parts;
    // A lost one is found now or later; it does not hold up the next.
    await calls.sweep().catch(() => undefined);
    const { lease, life } = await calls.create(this.#current?.leaseId);
    if (this.#isOver) {
      await calls.revoke(lease.id);
      return;
    }
    const { generation, expiresAt, ttl } = life;
    this.#generations.add(generation, lease.id, expiresAt);
    this.#candidate = new LeaseCredentials(
      lease.id,
      generation,
      this.wallClock(expiresAt),
      lease.data,
    );
    if (!this.#current) assertHolds(this.name, ttl, overlap);
    this.dispatch({ type: 'created', life });
  }

  private async proveCandidate(): Promise<void> {
    const { clock, overlap } = this.#parts;
    const candidate = this.#candidate;
    if (!candidate) return;
    await prove(this.name, this.#proofs, candidate, clock, overlap.connect);
    this.dispatch({ type: 'proven' });
  }

  private async renew(ttl: number): Promise<void> {
    const before = this.#machine.life;
    if (!before) return;
    const { leaseId, generation } = this.current;
    const life = await this.#parts.calls.renew(leaseId, ttl, before);
    const { expiresAt } = life;
    this.#generations.extend(generation, expiresAt);
    this.#current = this.current.extendedTo(this.wallClock(expiresAt));
    this.#lastError = undefined;
    this.dispatch({ type: 'renewed', life });
    if (this.#machine.life === life) this.emit('renewed');
  }

  private publish(): void {
    const previous = this.#current;
    const next = this.#candidate as LeaseCredentials;
    this.#candidate = undefined;
    this.#current = next;
    this.#lastError = undefined;
    if (!previous) {
      this.emit('created');
      this.#opening.resolve();
      return;
    }
    this.#generations.retire(previous.generation);
    this.emit('rotated');
    this.#changes.next(next);
    this.track(this.handOver(next, previous));
    this.warnOfOverlap(this.#machine.life);
  }

  private async handOver(
    next: LeaseCredentials,
    previous: LeaseCredentials,
  ): Promise<void> {
    const results = await Promise.allSettled(
      [...this.#handlers].map(async (handler) => handler(next, previous)),
    );
    const failure = results.find(({ status }) => status === 'rejected');
    if (!failure) {
      this.#generations.handled(previous.generation);
      return;
    }
    // Someone could not change over: the old lease lives on to its own end.
    this.#generations.leave(previous.generation);
    this.tellError((failure as PromiseRejectedResult).reason as Error);
  }

  /** The TTL may have been shortened since the start. */
  private warnOfOverlap(life: LeaseLife | undefined): void {
    const { overlap } = this.#parts;
    const problem = life && overlapProblem(this.name, life.ttl, overlap);
    if (problem) this.tellError(new InfisicalError(problem));
  }

  private discard(): void {
    const candidate = this.#candidate;
    this.#candidate = undefined;
    if (candidate) this.track(this.revokeOld(candidate.leaseId));
  }

  private tickGenerations(): void {
    const survivors = this.#generations.tick(this.#parts.clock.monotonic());
    if (survivors === 0) return;
    this.tellError(
      new InfisicalError(
        `${survivors} user${survivors === 1 ? '' : 's'} of old credentials of the dynamic secret "${this.name}" did not let go in time, and ${survivors === 1 ? 'is' : 'are'} cut off. Transactions last longer than overlap.transaction: raise it, or end them earlier.`,
      ),
    );
  }

  private async revokeOld(leaseId: string): Promise<void> {
    try {
      await this.revokeOne(leaseId);
    } catch (error) {
      // The server tries again by itself; shutdown does so once more.
      this.tellError(error as Error);
    }
  }

  private async revokeOne(id: string, signal?: AbortSignal): Promise<void> {
    await this.#parts.calls.revoke(id, signal);
    this.#generations.forget(id);
  }

  private fail(error: Error, work: LeaseWork): void {
    const refused = isRefusal(error);
    // A renewal that is refused is what the end of a lease looks like.
    if (work.type !== 'renew' || !refused) this.tellError(error);
    this.dispatch({
      type: 'failed',
      refused,
      retryAfterMs:
        error instanceof InfisicalRateLimitError
          ? error.retryAfterMs
          : undefined,
    });
    const isClosed = this.#machine.state.kind === 'closed';
    if (isClosed && !this.#current && !this.#isRevoked) {
      this.track(this.giveUp(error));
    }
  }

  /** Nothing of a lease that could not be opened is left behind. */
  private async giveUp(error: Error): Promise<void> {
    this.#candidate = undefined;
    this.#isRevoked = true;
    this.#isOver = true;
    this.#parts.timer.clear();
    await Promise.allSettled(this.#pending);
    const left = this.#generations.leaseIds;
    await Promise.allSettled([
      ...left.map((id) => this.revokeOne(id)),
      this.#parts.calls.sweep(),
    ]);
    this.#events.complete();
    this.#changes.complete();
    this.#opening.reject(error);
  }

  private tellError(error: Error): void {
    this.#lastError = error;
    this.emit('error', error);
  }

  private track(work: Promise<void>): void {
    const settled = work.finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
    settled.catch(() => undefined);
  }

  private wallClock(at: number): Date {
    const { clock } = this.#parts;
    return new Date(clock.now() + at - clock.monotonic());
  }

  private emit(kind: LeaseEvent['kind'], error?: Error): void {
    this.#events.next({
      kind,
      leaseId: this.#current?.leaseId,
      generation: this.#current?.generation,
      at: new Date(this.#parts.clock.now()),
      expiresAt: this.#current?.expiresAt,
      error,
    });
  }
}

const CLOSING = 'The app is shutting down: no new lease is taken.';

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function promiseWithResolvers(): PromiseWithResolvers<void> {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((onDone, onFail) => {
    resolve = onDone;
    reject = onFail;
  });
  return { promise, resolve, reject };
}
