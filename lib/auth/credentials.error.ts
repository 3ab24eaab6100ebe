import { InfisicalConfigError } from '../common/infisical.error.js';

/**
 * A place that was searched for a login in vain.
 *
 * @example
 * ```ts
 * function describe({ source, reason }: CredentialAttempt): string {
 *   return `${source}: ${reason}`;
 * }
 * ```
 *
 * @publicApi
 */
export interface CredentialAttempt {
  /** Name of the provider. */
  readonly source: string;
  /** Why there is none. */
  readonly reason: string;
}

/**
 * No credential provider has a login. The message lists each of them with its
 * reason.
 *
 * @example
 * ```ts
 * try {
 *   await client.auth.getAccessToken();
 * } catch (error) {
 *   if (!(error instanceof InfisicalCredentialsError)) throw error;
 *   for (const { source, reason } of error.tried) {
 *     logger.warn(`no login from ${source}: ${reason}`);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class InfisicalCredentialsError extends InfisicalConfigError {
  /** What was searched, in that order. */
  readonly tried: readonly CredentialAttempt[];

  constructor(tried: readonly CredentialAttempt[]) {
    const lines = tried.map(
      ({ source, reason }) => `\n  - ${source}: ${reason}`,
    );
    super(
      `No credentials were found. Pass \`auth\`, or set INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET. These places were searched:${lines.join('')}`,
    );
    this.tried = tried;
  }
}
