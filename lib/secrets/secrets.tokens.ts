import { rootName, rootToken } from '../common/root-name.js';
import type { KnownSecretName } from './secret-names.js';

/**
 * A scope by its names. A text alone is a scope of the default root.
 *
 * @publicApi
 */
export interface ScopeReference {
  /** Name of the root, as in `forRoot({ name })`; absent for the default root. */
  root?: string;
  /** The feature's `name`, or its path; absent for the root's own scope. */
  scope?: string;
}

/**
 * Injection token of the `SecretsService` of a scope, for
 * `overrideProvider()` in tests and for injecting another scope's service.
 *
 * @param scope the feature's `name`, or its path, or with its root; absent for the default root's scope
 * @throws InfisicalConfigError when `root` cannot be a name
 * @publicApi
 */
export function getSecretsToken(scope?: string | ScopeReference): string {
  return tokenOf('INFISICAL_SECRETS', scope);
}

/**
 * Injection token of one secret's text, for `overrideProvider()` in tests: all
 * `@Secret(name)` of the scope get what it provides.
 *
 * @param scope the feature's `name`, or its path, or with its root; absent for the default root's scope
 * @throws InfisicalConfigError when `root` cannot be a name
 * @publicApi
 */
export function getSecretToken(
  name: KnownSecretName,
  scope?: string | ScopeReference,
): string {
  return `${tokenOf('INFISICAL_SECRET', scope)}:${name}`;
}

function tokenOf(base: string, of: string | ScopeReference = {}): string {
  const { root, scope } = typeof of === 'string' ? { scope: of } : of;
  const token = rootToken(base, rootName(root, 'root'));
  return scope === undefined ? token : `${token}:${scope}`;
}
