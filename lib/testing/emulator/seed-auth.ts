/**
 * Several values: a list, or one text separated by commas as the API has it.
 * Empty means no restriction.
 *
 * @example
 * ```ts
 * const allowedNames: EmulatorSeedList = ['orders-api', 'billing-*'];
 * const kubernetesAuth: EmulatorSeedKubernetesAuth = { allowedNames };
 * ```
 *
 * @publicApi
 */
export type EmulatorSeedList = string | string[];

/**
 * What every auth method says about its tokens. Times are in seconds.
 *
 * @example
 * ```ts
 * const policy: EmulatorSeedTokenPolicy = {
 *   accessTokenTTL: 600,
 *   accessTokenMaxTTL: 3600,
 * };
 * const methods: EmulatorSeedAuthMethods = {
 *   tokenAuth: policy,
 *   awsAuth: policy,
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedTokenPolicy {
  /** Default 2592000. */
  accessTokenTTL?: number;
  /** Default 2592000; 0 is no limit (some methods refuse it). */
  accessTokenMaxTTL?: number;
  /** Requests one token is good for. Default 0: no limit. */
  accessTokenNumUsesLimit?: number;
  /** Addresses or CIDR ranges that may use a token. Default: all. */
  accessTokenTrustedIps?: string[];
}

/**
 * When failed logins lock an auth method.
 *
 * @example
 * ```ts
 * const lockout: EmulatorSeedLockout = {
 *   lockoutThreshold: 5,
 *   lockoutDurationSeconds: 60,
 * };
 * const ldapAuth: EmulatorSeedLdapAuth = { ...lockout, accessTokenTTL: 600 };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedLockout {
  /** Default true. */
  lockoutEnabled?: boolean;
  /** Default 3. */
  lockoutThreshold?: number;
  /** Default 300. */
  lockoutDurationSeconds?: number;
  /** Default 30. */
  lockoutCounterResetSeconds?: number;
}

/**
 * Universal Auth of a seeded identity. All times are in seconds.
 *
 * @example
 * ```ts
 * const universalAuth: EmulatorSeedUniversalAuth = {
 *   clientId: '44444444-4444-4444-8444-444444444444',
 *   clientSecret: 'only-in-tests',
 *   accessTokenTTL: 60,
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedUniversalAuth
  extends EmulatorSeedTokenPolicy, EmulatorSeedLockout {
  /** Default: a random UUID. */
  clientId?: string;
  clientSecret: string;
  /** Life of the client secret. Default 0: for ever. */
  clientSecretTTL?: number;
  /** How many logins the client secret is good for. Default 0: no limit. */
  clientSecretNumUsesLimit?: number;
  /** Addresses or CIDR ranges that may log in. Default: all. */
  clientSecretTrustedIps?: string[];
  /** Above 0 the token is periodic. Default 0. */
  accessTokenPeriod?: number;
}

/**
 *
 * @example
 * ```ts
 * const awsAuth: EmulatorSeedAwsAuth = {
 *   allowedAccountIds: ['123456789012'],
 *   allowedPrincipalArns: 'arn:aws:iam::123456789012:role/*',
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedAwsAuth extends EmulatorSeedTokenPolicy {
  allowedAccountIds?: EmulatorSeedList;
  /** `*` stands for any characters. */
  allowedPrincipalArns?: EmulatorSeedList;
}

/**
 *
 * @example
 * ```ts
 * const gcpAuth: EmulatorSeedGcpAuth = {
 *   type: 'iam',
 *   allowedServiceAccounts: ['orders@shop.iam.gserviceaccount.com'],
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedGcpAuth extends EmulatorSeedTokenPolicy {
  /** `gce`: id tokens (default); `iam`: JWTs signed by a service account. */
  type?: 'gce' | 'iam';
  allowedServiceAccounts?: EmulatorSeedList;
  /** For `gce` only. */
  allowedProjects?: EmulatorSeedList;
  /** For `gce` only. */
  allowedZones?: EmulatorSeedList;
}

/**
 *
 * @example
 * ```ts
 * const azureAuth: EmulatorSeedAzureAuth = { resource: 'api://infisical' };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedAzureAuth extends EmulatorSeedTokenPolicy {
  /** Default: the tenant of the emulator's stand-in. */
  tenantId?: string;
  /** Default `https://management.azure.com/`. */
  resource?: string;
  allowedServicePrincipalIds?: EmulatorSeedList;
}

/**
 *
 * @example
 * ```ts
 * const kubernetesAuth: EmulatorSeedKubernetesAuth = {
 *   allowedNamespaces: 'shop-*',
 *   allowedNames: ['orders-api'],
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedKubernetesAuth extends EmulatorSeedTokenPolicy {
  /** Default `https://kubernetes.default.svc`; never called. */
  kubernetesHost?: string;
  /** Globs. */
  allowedNamespaces?: EmulatorSeedList;
  /** Names of service accounts; globs. */
  allowedNames?: EmulatorSeedList;
  allowedAudience?: string;
}

/**
 * What OIDC and JWT auth want of a token. Several audiences or values of a
 * claim are separated by `", "`.
 *
 * @example
 * ```ts
 * const bound: EmulatorSeedBoundClaims = {
 *   boundSubject: 'repo:shop/api:*',
 *   boundAudiences: 'infisical',
 *   boundClaims: { environment: 'production, staging' },
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedBoundClaims extends EmulatorSeedTokenPolicy {
  boundIssuer?: string;
  boundSubject?: string;
  boundAudiences?: string;
  boundClaims?: Record<string, string>;
}

/**
 *
 * @example
 * ```ts
 * const oidcAuth: EmulatorSeedOidcAuth = {
 *   boundSubject: 'repo:shop/api:*',
 *   boundAudiences: 'infisical',
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedOidcAuth extends EmulatorSeedBoundClaims {
  /** Names the issuer; never called. Default: that of the stand-in. */
  oidcDiscoveryUrl?: string;
  /** Default: the discovery URL. */
  boundIssuer?: string;
  claimMetadataMapping?: Record<string, string>;
}

/**
 *
 * @example
 * ```ts
 * import { publicKeyPem } from './keys.js';
 *
 * const jwtAuth: EmulatorSeedJwtAuth = {
 *   configurationType: 'static',
 *   publicKeys: [publicKeyPem],
 *   boundSubject: 'orders-api',
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedJwtAuth extends EmulatorSeedBoundClaims {
  /** Default `jwks`. */
  configurationType?: 'jwks' | 'static';
  /** Names the key set; never called. Default: that of the stand-in. */
  jwksUrl?: string;
  /** PEM, for `static`. Default: the key of the stand-in. */
  publicKeys?: string[];
}

/**
 *
 * @example
 * ```ts
 * const ldapAuth: EmulatorSeedLdapAuth = {
 *   allowedFields: [{ key: 'departmentNumber', value: '7,8' }],
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedLdapAuth
  extends EmulatorSeedTokenPolicy, EmulatorSeedLockout {
  /** Fields the directory's user must have; values separated by commas. */
  allowedFields?: { key: string; value: string }[];
}

/**
 *
 * @example
 * ```ts
 * const ociAuth: EmulatorSeedOciAuth = { allowedUsernames: ['orders-api'] };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedOciAuth extends EmulatorSeedTokenPolicy {
  /** Default: the tenancy of the stand-in. */
  tenancyOcid?: string;
  allowedUsernames?: EmulatorSeedList;
}

/**
 *
 * @example
 * ```ts
 * const aliCloudAuth: EmulatorSeedAliCloudAuth = {
 *   allowedArns: 'acs:ram::1234567890123456:user/orders-api',
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedAliCloudAuth extends EmulatorSeedTokenPolicy {
  allowedArns?: EmulatorSeedList;
}

/**
 *
 * @example
 * ```ts
 * const tlsCertAuth: EmulatorSeedTlsCertAuth = {
 *   allowedCommonNames: 'orders-api',
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedTlsCertAuth extends EmulatorSeedTokenPolicy {
  /** PEM. Default: the authority of the stand-in. */
  caCertificate?: string;
  allowedCommonNames?: EmulatorSeedList;
  allowedAltNames?: EmulatorSeedList;
}

/**
 *
 * @example
 * ```ts
 * const spiffeAuth: EmulatorSeedSpiffeAuth = {
 *   allowedSpiffeIds: 'spiffe://emulator.test/shop/*',
 *   allowedAudiences: 'infisical',
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedSpiffeAuth extends EmulatorSeedTokenPolicy {
  /** Default `emulator.test`. */
  trustDomain?: string;
  /** Globs. */
  allowedSpiffeIds: EmulatorSeedList;
  allowedAudiences: EmulatorSeedList;
}

/**
 * The auth methods of a seeded identity. Valid credentials come from
 * `InfisicalEmulator.providers`.
 *
 * @example
 * ```ts
 * const methods: EmulatorSeedAuthMethods = {
 *   universalAuth: { clientSecret: 'only-in-tests' },
 *   kubernetesAuth: { allowedNamespaces: 'shop' },
 * };
 * const identity: EmulatorSeedIdentity = {
 *   name: 'orders-api',
 *   projects: [{ slug: 'shop', role: 'viewer' }],
 *   ...methods,
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedAuthMethods {
  universalAuth?: EmulatorSeedUniversalAuth;
  tokenAuth?: EmulatorSeedTokenPolicy;
  awsAuth?: EmulatorSeedAwsAuth;
  gcpAuth?: EmulatorSeedGcpAuth;
  azureAuth?: EmulatorSeedAzureAuth;
  kubernetesAuth?: EmulatorSeedKubernetesAuth;
  oidcAuth?: EmulatorSeedOidcAuth;
  jwtAuth?: EmulatorSeedJwtAuth;
  ldapAuth?: EmulatorSeedLdapAuth;
  ociAuth?: EmulatorSeedOciAuth;
  aliCloudAuth?: EmulatorSeedAliCloudAuth;
  tlsCertAuth?: EmulatorSeedTlsCertAuth;
  spiffeAuth?: EmulatorSeedSpiffeAuth;
}

/**
 * A service token (`st.<id>.<secret>`) to start with.
 *
 * @example
 * ```ts
 * const serviceToken: EmulatorSeedServiceToken = {
 *   name: 'ci',
 *   secret: '0123abcd',
 *   project: 'shop',
 *   scopes: [{ environment: 'dev', secretPath: '/**' }],
 *   permissions: ['read'],
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedServiceToken {
  /** Default: a random UUID. */
  id?: string;
  /** Lower-case hexadecimal digits. */
  secret: string;
  name: string;
  /** Slug of its project. */
  project: string;
  /** The path may be a glob. */
  scopes: { environment: string; secretPath: string }[];
  permissions: ('read' | 'write')[];
  /** Life in seconds. Default: for ever. */
  expiresIn?: number;
}
