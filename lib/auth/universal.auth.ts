import { InfisicalConfigError } from '../common/infisical.error.js';
import { apiPath } from '../http/api-path.js';
import {
  type LoginMethod,
  readCredential,
  type UniversalAuthCredentials,
} from './auth-method.js';
import { readTokenAnswer } from './token-life.js';

/** Login with client id and client secret (contract: auth §2.3). */
export function universalAuth(
  credentials: UniversalAuthCredentials,
): LoginMethod {
  return {
    name: 'universalAuth',
    async login(http, signal) {
      const clientId = await readCredential(credentials.clientId);
      const clientSecret = await readCredential(credentials.clientSecret);
      if (!clientId || !clientSecret) {
        throw new InfisicalConfigError(
          `auth.universalAuth.${clientId ? 'clientSecret' : 'clientId'} is empty: pass the client id and a client secret of a machine identity.`,
        );
      }
      const { data } = await http.call(
        {
          method: 'POST',
          path: apiPath`/api/v1/auth/universal-auth/login`,
          // An empty slug is refused with 422, so it is left out.
          body: {
            clientId,
            clientSecret,
            organizationSlug: credentials.organizationSlug || undefined,
          },
          idempotent: true,
        },
        signal,
      );
      return readTokenAnswer(data);
    },
  };
}
