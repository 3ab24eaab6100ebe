import {
  type Credential,
  readCredential,
  requireCredential,
} from './credential.js';
import {
  identityLogin,
  type IdentityLoginOptions,
  type LoginMethod,
} from './login-method.js';

/**
 * A login by a JWT that somebody else issued.
 *
 * @example
 * ```ts
 * const login: JwtLoginOptions = {
 *   identityId,
 *   jwt: { file: '/var/run/ci/token' }, // read again at every login
 * };
 * await client.auth.oidcAuth.login(login);
 * ```
 *
 * @publicApi
 */
export interface JwtLoginOptions extends IdentityLoginOptions {
  /** The JWT. Short-lived ones should be a function or a file. */
  jwt: Credential;
}

/** The logins that send a JWT as it is. */
export function jwtLogin(
  name: string,
  route: string,
  options: JwtLoginOptions,
): LoginMethod {
  return identityLogin({
    name,
    route,
    options,
    optionNames: ['jwt'],
    check: (option) => requireCredential(options.jwt, option('jwt')),
    body: async ({ logger }, _signal, option) => ({
      jwt: await readCredential(options.jwt, option('jwt'), logger),
    }),
  });
}
