import {
  type Credential,
  allowCredential,
  readCredential,
} from './credential.js';
import { environmentKubernetesTokenPath } from './environment.js';
import {
  identityLogin,
  type IdentityLoginOptions,
  type LoginMethod,
} from './login-method.js';

/**
 * Kubernetes: the token of the pod's service account.
 *
 * @example
 * ```ts
 * const client = new InfisicalClient({
 *   auth: {
 *     kubernetesAuth: {
 *       identityId,
 *       jwt: { file: '/var/run/secrets/infisical/token' }, // a projected token
 *     },
 *   },
 * });
 * ```
 *
 * @publicApi
 */
export interface KubernetesAuthOptions extends IdentityLoginOptions {
  /**
   * The token. Default: the file that `INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH`
   * names, then the one that Kubernetes mounts into every pod.
   */
  jwt?: Credential;
}

/** Login by service-account token, read again at every login. */
export function kubernetesAuth(options: KubernetesAuthOptions): LoginMethod {
  return identityLogin({
    name: 'kubernetesAuth',
    route: 'kubernetes-auth',
    options,
    optionNames: ['jwt'],
    check: (option) => allowCredential(options.jwt, option('jwt')),
    body: async ({ logger }, _signal, option) => ({
      jwt: await readCredential(
        options.jwt ?? {
          file: environmentKubernetesTokenPath(),
        },
        option('jwt'),
        logger,
      ),
    }),
  });
}
