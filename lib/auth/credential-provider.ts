import type { ClientLogger } from '../common/client-logger.js';
import type { Clock } from '../common/clock.js';
import type { AuthOptions } from './auth-method.js';

/**
 * What a credential provider is told.
 *
 * @example
 * ```ts
 * import { findLogin } from './vault.js';
 *
 * const provider: CredentialProvider = {
 *   name: 'vault',
 *   async provide({ siteUrl, signal, logger }: CredentialContext) {
 *     logger.log(`Asks the vault for a login to ${siteUrl ?? 'any server'}.`);
 *     return { auth: await findLogin(siteUrl, { signal }) };
 *   },
 * };
 * ```
 *
 * @publicApi
 */
export interface CredentialContext {
  /**
   * The server that an option or the environment names; undefined when the
   * provider may choose. A credential of another server must not be given for it.
   */
  readonly siteUrl: string | undefined;
  /** Aborts when the login is given up. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: ClientLogger;
}

/**
 * The login that a provider found. Its credentials are evaluated at every
 * login, so functions and files are better than values.
 *
 * @example
 * ```ts
 * const found: ProvidedCredentials = {
 *   auth: {
 *     universalAuth: { clientId, clientSecret: { file: '/run/vault/secret' } },
 *   },
 *   siteUrl: 'https://infisical.example.com',
 *   source: '/run/vault/secret',
 * };
 * ```
 *
 * @publicApi
 */
export interface ProvidedCredentials {
  /** Exactly one login, as in the option `auth`. */
  readonly auth: AuthOptions;
  /** The server it belongs to. Used when the client has no `siteUrl` option, before that of the environment. */
  readonly siteUrl?: string;
  /** Where exactly it was found, for the log: names of variables or files, never a value. */
  readonly source?: string;
}

/**
 * Why a provider has no login.
 *
 * @example
 * ```ts
 * import { existsSync } from 'node:fs';
 *
 * const provider: CredentialProvider = {
 *   name: 'vault file',
 *   provide(): ProvidedCredentials | NoCredentials {
 *     const file = '/run/vault/token';
 *     if (!existsSync(file)) return { reason: `there is no ${file}` };
 *     return { auth: { accessToken: { file } }, source: file };
 *   },
 * };
 * ```
 *
 * @publicApi
 */
export interface NoCredentials {
  /** For the error that lists everything that was tried. Never a value. */
  readonly reason: string;
}

/**
 * A place where the client looks for a login: one element of the option
 * `auth`, see {@link defaultCredentialProviders}.
 *
 * @example
 * ```ts
 * const tokenFile: CredentialProvider = {
 *   name: 'token file',
 *   provide: () => ({
 *     auth: { accessToken: { file: '/run/infisical/token' } },
 *   }),
 * };
 * const client = new InfisicalClient({
 *   auth: [tokenFile, ...defaultCredentialProviders()],
 * });
 * ```
 *
 * @publicApi
 */
export interface CredentialProvider {
  /** As the log and errors call it. */
  readonly name: string;
  /**
   * Called at the first login, and again only as long as no provider gave one.
   *
   * @returns undefined, or a reason, when there is nothing here: the next one is asked
   * @throws InfisicalConfigError when what is here is broken, such as half a pair; no other provider is asked then
   */
  provide(
    context: CredentialContext,
  ):
    | ProvidedCredentials
    | NoCredentials
    | undefined
    | Promise<ProvidedCredentials | NoCredentials | undefined>;
}

/**
 * Places to look for a login, asked in this order. A plain login among them is
 * taken when its turn comes.
 *
 * @example
 * ```ts
 * const auth: CredentialChainOptions = [
 *   ...defaultCredentialProviders(),
 *   { kubernetesAuth: { identityId } }, // when nothing else was found
 * ];
 * InfisicalModule.forRoot({ auth });
 * ```
 *
 * @publicApi
 */
export type CredentialChainOptions = readonly (
  CredentialProvider | AuthOptions
)[];
