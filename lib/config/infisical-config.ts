import type { DynamicModule } from '@nestjs/common';
import { contextOf, type InfisicalClient } from '../client/infisical-client.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import {
  loadSecrets,
  type LoadSecretsOptions,
} from '../secrets/load-secrets.js';
import {
  type LoadedSecretsHandle,
  partsOf,
} from '../secrets/loaded-secrets.js';
import { inheritScope, type Scope } from '../secrets/scope.js';
import { checkScope, SCOPE_OPTION_NAMES } from '../secrets/scope-options.js';
import type { ScopeState } from '../secrets/scope-state.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import type { TenantScopeOptions } from '../secrets/secrets.service.js';
import type { Snapshot } from '../secrets/snapshot.js';
import type { StandardSchema } from '../secrets/standard-schema.js';
import { readConfig } from './read-config.js';

/**
 * Options of `infisicalConfig`: those of `loadSecrets`, for a login of its own;
 * or `loaded`, without any of them.
 *
 * @example
 * ```ts
 * import { loaded, schema } from './secrets.js';
 *
 * const options: InfisicalConfigOptions = {
 *   loaded,
 *   scope: { path: '/mail' },
 *   schema,
 * };
 * ConfigModule.forRoot({ load: [infisicalConfig(options)] });
 * ```
 *
 * @publicApi
 */
export interface InfisicalConfigOptions<
  Config extends object = Record<string, string>,
> extends Omit<LoadSecretsOptions, 'scopes'> {
  /** What `loadSecrets` gave, or how to get it when the configuration is loaded. */
  loaded?:
    | LoadedSecretsHandle
    | Promise<LoadedSecretsHandle>
    | (() => LoadedSecretsHandle | Promise<LoadedSecretsHandle>);
  /** Which of the loaded scopes. What is absent is that of their own scope. Default: that one. */
  scope?: TenantScopeOptions;
  /** Where the values stand in the configuration, as with `registerAs`. Default: at its top. */
  namespace?: string;
  /** Checks the object of all secrets once they are loaded, and may change it: a Standard Schema (Zod, Valibot, ArkType). */
  schema?: StandardSchema<Config>;
}

/**
 * A factory for `load` of `ConfigModule.forRoot`.
 *
 * @example
 * ```ts
 * const database: InfisicalConfigFactory<Record<string, string>> =
 *   infisicalConfig({ projectId, environment: 'prod', path: '/database' });
 * ConfigModule.forRoot({ load: [database] });
 * ```
 *
 * @publicApi
 */
export type InfisicalConfigFactory<Config extends object> =
  () => Promise<Config>;

/**
 * What a factory with a namespace has besides, as those of `registerAs` do.
 *
 * @example
 * ```ts
 * import { loaded } from './secrets.js';
 *
 * const mail = infisicalConfig({ loaded, namespace: 'mail' });
 * ConfigModule.forRoot({ load: [mail] });
 * // Where it is wanted: @Inject(mail.KEY) private readonly mail: MailConfig
 * const token: string = mail.KEY;
 * ```
 *
 * @publicApi
 */
export interface InfisicalConfigKey<Config extends object> {
  /** Injection token of the object. */
  readonly KEY: string;
  /** Options for the `forRootAsync` of another module. They load the secrets once more. */
  asProvider(): {
    imports: [DynamicModule];
    useFactory: (config: Config) => Config;
    inject: [string];
  };
}

/** What is known of a factory, to keep what it made up to date. */
export interface ConfigDefinition {
  readonly namespace: string | undefined;
  /** The state of its scope in a store, if that has it from the same server. */
  find(client: InfisicalClient, store: ScopeStore): ScopeState | undefined;
  /**
   * What it would make of a snapshot, later if its schema answers later.
   *
   * @throws MissingSecretsError all that the schema refuses
   */
  read(
    snapshot: Snapshot | undefined,
    state: ScopeState,
    store: ScopeStore,
  ): Record<string, unknown> | Promise<Record<string, unknown>>;
}

const definitions = new WeakMap<object, ConfigDefinition>();

/** What is behind a factory of `infisicalConfig`; undefined for anything else. */
export function definitionOf(factory: unknown): ConfigDefinition | undefined {
  return typeof factory === 'function' ? definitions.get(factory) : undefined;
}

const OWN_NAMES: readonly (keyof InfisicalConfigOptions)[] = [
  'loaded',
  'scope',
  'namespace',
  'schema',
];

/**
 * Secrets for `@nestjs/config`, version 4 or 12: by their names, or below
 * `namespace`. They do not get into process.env. When an `InfisicalModule` of
 * the app has the same scope, its refreshes reach the `ConfigService` and its
 * `changes$`.
 *
 * @example
 * ```ts
 * import { loaded, schema } from './secrets.js';
 *
 * ConfigModule.forRoot({ load: [infisicalConfig({ loaded, schema })] });
 * ```
 *
 * @throws InfisicalConfigError when an option is wrong. The factory throws what `loadSecrets` does, and a MissingSecretsError of all that the schema refuses
 * @publicApi
 */
export function infisicalConfig<Config extends object = Record<string, string>>(
  options: InfisicalConfigOptions<Config> & { namespace: string },
): InfisicalConfigFactory<Config> & InfisicalConfigKey<Config>;
export function infisicalConfig<Config extends object = Record<string, string>>(
  options?: InfisicalConfigOptions<Config>,
): InfisicalConfigFactory<Config>;
export function infisicalConfig<Config extends object>(
  options: InfisicalConfigOptions<Config> = {},
): InfisicalConfigFactory<Config> {
  const { loaded, scope: said = {}, namespace, schema, ...own } = options;
  checkConfigOptions(options);
  // Its failure is told when the configuration is loaded.
  if (loaded instanceof Promise) void loaded.catch(() => undefined);
  let source: { readonly origin: string; readonly scope: Scope } | undefined;

  const factory = async (): Promise<Config> => {
    const from = await (typeof loaded === 'function'
      ? loaded()
      : (loaded ?? loadSecrets(own)));
    try {
      const { client, store, scope: root } = partsOf(from);
      const scope = inheritScope(root, said);
      // Tells what to do when it is not there.
      from.scope(said);
      source = { origin: contextOf(client).http.origin, scope };
      const state = store.state(scope);
      const config = readConfig(schema, state.snapshot, state, store);
      return (await config) as Config;
    } finally {
      if (loaded === undefined) await from.close();
    }
  };

  definitions.set(factory, {
    namespace,
    find: (client, store) =>
      source?.origin === contextOf(client).http.origin
        ? store.find(source.scope)
        : undefined,
    read: (snapshot, state, store) =>
      readConfig(schema, snapshot, state, store),
  });
  return namespace === undefined ? factory : withKey(factory, namespace);
}

/** Makes a factory what `registerAs` makes of one. */
function withKey<Config extends object>(
  factory: InfisicalConfigFactory<Config>,
  namespace: string,
): InfisicalConfigFactory<Config> & InfisicalConfigKey<Config> {
  const KEY = `CONFIGURATION(${namespace})`;
  const asProvider: InfisicalConfigKey<Config>['asProvider'] = () => ({
    imports: [
      {
        module: InfisicalConfigSource,
        providers: [{ provide: KEY, useFactory: factory }],
        exports: [KEY],
      },
    ],
    useFactory: (config) => config,
    inject: [KEY],
  });
  // The names that @nestjs/config reads.
  const properties = { PARTIAL_CONFIGURATION_KEY: namespace, KEY, asProvider };
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(factory, name, { value });
  }
  return factory as InfisicalConfigFactory<Config> & InfisicalConfigKey<Config>;
}

/** Holds the object of a namespace for another module's options. */
class InfisicalConfigSource {}

/** @throws InfisicalConfigError naming the first wrong option */
function checkConfigOptions(options: InfisicalConfigOptions<object>): void {
  const what = 'infisicalConfig';
  const { loaded, scope, namespace, schema } = options;
  if (
    namespace !== undefined &&
    (typeof namespace !== 'string' || !namespace)
  ) {
    throw new InfisicalConfigError(
      `${what}: namespace must be a non-empty text, or absent for values at the top.`,
    );
  }
  if (schema !== undefined && !schema?.['~standard']) {
    throw new InfisicalConfigError(
      `${what}: schema must be a Standard Schema, such as one of Zod, Valibot or ArkType.`,
    );
  }
  if (loaded === undefined) {
    if (scope === undefined) return;
    throw new InfisicalConfigError(
      `${what}: scope is for \`loaded\`. Without it, pass path and environment.`,
    );
  }
  const beside = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name)
    .filter((name) => !(OWN_NAMES as readonly string[]).includes(name));
  if (beside.length > 0) {
    throw new InfisicalConfigError(
      `${what}: loaded brings its own client and secrets. Pass ${beside.join(', ')} to loadSecrets() instead.`,
    );
  }
  assertKnownOptions(scope, SCOPE_OPTION_NAMES, `${what}: scope`);
  checkScope(scope ?? {}, `${what}: scope`);
}
