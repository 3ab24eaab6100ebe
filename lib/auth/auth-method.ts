import type { AliCloudAuthOptions } from './ali-cloud.auth.js';
import type { AwsAuthOptions } from './aws.auth.js';
import type { AzureAuthOptions } from './azure.auth.js';
import type { Credential } from './credential.js';
import type { GcpIamAuthOptions } from './gcp-iam.auth.js';
import type { GcpIdTokenAuthOptions } from './gcp-id-token.auth.js';
import type { JwtAuthOptions } from './jwt.auth.js';
import type { KubernetesAuthOptions } from './kubernetes.auth.js';
import type { LdapAuthOptions } from './ldap.auth.js';
import type { OciAuthOptions } from './oci.auth.js';
import type { OidcAuthOptions } from './oidc.auth.js';
import type { SpiffeAuthOptions } from './spiffe.auth.js';
import type { TlsCertAuthOptions } from './tls-cert.auth.js';
import type { UniversalAuthCredentials } from './universal.auth.js';

/**
 * Every way to log in, by the name it has in `auth` and in `client.auth`.
 *
 * @example
 * ```ts
 * // One of its keys, for `auth` …
 * const auth: AuthOptions = { kubernetesAuth: { identityId } };
 * // … or for a login at a time of your choice.
 * await client.auth.kubernetesAuth.login({ identityId });
 * ```
 *
 * @publicApi
 */
export interface LoginOptions {
  universalAuth: UniversalAuthCredentials;
  awsAuth: AwsAuthOptions;
  gcpIdTokenAuth: GcpIdTokenAuthOptions;
  gcpIamAuth: GcpIamAuthOptions;
  azureAuth: AzureAuthOptions;
  kubernetesAuth: KubernetesAuthOptions;
  oidcAuth: OidcAuthOptions;
  jwtAuth: JwtAuthOptions;
  ldapAuth: LdapAuthOptions;
  ociAuth: OciAuthOptions;
  aliCloudAuth: AliCloudAuthOptions;
  tlsCertAuth: TlsCertAuthOptions;
  spiffeAuth: SpiffeAuthOptions;
  /**
   * A ready access token, with or without `Bearer`. It is renewed while the
   * server allows, and cannot be replaced after that. Or a service token
   * (`st.…`), which is never renewed.
   */
  accessToken: Credential;
}

/**
 * How the client logs in: exactly one key, named as in `client.auth`.
 *
 * @example
 * ```ts
 * const auth: AuthOptions = {
 *   universalAuth: {
 *     clientId,
 *     clientSecret: { file: '/run/secrets/infisical' },
 *   },
 * };
 * const client = new InfisicalClient({ auth });
 * ```
 *
 * @publicApi
 */
export type AuthOptions = {
  [Name in keyof LoginOptions]: Pick<LoginOptions, Name>;
}[keyof LoginOptions];

/** The `auth` of a login whose options were found piece by piece; `loginOf` checks them. */
export function authOf(
  method: keyof LoginOptions,
  options: unknown,
): AuthOptions {
  const auth: Partial<Record<keyof LoginOptions, unknown>> = {
    [method]: options,
  };
  return auth as AuthOptions;
}
