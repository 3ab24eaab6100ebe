import type { ScopeMark } from '../secrets/scope-options.js';
import { readText } from '../secrets/secret-format.js';
import type { SecretRef } from '../secrets/secret-ref.js';
import type { NestModule } from './module-graph.js';
import type { ScopedSecret, SecretSite } from './secret-options.js';
import type { ClassSites } from './secret-site.js';
import { secretTokenOf } from './site-tokens.js';

/** Token of the values that a module with a scope gives to sites. */
export const INFISICAL_SITE_SOURCE = Symbol('INFISICAL_SITE_SOURCE');

/** Where a source reads. */
export interface SiteReads {
  /** The sites of the app's modules that get their values from the scope of a mark. */
  sitesWith(mark: ScopeMark): readonly SecretSite[];
  /** The text that a secret's scope has for its name. */
  textFor(secret: ScopedSecret, mark: ScopeMark): string | undefined;
  /** What a live site has now; undefined for others, and where a test has overridden the secret. */
  liveRef(site: SecretSite, mark: ScopeMark): SecretRef<unknown> | undefined;
}

/** The values of all sites that belong to one scope-giving module. */
export class SiteSource {
  /** What sites have that are not live. */
  readonly #initial = new WeakMap<SecretSite, { readonly value: unknown }>();

  /** @param texts by token, of the secrets that have a provider, which a test may have overridden */
  constructor(
    private readonly binder: SiteReads,
    private readonly mark: ScopeMark,
    private readonly texts: ReadonlyMap<string, string | undefined>,
  ) {
    // All instances get what the app started with, also those that are created later.
    for (const site of binder.sitesWith(mark)) this.valueOf(site);
  }

  /** The properties of a class with their values, as they are now. */
  *valuesOf({
    sites,
  }: ClassSites): Iterable<readonly [string | symbol, unknown]> {
    for (const [property, site] of sites) {
      const live = this.binder.liveRef(site, this.mark);
      const value = live ? live.value : this.valueOf(site);
      if (value !== undefined) yield [property, value];
    }
  }

  /** The value with which the app started. */
  valueOf(site: SecretSite): unknown {
    let initial = this.#initial.get(site);
    if (!initial) {
      initial = { value: this.read(site) };
      this.#initial.set(site, initial);
    }
    return initial.value;
  }

  private read(site: SecretSite): unknown {
    const { name, options } = site;
    const token = secretTokenOf(site, this.mark);
    const text = this.texts.has(token)
      ? this.texts.get(token)
      : this.binder.textFor(site, this.mark);
    if (text === undefined) return options.default;
    // The binder has reported a refusal, for the scopes where it matters.
    const reading = readText(text, options, `@Secret(${name})`);
    return reading.refusal === undefined ? reading.value : undefined;
  }
}

/** A source in the making. */
interface PendingSource {
  readonly made: Promise<SiteSource>;
  readonly settle: (source: SiteSource) => void;
}

const sources = new WeakMap<NestModule, PendingSource>();

/** The source of a module as soon as there is one. */
export function sourceOf(module: NestModule): Promise<SiteSource> {
  return pendingSource(module).made;
}

/** Tells that the source of a module is there. */
export function settleSource(module: NestModule, source: SiteSource): void {
  pendingSource(module).settle(source);
}

function pendingSource(module: NestModule): PendingSource {
  let pending = sources.get(module);
  if (!pending) {
    let settle!: (source: SiteSource) => void;
    const made = new Promise<SiteSource>((resolve) => (settle = resolve));
    pending = { made, settle };
    sources.set(module, pending);
  }
  return pending;
}
