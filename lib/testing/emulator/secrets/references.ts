import type { Folder, Project, Secret } from '../state/models.js';

/** Letters, digits, `-`, `_`, `.` and `@`; there is no escape. */
const REFERENCE = /\$\{([A-Za-z0-9\-_.@]+)\}/g;
/** Ten levels in each of up to ten passes. */
const MAX_DEPTH = 100;
const MAX_PASSES = 10;
/** What one value may grow to, so that no seed can exhaust the memory. */
const MAX_LENGTH = 1_048_576;
const MAX_REPLACED = 20_000;
/** Stands for `${` where references must stay as they are. */
const OPAQUE = '$\u0000{';

/** Finds a secret by its bare name, seen from where a reference stands. */
export type RelativeLookup = (name: string) => Found | undefined;

/** A referenced secret and how references inside it are looked up. */
export interface Found {
  readonly secret: Secret;
  readonly lookup: RelativeLookup;
}

/** What a reader decides about references. */
export interface ReferenceRules {
  /** What becomes of a reference that leads nowhere. */
  readonly missing: 'literal' | 'empty';
  readonly project: Project;
  secretIn(folder: Folder, key: string): Secret | undefined;
  lookupIn(folder: Folder): RelativeLookup;
  /** Throws when the caller may not read a referenced secret. */
  check(secret: Secret): void;
  /** The value in another project's folder, if it is shared. */
  foreign(
    project: string,
    environment: string,
    path: string,
    key: string,
  ): string | undefined;
}

/**
 * Replaces references by values (contract: secrets §2.10): what is missing
 * stays as it is written, and a cycle leaves one raw reference.
 */
export class ReferenceExpander {
  private length = 0;
  private replaced = 0;

  constructor(private readonly rules: ReferenceRules) {}

  expand(
    value: string,
    lookup: RelativeLookup,
    skipMultilineEncoding: boolean | null,
  ): string {
    if (!hasReference(value)) return value;
    this.length = value.length;
    this.replaced = 0;
    // References that were looked at and must stay, so that a later pass does
    // not take them up again.
    const settled = new Set<string>();
    let result = value;
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      const before = result;
      const left = new Set<string>();
      result = this.resolve(result, lookup, [], settled, left);
      if (result === before) break;
      for (const reference of left) settled.add(reference);
    }
    if (this.rules.missing === 'empty') result = withoutReferences(result);
    result = result.replaceAll(OPAQUE, () => '${');
    // The name says the opposite of what the flag does (secrets §2.9).
    return skipMultilineEncoding === true && result.includes('\n')
      ? `"${result.replaceAll('\n', '\\n')}"`
      : result;
  }

  private resolve(
    value: string,
    lookup: RelativeLookup,
    trail: readonly Secret[],
    settled: ReadonlySet<string>,
    left: Set<string>,
  ): string {
    return value.replace(REFERENCE, (reference: string, inner: string) => {
      if (settled.has(reference)) return reference;
      if (inner.startsWith('@')) return this.foreign(inner) ?? reference;
      const found = this.find(inner, lookup);
      if (
        !found ||
        trail.includes(found.secret) ||
        trail.length >= MAX_DEPTH ||
        !this.mayGrowBy(found.secret.current.value)
      ) {
        left.add(reference);
        return reference;
      }
      this.rules.check(found.secret);
      return this.resolve(
        found.secret.current.value,
        found.lookup,
        [...trail, found.secret],
        settled,
        left,
      );
    });
  }

  private find(inner: string, lookup: RelativeLookup): Found | undefined {
    const place = placeOf(inner);
    if (!place) return lookup(inner);
    const { rules } = this;
    const { environment, path, key } = place;
    const folder = rules.project.environment(environment)?.folder(path);
    const secret = folder && rules.secretIn(folder, key);
    return secret && { secret, lookup: rules.lookupIn(secret.folder) };
  }

  /** What comes from another project is not expanded further. */
  private foreign(inner: string): string | undefined {
    const [slug = '', ...rest] = inner.slice(1).split('.');
    const place = placeOf(rest.join('.'));
    const value =
      place &&
      this.rules.foreign(slug, place.environment, place.path, place.key);
    if (value === undefined || !this.mayGrowBy(value)) return undefined;
    return value.replaceAll('${', () => OPAQUE);
  }

  private mayGrowBy(value: string): boolean {
    this.length += value.length;
    this.replaced++;
    return this.length <= MAX_LENGTH && this.replaced <= MAX_REPLACED;
  }
}

export function hasReference(value: string): boolean {
  return value.search(REFERENCE) >= 0;
}

/** The secrets a value refers to directly, seen from its folder. */
export function* referencedSecrets(
  value: string,
  folder: Folder,
): Generator<Secret> {
  for (const [, inner = ''] of value.matchAll(REFERENCE)) {
    const place = placeOf(inner);
    const { project } = folder.environment;
    const secret = place
      ? project
          .environment(place.environment)
          ?.folder(place.path)
          ?.secrets.get(place.key)
      : folder.secrets.get(inner);
    if (secret) yield secret;
  }
}

/** `env.folder.sub.NAME`; a name without a dot has no place. */
function placeOf(inner: string) {
  const parts = inner.split('.');
  if (parts.length === 1) return undefined;
  const [environment = '', ...path] = parts;
  const key = path.pop() ?? '';
  return { environment, path: `/${path.join('/')}`, key };
}

/** Those to other projects stay: they were never looked up. */
function withoutReferences(value: string): string {
  return value.replace(REFERENCE, (reference: string, inner: string) =>
    inner.startsWith('@') ? reference : '',
  );
}

/** Rewrites what refers to a renamed secret; undefined when nothing does. */
export function renameReferences(
  holder: Secret,
  renamed: Secret,
  newName: string,
): string | undefined {
  const { folder, current } = renamed;
  const prefix = [folder.environment.slug, ...folder.path.split('/')]
    .filter(Boolean)
    .join('.');
  const { value } = holder.current;
  let changed = value.replaceAll(
    `\${${prefix}.${current.key}}`,
    () => `\${${prefix}.${newName}}`,
  );
  if (holder.folder === folder) {
    changed = changed.replaceAll(`\${${current.key}}`, () => `\${${newName}}`);
  }
  return changed === value ? undefined : changed;
}
