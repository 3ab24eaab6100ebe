import { MissingSecretsError } from '../secrets/missing-secrets.error.js';
import { problemsOf } from '../secrets/schema-problems.js';
import type { ScopeState, ScopeStates } from '../secrets/scope-state.js';
import type { Snapshot } from '../secrets/snapshot.js';
import type {
  StandardResult,
  StandardSchema,
} from '../secrets/standard-schema.js';

type Values = Record<string, unknown>;

/**
 * The secrets of a scope as one object, as the schema has it; a promise when
 * the schema gives one.
 *
 * @throws MissingSecretsError all that the schema refuses, without values
 */
export function readConfig(
  schema: StandardSchema | undefined,
  snapshot: Snapshot | undefined,
  state: ScopeState,
  states: ScopeStates,
): Values | Promise<Values> {
  const values = snapshot?.texts() ?? {};
  if (!schema) return values;
  const accept = (result: StandardResult<unknown>): Values => {
    if (!result.issues) return result.value as Values;
    throw new MissingSecretsError(problemsOf(result, snapshot, state, states));
  };
  const result = schema['~standard'].validate(values);
  return result instanceof Promise ? result.then(accept) : accept(result);
}
