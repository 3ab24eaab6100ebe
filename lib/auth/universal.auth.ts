import {
  type Credential,
  readCredential,
  requireCredential,
} from './credential.js';
import {
  checkSlug,
  type LoginMethod,
  postLogin,
  subjectOf,
} from './login-method.js';

/**
 * Universal Auth: client id and client secret of a machine identity.
 *
 * @example
 * ```ts
 * const credentials: UniversalAuthCredentials = {
 *   clientId,
 *   clientSecret: { file: '/run/secrets/infisical' },
 * };
 * const client = new InfisicalClient({ auth: { universalAuth: credentials } });
 * ```
 *
 * @publicApi
 */
export interface UniversalAuthCredentials {
  clientId: Credential;
  clientSecret: Credential;
  /** Log in to this sub-organization. Servers before 2026 ignore it. */
  organizationSlug?: string;
}

const ID = 'auth.universalAuth.clientId';
const SECRET = 'auth.universalAuth.clientSecret';

/**
 * Login with client id and client secret (contract: auth §2.3).
 *
 * @throws InfisicalConfigError when one is missing
 */
export function universalAuth(
  credentials: UniversalAuthCredentials | undefined,
): LoginMethod {
  requireCredential(credentials?.clientId, ID);
  requireCredential(credentials?.clientSecret, SECRET);
  const { clientId, clientSecret, organizationSlug } =
    credentials as UniversalAuthCredentials;
  checkSlug(organizationSlug, 'auth.universalAuth.organizationSlug');
  return {
    name: 'universalAuth',
    isLockable: true,
    async subject({ logger }) {
      const id = await readCredential(clientId, ID, logger);
      return subjectOf(id, organizationSlug);
    },
    async login(http, signal) {
      const body = {
        clientId: await readCredential(clientId, ID, http.logger),
        clientSecret: await readCredential(clientSecret, SECRET, http.logger),
      };
      const call = { route: 'universal-auth', organizationSlug };
      return postLogin(http, signal, body, call);
    },
  };
}
