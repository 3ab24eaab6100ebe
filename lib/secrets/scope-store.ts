import { Subject } from 'rxjs';
import type { InfisicalClient } from '../client/infisical-client.js';
import type { SecretList } from '../client/secret-list.js';
import type { Clock } from '../common/clock.js';
import { InfisicalHttpError } from '../http/errors.js';
import { planLists, type PlannedList } from './list-plan.js';
import { type Scope, scopeKey } from './scope.js';
import { type SecretChange, type Snapshot, snapshotOf } from './snapshot.js';

/**
 * How far a scope's snapshot can be trusted: `ready` is as the latest refresh
 * found it, `stale` means that the latest refresh failed, `error` that there
 * never was a snapshot.
 *
 * @publicApi
 */
export type ScopeStatus = 'ready' | 'stale' | 'error';

/** A scope with its current snapshot, which is replaced as a whole. */
export class ScopeState {
  snapshot: Snapshot | undefined;
  status: ScopeStatus = 'error';
  lastError: Error | undefined;
  /** Monotonic milliseconds of the latest confirmation by the server. */
  confirmedAt = Number.NEGATIVE_INFINITY;
  readonly changes$ = new Subject<SecretChange>();

  constructor(readonly scope: Scope) {}
}

interface CachedList {
  readonly list: SecretList;
  readonly etag: string;
}

/** Loads and refreshes the snapshots of all scopes of one root, sharing lists. */
export class ScopeStore {
  readonly #states = new Map<string, ScopeState>();
  readonly #lists = new Map<string, CachedList>();
  readonly #inFlight = new Map<string, Promise<SecretList>>();
  readonly #client: InfisicalClient;
  readonly #clock: Clock;

  constructor(client: InfisicalClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** The one state of a scope. */
  state(scope: Scope): ScopeState {
    const key = scopeKey(scope);
    let state = this.#states.get(key);
    if (!state) {
      state = new ScopeState(scope);
      this.#states.set(key, state);
    }
    return state;
  }

  /** All states that hold a snapshot. */
  get loaded(): readonly ScopeState[] {
    return [...this.#states.values()].filter(({ snapshot }) => snapshot);
  }

  /** Milliseconds since the server last confirmed the snapshot. */
  age(state: ScopeState): number {
    return this.#clock.monotonic() - state.confirmedAt;
  }

  /**
   * Loads scopes that have no snapshot yet, all lists at once. The outcome is
   * in the states: `snapshot`, or `lastError`.
   */
  async load(scopes: readonly Scope[], signal: AbortSignal): Promise<void> {
    const missing = scopes.filter((scope) => !this.state(scope).snapshot);
    // Scopes that are there already may cover new ones.
    const known = this.loaded.map(({ scope }) => scope);
    const plan = planLists([...known, ...missing]).filter(
      ({ scope, covered }) =>
        missing.includes(scope) ||
        covered.some((inner) => missing.includes(inner)),
    );
    await this.run(plan, signal);
  }

  /**
   * Asks the server again for every loaded scope.
   *
   * @throws the first failure; the snapshots it concerns stay as they are
   */
  async refreshAll(signal: AbortSignal): Promise<SecretChange[]> {
    return this.refresh(
      this.loaded.map(({ scope }) => scope),
      signal,
    );
  }

  /** Asks the server again for these scopes. */
  async refresh(
    scopes: readonly Scope[],
    signal: AbortSignal,
  ): Promise<SecretChange[]> {
    const changes = await this.run(planLists(scopes), signal);
    const failed = scopes.find((scope) => this.state(scope).status !== 'ready');
    if (failed) throw this.state(failed).lastError as Error;
    return changes;
  }

  /** Ends the observables. */
  complete(): void {
    for (const { changes$ } of this.#states.values()) changes$.complete();
  }

  private async run(
    plan: readonly PlannedList[],
    signal: AbortSignal,
  ): Promise<SecretChange[]> {
    const changes = await Promise.all(
      plan.map(({ scope, covered }) => this.serve(scope, covered, signal)),
    );
    return changes.flat();
  }

  /** Fetches one list and gives all scopes it serves their new snapshots. */
  private async serve(
    scope: Scope,
    covered: readonly Scope[],
    signal: AbortSignal,
  ): Promise<SecretChange[]> {
    let list: SecretList;
    try {
      list = await this.fetch(scope, signal);
    } catch (error) {
      for (const served of [scope, ...covered])
        this.fail(served, error as Error);
      return [];
    }
    const changes = this.publish(scope, list);
    if (covered.length === 0) return changes;
    if (list.imports.length > 0) {
      // A recursive list does not tell which folder imports what, so folders
      // below are asked for by themselves (contract: secrets §2.11).
      const own = covered.map((inner) => this.serve(inner, [], signal));
      return [...changes, ...(await Promise.all(own)).flat()];
    }
    return [
      ...changes,
      ...covered.flatMap((inner) => this.publish(inner, list)),
    ];
  }

  /** One list; equal ones share a request, and an unchanged one is answered from memory. */
  private fetch(scope: Scope, signal: AbortSignal): Promise<SecretList> {
    const key = scopeKey(scope);
    let request = this.#inFlight.get(key);
    if (!request) {
      request = this.fetchList(key, scope, signal).finally(() =>
        this.#inFlight.delete(key),
      );
      this.#inFlight.set(key, request);
    }
    return request;
  }

  private async fetchList(
    key: string,
    scope: Scope,
    signal: AbortSignal,
  ): Promise<SecretList> {
    const cached = this.#lists.get(key);
    const answer = await this.#client.secrets.listConditionally(
      { ...scope, signal },
      cached?.etag,
    );
    if (!answer.modified) {
      if (cached) return cached.list;
      throw new InfisicalHttpError(
        'The server answered 304 to a list that was not conditional. Look at the proxy or cache in front of it.',
        { status: 304, code: 'UnexpectedAnswer' },
      );
    }
    const { list } = answer;
    if (list.etag) this.#lists.set(key, { list, etag: list.etag });
    else this.#lists.delete(key);
    return list;
  }

  private publish(scope: Scope, list: SecretList): SecretChange[] {
    const state = this.state(scope);
    const next = snapshotOf(scope, list);
    const previous = state.snapshot;
    const changes = previous?.changesTo(next, scope) ?? [];
    state.snapshot = next;
    state.status = 'ready';
    state.lastError = undefined;
    state.confirmedAt = this.#clock.monotonic();
    for (const change of changes) state.changes$.next(change);
    return changes;
  }

  private fail(scope: Scope, error: Error): void {
    const state = this.state(scope);
    state.status = state.snapshot ? 'stale' : 'error';
    state.lastError = error;
  }
}
