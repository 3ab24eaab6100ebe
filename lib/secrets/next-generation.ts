import type { SecretList } from '../client/secret-list.js';
import { missingProblem } from './missing-problem.js';
import { MissingSecretsError } from './missing-secrets.error.js';
import type { RefreshPolicy } from './refresh-options.js';
import { refusalOf } from './schema-check.js';
import type { Generation, ScopeState, ScopeStates } from './scope-state.js';
import { type Snapshot, snapshotOf } from './snapshot.js';
import type { TakeOver } from './snapshot-readers.js';

/** What a scope will hold, with everything that is made from it. */
export interface NextGeneration extends Generation {
  readonly next: Snapshot;
  /** Names that the server does not give any more. */
  readonly lost: readonly string[];
  readonly isFirst: boolean;
  readonly takeOvers: readonly TakeOver[];
}

/** What a scope will not hold. */
export interface RejectedGeneration {
  readonly state: ScopeState;
  readonly next: Snapshot;
  readonly refusal: Error;
}

/**
 * The next snapshot of a scope, with what is different and what follows from
 * it; or why it is refused, so that the old one stays.
 */
export function nextGeneration(
  state: ScopeState,
  list: SecretList,
  removed: RefreshPolicy['removed'],
  states: ScopeStates,
): NextGeneration | RejectedGeneration {
  const { snapshot } = state;
  const found = snapshotOf(state.scope, list);
  const lost = snapshot?.lostIn(found) ?? [];
  if (removed === 'error' && lost.length > 0) {
    const problems = lost.map((name) =>
      missingProblem(name, state, states, found),
    );
    return { state, next: found, refusal: new MissingSecretsError(problems) };
  }
  const keeps = removed === 'keep' && snapshot && lost.length > 0;
  const next = keeps ? found.keeping(snapshot, lost) : found;
  const changes = snapshot?.changesTo(next, state.scope) ?? [];
  const schemas = state.schemas.all();
  if (snapshot && changes.length === 0) next.inherit(snapshot, schemas);
  else {
    const refusal = refusalOf(next, schemas, state, states);
    if (refusal) return { state, next, refusal };
  }
  const names = new Set(changes.map(({ name }) => name));
  const takeOvers = state.readers.prepare(next, names);
  return { state, next, changes, lost, isFirst: !snapshot, takeOvers };
}
