import type { SecretProblem } from './missing-secrets.error.js';
import type { ScopeState, ScopeStates } from './scope-state.js';
import { hintForMissing } from './secret-hints.js';
import type { Snapshot } from './snapshot.js';

/**
 * Why a scope has no value for a name, as far as is known.
 *
 * @param snapshot where it was looked for; absent for the one in use
 */
export function missingProblem(
  name: string,
  state: ScopeState,
  states: ScopeStates,
  snapshot: Snapshot | undefined = state.snapshot,
): SecretProblem {
  const { scope } = state;
  const hidden = snapshot?.isHidden(name) ?? false;
  return {
    name,
    reason: hidden ? 'hidden' : 'missing',
    project: scope.projectId ?? scope.projectSlug ?? '',
    environment: scope.environment,
    path: scope.path,
    hint: hidden ? undefined : hintForMissing(name, state, states, snapshot),
  };
}
