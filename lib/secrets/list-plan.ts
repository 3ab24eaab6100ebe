import { covers, type Scope, scopeKey } from './scope.js';

/** One list request, and the scopes it serves besides its own. */
export interface PlannedList {
  readonly scope: Scope;
  readonly covered: readonly Scope[];
}

/**
 * The fewest lists that hold all scopes: one for each, but none for a scope
 * below a recursive one. Folders that no scope names are not asked for.
 */
export function planLists(scopes: readonly Scope[]): PlannedList[] {
  const distinct = [
    ...new Map(scopes.map((scope) => [scopeKey(scope), scope])).values(),
  ];
  const lists: { scope: Scope; covered: Scope[] }[] = [];
  // Shallow and recursive ones first, so that they can cover the others.
  distinct.sort(
    (a, b) =>
      a.path.length - b.path.length ||
      Number(b.recursive) - Number(a.recursive),
  );
  for (const scope of distinct) {
    const outer = lists.find((list) => covers(list.scope, scope));
    if (outer) outer.covered.push(scope);
    else lists.push({ scope, covered: [] });
  }
  return lists;
}
