import { isAbsentFolder, tellScope } from '../secrets/scope.js';
import type { ScopeMark } from '../secrets/scope-options.js';
import type { ScopeState } from '../secrets/scope-state.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import {
  MissingSecretsError,
  type SecretProblem,
} from '../secrets/missing-secrets.error.js';
import { readWanted, type SnapshotView } from '../secrets/wanted-secret.js';
import type { NestModule } from './module-graph.js';
import type { SecretSite } from './secret-options.js';
import { isOwnProvider, secretTokenOf } from './site-tokens.js';

/** A schema makes its defaults only of secrets that it does not refuse. */
const MAYBE_DEFAULT =
  'The schema of the scope may have a default for it, and refuses other secrets.';

/** A site in a module, with the module that Nest takes its value from. */
export interface PlacedSite {
  readonly site: SecretSite;
  readonly provider: NestModule;
  readonly mark: ScopeMark;
}

/** The same, with the scope that it gets its value from. */
export interface BoundSite extends PlacedSite {
  readonly state: ScopeState;
  readonly view: SnapshotView;
}

/**
 * Reports all secrets that are missing or invalid at once.
 *
 * @param refusals why schemas do not accept snapshots that are in use already
 * @throws MissingSecretsError
 * @throws InfisicalError why a scope could not be loaded
 */
export function assertComplete(
  sites: readonly BoundSite[],
  states: readonly ScopeState[],
  refusals: readonly Error[],
  store: ScopeStore,
): void {
  const absent = states.find(isAbsent);
  const problems = [
    ...refusals,
    ...states.filter((state) => !isAbsent(state)).map(failureOf),
  ].flatMap(schemaProblems);
  for (const bound of sites) {
    const problem = problemOf(bound, store);
    if (problem) problems.push(problem);
  }
  const cause = absent && failureOf(absent);
  if (problems.length > 0) throw new MissingSecretsError(problems, { cause });
  if (cause) throw cause;
}

function problemOf(
  { site, provider, mark, state, view }: BoundSite,
  store: ScopeStore,
): SecretProblem | undefined {
  if (!isOwnText(site, mark, provider)) return undefined;
  const snapshot = state.snapshot ?? state.refused;
  const { problem } = readWanted(site, snapshot, state, store, view);
  const mayHaveDefault =
    state.refused && view.schema && problem?.reason === 'missing';
  return mayHaveDefault
    ? { ...problem, hint: problem.hint ?? MAYBE_DEFAULT }
    : problem;
}

/** Why a scope has no snapshot. */
function failureOf({
  snapshot,
  lastError,
  scope,
}: ScopeState): Error | undefined {
  return snapshot || !lastError ? undefined : tellScope(lastError, scope);
}

function isAbsent({ snapshot, lastError }: ScopeState): boolean {
  return !snapshot && lastError !== undefined && isAbsentFolder(lastError);
}

/** @throws the error when it is none of a schema */
function schemaProblems(error: Error | undefined): readonly SecretProblem[] {
  if (!error) return [];
  if (error instanceof MissingSecretsError) return error.problems;
  throw error;
}

/** Whether the text of a site is the server's, not a test's. */
export function isOwnText(
  site: SecretSite,
  mark: ScopeMark,
  provider: NestModule,
): boolean {
  const wrapper = provider.providers.get(secretTokenOf(site, mark));
  return !wrapper || isOwnProvider(wrapper.metatype);
}
