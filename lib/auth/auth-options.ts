import { InfisicalConfigError } from '../common/infisical.error.js';
import { accessTokenAuth } from './access-token.auth.js';
import { aliCloudAuth } from './ali-cloud.auth.js';
import type { AuthOptions, LoginOptions } from './auth-method.js';
import { awsAuth } from './aws.auth.js';
import { azureAuth } from './azure.auth.js';
import { environmentAuth } from './environment.js';
import { gcpIamAuth } from './gcp-iam.auth.js';
import { gcpIdTokenAuth } from './gcp-id-token.auth.js';
import { jwtAuth } from './jwt.auth.js';
import { kubernetesAuth } from './kubernetes.auth.js';
import { ldapAuth } from './ldap.auth.js';
import type { GivenToken, LoginMethod } from './login-method.js';
import { ociAuth } from './oci.auth.js';
import { oidcAuth } from './oidc.auth.js';
import { spiffeAuth } from './spiffe.auth.js';
import { tlsCertAuth } from './tls-cert.auth.js';
import { universalAuth } from './universal.auth.js';

/** Makes each login out of its options. */
export const LOGINS = {
  universalAuth,
  awsAuth,
  gcpIdTokenAuth,
  gcpIamAuth,
  azureAuth,
  kubernetesAuth,
  oidcAuth,
  jwtAuth,
  ldapAuth,
  ociAuth,
  aliCloudAuth,
  tlsCertAuth,
  spiffeAuth,
} satisfies {
  [Name in Exclude<keyof LoginOptions, 'accessToken'>]: (
    options: LoginOptions[Name],
  ) => LoginMethod;
};

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
  const [name, ...others] = Object.keys(options);
  if (name === undefined || others.length > 0) {
    throw new InfisicalConfigError(
      `auth must have exactly one key, the login method; got ${name === undefined ? 'none' : [name, ...others].join(' and ')}. Use { universalAuth: { clientId, clientSecret } }, { accessToken } or another one.`,
    );
  }
  if ('accessToken' in options) return accessTokenAuth(options.accessToken);
  if (!Object.hasOwn(LOGINS, name)) {
    throw new InfisicalConfigError(
      `auth.${name} is not a login method. Use one of ${[...Object.keys(LOGINS), 'accessToken'].join(', ')}.`,
    );
  }
  const login = LOGINS[name as keyof typeof LOGINS] as (
    given: unknown,
  ) => LoginMethod;
  return login((options as Record<string, unknown>)[name]);
}
