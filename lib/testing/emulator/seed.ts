import type {
  EmulatorSeedAuthMethods,
  EmulatorSeedServiceToken,
} from './seed-auth.js';
import type { EmulatorSeedDynamicSecret } from './seed-dynamic.js';
import type {
  EmulatorSeedMembership,
  EmulatorSeedRole,
} from './seed-permissions.js';
import type {
  EmulatorSeedProjectExtras,
  EmulatorSeedSecret,
} from './seed-secrets.js';

/**
 * An environment of a seeded project: its slug, or slug and name.
 *
 * @example
 * ```ts
 * const environments: EmulatorSeedEnvironment[] = [
 *   'dev',
 *   { slug: 'prod', name: 'Production' },
 * ];
 * ```
 *
 * @publicApi
 */
export type EmulatorSeedEnvironment = string | { slug: string; name: string };

/**
 * A project to start with. Folders that seeded secrets or imports name are
 * created.
 *
 * @example
 * ```ts
 * const shop: EmulatorSeedProject = {
 *   slug: 'shop',
 *   environments: ['dev', 'prod'],
 *   secrets: [
 *     {
 *       environment: 'dev',
 *       path: '/payments',
 *       values: { STRIPE_KEY: 'test' },
 *     },
 *   ],
 *   kmsKeys: [{ name: 'customer-data' }],
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedProject extends EmulatorSeedProjectExtras {
  /** Default: a random UUID. */
  id?: string;
  slug: string;
  /** Slug of the sub-organization it belongs to. Default: the root. */
  organization?: string;
  /** Default: the slug. */
  name?: string;
  description?: string;
  environments: EmulatorSeedEnvironment[];
  /** Roles of its own, next to `admin`, `viewer` and `no-access`. */
  roles?: EmulatorSeedRole[];
  folders?: { environment: string; path: string; description?: string }[];
  secrets?: {
    environment: string;
    /** Default `/`. */
    path?: string;
    /** By name: the value, or the value and more. */
    values: Record<string, string | EmulatorSeedSecret>;
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
    /** Default false. */
    isDisabled?: boolean;
    description?: string;
    /**
     * Base64 by version, as private keys are exported: bytes, or the PEM text
     * of PKCS#8. Default: new material.
     */
    material?: string[];
  }[];
  dynamicSecrets?: EmulatorSeedDynamicSecret[];
  imports?: {
    environment: string;
    path: string;
    from: { environment: string; path: string };
  }[];
}

/**
 * A machine identity to start with.
 *
 * @example
 * ```ts
 * const ordersApi: EmulatorSeedIdentity = {
 *   name: 'orders-api',
 *   projects: [{ slug: 'shop', role: 'viewer' }],
 *   universalAuth: { clientSecret: 'only-in-tests', accessTokenTTL: 60 },
 * };
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeedIdentity extends EmulatorSeedAuthMethods {
  /** Default: a random UUID. */
  id?: string;
  name: string;
  /** Projects it is a member of. */
  projects: EmulatorSeedMembership[];
  /** Slug of the sub-organization it lives in. Default: the root. */
  organization?: string;
  /** Slugs of the sub-organizations it may enter. */
  subOrganizations?: string[];
  /**
   * Administrators may mint tokens and change auth methods. Default: `admin`
   * for whoever administers a project, `member` for others.
   */
  organizationRole?: 'admin' | 'member';
}

/**
 * A person to start with. `InfisicalEmulator.userToken()` mints a token.
 *
 * @example
 * ```ts
 * const ada: EmulatorSeedUser = {
 *   email: 'ada@example.com',
 *   projects: [{ slug: 'demo', role: 'admin' }],
 * };
 * const seed: EmulatorSeed = { ...DEFAULT_EMULATOR_SEED, users: [ada] };
 * const emulator = await InfisicalEmulator.start({ seed });
 * const token = emulator.userToken('ada@example.com');
 * ```
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
 * @example
 * ```ts
 * const seed: EmulatorSeed = {
 *   projects: [{ slug: 'shop', environments: ['dev'] }],
 *   identities: [
 *     {
 *       name: 'orders-api',
 *       projects: [{ slug: 'shop', role: 'admin' }],
 *       universalAuth: { clientSecret: 'only-in-tests' },
 *     },
 *   ],
 * };
 * const emulator = await InfisicalEmulator.start({ seed });
 * ```
 *
 * @publicApi
 */
export interface EmulatorSeed {
  projects: EmulatorSeedProject[];
  identities: EmulatorSeedIdentity[];
  subOrganizations?: { slug: string; name?: string }[];
  serviceTokens?: EmulatorSeedServiceToken[];
  users?: EmulatorSeedUser[];
}

/**
 * The seed that is used when none is given: one empty project and one identity
 * that administers it.
 *
 * @example
 * ```ts
 * const [project] = DEFAULT_EMULATOR_SEED.projects;
 * const [identity] = DEFAULT_EMULATOR_SEED.identities;
 * const client = new InfisicalClient({
 *   siteUrl: emulator.url,
 *   auth: {
 *     universalAuth: {
 *       clientId: identity?.universalAuth?.clientId ?? '',
 *       clientSecret: identity?.universalAuth?.clientSecret ?? '',
 *     },
 *   },
 *   projectSlug: project?.slug,
 * });
 * ```
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
