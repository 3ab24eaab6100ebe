import {
  type CredentialFile,
  requireCredential,
} from '../../auth/credential.js';
import {
  checkOptions,
  type Check,
  DURATION,
} from '../../client/option-checks.js';
import { base64Bytes, isBase64, isBinary } from '../../common/bytes.js';
import { type Duration, toMilliseconds } from '../../common/duration.js';
import { InfisicalConfigError } from '../../common/infisical.error.js';

/**
 * Where snapshots are stored: what is used of a Keyv instance, of version 4 on.
 * It stays yours: nothing here closes it.
 *
 * @example
 * ```ts
 * const inMemory: SnapshotStorage = new Map<string, string>(); // for a test
 * ```
 *
 * @publicApi
 */
export interface SnapshotStorage {
  get(key: string): unknown;
  /** @param ttl milliseconds after which it may be forgotten */
  set(key: string, value: string, ttl?: number): unknown;
  delete(key: string): unknown;
}

/**
 * The key of stored snapshots, 256 bits: bytes, base64 as `createSymmetricKey`
 * makes it, a file with that, or a function that gets it from elsewhere, such
 * as the KMS of a cloud.
 *
 * @example
 * ```ts
 * import { decryptDataKey } from './cloud-kms.js';
 *
 * const fromFile: SnapshotKey = { file: '/run/secrets/snapshot-key' };
 * const fromKms: SnapshotKey = () => decryptDataKey('infisical-snapshots');
 * ```
 *
 * @publicApi
 */
export type SnapshotKey =
  string | Uint8Array | CredentialFile | (() => string | Promise<string>);

/**
 * Options of `snapshotStore`: the last-known-good secrets, encrypted, for a
 * start while the server is away.
 *
 * @example
 * ```ts
 * import { Keyv } from 'keyv';
 *
 * const snapshotStore: SnapshotStoreOptions = {
 *   store: new Keyv(),
 *   key: { file: '/run/secrets/snapshot-key' },
 *   maxAge: '3d',
 * };
 * InfisicalModule.forRoot({ environment: 'prod', snapshotStore });
 * ```
 *
 * @publicApi
 */
export interface SnapshotStoreOptions {
  /** A Keyv instance. */
  store: SnapshotStorage;
  /** What the snapshots are encrypted with. Not one that is kept in the same store, nor in Infisical: that is away when it is needed. */
  key: SnapshotKey;
  /** Age from which on a snapshot is refused. Default 7 days. */
  maxAge?: Duration;
  /**
   * How long a start waits for the server after a first failed try before it
   * uses the store. A server that is slow, and has not failed, is waited for.
   * Default 500 ms.
   */
  after?: Duration;
}

/** The same, in milliseconds. */
export interface ResolvedSnapshotStore {
  readonly store: SnapshotStorage;
  readonly key: SnapshotKey;
  readonly maxAge: number;
  readonly after: number;
}

/** Bytes of a key of AES-256. */
const KEY_BYTES = 32;

/** A week's outage, with the weekend in it. Milliseconds. */
const MAX_AGE = 7 * 24 * 3_600_000;

/** A second try of a request, and still an app that is up within a second. Milliseconds. */
const AFTER = 500;

const STORE: Check = {
  expected: 'a Keyv instance, or another object with get, set and delete',
  accepts: (value) => {
    const store = (value ?? {}) as Record<string, unknown>;
    return ['get', 'set', 'delete'].every(
      (name) => typeof store[name] === 'function',
    );
  },
};

const KEY: Check = {
  expected: 'base64 of 32 bytes, the bytes, { file }, or a function',
  accepts: (value) => value !== undefined && value !== null,
};

/** @throws InfisicalConfigError naming the first wrong option */
export function resolveSnapshotStore(
  options: SnapshotStoreOptions | undefined,
): ResolvedSnapshotStore | undefined {
  if (options === undefined) return undefined;
  const what = 'snapshotStore';
  checkOptions(what, options, {
    store: STORE,
    key: KEY,
    maxAge: DURATION,
    after: DURATION,
  });
  const { store, key, maxAge = MAX_AGE, after = AFTER } = options;
  if ((store as unknown) === undefined) {
    throw new InfisicalConfigError(`${what}: store must be ${STORE.expected}.`);
  }
  if (isBinary(key) || typeof key === 'string') snapshotKeyBytes(key);
  else requireKey(key);
  return {
    store,
    key,
    maxAge: toMilliseconds(maxAge, `${what}.maxAge`),
    after: toMilliseconds(after, `${what}.after`),
  };
}

/**
 * The bytes of a key.
 *
 * @throws InfisicalConfigError when it has not 256 bits
 */
export function snapshotKeyBytes(key: string | Uint8Array): Buffer {
  const text = typeof key === 'string' ? key.trim() : undefined;
  const isFit =
    text === undefined
      ? key.length === KEY_BYTES
      : isBase64(text) && base64Bytes(text) === KEY_BYTES;
  if (!isFit) {
    throw new InfisicalConfigError(
      'snapshotStore.key must have 256 bits, as base64 or as bytes. Make one by createSymmetricKey(), or by `openssl rand -base64 32`.',
    );
  }
  return text === undefined
    ? Buffer.from(key as Uint8Array)
    : Buffer.from(text, 'base64');
}

function requireKey(key: unknown): void {
  if (typeof key === 'object' && key !== null && 'kmsKey' in key) {
    throw new InfisicalConfigError(
      'snapshotStore.key cannot be a key of the Infisical KMS: to use it, the server must answer, and snapshots are for when it does not. Pass a key from a file, or a function that asks another KMS.',
    );
  }
  requireCredential(key, 'snapshotStore.key');
}
