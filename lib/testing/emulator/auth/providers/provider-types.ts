/**
 * What a token of a stand-in may differ in.
 *
 * @example
 * ```ts
 * const options: EmulatorTokenOptions = {
 *   claims: { repository: 'shop/api' },
 *   expiresIn: -60, // it has expired
 * };
 * const jwt = emulator.providers.oidc.issueToken({
 *   subject: 'ci',
 *   ...options,
 * });
 * ```
 *
 * @publicApi
 */
export interface EmulatorTokenOptions {
  /** Added to the claims, or put in their place; undefined leaves one out. */
  claims?: Record<string, unknown>;
  /** Seconds until it expires; negative: it has. Default 3600. */
  expiresIn?: number;
}

/**
 *
 * @example
 * ```ts
 * const jwt = emulator.providers.oidc.issueToken({
 *   subject: 'repo:shop/api:ref:refs/heads/main',
 *   audience: 'infisical',
 * });
 * await client.auth.oidcAuth.login({ identityId, jwt });
 * ```
 *
 * @publicApi
 */
export interface EmulatorOidcProvider {
  /** The issuer when none is named. */
  readonly issuer: string;
  /** A token of an issuer; each has keys of its own. */
  issueToken(
    options: EmulatorTokenOptions & {
      subject: string;
      audience?: string | string[];
      issuer?: string;
      /** Leaves the key id out: the server then tries its keys in turn. */
      withoutKid?: boolean;
    },
  ): string;
  /** Adds a signing key; tokens of older keys stay good. */
  rotateKeys(count?: number, issuer?: string): void;
  discovery(issuer?: string): Record<string, unknown>;
  jwks(issuer?: string): { keys: object[] };
  /** Makes the discovery document unreachable, or (undefined) reachable. */
  failDiscovery(reason: string | undefined, issuer?: string): void;
}

/**
 *
 * @example
 * ```ts
 * const jwt = emulator.providers.jwt.issueToken({ subject: 'orders-api' });
 * await client.auth.jwtAuth.login({ identityId, jwt });
 * ```
 *
 * @publicApi
 */
export interface EmulatorJwtProvider {
  readonly jwksUrl: string;
  /** For `static` configurations. */
  readonly publicKeyPem: string;
  issueToken(
    options: EmulatorTokenOptions & {
      subject?: string;
      audience?: string | string[];
      issuer?: string;
      /** The key set that signs. Default `jwksUrl`. */
      jwksUrl?: string;
    },
  ): string;
  jwks(jwksUrl?: string): { keys: object[] };
}

/**
 *
 * @example
 * ```ts
 * const jwt = emulator.providers.kubernetes.issueToken({
 *   namespace: 'shop',
 *   serviceAccount: 'orders-api',
 * });
 * await client.auth.kubernetesAuth.login({ identityId, jwt });
 * ```
 *
 * @publicApi
 */
export interface EmulatorKubernetesProvider {
  issueToken(
    options: EmulatorTokenOptions & {
      namespace: string;
      serviceAccount: string;
      audience?: string | string[];
    },
  ): string;
  /** Tokens of the account are not authenticated from now on. */
  deleteServiceAccount(namespace: string, serviceAccount: string): void;
  /** The API server cannot be reached, or (undefined) can again. */
  failReviews(reason: string | undefined): void;
}

/**
 *
 * @example
 * ```ts
 * const serviceAccountKey = emulator.providers.gcp.serviceAccountKey(
 *   'orders@shop.iam.gserviceaccount.com',
 * );
 * await client.auth.gcpIamAuth.login({ identityId, serviceAccountKey });
 * ```
 *
 * @publicApi
 */
export interface EmulatorGcpProvider {
  /** An id token as the metadata server of a machine gives it. */
  issueIdToken(
    options: EmulatorTokenOptions & {
      /** The id of the identity that logs in. */
      audience: string;
      serviceAccount: string;
      /** With a project or zone it is of `format=full`. */
      projectId?: string;
      zone?: string;
    },
  ): string;
  /** A key of a service account, as in the file that Google issues. */
  serviceAccountKey(serviceAccount: string): {
    type: 'service_account';
    client_email: string;
    private_key_id: string;
    private_key: string;
  };
  /** What the IAM credentials API signs for a service account. */
  issueIamToken(
    options: EmulatorTokenOptions & {
      audience: string;
      serviceAccount: string;
    },
  ): string;
}

/**
 *
 * @example
 * ```ts
 * const { azure } = emulator.providers;
 * const token = azure.issueToken({ resource: 'api://infisical' });
 * const servicePrincipal = { tenantId: azure.tenantId };
 * ```
 *
 * @publicApi
 */
export interface EmulatorAzureProvider {
  /** The tenant when none is named. */
  readonly tenantId: string;
  issueToken(
    options?: EmulatorTokenOptions & {
      tenantId?: string;
      /** The audience. Default `https://management.azure.com/`. */
      resource?: string;
      /** The `oid`. Default: a fixed one. */
      servicePrincipalId?: string;
    },
  ): string;
}

/**
 *
 * @example
 * ```ts
 * const jwt = emulator.providers.spiffe.issueToken({
 *   spiffeId: 'spiffe://emulator.test/orders-api',
 *   audience: 'infisical',
 * });
 * await client.auth.spiffeAuth.login({ identityId, jwt });
 * ```
 *
 * @publicApi
 */
export interface EmulatorSpiffeProvider {
  /** A JWT-SVID; the key is that of the trust domain of the id. */
  issueToken(
    options: EmulatorTokenOptions & {
      /** `spiffe://<trust domain>/<path>` */
      spiffeId: string;
      audience: string | string[];
      /** The trust domain whose key signs. Default: that of the id. */
      trustDomain?: string;
    },
  ): string;
}

/**
 *
 * @example
 * ```ts
 * const key: EmulatorAwsAccessKey = emulator.providers.aws.accessKey();
 * const { accessKeyId, secretAccessKey } = key;
 * await client.auth.awsAuth.login({
 *   identityId,
 *   credentials: { accessKeyId, secretAccessKey },
 * });
 * ```
 *
 * @publicApi
 */
export interface EmulatorAwsAccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** With temporary credentials. */
  readonly sessionToken?: string;
  readonly accountId: string;
  readonly arn: string;
  readonly userId: string;
}

/**
 *
 * @example
 * ```ts
 * const { arn } = emulator.providers.aws.accessKey({
 *   accountId: '123456789012',
 *   temporary: true,
 * });
 * expect(arn).toContain('123456789012');
 * ```
 *
 * @publicApi
 */
export interface EmulatorAwsProvider {
  /** Makes an access key that STS knows. */
  accessKey(options?: {
    accountId?: string;
    arn?: string;
    temporary?: boolean;
  }): EmulatorAwsAccessKey;
}

/**
 *
 * @example
 * ```ts
 * const key: EmulatorAliCloudAccessKey =
 *   emulator.providers.aliCloud.accessKey();
 * const { accessKeyId, accessKeySecret } = key;
 * await client.auth.aliCloudAuth.login({
 *   identityId,
 *   accessKeyId,
 *   accessKeySecret,
 * });
 * ```
 *
 * @publicApi
 */
export interface EmulatorAliCloudAccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly accountId: string;
  readonly arn: string;
}

/**
 *
 * @example
 * ```ts
 * const { arn } = emulator.providers.aliCloud.accessKey();
 * const aliCloudAuth: EmulatorSeedAliCloudAuth = { allowedArns: [arn] };
 * ```
 *
 * @publicApi
 */
export interface EmulatorAliCloudProvider {
  /** Makes an access key that STS knows. */
  accessKey(options?: { arn?: string }): EmulatorAliCloudAccessKey;
}

/**
 *
 * @example
 * ```ts
 * const user: EmulatorOciUser = emulator.providers.oci.user();
 * const { userOcid, tenancyOcid, fingerprint, privateKeyPem } = user;
 * await client.auth.ociAuth.login({
 *   identityId,
 *   userOcid,
 *   tenancyOcid,
 *   fingerprint,
 *   region: 'eu-frankfurt-1',
 *   privateKey: privateKeyPem,
 * });
 * ```
 *
 * @publicApi
 */
export interface EmulatorOciUser {
  readonly userOcid: string;
  readonly tenancyOcid: string;
  readonly username: string;
  readonly fingerprint: string;
  readonly privateKeyPem: string;
}

/**
 *
 * @example
 * ```ts
 * const { username } = emulator.providers.oci.user({ username: 'orders-api' });
 * const ociAuth: EmulatorSeedOciAuth = { allowedUsernames: [username] };
 * ```
 *
 * @publicApi
 */
export interface EmulatorOciProvider {
  readonly tenancyOcid: string;
  /** Makes a user with an API signing key. */
  user(options?: { username?: string; tenancyOcid?: string }): EmulatorOciUser;
}

/**
 *
 * @example
 * ```ts
 * const certificate: EmulatorCertificate =
 *   emulator.providers.tls.issueCertificate({ commonName: 'orders-api' });
 * await client.auth.tlsCertAuth.login({
 *   identityId,
 *   cert: certificate.certPem,
 *   key: certificate.keyPem,
 * });
 * ```
 *
 * @publicApi
 */
export interface EmulatorCertificate {
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
}

/**
 *
 * @example
 * ```ts
 * const expired = emulator.providers.tls.issueCertificate({
 *   commonName: 'orders-api',
 *   validFrom: -3600,
 *   validTo: -60,
 * });
 * ```
 *
 * @publicApi
 */
export interface EmulatorTlsProvider {
  /** The authority that is trusted when none is configured. */
  readonly caPem: string;
  issueCertificate(options: {
    commonName: string;
    /** DNS names, or URIs when they hold `://`. */
    altNames?: string[];
    /** Seconds from now. Default -60. */
    validFrom?: number;
    /** Seconds from now. Default 86400. */
    validTo?: number;
    isCa?: boolean;
  }): EmulatorCertificate;
}

/**
 *
 * @example
 * ```ts
 * const user: EmulatorLdapUser = {
 *   username: 'orders-api',
 *   password: 'only-in-tests',
 *   fields: { mail: 'orders@example.com' },
 * };
 * emulator.providers.ldap.setUser(user);
 * ```
 *
 * @publicApi
 */
export interface EmulatorLdapUser {
  username: string;
  password: string;
  /** Attributes by name, such as `mail`. */
  fields?: Record<string, string>;
}

/**
 *
 * @example
 * ```ts
 * emulator.providers.ldap.setUser({
 *   username: 'orders-api',
 *   password: 'only-in-tests',
 * });
 * emulator.providers.ldap.removeUser('orders-api'); // its logins fail from now on
 * ```
 *
 * @publicApi
 */
export interface EmulatorLdapProvider {
  /** Adds a user to the directory, or replaces one. */
  setUser(user: EmulatorLdapUser): void;
  removeUser(username: string): void;
}

/**
 *
 * @example
 * ```ts
 * const notYet = emulator.providers.infisical.issueToken({
 *   identityId,
 *   nbf: 4_102_444_800,
 * });
 * const strange = new InfisicalClient({
 *   siteUrl: emulator.url,
 *   auth: { accessToken: notYet },
 * });
 * ```
 *
 * @publicApi
 */
export interface EmulatorAccessTokenIssuer {
  /**
   * Signs any claims with the server's own key, for tokens that no login
   * gives out: of another kind, not active yet, of another algorithm.
   */
  issueToken(
    claims: Record<string, unknown>,
    options?: { algorithm?: 'HS256' | 'HS384' | 'HS512' },
  ): string;
}

/**
 * The provider side of the auth methods. Each member makes credentials that
 * its login really verifies.
 *
 * @example
 * ```ts
 * const { oidc, kubernetes }: EmulatorProviders = emulator.providers;
 * oidc.failDiscovery('the issuer is down');
 * kubernetes.deleteServiceAccount('shop', 'orders-api');
 * ```
 *
 * @publicApi
 */
export interface EmulatorProviders {
  readonly oidc: EmulatorOidcProvider;
  readonly jwt: EmulatorJwtProvider;
  readonly kubernetes: EmulatorKubernetesProvider;
  readonly gcp: EmulatorGcpProvider;
  readonly azure: EmulatorAzureProvider;
  readonly spiffe: EmulatorSpiffeProvider;
  readonly aws: EmulatorAwsProvider;
  readonly aliCloud: EmulatorAliCloudProvider;
  readonly oci: EmulatorOciProvider;
  readonly tls: EmulatorTlsProvider;
  readonly ldap: EmulatorLdapProvider;
  readonly infisical: EmulatorAccessTokenIssuer;
}
