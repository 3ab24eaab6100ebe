import type { Project, Secret } from '../state/models.js';

/** Letters, digits, `-`, `_`, `.` and `@`; there is no escape. */
const REFERENCE = /\$\{([A-Za-z0-9\-_.@]+)\}/g;
const MAX_DEPTH = 100;
const MAX_PASSES = 10;

/** Finds a secret by its bare name, seen from where a reference stands. */
export type RelativeLookup = (name: string) => Found | undefined;

/** A referenced secret and how references inside it are looked up. */
export interface Found {
  readonly secret: Secret;
  readonly lookup: RelativeLookup;
}

/**
 * Replaces references by values (contract: secrets §2.10): what is missing
 * stays as it is written, and a cycle leaves one raw reference.
 */
export class ReferenceExpander {
  constructor(
    private readonly project: Project,
    private readonly lookupIn: (secret: Secret) => RelativeLookup,
  ) {}

  expand(
    value: string,
    lookup: RelativeLookup,
    skipMultilineEncoding: boolean | null,
  ): string {
    if (!hasReference(value)) return value;
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
      const found = this.find(inner, lookup);
      if (!found || trail.includes(found.secret) || trail.length >= MAX_DEPTH) {
        left.add(reference);
        return reference;
      }
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
    // Another project needs a setting of the organization that is not there.
    if (inner.startsWith('@')) return undefined;
    const parts = inner.split('.');
    if (parts.length === 1) return lookup(inner);
    const [slug = '', ...rest] = parts;
    const key = rest.pop() ?? '';
    const folder = this.project.environment(slug)?.folder(`/${rest.join('/')}`);
    const secret = folder?.secrets.get(key);
    return secret && { secret, lookup: this.lookupIn(secret) };
  }
}

export function hasReference(value: string): boolean {
  return value.search(REFERENCE) >= 0;
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
