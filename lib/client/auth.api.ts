import { accessTokenAuth } from '../auth/access-token.auth.js';
import type {
  Credential,
  UniversalAuthCredentials,
} from '../auth/auth-method.js';
import { universalAuth } from '../auth/universal.auth.js';
import type { Redacted } from '../common/redaction.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions } from './client-options.js';

/** The access token that a login brought. It prints as `[redacted]`. */
export interface LoginResult {
  readonly accessToken: Redacted;
}

/**
 * Logins and the access token. Not needed when `auth` is among the client's
 * options: the first call logs in by itself.
 *
 * @publicApi
 */
export class AuthApi {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** Universal Auth: client id and client secret of a machine identity. */
  readonly universalAuth = {
    /**
     * Logs in, and keeps logging in with these credentials.
     *
     * @throws InfisicalAuthError when they are refused
     */
    login: (
      credentials: UniversalAuthCredentials,
      options: CallOptions = {},
    ): Promise<LoginResult> => this.use(universalAuth(credentials), options),
  };

  /** Uses this token from now on, with or without `Bearer`. */
  async accessToken(
    token: Credential,
    options: CallOptions = {},
  ): Promise<LoginResult> {
    return this.use(accessTokenAuth(token), options);
  }

  /**
   * Renews the token now, or logs in where a renewal cannot extend it.
   *
   * @throws InfisicalAuthError when both are refused
   */
  async renew(options: CallOptions = {}): Promise<void> {
    const { http, tokens } = this.#context;
    await http.withDeadline(options.signal, (signal) => tokens.renew(signal));
  }

  /** Revokes the token on the server. The next call logs in again. */
  async revoke(options: CallOptions = {}): Promise<void> {
    const { http, tokens } = this.#context;
    await http.withDeadline(options.signal, (signal) => tokens.revoke(signal));
  }

  private async use(
    method: Parameters<ClientContext['tokens']['use']>[0],
    options: CallOptions,
  ): Promise<LoginResult> {
    const { http, tokens, options: client } = this.#context;
    // Another identity may see other secrets.
    client.cache.clear();
    const life = await http.withDeadline(options.signal, (signal) =>
      tokens.use(method, signal),
    );
    return { accessToken: life.token };
  }
}
