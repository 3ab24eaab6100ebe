import { inspect } from 'node:util';
import { filter, type Observable } from 'rxjs';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { REDACTED } from '../common/redaction.js';
import {
  MissingSecretsError,
  type SecretProblem,
} from './missing-secrets.error.js';
import type { ScopeState, ScopeStatus } from './scope-state.js';
import type { ScopeStore } from './scope-store.js';
import type { SecretChange, Snapshot } from './snapshot.js';
import type { SnapshotReader, TakeOver } from './snapshot-readers.js';
import {
  problemWith,
  readWanted,
  type SnapshotView,
  type WantedSecret,
} from './wanted-secret.js';

/** What a reference needs besides the secret's name and format. */
export interface RefParts {
  readonly wanted: WantedSecret;
  readonly view?: SnapshotView | undefined;
  readonly state: ScopeState;
  readonly store: ScopeStore;
  /** The snapshot to begin with. Called for every read, so it throws when the scope is gone. */
  readonly snapshot: () => Snapshot | undefined;
  /** Called when the value was replaced, in the same step. Must not throw. */
  readonly onReplaced?: (value: unknown) => void;
}

/**
 * The current value of a secret, which follows a refresh. All references of a
 * scope change in one step, before any `changes$` and `@OnSecretChange` is
 * told. A new value that is missing, hidden or invalid does not replace the old
 * one; see `problem`. Printing or serialising it does not show the value.
 *
 * @example
 * ```ts
 * const limit = secrets.ref('LIMIT', { parse: Number, default: 10 });
 *
 * function allows(requests: number): boolean {
 *   return requests < limit.value; // the current one
 * }
 * ```
 *
 * @publicApi
 */
export class SecretRef<T = string> implements SnapshotReader {
  readonly #parts: RefParts;
  #value: unknown;
  #version: number | undefined;
  #problem: SecretProblem | undefined;

  /**
   * @internal
   * @throws MissingSecretsError when there is no valid value to begin with
   */
  constructor(parts: RefParts) {
    const { wanted, state, store, view } = parts;
    const outcome = readWanted(wanted, parts.snapshot(), state, store, view);
    if (outcome.problem) throw new MissingSecretsError([outcome.problem]);
    this.#parts = parts;
    this.#value = outcome.value;
    this.#version = outcome.version;
    state.readers.add(this);
  }

  /** Name of the secret. */
  get name(): string {
    return this.#parts.wanted.name;
  }

  /**
   * The value, from memory.
   *
   * @throws InfisicalError when its scope was given up, see `SecretsService#scope`
   */
  get value(): T {
    this.#parts.snapshot();
    return this.#value as T;
  }

  /** The server's version of the value in use; undefined for a default. */
  get version(): number | undefined {
    return this.#version;
  }

  /** `ready` when the value is as the latest refresh found it; else `stale`. */
  get status(): ScopeStatus {
    return this.#problem ? 'stale' : this.#parts.state.status;
  }

  /** Why the newest value is not in use; undefined when it is. */
  get problem(): SecretProblem | undefined {
    return this.#problem;
  }

  /** Changes of this secret, without values. Ends when the app does. */
  get changes$(): Observable<SecretChange> {
    const { name } = this;
    return this.#parts.state.changes$.pipe(
      filter((change) => change.name === name),
    );
  }

  /** @internal */
  concerns(names: ReadonlySet<string>): boolean {
    // A schema may make a value of many texts.
    return this.#parts.view?.schema !== undefined || names.has(this.name);
  }

  /** @internal */
  prepare(next: Snapshot): TakeOver {
    const { wanted, state, store, view, onReplaced } = this.#parts;
    let outcome: ReturnType<typeof readWanted>;
    try {
      outcome = readWanted(wanted, next, state, store, view);
    } catch (error) {
      // A parser or schema that waits for some texts only.
      if (!(error instanceof InfisicalConfigError)) throw error;
      const problem = problemWith(wanted, state, 'invalid', error.message);
      return () => (this.#problem = problem);
    }
    if (outcome.problem) {
      const { problem } = outcome;
      return () => (this.#problem = problem);
    }
    const { value, version } = outcome;
    return () => {
      this.#value = value;
      this.#version = version;
      this.#problem = undefined;
      onReplaced?.(value);
      return undefined;
    };
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): Record<string, unknown> {
    const { name, version, status } = this;
    return { name, version, status, value: REDACTED };
  }

  [inspect.custom](): string {
    return `SecretRef ${inspect(this.toJSON())}`;
  }
}
