import type { PartialScope } from '../secrets/scope.js';

/**
 * Options of `@Secret`.
 *
 * @publicApi
 */
export interface SecretOptions<T = string> {
  /** Folder path, when it is not that of the module's scope. */
  path?: string;
  /** Environment slug, when it is not that of the module's scope. */
  environment?: string;
  /** Turns the text into the property's value, as in `{ parse: Number }`. It must throw for a wrong text. */
  parse?: (text: string) => T;
  /** Value of the property when there is no such secret. Not parsed. */
  default?: T;
  /** Leave the property undefined when there is no such secret. Default false: the app does not start. */
  optional?: boolean;
}

/** One property that wants a secret. */
export interface SecretSite {
  readonly name: string;
  readonly className: string;
  readonly property: string | symbol;
  readonly options: SecretOptions<unknown>;
}

/** The sites that a class itself declares. They are injected together. */
export interface ClassSites {
  /** The provider token that Nest injects, and the property it assigns. */
  readonly token: symbol;
  readonly sites: ReadonlyMap<string | symbol, SecretSite>;
}

/** Values by property, as they are injected. */
export type SiteValues = ReadonlyMap<string | symbol, unknown>;

const classes = new Map<object, ClassSites>();

/**
 * Remembers a site. Called while the class is being defined.
 *
 * @returns the sites of the class when this is its first one
 */
export function registerSite(
  type: { name: string },
  site: SecretSite,
): ClassSites | undefined {
  const known = classes.get(type);
  if (known) {
    (known.sites as Map<string | symbol, SecretSite>).set(site.property, site);
    return undefined;
  }
  const first = {
    token: Symbol(`@Secret properties of ${type.name}`),
    sites: new Map([[site.property, site]]),
  };
  classes.set(type, first);
  return first;
}

/** Every class with sites that has been loaded, of this app or not. */
export function registeredClasses(): readonly ClassSites[] {
  return [...classes.values()];
}

/** A site, and the token that its class is injected by. */
export interface TokenSite {
  readonly token: symbol;
  readonly site: SecretSite;
}

/** The sites of a class and its ancestors; a redeclared property counts once. */
export function sitesOf(type: unknown): TokenSite[] {
  const found = new Map<string | symbol, TokenSite>();
  for (
    let current: unknown = type;
    typeof current === 'function';
    current = Object.getPrototypeOf(current)
  ) {
    const own = classes.get(current);
    for (const [property, site] of own?.sites ?? []) {
      if (own && !found.has(property)) {
        found.set(property, { token: own.token, site });
      }
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
