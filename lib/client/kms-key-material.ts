import { type Bytes, isBinary, toBuffer } from '../common/bytes.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { Redacted } from '../common/redaction.js';
import { readOneOf, readOptionalText, readText } from './answer-readers.js';
import {
  checkUsage,
  KEY_ALGORITHM,
  KEY_USAGE,
  KEY_USAGES,
  type KmsAlgorithm,
} from './kms-algorithms.js';
import { readBytes } from './kms-bytes.js';
import {
  type ExportedKmsKey,
  type ImportKmsKey,
  NEW_KEY_NAME,
} from './kms-key-options.js';
import { check, checkOptions, FLAG, type Shape } from './option-checks.js';

/** Shortest and longest material in bytes, where the algorithm says (contract: KMS §1.4). */
const MATERIAL_BYTES: { readonly [A in KmsAlgorithm]?: [number, number] } = {
  'aes-256-gcm': [32, 32],
  'aes-128-gcm': [16, 16],
  HMAC_SHA_1: [16, 1024],
  HMAC_SHA_224: [16, 1024],
  HMAC_SHA_256: [16, 1024],
  HMAC_SHA_384: [16, 1024],
  HMAC_SHA_512: [16, 1024],
};

const IMPORT_KEY: Shape<ImportKmsKey> = {
  name: NEW_KEY_NAME,
  keyUsage: KEY_USAGE,
  encryptionAlgorithm: KEY_ALGORITHM,
  keyMaterial: {
    expected:
      'a Buffer, a Uint8Array, an ArrayBuffer, a PEM string, or what exportPrivateKey returned',
    accepts: (value) =>
      typeof value === 'string' || isBinary(value) || value instanceof Redacted,
  },
  isExportable: FLAG,
};

/**
 * A key to import, as the server wants it.
 *
 * @param at its place in the options, for errors
 * @throws InfisicalConfigError naming the field, never the material
 */
export function importRequest(
  operation: string,
  at: string,
  key: ImportKmsKey,
): Record<string, unknown> {
  checkOptions(`${operation}: ${at}`, key, IMPORT_KEY);
  const { name, keyUsage, encryptionAlgorithm, isExportable } = key;
  check(operation, `${at}.name`, name, NEW_KEY_NAME);
  check(operation, `${at}.keyUsage`, keyUsage, KEY_USAGE);
  checkUsage(operation, keyUsage, encryptionAlgorithm, `${at}.`);
  check(
    operation,
    `${at}.keyMaterial`,
    key.keyMaterial,
    IMPORT_KEY.keyMaterial,
  );
  const material = bytesOf(key.keyMaterial);
  const [min, max] = MATERIAL_BYTES[encryptionAlgorithm] ?? [1, Infinity];
  if (material.length < min || material.length > max) {
    throw new InfisicalConfigError(
      `${operation}: ${at}.keyMaterial of ${encryptionAlgorithm} must have ${
        min === max
          ? `${min} bytes`
          : max === Infinity
            ? 'something in it'
            : `${min} to ${max} bytes`
      }; got ${material.length}. Pass the bytes themselves, not their base64.`,
    );
  }
  return {
    name,
    keyUsage,
    encryptionAlgorithm,
    keyMaterial: material.toString('base64'),
    isExportable,
  };
}

/** @throws InfisicalHttpError `UnreadableAnswer` */
export function toExportedKey(raw: Record<string, unknown>): ExportedKmsKey {
  return {
    keyId: readText(raw, 'keyId'),
    name: readText(raw, 'name'),
    keyUsage: readOneOf(raw, 'keyUsage', KEY_USAGES),
    algorithm: readText(raw, 'algorithm'),
    privateKey: new Redacted(readBytes(raw, 'privateKey')),
    publicKey:
      readOptionalText(raw, 'publicKey') === undefined
        ? undefined
        : readBytes(raw, 'publicKey'),
  };
}

function bytesOf(material: Bytes | Redacted<Buffer>): Buffer {
  return material instanceof Redacted ? material.reveal() : toBuffer(material);
}
