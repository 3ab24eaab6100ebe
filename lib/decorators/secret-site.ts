import type { PartialScope } from '../secrets/scope.js';
import { declaredParams } from './module-graph.js';
import type { ScopedSecret, SecretSite } from './secret-options.js';
import { openBatch, type ParameterSite, type SiteBatch } from './site-batch.js';

/** The sites that a class itself declares for one root. They are injected together. */
export interface ClassSites {
  /** The provider token that Nest injects. */
  readonly token: symbol;
  readonly sites: ReadonlyMap<string | symbol, SecretSite>;
}

/** What a class itself declares. */
interface DeclaredSites {
  /** Held, because nothing else does. */
  readonly batch: SiteBatch;
  /** By the root that the sites name. */
  readonly properties: Map<string | undefined, ClassSites>;
  readonly parameters: ParameterSite[];
}

/** Classes that nobody has any more are forgotten. */
const classes = new WeakMap<object, DeclaredSites>();

/** Scopes that sites name themselves, by their part of a token. */
const ownScopes = new Map<string, PartialScope>();

function declaredBy(type: object): DeclaredSites {
  let declared = classes.get(type);
  if (!declared) {
    declared = { batch: openBatch(), properties: new Map(), parameters: [] };
    classes.set(type, declared);
  }
  return declared;
}

/**
 * Remembers a site. Called while the class is being defined.
 *
 * @returns the sites of the class for this root when this is its first one
 */
export function registerSite(
  type: object,
  site: SecretSite,
): ClassSites | undefined {
  rememberScope(site);
  const { root } = site.options;
  const { batch, properties } = declaredBy(type);
  const known = properties.get(root);
  if (known) {
    (known.sites as Map<string | symbol, SecretSite>).set(site.property, site);
    return undefined;
  }
  const sites = new Map([[site.property, site]]);
  const first: ClassSites = { token: batch.token(root), sites };
  properties.set(root, first);
  return first;
}

/**
 * Remembers a parameter of a constructor.
 *
 * @returns its provider token
 */
export function registerParameter(type: object, site: SecretSite): symbol {
  rememberScope(site);
  const { batch, parameters } = declaredBy(type);
  const parameter = batch.add(site.className, site);
  parameters.push(parameter);
  return parameter.token;
}

function rememberScope(site: SecretSite): void {
  const label = ownScopeLabel(site);
  if (label !== undefined) ownScopes.set(label, ownScope(site));
}

/** What a site said of its scope, whose part of a token this is; undefined when none did. */
export function scopeOfLabel(label: string): PartialScope | undefined {
  return ownScopes.get(label);
}

/** A site, and the token that its class is injected by. */
export interface TokenSite {
  readonly token: symbol | string;
  readonly site: SecretSite;
  readonly isParameter?: boolean;
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
    const own = classes.get(current);
    if (!own) continue;
    for (const { token, sites } of own.properties.values()) {
      for (const [property, site] of sites) {
        if (!found.has(property)) found.set(property, { token, site });
      }
    }
    for (const { token, site } of own.parameters) {
      if (!declared.includes(token)) continue;
      found.set(token, { token, site, isParameter: true });
    }
  }
  return [...found.values()];
}

/** What the site says of its scope itself. */
export function ownScope({ options }: ScopedSecret): PartialScope {
  return { path: options.path, environment: options.environment };
}

/** The site's own folder and environment as part of a token; undefined when it says nothing. */
export function ownScopeLabel(site: ScopedSecret): string | undefined {
  const { environment, path } = site.options;
  if (environment === undefined && path === undefined) return undefined;
  return [environment, path].filter((part) => part !== undefined).join(':');
}
