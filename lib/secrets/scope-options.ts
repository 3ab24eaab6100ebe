/** Stands in every module that gives a scope: the root and each feature. Its value is the feature's options. */
export const INFISICAL_SCOPE_MARK = Symbol('INFISICAL_SCOPE_MARK');

/**
 * The scope of a feature module. What is absent is inherited from the root.
 *
 * @publicApi
 */
export interface InfisicalFeatureOptions {
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
  /** Name for `getSecretsToken` and `getSecretToken`. Default: the path. */
  name?: string;
}

/** Every option of a feature, to tell a misspelt one. */
export const FEATURE_OPTION_NAMES: readonly (keyof InfisicalFeatureOptions)[] =
  ['path', 'environment', 'projectId', 'projectSlug', 'recursive', 'name'];

/** What is behind a scope mark. */
export interface ScopeMark {
  /** Absent for the root. */
  readonly feature?: InfisicalFeatureOptions;
  /** As in the tokens: the feature's name or path; absent for the root. */
  readonly label?: string;
}
