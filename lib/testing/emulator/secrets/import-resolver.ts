import type { Environment, Folder, Secret } from '../state/models.js';

const MAX_DEPTH = 10;

/** One direct import with the secrets it brings. */
export interface ImportGroup {
  readonly importer: Folder;
  readonly environment: Environment;
  readonly path: string;
  readonly folder: Folder | undefined;
  /** By key, ascending. */
  readonly secrets: readonly Secret[];
}

/**
 * The direct imports of the folders in their order; what those import in turn
 * is merged into them (contract: secrets §2.11).
 */
export function importGroups(folders: Iterable<Folder>): ImportGroup[] {
  const groups = new Map<string, ImportGroup>();
  for (const folder of folders) {
    for (const { environment, path } of folder.imports) {
      const source = environment.folder(path);
      const merged = source
        ? mergedSecrets(source, [folder])
        : new Map<string, Secret>();
      groups.set(`${environment.id}:${path}`, {
        importer: folder,
        environment,
        path,
        folder: source,
        secrets: [...merged.values()].sort((a, b) =>
          compareText(a.current.key, b.current.key),
        ),
      });
    }
  }
  const all = [...groups.values()];
  return all.some(({ folder }) => folder) ? all : [];
}

/** The secret a folder gets through its imports: the last import wins. */
export function importedSecret(
  folder: Folder,
  key: string,
): Secret | undefined {
  for (const group of importGroups([folder]).reverse()) {
    const secret = group.secrets.find((one) => one.current.key === key);
    if (secret) return secret;
  }
  return undefined;
}

function mergedSecrets(
  folder: Folder,
  trail: readonly Folder[],
): Map<string, Secret> {
  const merged = new Map<string, Secret>();
  if (trail.includes(folder) || trail.length > MAX_DEPTH) return merged;
  for (const { environment, path } of folder.imports) {
    const source = environment.folder(path);
    if (!source) continue;
    const nested = mergedSecrets(source, [...trail, folder]);
    for (const [key, secret] of nested) merged.set(key, secret);
  }
  for (const [key, secret] of folder.secrets) merged.set(key, secret);
  return merged;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
