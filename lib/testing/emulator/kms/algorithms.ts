/** What a customer key is for. */
export type KeyUsage =
  'encrypt-decrypt' | 'sign-verify' | 'generate-verify-mac';

/** Key length in bytes by algorithm. */
export const SYMMETRIC = { 'aes-256-gcm': 32, 'aes-128-gcm': 16 } as const;

export const HMAC = {
  HMAC_SHA_1: { hash: 'sha1', keyBytes: 20 },
  HMAC_SHA_224: { hash: 'sha224', keyBytes: 28 },
  HMAC_SHA_256: { hash: 'sha256', keyBytes: 32 },
  HMAC_SHA_384: { hash: 'sha384', keyBytes: 48 },
  HMAC_SHA_512: { hash: 'sha512', keyBytes: 64 },
} as const;

export type SymmetricAlgorithm = keyof typeof SYMMETRIC;
export type AsymmetricAlgorithm = 'RSA_4096' | 'ECC_NIST_P256';
export type HmacAlgorithm = keyof typeof HMAC;
export type KeyAlgorithm =
  SymmetricAlgorithm | AsymmetricAlgorithm | HmacAlgorithm;

export const ASYMMETRIC: readonly AsymmetricAlgorithm[] = [
  'RSA_4096',
  'ECC_NIST_P256',
];

/** Known to the newest tier; Node.js 20 and 22 have no such keys. */
export const ML_DSA: readonly string[] = [
  'ML_DSA_44',
  'ML_DSA_65',
  'ML_DSA_87',
];

export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = [
  ...(Object.keys(SYMMETRIC) as SymmetricAlgorithm[]),
  ...ASYMMETRIC,
  ...(Object.keys(HMAC) as HmacAlgorithm[]),
];

type Hash = 'sha256' | 'sha384' | 'sha512';

/** How a signing algorithm signs. */
export interface SigningScheme {
  /** First word of the key's algorithm, as error texts have it. */
  readonly key: 'RSA' | 'ECC';
  readonly hash: Hash;
  readonly isPss: boolean;
}

/** Every signing algorithm, in the order in which a key lists its own. */
export const SIGNING: Readonly<Record<string, SigningScheme>> = {
  RSASSA_PSS_SHA_512: { key: 'RSA', hash: 'sha512', isPss: true },
  RSASSA_PSS_SHA_384: { key: 'RSA', hash: 'sha384', isPss: true },
  RSASSA_PSS_SHA_256: { key: 'RSA', hash: 'sha256', isPss: true },
  RSASSA_PKCS1_V1_5_SHA_512: { key: 'RSA', hash: 'sha512', isPss: false },
  RSASSA_PKCS1_V1_5_SHA_384: { key: 'RSA', hash: 'sha384', isPss: false },
  RSASSA_PKCS1_V1_5_SHA_256: { key: 'RSA', hash: 'sha256', isPss: false },
  ECDSA_SHA_512: { key: 'ECC', hash: 'sha512', isPss: false },
  ECDSA_SHA_384: { key: 'ECC', hash: 'sha384', isPss: false },
  ECDSA_SHA_256: { key: 'ECC', hash: 'sha256', isPss: false },
};

export const DIGEST_BYTES: Readonly<Record<Hash, number>> = {
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

export function isSymmetric(
  algorithm: string,
): algorithm is SymmetricAlgorithm {
  return Object.hasOwn(SYMMETRIC, algorithm);
}

export function isHmac(algorithm: string): algorithm is HmacAlgorithm {
  return Object.hasOwn(HMAC, algorithm);
}

export function usageOf(algorithm: KeyAlgorithm): KeyUsage {
  if (isSymmetric(algorithm)) return 'encrypt-decrypt';
  return isHmac(algorithm) ? 'generate-verify-mac' : 'sign-verify';
}

/** The start of an asymmetric algorithm's name. */
export function keyFamily(algorithm: string): 'RSA' | 'ECC' {
  return algorithm.startsWith('RSA') ? 'RSA' : 'ECC';
}

/** What a key of this algorithm may sign with. */
export function signingAlgorithmsOf(algorithm: string): string[] {
  const family = keyFamily(algorithm);
  return Object.entries(SIGNING)
    .filter(([, { key }]) => key === family)
    .map(([name]) => name);
}
