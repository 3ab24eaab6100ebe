import type { InjectionToken } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { InfisicalClient } from '../client/infisical-client.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import type { Scope } from '../secrets/scope.js';
import { isPending, type ScopeMark } from '../secrets/scope-options.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import { SecretsService } from '../secrets/secrets.service.js';
import type { SecretRef } from '../secrets/secret-ref.js';
import type { TenantScopes } from '../secrets/tenant-scopes.js';
import { InstanceModules } from './instance-modules.js';
import { LiveSites } from './live-sites.js';
import {
  featureOf,
  giverOf,
  importersOf,
  markOf,
  type NestModule,
  wrappersOf,
} from './module-graph.js';
import { namedSitesOf } from './named-sites.js';
import { handlerMark, wantsRoot } from './root-demand.js';
import {
  assertNearest,
  assertServicesNearest,
  duplicateError,
} from './scope-guards.js';
import type { ScopeResolver } from './scope-resolver.js';
import type { ScopedSecret, SecretSite } from './secret-options.js';
import { ownScope, sitesOf, type TokenSite } from './secret-site.js';
import { assertComplete, isOwnText, type PlacedSite } from './site-report.js';
import {
  settleSource,
  type SiteReads,
  type SiteSource,
  sourceOf,
} from './site-source.js';

/**
 * Finds out which sites of the app belong to this root and which scope each
 * one has, loads these scopes at once, and reports everything that is missing
 * in one error.
 */
export class SiteBinder implements SiteReads {
  readonly #live: LiveSites;
  readonly #bound = new WeakSet<ScopeMark>();
  /** Features whose scopes were not known in time when the app started. */
  readonly #late = new WeakSet<ScopeMark>();
  /** The sites that were bound, by the mark of their scope. */
  readonly #placed = new Map<ScopeMark, SecretSite[]>();
  readonly #moduleOf = new Map<ScopeMark, NestModule>();
  readonly #instances: InstanceModules;

  constructor(
    private readonly modules: ModulesContainer,
    private readonly store: ScopeStore,
    private readonly tenants: TenantScopes,
    private readonly client: InfisicalClient,
    private readonly scopes: ScopeResolver,
  ) {
    this.#live = new LiveSites(modules, store);
    this.#instances = new InstanceModules(modules);
  }

  /**
   * Binds all modules of the app, when it starts.
   *
   * @param patience how long to wait for features whose scopes are being made;
   * late ones are bound by {@link bindFeature}
   * @throws MissingSecretsError
   */
  async bind(signal: AbortSignal, patience: Promise<unknown>): Promise<void> {
    this.arrangeRoots();
    const modules = [...this.modules.values()];
    const sites = this.sitesOf(modules);
    const marks = this.marksOf(modules);
    const made = marks.filter(isPending).map((mark) => mark.made);
    if (made.length > 0) await Promise.race([Promise.all(made), patience]);
    for (const mark of marks) {
      if (isPending(mark)) this.#late.add(mark);
      else this.#bound.add(mark);
    }
    const known = sites.filter(({ mark }) => !isPending(mark));
    await this.loadAndCheck(this.wanted(marks, modules), known, signal);
  }

  /**
   * Binds a feature whose scope became known late, or whose module was loaded
   * lazily, with the modules that it is nearest to. Does nothing for one that
   * is bound already.
   *
   * @throws MissingSecretsError
   */
  async bindFeature(mark: ScopeMark, signal: AbortSignal): Promise<void> {
    if (this.#bound.has(mark)) return;
    this.#bound.add(mark);
    const modules = [...this.modules.values()].filter((module) => {
      const feature = featureOf(module);
      return feature !== undefined && markOf(feature) === mark;
    });
    try {
      const sites = this.sitesOf(modules);
      await this.loadAndCheck([mark], sites, signal);
    } catch (error) {
      // A lazy load may be tried again.
      this.#bound.delete(mark);
      throw error;
    }
  }

  /** Whether the feature was there when the app started, but its scope was not known in time. */
  isLate(mark: ScopeMark): boolean {
    return this.#late.has(mark);
  }

  /** The service of the scope behind a mark. */
  secretsOf(mark: ScopeMark): SecretsService {
    // Without an environment it says so when it is read, for apps that read none.
    const scope = this.scopes.resolve(mark, {}) ?? this.scopes.rootScope('');
    return new SecretsService(
      this.store.state(scope),
      this.store,
      this.client,
      this.tenants,
      this.scopes.schemaOf(mark),
    );
  }

  textFor(secret: ScopedSecret, mark: ScopeMark): string | undefined {
    const scope = this.scopes.resolve(mark, ownScope(secret));
    const { snapshot } = (scope && this.store.find(scope)) ?? {};
    return snapshot?.get(secret.name, this.scopes.viewOf(secret, mark).schema);
  }

  sitesWith(mark: ScopeMark): readonly SecretSite[] {
    return this.#placed.get(mark) ?? [];
  }

  /** Tells that the values of a mark's module are there. */
  settleSource(mark: ScopeMark, source: SiteSource): void {
    const module = this.moduleWith(mark);
    if (module) settleSource(module, source);
  }

  /**
   * The value of a parameter for an instance that is being created: that of the
   * nearest feature of its module, of whichever root, else of this root.
   *
   * @throws InfisicalConfigError when it is not clear which module that is
   */
  async parameter(site: SecretSite, instance: unknown): Promise<unknown> {
    const givers = new Set(
      this.#instances
        .modulesWith(instance)
        .map((module) => featureOf(module) ?? this.rootModule()),
    );
    const [giver, ...others] = givers;
    if (!giver || others.length > 0) {
      throw new InfisicalConfigError(
        `@InjectSecret(${site.name}) of ${site.className} has no scope, because the class is not in a module of this app: list it in \`providers\` or \`controllers\`.`,
      );
    }
    return (await sourceOf(giver)).valueOf(site);
  }

  private rootModule(): NestModule | undefined {
    return [...this.modules.values()].find((module) => {
      const mark = markOf(module);
      return mark && !mark.isFeature && this.scopes.isOwn(mark);
    });
  }

  private moduleWith(mark: ScopeMark): NestModule | undefined {
    let module = this.#moduleOf.get(mark);
    if (!module) {
      module = [...this.modules.values()].find((one) => markOf(one) === mark);
      if (module) this.#moduleOf.set(mark, module);
    }
    return module;
  }

  liveRef(site: SecretSite, mark: ScopeMark): SecretRef<unknown> | undefined {
    if (!site.options.live) return undefined;
    const provider = this.moduleWith(mark);
    const scope = this.scopes.resolve(mark, ownScope(site));
    if (!provider || !scope || !isOwnText(site, mark, provider)) {
      return undefined;
    }
    const view = this.scopes.viewOf(site, mark);
    return this.#live.ref(site, mark, this.store.state(scope), view);
  }

  /** Whether the app has a scope, of this root or another one, for a method with `@OnSecretChange`. */
  hasHandlerScope(module: NestModule, root: string | undefined): boolean {
    return handlerMark(module, root, [...this.modules.values()]) !== undefined;
  }

  /** The scope whose changes a method of a module is told of; undefined when it is of another root. */
  handlerScope(
    module: NestModule,
    root: string | undefined,
  ): Scope | undefined {
    const mark = handlerMark(module, root, [...this.modules.values()]);
    return mark && this.scopes.isOwn(mark)
      ? this.scopes.resolve(mark, {})
      : undefined;
  }

  private async loadAndCheck(
    marks: readonly ScopeMark[],
    placed: readonly PlacedSite[],
    signal: AbortSignal,
  ): Promise<void> {
    const { store } = this;
    const refusals: Error[] = [];
    const own = marks.map((mark) => {
      const state = store.state(this.scopes.scopeOf(mark));
      const schema = this.scopes.schemaOf(mark);
      const refusal = schema && store.demand(state, schema);
      if (refusal) refusals.push(refusal);
      return state;
    });
    const sites = placed.map((site) => ({
      ...site,
      state: store.state(this.scopes.scopeOf(site.mark, ownScope(site.site))),
      view: this.scopes.viewOf(site.site, site.mark),
    }));
    const states = [...new Set([...own, ...sites.map(({ state }) => state)])];
    await store.load(states, signal);
    assertComplete(sites, states, refusals, store);
  }

  private sitesOf(modules: readonly NestModule[]): PlacedSite[] {
    assertServicesNearest(modules);
    const placed = modules.flatMap((module) => this.sitesOfModule(module));
    for (const { site, mark } of placed) {
      const known = this.#placed.get(mark) ?? [];
      this.#placed.set(mark, known);
      known.push(site);
    }
    return placed;
  }

  private sitesOfModule(module: NestModule): PlacedSite[] {
    const feature = featureOf(module);
    const givers = new Map<InjectionToken, NestModule | undefined>();
    const giver = (token: InjectionToken): NestModule | undefined => {
      if (!givers.has(token)) givers.set(token, giverOf(module, token));
      return givers.get(token);
    };
    const placed = new Map<SecretSite, PlacedSite>();
    for (const { site, token, isParameter } of sitesIn(module, giver)) {
      const given = giver(token);
      // The root gives the parameters of all features' classes.
      const isNearest = isParameter && site.options.root === undefined;
      const provider = isNearest && given ? (feature ?? given) : given;
      const mark = provider && markOf(provider);
      if (!mark || placed.has(site)) continue;
      if (site.options.root === undefined) {
        assertNearest(module, site.className, mark, feature);
      }
      if (this.scopes.isOwn(mark)) placed.set(site, { site, provider, mark });
    }
    return [...placed.values()];
  }

  /** The marks of this root's modules. */
  private marksOf(modules: readonly NestModule[]): ScopeMark[] {
    return modules
      .map(markOf)
      .filter((mark) => mark !== undefined)
      .filter((mark) => this.scopes.isOwn(mark));
  }

  /** The marks whose scopes are loaded, the root's if anything may want it. */
  private wanted(
    marks: readonly ScopeMark[],
    modules: readonly NestModule[],
  ): ScopeMark[] {
    const features = marks.filter(({ isFeature }) => isFeature);
    const root = marks.find(({ isFeature }) => !isFeature);
    const wanted = features.filter((mark) => !isPending(mark));
    if (root && wantsRoot(this.scopes, modules, features.length))
      wanted.push(root);
    return wanted;
  }

  /**
   * Refuses a second root of the same name. And `app.get(SecretsService)` gives
   * the service of the last module that has one; outside of any module the
   * default root's is meant.
   */
  private arrangeRoots(): void {
    const roots = [...this.modules].filter(([, module]) => {
      const mark = markOf(module);
      return mark && !mark.isFeature && this.scopes.isOwn(mark);
    });
    if (roots.length > 1) {
      throw duplicateError(
        this.scopes.root.name,
        roots.map(([, module]) => importersOf(module, this.modules)),
      );
    }
    if (this.scopes.root.name !== undefined) return;
    for (const [key, module] of roots) {
      this.modules.delete(key);
      this.modules.set(key, module);
    }
  }
}

/** Everything of a module that wants a secret: its classes' sites, and tokens of secrets. */
function sitesIn(
  module: NestModule,
  giver: (token: InjectionToken) => NestModule | undefined,
): TokenSite[] {
  // A scope's own providers have these tokens for everyone else.
  if (markOf(module)) return [];
  return wrappersOf(module).flatMap((wrapper) => [
    ...sitesOf(wrapper.metatype),
    ...namedSitesOf(wrapper, (token) => {
      const given = giver(token);
      return given && markOf(given);
    }),
  ]);
}
