import type { Clock } from '../../common/clock.js';
import { InfisicalConfigError } from '../../common/infisical.error.js';
import { assertKnownOptions } from '../../common/known-options.js';
import type { ScopeSchemaOptions } from '../../secrets/scope-schemas.js';
import { checkSchema } from '../../secrets/standard-schema.js';
import { KEY_ALGORITHMS } from '../emulator/kms/algorithms.js';

/**
 * Where secrets are. What is absent is that of the root.
 *
 * @example
 * ```ts
 * import { module } from './payments.setup.js';
 *
 * const place: TestingPlace = { environment: 'prod', path: '/payments' };
 * module.get(InfisicalTesting).setSecret('STRIPE_KEY', 'test', place);
 * ```
 *
 * @publicApi
 */
export interface TestingPlace {
  /** Folder path, such as `/payments`. */
  path?: string;
  /** Environment slug. */
  environment?: string;
  /** Project id. */
  projectId?: string;
  /** Project slug, in place of the id. */
  projectSlug?: string;
}

/**
 * The secrets of one folder.
 *
 * @example
 * ```ts
 * const billing: TestingScope = {
 *   projectSlug: 'billing',
 *   path: '/invoices',
 *   secrets: { API_KEY: 'test' },
 * };
 * InfisicalTestingModule.forRoot({ scopes: [billing] });
 * ```
 *
 * @publicApi
 */
export interface TestingScope extends TestingPlace {
  /** Values by name. */
  secrets: Record<string, string>;
}

/**
 * A dynamic secret.
 *
 * @example
 * ```ts
 * const ordersDb: TestingDynamicSecret = {
 *   data: (lease) => ({ DB_USERNAME: `app${lease}`, DB_PASSWORD: 'test' }),
 *   defaultTTL: '10m',
 * };
 * InfisicalTestingModule.forRoot({ leases: { 'orders-db': ordersDb } });
 * ```
 *
 * @publicApi
 */
export interface TestingDynamicSecret {
  /**
   * The credentials, such as `{ DB_USERNAME, DB_PASSWORD }`, or what makes
   * those of the first, second … lease.
   */
  data:
    | Readonly<Record<string, unknown>>
    | ((lease: number) => Readonly<Record<string, unknown>>);
  /** Provider. Default: `sql-database` for `DB_USERNAME` and `DB_PASSWORD`, else `testing`. */
  type?: string;
  /** Life of a lease that asks for none, such as `1h`. Default `1h`. */
  defaultTTL?: string;
  /** Longest life of a lease. Default `24h`. */
  maxTTL?: string;
  /** Folder in which alone it is found. Default: it is in every folder. */
  path?: string;
  /** Environment in which alone it is found. Default: it is in every environment. */
  environment?: string;
}

/**
 * What a KMS key is for: `aes-*` encrypts, `RSA_4096` and `ECC_NIST_P256` sign,
 * `HMAC_*` makes authentication codes.
 *
 * @example
 * ```ts
 * const algorithm: TestingKmsAlgorithm = 'ECC_NIST_P256';
 * InfisicalTestingModule.forRoot({ kms: { receipts: algorithm } });
 * ```
 *
 * @publicApi
 */
export type TestingKmsAlgorithm =
  | 'aes-256-gcm'
  | 'aes-128-gcm'
  | 'RSA_4096'
  | 'ECC_NIST_P256'
  | 'HMAC_SHA_1'
  | 'HMAC_SHA_224'
  | 'HMAC_SHA_256'
  | 'HMAC_SHA_384'
  | 'HMAC_SHA_512';

/**
 * Options of `InfisicalTestingModule`: all that its memory has, and the
 * defaults of the root.
 *
 * @example
 * ```ts
 * const options: InfisicalTestingOptions = {
 *   secrets: { API_KEY: 'test', '/payments': { STRIPE_KEY: 'test' } },
 *   kms: { 'customer-data': 'aes-256-gcm' },
 * };
 * InfisicalTestingModule.forRoot(options);
 * ```
 *
 * @publicApi
 */
export interface InfisicalTestingOptions extends ScopeSchemaOptions {
  /**
   * Values by name for the root's folder; below a key that starts with `/`,
   * those of that folder: `{ API_KEY: 'a', '/payments': { STRIPE_KEY: 'b' } }`.
   * Folders that are not named are there, and empty.
   */
  secrets?: Record<string, string | Record<string, string>>;
  /** Secrets of other environments and projects. */
  scopes?: readonly TestingScope[];
  /** Dynamic secrets by name. */
  leases?: Record<string, TestingDynamicSecret>;
  /** KMS keys by name: the algorithm, or the algorithm and an id. The material is new for each app. */
  kms?: Record<
    string,
    TestingKmsAlgorithm | { algorithm: TestingKmsAlgorithm; id?: string }
  >;
  /** Project id of the root. Default `22222222-2222-4222-8222-222222222222`. */
  projectId?: string;
  /** Environment of the root. Default `test`. */
  environment?: string;
  /** Folder of the root. Default `/`. */
  path?: string;
  /** Whether the root scope has all folders below its path. Default false. */
  recursive?: boolean;
  /**
   * A clock whose timers run, such as a `VirtualClock`, for a test of rotation
   * or renewal. Default: no timers at all.
   */
  clock?: Clock;
}

const OPTION_NAMES: readonly (keyof InfisicalTestingOptions)[] = [
  'secrets',
  'scopes',
  'leases',
  'kms',
  'projectId',
  'environment',
  'path',
  'recursive',
  'schema',
  'clock',
];

const PLACE_NAMES: readonly (keyof TestingPlace)[] = [
  'path',
  'environment',
  'projectId',
  'projectSlug',
];

const DYNAMIC_NAMES: readonly (keyof TestingDynamicSecret)[] = [
  'data',
  'type',
  'defaultTTL',
  'maxTTL',
  'path',
  'environment',
];

/** @throws InfisicalConfigError naming the first wrong option */
export function checkTestingOptions(
  options: InfisicalTestingOptions,
  what: string,
): void {
  assertKnownOptions(options, OPTION_NAMES, what);
  checkSchema(options.schema, what);
  for (const [name, value] of Object.entries(options.secrets ?? {})) {
    if (!name.startsWith('/')) checkValue(name, value, `${what}: secrets`);
    else checkValues(value, `${what}: secrets["${name}"]`);
  }
  options.scopes?.forEach((scope, index) => {
    const where = `${what}: scopes[${index}]`;
    assertKnownOptions(scope, [...PLACE_NAMES, 'secrets'], where);
    checkValues(scope.secrets, `${where}.secrets`);
  });
  for (const [name, secret] of Object.entries(options.leases ?? {})) {
    checkDynamicSecret(secret, `${what}: leases["${name}"]`);
  }
  for (const [name, key] of Object.entries(options.kms ?? {})) {
    const algorithm = typeof key === 'string' ? key : key?.algorithm;
    if (KEY_ALGORITHMS.includes(algorithm)) continue;
    throw new InfisicalConfigError(
      `${what}: kms["${name}"] must be an algorithm: ${KEY_ALGORITHMS.join(', ')}.`,
    );
  }
}

/** @throws InfisicalConfigError */
export function checkDynamicSecret(
  secret: TestingDynamicSecret,
  what: string,
): void {
  const { data } = Object(secret) as Partial<TestingDynamicSecret>;
  if (typeof data !== 'function' && (typeof data !== 'object' || !data)) {
    throw new InfisicalConfigError(
      `${what} must have data, such as { data: { DB_USERNAME, DB_PASSWORD } }.`,
    );
  }
  assertKnownOptions(secret, DYNAMIC_NAMES, what);
}

/** @throws InfisicalConfigError without the value */
export function checkValue(name: string, value: unknown, what: string): void {
  if (typeof value === 'string') return;
  throw new InfisicalConfigError(
    `${what}: the value of "${name}" must be a text. Infisical has no other values; folders start with "/".`,
  );
}

function checkValues(values: unknown, what: string): void {
  if (typeof values !== 'object' || values === null) {
    throw new InfisicalConfigError(`${what} must be values by name.`);
  }
  for (const [name, value] of Object.entries(values)) {
    checkValue(name, value, what);
  }
}
