import {
  type Credential,
  readCredential,
  requireCredential,
} from './credential.js';
import type { GivenToken } from './login-method.js';

/** A token from outside: an access token of a machine identity, or a service token. */
export function accessTokenAuth(accessToken: Credential): GivenToken {
  const option = 'auth.accessToken';
  requireCredential(accessToken, option);
  return {
    name: 'accessToken',
    replaceable: typeof accessToken !== 'string',
    async read({ logger }) {
      const text = await readCredential(accessToken, option, logger);
      const token = await readCredential(
        text.replace(/^Bearer(\s+|$)/i, ''),
        option,
        logger,
      );
      // The fourth part of a service token is a key for its holder alone
      // (contract: auth §3.6).
      return token.startsWith('st.')
        ? token.split('.').slice(0, 3).join('.')
        : token;
    },
  };
}
