/** One folder of an environment, or it and all below it. */
export interface SimulatedScope {
  readonly environment: Environment;
  readonly path: string;
  readonly recursive: boolean;
}

export type Environment = 'dev' | 'prod';

export const ENVIRONMENTS: readonly Environment[] = ['dev', 'prod'];

/** The folders of each environment, and what is in them. No name is there twice. */
export const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  '/': ['ALPHA', 'BETA', 'GAMMA', 'DELTA'],
  '/app': ['APP_ALPHA', 'APP_BETA'],
  '/app/db': ['DB_ALPHA', 'DB_BETA'],
  '/jobs': ['JOBS_ALPHA', 'JOBS_BETA'],
};

/** The folder that `/` imports, where there are imports. */
export const IMPORTED = '/jobs';

/** Equal for equal scopes. */
export function placeOf(scope: SimulatedScope): string {
  return `${scope.environment}:${scope.path}${scope.recursive ? '/**' : ''}`;
}

export function foldersOf({ path, recursive }: SimulatedScope): string[] {
  return Object.keys(FOLDERS).filter(
    (folder) => folder === path || (recursive && isBelow(folder, path)),
  );
}

export function isBelow(folder: string, path: string): boolean {
  return path === '/' || folder === path || folder.startsWith(`${path}/`);
}

/** The names that a scope has, while nothing is removed. */
export function namesOf(
  scope: SimulatedScope,
  hasImports: boolean,
): readonly string[] {
  const folders = new Set(foldersOf(scope));
  if (hasImports && folders.has('/')) folders.add(IMPORTED);
  return [...folders].flatMap((folder) => FOLDERS[folder] ?? []);
}
