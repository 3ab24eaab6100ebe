import { posix } from 'node:path';
import type { Tree } from './host.js';

/** Endings of sources, in the order in which they are looked for. */
const ENDINGS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/** A file that an import or a name without an ending means. */
export function resolveSource(tree: Tree, path: string): string | undefined {
  const bare = path.replace(/\.[cm]?[jt]s$/, '');
  return [
    path,
    ...ENDINGS.map((ending) => `${bare}${ending}`),
    ...ENDINGS.map((ending) => `${path}/index${ending}`),
  ].find((candidate) => isSource(candidate) && tree.exists(candidate));
}

/** All sources below a folder, without declarations and tests. */
export function sourcesBelow(tree: Tree, folder: string): string[] {
  const { subdirs, subfiles } = tree.getDir(folder);
  return [
    ...subfiles
      .filter((name) => isSource(name) && !/[.-](spec|test)\.\w+$/.test(name))
      .map((name) => posix.join(folder, name)),
    ...subdirs
      .filter((name) => name !== 'node_modules' && name !== 'dist')
      .flatMap((name) => sourcesBelow(tree, posix.join(folder, name))),
  ];
}

function isSource(path: string): boolean {
  return ENDINGS.includes(posix.extname(path)) && !/\.d\.\w+$/.test(path);
}
