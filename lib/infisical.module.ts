import { type DynamicModule, Module } from '@nestjs/common';
import {
  featureProviders,
  rootExports,
  rootProviders,
  scopeExports,
} from './core/core.providers.js';
import { InfisicalConfigError } from './common/infisical.error.js';
import { assertKnownOptions } from './common/known-options.js';
import { normalizeFolderPath } from './http/api-path.js';
import {
  asyncOptionsProviders,
  type InfisicalModuleAsyncOptions,
  type InfisicalModuleExtras,
  type InfisicalModuleOptions,
  type ModuleParts,
  optionsProviders,
} from './core/module-options.js';
import {
  FEATURE_OPTION_NAMES,
  type InfisicalFeatureOptions,
} from './secrets/scope-options.js';

/** Holds the providers of the root; global unless told otherwise. */
@Module({})
class InfisicalCoreModule {}

/**
 * Infisical for Nest: `forRoot` or `forRootAsync` once, in the root module;
 * `forFeature` in each module that has a folder of its own.
 *
 * @publicApi
 */
@Module({})
export class InfisicalModule {
  /**
   * The connection and the root scope.
   *
   * @throws InfisicalConfigError at bootstrap, when an option is wrong
   */
  static forRoot(
    options: InfisicalModuleOptions & InfisicalModuleExtras,
  ): DynamicModule {
    const { isGlobal = true, ...rest } = options;
    return root({ providers: optionsProviders(rest) }, isGlobal);
  }

  /** The same, with options from a factory, a class or another provider. */
  static forRootAsync(options: InfisicalModuleAsyncOptions): DynamicModule {
    return root(
      {
        imports: options.imports,
        providers: [
          ...asyncOptionsProviders(options),
          ...(options.extraProviders ?? []),
        ],
      },
      options.isGlobal ?? true,
    );
  }

  /**
   * A scope for the importing module: its `SecretsService` and its `@Secret`
   * properties are of this folder.
   *
   * @throws InfisicalConfigError when the path cannot be a folder
   */
  static forFeature(options: InfisicalFeatureOptions): DynamicModule {
    if (typeof options?.path !== 'string') {
      throw new InfisicalConfigError(
        'InfisicalModule.forFeature needs a path, as in forFeature({ path: "/payments" }).',
      );
    }
    assertKnownOptions(options, FEATURE_OPTION_NAMES, 'forFeature');
    const label = options.name ?? normalizeFolderPath(options.path);
    return {
      module: InfisicalModule,
      // Evaluated by Nest's scan, when every class of the app is loaded.
      get providers() {
        return featureProviders(options);
      },
      get exports() {
        return scopeExports({ feature: options, label });
      },
    };
  }
}

function root(parts: ModuleParts, isGlobal: boolean): DynamicModule {
  return {
    module: InfisicalModule,
    imports: [
      {
        module: InfisicalCoreModule,
        global: isGlobal,
        imports: parts.imports,
        get providers() {
          return [...(parts.providers ?? []), ...rootProviders()];
        },
        get exports() {
          return [...rootExports(), ...scopeExports({})];
        },
      },
    ],
    exports: [InfisicalCoreModule],
  };
}
