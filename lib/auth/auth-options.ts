import { InfisicalConfigError } from '../common/infisical.error.js';
import type { AuthOptions } from './auth-method.js';
import { CredentialChain } from './credential-chain.js';
import type {
  CredentialChainOptions,
  CredentialProvider,
} from './credential-provider.js';
import { defaultCredentialProviders } from './default-credential-providers.js';
import type { GivenToken, LoginMethod } from './login-method.js';
import { loginOf } from './logins.js';

/**
 * The login method of the options, or the chain that finds one at the first login.
 *
 * @param siteUrl of the options
 * @throws InfisicalConfigError when a login is not exactly one, or incomplete
 */
export function resolveAuth(
  auth: AuthOptions | CredentialChainOptions | undefined,
  siteUrl: string | undefined,
): LoginMethod | GivenToken | CredentialChain {
  if (auth === undefined) {
    return new CredentialChain(defaultCredentialProviders(), siteUrl);
  }
  if (!isList(auth)) return loginOf(auth);
  if (auth.length === 0) {
    throw new InfisicalConfigError(
      'auth is an empty list: leave it out for the default providers, or use defaultCredentialProviders() and add your own.',
    );
  }
  return new CredentialChain(auth.map(providerOf), siteUrl);
}

function isList(
  auth: AuthOptions | CredentialChainOptions,
): auth is CredentialChainOptions {
  return Array.isArray(auth);
}

function providerOf(
  element: CredentialProvider | AuthOptions,
  index: number,
): CredentialProvider {
  if (isProvider(element)) return element;
  const { name } = loginOf(element, `auth[${index}]`);
  return {
    name: `auth[${index}]`,
    provide: () => ({ auth: element, source: name }),
  };
}

function isProvider(
  element: CredentialProvider | AuthOptions,
): element is CredentialProvider {
  return (
    typeof element === 'object' &&
    element !== null &&
    'provide' in element &&
    typeof element.provide === 'function' &&
    typeof element.name === 'string'
  );
}
