import type { Provider } from '@nestjs/common';
import {
  CLIENT_OPTION_NAMES,
  type InfisicalClientOptions,
} from '../client/client-options.js';
import { checkOptions, OBJECT } from '../client/option-checks.js';
import {
  ATTACH_TO_ENV,
  type AttachToEnvOptions,
} from '../client/process-env.js';
import { systemClock } from '../common/clock.js';
import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import {
  type SleepAwareClock,
  sleepAware,
} from '../common/sleep-aware-clock.js';
import {
  type LoadedParts,
  type LoadedSecretsHandle,
  takeOver,
} from '../secrets/loaded-secrets.js';
import {
  type RefreshOptions,
  type ResolvedRefresh,
  resolveRefresh,
} from '../secrets/refresh-options.js';
import { checkScope, SCOPE_OPTION_NAMES } from '../secrets/scope-options.js';
import type { ScopeSchemaOptions } from '../secrets/scope-schemas.js';
import type { TenantScopeOptions } from '../secrets/secrets.service.js';
import {
  checkSchema,
  type StandardSchema,
} from '../secrets/standard-schema.js';
import {
  resolveSnapshotStore,
  type ResolvedSnapshotStore,
  type SnapshotStoreOptions,
} from '../secrets/snapshot-store/snapshot-store.options.js';
import {
  resolveStartup,
  type ResolvedStartup,
  type StartupOptions,
} from '../secrets/startup.js';
import {
  asyncProviders,
  checkSource,
  type InfisicalAsyncSource,
} from './async-options.js';

/**
 * Options of `InfisicalModule.forRoot`: those of the client, whose project,
 * environment and path make the root scope, and those of the module.
 *
 * @example
 * ```ts
 * const options: InfisicalModuleOptions = {
 *   projectId,
 *   environment: 'prod',
 *   recursive: true,
 *   startup: { timeout: '10s' },
 *   refresh: { interval: '1m' },
 * };
 * InfisicalModule.forRoot(options);
 * ```
 *
 * @publicApi
 */
export interface InfisicalModuleOptions
  extends InfisicalClientOptions, ScopeSchemaOptions {
  /**
   * What `loadSecrets` loaded before Nest exists. It brings its client and its
   * scopes, so options of the client and `recursive` are for `loadSecrets`
   * then; and it belongs to the module, which closes it. Default: the module
   * logs in and loads.
   */
  loaded?: LoadedSecretsHandle | Promise<LoadedSecretsHandle>;
  /**
   * Whether the root scope has all folders below its path. One list then
   * serves every feature below it. Where a name is in several folders, the one
   * nearest to the path wins. Default false.
   */
  recursive?: boolean;
  /** What happens when the secrets cannot be loaded. Default: the app does not start. */
  startup?: StartupOptions;
  /**
   * Where snapshots are stored, encrypted, for a start while the server is
   * away. Default: nowhere.
   */
  snapshotStore?: SnapshotStoreOptions;
  /** How the secrets follow the server. Default: a question for changes every 5 min. */
  refresh?: RefreshOptions;
  /** Scopes that are asked for at run time, by `SecretsService#scope`. */
  tenantScopes?: {
    /** How many are kept and refreshed; the least recently used goes first. Default 100. */
    max?: number;
  };
  /**
   * Makes environment variables of secrets while the app starts, keeps them as
   * the secrets are, and puts back what was there before when the app ends.
   * Child processes inherit them: prefer `@Secret` where you can. Default false.
   */
  processEnv?: boolean | ProcessEnvOptions;
  shutdown?: {
    /** Time to close consumers of leases, and to revoke leases and token, when the app ends. Default 10 s. */
    timeout?: Duration;
    /** Revoke the access token when the app ends. Default false. */
    revokeToken?: boolean;
  };
}

/**
 * Which secrets become environment variables. Those of the system, of Node.js
 * and of Infisical never do.
 *
 * @example
 * ```ts
 * const processEnv: ProcessEnvOptions = {
 *   include: ['SMTP_*', /^AWS_/],
 *   scope: { path: '/mail' },
 * };
 * InfisicalModule.forRoot({ projectId, environment: 'prod', processEnv });
 * ```
 *
 * @publicApi
 */
export interface ProcessEnvOptions extends AttachToEnvOptions {
  /** Where they are. What is absent is that of the root scope. Default: the root scope. */
  scope?: TenantScopeOptions;
}

/**
 * Creates the options of the module, for `useClass` and `useExisting`.
 *
 * @example
 * ```ts
 * export class InfisicalOptions implements InfisicalOptionsFactory {
 *   constructor(@Inject(ConfigService) private readonly config: ConfigService) {}
 *
 *   createInfisicalOptions(): InfisicalModuleOptions {
 *     return { projectId, environment: this.config.getOrThrow('STAGE') };
 *   }
 * }
 * InfisicalModule.forRootAsync({ useClass: InfisicalOptions });
 * ```
 *
 * @publicApi
 */
export interface InfisicalOptionsFactory {
  createInfisicalOptions():
    InfisicalModuleOptions | Promise<InfisicalModuleOptions>;
}

/**
 * What `forRoot` and `forRootAsync` take besides the options.
 *
 * @example
 * ```ts
 * const extras: InfisicalModuleExtras = { name: 'billing', isGlobal: false };
 * InfisicalModule.forRoot({ projectId, environment: 'prod', ...extras });
 * ```
 *
 * @publicApi
 */
export interface InfisicalModuleExtras {
  /**
   * Name of this root among several in an app: letters, digits, `.`, `_`, `-`.
   * Its services are injected by `@InjectInfisical(name)` and
   * `@InjectSecrets({ root: name })`, not by their classes. Default: none, as
   * one root of an app may have it.
   */
  name?: string;
  /** Whether all modules see the providers without importing. Default true. */
  isGlobal?: boolean;
}

/**
 * Options of `InfisicalModule.forRootAsync`: exactly one of `useFactory`,
 * `useClass` and `useExisting`.
 *
 * @example
 * ```ts
 * const options: InfisicalModuleAsyncOptions = {
 *   inject: [ConfigService],
 *   useFactory: (config: ConfigService) => ({
 *     projectId: config.getOrThrow<string>('INFISICAL_PROJECT_ID'),
 *     environment: config.getOrThrow<string>('STAGE'),
 *   }),
 * };
 * InfisicalModule.forRootAsync(options);
 * ```
 *
 * @publicApi
 */
export interface InfisicalModuleAsyncOptions
  extends
    InfisicalAsyncSource<InfisicalModuleOptions, InfisicalOptionsFactory>,
    InfisicalModuleExtras {}

/** Token of the checked options. */
export const INFISICAL_OPTIONS = Symbol('INFISICAL_OPTIONS');

/** Token of the options as given. */
export const INFISICAL_RAW_OPTIONS = Symbol('INFISICAL_RAW_OPTIONS');

/** The module's own options, in milliseconds, and the client's. */
export interface ResolvedModuleOptions {
  /** Of loaded secrets, their clock and random source only. */
  readonly client: InfisicalClientOptions & { readonly clock: SleepAwareClock };
  readonly loaded: LoadedParts | undefined;
  readonly recursive: boolean;
  /** Of the root scope. */
  readonly schema: StandardSchema<object> | undefined;
  readonly startup: ResolvedStartup;
  /** Undefined for none. */
  readonly snapshotStore: ResolvedSnapshotStore | undefined;
  readonly refresh: ResolvedRefresh;
  readonly maxTenants: number;
  /** Undefined for no variables. */
  readonly processEnv: ProcessEnvOptions | undefined;
  readonly shutdownTimeout: number;
  readonly revokeToken: boolean;
}

const MODULE_OPTION_NAMES = [
  'loaded',
  'recursive',
  'schema',
  'startup',
  'snapshotStore',
  'refresh',
  'tenantScopes',
  'processEnv',
  'shutdown',
];

const EXTRA_NAMES: readonly (keyof InfisicalModuleExtras)[] = [
  'name',
  'isGlobal',
];

/** Milliseconds. */
const DEFAULTS = { shutdown: 10_000 };

/** Scopes of tenants: enough for most, and few requests per refresh. */
const MAX_TENANTS = 100;

/** @throws InfisicalConfigError naming the first wrong option */
export async function resolveModuleOptions(
  options: InfisicalModuleOptions,
): Promise<ResolvedModuleOptions> {
  if (typeof options !== 'object' || options === null) {
    throw new InfisicalConfigError(
      'InfisicalModule got no options: return an object with siteUrl, auth, projectId and environment.',
    );
  }
  for (const name of EXTRA_NAMES) {
    if (name in options) {
      throw new InfisicalConfigError(
        `${name} stands beside useFactory, useClass or useExisting in forRootAsync, not in the options that they make.`,
      );
    }
  }
  assertKnownOptions(
    options,
    [...CLIENT_OPTION_NAMES, ...MODULE_OPTION_NAMES],
    'InfisicalModule',
  );
  assertKnownOptions(options.tenantScopes, ['max'], 'tenantScopes');
  assertKnownOptions(options.shutdown, ['timeout', 'revokeToken'], 'shutdown');
  const {
    loaded,
    recursive,
    schema,
    startup,
    snapshotStore,
    refresh,
    tenantScopes,
    processEnv,
    shutdown,
    ...client
  } = options;
  const maxTenants = tenantScopes?.max ?? MAX_TENANTS;
  if (!Number.isSafeInteger(maxTenants) || maxTenants < 1) {
    throw new InfisicalConfigError(
      'tenantScopes.max must be a whole number from 1 on.',
    );
  }
  checkSchema(schema, 'InfisicalModule');
  const resolved = {
    schema,
    startup: resolveStartup(startup),
    refresh: resolveRefresh(refresh),
    snapshotStore: resolveSnapshotStore(snapshotStore),
    maxTenants,
    processEnv: processEnvOptions(processEnv),
    shutdownTimeout: toMilliseconds(
      shutdown?.timeout ?? DEFAULTS.shutdown,
      'shutdown.timeout',
    ),
    revokeToken: shutdown?.revokeToken ?? false,
  };
  if (loaded === undefined) {
    const clock = sleepAware(client.clock ?? systemClock);
    return {
      ...resolved,
      client: { ...client, clock },
      loaded,
      recursive: recursive ?? false,
    };
  }
  assertNothingBeside({ ...client, recursive, snapshotStore });
  // Last, because it belongs to the module from here on.
  const parts = takeOver(await loaded);
  return {
    ...resolved,
    client: { clock: parts.clock, random: parts.random },
    loaded: parts,
    recursive: parts.scope.recursive,
    schema: schema ?? parts.schema,
  };
}

/** @throws InfisicalConfigError naming the first wrong option */
function processEnvOptions(
  given: InfisicalModuleOptions['processEnv'],
): ProcessEnvOptions | undefined {
  if (given === undefined || given === false) return undefined;
  const options = given === true ? {} : given;
  checkOptions('processEnv', options, {
    ...ATTACH_TO_ENV,
    scope: OBJECT,
  });
  assertKnownOptions(options.scope, SCOPE_OPTION_NAMES, 'processEnv.scope');
  checkScope(options.scope ?? {}, 'processEnv.scope');
  return options;
}

/** @throws InfisicalConfigError when there is an option that loaded secrets bring */
function assertNothingBeside(options: object): void {
  const beside = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (beside.length === 0) return;
  throw new InfisicalConfigError(
    `InfisicalModule: loaded brings its own client and scope. Pass ${beside.join(', ')} to loadSecrets() instead.`,
  );
}

/** The provider of the checked options, over one that has the raw ones. */
function checkedOptions(): Provider {
  return {
    provide: INFISICAL_OPTIONS,
    useFactory: resolveModuleOptions,
    inject: [INFISICAL_RAW_OPTIONS],
  };
}

/** Providers of options that are there already. */
export function optionsProviders(options: InfisicalModuleOptions): Provider[] {
  // Its failure is told when the app starts.
  void Promise.resolve(options.loaded).catch(() => undefined);
  return [
    { provide: INFISICAL_RAW_OPTIONS, useValue: options },
    checkedOptions(),
  ];
}

/** Providers of options that are made by a factory, a class or another provider. */
export function asyncOptionsProviders(
  options: InfisicalModuleAsyncOptions,
): Provider[] {
  const form = {
    name: 'InfisicalModule.forRootAsync',
    optionNames: EXTRA_NAMES,
    method: 'createInfisicalOptions',
    deliver: (make: () => Promise<InfisicalModuleOptions>) => make(),
  };
  checkSource(options, form);
  return [
    ...asyncProviders(INFISICAL_RAW_OPTIONS, options, form),
    checkedOptions(),
  ];
}
