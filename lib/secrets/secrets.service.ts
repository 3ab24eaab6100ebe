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
import type { ScopeState, ScopeStatus } from './scope-state.js';
import type { ScopeStore } from './scope-store.js';
import {
  checkFormat,
  FORMAT_OPTION_NAMES,
  type ParsedSecret,
  type SecretFormat,
  type SecretValue,
} from './secret-format.js';
import { SecretRef } from './secret-ref.js';
import type { ScopeSchemaOptions } from './scope-schemas.js';
import type { SecretsEvent } from './secrets-event.js';
import type { SecretChange, Snapshot } from './snapshot.js';
import {
  checkSchema,
  type SchemaOutput,
  type StandardSchema,
} from './standard-schema.js';
import type { TenantScopes } from './tenant-scopes.js';
import type { SecretNameIn, SecretValueIn } from './typed-secrets.js';

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
 * With a `schema` of that scope it has what the schema makes, no more and no
 * less: give its type, as in `SecretsService<z.infer<typeof schema>>`.
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
export class SecretsService<Secrets = unknown> {
  readonly #state: ScopeState;
  readonly #store: ScopeStore;
  readonly #client: InfisicalClient;
  readonly #tenants: TenantScopes;
  readonly #schema: StandardSchema<object> | undefined;

  /** @internal */
  constructor(
    state: ScopeState,
    store: ScopeStore,
    client: InfisicalClient,
    tenants: TenantScopes,
    schema?: StandardSchema<object>,
  ) {
    this.#schema = schema;
    this.#state = state;
    this.#store = store;
    this.#client = client;
    this.#tenants = tenants;
  }

  /**
   * The value; undefined when there is no such secret or its value may not be
   * read. With a schema: what it makes.
   */
  get<Name extends SecretNameIn<Secrets>>(
    name: Name,
  ): SecretValueIn<Secrets, Name> {
    return this.read(name) as SecretValueIn<Secrets, Name>;
  }

  /**
   * The value.
   *
   * @throws MissingSecretsError when there is none
   */
  getOrThrow<Name extends SecretNameIn<Secrets>>(
    name: Name,
  ): Exclude<SecretValueIn<Secrets, Name>, undefined> {
    const value = this.read(name);
    if (value === undefined) {
      throw new MissingSecretsError([
        missingProblem(name, this.#state, this.#store),
      ]);
    }
    return value as Exclude<SecretValueIn<Secrets, Name>, undefined>;
  }

  /**
   * A reference to the value, which follows every refresh. Make it once, and
   * read `value` each time. With a format it reads the text; without one, what
   * the schema of the scope makes.
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
  ref<Name extends SecretNameIn<Secrets>>(
    name: Name,
  ): SecretRef<unknown extends Secrets ? string : SecretValueIn<Secrets, Name>>;
  ref<Format extends SecretFormat>(
    name: SecretNameIn<Secrets>,
    format: Format & { default?: ParsedSecret<Format> },
  ): SecretRef<SecretValue<Format>>;
  ref<T>(name: SecretNameIn<Secrets>, format: SecretFormat<T>): SecretRef<T>;
  ref(name: SecretNameIn<Secrets>, format?: SecretFormat): SecretRef<unknown> {
    const what = `ref(${name})`;
    assertKnownOptions(format, FORMAT_OPTION_NAMES, what);
    checkFormat(format ?? {}, what);
    return new SecretRef({
      wanted: { name, options: format ?? {} },
      view: { schema: this.#schema, isTyped: format === undefined },
      state: this.#state,
      store: this.#store,
      snapshot: () => this.snapshot,
    });
  }

  /** Whether there is such a secret. */
  has(name: SecretNameIn<Secrets>): boolean {
    const { snapshot } = this;
    const schema = this.#schema;
    if (!schema) return snapshot.has(name);
    return Object.hasOwn(snapshot.output(schema) ?? {}, name);
  }

  /** All names, in alphabetical order. */
  keys(): SecretNameIn<Secrets>[] {
    const { snapshot } = this;
    const schema = this.#schema;
    const keys = schema
      ? Object.keys(snapshot.output(schema) ?? {}).sort()
      : snapshot.keys();
    return keys as SecretNameIn<Secrets>[];
  }

  /** All names with their values, in alphabetical order of names. */
  entries(): [
    name: SecretNameIn<Secrets>,
    value: Exclude<SecretValueIn<Secrets, SecretNameIn<Secrets>>, undefined>,
  ][] {
    return this.keys()
      .filter((name) => this.read(name) !== undefined)
      .map((name) => [name, this.getOrThrow(name)]);
  }

  /**
   * One secret straight from the server, for an earlier version or its
   * metadata. The snapshot is not changed.
   *
   * @throws InfisicalNotFoundError
   */
  fetch(
    name: SecretNameIn<Secrets>,
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
   * the service. A `schema` is that of the service you get; make it once.
   *
   * @throws InfisicalConfigError when an option is wrong
   * @throws MissingSecretsError when the schema refuses the secrets
   * @throws InfisicalNotFoundError when there is no such folder or environment
   * @throws InfisicalPermissionError when the identity may not list it
   * @throws InfisicalError why else it could not be loaded, and after the app has shut down
   */
  scope<Schema extends StandardSchema<object>>(
    options: TenantScopeOptions & { schema: Schema },
  ): Promise<SecretsService<SchemaOutput<Schema>>>;
  scope(options: TenantScopeOptions): Promise<SecretsService>;
  async scope(
    options: TenantScopeOptions & ScopeSchemaOptions,
  ): Promise<SecretsService> {
    const what = 'SecretsService#scope';
    assertKnownOptions(options, [...SCOPE_OPTION_NAMES, 'schema'], what);
    const { schema, ...own } = options;
    checkScope(own, what);
    checkSchema(schema, what);
    const scope = inheritScope(this.#state.scope, own);
    if (!scope.environment) throw new InfisicalConfigError(NO_ENVIRONMENT);
    const state = await this.#tenants.open(scope);
    const refusal = schema && this.#store.demand(state, schema);
    if (refusal) throw refusal;
    return new SecretsService(
      state,
      this.#store,
      this.#client,
      this.#tenants,
      schema,
    );
  }

  /**
   * Asks the server again, and replaces the snapshot as a whole when something
   * changed. Whatever was changed before the call is seen. Callers share
   * requests: one is under way at a time, and after 20 in a row there is one a
   * second.
   *
   * @param options `signal` ends the waiting of this caller
   * @returns what changed, without values
   * @throws MissingSecretsError when the schema of the scope refuses what there is now; the snapshot stays, and `status` is `stale`
   * @throws InfisicalError when the server cannot be asked; the same
   */
  async refresh(
    options: { signal?: AbortSignal } = {},
  ): Promise<SecretChange[]> {
    this.assertKept();
    return this.#store.force(
      this.#state,
      options.signal ?? new AbortController().signal,
    );
  }

  /** Changes that a refresh finds from now on, one by one, without values. */
  get changes$(): Observable<SecretChange> {
    return this.#state.changes$.asObservable();
  }

  /** Refreshes that were rejected, secrets that are not there any more, values that were not taken over, and methods with `@OnSecretChange` that failed; without values. A late subscriber gets the latest one first. Ends when the app does. */
  get events$(): Observable<SecretsEvent> {
    return this.#state.events$.asObservable();
  }

  /** How far the snapshot can be trusted. */
  get status(): ScopeStatus {
    return this.#store.statusOf(this.#state);
  }

  /** The present `status`, and each other one that a refresh or its failure leads to. Ends when the app does. */
  get status$(): Observable<ScopeStatus> {
    return this.#store.statuses(this.#state);
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

  private read(name: string): unknown {
    const { snapshot } = this;
    return this.#schema
      ? snapshot.made(name, this.#schema)
      : snapshot.get(name);
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
