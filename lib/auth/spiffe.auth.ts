import { jwtLogin, type JwtLoginOptions } from './jwt-login.js';
import type { LoginMethod } from './login-method.js';

/**
 * SPIFFE: a JWT-SVID of the workload API.
 *
 * @example
 * ```ts
 * const options: SpiffeAuthOptions = {
 *   identityId,
 *   jwt: { file: '/run/spire/jwt-svid' },
 * };
 * const client = new InfisicalClient({ auth: { spiffeAuth: options } });
 * ```
 *
 * @publicApi
 */
export type SpiffeAuthOptions = JwtLoginOptions;

/** Login by JWT (contract: auth §2.1). */
export function spiffeAuth(options: SpiffeAuthOptions): LoginMethod {
  return jwtLogin('spiffeAuth', 'spiffe-auth', options);
}
