import { jwtLogin, type JwtLoginOptions } from './jwt-login.js';
import type { LoginMethod } from './login-method.js';

/**
 * A JWT that is signed by a key the server was told.
 *
 * @example
 * ```ts
 * const options: JwtAuthOptions = { identityId, jwt: { file: '/run/jwt' } };
 * const client = new InfisicalClient({ auth: { jwtAuth: options } });
 * ```
 *
 * @publicApi
 */
export type JwtAuthOptions = JwtLoginOptions;

/** Login by JWT (contract: auth §2.1). */
export function jwtAuth(options: JwtAuthOptions): LoginMethod {
  return jwtLogin('jwtAuth', 'jwt-auth', options);
}
