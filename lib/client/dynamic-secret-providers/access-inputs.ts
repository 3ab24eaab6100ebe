import type { GatewayInputs, TlsInputs } from './common-inputs.js';

/**
 * What both forms of `ldap` have.
 *
 * @example
 * ```ts
 * import { directory } from './admin.js';
 *
 * const base: LdapBaseInputs = {
 *   url: 'ldaps://directory.internal',
 *   binddn: 'cn=admin,dc=example,dc=com',
 *   bindpass: directory.password,
 * };
 * ```
 *
 * @publicApi
 */
export interface LdapBaseInputs extends TlsInputs {
  url: string;
  binddn: string;
  bindpass: string;
}

/**
 * Inputs of `ldap`: users of their own (the default), or new passwords of one user.
 *
 * @example
 * ```ts
 * import { directory, rotationLdif } from './admin.js';
 *
 * const inputs: LdapInputs = {
 *   url: 'ldaps://directory.internal',
 *   binddn: 'cn=admin,dc=example,dc=com',
 *   bindpass: directory.password,
 *   credentialType: 'static',
 *   rotationLdif,
 * };
 * ```
 *
 * @publicApi
 */
export type LdapInputs = LdapBaseInputs &
  (
    | {
        credentialType?: 'dynamic';
        creationLdif: string;
        revocationLdif: string;
        rollbackLdif?: string;
      }
    | { credentialType: 'static'; rotationLdif: string }
  );

/**
 * Inputs of `totp`: the key of an authenticator, as a URL or in parts.
 *
 * @example
 * ```ts
 * import { authenticatorUrl } from './admin.js';
 *
 * const inputs: TotpInputs = { configType: 'url', url: authenticatorUrl };
 * ```
 *
 * @publicApi
 */
export type TotpInputs =
  | {
      configType: 'url';
      /** `otpauth://…` with a `secret`. */
      url: string;
    }
  | {
      configType: 'manual';
      /** Base32. */
      secret: string;
      /** Seconds. Default 30. */
      period?: number;
      /** Default `sha1`. */
      algorithm?: 'sha1' | 'sha256' | 'sha512';
      /** Default 6. */
      digits?: number;
    };

/**
 * What all forms of `kubernetes` have.
 *
 * @example
 * ```ts
 * const base: KubernetesBaseInputs = {
 *   audiences: ['https://kubernetes.default.svc'],
 *   gatewayId: null,
 * };
 * ```
 *
 * @publicApi
 */
export interface KubernetesBaseInputs extends TlsInputs, GatewayInputs {
  audiences: readonly string[];
  /** Default false. */
  sslEnabled?: boolean;
}

/**
 * Inputs of `kubernetes`: tokens of one service account, or of service accounts of their own.
 *
 * @example
 * ```ts
 * import { cluster } from './admin.js';
 *
 * const inputs: KubernetesInputs = {
 *   url: 'https://cluster.internal:6443',
 *   clusterToken: cluster.token,
 *   audiences: [],
 *   credentialType: 'static',
 *   serviceAccountName: 'deployer',
 *   namespace: 'shop',
 * };
 * ```
 *
 * @publicApi
 */
export type KubernetesInputs = KubernetesBaseInputs &
  (
    | { authMethod?: 'api'; url: string; clusterToken: string }
    | {
        /** Needs `gatewayId` or `gatewayPoolId`. */
        authMethod: 'gateway';
        url?: string;
        clusterToken?: string;
      }
  ) &
  (
    | {
        credentialType: 'static';
        serviceAccountName: string;
        namespace: string;
      }
    | {
        credentialType: 'dynamic';
        /** Those that leases may ask for, separated by commas; the first is the default. */
        namespace: string;
        roleType: 'cluster-role' | 'role';
        role: string;
      }
  );

/**
 * Inputs of `ssh`: certificates for these users.
 *
 * @example
 * ```ts
 * const inputs: SshInputs = { principals: ['deploy', 'backup'] };
 * ```
 *
 * @publicApi
 */
export interface SshInputs {
  /** Those that leases may ask for; at least one. */
  principals: readonly string[];
  /** Default `ED25519`. */
  keyAlgorithm?: string;
}
