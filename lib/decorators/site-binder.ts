import type { ModulesContainer } from '@nestjs/core';
import type { InfisicalClient } from '../client/infisical-client.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { InfisicalHttpError, InfisicalNotFoundError } from '../http/errors.js';
import {
  describeScope,
  inheritScope,
  type PartialScope,
  type Scope,
  scopeKey,
} from '../secrets/scope.js';
import type { ScopeMark } from '../secrets/scope-options.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import { getSecretsToken } from '../secrets/secrets.tokens.js';
import { NO_ENVIRONMENT, SecretsService } from '../secrets/secrets.service.js';
import { MissingSecretsError } from '../secrets/missing-secrets.error.js';
import {
  dependenciesOf,
  featureOf,
  giverOf,
  markOf,
  type NestModule,
  wrappersOf,
} from './module-graph.js';
import { ownScope, type SecretSite, sitesOf } from './secret-site.js';
import { problemOf } from './site-problem.js';
import { isOwnProvider, secretTokenOf } from './site-tokens.js';

/** The root scope; `environment` may be absent in an app that reads no secrets. */
export type RootScope = Omit<Scope, 'environment'> & {
  readonly environment?: string;
  /** Whether the user named a folder for it. */
  readonly hasOwnPath: boolean;
};

/** A site in a module, with the scope that it gets its value from. */
interface BoundSite {
  readonly site: SecretSite;
  readonly scope: Scope;
  readonly provider: NestModule;
  readonly label?: string;
}

/**
 * Finds out which sites belong to this app and which scope each one has, loads
 * these scopes at once, and reports everything that is missing in one error.
 */
export class SiteBinder {
  readonly #walked = new Set<NestModule>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly store: ScopeStore,
    private readonly client: InfisicalClient,
    private readonly root: RootScope,
  ) {}

  /**
   * Binds the modules that are new since the last call: all of them at
   * bootstrap, later those that were loaded lazily.
   *
   * @throws MissingSecretsError
   */
  async bind(signal: AbortSignal): Promise<void> {
    const fresh = [...this.modules.values()].filter(
      (module) => !this.#walked.has(module),
    );
    if (fresh.length === 0) {
      // Another feature of the same module came first.
      await Promise.allSettled(this.#underWay);
      return;
    }
    if (this.#walked.size === 0) this.putRootLast();
    for (const module of fresh) this.#walked.add(module);
    const work = this.bindModules(fresh, signal);
    this.#underWay.add(work);
    try {
      await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  /** The service of the scope behind a mark. */
  secretsOf(mark: ScopeMark): SecretsService {
    // Without an environment it says so when it is read, for apps that read none.
    const scope = this.resolve(mark, {}) ?? { ...this.root, environment: '' };
    return new SecretsService(this.store.state(scope), this.store, this.client);
  }

  /** The text that a site's scope has for its name. */
  textFor(site: SecretSite, mark: ScopeMark): string | undefined {
    const scope = this.resolve(mark, ownScope(site));
    return scope && this.store.state(scope).snapshot?.get(site.name);
  }

  /** The mark's scope, with what is said differently; undefined when no one names an environment. */
  private resolve(mark: ScopeMark, own: PartialScope): Scope | undefined {
    const environment =
      own.environment ?? mark.feature?.environment ?? this.root.environment;
    if (!environment) return undefined;
    const { projectId, projectSlug, path, recursive } = this.root;
    const root = { projectId, projectSlug, environment, path, recursive };
    return inheritScope(inheritScope(root, mark.feature ?? {}), own);
  }

  private scopeOf(mark: ScopeMark, own: PartialScope = {}): Scope {
    const scope = this.resolve(mark, own);
    if (!scope) throw new InfisicalConfigError(NO_ENVIRONMENT);
    return scope;
  }

  private async bindModules(
    modules: readonly NestModule[],
    signal: AbortSignal,
  ): Promise<void> {
    this.checkServices(modules);
    const sites = modules.flatMap((module) => this.sitesOfModule(module));
    const scopes = distinct([
      ...this.scopesOfModules(modules),
      ...sites.map(({ scope }) => scope),
    ]);
    await this.store.load(scopes, signal);
    this.check(sites, scopes);
  }

  private sitesOfModule(module: NestModule): BoundSite[] {
    const feature = featureOf(module);
    const sites = new Map(
      wrappersOf(module)
        .flatMap(({ metatype }) => sitesOf(metatype))
        .map(({ site, token }) => [site, token]),
    );
    return [...sites].flatMap(([site, token]) => {
      const provider = giverOf(module, token);
      const mark = provider && markOf(provider);
      if (!mark) return [];
      if (feature && !mark.feature) {
        throw shadowedError(module, site.className, markOf(feature));
      }
      const scope = this.scopeOf(mark, ownScope(site));
      return [{ site, provider, label: mark.label, scope }];
    });
  }

  /** The scopes that modules give, the root's if anything may want it. */
  private scopesOfModules(modules: readonly NestModule[]): Scope[] {
    const marks = modules.map(markOf).filter((mark) => mark !== undefined);
    const features = marks.filter(({ feature }) => feature);
    const scopes = features.map((mark) => this.scopeOf(mark));
    if (
      marks.length > features.length &&
      this.wantsRoot(modules, features.length)
    ) {
      scopes.push(this.scopeOf({}));
    }
    return scopes;
  }

  /** A root that only hands its connection to features is not listed: that would be a request for nothing. */
  private wantsRoot(modules: readonly NestModule[], features: number): boolean {
    if (this.root.environment && (features === 0 || this.root.hasOwnPath)) {
      return true;
    }
    return modules.some((module) => {
      if (markOf(module)) return false;
      return wrappersOf(module)
        .flatMap(dependenciesOf)
        .some(
          (token) =>
            token === getSecretsToken() ||
            (token === SecretsService && this.getsRootService(module)),
        );
    });
  }

  private getsRootService(module: NestModule): boolean {
    const giver = giverOf(module, SecretsService);
    return giver !== undefined && !markOf(giver)?.feature;
  }

  /**
   * `app.get(SecretsService)` gives the service of the last module that has
   * one; outside of any module the root's is meant.
   */
  private putRootLast(): void {
    const roots = [...this.modules].filter(([, module]) => {
      const mark = markOf(module);
      return mark && !mark.feature;
    });
    if (roots.length > 1) {
      throw new InfisicalConfigError(
        'InfisicalModule.forRoot is imported more than once: import it in the root module only, and use forFeature elsewhere.',
      );
    }
    for (const [key, module] of roots) {
      this.modules.delete(key);
      this.modules.set(key, module);
    }
  }

  /** Refuses modules where Nest would quietly hand out the root's service in place of the feature's. */
  private checkServices(modules: readonly NestModule[]): void {
    for (const module of modules) {
      const feature = featureOf(module);
      if (markOf(module) || !feature || !this.getsRootService(module)) continue;
      const misled = wrappersOf(module).find((wrapper) =>
        dependenciesOf(wrapper).includes(SecretsService),
      );
      if (misled) {
        throw shadowedError(module, String(misled.name), markOf(feature));
      }
    }
  }

  private check(sites: readonly BoundSite[], scopes: readonly Scope[]): void {
    let absentFolder: Error | undefined;
    for (const scope of scopes) {
      const { lastError, status } = this.store.state(scope);
      if (status === 'ready' || !lastError) continue;
      if (!isAbsentFolder(lastError)) throw tellScope(lastError, scope);
      absentFolder ??= lastError;
    }
    const problems = sites
      .filter(({ site, provider, label }) =>
        isOwnProvider(
          provider.providers.get(secretTokenOf(site, label))?.metatype,
        ),
      )
      .map(({ site, scope }) => problemOf(site, scope, this.store))
      .filter((problem) => problem !== undefined);
    if (problems.length > 0) {
      throw new MissingSecretsError(problems, { cause: absentFolder });
    }
    if (absentFolder) throw absentFolder;
  }
}

/**
 * Nest puts global modules before a lazily loaded module's own imports, so that
 * the root hides the feature for every token that both have.
 */
function shadowedError(
  module: NestModule,
  className: string,
  feature: ScopeMark | undefined,
): InfisicalConfigError {
  const label = feature?.label ?? '';
  return new InfisicalConfigError(
    `${className} in ${module.name} would get the root scope, although ${module.name} imports forFeature for "${label}": Nest looks into the root first there. In a lazily loaded module, load the class's file lazily too (import() inside the loader) and inject the service by @InjectSecrets("${label}"); elsewhere, list forFeature before the root in \`imports\`.`,
  );
}

function distinct(scopes: readonly Scope[]): Scope[] {
  return [...new Map(scopes.map((scope) => [scopeKey(scope), scope])).values()];
}

function tellScope(error: Error, scope: Scope): Error {
  return error instanceof InfisicalHttpError
    ? error.about(describeScope(scope))
    : error;
}

/** The folder or environment is not there; an unknown project is another matter (contract: secrets §2.6). */
function isAbsentFolder(error: Error): boolean {
  return (
    error instanceof InfisicalNotFoundError &&
    (error.code === 'SecretPathNotFound' ||
      /folder with path|environment with slug/i.test(error.message))
  );
}
