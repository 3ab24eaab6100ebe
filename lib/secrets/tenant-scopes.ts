import { type Scope, scopeKey, tellScope } from './scope.js';
import type { ScopeState } from './scope-state.js';
import type { ScopeStore } from './scope-store.js';

/**
 * Scopes that are asked for while the app runs. There are at most `max` of
 * them: the one that was used least recently makes room for the next.
 */
export class TenantScopes {
  readonly #loads = new Map<string, Promise<ScopeState>>();

  constructor(
    private readonly store: ScopeStore,
    readonly max: number,
  ) {}

  /**
   * The loaded state of a scope. Who asks for the same one meanwhile shares the
   * load; a failed one is forgotten.
   *
   * @throws InfisicalError why it could not be loaded
   */
  async open(scope: Scope): Promise<ScopeState> {
    this.store.lifetime.throwIfAborted();
    const key = scopeKey(scope);
    let load = this.#loads.get(key);
    if (!load) {
      load = this.load(scope).finally(() => this.#loads.delete(key));
      this.#loads.set(key, load);
    }
    return load;
  }

  private async load(scope: Scope): Promise<ScopeState> {
    const state = this.store.tenantState(scope);
    if (!state.snapshot) await this.store.load([state], this.store.lifetime);
    if (!state.snapshot) {
      if (state.isTenant) this.store.evict(state);
      throw tellScope(state.lastError as Error, scope);
    }
    this.store.touch(state);
    this.makeRoom();
    return state;
  }

  private makeRoom(): void {
    const tenants = this.store.loaded
      .filter(({ isTenant }) => isTenant)
      .sort((a, b) => a.usedAt - b.usedAt);
    for (const state of tenants.slice(0, -this.max)) this.store.evict(state);
  }
}
