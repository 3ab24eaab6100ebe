import { jwtLogin, type JwtLoginOptions } from './jwt-login.js';
import type { LoginMethod } from './login-method.js';

/**
 * OIDC: an id token, as CI systems issue them.
 *
 * @example
 * ```ts
 * import { ciToken } from './ci.js';
 *
 * const options: OidcAuthOptions = { identityId, jwt: () => ciToken() };
 * const client = new InfisicalClient({ auth: { oidcAuth: options } });
 * ```
 *
 * @publicApi
 */
export type OidcAuthOptions = JwtLoginOptions;

/** Login by JWT (contract: auth §2.1). */
export function oidcAuth(options: OidcAuthOptions): LoginMethod {
  return jwtLogin('oidcAuth', 'oidc-auth', options);
}
