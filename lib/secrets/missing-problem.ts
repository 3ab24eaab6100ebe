import type { SecretProblem } from './missing-secrets.error.js';
import type { ScopeState, ScopeStore } from './scope-store.js';
import { hintForMissing } from './secret-hints.js';

/** Why a scope has no value for a name, as far as is known. */
export function missingProblem(
  name: string,
  state: ScopeState,
  store: ScopeStore,
): SecretProblem {
  const { scope, snapshot } = state;
  const hidden = snapshot?.isHidden(name) ?? false;
  return {
    name,
    reason: hidden ? 'hidden' : 'missing',
    project: scope.projectId ?? scope.projectSlug ?? '',
    environment: scope.environment,
    path: scope.path,
    hint: hidden ? undefined : hintForMissing(name, state, store),
  };
}
