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
  /** The provider token that Nest injects. */
  readonly token: symbol;
  readonly name: string;
  readonly className: string;
  readonly property: string | symbol;
  readonly options: SecretOptions<unknown>;
}

const sitesOfClass = new WeakMap<object, Map<string | symbol, SecretSite>>();
const allSites = new Set<SecretSite>();

/** Remembers a site. Called while the class is being defined. */
export function registerSite(target: object, site: SecretSite): void {
  const own =
    sitesOfClass.get(target.constructor) ??
    new Map<string | symbol, SecretSite>();
  own.set(site.property, site);
  sitesOfClass.set(target.constructor, own);
  allSites.add(site);
}

/** Every site of every class that has been loaded, of this app or not. */
export function registeredSites(): readonly SecretSite[] {
  return [...allSites];
}

/** The sites of a class and its ancestors; a redeclared property counts once. */
export function sitesOf(type: unknown): SecretSite[] {
  const sites = new Map<string | symbol, SecretSite>();
  for (
    let current: unknown = type;
    typeof current === 'function';
    current = Object.getPrototypeOf(current)
  ) {
    for (const [property, site] of sitesOfClass.get(current) ?? []) {
      if (!sites.has(property)) sites.set(property, site);
    }
  }
  return [...sites.values()];
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
