import {
  identityLogin,
  type IdentityLoginOptions,
  type LoginMethod,
} from './login-method.js';
import { allowMetadataUrl, askMetadata } from './metadata.js';

/**
 * Google Cloud: the service account of this machine.
 *
 * @example
 * ```ts
 * const client = new InfisicalClient({
 *   auth: { gcpIdTokenAuth: { identityId } },
 * });
 * ```
 *
 * @publicApi
 */
export interface GcpIdTokenAuthOptions extends IdentityLoginOptions {
  /** Where the metadata are. For tests. */
  metadataUrl?: string;
}

/** Login by an id token of the metadata server, made out to the identity (contract: auth §4). */
export function gcpIdTokenAuth(options: GcpIdTokenAuthOptions): LoginMethod {
  return identityLogin({
    name: 'gcpIdTokenAuth',
    route: 'gcp-auth',
    verifier: 'Google',
    options,
    optionNames: ['metadataUrl'],
    check: (option) =>
      allowMetadataUrl(options.metadataUrl, option('metadataUrl')),
    async body(http, signal) {
      const query = new URLSearchParams({
        audience: options.identityId.trim(),
        // Project and zone are in the full format only.
        format: 'full',
      }).toString();
      const jwt = await askMetadata(http, signal, {
        platform: 'Google Cloud',
        url: options.metadataUrl ?? 'http://metadata.google.internal',
        target: `/computeMetadata/v1/instance/service-accounts/default/identity?${query}`,
        headers: { 'metadata-flavor': 'Google' },
        advice:
          'Elsewhere use auth.gcpIamAuth with the key of a service account.',
      });
      return { jwt };
    },
  });
}
