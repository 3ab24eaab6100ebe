import { accessTokenAuth } from '../auth/access-token.auth.js';
import { LOGINS } from '../auth/logins.js';
import type { Credential } from '../auth/credential.js';
import type { LoginMethod } from '../auth/login-method.js';
import type { TokenLife } from '../auth/token-life.js';
import type { Clock } from '../common/clock.js';
import type { Redacted } from '../common/redaction.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions } from './client-options.js';
import { begin, CALL_OPTIONS } from './option-checks.js';

/**
 * The access token that a login brought, and its life.
 *
 * @example
 * ```ts
 * const { expiresAt, accessTokenMaxTTL }: LoginResult =
 *   await client.auth.universalAuth.login({ clientId, clientSecret });
 * logger.log(`The token is good until ${expiresAt?.toISOString()},`);
 * logger.log(`renewed for ${accessTokenMaxTTL} s at most.`);
 * ```
 *
 * @publicApi
 */
export interface LoginResult {
  /** Prints as `[redacted]`. */
  readonly accessToken: Redacted;
  /** **Seconds** of life left that can be counted on, up to one less than the server says; undefined when unknown or unlimited. */
  readonly expiresIn?: number;
  /** When it ends, by the clock of this machine; undefined when it never does or does not say. */
  readonly expiresAt?: Date;
  /** **Seconds** after which no renewal helps; 0 when there is no such limit. */
  readonly accessTokenMaxTTL: number;
}

/**
 * One way to log in.
 *
 * @example
 * ```ts
 * const login: Login<UniversalAuthCredentials> = client.auth.universalAuth;
 * await login.login({ clientId, clientSecret }, { timeout: '5s' });
 * ```
 *
 * @publicApi
 */
export interface Login<Options> {
  /**
   * Logs in, and keeps logging in with these credentials.
   *
   * @throws InfisicalAuthError when they are refused
   * @throws InfisicalConfigError naming the option that is wrong
   */
  login(options: Options, call?: CallOptions): Promise<LoginResult>;
}

/**
 * Logins and the access token. Not needed when `auth` is among the client's
 * options: the first call logs in by itself.
 *
 * @example
 * ```ts
 * const client = new InfisicalClient({ projectId, environment: 'prod' });
 * await client.auth.universalAuth.login({ clientId, clientSecret });
 * // …
 * await client.auth.revoke();
 * ```
 *
 * @publicApi
 */
export class AuthApi {
  readonly #context: ClientContext;

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** Universal Auth: client id and client secret of a machine identity. */
  readonly universalAuth = this.with(LOGINS.universalAuth);

  /** AWS: a key of IAM. */
  readonly awsAuth = this.with(LOGINS.awsAuth);

  /** Google Cloud: the service account of this machine. */
  readonly gcpIdTokenAuth = this.with(LOGINS.gcpIdTokenAuth);

  /** Google Cloud: the key of a service account. */
  readonly gcpIamAuth = this.with(LOGINS.gcpIamAuth);

  /** Azure: the managed identity of this machine. */
  readonly azureAuth = this.with(LOGINS.azureAuth);

  /** Kubernetes: the service account of this pod. */
  readonly kubernetesAuth = this.with(LOGINS.kubernetesAuth);

  /** OIDC: an id token. */
  readonly oidcAuth = this.with(LOGINS.oidcAuth);

  /** A JWT of one's own. */
  readonly jwtAuth = this.with(LOGINS.jwtAuth);

  /** LDAP: a user of a directory. */
  readonly ldapAuth = this.with(LOGINS.ldapAuth);

  /** Oracle Cloud: an API signing key. */
  readonly ociAuth = this.with(LOGINS.ociAuth);

  /** Alibaba Cloud: an access key. */
  readonly aliCloudAuth = this.with(LOGINS.aliCloudAuth);

  /** The client certificate of the connection. */
  readonly tlsCertAuth = this.with(LOGINS.tlsCertAuth);

  /** SPIFFE: a JWT-SVID. */
  readonly spiffeAuth = this.with(LOGINS.spiffeAuth);

  /** Uses this token from now on, with or without `Bearer`; a service token, too. */
  async accessToken(
    token: Credential,
    options: CallOptions = {},
  ): Promise<LoginResult> {
    return this.use(accessTokenAuth(token), options);
  }

  /**
   * The current access token, after a login if there is none. For calls that
   * another program makes; it may be replaced at any time.
   *
   * @throws InfisicalAuthError when the credentials are refused
   */
  async getAccessToken(options: CallOptions = {}): Promise<Redacted> {
    const { http, tokens } = this.#context;
    const { token } = await http.withDeadline(
      begin('auth.getAccessToken', options, CALL_OPTIONS),
      (signal) => tokens.acquire(signal),
    );
    return token;
  }

  /**
   * Renews the token now, or logs in where a renewal cannot extend it.
   *
   * @throws InfisicalAuthError when both are refused
   */
  async renew(options: CallOptions = {}): Promise<void> {
    const { http, tokens } = this.#context;
    await http.withDeadline(
      begin('auth.renew', options, CALL_OPTIONS),
      (signal) => tokens.renew(signal),
    );
  }

  /** Revokes the token on the server. The next call logs in again. */
  async revoke(options: CallOptions = {}): Promise<void> {
    const { http, tokens } = this.#context;
    await http.withDeadline(
      begin('auth.revoke', options, CALL_OPTIONS),
      (signal) => tokens.revoke(signal),
    );
  }

  private with<Options>(
    method: (options: Options) => LoginMethod,
  ): Login<Options> {
    return {
      login: async (options, call = {}) => this.use(method(options), call),
    };
  }

  private async use(
    method: Parameters<ClientContext['tokens']['use']>[0],
    options: CallOptions,
  ): Promise<LoginResult> {
    const { http, tokens, options: client } = this.#context;
    // Another identity may see other secrets.
    client.cache.clear();
    const life = await http.withDeadline(
      begin('auth.login', options, CALL_OPTIONS),
      (signal) => tokens.use(method, signal),
    );
    return toResult(life, http.clock);
  }
}

function toResult(
  { token, obtainedAt, expiresAt, maxExpiresAt }: TokenLife,
  clock: Clock,
): LoginResult {
  const left = expiresAt - clock.monotonic();
  return {
    accessToken: token,
    ...(Number.isFinite(left) && {
      expiresIn: Math.floor(left / 1000),
      expiresAt: new Date(clock.now() + left),
    }),
    accessTokenMaxTTL: Number.isFinite(maxExpiresAt)
      ? (maxExpiresAt - obtainedAt) / 1000
      : 0,
  };
}
