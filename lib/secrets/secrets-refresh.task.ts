import type { Subscription } from 'rxjs';
import type { SleepAwareClock } from '../common/sleep-aware-clock.js';
import { jitter, type Random } from '../common/random.js';
import { backgroundSignal } from '../http/deadline.js';
import { NamedTimer, type TimerRegistry } from '../renewal/named-timer.js';
import { RefreshBackOff } from './refresh-back-off.js';
import { REFRESH_INTERVAL, REFRESH_JITTER } from './refresh-policy.js';
import type { ScopeState } from './scope-state.js';
import type { ScopeRefresh, ScopeStore } from './scope-store.js';

/**
 * Name of the task in the app's `SchedulerRegistry` (a timeout that is set anew each time). A named root adds `:` and its name.
 *
 * @example
 * ```ts
 * import { SchedulerRegistry } from '@nestjs/schedule';
 *
 * function isRefreshScheduled(registry: SchedulerRegistry): boolean {
 *   return registry.doesExist('timeout', SECRETS_REFRESH_TASK);
 * }
 * ```
 *
 * @publicApi
 */
export const SECRETS_REFRESH_TASK = 'infisical:secrets-refresh';

/**
 * Asks for changes of all loaded scopes from time to time. A scope that could
 * not be refreshed is asked for in a rhythm of its own, and holds up no other.
 * A failure shows in the scope's status. Without an interval, that rhythm is
 * for scopes only of which the server told that they changed.
 */
export class SecretsRefreshTask {
  readonly #timer: NamedTimer;
  readonly #lifetime = new AbortController();
  readonly #signal = backgroundSignal(this.#lifetime.signal);
  readonly #backOff: RefreshBackOff;
  /** Those that are asked for now. */
  readonly #busy = new Set<ScopeState>();
  #intervalEndsAt = Number.POSITIVE_INFINITY;
  #watch: Subscription | undefined;

  /** @param interval in milliseconds; undefined for none */
  constructor(
    private readonly store: ScopeStore,
    registry: TimerRegistry,
    private readonly clock: SleepAwareClock,
    private readonly random: Random,
    private readonly interval: number | undefined,
    private readonly onError: (error: Error) => void,
  ) {
    this.#timer = new NamedTimer(SECRETS_REFRESH_TASK, registry, clock);
    this.#backOff = new RefreshBackOff(random, interval ?? REFRESH_INTERVAL);
  }

  start(): void {
    const now = this.clock.monotonic();
    for (const state of this.store.loaded) {
      const isTroubled = state.status !== 'ready' && this.isFollowed(state);
      if (isTroubled) this.#backOff.failed(state, now);
    }
    this.#watch = this.store.refreshes$.subscribe((refresh) =>
      this.note(refresh),
    );
    this.beginInterval();
    this.arm();
  }

  stop(): void {
    this.#lifetime.abort();
    this.#watch?.unsubscribe();
    this.#timer.clear();
  }

  /** Every try counts, whoever wanted it. */
  private note({ state, outcome }: ScopeRefresh): void {
    this.#busy.delete(state);
    if (outcome !== 'failed') {
      state.isOutdated = false;
      this.#backOff.succeeded(state);
      return;
    }
    if (!this.isFollowed(state)) return;
    this.#backOff.failed(state, this.clock.monotonic());
    this.arm();
  }

  /** Whether it is asked for until it is refreshed. */
  private isFollowed(state: ScopeState): boolean {
    return this.interval !== undefined || state.isOutdated;
  }

  private beginInterval(): void {
    if (this.interval === undefined) return;
    this.#intervalEndsAt =
      this.clock.monotonic() +
      jitter(this.interval, REFRESH_JITTER, this.random);
  }

  private arm(): void {
    if (this.#lifetime.signal.aborted) return;
    const retries = this.store.loaded
      .filter((state) => !this.#busy.has(state))
      .map((state) => this.#backOff.retryAt(state) ?? Infinity);
    const at = Math.min(this.#intervalEndsAt, ...retries);
    const isSet = Number.isFinite(at);
    this.#timer.set(isSet ? at : undefined, () => void this.run());
  }

  private async run(): Promise<void> {
    const now = this.clock.monotonic();
    const isInterval = now >= this.#intervalEndsAt;
    if (isInterval) this.beginInterval();
    const due = this.store.loaded.filter((state) => {
      if (this.#busy.has(state)) return false;
      const retryAt = this.#backOff.retryAt(state);
      return retryAt === undefined ? isInterval : now >= retryAt;
    });
    for (const state of due) this.#busy.add(state);
    this.arm();
    const signal = this.#signal;
    try {
      if (due.length > 0) await this.store.refresh(due, signal);
    } catch (error) {
      if (!signal.aborted) this.onError(error as Error);
    }
    for (const state of due) this.#busy.delete(state);
    this.arm();
  }
}
