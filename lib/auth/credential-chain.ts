import { InfisicalConfigError } from '../common/infisical.error.js';
import { waitFor } from '../common/wait-for.js';
import type { HttpClient } from '../http/http-client.js';
import { normalizeSiteUrl } from '../http/site-url.js';
import type {
  CredentialContext,
  CredentialProvider,
  NoCredentials,
  ProvidedCredentials,
} from './credential-provider.js';
import {
  type CredentialAttempt,
  InfisicalCredentialsError,
} from './credentials.error.js';
import { environmentSiteUrl } from './environment.js';
import type { GivenToken, LoginMethod } from './login-method.js';
import { loginOf } from './logins.js';

/**
 * Finds the login at the first use. The first provider that has one wins, for
 * the life of the client; its credentials are evaluated at every login.
 */
export class CredentialChain {
  readonly name = 'credentialChain';
  readonly #providers: readonly CredentialProvider[];
  readonly #siteUrl: string | undefined;

  /** @param siteUrl of the options: it hides those of the providers */
  constructor(
    providers: readonly CredentialProvider[],
    siteUrl: string | undefined,
  ) {
    this.#providers = providers;
    this.#siteUrl = siteUrl;
  }

  /**
   * Asks one provider after the other, and moves the client to the address of
   * the one that has a login.
   *
   * @throws InfisicalCredentialsError when none has one
   * @throws whatever a provider throws: broken credentials are not passed over
   */
  async resolve(
    http: HttpClient,
    signal: AbortSignal,
  ): Promise<LoginMethod | GivenToken> {
    const { clock, logger } = http;
    const context: CredentialContext = {
      siteUrl: this.#siteUrl ?? environmentSiteUrl(logger),
      signal,
      clock,
      logger,
    };
    const tried: CredentialAttempt[] = [];
    for (const provider of this.#providers) {
      const answer = await waitFor(ask(provider, context), signal);
      if (answer !== undefined && 'auth' in answer) {
        return this.take(provider, answer, http);
      }
      tried.push({
        source: provider.name,
        reason: answer?.reason ?? 'it has none',
      });
    }
    throw new InfisicalCredentialsError(tried);
  }

  private async take(
    { name }: CredentialProvider,
    { auth, siteUrl, source }: ProvidedCredentials,
    http: HttpClient,
  ): Promise<LoginMethod | GivenToken> {
    const method = loginOf(auth, `The credential provider "${name}"`);
    if (this.#siteUrl === undefined && siteUrl !== undefined) {
      await http.moveTo(normalizeSiteUrl(siteUrl));
    }
    const found = `${name} (${source ?? method.name})`;
    http.logger.log(`Credentials: ${found}, for ${http.origin}`);
    return Object.assign(method, { source: found });
  }
}

async function ask(
  provider: CredentialProvider,
  context: CredentialContext,
): Promise<ProvidedCredentials | NoCredentials | undefined> {
  const answer: unknown = await provider.provide(context);
  if (answer === undefined || answer === null) return undefined;
  if (typeof answer === 'object' && ('auth' in answer || 'reason' in answer)) {
    return answer as ProvidedCredentials | NoCredentials;
  }
  throw new InfisicalConfigError(
    `The credential provider "${provider.name}" must return { auth }, { reason } or undefined.`,
  );
}
