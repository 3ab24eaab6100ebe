import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  base64Bytes,
  type Bytes,
  isBase64,
  isBinary,
  toBuffer,
} from '../common/bytes.js';
import {
  InfisicalConfigError,
  InfisicalError,
} from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';

/** Bytes of a key, of an initialisation vector and of an authentication tag: AES-256-GCM as the first Infisical SDKs had it. */
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * What `encryptSymmetric` returns; every part is base64.
 *
 * @example
 * ```ts
 * import { table } from './database.js';
 *
 * const key = createSymmetricKey();
 * const { ciphertext, iv, tag }: SymmetricCiphertext = encryptSymmetric({
 *   plaintext: 'hello',
 *   key,
 * });
 * await table.insert({ ciphertext, iv, tag });
 * ```
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
 * Options of `encryptSymmetric`.
 *
 * @example
 * ```ts
 * const options: EncryptSymmetricOptions = {
 *   plaintext: 'hello',
 *   key: secrets.getOrThrow('LOCAL_KEY'),
 *   aad: 'row 17',
 * };
 * const sealed = encryptSymmetric(options);
 * ```
 *
 * @publicApi
 */
export interface EncryptSymmetricOptions {
  /** A string is encoded as UTF-8. May be empty. */
  plaintext: Bytes;
  /** 256 bits: base64, as `createSymmetricKey` makes it, or the bytes. */
  key: string | Uint8Array;
  /** What the ciphertext belongs to, such as a row's id: decryption needs the same. The first SDKs knew none. Default: none. */
  aad?: Bytes;
}

/**
 * Options of `decryptSymmetric`.
 *
 * @example
 * ```ts
 * import { row } from './database.js';
 *
 * const options: DecryptSymmetricOptions = {
 *   ciphertext: row.ciphertext,
 *   iv: row.iv,
 *   tag: row.tag,
 *   key: secrets.getOrThrow('LOCAL_KEY'),
 *   aad: 'row 17',
 * };
 * const text = decryptSymmetric(options);
 * ```
 *
 * @publicApi
 */
export interface DecryptSymmetricOptions {
  ciphertext: string | Uint8Array;
  /** 96 bits. */
  iv: string | Uint8Array;
  /** 128 bits. */
  tag: string | Uint8Array;
  /** 256 bits. */
  key: string | Uint8Array;
  /** As it was given to `encryptSymmetric`. */
  aad?: Bytes;
  /** What to return. Default `text`, as UTF-8. */
  output?: 'text' | 'bytes';
}

/**
 * Makes a key for local encryption: 256 random bits as base64. Keep it as a
 * secret.
 *
 * @example
 * ```ts
 * const key = createSymmetricKey();
 * await client.secrets.create('LOCAL_KEY', { secretValue: key });
 * ```
 *
 * @publicApi
 */
export function createSymmetricKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/**
 * Encrypts text or bytes on this machine with AES-256-GCM, in the form of the
 * first Infisical SDKs. Each call takes a new random vector.
 *
 * @throws InfisicalConfigError when the key has not 256 bits, or an option is unknown or of another kind
 *
 * @example
 * ```ts
 * const key = secrets.getOrThrow('LOCAL_KEY');
 * const { ciphertext, iv, tag } = encryptSymmetric({
 *   plaintext: 'hello',
 *   key,
 * });
 * ```
 *
 * @publicApi
 */
export function encryptSymmetric(
  options: EncryptSymmetricOptions,
): SymmetricCiphertext {
  assertKnownOptions(options, ['plaintext', 'key', 'aad'], 'encryptSymmetric');
  const { plaintext, key, aad } = options;
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', readKey(key), iv);
  if (aad !== undefined) cipher.setAAD(readBytes(aad, 'aad'));
  const ciphertext = Buffer.concat([
    cipher.update(readBytes(plaintext, 'plaintext')),
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
 * @throws InfisicalConfigError when key, vector or tag have the wrong length, a part is not base64, or an option is unknown
 * @throws InfisicalError when the parts do not belong together, or are no text although `output` is `text`
 *
 * @example
 * ```ts
 * const key = secrets.getOrThrow('LOCAL_KEY');
 * const sealed = encryptSymmetric({ plaintext: 'hello', key });
 * decryptSymmetric({ ...sealed, key }); // 'hello'
 * ```
 *
 * @publicApi
 */
export function decryptSymmetric(
  options: DecryptSymmetricOptions & { output: 'bytes' },
): Buffer;
export function decryptSymmetric(
  options: DecryptSymmetricOptions & { output?: 'text' },
): string;
export function decryptSymmetric(
  options: DecryptSymmetricOptions,
): string | Buffer;
export function decryptSymmetric(
  options: DecryptSymmetricOptions,
): string | Buffer {
  assertKnownOptions(
    options,
    ['ciphertext', 'iv', 'tag', 'key', 'aad', 'output'],
    'decryptSymmetric',
  );
  const { output = 'text', aad } = options;
  if (output !== 'text' && output !== 'bytes') {
    throw new InfisicalConfigError("output must be 'text' or 'bytes'.");
  }
  const iv = readPart(options.iv, 'iv', IV_BYTES);
  const tag = readPart(options.tag, 'tag', TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', readKey(options.key), iv, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(tag);
  if (aad !== undefined) decipher.setAAD(readBytes(aad, 'aad'));
  const ciphertext = readPart(options.ciphertext, 'ciphertext');
  const plaintext = open(() =>
    Buffer.concat([decipher.update(ciphertext), decipher.final()]),
  );
  return output === 'bytes' ? plaintext : toText(plaintext);
}

function open(decrypt: () => Buffer): Buffer {
  try {
    return decrypt();
  } catch {
    throw new InfisicalError(
      'The text could not be decrypted: it was encrypted with another key or other aad, or is damaged. Check that ciphertext, iv, tag, key and aad belong together.',
    );
  }
}

function toText(plaintext: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      plaintext,
    );
  } catch {
    throw new InfisicalError(
      "What was decrypted is not text in UTF-8: pass output: 'bytes'.",
    );
  }
}

function readKey(key: string | Uint8Array): Buffer {
  return readPart(key, 'key', KEY_BYTES);
}

function readBytes(bytes: Bytes, name: string): Buffer {
  if (typeof bytes === 'string' || isBinary(bytes)) return toBuffer(bytes);
  throw new InfisicalConfigError(
    `${name} must be a string, a Buffer, a Uint8Array or an ArrayBuffer; got ${typeof bytes}.`,
  );
}

/** One of the parts; of any length when none is given, as that of an empty text. */
function readPart(
  part: string | Uint8Array,
  name: string,
  bytes?: number,
): Buffer {
  const length =
    typeof part === 'string'
      ? isBase64(part)
        ? base64Bytes(part)
        : part === ''
          ? 0
          : undefined
      : isBinary(part)
        ? part.byteLength
        : undefined;
  if (length !== undefined && (bytes === undefined || length === bytes)) {
    return typeof part === 'string'
      ? Buffer.from(part, 'base64')
      : toBuffer(part);
  }
  throw new InfisicalConfigError(
    `${name} must be base64${bytes === undefined ? '' : ` of ${bytes} bytes (${bytes * 8} bits)`}, or the bytes themselves; got ${
      length === undefined
        ? typeof part === 'string'
          ? 'a string that is not base64'
          : typeof part
        : `${length} bytes`
    }.`,
  );
}
