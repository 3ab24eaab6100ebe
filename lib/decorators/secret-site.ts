import { DEFAULT_ROOT, describeRoot, rootName } from '../common/root-name.js';
import type { PartialScope } from '../secrets/scope.js';
import type { ScopeMark } from '../secrets/scope-options.js';
import type { SecretFormat } from '../secrets/secret-format.js';
import { declaredParams } from './module-graph.js';

/**
 * Options of `@Secret`.
 *
 * @publicApi
 */
export interface SecretOptions<
  Default = unknown,
> extends SecretFormat<Default> {
  /** Folder path, when it is not that of the module's scope. */
  path?: string;
  /** Environment slug, when it is not that of the module's scope. */
  environment?: string;
  /**
   * Name of the root to take it from, as in `forRoot({ name })`, wherever the
   * class is: the root's own scope then, unless `path` or `environment` say
   * otherwise. `'default'` is the root without a name.
   */
  root?: string;
  /**
   * Whether the property gets a new value when a refresh finds one; that is so
   * for singletons, in one step for all of them. Request-scoped and transient
   * instances get the current value when they are created. A new value that is
   * missing, hidden or invalid does not replace the old one: see
   * `SecretsService#events$`. Default false: it keeps the value with which the
   * app started.
   */
  live?: boolean;
}

/** One property that wants a secret. */
export interface SecretSite {
  readonly name: string;
  readonly className: string;
  readonly property: string | symbol;
  readonly options: SecretOptions;
}

/** The sites that a class itself declares for one root. They are injected together. */
export interface ClassSites {
  /** The root that the sites name; absent when they go by the class's module. */
  readonly root: string | undefined;
  /** The provider token that Nest injects, and the property it assigns. */
  readonly token: symbol;
  readonly sites: ReadonlyMap<string | symbol, SecretSite>;
  /** Whether it is one parameter of a constructor, which gets the value itself. */
  readonly isParameter?: boolean;
}

/** Properties with their values, as they are when an instance asks for them. */
export type SiteValues = Iterable<readonly [string | symbol, unknown]>;

/** By class, then by the root that the sites name. */
const classes = new Map<object, Map<string | undefined, ClassSites>>();

/**
 * Remembers a site. Called while the class is being defined.
 *
 * @returns the sites of the class for this root when this is its first one
 */
export function registerSite(
  type: { name: string },
  site: SecretSite,
): ClassSites | undefined {
  const { root } = site.options;
  const known = classes.get(type)?.get(root);
  if (known) {
    (known.sites as Map<string | symbol, SecretSite>).set(site.property, site);
    return undefined;
  }
  const first: ClassSites = {
    root,
    token: Symbol(tokenText(type.name, root)),
    sites: new Map([[site.property, site]]),
  };
  const own = classes.get(type) ?? new Map<string | undefined, ClassSites>();
  classes.set(type, own.set(root, first));
  return first;
}

/** By class. */
const parameters = new Map<object, ClassSites[]>();

/**
 * Remembers a parameter of a constructor.
 *
 * @returns its provider token
 */
export function registerParameter(
  type: { name: string },
  site: SecretSite,
): symbol {
  const { root } = site.options;
  const token = Symbol(tokenText(type.name, root, '@InjectSecret parameters'));
  const sites = new Map([[site.property, site]]);
  const own = parameters.get(type) ?? [];
  parameters.set(type, [...own, { root, token, sites, isParameter: true }]);
  return token;
}

/** Nest shows it when no module gives the values. */
function tokenText(
  className: string,
  root: string | undefined,
  what = '@Secret properties',
): string {
  const needs =
    root === undefined
      ? 'InfisicalModule.forRoot or forFeature'
      : describeRoot(rootName(root, '@Secret: root'));
  return `${what} of ${className}, given by ${needs}`;
}

/** Whether a module with this mark gives the values of these sites. */
export function isGivenBy({ root }: ClassSites, mark: ScopeMark): boolean {
  if (root === undefined) return mark.isFeature || mark.root === undefined;
  return !mark.isFeature && root === (mark.root ?? DEFAULT_ROOT);
}

/** Every class with sites that has been loaded, of this app or not. */
export function registeredClasses(): readonly ClassSites[] {
  return [
    ...[...classes.values()].flatMap((own) => [...own.values()]),
    ...[...parameters.values()].flat(),
  ];
}

/** A site, and the token that its class is injected by. */
export interface TokenSite {
  readonly token: symbol;
  readonly site: SecretSite;
}

/** The sites of a class and its ancestors; a redeclared property counts once. */
export function sitesOf(type: unknown): TokenSite[] {
  const found = new Map<string | symbol, TokenSite>();
  // A subclass with a constructor of its own does not have its parent's.
  const declared = declaredParams(type).map(({ param }) => param);
  for (
    let current: unknown = type;
    typeof current === 'function';
    current = Object.getPrototypeOf(current)
  ) {
    for (const { token, sites } of classes.get(current)?.values() ?? []) {
      for (const [property, site] of sites) {
        if (!found.has(property)) found.set(property, { token, site });
      }
    }
    for (const { token, sites } of parameters.get(current) ?? []) {
      if (!declared.includes(token)) continue;
      for (const site of sites.values()) found.set(token, { token, site });
    }
  }
  return [...found.values()];
}

/** What the site says of its scope itself. */
export function ownScope({ options }: SecretSite): PartialScope {
  return { path: options.path, environment: options.environment };
}

/** The site's own folder and environment as part of a token; undefined when it says nothing. */
export function ownScopeLabel(site: SecretSite): string | undefined {
  const { environment, path } = site.options;
  if (environment === undefined && path === undefined) return undefined;
  return [environment, path].filter((part) => part !== undefined).join(':');
}
