import type { WatchedFolders } from '../client/project-events.js';
import { isBelow } from '../secrets/scope.js';

/** Folders of one environment. */
export type Folders = Pick<WatchedFolders, 'path' | 'recursive'>;

/** The least that holds both: one folder, or all below the nearest one above them. */
export function joinFolders(a: Folders, b: Folders): Folders {
  if (holdsFolders(a, b)) return a;
  if (holdsFolders(b, a)) return b;
  const segments = a.path.split('/');
  const others = b.path.split('/');
  const end = segments.findIndex((segment, at) => segment !== others[at]);
  const shared = end < 0 ? segments : segments.slice(0, end);
  return { path: shared.join('/') || '/', recursive: true };
}

/** Whether who watches `outer` hears of all of `inner`. */
export function holdsFolders(outer: Folders, inner: Folders): boolean {
  return outer.recursive
    ? isBelow(inner.path, outer.path)
    : outer.path === inner.path && !inner.recursive;
}
