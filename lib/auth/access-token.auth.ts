import { InfisicalConfigError } from '../common/infisical.error.js';
import {
  type Credential,
  type GivenToken,
  readCredential,
} from './auth-method.js';

/** A token from outside. */
export function accessTokenAuth(accessToken: Credential): GivenToken {
  return {
    name: 'accessToken',
    replaceable: typeof accessToken === 'function',
    async read() {
      const token = (await readCredential(accessToken)).replace(
        /^Bearer\s+/i,
        '',
      );
      if (!token) {
        throw new InfisicalConfigError(
          'auth.accessToken is empty: pass an access token of a machine identity.',
        );
      }
      return token;
    },
  };
}
