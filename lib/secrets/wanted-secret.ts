import type { SecretProblem } from './missing-secrets.error.js';
import type { ScopeState, ScopeStates } from './scope-state.js';
import { readText, type SecretFormat } from './secret-format.js';
import { hintForMissing } from './secret-hints.js';
import type { Snapshot } from './snapshot.js';
import type { StandardSchema } from './standard-schema.js';

/** A secret that something wants in a format. */
export interface WantedSecret {
  readonly name: string;
  readonly options: SecretFormat;
  /** Who wants it; absent for a read by name. */
  readonly className?: string;
  readonly property?: string | symbol;
}

/** How a reader sees the snapshots of a scope. */
export interface SnapshotView {
  /** The schema of the scope. */
  readonly schema?: StandardSchema | undefined;
  /** Whether what the schema makes is wanted, and not the text. */
  readonly isTyped?: boolean;
}

/** A value with its version, or why there is none. */
export type SecretOutcome =
  | {
      readonly value: unknown;
      readonly version: number | undefined;
      readonly problem?: undefined;
    }
  | { readonly problem: SecretProblem };

/**
 * Reads a wanted secret from a snapshot of a scope.
 *
 * @throws InfisicalConfigError when `parse` or `schema` is asynchronous
 */
export function readWanted(
  wanted: WantedSecret,
  snapshot: Snapshot | undefined,
  state: ScopeState,
  states: ScopeStates,
  { schema, isTyped = false }: SnapshotView = {},
): SecretOutcome {
  const { name, options } = wanted;
  if (schema && isTyped && snapshot) {
    const version = snapshot.version(name);
    return { value: snapshot.made(name, schema), version };
  }
  const text = snapshot?.get(name, schema);
  if (text !== undefined) {
    const reading = readText(text, options, describe(wanted));
    return reading.refusal === undefined
      ? { value: reading.value, version: snapshot?.version(name) }
      : { problem: problemWith(wanted, state, 'invalid', reading.refusal) };
  }
  if (snapshot?.isHidden(name)) {
    const hint =
      'Give the machine identity the permission to read values there.';
    return { problem: problemWith(wanted, state, 'hidden', hint) };
  }
  if (options.optional || 'default' in options) {
    return { value: options.default, version: undefined };
  }
  const hint = hintForMissing(name, state, states, snapshot);
  return { problem: problemWith(wanted, state, 'missing', hint) };
}

function describe({ name, className, property }: WantedSecret): string {
  const place = className ? `${className}.${String(property)}` : 'ref';
  return `${place} (${name})`;
}

/** What is wrong with a wanted secret. */
export function problemWith(
  { name, className, property }: WantedSecret,
  { scope }: ScopeState,
  reason: SecretProblem['reason'],
  hint: string | undefined,
): SecretProblem {
  return {
    name,
    reason,
    ...(className !== undefined && { className, property: String(property) }),
    project: scope.projectId ?? scope.projectSlug ?? '',
    environment: scope.environment,
    path: scope.path,
    hint,
  };
}
