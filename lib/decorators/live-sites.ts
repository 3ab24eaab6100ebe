import type { ModulesContainer } from '@nestjs/core';
import { MissingSecretsError } from '../secrets/missing-secrets.error.js';
import type { ScopeMark } from '../secrets/scope-options.js';
import type { ScopeState } from '../secrets/scope-state.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import { SecretRef } from '../secrets/secret-ref.js';
import type { SnapshotView } from '../secrets/wanted-secret.js';
import {
  giverOf,
  markOf,
  type NestModule,
  type Wrapper,
  wrappersOf,
} from './module-graph.js';
import { defineQuietly } from './quiet-property.js';
import type { SecretSite } from './secret-options.js';
import { sitesOf } from './secret-site.js';

/**
 * The values of sites that are `live`: one for each site and scope. When it is
 * replaced, the singletons that have it get the new one in the same step.
 */
export class LiveSites {
  readonly #refs = new Map<ScopeMark, Map<SecretSite, SecretRef<unknown>>>();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly store: ScopeStore,
  ) {}

  /** What the site has now; undefined when there is nothing valid to begin with. */
  ref(
    site: SecretSite,
    mark: ScopeMark,
    state: ScopeState,
    view: SnapshotView,
  ): SecretRef<unknown> | undefined {
    const refs = this.#refs.get(mark) ?? new Map<SecretSite, SecretRef>();
    this.#refs.set(mark, refs);
    const ref = refs.get(site) ?? this.create(site, mark, state, view);
    if (ref) refs.set(site, ref);
    return ref;
  }

  private create(
    site: SecretSite,
    mark: ScopeMark,
    state: ScopeState,
    view: SnapshotView,
  ): SecretRef<unknown> | undefined {
    try {
      return new SecretRef({
        wanted: site,
        view,
        state,
        store: this.store,
        snapshot: () => state.snapshot,
        onReplaced: (value) => this.assign(site, mark, value),
      });
    } catch (error) {
      // The binder has reported it, for the scopes where it matters.
      if (error instanceof MissingSecretsError) return undefined;
      throw error;
    }
  }

  private assign(site: SecretSite, mark: ScopeMark, value: unknown): void {
    for (const module of this.modules.values()) {
      for (const wrapper of wrappersOf(module)) {
        if (!hasSite(module, wrapper, site, mark)) continue;
        const instance: unknown = wrapper.instance;
        if (typeof instance === 'object' && instance !== null) {
          defineQuietly(instance, site.property, value);
        }
      }
    }
  }
}

/** Whether a wrapper is a singleton whose site gets its value from the scope of the mark. */
function hasSite(
  module: NestModule,
  wrapper: Wrapper,
  site: SecretSite,
  mark: ScopeMark,
): boolean {
  if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) return false;
  const found = sitesOf(wrapper.metatype).find((of) => of.site === site);
  const giver = found && giverOf(module, found.token);
  return giver !== undefined && markOf(giver) === mark;
}
