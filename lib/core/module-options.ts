import type {
  DynamicModule,
  InjectionToken,
  ModuleMetadata,
  OptionalFactoryDependency,
  Provider,
  Type,
} from '@nestjs/common';
import {
  CLIENT_OPTION_NAMES,
  type InfisicalClientOptions,
} from '../client/client-options.js';
import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';

/**
 * Options of `InfisicalModule.forRoot`: those of the client, whose project,
 * environment and path make the root scope, and those of the module.
 *
 * @publicApi
 */
export interface InfisicalModuleOptions extends InfisicalClientOptions {
  /**
   * Whether the root scope has all folders below its path. One list then
   * serves every feature below it. Where a name is in several folders, the one
   * nearest to the path wins. Default false.
   */
  recursive?: boolean;
  startup?: {
    /** Time for login and first lists; the app does not start after it. Default 30 s. */
    timeout?: Duration;
  };
  refresh?: {
    /** Time between two questions for changes, ± 10 %; false for none. Default 5 min. */
    interval?: Duration | false;
  };
  shutdown?: {
    /** Time to revoke leases and token when the app ends. Default 10 s. */
    timeout?: Duration;
    /** Revoke the access token when the app ends. Default false. */
    revokeToken?: boolean;
  };
}

/**
 * Creates the options of the module, for `useClass` and `useExisting`.
 *
 * @publicApi
 */
export interface InfisicalOptionsFactory {
  createInfisicalOptions():
    InfisicalModuleOptions | Promise<InfisicalModuleOptions>;
}

/** What `forRoot` takes besides the options. */
export interface InfisicalModuleExtras {
  /** Whether all modules see the providers without importing. Default true. */
  isGlobal?: boolean;
}

/**
 * Options of `InfisicalModule.forRootAsync`: exactly one of `useFactory`,
 * `useClass` and `useExisting`.
 *
 * @publicApi
 */
export interface InfisicalModuleAsyncOptions
  extends Pick<ModuleMetadata, 'imports'>, InfisicalModuleExtras {
  useFactory?: (
    // Nest hands in whatever the tokens stand for.
    ...args: never[]
  ) => InfisicalModuleOptions | Promise<InfisicalModuleOptions>;
  /** Tokens of the factory's arguments. */
  inject?: (InjectionToken | OptionalFactoryDependency)[];
  useClass?: Type<InfisicalOptionsFactory>;
  useExisting?: InjectionToken<InfisicalOptionsFactory>;
  /** Providers that only the factory sees. */
  extraProviders?: Provider[];
}

/** Token of the checked options. */
export const INFISICAL_OPTIONS = Symbol('INFISICAL_OPTIONS');

/** Token of the options as given. */
const INFISICAL_RAW_OPTIONS = Symbol('INFISICAL_RAW_OPTIONS');

/** The module's own options, in milliseconds, and the client's. */
export interface ResolvedModuleOptions {
  readonly client: InfisicalClientOptions;
  readonly recursive: boolean;
  readonly startupTimeout: number;
  /** Undefined for no refresh. */
  readonly refreshInterval: number | undefined;
  readonly shutdownTimeout: number;
  readonly revokeToken: boolean;
}

const MODULE_OPTION_NAMES = ['recursive', 'startup', 'refresh', 'shutdown'];

/** Milliseconds. */
const DEFAULTS = { startup: 30_000, refresh: 300_000, shutdown: 10_000 };

/** Shortest refresh interval in milliseconds; less would only be a load. */
const MIN_REFRESH = 1_000;

/** @throws InfisicalConfigError naming the first wrong option */
export function resolveModuleOptions(
  options: InfisicalModuleOptions,
): ResolvedModuleOptions {
  if (typeof options !== 'object' || options === null) {
    throw new InfisicalConfigError(
      'InfisicalModule got no options: return an object with siteUrl, auth, projectId and environment.',
    );
  }
  assertKnownOptions(
    options,
    [...CLIENT_OPTION_NAMES, ...MODULE_OPTION_NAMES],
    'InfisicalModule',
  );
  assertKnownOptions(options.startup, ['timeout'], 'startup');
  assertKnownOptions(options.refresh, ['interval'], 'refresh');
  assertKnownOptions(options.shutdown, ['timeout', 'revokeToken'], 'shutdown');
  const { recursive = false, startup, refresh, shutdown, ...client } = options;
  const interval = refresh?.interval ?? DEFAULTS.refresh;
  const refreshInterval =
    interval === false
      ? undefined
      : toMilliseconds(interval, 'refresh.interval');
  if (refreshInterval !== undefined && refreshInterval < MIN_REFRESH) {
    throw new InfisicalConfigError(
      'refresh.interval must be at least 1 s, or false for no refresh.',
    );
  }
  return {
    client,
    recursive,
    startupTimeout: toMilliseconds(
      startup?.timeout ?? DEFAULTS.startup,
      'startup.timeout',
    ),
    refreshInterval,
    shutdownTimeout: toMilliseconds(
      shutdown?.timeout ?? DEFAULTS.shutdown,
      'shutdown.timeout',
    ),
    revokeToken: shutdown?.revokeToken ?? false,
  };
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
  return [
    { provide: INFISICAL_RAW_OPTIONS, useValue: options },
    checkedOptions(),
  ];
}

/** Providers of options that are made by a factory, a class or another provider. */
export function asyncOptionsProviders(
  options: InfisicalModuleAsyncOptions,
): Provider[] {
  const { useFactory, useClass, useExisting } = options;
  const given = [useFactory, useClass, useExisting].filter(Boolean);
  if (given.length !== 1) {
    throw new InfisicalConfigError(
      'InfisicalModule.forRootAsync needs exactly one of useFactory, useClass and useExisting.',
    );
  }
  if (useFactory) {
    return [
      {
        provide: INFISICAL_RAW_OPTIONS,
        useFactory,
        inject: options.inject ?? [],
      },
      checkedOptions(),
    ];
  }
  const factory = (useExisting ?? useClass) as InjectionToken;
  return [
    ...(useClass ? [{ provide: useClass, useClass }] : []),
    {
      provide: INFISICAL_RAW_OPTIONS,
      useFactory: (created: InfisicalOptionsFactory) =>
        created.createInfisicalOptions(),
      inject: [factory],
    },
    checkedOptions(),
  ];
}

/** What a module of ours is made of. */
export type ModuleParts = Pick<DynamicModule, 'imports' | 'providers'>;
