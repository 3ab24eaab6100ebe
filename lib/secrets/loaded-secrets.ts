import { inspect } from 'node:util';
import type { InfisicalClient } from '../client/infisical-client.js';
import type { SleepAwareClock } from '../common/sleep-aware-clock.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import type { Random } from '../common/random.js';
import { describeScope, inheritScope, type Scope } from './scope.js';
import { checkScope, SCOPE_OPTION_NAMES } from './scope-options.js';
import type { ScopeState } from './scope-state.js';
import type { ScopeStore } from './scope-store.js';
import { SecretsService, type TenantScopeOptions } from './secrets.service.js';
import type { ScopeSchemaOptions } from './scope-schemas.js';
import {
  checkSchema,
  type SchemaOutput,
  type StandardSchema,
} from './standard-schema.js';
import { TenantScopes } from './tenant-scopes.js';
import type { SecretNameIn, SecretValueIn } from './typed-secrets.js';

/**
 * The reads of a `SecretsService`: synchronous, from memory.
 *
 * @example
 * ```ts
 * function portOf(reader: SecretsReader): number {
 *   return Number(reader.get('PORT') ?? 3000);
 * }
 *
 * portOf(secrets);
 * portOf(await loadSecrets({ projectId, environment: 'prod' }));
 * ```
 *
 * @publicApi
 */
export type SecretsReader<Secrets = unknown> = Pick<
  SecretsService<Secrets>,
  'get' | 'getOrThrow' | 'has' | 'keys' | 'entries'
>;

/**
 * What `loadSecrets` gives, whatever its schema.
 *
 * @example
 * ```ts
 * function rootOf(loaded: LoadedSecretsHandle) {
 *   return InfisicalModule.forRoot({ loaded, refresh: { interval: '1m' } });
 * }
 * ```
 *
 * @publicApi
 */
export type LoadedSecretsHandle = Pick<LoadedSecrets, 'scope' | 'close'>;

/** What a module gets with the secrets. */
export interface LoadedParts {
  readonly client: InfisicalClient;
  readonly store: ScopeStore;
  /** The scope of the options' own path and environment. */
  readonly scope: Scope;
  /** Of that scope. */
  readonly schema: StandardSchema<object> | undefined;
  readonly clock: SleepAwareClock;
  readonly random: Random;
}

/** The parts, and who closes them. */
interface Holding {
  readonly parts: LoadedParts;
  owner: 'caller' | 'module' | 'nobody';
}

const holdings = new WeakMap<object, Holding>();

/**
 * Secrets that were loaded before Nest exists, by `loadSecrets`. The reads by
 * name are of the scope of its `path` and `environment`.
 *
 * Whoever loads them closes them, until they are handed to
 * `InfisicalModule.forRoot({ loaded })`: from then on they belong to the
 * module. It refreshes them, so that reads here see new values too, and closes
 * them with the app.
 *
 * @example
 * ```ts
 * const loaded: LoadedSecrets = await loadSecrets({
 *   projectId,
 *   environment: 'prod',
 *   scopes: [{ path: '/mail' }],
 * });
 * const host = loaded.scope({ path: '/mail' }).get('SMTP_HOST');
 * InfisicalModule.forRoot({ loaded }); // closes it with the app
 * ```
 *
 * @publicApi
 */
export class LoadedSecrets<
  Secrets = unknown,
> implements SecretsReader<Secrets> {
  readonly #own: SecretsReader<Secrets>;

  /** @internal */
  constructor(of: LoadedParts) {
    holdings.set(this, { parts: of, owner: 'caller' });
    this.#own = readerOf(of, of.store.state(of.scope), of.schema);
  }

  /**
   * The value; undefined when there is no such secret or its value may not be
   * read. With a schema: what it makes.
   */
  get<Name extends SecretNameIn<Secrets>>(
    name: Name,
  ): SecretValueIn<Secrets, Name> {
    return this.#own.get(name);
  }

  /**
   * The value.
   *
   * @throws MissingSecretsError when there is none
   */
  getOrThrow<Name extends SecretNameIn<Secrets>>(
    name: Name,
  ): Exclude<SecretValueIn<Secrets, Name>, undefined> {
    return this.#own.getOrThrow(name);
  }

  /** Whether there is such a secret. */
  has(name: SecretNameIn<Secrets>): boolean {
    return this.#own.has(name);
  }

  /** All names, in alphabetical order. */
  keys(): SecretNameIn<Secrets>[] {
    return this.#own.keys();
  }

  /** All names with their values, in alphabetical order of names. */
  entries(): ReturnType<SecretsReader<Secrets>['entries']> {
    return this.#own.entries();
  }

  /**
   * The reads of another scope that was loaded, one of `scopes`. What is absent
   * is that of the options' own scope. With a `schema`, they are of what it
   * makes.
   *
   * @throws InfisicalConfigError when an option is wrong, or the scope was not loaded
   * @throws MissingSecretsError when the schema refuses the secrets
   */
  scope<Schema extends StandardSchema<object>>(
    options: TenantScopeOptions & { schema: Schema },
  ): SecretsReader<SchemaOutput<Schema>>;
  scope(options: TenantScopeOptions): SecretsReader;
  scope(options: TenantScopeOptions & ScopeSchemaOptions): SecretsReader {
    const what = 'LoadedSecrets#scope';
    assertKnownOptions(options, [...SCOPE_OPTION_NAMES, 'schema'], what);
    const { schema, ...own } = options;
    checkScope(own, what);
    checkSchema(schema, what);
    const of = partsOf(this);
    const scope = inheritScope(of.scope, own);
    const state = of.store.find(scope);
    if (!state?.snapshot) {
      throw new InfisicalConfigError(
        `The scope (${describeScope(scope)}) was not loaded: add it to \`scopes\` of loadSecrets().`,
      );
    }
    const refusal = schema && of.store.demand(state, schema);
    if (refusal) throw refusal;
    return readerOf(of, state, schema);
  }

  /**
   * Closes the connections. What is loaded can still be read. Harmless when
   * repeated, and when a module has taken over: then that one closes them.
   */
  async close(): Promise<void> {
    const holding = holdingOf(this);
    if (holding.owner !== 'caller') return;
    holding.owner = 'nobody';
    const { store, client } = holding.parts;
    store.complete();
    await client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  toJSON(): Record<string, unknown> {
    const { environment, path } = partsOf(this).scope;
    return { environment, path, secrets: this.keys().length };
  }

  [inspect.custom](): string {
    return `LoadedSecrets ${inspect(this.toJSON())}`;
  }
}

/** What is behind loaded secrets, for the rooms above; not part of the public face. */
export function partsOf(loaded: object): LoadedParts {
  return holdingOf(loaded).parts;
}

/**
 * The parts, which the caller closes from now on.
 *
 * @throws InfisicalConfigError when somebody has them already, or they are closed
 */
export function takeOver(loaded: object): LoadedParts {
  const holding = holdingOf(loaded);
  if (holding.owner === 'module') {
    throw new InfisicalConfigError(
      'loaded: these secrets belong to another InfisicalModule already. Call loadSecrets() once for each app, and for each named root.',
    );
  }
  if (holding.owner === 'nobody') {
    throw new InfisicalConfigError(
      'loaded: these secrets were closed. Hand them to forRoot without close(): the module closes them.',
    );
  }
  holding.owner = 'module';
  return holding.parts;
}

function holdingOf(loaded: object): Holding {
  const found = holdings.get(loaded);
  if (!found) {
    throw new InfisicalConfigError(
      'loaded must be what loadSecrets() gives, or a promise of it.',
    );
  }
  return found;
}

function readerOf<Secrets>(
  { store, client }: LoadedParts,
  state: ScopeState,
  schema: StandardSchema<object> | undefined,
): SecretsReader<Secrets> {
  const tenants = new TenantScopes(store, 1);
  return new SecretsService<Secrets>(state, store, client, tenants, schema);
}
