import { constants, type KeyObject, sign, verify } from 'node:crypto';
import { badRequest } from '../http/api-error.js';
import {
  DIGEST_BYTES,
  keyFamily,
  SIGNING,
  type SigningScheme,
} from './algorithms.js';
import {
  signEccDigest,
  signRsaDigest,
  verifyEccDigest,
  verifyRsaDigest,
} from './digest-signing.js';
import type { KmsKey } from './key-store.js';

/** What signing needs of a key. */
type SigningKey = Pick<KmsKey, 'algorithm' | 'privateKey'>;

export interface SigningRequest {
  readonly signingAlgorithm: string;
  readonly data: Buffer;
  /** `data` is the digest already. */
  readonly isDigest: boolean;
}

/** Signs a message, or a digest as if it were the message's. */
export async function signWith(
  key: SigningKey,
  request: SigningRequest,
): Promise<Buffer> {
  const { signingAlgorithm, data, isDigest } = request;
  const scheme = schemeFor(key, request);
  const privateKey = await key.privateKey();
  if (!isDigest) {
    return sign(scheme.hash, data, keyInput(privateKey, scheme));
  }
  if (data.length !== DIGEST_BYTES[scheme.hash]) {
    throw badRequest(
      `Failed to sign ${scheme.key} digest with ${signingAlgorithm} due to signing error. Ensure that your digest is hashed with ${scheme.hash.toUpperCase()}.`,
    );
  }
  return scheme.key === 'RSA'
    ? signRsaDigest(privateKey, scheme.hash, data)
    : signEccDigest(privateKey, data);
}

/** False for whatever is not a signature (contract: KMS §1.4). */
export async function verifyWith(
  key: SigningKey,
  request: SigningRequest & { readonly signature: Buffer },
): Promise<boolean> {
  const { data, isDigest, signature } = request;
  const scheme = schemeFor(key, request);
  const privateKey = await key.privateKey();
  if (!isDigest) {
    return verify(scheme.hash, data, keyInput(privateKey, scheme), signature);
  }
  if (data.length !== DIGEST_BYTES[scheme.hash]) return false;
  return scheme.key === 'RSA'
    ? verifyRsaDigest(privateKey, scheme.hash, data, signature)
    : verifyEccDigest(privateKey, data, signature);
}

function keyInput(key: KeyObject, { isPss }: SigningScheme) {
  if (!isPss) return { key };
  return {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
}

function schemeFor(
  key: SigningKey,
  { signingAlgorithm, isDigest }: SigningRequest,
): SigningScheme {
  const scheme = SIGNING[signingAlgorithm];
  const family = keyFamily(key.algorithm);
  if (scheme?.key !== family) {
    throw badRequest(
      `KMS ${family} key cannot be used with ${signingAlgorithm}`,
    );
  }
  if (isDigest && scheme.isPss) {
    throw badRequest('RSA PSS does not support digested input');
  }
  return scheme;
}
