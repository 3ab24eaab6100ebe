import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import {
  featureExports,
  featureProviders,
  rootExports,
  rootProviders,
} from './core/core.providers.js';
import { assertKnownOptions } from './common/known-options.js';
import { rootName } from './common/root-name.js';
import { normalizeFolderPath } from './http/api-path.js';
import {
  asyncFeatureNames,
  asyncFeatureParts,
  checkFeatureName,
  checkFeatureScope,
  FEATURE_NAMES,
  FEATURE_SETTINGS,
  INFISICAL_FEATURE_MADE,
  type InfisicalFeatureAsyncOptions,
  settlingProvider,
} from './core/feature-options.js';
import type { ModuleParts } from './core/async-options.js';
import {
  asyncOptionsProviders,
  type InfisicalModuleAsyncOptions,
  type InfisicalModuleExtras,
  type InfisicalModuleOptions,
  optionsProviders,
} from './core/module-options.js';
import {
  type InfisicalFeatureOptions,
  PendingMark,
  type ScopeMark,
} from './secrets/scope-options.js';

/** Holds the providers of a root; global unless told otherwise. */
@Module({})
class InfisicalCoreModule {}

/** Makes the scope of an async feature. */
@Module({})
class InfisicalFeatureSourceModule {}

/**
 * Infisical for Nest: `forRoot` or `forRootAsync` once, in the root module, or
 * once for each name; `forFeature` or `forFeatureAsync` in each module that has
 * a folder of its own.
 *
 * @example
 * ```ts
 * // Of the root module:
 * const imports = [
 *   InfisicalModule.forRoot({
 *     auth: { kubernetesAuth: { identityId } },
 *     projectId,
 *     environment: 'prod',
 *   }),
 * ];
 * // Of a module with a folder of its own:
 * const ofPayments = [InfisicalModule.forFeature({ path: '/payments' })];
 * ```
 *
 * @publicApi
 */
@Module({})
export class InfisicalModule {
  /**
   * The connection and the root scope.
   *
   * @throws InfisicalConfigError at once when the name cannot be one, at
   * bootstrap when another option is wrong or the name is taken in the app
   */
  static forRoot(
    options: InfisicalModuleOptions & InfisicalModuleExtras,
  ): DynamicModule {
    const { isGlobal, name, ...rest } = options;
    return rootModule(
      { providers: optionsProviders(rest) },
      { isGlobal, name },
    );
  }

  /**
   * The same, with options from a factory, a class or another provider.
   *
   * @throws InfisicalConfigError at once when there is not exactly one of them
   */
  static forRootAsync(options: InfisicalModuleAsyncOptions): DynamicModule {
    const providers = asyncOptionsProviders(options);
    return rootModule({ imports: options.imports, providers }, options);
  }

  /**
   * A scope for the importing module: its `SecretsService` and its `@Secret`
   * properties are of this folder.
   *
   * @throws InfisicalConfigError when the path cannot be a folder
   */
  static forFeature(options: InfisicalFeatureOptions): DynamicModule {
    const what = 'InfisicalModule.forFeature';
    checkFeatureScope(options, what);
    assertKnownOptions(options, [...FEATURE_SETTINGS, ...FEATURE_NAMES], what);
    checkFeatureName(options.name, what);
    const { name, root: of, schema, ...scope } = options;
    const mark: ScopeMark = {
      root: rootName(of, `${what}: root`),
      isFeature: true,
      label: name ?? normalizeFolderPath(scope.path),
      scope,
      schema,
    };
    return {
      module: InfisicalModule,
      // Evaluated by Nest's scan, when every class of the app is loaded.
      get providers() {
        return featureProviders(mark);
      },
      get exports() {
        return featureExports(mark);
      },
    };
  }

  /**
   * The same, with a scope from a factory, a class or another provider. It may
   * need Infisical's own services; if it does not, its folder is listed
   * together with all others of the root.
   *
   * @throws InfisicalConfigError at once when there is not exactly one of
   * them, at bootstrap when what it makes is not a scope
   */
  static forFeatureAsync(options: InfisicalFeatureAsyncOptions): DynamicModule {
    const names = asyncFeatureNames(options);
    const source = {
      module: InfisicalFeatureSourceModule,
      ...asyncFeatureParts(options),
    };
    return {
      module: InfisicalModule,
      imports: [source],
      get providers() {
        // One for each app that imports this.
        const mark = new PendingMark(names.root, names.label);
        return [
          settlingProvider(mark),
          ...featureProviders(mark, [INFISICAL_FEATURE_MADE]),
        ];
      },
      get exports() {
        return featureExports({ ...names, isFeature: true });
      },
    };
  }
}

/**
 * A root out of the parts that make its options.
 *
 * @param instead providers that take the place of a root's own
 */
export function rootModule(
  parts: ModuleParts,
  { isGlobal = true, name }: InfisicalModuleExtras,
  instead: readonly Provider[] = [],
): DynamicModule {
  const of = rootName(name, 'InfisicalModule.forRoot: name');
  return {
    module: InfisicalModule,
    imports: [
      {
        module: InfisicalCoreModule,
        global: isGlobal,
        imports: parts.imports,
        get providers() {
          return [...(parts.providers ?? []), ...rootProviders(of), ...instead];
        },
        get exports() {
          return rootExports(of);
        },
      },
    ],
    exports: [InfisicalCoreModule],
  };
}
