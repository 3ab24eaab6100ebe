import { setMaxListeners } from 'node:events';
import { contextOf, type InfisicalClient } from '../client/infisical-client.js';
import type { ChangedFolder } from '../client/project-events.js';
import type { SleepAwareClock } from '../common/sleep-aware-clock.js';
import type { Random } from '../common/random.js';
import { TokenBucket } from '../common/token-bucket.js';
import { NamedTimer, type TimerRegistry } from '../renewal/named-timer.js';
import { isBelow, type Scope } from '../secrets/scope.js';
import type { ScopeState } from '../secrets/scope-state.js';
import type { ScopeStore } from '../secrets/scope-store.js';

/** Name of the timer between a change that is told and its refresh. */
const PUSHED_REFRESH_TASK = 'infisical:pushed-refresh';

/** Longest wait for more changes, in milliseconds; a random part of it, so that replicas do not ask together. */
const GATHER = 250;

/** Calendars that differ by less, in milliseconds, are as good as one. */
const MAX_SKEW = 60_000;

/** Refreshes that follow a change at once; more of them wait. */
const BURST = 10;

/** One more refresh after each of these, in milliseconds: ten a minute, however many changes are told. */
const REFILL = 6_000;

/**
 * Refreshes scopes of which the server told that they changed. What is told
 * within a moment is one refresh, and a storm of changes becomes ten refreshes
 * at once and ten a minute after that. A failure shows in the scopes' status;
 * the refresh task tries again.
 */
export class PushedRefresh {
  readonly #due = new Set<ScopeState>();
  readonly #bucket: TokenBucket;
  readonly #timer: NamedTimer;
  readonly #lifetime = new AbortController();
  #isBusy = false;

  constructor(
    private readonly store: ScopeStore,
    private readonly client: InfisicalClient,
    registry: TimerRegistry,
    readonly clock: SleepAwareClock,
    private readonly random: Random,
    private readonly onError: (error: Error) => void,
  ) {
    // As many lists wait for it as there are scopes.
    setMaxListeners(0, this.#lifetime.signal);
    this.#bucket = new TokenBucket(BURST, REFILL, clock);
    this.#timer = new NamedTimer(PUSHED_REFRESH_TASK, registry, clock);
  }

  /** What time it is, in milliseconds since the epoch: by the server where this machine's calendar is wrong. */
  get now(): number {
    const { serverTime } = contextOf(this.client).http;
    return Math.abs(serverTime.skew) < MAX_SKEW
      ? this.clock.now()
      : serverTime.now();
  }

  /** Refreshes the scopes that hold a folder, soon. Resolves when it is known which they are. */
  async changed(folder: ChangedFolder): Promise<void> {
    const near = this.store.inUse.filter(({ scope }) => holds(scope, folder));
    await Promise.all(
      near.map(async (state) => {
        if (await this.isOf(state.scope, folder.projectId)) this.add(state);
      }),
    );
    this.schedule();
  }

  /** Refreshes scopes whose changes may have been missed, soon. */
  missed(states: readonly ScopeState[]): void {
    for (const state of states) this.add(state);
    this.schedule();
  }

  /** Ends what is under way. Harmless when repeated. */
  stop(): void {
    this.#lifetime.abort();
    this.#timer.clear();
    this.#due.clear();
  }

  /** Whether a scope is of a project. A slug that cannot be looked up now may be of any. */
  private async isOf(scope: Scope, projectId: string): Promise<boolean> {
    if (scope.projectId) return scope.projectId === projectId;
    try {
      const found = await contextOf(this.client).projectId({
        ...scope,
        signal: this.#lifetime.signal,
      });
      return found === projectId;
    } catch {
      return true;
    }
  }

  private add(state: ScopeState): void {
    if (!this.#lifetime.signal.aborted) this.#due.add(state);
  }

  private schedule(): void {
    // One that waits already takes these along; one under way comes back here.
    if (this.#due.size === 0 || this.#isBusy) return;
    this.#isBusy = true;
    const wait = Math.max(this.random() * GATHER, this.#bucket.wait());
    this.#timer.set(this.clock.monotonic() + wait, () => void this.run());
  }

  private async run(): Promise<void> {
    const { signal } = this.#lifetime;
    this.#bucket.take();
    const states = [...this.#due];
    this.#due.clear();
    try {
      // A list that was asked for before the change may not have it.
      await this.store.settled(states);
      for (const state of states) state.isOutdated = true;
      await this.store.refresh(
        states.filter(({ isEvicted }) => !isEvicted),
        signal,
      );
    } catch (error) {
      if (!signal.aborted) this.onError(error as Error);
    }
    this.#isBusy = false;
    this.schedule();
  }
}

/** Whether a list of the scope has the secrets of a folder, projects aside. */
function holds(scope: Scope, { environment, path }: ChangedFolder): boolean {
  if (scope.environment !== environment) return false;
  const folder = `/${path.split('/').filter(Boolean).join('/')}`;
  return scope.recursive ? isBelow(folder, scope.path) : folder === scope.path;
}
