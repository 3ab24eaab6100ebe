import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  InfisicalConfigError,
  InfisicalError,
} from '../common/infisical.error.js';

/** Bytes of a key, of an initialisation vector and of an authentication tag: AES-256-GCM as the first Infisical SDKs had it. */
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * What `encryptSymmetric` returns; every part is base64.
 *
 * @publicApi
 */
export interface SymmetricCiphertext {
  ciphertext: string;
  /** 96 bits. */
  iv: string;
  /** 128 bits. */
  tag: string;
}

/**
 * Makes a key for local encryption: 256 random bits as base64. Keep it as a
 * secret.
 *
 * @publicApi
 */
export function createSymmetricKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/**
 * Encrypts text on this machine with AES-256-GCM, in the form of the first
 * Infisical SDKs.
 *
 * `plaintext` is encoded as UTF-8; `key` is base64, as `createSymmetricKey`
 * makes it.
 *
 * @throws InfisicalConfigError when the key has not 256 bits
 * @publicApi
 */
export function encryptSymmetric({
  plaintext,
  key,
}: {
  plaintext: string;
  key: string;
}): SymmetricCiphertext {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', readKey(key), iv);
  const ciphertext = Buffer.concat([
    cipher.update(plaintext, 'utf8'),
    cipher.final(),
  ]);
  return {
    ciphertext: ciphertext.toString('base64'),
    iv: iv.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

/**
 * Decrypts what `encryptSymmetric`, or an early Infisical SDK, has encrypted.
 *
 * @throws InfisicalConfigError when key, vector or tag have the wrong length
 * @throws InfisicalError when the parts do not belong together
 * @publicApi
 */
export function decryptSymmetric({
  key,
  ...parts
}: SymmetricCiphertext & { key: string }): string {
  const iv = readPart(parts.iv, IV_BYTES, 'iv');
  const tag = readPart(parts.tag, TAG_BYTES, 'tag');
  const decipher = createDecipheriv('aes-256-gcm', readKey(key), iv);
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([
      decipher.update(Buffer.from(parts.ciphertext, 'base64')),
      decipher.final(),
    ]).toString('utf8');
  } catch {
    throw new InfisicalError(
      'The text could not be decrypted: it was encrypted with another key, or is damaged. Check that ciphertext, iv, tag and key belong together.',
    );
  }
}

function readKey(key: string): Buffer {
  return readPart(key, KEY_BYTES, 'key');
}

function readPart(part: string, bytes: number, name: string): Buffer {
  const buffer = Buffer.from(typeof part === 'string' ? part : '', 'base64');
  if (buffer.length !== bytes) {
    throw new InfisicalConfigError(
      `${name} must be base64 of ${bytes} bytes (${bytes * 8} bits); got ${buffer.length} bytes.`,
    );
  }
  return buffer;
}
