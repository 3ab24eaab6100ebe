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
 * LDAP: a user of the directory that the server knows.
 *
 * @example
 * ```ts
 * const client = new InfisicalClient({
 *   auth: {
 *     ldapAuth: {
 *       identityId,
 *       username: 'orders-api',
 *       password: { file: '/run/secrets/ldap' },
 *     },
 *   },
 * });
 * ```
 *
 * @publicApi
 */
export interface LdapAuthOptions extends IdentityLoginOptions {
  username: Credential;
  password: Credential;
}

/** Login by directory user. The server counts failures, as for Universal Auth. */
export function ldapAuth(options: LdapAuthOptions): LoginMethod {
  return identityLogin({
    name: 'ldapAuth',
    isLockable: true,
    route: 'ldap-auth',
    options,
    optionNames: ['username', 'password'],
    check(option) {
      requireCredential(options.username, option('username'));
      requireCredential(options.password, option('password'));
    },
    async body({ logger }, _signal, option) {
      const read = (name: 'username' | 'password'): Promise<string> =>
        readCredential(options[name], option(name), logger);
      return {
        username: await read('username'),
        password: await read('password'),
      };
    },
  });
}
