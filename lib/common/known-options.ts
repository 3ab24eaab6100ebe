import { InfisicalConfigError } from './infisical.error.js';

/**
 * Refuses names that are not options, so that a misspelt one is not ignored.
 *
 * @throws InfisicalConfigError
 */
export function assertKnownOptions(
  options: object | undefined,
  known: readonly string[],
  what: string,
): void {
  for (const name of Object.keys(options ?? {})) {
    if (!known.includes(name)) {
      throw new InfisicalConfigError(
        `${what} has no option "${name}". Known options: ${known.join(', ')}.`,
      );
    }
  }
}
