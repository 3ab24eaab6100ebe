import { assertKnownOptions } from '../common/known-options.js';
import { cliLoginProvider } from './cli-login-provider.js';
import { type CloudIdentityOptions, cloudProvider } from './cloud-provider.js';
import { allowText } from './credential.js';
import type { CredentialProvider } from './credential-provider.js';
import {
  credentialFilesProvider,
  environmentProvider,
} from './environment-provider.js';

/**
 * Options of {@link defaultCredentialProviders}.
 *
 * @example
 * ```ts
 * const options: DefaultCredentialProvidersOptions = {
 *   cloud: { identityId }, // at last: what the machine is
 * };
 * InfisicalModule.forRoot({ auth: defaultCredentialProviders(options) });
 * ```
 *
 * @publicApi
 */
export interface DefaultCredentialProvidersOptions {
  /** Also try the identity of the machine: Kubernetes, AWS, GCP or Azure. Default: it is not tried. */
  cloud?: CloudIdentityOptions;
  /** The directory that holds `.infisical` and `infisical-keyring` of the Infisical CLI. Default: the home directory. */
  home?: string;
}

/**
 * The places where a client without `auth` looks for its login, in this order:
 * environment variables, the files they name, the login of the Infisical CLI,
 * and, when asked for, the identity of the machine. The list is new at every
 * call: add providers of your own at any place.
 *
 * @example
 * ```ts
 * import { vaultProvider } from './vault.provider.js';
 *
 * const client = new InfisicalClient({
 *   auth: [vaultProvider, ...defaultCredentialProviders()],
 * });
 * ```
 *
 * @throws InfisicalConfigError naming the wrong option
 * @publicApi
 */
export function defaultCredentialProviders(
  options: DefaultCredentialProvidersOptions = {},
): CredentialProvider[] {
  assertKnownOptions(
    options,
    ['cloud', 'home'],
    'defaultCredentialProviders()',
  );
  allowText(options.home, 'home');
  return [
    environmentProvider(),
    credentialFilesProvider(),
    cliLoginProvider(options.home),
    ...(options.cloud ? [cloudProvider(options.cloud)] : []),
  ];
}
