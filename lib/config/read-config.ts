import {
  MissingSecretsError,
  type SecretProblem,
} from '../secrets/missing-secrets.error.js';
import { missingProblem } from '../secrets/missing-problem.js';
import type { ScopeState, ScopeStore } from '../secrets/scope-store.js';
import {
  describeIssues,
  type StandardIssue,
  type StandardSchema,
} from '../secrets/standard-schema.js';

/**
 * The secrets of a scope as one object, as the schema has it.
 *
 * @throws MissingSecretsError all that the schema refuses, without values
 */
export async function readConfig(
  schema: StandardSchema | undefined,
  state: ScopeState,
  store: ScopeStore,
): Promise<Record<string, unknown>> {
  const { snapshot } = state;
  const values = Object.fromEntries(
    (snapshot?.keys() ?? [])
      .map((name) => [name, snapshot?.get(name)] as const)
      .filter(([, value]) => value !== undefined),
  );
  if (!schema) return values;
  const result = await schema['~standard'].validate(values);
  if (!result.issues) return result.value as Record<string, unknown>;
  const problems = result.issues.map((issue) => problemOf(issue, state, store));
  throw new MissingSecretsError(distinct(problems));
}

function problemOf(
  issue: StandardIssue,
  state: ScopeState,
  store: ScopeStore,
): SecretProblem {
  const [first] = issue.path ?? [];
  const name = first === undefined ? '(all)' : keyOf(first);
  const known = missingProblem(name, state, store);
  if (first !== undefined && state.snapshot?.get(name) === undefined) {
    return known;
  }
  const hint = `The schema refuses ${describeIssues([issue])}.`;
  return { ...known, reason: 'invalid', hint };
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof part === 'object' ? part.key : part);
}

function distinct(problems: readonly SecretProblem[]): SecretProblem[] {
  const key = ({ name, hint }: SecretProblem): string => `${name} ${hint}`;
  return [...new Map(problems.map((one) => [key(one), one])).values()];
}
