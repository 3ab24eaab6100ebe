/**
 * Injection token of the `SecretsService` of a scope, for
 * `overrideProvider()` in tests and for injecting another scope's service.
 *
 * @param scope the feature's `name`, or its path; absent for the root scope
 * @publicApi
 */
export function getSecretsToken(scope?: string): string {
  return scope === undefined
    ? 'INFISICAL_SECRETS'
    : `INFISICAL_SECRETS:${scope}`;
}

/**
 * Injection token of one secret's text, for `overrideProvider()` in tests: all
 * `@Secret(name)` of the scope get what it provides.
 *
 * @param scope the feature's `name`, or its path; absent for the root scope
 * @publicApi
 */
export function getSecretToken(name: string, scope?: string): string {
  return scope === undefined
    ? `INFISICAL_SECRET:${name}`
    : `INFISICAL_SECRET:${scope}:${name}`;
}
