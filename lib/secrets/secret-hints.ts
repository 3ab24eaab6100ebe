import { InfisicalNotFoundError } from '../http/errors.js';
import { scopeKey } from './scope.js';
import type { ScopeState, ScopeStates } from './scope-state.js';
import type { Snapshot } from './snapshot.js';

/** Most typing mistakes by which a name may differ from a similar one. */
const MAX_DISTANCE = 2;

/** The probable cause of a missing name: the folder, a similar name, another scope. Looks only at what is loaded. */
export function hintForMissing(
  name: string,
  state: ScopeState,
  states: ScopeStates,
  snapshot: Snapshot | undefined,
): string | undefined {
  const { scope } = state;
  if (state.lastError instanceof InfisicalNotFoundError) {
    return `Environment or folder do not exist: check "${scope.environment}" and "${scope.path}".`;
  }
  const similar = findSimilar(name, snapshot);
  if (similar) return `Did you mean "${similar}", which is there?`;
  for (const other of states.loaded) {
    if (scopeKey(other.scope) === scopeKey(scope)) continue;
    if (other.snapshot?.has(name)) {
      return `A secret of that name is in environment ${other.scope.environment}, path ${other.scope.path}.`;
    }
  }
  if (snapshot?.size === 0) return 'The folder is empty.';
  return undefined;
}

function findSimilar(
  name: string,
  snapshot: Snapshot | undefined,
): string | undefined {
  let best: string | undefined;
  let bestDistance = MAX_DISTANCE + 1;
  for (const key of snapshot?.keys() ?? []) {
    const distance = editDistance(plain(name), plain(key));
    if (distance < bestDistance) {
      best = key;
      bestDistance = distance;
    }
  }
  return best;
}

/** Names that differ by case or separators only are equal. */
function plain(name: string): string {
  return name.toUpperCase().replace(/[-_.]/g, '');
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
