import type { Provider } from '@nestjs/common';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import { rootName } from '../common/root-name.js';
import {
  checkScope,
  type InfisicalFeatureNames,
  type InfisicalFeatureSettings,
  type PendingMark,
  SCOPE_OPTION_NAMES,
} from '../secrets/scope-options.js';
import { checkSchema } from '../secrets/standard-schema.js';
import {
  asyncProviders,
  checkSource,
  type InfisicalAsyncSource,
  type ModuleParts,
} from './async-options.js';

/**
 * Creates the scope of a feature, for `useClass` and `useExisting`.
 *
 * @example
 * ```ts
 * import { folders } from './folders.js';
 *
 * export class PaymentsFolder implements InfisicalFeatureFactory {
 *   async createInfisicalFeature(): Promise<InfisicalFeatureScope> {
 *     return { path: await folders.of('payments') };
 *   }
 * }
 * InfisicalModule.forFeatureAsync({
 *   name: 'payments',
 *   useClass: PaymentsFolder,
 * });
 * ```
 *
 * @publicApi
 */
export interface InfisicalFeatureFactory {
  createInfisicalFeature():
    InfisicalFeatureSettings | Promise<InfisicalFeatureSettings>;
}

/**
 * Options of `InfisicalModule.forFeatureAsync`: exactly one of `useFactory`,
 * `useClass` and `useExisting` makes the scope. `name` and `root` stand here,
 * because injection tokens need them before that; without a `name`, the scope
 * is that of the importing module only.
 *
 * @example
 * ```ts
 * const options: InfisicalFeatureAsyncOptions = {
 *   name: 'payments',
 *   inject: [ConfigService],
 *   useFactory: (config: ConfigService) => ({
 *     path: config.getOrThrow<string>('PAYMENTS_FOLDER'),
 *   }),
 * };
 * InfisicalModule.forFeatureAsync(options);
 * ```
 *
 * @publicApi
 */
export interface InfisicalFeatureAsyncOptions
  extends
    InfisicalAsyncSource<InfisicalFeatureSettings, InfisicalFeatureFactory>,
    InfisicalFeatureNames {}

/** Options of a feature besides its scope. */
export const FEATURE_NAMES: readonly (keyof InfisicalFeatureNames)[] = [
  'name',
  'root',
];

/** @throws InfisicalConfigError naming the first wrong option */
export function checkFeatureName(name: string | undefined, what: string): void {
  if (name === undefined) return;
  if (typeof name !== 'string' || !name.trim()) {
    throw new InfisicalConfigError(
      `${what}: name must be a non-empty text, such as "payments".`,
    );
  }
}

/** @throws InfisicalConfigError naming the first wrong option */
export function checkFeatureScope(
  scope: InfisicalFeatureSettings,
  what: string,
): void {
  if (typeof scope?.path !== 'string') {
    throw new InfisicalConfigError(
      `${what} needs a path, as in { path: "/payments" }.`,
    );
  }
  checkScope(scope, what);
  checkSchema(scope.schema, what);
}

/** Options that a feature's factory makes. */
export const FEATURE_SETTINGS: readonly (keyof InfisicalFeatureSettings)[] = [
  ...SCOPE_OPTION_NAMES,
  'schema',
];

/** Token of an async feature's scope in the making. */
const INFISICAL_FEATURE = Symbol('INFISICAL_FEATURE');

/** Token that is there when the scope is made, or has failed. */
export const INFISICAL_FEATURE_MADE = Symbol('INFISICAL_FEATURE_MADE');

/** In a box, so that Nest does not report a failure before the root can be closed. */
interface FeatureInTheMaking {
  readonly settings: Promise<InfisicalFeatureSettings>;
}

const FORM = {
  name: 'InfisicalModule.forFeatureAsync',
  optionNames: FEATURE_NAMES,
  method: 'createInfisicalFeature',
};

let unnamed = 0;

/**
 * The names that tokens need before the scope is made.
 *
 * @throws InfisicalConfigError naming the first wrong option
 */
export function asyncFeatureNames(options: InfisicalFeatureAsyncOptions): {
  root: string | undefined;
  label: string;
} {
  checkSource(options, FORM);
  checkFeatureName(options.name, FORM.name);
  return {
    root: rootName(options.root, `${FORM.name}: root`),
    // Nobody can ask for it by this, but it is no one else's either.
    label: options.name ?? `(unnamed feature ${++unnamed})`,
  };
}

/**
 * What makes the scope of an async feature, in a module of its own: there, a
 * `SecretsService` that the factory wants is not that of the feature.
 */
export function asyncFeatureParts(
  options: InfisicalFeatureAsyncOptions,
): ModuleParts {
  const providers = asyncProviders(INFISICAL_FEATURE, options, {
    ...FORM,
    deliver: async (make): Promise<FeatureInTheMaking> => {
      const settings = make().then(checkedSettings);
      await Promise.allSettled([settings]);
      return { settings };
    },
  });
  const { imports } = options;
  return { imports, providers, exports: [INFISICAL_FEATURE] };
}

/** Tells the mark of an async feature its scope. */
export function settlingProvider(mark: PendingMark): Provider {
  return {
    provide: INFISICAL_FEATURE_MADE,
    useFactory: ({ settings }: FeatureInTheMaking) => mark.settle(settings),
    inject: [INFISICAL_FEATURE],
  };
}

/** @throws InfisicalConfigError when a factory made something else than a scope */
function checkedSettings(
  settings: InfisicalFeatureSettings,
): InfisicalFeatureSettings {
  for (const name of FEATURE_NAMES) {
    if (settings && name in settings) {
      throw new InfisicalConfigError(
        `${FORM.name}: ${name} stands beside useFactory, useClass or useExisting, not in what they make.`,
      );
    }
  }
  checkFeatureScope(settings, FORM.name);
  assertKnownOptions(settings, FEATURE_SETTINGS, FORM.name);
  return settings;
}
