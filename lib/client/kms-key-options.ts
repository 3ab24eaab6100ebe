import type { Bytes } from '../common/bytes.js';
import type { Redacted } from '../common/redaction.js';
import type { CallOptions } from './client-options.js';
import {
  KEY_ALGORITHM,
  KEY_USAGE,
  type KmsAlgorithm,
  type KmsKeyUsage,
} from './kms-algorithms.js';
import { slug } from './name-checks.js';
import {
  CALL_OPTIONS,
  type Check,
  FLAG,
  oneOf,
  PROJECT_OPTIONS,
  type Shape,
  TEXT,
  whole,
} from './option-checks.js';

/**
 * Project of a KMS call; what is absent comes from the client's options.
 *
 * @example
 * ```ts
 * const billing: KmsScopeOptions = { projectSlug: 'billing', timeout: '5s' };
 * const ciphertext = await client.kms.encrypt('invoices', 'a line', billing);
 * ```
 *
 * @publicApi
 */
export interface KmsScopeOptions extends CallOptions {
  projectId?: string;
  projectSlug?: string;
}

/**
 * Options of `kms.keys.create`.
 *
 * @example
 * ```ts
 * const options: CreateKmsKeyOptions = {
 *   name: 'customer-data',
 *   description: 'What customers tell us',
 *   isExportable: false,
 * };
 * const { id } = await client.kms.keys.create(options);
 * ```
 *
 * @publicApi
 */
export interface CreateKmsKeyOptions extends KmsScopeOptions {
  /** 1 to 32 lower-case letters, digits and hyphens. */
  name: string;
  /** At most 500 characters. */
  description?: string;
  /** Default `encrypt-decrypt`. */
  keyUsage?: KmsKeyUsage;
  /** Must fit the usage. Default `aes-256-gcm`, which fits `encrypt-decrypt` only. */
  encryptionAlgorithm?: KmsAlgorithm;
  /** Whether the material may be exported. Default true; false needs a server of 2026. */
  isExportable?: boolean;
}

/**
 * Options of `kms.keys.all`.
 *
 * @example
 * ```ts
 * const options: AllKmsKeysOptions = { search: 'customer' };
 * for await (const { name, version } of client.kms.keys.all(options)) {
 *   logger.log(`${name} is at version ${version}`);
 * }
 * ```
 *
 * @publicApi
 */
export interface AllKmsKeysOptions extends KmsScopeOptions {
  /** Part of the name; `%` and `_` are wildcards on the server. */
  search?: string;
  /** The server orders by nothing else. Default `name`. */
  orderBy?: 'name';
  /** Default `asc`. */
  orderDirection?: 'asc' | 'desc';
}

/**
 * Options of `kms.keys.list`.
 *
 * @example
 * ```ts
 * const options: ListKmsKeysOptions = { limit: 20, offset: 20 };
 * const { keys, totalCount } = await client.kms.keys.list(options);
 * ```
 *
 * @publicApi
 */
export interface ListKmsKeysOptions extends AllKmsKeysOptions {
  /** Default 0. */
  offset?: number;
  /** 1 to 100. Default 100. */
  limit?: number;
}

/**
 * Options of `kms.keys.update`. What is absent stays as it is; one field must be there.
 *
 * @example
 * ```ts
 * const options: UpdateKmsKeyOptions = { isDisabled: true };
 * await client.kms.keys.update(keyId, options);
 * ```
 *
 * @publicApi
 */
export interface UpdateKmsKeyOptions extends CallOptions {
  /** 1 to 32 lower-case letters, digits and hyphens. */
  name?: string;
  /** At most 500 characters; empty for none. */
  description?: string;
  /** A disabled key can neither encrypt nor decrypt, sign nor be exported. */
  isDisabled?: boolean;
}

/**
 * A key whose material comes from elsewhere.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 *
 * const key: ImportKmsKey = {
 *   name: 'receipts',
 *   keyUsage: 'sign-verify',
 *   encryptionAlgorithm: 'ECC_NIST_P256',
 *   keyMaterial: await readFile('/run/secrets/receipts.pem'),
 * };
 * await client.kms.keys.importMany({ keys: [key] });
 * ```
 *
 * @publicApi
 */
export interface ImportKmsKey {
  /** 1 to 32 lower-case letters, digits and hyphens. */
  name: string;
  keyUsage: KmsKeyUsage;
  /** Must fit the usage. */
  encryptionAlgorithm: KmsAlgorithm;
  /**
   * AES and HMAC: the key itself as bytes (`aes-256-gcm` 32, `aes-128-gcm` 16,
   * HMAC 16 to 1024). RSA and ECC: PKCS #8 as PEM. ML-DSA: PKCS #8 as DER.
   */
  keyMaterial: Bytes | Redacted<Buffer>;
  /** Whether the material may be exported again. Default true; older servers know no other. */
  isExportable?: boolean;
}

/**
 * Options of `kms.keys.importMany`.
 *
 * @example
 * ```ts
 * const keyMaterial = await client.kms.keys.exportPrivateKey(keyId);
 * const options: ImportKmsKeysOptions = {
 *   projectSlug: 'archive',
 *   keys: [
 *     {
 *       name: 'customer-data',
 *       keyUsage: 'encrypt-decrypt',
 *       encryptionAlgorithm: 'aes-256-gcm',
 *       keyMaterial,
 *     },
 *   ],
 * };
 * await client.kms.keys.importMany(options);
 * ```
 *
 * @publicApi
 */
export interface ImportKmsKeysOptions extends KmsScopeOptions {
  /** 1 to 100. */
  keys: readonly ImportKmsKey[];
}

/**
 * What became of an import.
 *
 * @example
 * ```ts
 * import { keys } from './keys.js';
 *
 * const { errors }: ImportedKmsKeys = await client.kms.keys.importMany({
 *   keys,
 * });
 * for (const { name, message } of errors) logger.warn(`${name}: ${message}`);
 * ```
 *
 * @publicApi
 */
export interface ImportedKmsKeys {
  /** Imported, at version 1. */
  readonly keys: readonly { readonly id: string; readonly name: string }[];
  /** Not imported; the server's own words say why. */
  readonly errors: readonly {
    readonly name: string;
    readonly message: string;
  }[];
}

/**
 * An exported key. Printing it shows no material.
 *
 * @example
 * ```ts
 * import { store } from './archive.js';
 *
 * const keys: ExportedKmsKey[] = await client.kms.keys.exportPrivateKeys([
 *   keyId,
 * ]);
 * for (const { name, privateKey } of keys) store(name, privateKey.reveal());
 * ```
 *
 * @publicApi
 */
export interface ExportedKmsKey {
  readonly keyId: string;
  readonly name: string;
  readonly keyUsage: KmsKeyUsage;
  readonly algorithm: string;
  /** As `keys.exportPrivateKey` returns it. */
  readonly privateKey: Redacted<Buffer>;
  /** DER SubjectPublicKeyInfo of `sign-verify` keys. */
  readonly publicKey?: Buffer;
}

/** Names by which keys are created (contract: KMS §1.2). */
export const NEW_KEY_NAME = slug(1, 32);

/** Names by which keys are found. */
export const KEY_NAME = slug(1, 64);

const DESCRIPTION: Check = {
  expected: 'a string of at most 500 characters',
  accepts: (value) => typeof value === 'string' && value.trim().length <= 500,
};

/** Most keys of one import or export. */
const MAX_BULK = 100;

export const CREATE_KEY: Shape<CreateKmsKeyOptions> = {
  ...PROJECT_OPTIONS,
  name: NEW_KEY_NAME,
  description: DESCRIPTION,
  keyUsage: KEY_USAGE,
  encryptionAlgorithm: KEY_ALGORITHM,
  isExportable: FLAG,
};

export const ALL_KEYS: Shape<AllKmsKeysOptions> = {
  ...PROJECT_OPTIONS,
  search: TEXT,
  orderBy: oneOf('name'),
  orderDirection: oneOf('asc', 'desc'),
};

/** Most keys of a page, and how many there are unless fewer are asked for. */
export const PAGE_SIZE = 100;

export const LIST_KEYS: Shape<ListKmsKeysOptions> = {
  ...ALL_KEYS,
  offset: whole(0),
  limit: whole(1, PAGE_SIZE),
};

export const UPDATE_KEY: Shape<UpdateKmsKeyOptions> = {
  ...CALL_OPTIONS,
  name: NEW_KEY_NAME,
  description: DESCRIPTION,
  isDisabled: FLAG,
};

export const IMPORT_KEYS: Shape<ImportKmsKeysOptions> = {
  ...PROJECT_OPTIONS,
  keys: bulk('keys to import', () => true),
};

/** A list that one request can carry. */
export function bulk(what: string, accepts: (item: unknown) => boolean): Check {
  return {
    expected: `an array of 1 to ${MAX_BULK} ${what}`,
    accepts: (value) =>
      Array.isArray(value) &&
      value.length >= 1 &&
      value.length <= MAX_BULK &&
      value.every(accepts),
  };
}
