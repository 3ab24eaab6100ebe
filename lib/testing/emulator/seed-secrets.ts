/**
 * A seeded secret that is more than its value.
 *
 * @example
 * ```ts
 * const stripeKey: EmulatorSeedSecret = {
 *   value: 'test',
 *   comment: 'made for tests',
 *   tags: ['payments'],
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedSecret {
  value: string;
  comment?: string;
  skipMultilineEncoding?: boolean;
  metadata?: { key: string; value?: string; isEncrypted?: boolean }[];
  /** Slugs of tags of the project. */
  tags?: string[];
}

/**
 * What a seeded project has beyond its secrets.
 *
 * @example
 * ```ts
 * const extras: EmulatorSeedProjectExtras = {
 *   tags: [{ slug: 'payments', color: '#ff0000' }],
 *   sharedFolders: [{ environment: 'dev', path: '/common', with: 'billing' }],
 * };
 * const project: EmulatorSeedProject = {
 *   slug: 'shop',
 *   environments: ['dev'],
 *   ...extras,
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedProjectExtras {
  /** Product of the project. Default `secret-manager`. */
  type?: string;
  /** Default false. */
  hasDeleteProtection?: boolean;
  /** Secret metadata must be sent encrypted. Default false. */
  enforceEncryptedMetadata?: boolean;
  tags?: {
    slug: string;
    /** Default: none. */
    color?: string;
  }[];
  /** Where users, and only they, change secrets by approval. */
  approvalPolicies?: {
    environment: string;
    /** A glob, such as `/app/**`. Default `/**`. */
    secretPath?: string;
  }[];
  /** Folders whose secrets other projects may refer to. */
  sharedFolders?: {
    environment: string;
    path: string;
    /** Slug of the other project. */
    with: string;
  }[];
  webhooks?: {
    environment: string;
    /** A glob. Default `/`. */
    secretPath?: string;
    url: string;
    /** Signs the deliveries. */
    secretKey?: string;
  }[];
}
