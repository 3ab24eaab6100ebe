import type {
  EmulatorSeedMembership,
  EmulatorSeedRole,
} from './seed-permissions.js';

/**
 * An environment of a seeded project: its slug, or slug and name.
 *
 * @publicApi
 */
export type EmulatorSeedEnvironment = string | { slug: string; name: string };

/**
 * A project to start with. Folders that seeded secrets or imports name are
 * created.
 *
 * @publicApi
 */
export interface EmulatorSeedProject {
  /** Default: a random UUID. */
  id?: string;
  slug: string;
  /** Default: the slug. */
  name?: string;
  environments: EmulatorSeedEnvironment[];
  /** Roles of its own, next to `admin`, `viewer` and `no-access`. */
  roles?: EmulatorSeedRole[];
  folders?: { environment: string; path: string }[];
  secrets?: {
    environment: string;
    /** Default `/`. */
    path?: string;
    values: Record<string, string>;
  }[];
  kmsKeys?: {
    /** Default: a random UUID. */
    id?: string;
    name: string;
    /**
     * `aes-256-gcm` (default), `aes-128-gcm`, `RSA_4096`, `ECC_NIST_P256` or
     * `HMAC_SHA_1`, `_224`, `_256`, `_384`, `_512`.
     */
    algorithm?: string;
    /** Default true. */
    isExportable?: boolean;
    /** A key of the server itself, which customers cannot use. Default false. */
    isReserved?: boolean;
  }[];
  imports?: {
    environment: string;
    path: string;
    from: { environment: string; path: string };
  }[];
}

/**
 * Universal Auth of a seeded identity. All times are in seconds.
 *
 * @publicApi
 */
export interface EmulatorSeedUniversalAuth {
  /** Default: a random UUID. */
  clientId?: string;
  clientSecret: string;
  /** Life of the client secret. Default 0: for ever. */
  clientSecretTTL?: number;
  /** How many logins the client secret is good for. Default 0: no limit. */
  clientSecretNumUsesLimit?: number;
  /** Addresses or CIDR ranges that may log in. Default: all. */
  clientSecretTrustedIps?: string[];
  /** Default 2592000. */
  accessTokenTTL?: number;
  /** Default 2592000; 0 is no limit. */
  accessTokenMaxTTL?: number;
  /** Requests one token is good for. Default 0: no limit. */
  accessTokenNumUsesLimit?: number;
  /** Above 0 the token is periodic. Default 0. */
  accessTokenPeriod?: number;
  /** Addresses or CIDR ranges that may use a token. Default: all. */
  accessTokenTrustedIps?: string[];
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
 * A machine identity to start with.
 *
 * @publicApi
 */
export interface EmulatorSeedIdentity {
  /** Default: a random UUID. */
  id?: string;
  name: string;
  /** Projects it is a member of. */
  projects: EmulatorSeedMembership[];
  universalAuth?: EmulatorSeedUniversalAuth;
}

/**
 * A person to start with. `InfisicalEmulator.userToken()` mints a token.
 *
 * @publicApi
 */
export interface EmulatorSeedUser {
  /** Default: a random UUID. */
  id?: string;
  email: string;
  /** Projects the person is a member of. */
  projects: EmulatorSeedIdentity['projects'];
}

/**
 * What the emulator starts with. Plain data: it may come from YAML or JSON.
 *
 * @publicApi
 */
export interface EmulatorSeed {
  projects: EmulatorSeedProject[];
  identities: EmulatorSeedIdentity[];
  users?: EmulatorSeedUser[];
}

/**
 * The seed that is used when none is given: one empty project and one identity
 * that administers it.
 *
 * @publicApi
 */
export const DEFAULT_EMULATOR_SEED: EmulatorSeed = {
  projects: [
    {
      id: '22222222-2222-4222-8222-222222222222',
      slug: 'demo',
      environments: ['dev', 'staging', 'prod'],
    },
  ],
  identities: [
    {
      id: '33333333-3333-4333-8333-333333333333',
      name: 'emulator',
      projects: [{ slug: 'demo', role: 'admin' }],
      universalAuth: {
        clientId: '11111111-1111-4111-8111-111111111111',
        clientSecret: 'emulator-client-secret',
      },
    },
  ],
};
