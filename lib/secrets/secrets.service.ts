import { inspect } from 'node:util';
import type { Observable } from 'rxjs';
import type { InfisicalClient } from '../client/infisical-client.js';
import type { SecretRecord } from '../client/secret-record.js';
import type { GetSecretOptions } from '../client/secret-options.js';
import {
  InfisicalConfigError,
  InfisicalError,
} from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import { missingProblem } from './missing-problem.js';
import { MissingSecretsError } from './missing-secrets.error.js';
import { describeScope, inheritScope } from './scope.js';
import {
  checkScope,
  type InfisicalFeatureScope,
  SCOPE_OPTION_NAMES,
} from './scope-options.js';
import type { ScopeState, ScopeStatus, ScopeStore } from './scope-store.js';
import {
  checkFormat,
  FORMAT_OPTION_NAMES,
  type ParsedSecret,
  type SecretFormat,
  type SecretValue,
} from './secret-format.js';
import type { KnownSecretName } from './secret-names.js';
import { SecretRef } from './secret-ref.js';
import type { SecretsEvent } from './secrets-event.js';
import type { SecretChange, Snapshot } from './snapshot.js';
import type { TenantScopes } from './tenant-scopes.js';

/** What to do about a scope without an environment. */
export const NO_ENVIRONMENT =
  'No environment: pass `environment` to forRoot, as the slug ("dev", "prod").';

/**
 * Options of `SecretsService#fetch`.
 *
 * @example
 * ```ts
 * const options: FetchSecretOptions = { version: 3 };
 * const { createdAt, tags } = await secrets.fetch('STRIPE_KEY', options);
 * ```
 *
 * @publicApi
 */
export type FetchSecretOptions = Omit<
  GetSecretOptions,
  'projectId' | 'projectSlug'
>;

/**
 * Options of `SecretsService#scope`. What is absent is that of the service
 * which is asked.
 *
 * @example
 * ```ts
 * const options: TenantScopeOptions = { path: '/tenants/acme' };
 * const tenant = await secrets.scope(options);
 * const host = tenant.get('SMTP_HOST');
 * ```
 *
 * @publicApi
 */
export type TenantScopeOptions = Partial<InfisicalFeatureScope>;

/**
 * The secrets of one scope, from memory. All reads are synchronous and see one
 * whole snapshot; none touches the network.
 *
 * Injected by its class, it is the scope of the nearest `forFeature`, else the
 * root scope.
 *
 * @example
 * ```ts
 * // In a provider: constructor(private readonly secrets: SecretsService) {}
 * const url = secrets.get('STRIPE_URL') ?? 'https://api.stripe.com';
 * const isLive = secrets.has('STRIPE_KEY') && secrets.status === 'ready';
 * secrets.changes$.subscribe(({ name, kind }) =>
 *   logger.log(`${name}: ${kind}`),
 * );
 * ```
 *
 * @publicApi
 */
export class SecretsService {
  readonly #state: ScopeState;
  readonly #store: ScopeStore;
  readonly #client: InfisicalClient;
  readonly #tenants: TenantScopes;

  /** @internal */
  constructor(
    state: ScopeState,
    store: ScopeStore,
    client: InfisicalClient,
    tenants: TenantScopes,
  ) {
    this.#state = state;
    this.#store = store;
    this.#client = client;
    this.#tenants = tenants;
  }

  /** The value, or undefined when there is no such secret or its value may not be read. */
  get(name: KnownSecretName): string | undefined {
    return this.snapshot.get(name);
  }

  /**
   * The value.
   *
   * @throws MissingSecretsError when there is none
   */
  getOrThrow(name: KnownSecretName): string {
    const value = this.snapshot.get(name);
    if (value === undefined) {
      throw new MissingSecretsError([
        missingProblem(name, this.#state, this.#store),
      ]);
    }
    return value;
  }

  /**
   * A reference to the value, which follows every refresh. Make it once, and
   * read `value` each time.
   *
   * @example
   * ```ts
   * const port = secrets.ref('PORT', { parse: Number, default: 5432 });
   * port.value; // number
   * ```
   *
   * @throws MissingSecretsError when there is none, or when it is not valid, now
   * @throws InfisicalConfigError when an option is wrong
   */
  ref<Format extends SecretFormat>(
    name: KnownSecretName,
    format?: Format & { default?: ParsedSecret<Format> },
  ): SecretRef<SecretValue<Format>>;
  ref<T>(name: KnownSecretName, format: SecretFormat<T>): SecretRef<T>;
  ref(name: KnownSecretName, format: SecretFormat = {}): SecretRef<unknown> {
    const what = `ref(${name})`;
    assertKnownOptions(format, FORMAT_OPTION_NAMES, what);
    checkFormat(format, what);
    return new SecretRef({
      wanted: { name, options: format },
      state: this.#state,
      store: this.#store,
      snapshot: () => this.snapshot,
    });
  }

  /** Whether there is such a secret. */
  has(name: KnownSecretName): boolean {
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
  fetch(
    name: KnownSecretName,
    options: FetchSecretOptions = {},
  ): Promise<SecretRecord> {
    const { projectId, projectSlug, environment, path } = this.#state.scope;
    return this.#client.secrets.get(name, {
      projectId,
      projectSlug,
      environment,
      path,
      fresh: true,
      ...options,
    });
  }

  /**
   * The service of another scope of this root, such as a tenant's folder. It is
   * loaded at the first call, and then refreshed with all others. There are at
   * most `tenantScopes.max` such scopes: when one more is loaded, the one that
   * was neither asked for nor read for the longest time is given up, and its
   * service throws from then on. So ask each time you need it, and do not keep
   * the service.
   *
   * @throws InfisicalConfigError when an option is wrong
   * @throws InfisicalNotFoundError when there is no such folder or environment
   * @throws InfisicalPermissionError when the identity may not list it
   * @throws InfisicalError why else it could not be loaded, and after the app has shut down
   */
  async scope(options: TenantScopeOptions): Promise<SecretsService> {
    assertKnownOptions(options, SCOPE_OPTION_NAMES, 'SecretsService#scope');
    checkScope(options, 'SecretsService#scope');
    const scope = inheritScope(this.#state.scope, options);
    if (!scope.environment) throw new InfisicalConfigError(NO_ENVIRONMENT);
    const state = await this.#tenants.open(scope);
    return new SecretsService(state, this.#store, this.#client, this.#tenants);
  }

  /**
   * Asks the server again, and replaces the snapshot as a whole when something
   * changed.
   *
   * @returns what changed, without values
   * @throws InfisicalError when the server cannot be asked; the snapshot stays, and `status` is `stale`
   */
  async refresh(
    options: { signal?: AbortSignal } = {},
  ): Promise<SecretChange[]> {
    this.assertKept();
    return this.#store.refresh(
      [this.#state],
      options.signal ?? new AbortController().signal,
    );
  }

  /** Changes that a refresh found, one by one, without values. */
  get changes$(): Observable<SecretChange> {
    return this.#state.changes$.asObservable();
  }

  /** Values that were not taken over, and methods with `@OnSecretChange` that failed; without values. Ends when the app does. */
  get events$(): Observable<SecretsEvent> {
    return this.#state.events$.asObservable();
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
    this.#store.touch(this.#state);
    const { snapshot, scope } = this.#state;
    if (!snapshot) {
      this.assertKept();
      if (!scope.environment) throw new InfisicalConfigError(NO_ENVIRONMENT);
      throw new InfisicalConfigError(
        `The scope (${describeScope(scope)}) has not been loaded: nothing in the app injects it. Inject SecretsService or use @Secret in a module of this scope, set \`path\` in forRoot, or call refresh() first.`,
      );
    }
    return snapshot;
  }

  private assertKept(): void {
    if (!this.#state.isEvicted) return;
    throw new InfisicalError(
      `The scope (${describeScope(this.#state.scope)}) was given up for others: more than ${this.#tenants.max} are in use. Ask for it again by scope() each time you need it, or raise tenantScopes.max.`,
    );
  }
}
