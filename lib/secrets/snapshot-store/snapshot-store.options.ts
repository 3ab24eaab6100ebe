import {
  type CredentialFile,
  requireCredential,
} from '../../auth/credential.js';
import {
  checkOptions,
  type Check,
  DURATION,
  OBJECT,
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
   * uses the store. Default 500 ms.
   */
  after?: Duration;
  /**
   * How long a start waits for a server from which nothing comes back: neither
   * an answer to a request, nor a failure. Counted anew with each answer. What
   * is answered later replaces what came from the store. False for a server
   * that is slow rather than away: then only a failed try counts. Default 800 ms.
   */
  silence?: Duration | false;
  /**
   * Whether replicas that start together share their first lists: one asks the
   * server, the others read the store. Default false: each asks for itself.
   */
  share?: boolean | SnapshotShareOptions;
}

/**
 * Options of `snapshotStore.share`.
 *
 * @example
 * ```ts
 * import { keyv } from './keyv.js';
 *
 * const share: SnapshotShareOptions = { maxAge: '1m', wait: '10s' };
 * const snapshotStore: SnapshotStoreOptions = {
 *   store: keyv,
 *   key: { file: '/run/secrets/snapshot-key' },
 *   share,
 * };
 * InfisicalModule.forRoot({ environment: 'prod', snapshotStore });
 * ```
 *
 * @publicApi
 */
export interface SnapshotShareOptions {
  /** Age up to which a start takes the list of another replica for the server's. Default 30 s. */
  maxAge?: Duration;
  /** How long a start waits for the list of another replica, up to twice that at random, before it asks for itself. Default 5 s. */
  wait?: Duration;
}

/** The same, in milliseconds. */
export interface ResolvedSnapshotShare {
  readonly maxAge: number;
  readonly wait: number;
}

/** The same, in milliseconds. */
export interface ResolvedSnapshotStore {
  readonly store: SnapshotStorage;
  readonly key: SnapshotKey;
  readonly maxAge: number;
  readonly after: number;
  /** Undefined for any. */
  readonly silence: number | undefined;
  /** Undefined for no sharing. */
  readonly share: ResolvedSnapshotShare | undefined;
}

/** Bytes of a key of AES-256. */
const KEY_BYTES = 32;

/** A week's outage, with the weekend in it. Milliseconds. */
const MAX_AGE = 7 * 24 * 3_600_000;

/** A second try of a request, and still an app that is up within a second. Milliseconds. */
const AFTER = 500;

/** Slower than a healthy server is to any one request, and still an app that is up within a second. Milliseconds. */
const SILENCE = 800;

/** A rolling start of many replicas, and less than secrets live. Milliseconds. */
const SHARE_MAX_AGE = 30_000;

/** Several lists, one after the other. Milliseconds. */
const SHARE_WAIT = 5_000;

const SHARE: Check = {
  expected: 'true, false or { maxAge, wait }',
  accepts: (value) => typeof value === 'boolean' || OBJECT.accepts(value),
};

const SILENCE_CHECK: Check = {
  expected: `${DURATION.expected}, or false`,
  accepts: (value) => value === false || DURATION.accepts(value),
};

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
    silence: SILENCE_CHECK,
    share: SHARE,
  });
  const { store, key, maxAge = MAX_AGE, after = AFTER } = options;
  const { silence = SILENCE } = options;
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
    silence:
      silence === false
        ? undefined
        : toMilliseconds(silence, `${what}.silence`),
    share: resolveShare(options.share),
  };
}

function resolveShare(
  share: SnapshotStoreOptions['share'] = false,
): ResolvedSnapshotShare | undefined {
  if (share === false) return undefined;
  const what = 'snapshotStore.share';
  const options = share === true ? {} : share;
  checkOptions(what, options, { maxAge: DURATION, wait: DURATION });
  const { maxAge = SHARE_MAX_AGE, wait = SHARE_WAIT } = options;
  return {
    maxAge: toMilliseconds(maxAge, `${what}.maxAge`),
    wait: toMilliseconds(wait, `${what}.wait`),
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
