import {
  MissingSecretsError,
  type SecretProblem,
} from '../secrets/missing-secrets.error.js';
import { missingProblem } from '../secrets/missing-problem.js';
import type { ScopeState, ScopeStore } from '../secrets/scope-store.js';
import type { Snapshot } from '../secrets/snapshot.js';
import {
  describeIssues,
  type StandardIssue,
  type StandardSchema,
} from '../secrets/standard-schema.js';

type SchemaResult = Awaited<
  ReturnType<StandardSchema['~standard']['validate']>
>;

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
  store: ScopeStore,
): Values | Promise<Values> {
  const values = Object.fromEntries(
    (snapshot?.keys() ?? [])
      .map((name) => [name, snapshot?.get(name)] as const)
      .filter(([, value]) => value !== undefined),
  );
  if (!schema) return values;
  const accept = (result: SchemaResult): Values => {
    if (!result.issues) return result.value as Values;
    const problems = result.issues.map((issue) =>
      problemOf(issue, snapshot, state, store),
    );
    throw new MissingSecretsError(distinct(problems));
  };
  const result = schema['~standard'].validate(values);
  return result instanceof Promise ? result.then(accept) : accept(result);
}

function problemOf(
  issue: StandardIssue,
  snapshot: Snapshot | undefined,
  state: ScopeState,
  store: ScopeStore,
): SecretProblem {
  const [first] = issue.path ?? [];
  const name = first === undefined ? '(all)' : keyOf(first);
  const known = missingProblem(name, state, store);
  if (first !== undefined && snapshot?.get(name) === undefined) {
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
