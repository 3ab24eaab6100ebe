import { missingProblem } from './missing-problem.js';
import type { SecretProblem } from './missing-secrets.error.js';
import type { ScopeState, ScopeStates } from './scope-state.js';
import type { Snapshot } from './snapshot.js';
import {
  describeIssues,
  type SchemaAnswer,
  type StandardIssue,
} from './standard-schema.js';

/** Stands for the name where a schema refuses the secrets as a whole. */
const ALL = '(all)';

/** What a schema refuses of the secrets of a scope, without values. */
export function problemsOf(
  answer: Extract<SchemaAnswer, { issues: object }>,
  snapshot: Snapshot | undefined,
  state: ScopeState,
  states: ScopeStates,
): SecretProblem[] {
  const problems = answer.issues.map((issue) =>
    problemOf(issue, snapshot, state, states),
  );
  if (answer.thrown !== undefined || problems.length === 0) {
    const hint = `The schema threw ${answer.thrown ?? 'nothing, and named no issue'}.`;
    const known = missingProblem(ALL, state, states, snapshot);
    problems.push({ ...known, reason: 'invalid', hint });
  }
  return distinct(problems);
}

function problemOf(
  issue: StandardIssue,
  snapshot: Snapshot | undefined,
  state: ScopeState,
  states: ScopeStates,
): SecretProblem {
  const [first] = issue.path ?? [];
  const name = first === undefined ? ALL : keyOf(first);
  const known = missingProblem(name, state, states, snapshot);
  if (first !== undefined && snapshot?.get(name) === undefined) return known;
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
