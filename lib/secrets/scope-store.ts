import { setMaxListeners } from 'node:events';
import {
  concat,
  defer,
  distinctUntilChanged,
  endWith,
  filter,
  ignoreElements,
  map,
  type Observable,
  of,
  Subject,
  takeUntil,
} from 'rxjs';
import type { InfisicalClient } from '../client/infisical-client.js';
import type { SleepAwareClock } from '../common/sleep-aware-clock.js';
import { InfisicalError } from '../common/infisical.error.js';
import { waitFor } from '../common/wait-for.js';
import { isOfBackground } from '../http/deadline.js';
import {
  InfisicalNotFoundError,
  InfisicalPermissionError,
} from '../http/errors.js';
import { ForcedRefresh } from './forced-refresh.js';
import { planLists, type PlannedList } from './list-plan.js';
import { nextGeneration } from './next-generation.js';
import {
  DEFAULT_REFRESH_POLICY,
  type RefreshPolicy,
} from './refresh-options.js';
import { type Scope, scopeKey, tellScope } from './scope.js';
import { refusalOf } from './schema-check.js';
import { ScopeLists } from './scope-lists.js';
import {
  type Generation,
  ScopeState,
  type ScopeStates,
  type ScopeStatus,
} from './scope-state.js';
import type { SecretsEvent } from './secrets-event.js';
import type {
  FoundList,
  SnapshotFallback,
} from './snapshot-store/snapshot-fallback.js';
import type { SecretChange } from './snapshot.js';
import type { StandardSchema } from './standard-schema.js';

/** The end of a try to load or refresh a scope. */
export interface ScopeRefresh {
  readonly state: ScopeState;
  readonly outcome: 'loaded' | 'changed' | 'unchanged' | 'failed';
  /** Why, when it failed. */
  readonly error?: Error;
}

/** Loads and refreshes the snapshots of all scopes of one root, sharing lists. */
export class ScopeStore implements ScopeStates {
  readonly #states = new Map<string, ScopeState>();
  readonly #lists: ScopeLists;
  readonly #forced = new WeakMap<ScopeState, ForcedRefresh<SecretChange[]>>();
  readonly #lifetime = new AbortController();
  readonly #clock: SleepAwareClock;
  readonly #fallback: SnapshotFallback | undefined;
  #policy = DEFAULT_REFRESH_POLICY;
  #uses = 0;
  /** Changes of all scopes, after everyone who reads has got them. */
  readonly generations$ = new Subject<Generation>();
  /** Every try to load or refresh, of all scopes. */
  readonly refreshes$ = new Subject<ScopeRefresh>();
  /** What did not go well after a refresh, in any scope. */
  readonly events$ = new Subject<SecretsEvent>();

  /** @param fallback where snapshots are kept for a start while the server is away */
  constructor(
    client: InfisicalClient,
    clock: SleepAwareClock,
    fallback?: SnapshotFallback,
  ) {
    this.#clock = clock;
    this.#fallback = fallback;
    const readers = {
      find: (scope: Scope) => this.find(scope),
      tell: (scope: Scope, event: SecretsEvent) => this.tell(scope, event),
      lifetime: this.#lifetime.signal,
    };
    this.#lists = new ScopeLists(client, readers, fallback);
    // As many requests end with it as there are scopes.
    setMaxListeners(0, this.#lifetime.signal);
  }

  /** The one state of a scope of the app's modules. It stays until the app ends. */
  state(scope: Scope): ScopeState {
    const state = this.#states.get(scopeKey(scope)) ?? this.add(scope);
    state.isTenant = false;
    return state;
  }

  /** The one state of a scope that is asked for at run time; the modules may have it, too. */
  tenantState(scope: Scope): ScopeState {
    const known = this.#states.get(scopeKey(scope));
    if (known) return known;
    const state = this.add(scope);
    state.isTenant = true;
    return state;
  }

  /** The state of a scope, if there is one. */
  find(scope: Scope): ScopeState | undefined {
    return this.#states.get(scopeKey(scope));
  }

  /** All states that hold a snapshot. */
  get loaded(): readonly ScopeState[] {
    return [...this.#states.values()].filter(({ snapshot }) => snapshot);
  }

  /** All states that were asked for: each has a snapshot, or the reason why not. */
  get asked(): readonly ScopeState[] {
    return [...this.#states.values()].filter(
      ({ snapshot, lastError }) => snapshot ?? lastError,
    );
  }

  /** All states that hold a snapshot, or are being loaded. */
  get inUse(): readonly ScopeState[] {
    return [...this.#states.values()].filter(
      ({ snapshot, scope }) => snapshot ?? this.#lists.underWay(scope),
    );
  }

  /** Resolves when the lists that are under way for these scopes have ended, well or not. */
  async settled(states: readonly ScopeState[]): Promise<void> {
    await this.#lists.settled(states.map(({ scope }) => scope));
  }

  /** Aborts when the app ends. */
  get lifetime(): AbortSignal {
    return this.#lifetime.signal;
  }

  /**
   * From now on the scope's snapshots must satisfy a schema, unless the one in
   * use does not.
   *
   * @returns why it does not
   */
  demand(state: ScopeState, schema: StandardSchema<object>): Error | undefined {
    const { snapshot } = state;
    const refusal = snapshot && refusalOf(snapshot, [schema], state, this);
    if (!refusal) state.schemas.add(schema);
    return refusal;
  }

  /** Notes that the scope is in use. */
  touch(state: ScopeState): void {
    state.usedAt = ++this.#uses;
  }

  /** Forgets a scope: it is refreshed no more, and its secrets are gone. */
  evict(state: ScopeState): void {
    const key = scopeKey(state.scope);
    if (this.#states.get(key) === state) this.#states.delete(key);
    this.#lists.forget(state.scope);
    state.snapshot = undefined;
    state.refused = undefined;
    state.status = 'error';
    state.confirmedAt = Number.NEGATIVE_INFINITY;
    state.isEvicted = true;
    state.changes$.complete();
    state.events$.complete();
  }

  /** Takes what the module's options say of refresh. */
  follow(policy: RefreshPolicy): void {
    this.#policy = policy;
  }

  /** Age above which a snapshot is not trusted any more, in milliseconds; Infinity for none. */
  get maxStale(): number {
    return this.#policy.maxStale;
  }

  /** How far the scope's snapshot can be trusted, its age included. */
  statusOf(state: ScopeState): ScopeStatus {
    return this.age(state) > this.maxStale ? 'error' : state.status;
  }

  /** The same, now and after each try to refresh, until the scope or the app ends. */
  statuses(state: ScopeState): Observable<ScopeStatus> {
    const status = (): ScopeStatus => this.statusOf(state);
    const end = state.changes$.pipe(ignoreElements(), endWith(true));
    const later = this.refreshes$.pipe(
      filter((refresh) => refresh.state === state),
      map(status),
      takeUntil(end),
    );
    return defer(() => concat(of(status()), later)).pipe(
      distinctUntilChanged(),
    );
  }

  /** Tells who listens to the scope, and who looks after all. */
  report(state: ScopeState, event: SecretsEvent): void {
    state.events$.next(event);
    this.events$.next(event);
  }

  /** Milliseconds since the server last confirmed the snapshot. */
  age(state: ScopeState): number {
    return this.#clock.monotonic() - state.confirmedAt;
  }

  /**
   * Loads scopes that have no snapshot yet, all lists at once. The outcome is
   * in the states: `snapshot`, or `lastError`. A failure is none of those that
   * are loaded already.
   */
  async load(
    states: readonly ScopeState[],
    signal: AbortSignal,
  ): Promise<void> {
    await this.#fallback?.prepare();
    const missing = states
      .filter(({ snapshot }) => !snapshot)
      .map(({ scope }) => scope);
    // Scopes that are there already may cover new ones.
    const known = this.loaded.map(({ scope }) => scope);
    const plan = planLists([...known, ...missing]).filter(
      ({ scope, covered }) =>
        missing.includes(scope) ||
        covered.some((inner) => missing.includes(inner)),
    );
    await this.run(plan, signal, (state) => !state.snapshot);
  }

  /**
   * Waits for the work of a start and its login; for the login no longer than
   * until snapshots were restored without it.
   */
  async withLogin(
    login: Promise<unknown>,
    begin: (login: Promise<unknown>) => Promise<unknown>,
  ): Promise<void> {
    if (!this.#fallback) {
      await Promise.all([login, begin(login)]);
      return;
    }
    login.catch(() => undefined);
    const patience = this.#fallback.orAway(login);
    patience.catch(() => undefined);
    await begin(patience);
    if (this.restored.length > 0) return;
    const away = await this.#fallback.orAway(login);
    if (!away) return;
    // What another replica told lately is as good as what is restored.
    const shared = this.loaded.filter(({ isShared }) => isShared);
    if (shared.length === 0) await login;
    this.restore(shared, away);
  }

  /** Notes that snapshots are in use without the server, and asks it until it answers. */
  private restore(states: readonly ScopeState[], error: Error): void {
    for (const state of states) {
      state.isRestored = true;
      this.failed(state, error);
    }
    const replace = async (): Promise<void> => {
      // More may be restored while the first are replaced.
      while (this.restored.length > 0) {
        await this.refresh(this.restored, this.lifetime);
      }
    };
    void this.#fallback?.recover(replace, this.lifetime);
  }

  /** All states whose snapshot is one of the snapshot store still. */
  get restored(): readonly ScopeState[] {
    return this.loaded.filter(({ isRestored }) => isRestored);
  }

  /**
   * Asks the server for a scope because a caller wants it now. The answer is of
   * a question that was sent after the call; callers share it where they can.
   *
   * @param signal ends the waiting of this caller
   */
  force(state: ScopeState, signal: AbortSignal): Promise<SecretChange[]> {
    let forced = this.#forced.get(state);
    if (!forced) {
      const work = async (): Promise<SecretChange[]> => {
        // What is under way may be answered as it was before the call.
        await this.settled([state]);
        return this.refresh([state], this.lifetime);
      };
      forced = new ForcedRefresh(this.#clock, work, this.lifetime);
      this.#forced.set(state, forced);
    }
    return forced.run(signal);
  }

  /**
   * Asks the server again for these scopes.
   *
   * @param signal ends the waiting; one of the background lets others go first
   * @throws the first failure; the snapshots it concerns stay as they are
   */
  async refresh(
    states: readonly ScopeState[],
    signal: AbortSignal,
  ): Promise<SecretChange[]> {
    const plan = planLists(states.map(({ scope }) => scope));
    const changes = await this.run(plan, signal, () => true);
    const failed = states.find(
      ({ status, isEvicted }) => status !== 'ready' && !isEvicted,
    );
    if (failed) throw tellScope(failed.lastError as Error, failed.scope);
    return changes;
  }

  /** Ends what is in flight, and the observables. */
  complete(): void {
    this.#fallback?.stop();
    this.#lifetime.abort(
      new InfisicalError('The app has shut down: no scope is loaded any more.'),
    );
    for (const { changes$, events$ } of this.#states.values()) {
      changes$.complete();
      events$.complete();
    }
    this.generations$.complete();
    this.refreshes$.complete();
    this.events$.complete();
  }

  private add(scope: Scope): ScopeState {
    const state = new ScopeState(scope);
    this.#states.set(scopeKey(scope), state);
    return state;
  }

  /** @param concerns whether a failure of its list is one of the scope */
  private async run(
    plan: readonly PlannedList[],
    signal: AbortSignal,
    concerns: (state: ScopeState) => boolean,
  ): Promise<SecretChange[]> {
    const changes = await Promise.all(
      plan.map(({ scope, covered }) =>
        this.serve(scope, covered, signal, concerns),
      ),
    );
    return changes.flat();
  }

  /** Fetches one list and gives all scopes it serves their new snapshots. */
  private async serve(
    scope: Scope,
    covered: readonly Scope[],
    signal: AbortSignal,
    concerns: (state: ScopeState) => boolean,
  ): Promise<SecretChange[]> {
    const serveEach = async (): Promise<SecretChange[]> => {
      const own = covered.map((inner) =>
        this.serve(inner, [], signal, concerns),
      );
      return (await Promise.all(own)).flat();
    };
    const { order, answer } = this.#lists.request(
      scope,
      isOfBackground(signal),
    );
    const fail = (of: Scope, error: Error): void => {
      const state = this.#states.get(scopeKey(of));
      if (!state || state.order > order || !concerns(state)) return;
      state.order = order;
      this.failed(state, error);
    };
    let found: FoundList;
    try {
      // The signal ends the waiting, not the request that others may share.
      const list = waitFor(answer, signal);
      found = await this.#lists.orStored(list, [scope, ...covered], signal);
    } catch (thrown) {
      const error = thrown as Error;
      fail(scope, error);
      // What is refused for the whole may be allowed for a part.
      if (isRefusal(error)) return serveEach();
      for (const inner of covered) fail(inner, error);
      return [];
    }
    // A recursive list does not tell which folder imports what, so folders
    // below are asked for by themselves then (contract: secrets §2.11).
    const apart = found.list.imports.length > 0;
    const served = apart ? [scope] : [scope, ...covered];
    const changes = this.publish(found, order, served);
    return apart ? [...changes, ...(await serveEach())] : changes;
  }

  private tell(scope: Scope, event: SecretsEvent): void {
    const state = this.find(scope);
    if (state) this.report(state, event);
    else this.events$.next(event);
  }

  /**
   * Replaces the snapshots of scopes, with everything that is made from them,
   * in one step; tells of it after that. Lists may arrive in another order than
   * they were asked for: an older one replaces nothing that is newer.
   */
  private publish(
    { list, stored }: FoundList,
    order: number,
    scopes: readonly Scope[],
  ): SecretChange[] {
    const { removed } = this.#policy;
    const prepared = scopes
      .map((scope) => this.#states.get(scopeKey(scope)))
      // Others were evicted meanwhile.
      .filter((state) => state !== undefined)
      .filter((state) => state.order <= order)
      // What the server told is newer than any store.
      .filter(({ snapshot }) => !stored || !snapshot)
      .map((state) => nextGeneration(state, list, removed, this));
    for (const { state } of prepared) state.order = order;
    const generations = prepared.filter((one) => 'changes' in one);
    const rejected = prepared.filter((one) => 'refusal' in one);
    const kept = removed === 'keep';
    const losses = generations.map(({ state, lost }) => {
      const names = lost.filter((name) => !state.kept.has(name));
      state.kept = new Set(kept ? lost : []);
      return { state, names };
    });
    const problems = generations.flatMap(({ state, next, takeOvers }) => {
      state.snapshot = next;
      state.refused = undefined;
      state.status = 'ready';
      state.lastError = undefined;
      const shared = this.#fallback?.ageOf(list);
      const age = stored?.age ?? shared ?? 0;
      state.confirmedAt = this.#clock.monotonic() - age;
      state.isRestored = false;
      state.isShared = shared !== undefined;
      return takeOvers
        .map((takeOver) => takeOver())
        .filter((problem) => problem !== undefined)
        .map((problem) => ({ state, problem }));
    });
    for (const { state, next, refusal } of rejected) {
      this.failed(state, refusal);
      if (!state.snapshot) state.refused = next;
    }
    for (const { state, changes } of generations) {
      for (const change of changes) state.changes$.next(change);
    }
    for (const { state, refusal } of rejected) {
      if (!state.snapshot) continue;
      this.report(state, { kind: 'refresh-rejected', error: refusal });
    }
    for (const { state, names } of losses) {
      if (names.length === 0) continue;
      this.report(state, { kind: 'secrets-removed', names, kept });
    }
    for (const { state, problem } of problems) {
      this.report(state, { kind: 'value-kept', problem });
    }
    if (stored) {
      const restored = generations.map(({ state }) => state);
      this.restore(restored, stored.error);
      return [];
    }
    for (const { state, changes, isFirst } of generations) {
      if (changes.length > 0) this.generations$.next({ state, changes });
      const outcome = changes.length > 0 ? 'changed' : 'unchanged';
      this.refreshes$.next({ state, outcome: isFirst ? 'loaded' : outcome });
    }
    return generations.flatMap(({ changes }) => changes);
  }

  private failed(state: ScopeState, error: Error): void {
    state.status = state.snapshot ? 'stale' : 'error';
    state.lastError = error;
    this.refreshes$.next({ state, outcome: 'failed', error });
  }
}

/** The server answered, and will not give this list: the folder is gone or not allowed. */
function isRefusal(error: Error): boolean {
  return (
    error instanceof InfisicalNotFoundError ||
    error instanceof InfisicalPermissionError
  );
}
