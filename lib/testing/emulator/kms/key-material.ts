import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { promisify } from 'node:util';
import { badRequest } from '../http/api-error.js';
import {
  HMAC,
  isHmac,
  isSymmetric,
  type KeyAlgorithm,
  SYMMETRIC,
} from './algorithms.js';

const generate = promisify(generateKeyPair);

const MIN_HMAC_BYTES = 16;
const MAX_HMAC_BYTES = 1024;

/** The bytes of a new symmetric or MAC key. */
export function randomKey(algorithm: KeyAlgorithm): Buffer {
  if (isSymmetric(algorithm)) return randomBytes(SYMMETRIC[algorithm]);
  if (isHmac(algorithm)) return randomBytes(HMAC[algorithm].keyBytes);
  throw new Error(`${algorithm} is not a random key.`);
}

/** A new private key, made off the event loop: RSA takes about a second. */
export async function generatePrivateKey(
  algorithm: KeyAlgorithm,
): Promise<KeyObject> {
  const { privateKey } =
    algorithm === 'RSA_4096'
      ? await generate('rsa', { modulusLength: 4096 })
      : await generate('ec', { namedCurve: 'prime256v1' });
  return privateKey;
}

/** PKCS#8 as PEM text: how asymmetric keys are exported (contract: KMS §1.4). */
export function exportPrivateKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }));
}

/** Base64 of the DER SubjectPublicKeyInfo. */
export function exportPublicKey(key: KeyObject): string {
  return createPublicKey(key)
    .export({ type: 'spki', format: 'der' })
    .toString('base64');
}

/** Imported bytes, checked against their algorithm (contract: KMS §1.4). */
export function importMaterial(
  algorithm: KeyAlgorithm,
  bytes: Buffer,
): Buffer | KeyObject {
  if (isSymmetric(algorithm)) {
    const expected = SYMMETRIC[algorithm];
    if (bytes.length === expected) return bytes;
    throw badRequest(
      `Invalid key material length for ${algorithm}. Expected ${expected} bytes, got ${bytes.length}.`,
    );
  }
  if (isHmac(algorithm)) {
    if (bytes.length >= MIN_HMAC_BYTES && bytes.length <= MAX_HMAC_BYTES) {
      return bytes;
    }
    throw badRequest(
      `Invalid HMAC key material length. Expected between ${MIN_HMAC_BYTES} and ${MAX_HMAC_BYTES} bytes, got ${bytes.length}.`,
    );
  }
  return importPrivateKey(algorithm, bytes);
}

function importPrivateKey(algorithm: KeyAlgorithm, bytes: Buffer): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(bytes.toString());
  } catch {
    throw badRequest(
      'Invalid private key material. Expected a PKCS8 PEM-encoded private key.',
    );
  }
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const isFitting =
    algorithm === 'RSA_4096'
      ? key.asymmetricKeyType === 'rsa' && modulusLength === 4096
      : key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1';
  if (isFitting) return key;
  throw badRequest(
    `Key material does not match the declared algorithm. Expected ${algorithm}.`,
  );
}
