import { InfisicalConfigError } from '../common/infisical.error.js';
import { accessTokenAuth } from './access-token.auth.js';
import { aliCloudAuth } from './ali-cloud.auth.js';
import type { AuthOptions, LoginOptions } from './auth-method.js';
import { awsAuth } from './aws.auth.js';
import { azureAuth } from './azure.auth.js';
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
 * The one login of the options.
 *
 * @param giver who gave them, when it was not the user: `The credential provider "x"`
 * @throws InfisicalConfigError when it is not exactly one, or incomplete
 */
export function loginOf(
  options: AuthOptions,
  giver?: string,
): LoginMethod | GivenToken {
  const given = giver === undefined ? '' : `${giver}: `;
  if (typeof options !== 'object' || options === null) {
    throw new InfisicalConfigError(
      `${given}auth must be an object with one key, the login method.`,
    );
  }
  const [name, ...others] = Object.keys(options);
  if (name === undefined || others.length > 0) {
    throw new InfisicalConfigError(
      `${given}auth must have exactly one key, the login method; got ${name === undefined ? 'none' : [name, ...others].join(' and ')}. Use { universalAuth: { clientId, clientSecret } }, { accessToken } or another one.`,
    );
  }
  if ('accessToken' in options) return accessTokenAuth(options.accessToken);
  if (!Object.hasOwn(LOGINS, name)) {
    throw new InfisicalConfigError(
      `${given}auth.${name} is not a login method. Use one of ${[...Object.keys(LOGINS), 'accessToken'].join(', ')}.`,
    );
  }
  const login = LOGINS[name as keyof typeof LOGINS] as (
    given: unknown,
  ) => LoginMethod;
  return login((options as Record<string, unknown>)[name]);
}
