import type {
  DynamicModule,
  InjectionToken,
  ModuleMetadata,
  OptionalFactoryDependency,
  Provider,
  Type,
} from '@nestjs/common';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';

/**
 * Where the options of an async form come from: exactly one of `useFactory`,
 * `useClass` and `useExisting`.
 *
 * @example
 * ```ts
 * import { SettingsModule, SettingsService } from './settings.js';
 *
 * const source: InfisicalAsyncSource<
 *   InfisicalModuleOptions,
 *   InfisicalOptionsFactory
 * > = { imports: [SettingsModule], useExisting: SettingsService };
 * InfisicalModule.forRootAsync({ ...source, name: 'billing' });
 * ```
 *
 * @publicApi
 */
export interface InfisicalAsyncSource<Options, Factory> extends Pick<
  ModuleMetadata,
  'imports'
> {
  useFactory?: (
    // Nest hands in whatever the tokens stand for.
    ...args: never[]
  ) => Options | Promise<Options>;
  /** Tokens of the factory's arguments. */
  inject?: (InjectionToken | OptionalFactoryDependency)[];
  useClass?: Type<Factory>;
  useExisting?: InjectionToken<Factory>;
  /** Providers that only the factory or class sees. */
  extraProviders?: Provider[];
}

/** An async form: its name in messages, its own options, and the method of its factory classes. */
export interface AsyncForm<Options> {
  readonly name: string;
  readonly optionNames: readonly string[];
  readonly method: string;
  /** Called with what makes the options; what it returns is provided. */
  readonly deliver: (make: () => Promise<Options>) => unknown;
}

const SOURCE_NAMES: readonly (keyof InfisicalAsyncSource<unknown, unknown>)[] =
  [
    'imports',
    'inject',
    'useFactory',
    'useClass',
    'useExisting',
    'extraProviders',
  ];

/** @throws InfisicalConfigError when it is not clear where the options come from */
export function checkSource(
  source: InfisicalAsyncSource<unknown, unknown>,
  { name, optionNames }: Pick<AsyncForm<unknown>, 'name' | 'optionNames'>,
): void {
  const { useFactory, useClass, useExisting, inject } = source ?? {};
  const given = [useFactory, useClass, useExisting].filter(Boolean);
  if (given.length !== 1) {
    throw new InfisicalConfigError(
      `${name} needs exactly one of useFactory, useClass and useExisting.`,
    );
  }
  assertKnownOptions(source, [...SOURCE_NAMES, ...optionNames], name);
  for (const [key, value] of Object.entries({ useFactory, useClass })) {
    if (value !== undefined && typeof value !== 'function') {
      throw new InfisicalConfigError(
        `${name}: ${key} must be a ${key === 'useClass' ? 'class' : 'function'}.`,
      );
    }
  }
  if (inject && !useFactory) {
    throw new InfisicalConfigError(
      `${name}: inject is for useFactory. A class takes what it needs in its constructor.`,
    );
  }
}

/** Providers that make options under a token, as the source says. */
export function asyncProviders<Options>(
  token: InjectionToken,
  source: InfisicalAsyncSource<Options, object>,
  form: AsyncForm<Options>,
): Provider[] {
  const { useFactory, useClass, useExisting, extraProviders = [] } = source;
  if (useFactory) {
    return [
      ...extraProviders,
      {
        provide: token,
        useFactory: (...args: never[]) =>
          form.deliver(async () => useFactory(...args)),
        inject: source.inject ?? [],
      },
    ];
  }
  return [
    ...extraProviders,
    ...(useClass ? [{ provide: useClass, useClass }] : []),
    {
      provide: token,
      useFactory: (factory: object) =>
        form.deliver(async () => callOn<Options>(factory, form)),
      inject: [(useExisting ?? useClass) as InjectionToken],
    },
  ];
}

function callOn<Options>(
  factory: object,
  { name, method }: AsyncForm<Options>,
): Options | Promise<Options> {
  const made = factory as Record<string, (() => Options) | undefined>;
  if (typeof made?.[method] !== 'function') {
    throw new InfisicalConfigError(
      `${name}: the class of useClass or useExisting has no method ${method}().`,
    );
  }
  return made[method]();
}

/** What a module of ours is made of. */
export type ModuleParts = Pick<
  DynamicModule,
  'imports' | 'providers' | 'exports'
>;
