import { allowText } from './credential.js';
import {
  identityLogin,
  type IdentityLoginOptions,
  type LoginMethod,
} from './login-method.js';
import { allowMetadataUrl, askMetadata, readMetadata } from './metadata.js';

/**
 * Azure: the managed identity of this machine.
 *
 * @example
 * ```ts
 * const client = new InfisicalClient({
 *   auth: { azureAuth: { identityId, resource: 'api://infisical' } },
 * });
 * ```
 *
 * @publicApi
 */
export interface AzureAuthOptions extends IdentityLoginOptions {
  /** Audience of the token, as configured in Infisical. Default `https://management.azure.com/`. */
  resource?: string;
  /** Client id of a user-assigned identity, when the machine has more than one. */
  clientId?: string;
  /** Where the instance metadata are. For tests. */
  metadataUrl?: string;
}

const AZURE = {
  platform: 'Azure',
  advice:
    'Check that the machine has a managed identity, and auth.azureAuth.resource and .clientId.',
};

/** Login by a token of the instance metadata (contract: auth §4). */
export function azureAuth(options: AzureAuthOptions): LoginMethod {
  return identityLogin({
    name: 'azureAuth',
    route: 'azure-auth',
    options,
    optionNames: ['resource', 'clientId', 'metadataUrl'],
    check(option) {
      allowText(options.resource, option('resource'));
      allowText(options.clientId, option('clientId'));
      allowMetadataUrl(options.metadataUrl, option('metadataUrl'));
    },
    async body(http, signal) {
      const {
        resource = 'https://management.azure.com/',
        clientId,
        metadataUrl = 'http://169.254.169.254',
      } = options;
      const query = new URLSearchParams({
        'api-version': '2018-02-01',
        resource,
        ...(clientId && { client_id: clientId }),
      }).toString();
      const answer = await askMetadata(http, signal, {
        ...AZURE,
        url: metadataUrl,
        target: `/metadata/identity/oauth2/token?${query}`,
        headers: { metadata: 'true', accept: 'application/json' },
      });
      return { jwt: readMetadata(answer, 'access_token', AZURE) };
    },
  });
}
