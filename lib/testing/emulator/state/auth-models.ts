/** The auth methods by the names that tokens carry (contract: auth §2.1). */
export type AuthMethodName =
  | 'universal-auth'
  | 'token-auth'
  | 'aws-auth'
  | 'gcp-auth'
  | 'azure-auth'
  | 'kubernetes-auth'
  | 'oidc-auth'
  | 'jwt-auth'
  | 'ldap-auth'
  | 'oci-auth'
  | 'alicloud-auth'
  | 'tls-cert-auth'
  | 'spiffe-auth';

/** What every auth method says about the tokens it gives out. */
export interface TokenPolicy {
  /** Tokens end with the method that gave them out. */
  readonly id: string;
  readonly accessTokenTTL: number;
  readonly accessTokenMaxTTL: number;
  readonly accessTokenNumUsesLimit: number;
  /** Universal Auth alone has periodic tokens; 0 elsewhere. */
  readonly accessTokenPeriod: number;
  readonly accessTokenTrustedIps: readonly string[] | undefined;
}

export interface LockoutPolicy {
  readonly lockoutEnabled: boolean;
  readonly lockoutThreshold: number;
  readonly lockoutDurationSeconds: number;
  readonly lockoutCounterResetSeconds: number;
}

export interface ClientSecret {
  readonly id: string;
  readonly secret: string;
  readonly description: string;
  readonly ttl: number;
  readonly numUsesLimit: number;
  readonly createdAt: number;
  numUses: number;
  isRevoked: boolean;
}

export interface UniversalAuth extends TokenPolicy, LockoutPolicy {
  readonly clientId: string;
  readonly clientSecrets: ClientSecret[];
  readonly clientSecretTrustedIps: readonly string[] | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

// An empty list or text in one of the following restricts nothing.

export interface AwsAuth extends TokenPolicy {
  readonly allowedAccountIds: readonly string[];
  readonly allowedPrincipalArns: readonly string[];
}

export interface GcpAuth extends TokenPolicy {
  readonly type: 'gce' | 'iam';
  readonly allowedServiceAccounts: readonly string[];
  readonly allowedProjects: readonly string[];
  readonly allowedZones: readonly string[];
}

export interface AzureAuth extends TokenPolicy {
  readonly tenantId: string;
  readonly resource: string;
  readonly allowedServicePrincipalIds: readonly string[];
}

export interface KubernetesAuth extends TokenPolicy {
  readonly kubernetesHost: string;
  readonly allowedNamespaces: readonly string[];
  readonly allowedNames: readonly string[];
  readonly allowedAudience: string;
}

/** What OIDC and JWT auth want of the claims of a token. */
export interface BoundClaims {
  readonly boundIssuer: string;
  readonly boundSubject: string;
  readonly boundAudiences: string;
  readonly boundClaims: Readonly<Record<string, string>>;
}

export interface OidcAuth extends TokenPolicy, BoundClaims {
  readonly oidcDiscoveryUrl: string;
  /** Key of the token's `identityAuth` to path of the claim. */
  readonly claimMetadataMapping: Readonly<Record<string, string>>;
}

export interface JwtAuth extends TokenPolicy, BoundClaims {
  readonly configurationType: 'jwks' | 'static';
  readonly jwksUrl: string;
  /** PEM; none means the key of the emulator's own stand-in. */
  readonly publicKeys: readonly string[];
}

export interface LdapAuth extends TokenPolicy, LockoutPolicy {
  readonly allowedFields: readonly { key: string; value: string }[];
}

export interface OciAuth extends TokenPolicy {
  readonly tenancyOcid: string;
  readonly allowedUsernames: readonly string[];
}

export interface AliCloudAuth extends TokenPolicy {
  readonly allowedArns: readonly string[];
}

export interface TlsCertAuth extends TokenPolicy {
  /** PEM; undefined means the authority of the emulator's own stand-in. */
  readonly caCertificate: string | undefined;
  readonly allowedCommonNames: readonly string[];
  readonly allowedAltNames: readonly string[];
}

export interface SpiffeAuth extends TokenPolicy {
  readonly trustDomain: string;
  readonly allowedSpiffeIds: readonly string[];
  readonly allowedAudiences: readonly string[];
}

/** The auth methods of an identity; Universal Auth can be changed. */
export interface AuthMethods {
  universalAuth?: UniversalAuth;
  readonly tokenAuth?: TokenPolicy;
  readonly awsAuth?: AwsAuth;
  readonly gcpAuth?: GcpAuth;
  readonly azureAuth?: AzureAuth;
  readonly kubernetesAuth?: KubernetesAuth;
  readonly oidcAuth?: OidcAuth;
  readonly jwtAuth?: JwtAuth;
  readonly ldapAuth?: LdapAuth;
  readonly ociAuth?: OciAuth;
  readonly aliCloudAuth?: AliCloudAuth;
  readonly tlsCertAuth?: TlsCertAuth;
  readonly spiffeAuth?: SpiffeAuth;
}

/** Under which key an identity has an auth method. */
export const METHOD_FIELDS: Readonly<
  Record<AuthMethodName, keyof AuthMethods>
> = {
  'universal-auth': 'universalAuth',
  'token-auth': 'tokenAuth',
  'aws-auth': 'awsAuth',
  'gcp-auth': 'gcpAuth',
  'azure-auth': 'azureAuth',
  'kubernetes-auth': 'kubernetesAuth',
  'oidc-auth': 'oidcAuth',
  'jwt-auth': 'jwtAuth',
  'ldap-auth': 'ldapAuth',
  'oci-auth': 'ociAuth',
  'alicloud-auth': 'aliCloudAuth',
  'tls-cert-auth': 'tlsCertAuth',
  'spiffe-auth': 'spiffeAuth',
};
