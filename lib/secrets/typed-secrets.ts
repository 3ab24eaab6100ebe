import type { KnownSecretName } from './secret-names.js';

/**
 * Names of the secrets of a scope: those of its schema; without one, any.
 *
 * @example
 * ```ts
 * const name: SecretNameIn<{ PORT: number }> = 'PORT';
 * ```
 *
 * @publicApi
 */
export type SecretNameIn<Secrets> = unknown extends Secrets
  ? KnownSecretName
  : Extract<keyof Secrets, string>;

/**
 * What a scope has under a name: what its schema makes; without one, the text,
 * if there is one.
 *
 * @example
 * ```ts
 * const port: SecretValueIn<{ PORT: number }, 'PORT'> = 5432;
 * const text: SecretValueIn<unknown, 'PORT'> = undefined;
 * ```
 *
 * @publicApi
 */
export type SecretValueIn<Secrets, Name> = unknown extends Secrets
  ? string | undefined
  : Name extends keyof Secrets
    ? Secrets[Name]
    : never;
