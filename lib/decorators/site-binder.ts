import type { InjectionToken } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { InfisicalClient } from '../client/infisical-client.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { DEFAULT_ROOT, describeRoot } from '../common/root-name.js';
import {
  inheritScope,
  isAbsentFolder,
  type PartialScope,
  type Scope,
  scopeKey,
  tellScope,
} from '../secrets/scope.js';
import { isPending, type ScopeMark } from '../secrets/scope-options.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import { getSecretsToken } from '../secrets/secrets.tokens.js';
import { NO_ENVIRONMENT, SecretsService } from '../secrets/secrets.service.js';
import { MissingSecretsError } from '../secrets/missing-secrets.error.js';
import type { SecretRef } from '../secrets/secret-ref.js';
import type { TenantScopes } from '../secrets/tenant-scopes.js';
import { readWanted } from '../secrets/wanted-secret.js';
import { LiveSites } from './live-sites.js';
import {
  dependenciesOf,
  dependsOn,
  featureOf,
  giverOf,
  importersOf,
  markOf,
  type NestModule,
  wrappersOf,
} from './module-graph.js';
import { handlerMethodsOf } from './on-secret-change.decorator.js';
import { namedSitesOf } from './named-sites.js';
import type { ScopedSecret, SecretSite } from './secret-options.js';
import { ownScope, sitesOf, type TokenSite } from './secret-site.js';
import {
  settleSource,
  type SiteReads,
  type SiteSource,
  sourceOf,
} from './site-source.js';
import { isOwnProvider, secretTokenOf } from './site-tokens.js';

/** The root scope; `environment` may be absent in an app that reads no secrets. */
export type RootScope = Omit<Scope, 'environment'> & {
  /** Name of the root; absent for the default root. */
  readonly name: string | undefined;
  readonly environment?: string;
  /** Whether the user named a folder for it. */
  readonly hasOwnPath: boolean;
};

/** A site in a module, with the module that Nest takes its value from. */
interface PlacedSite {
  readonly site: SecretSite;
  readonly provider: NestModule;
  readonly mark: ScopeMark;
}

/** The same, with the scope that it gets its value from. */
interface BoundSite extends PlacedSite {
  readonly scope: Scope;
}

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
  /** Where a class is, by its prototype. */
  readonly #modulesOf = new WeakMap<object, Set<NestModule>>();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly store: ScopeStore,
    private readonly tenants: TenantScopes,
    private readonly client: InfisicalClient,
    private readonly root: RootScope,
  ) {
    this.#live = new LiveSites(modules, store);
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
    await this.loadAndCheck(this.scopesOf(marks, modules), known, signal);
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
      await this.loadAndCheck([this.scopeOf(mark)], sites, signal);
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
    const scope = this.resolve(mark, {}) ?? this.rootScope('');
    return new SecretsService(
      this.store.state(scope),
      this.store,
      this.client,
      this.tenants,
    );
  }

  textFor(secret: ScopedSecret, mark: ScopeMark): string | undefined {
    const scope = this.resolve(mark, ownScope(secret));
    return scope && this.store.find(scope)?.snapshot?.get(secret.name);
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
      this.modulesWith(instance).map(
        (module) => featureOf(module) ?? this.rootModule(),
      ),
    );
    const [giver, ...others] = givers;
    if (!giver || others.length > 0) {
      throw new InfisicalConfigError(
        `@InjectSecret(${site.name}) of ${site.className} has no scope, because the class is not in a module of this app: list it in \`providers\` or \`controllers\`.`,
      );
    }
    return (await sourceOf(giver)).valueOf(site);
  }

  /** The modules whose providers, controllers or enhancers an instance is one of; all of them when that is not known. */
  private modulesWith(instance: unknown): NestModule[] {
    const modules = [...this.modules.values()];
    if (typeof instance !== 'object' || instance === null) return modules;
    const prototype: unknown = Object.getPrototypeOf(instance);
    let known = this.#modulesOf.get(prototype as object);
    if (!known) {
      for (const module of modules) this.indexModule(module);
      known = this.#modulesOf.get(prototype as object);
    }
    if (!known) return modules;
    if (known.size === 1) return [...known];
    const own = [...known].filter((module) =>
      wrappersOf(module).some((wrapper) => wrapper.instance === instance),
    );
    return own.length > 0 ? own : [...known];
  }

  private indexModule(module: NestModule): void {
    for (const { metatype } of wrappersOf(module)) {
      const { prototype } = (metatype ?? {}) as { prototype?: object };
      if (typeof prototype !== 'object' || prototype === null) continue;
      const known = this.#modulesOf.get(prototype) ?? new Set<NestModule>();
      this.#modulesOf.set(prototype, known.add(module));
    }
  }

  private rootModule(): NestModule | undefined {
    return [...this.modules.values()].find((module) => {
      const mark = markOf(module);
      return mark && !mark.isFeature && this.isOwn(mark);
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
    const scope = this.resolve(mark, ownScope(site));
    if (!provider || !scope || !isOwnText(site, mark, provider)) {
      return undefined;
    }
    return this.#live.ref(site, mark, this.store.state(scope));
  }

  /** Whether the app has a scope, of this root or another one, for a method with `@OnSecretChange`. */
  hasHandlerScope(module: NestModule, root: string | undefined): boolean {
    return this.handlerMark(module, root) !== undefined;
  }

  /** The scope whose changes a method of a module is told of; undefined when it is of another root. */
  handlerScope(
    module: NestModule,
    root: string | undefined,
  ): Scope | undefined {
    const mark = this.handlerMark(module, root);
    return mark && this.isOwn(mark) ? this.resolve(mark, {}) : undefined;
  }

  private handlerMark(
    module: NestModule,
    root: string | undefined,
  ): ScopeMark | undefined {
    if (root === undefined) {
      const giver = featureOf(module) ?? giverOf(module, SecretsService);
      return giver && markOf(giver);
    }
    return [...this.modules.values()]
      .map(markOf)
      .find(
        (mark) =>
          mark && !mark.isFeature && (mark.root ?? DEFAULT_ROOT) === root,
      );
  }

  /** Whether a class of the module has a method that is told of the root's own scope. */
  private tellsOfRoot(module: NestModule): boolean {
    return wrappersOf(module)
      .flatMap(({ metatype }) => {
        const { prototype } = (metatype ?? {}) as { prototype?: unknown };
        return handlerMethodsOf(prototype);
      })
      .flatMap(({ marks }) => marks)
      .some(({ root }) => {
        const mark = this.handlerMark(module, root);
        return mark !== undefined && !mark.isFeature && this.isOwn(mark);
      });
  }

  /** The mark's scope, with what is said differently; undefined when no one names an environment. */
  private resolve(mark: ScopeMark, own: PartialScope): Scope | undefined {
    const environment =
      own.environment ?? mark.scope?.environment ?? this.root.environment;
    if (!environment) return undefined;
    const root = this.rootScope(environment);
    return inheritScope(inheritScope(root, mark.scope ?? {}), own);
  }

  private rootScope(environment: string): Scope {
    const { projectId, projectSlug, path, recursive } = this.root;
    return { projectId, projectSlug, environment, path, recursive };
  }

  private scopeOf(mark: ScopeMark, own: PartialScope = {}): Scope {
    const scope = this.resolve(mark, own);
    if (!scope) throw new InfisicalConfigError(NO_ENVIRONMENT);
    return scope;
  }

  private async loadAndCheck(
    own: readonly Scope[],
    placed: readonly PlacedSite[],
    signal: AbortSignal,
  ): Promise<void> {
    const sites = placed.map((site) => ({
      ...site,
      scope: this.scopeOf(site.mark, ownScope(site.site)),
    }));
    const scopes = distinct([...own, ...sites.map(({ scope }) => scope)]);
    const states = scopes.map((scope) => this.store.state(scope));
    await this.store.load(states, signal);
    this.check(sites, scopes);
  }

  private sitesOf(modules: readonly NestModule[]): PlacedSite[] {
    this.checkServices(modules);
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
      if (this.isOwn(mark)) placed.set(site, { site, provider, mark });
    }
    return [...placed.values()];
  }

  /** The marks of this root's modules. */
  private marksOf(modules: readonly NestModule[]): ScopeMark[] {
    return modules
      .map(markOf)
      .filter((mark) => mark !== undefined)
      .filter((mark) => this.isOwn(mark));
  }

  private isOwn(mark: ScopeMark): boolean {
    return mark.root === this.root.name;
  }

  /** The scopes that modules give, the root's if anything may want it. */
  private scopesOf(
    marks: readonly ScopeMark[],
    modules: readonly NestModule[],
  ): Scope[] {
    const features = marks.filter(({ isFeature }) => isFeature);
    const scopes = features
      .filter((mark) => !isPending(mark))
      .map((mark) => this.scopeOf(mark));
    const root = marks.find(({ isFeature }) => !isFeature);
    if (root && this.wantsRoot(modules, features.length)) {
      scopes.push(this.scopeOf(root));
    }
    return scopes;
  }

  /** A root that only hands its connection to features is not listed: that would be a request for nothing. */
  private wantsRoot(modules: readonly NestModule[], features: number): boolean {
    if (this.root.environment && (features === 0 || this.root.hasOwnPath)) {
      return true;
    }
    const { name: root } = this.root;
    return modules.some((module) => {
      const mark = markOf(module);
      // They have services of their own.
      if (mark && (mark.isFeature || this.isOwn(mark))) return false;
      if (this.tellsOfRoot(module)) return true;
      return wrappersOf(module)
        .flatMap(dependenciesOf)
        .some(
          ({ token }) =>
            token === getSecretsToken({ root }) ||
            (token === SecretsService &&
              root === undefined &&
              this.getsRootService(module)),
        );
    });
  }

  private getsRootService(module: NestModule): boolean {
    const giver = giverOf(module, SecretsService);
    return giver !== undefined && !markOf(giver)?.isFeature;
  }

  /**
   * Refuses a second root of the same name. And `app.get(SecretsService)` gives
   * the service of the last module that has one; outside of any module the
   * default root's is meant.
   */
  private arrangeRoots(): void {
    const roots = [...this.modules].filter(([, module]) => {
      const mark = markOf(module);
      return mark && !mark.isFeature && this.isOwn(mark);
    });
    if (roots.length > 1) {
      throw duplicateError(
        this.root.name,
        roots.map(([, module]) => importersOf(module, this.modules)),
      );
    }
    if (this.root.name !== undefined) return;
    for (const [key, module] of roots) {
      this.modules.delete(key);
      this.modules.set(key, module);
    }
  }

  /** Refuses modules where Nest would quietly hand out another service than the nearest feature's. */
  private checkServices(modules: readonly NestModule[]): void {
    for (const module of modules) {
      const giver = giverOf(module, SecretsService);
      const mark = giver && markOf(giver);
      if (!mark || markOf(module)) continue;
      const user = wrappersOf(module).find((wrapper) =>
        dependsOn(wrapper, SecretsService),
      );
      if (user) {
        assertNearest(module, String(user.name), mark, featureOf(module));
      }
    }
  }

  private check(sites: readonly BoundSite[], scopes: readonly Scope[]): void {
    let absentFolder: Error | undefined;
    for (const scope of scopes) {
      const { lastError, status } = this.store.state(scope);
      if (status === 'ready' || !lastError) continue;
      if (!isAbsentFolder(lastError)) throw tellScope(lastError, scope);
      absentFolder ??= tellScope(lastError, scope);
    }
    const problems = sites
      .filter(({ site, provider, mark }) => isOwnText(site, mark, provider))
      .map(({ site, scope }) => {
        const state = this.store.state(scope);
        return readWanted(site, state.snapshot, state, this.store).problem;
      })
      .filter((problem) => problem !== undefined);
    if (problems.length > 0) {
      throw new MissingSecretsError(problems, { cause: absentFolder });
    }
    if (absentFolder) throw absentFolder;
  }
}

/** Whether the text of a site is the server's, not a test's. */
function isOwnText(
  site: SecretSite,
  mark: ScopeMark,
  provider: NestModule,
): boolean {
  const wrapper = provider.providers.get(secretTokenOf(site, mark));
  return !wrapper || isOwnProvider(wrapper.metatype);
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

/**
 * Refuses a scope that is not the nearest. Nest takes the first import that has
 * a token, also one that only re-exports it; and it puts global modules before
 * a lazily loaded module's own imports, so that the root hides the feature for
 * every token that both have.
 */
function assertNearest(
  module: NestModule,
  className: string,
  given: ScopeMark,
  nearest: NestModule | undefined,
): void {
  const mark = nearest && markOf(nearest);
  if (!mark || given === mark) return;
  const label = mark.label ?? '';
  const what = `${className} in ${module.name} would get the ${given.isFeature ? `scope "${given.label ?? ''}"` : 'root scope'}, although ${module.name} imports forFeature for "${label}"`;
  throw new InfisicalConfigError(
    given.isFeature
      ? `${what}: Nest takes the first import that has one. List forFeature before the modules that re-export a scope in \`imports\`.`
      : `${what}: Nest looks into the root first there. In a lazily loaded module, load the class's file lazily too (import() inside the loader) and inject the service by @InjectSecrets("${label}"); elsewhere, list forFeature before the root in \`imports\`.`,
  );
}

function duplicateError(
  root: string | undefined,
  importers: readonly (readonly string[])[],
): InfisicalConfigError {
  const places = importers
    .map((names) => names.join(' and ') || 'the root module')
    .join(', and again by ');
  return new InfisicalConfigError(
    `${describeRoot(root)} is imported more than once: by ${places}. Import it in the root module only and use forFeature elsewhere, or give each root a name of its own: forRoot({ name: "billing", … }).`,
  );
}

function distinct(scopes: readonly Scope[]): Scope[] {
  return [...new Map(scopes.map((scope) => [scopeKey(scope), scope])).values()];
}
