import { InfisicalConfigError } from '../common/infisical.error.js';
import {
  MissingSecretsError,
  type SecretProblem,
} from './missing-secrets.error.js';
import { describeScope } from './scope.js';
import type { ScopeState, ScopeStates } from './scope-state.js';
import { problemsOf } from './schema-problems.js';
import type { Snapshot } from './snapshot.js';
import { type StandardSchema, validateNow } from './standard-schema.js';

/**
 * Why a snapshot may not be used; undefined when all schemas accept it. Their
 * outputs are in the snapshot then.
 */
export function refusalOf(
  snapshot: Snapshot,
  schemas: readonly StandardSchema<object>[],
  state: ScopeState,
  states: ScopeStates,
): Error | undefined {
  const problems: SecretProblem[] = [];
  const what = `The scope (${describeScope(state.scope)})`;
  for (const schema of schemas) {
    try {
      const answer = validateNow(schema, snapshot.texts(), what);
      if (answer.issues) {
        problems.push(...problemsOf(answer, snapshot, state, states));
      } else snapshot.accept(schema, checkedOutput(answer.value, what));
    } catch (error) {
      // It waits, or makes something else than an object.
      return error as Error;
    }
  }
  return problems.length > 0 ? new MissingSecretsError(problems) : undefined;
}

function checkedOutput(output: unknown, what: string): object {
  if (typeof output === 'object' && output !== null) return output;
  throw new InfisicalConfigError(
    `${what}: schema must make an object of values by name, as z.object({ … }) does.`,
  );
}
