import type { SecretProblem } from './missing-secrets.error.js';
import type { ScopeState, ScopeStore } from './scope-store.js';
import { readText, type SecretFormat } from './secret-format.js';
import { hintForMissing } from './secret-hints.js';
import type { Snapshot } from './snapshot.js';

/** A secret that something wants in a format. */
export interface WantedSecret {
  readonly name: string;
  readonly options: SecretFormat;
  /** Who wants it; absent for a read by name. */
  readonly className?: string;
  readonly property?: string | symbol;
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
  store: ScopeStore,
): SecretOutcome {
  const { name, options } = wanted;
  const text = snapshot?.get(name);
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
  const hint = hintForMissing(name, state, store);
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
