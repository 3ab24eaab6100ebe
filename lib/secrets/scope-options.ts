import { InfisicalConfigError } from '../common/infisical.error.js';
import { normalizeFolderPath } from '../http/api-path.js';
import type { ScopeSchemaOptions } from './scope-schemas.js';
import type { StandardSchema } from './standard-schema.js';

/** Stands in every module that gives a scope: each root and each feature. Its value is a {@link ScopeMark}. */
export const INFISICAL_SCOPE_MARK = Symbol('INFISICAL_SCOPE_MARK');

/**
 * What a feature says of its scope. What is absent is inherited from its root.
 *
 * @example
 * ```ts
 * const scope: InfisicalFeatureScope = { path: '/payments', recursive: true };
 * InfisicalModule.forFeatureAsync({
 *   name: 'payments',
 *   useFactory: () => scope,
 * });
 * ```
 *
 * @publicApi
 */
export interface InfisicalFeatureScope {
  /** Folder path, such as `/payments`. */
  path: string;
  /** Environment slug. */
  environment?: string;
  /** Project id. */
  projectId?: string;
  /** Project slug. */
  projectSlug?: string;
  /** All folders below `path` too. Default false. */
  recursive?: boolean;
}

/**
 * How a feature is found, and where it belongs.
 *
 * @example
 * ```ts
 * const names: InfisicalFeatureNames = { name: 'invoices', root: 'billing' };
 * InfisicalModule.forFeature({ path: '/invoices/eu', ...names });
 * getSecretsToken({ root: 'billing', scope: 'invoices' });
 * ```
 *
 * @publicApi
 */
export interface InfisicalFeatureNames {
  /** Name of the scope for `getSecretsToken` and `getSecretToken`. Default: the path. */
  name?: string;
  /** Name of the root whose connection and defaults it has, as in `forRoot({ name })`. Default: the root without a name. */
  root?: string;
}

/**
 * What the factory of a feature makes: its scope, and the schema of that.
 *
 * @example
 * ```ts
 * const useFactory = (): InfisicalFeatureSettings => ({ path: '/payments' });
 * const feature = InfisicalModule.forFeatureAsync({ useFactory });
 * ```
 *
 * @publicApi
 */
export interface InfisicalFeatureSettings
  extends InfisicalFeatureScope, ScopeSchemaOptions {}

/**
 * The scope of a feature module.
 *
 * @example
 * ```ts
 * const options: InfisicalFeatureOptions = {
 *   path: '/payments',
 *   environment: 'prod',
 * };
 * InfisicalModule.forFeature(options);
 * ```
 *
 * @publicApi
 */
export interface InfisicalFeatureOptions
  extends InfisicalFeatureSettings, InfisicalFeatureNames {}

/** Every option that says something of a scope, to tell a misspelt one. */
export const SCOPE_OPTION_NAMES: readonly (keyof InfisicalFeatureScope)[] = [
  'path',
  'environment',
  'projectId',
  'projectSlug',
  'recursive',
];

/** @throws InfisicalConfigError naming the first wrong option */
export function checkScope(
  scope: Partial<InfisicalFeatureScope>,
  what: string,
): void {
  for (const key of [
    'path',
    'environment',
    'projectId',
    'projectSlug',
  ] as const) {
    const value = scope[key];
    if (value === undefined) continue;
    if (typeof value !== 'string' || !value.trim()) {
      throw new InfisicalConfigError(
        `${what}: ${key} must be a non-empty text, or absent to inherit it.`,
      );
    }
  }
  if (scope.path !== undefined) normalizeFolderPath(scope.path);
  if (scope.recursive !== undefined && typeof scope.recursive !== 'boolean') {
    throw new InfisicalConfigError(`${what}: recursive must be true or false.`);
  }
}

/** What a module that gives a scope tells of it. */
export interface ScopeMark {
  /** The root it belongs to; absent for the default root. */
  readonly root?: string | undefined;
  /** Whether it is a feature's, not a root's own. */
  readonly isFeature: boolean;
  /** As in the tokens: the feature's name or path; absent for a root. */
  readonly label?: string;
  /** What the feature says of its scope; absent for a root, and as long as it is not known. */
  readonly scope?: InfisicalFeatureScope | undefined;
  /** The schema of its secrets; not known before the scope is. */
  readonly schema?: StandardSchema<object> | undefined;
  /** Settles when `scope` is known; absent when it was from the start. */
  readonly made?: Promise<unknown>;
}

/** The mark of a feature whose scope is made while the app starts. */
export class PendingMark implements ScopeMark {
  readonly isFeature = true;
  readonly made: Promise<unknown>;
  scope: InfisicalFeatureScope | undefined;
  schema: StandardSchema<object> | undefined;
  #settle!: (made: Promise<unknown>) => void;

  constructor(
    readonly root: string | undefined,
    readonly label: string,
  ) {
    this.made = new Promise((resolve) => (this.#settle = resolve));
    // There may be no one who waits for it.
    this.made.catch(() => undefined);
  }

  /** Takes the scope as soon as it is made, or why it is not. */
  settle(settings: Promise<InfisicalFeatureSettings>): void {
    this.#settle(
      settings.then(({ schema, ...scope }) => {
        this.schema = schema;
        this.scope = scope;
      }),
    );
  }
}

/** Whether the mark is of a feature whose scope is not known yet. */
export function isPending(
  mark: ScopeMark,
): mark is ScopeMark & { made: Promise<unknown> } {
  return mark.isFeature && mark.scope === undefined;
}
