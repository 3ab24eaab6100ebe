import { inspect } from 'node:util';
import type { Observable } from 'rxjs';
import type { InfisicalClient } from '../client/infisical-client.js';
import type { SecretRecord } from '../client/secret-record.js';
import type { GetSecretOptions } from '../client/secret-options.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { MissingSecretsError } from './missing-secrets.error.js';
import { describeScope } from './scope.js';
import type { ScopeState, ScopeStatus, ScopeStore } from './scope-store.js';
import { hintForMissing } from './secret-hints.js';
import type { SecretChange, Snapshot } from './snapshot.js';

/** What to do about a scope without an environment. */
export const NO_ENVIRONMENT =
  'No environment: pass `environment` to forRoot, as the slug ("dev", "prod").';

/** Options of `SecretsService#fetch`. */
export type FetchSecretOptions = Omit<
  GetSecretOptions,
  'projectId' | 'projectSlug'
>;

/**
 * The secrets of one scope, from memory. All reads are synchronous and see one
 * whole snapshot; none touches the network.
 *
 * Injected by its class, it is the scope of the nearest `forFeature`, else the
 * root scope.
 *
 * @publicApi
 */
export class SecretsService {
  readonly #state: ScopeState;
  readonly #store: ScopeStore;
  readonly #client: InfisicalClient;

  constructor(state: ScopeState, store: ScopeStore, client: InfisicalClient) {
    this.#state = state;
    this.#store = store;
    this.#client = client;
  }

  /** The value, or undefined when there is no such secret or its value may not be read. */
  get(name: string): string | undefined {
    return this.snapshot.get(name);
  }

  /**
   * The value.
   *
   * @throws MissingSecretsError when there is none
   */
  getOrThrow(name: string): string {
    const value = this.snapshot.get(name);
    if (value === undefined) {
      const { scope } = this.#state;
      const hidden = this.snapshot.isHidden(name);
      throw new MissingSecretsError([
        {
          name,
          reason: hidden ? 'hidden' : 'missing',
          project: scope.projectId ?? scope.projectSlug ?? '',
          environment: scope.environment,
          path: scope.path,
          hint: hidden ? undefined : hintForMissing(name, scope, this.#store),
        },
      ]);
    }
    return value;
  }

  /** Whether there is such a secret. */
  has(name: string): boolean {
    return this.snapshot.has(name);
  }

  /** All names, in alphabetical order. */
  keys(): string[] {
    return this.snapshot.keys();
  }

  /** All names with their values, in alphabetical order of names. */
  entries(): [name: string, value: string][] {
    const { snapshot } = this;
    return snapshot
      .keys()
      .map((name) => [name, snapshot.get(name)] as const)
      .filter((entry): entry is [string, string] => entry[1] !== undefined);
  }

  /**
   * One secret straight from the server, for an earlier version or its
   * metadata. The snapshot is not changed.
   *
   * @throws InfisicalNotFoundError
   */
  fetch(name: string, options: FetchSecretOptions = {}): Promise<SecretRecord> {
    const { projectId, projectSlug, environment, path } = this.#state.scope;
    return this.#client.secrets.get(name, {
      projectId,
      projectSlug,
      environment,
      path,
      ...options,
    });
  }

  /**
   * Asks the server again, and replaces the snapshot as a whole when something
   * changed.
   *
   * @returns what changed, without values
   * @throws InfisicalError when the server cannot be asked; the snapshot stays, and `status` is `stale`
   */
  refresh(options: { signal?: AbortSignal } = {}): Promise<SecretChange[]> {
    return this.#store.refresh(
      [this.#state.scope],
      options.signal ?? new AbortController().signal,
    );
  }

  /** Changes that a refresh found, one by one, without values. */
  get changes$(): Observable<SecretChange> {
    return this.#state.changes$.asObservable();
  }

  /** How far the snapshot can be trusted. */
  get status(): ScopeStatus {
    return this.#state.status;
  }

  /** Milliseconds since the server last confirmed the snapshot; Infinity when it never did. */
  get age(): number {
    return this.#store.age(this.#state);
  }

  /** Why the latest refresh failed; undefined after a success. */
  get lastError(): Error | undefined {
    return this.#state.lastError;
  }

  toJSON(): Record<string, unknown> {
    const { environment, path } = this.#state.scope;
    return { environment, path, status: this.status };
  }

  [inspect.custom](): string {
    return `SecretsService ${inspect(this.toJSON())}`;
  }

  private get snapshot(): Snapshot {
    const { snapshot, scope } = this.#state;
    if (!snapshot) {
      if (!scope.environment) throw new InfisicalConfigError(NO_ENVIRONMENT);
      throw new InfisicalConfigError(
        `The scope (${describeScope(scope)}) has not been loaded: nothing in the app injects it. Inject SecretsService or use @Secret in a module of this scope, set \`path\` in forRoot, or call refresh() first.`,
      );
    }
    return snapshot;
  }
}
