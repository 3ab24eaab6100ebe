import {
  constants,
  createECDH,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  randomBytes,
} from 'node:crypto';
import type { SigningScheme } from './algorithms.js';
import { readDerSignature, writeDerSignature } from './der-signature.js';

/** Order of the P-256 group. */
const ORDER =
  0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** DigestInfo of RFC 8017 §9.2 up to the digest itself. */
const DIGEST_INFO: Readonly<Record<SigningScheme['hash'], string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

function digestInfo(hash: SigningScheme['hash'], digest: Buffer): Buffer {
  return Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digest]);
}

/** PKCS #1 v1.5 over a digest: the bytes that signing the message gives. */
export function signRsaDigest(
  key: KeyObject,
  hash: SigningScheme['hash'],
  digest: Buffer,
): Buffer {
  const padding = constants.RSA_PKCS1_PADDING;
  return privateEncrypt({ key, padding }, digestInfo(hash, digest));
}

export function verifyRsaDigest(
  key: KeyObject,
  hash: SigningScheme['hash'],
  digest: Buffer,
  signature: Buffer,
): boolean {
  try {
    const padding = constants.RSA_PKCS1_PADDING;
    const signed = publicDecrypt({ key, padding }, signature);
    return signed.equals(digestInfo(hash, digest));
  } catch {
    return false;
  }
}

/**
 * ECDSA over a digest, which node:crypto does not offer: it always hashes.
 * Points are multiplied by its ECDH; the rest is arithmetic modulo the order.
 */
export function signEccDigest(key: KeyObject, digest: Buffer): Buffer {
  const secret = privateScalar(key);
  const hash = toScalar(digest);
  for (;;) {
    const nonce = toInteger(randomBytes(32));
    if (nonce === 0n || nonce >= ORDER) continue;
    const r = xOfMultiple(nonce) % ORDER;
    const s = (inverse(nonce) * (hash + r * secret)) % ORDER;
    if (r !== 0n && s !== 0n) return writeDerSignature({ r, s });
  }
}

/** u·G + v·Q is (u + v·d)·G for whoever holds d, as this server does. */
export function verifyEccDigest(
  key: KeyObject,
  digest: Buffer,
  signature: Buffer,
): boolean {
  const parts = readDerSignature(signature);
  if (!parts) return false;
  const { r, s } = parts;
  if (r <= 0n || r >= ORDER || s <= 0n || s >= ORDER) return false;
  const sum = toScalar(digest) + r * privateScalar(key);
  const multiple = (inverse(s) * sum) % ORDER;
  return multiple !== 0n && xOfMultiple(multiple) % ORDER === r;
}

/** The x coordinate of `factor` times the base point. */
function xOfMultiple(factor: bigint): bigint {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(Buffer.from(factor.toString(16).padStart(64, '0'), 'hex'));
  return toInteger(ecdh.getPublicKey().subarray(1, 33));
}

function privateScalar(key: KeyObject): bigint {
  const { d = '' } = key.export({ format: 'jwk' });
  return toInteger(Buffer.from(d, 'base64url'));
}

/** The leftmost 256 bits of a digest. */
function toScalar(digest: Buffer): bigint {
  return toInteger(digest.subarray(0, 32)) % ORDER;
}

function toInteger(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

/** The inverse modulo the order, which is a prime. */
function inverse(value: bigint): bigint {
  let result = 1n;
  let base = value % ORDER;
  for (let exponent = ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % ORDER;
    base = (base * base) % ORDER;
  }
  return result;
}
