import { InfisicalConfigError } from '../common/infisical.error.js';
import { accessTokenAuth } from './access-token.auth.js';
import type { AuthOptions, GivenToken, LoginMethod } from './auth-method.js';
import { environmentAuth } from './environment.js';
import { universalAuth } from './universal.auth.js';

/**
 * The login method of the options, or of the environment when none is given.
 *
 * @throws InfisicalConfigError when it is not exactly one, or incomplete
 */
export function resolveAuth(
  auth: AuthOptions | undefined,
): LoginMethod | GivenToken {
  if (auth) return authOf(auth);
  try {
    return authOf(environmentAuth());
  } catch (error) {
    if (!(error instanceof InfisicalConfigError)) throw error;
    return { name: 'none', login: () => Promise.reject(error) };
  }
}

function authOf(options: AuthOptions): LoginMethod | GivenToken {
  const keys = Object.keys(options);
  if (keys.length !== 1) {
    throw new InfisicalConfigError(
      `auth must have exactly one key, the login method; got ${keys.length === 0 ? 'none' : keys.join(' and ')}. Use { universalAuth: { clientId, clientSecret } } or { accessToken }.`,
    );
  }
  if ('universalAuth' in options) {
    requireCredential(
      options.universalAuth?.clientId,
      'auth.universalAuth.clientId',
    );
    requireCredential(
      options.universalAuth?.clientSecret,
      'auth.universalAuth.clientSecret',
    );
    return universalAuth(options.universalAuth);
  }
  if ('accessToken' in options) {
    requireCredential(options.accessToken, 'auth.accessToken');
    return accessTokenAuth(options.accessToken);
  }
  throw new InfisicalConfigError(
    `auth.${keys[0]} is not a login method of this version. Use { universalAuth: { clientId, clientSecret } } or { accessToken }.`,
  );
}

function requireCredential(credential: unknown, option: string): void {
  if (
    typeof credential === 'function' ||
    (typeof credential === 'string' && credential.trim())
  ) {
    return;
  }
  throw new InfisicalConfigError(
    `${option} is missing: pass a non-empty string, or a function that returns one.`,
  );
}
