import { InfisicalConfigError } from '../common/infisical.error.js';
import { check, oneOf } from './option-checks.js';

/**
 * What a key is for. `generate-verify-mac` needs a server of 2026.
 *
 * @example
 * ```ts
 * const keyUsage: KmsKeyUsage = 'sign-verify';
 * const { keys } = await client.kms.keys.list();
 * const signing = keys.filter((key) => key.keyUsage === keyUsage);
 * ```
 *
 * @publicApi
 */
export type KmsKeyUsage =
  'encrypt-decrypt' | 'sign-verify' | 'generate-verify-mac';

/**
 * Algorithms of message authentication codes. They need a server of 2026.
 *
 * @example
 * ```ts
 * const encryptionAlgorithm: KmsMacAlgorithm = 'HMAC_SHA_256';
 * await client.kms.keys.create({
 *   name: 'webhooks',
 *   keyUsage: 'generate-verify-mac',
 *   encryptionAlgorithm,
 * });
 * ```
 *
 * @publicApi
 */
export type KmsMacAlgorithm =
  | 'HMAC_SHA_1'
  | 'HMAC_SHA_224'
  | 'HMAC_SHA_256'
  | 'HMAC_SHA_384'
  | 'HMAC_SHA_512';

/**
 * Algorithms of keys. `ML_DSA_*` and `HMAC_*` need a server of 2026,
 * `ECC_NIST_P384` and `ECC_NIST_P521` a newer one.
 *
 * @example
 * ```ts
 * const encryptionAlgorithm: KmsAlgorithm = 'ECC_NIST_P256';
 * await client.kms.keys.create({
 *   name: 'receipts',
 *   keyUsage: 'sign-verify',
 *   encryptionAlgorithm,
 * });
 * ```
 *
 * @publicApi
 */
export type KmsAlgorithm =
  | 'aes-256-gcm'
  | 'aes-128-gcm'
  | 'RSA_4096'
  | 'ECC_NIST_P256'
  | 'ECC_NIST_P384'
  | 'ECC_NIST_P521'
  | 'ML_DSA_44'
  | 'ML_DSA_65'
  | 'ML_DSA_87'
  | KmsMacAlgorithm;

/**
 * Algorithms of signatures. `ML_DSA_*` needs a server of 2026.
 *
 * @example
 * ```ts
 * const signingAlgorithm: KmsSigningAlgorithm = 'ECDSA_SHA_256';
 * const signature = await kms.sign('receipts', 'receipt 17', {
 *   signingAlgorithm,
 * });
 * ```
 *
 * @publicApi
 */
export type KmsSigningAlgorithm =
  | 'RSASSA_PSS_SHA_512'
  | 'RSASSA_PSS_SHA_384'
  | 'RSASSA_PSS_SHA_256'
  | 'RSASSA_PKCS1_V1_5_SHA_512'
  | 'RSASSA_PKCS1_V1_5_SHA_384'
  | 'RSASSA_PKCS1_V1_5_SHA_256'
  | 'ECDSA_SHA_512'
  | 'ECDSA_SHA_384'
  | 'ECDSA_SHA_256'
  | 'ML_DSA_44'
  | 'ML_DSA_65'
  | 'ML_DSA_87';

export const MAC_ALGORITHMS: readonly KmsMacAlgorithm[] = [
  'HMAC_SHA_1',
  'HMAC_SHA_224',
  'HMAC_SHA_256',
  'HMAC_SHA_384',
  'HMAC_SHA_512',
];

/** Algorithms by usage (contract: KMS §1.1, §1.2). */
const ALGORITHMS: Readonly<Record<KmsKeyUsage, readonly KmsAlgorithm[]>> = {
  'encrypt-decrypt': ['aes-256-gcm', 'aes-128-gcm'],
  'sign-verify': [
    'RSA_4096',
    'ECC_NIST_P256',
    'ECC_NIST_P384',
    'ECC_NIST_P521',
    'ML_DSA_44',
    'ML_DSA_65',
    'ML_DSA_87',
  ],
  'generate-verify-mac': MAC_ALGORITHMS,
};

export const KEY_USAGES = Object.keys(ALGORITHMS) as KmsKeyUsage[];

export const KEY_USAGE = oneOf(...KEY_USAGES);

export const KEY_ALGORITHM = oneOf(...Object.values(ALGORITHMS).flat());

/** What a signing algorithm takes in place of a message. */
interface Signing {
  /** Bytes of the digest; absent when it takes none. */
  readonly digestBytes?: number;
  /** Why it takes none. */
  readonly noDigest?: string;
}

const NO_PSS = 'RSA PSS does not support digested input';
const NO_ML_DSA = 'ML-DSA does not support digested input';

/** Every signing algorithm (contract: KMS §1.4). */
const SIGNING: Readonly<Record<KmsSigningAlgorithm, Signing>> = {
  RSASSA_PSS_SHA_512: { noDigest: NO_PSS },
  RSASSA_PSS_SHA_384: { noDigest: NO_PSS },
  RSASSA_PSS_SHA_256: { noDigest: NO_PSS },
  RSASSA_PKCS1_V1_5_SHA_512: { digestBytes: 64 },
  RSASSA_PKCS1_V1_5_SHA_384: { digestBytes: 48 },
  RSASSA_PKCS1_V1_5_SHA_256: { digestBytes: 32 },
  ECDSA_SHA_512: { digestBytes: 64 },
  ECDSA_SHA_384: { digestBytes: 48 },
  ECDSA_SHA_256: { digestBytes: 32 },
  ML_DSA_44: { noDigest: NO_ML_DSA },
  ML_DSA_65: { noDigest: NO_ML_DSA },
  ML_DSA_87: { noDigest: NO_ML_DSA },
};

export const SIGNING_ALGORITHMS = Object.keys(SIGNING) as KmsSigningAlgorithm[];

export const SIGNING_ALGORITHM = oneOf(...SIGNING_ALGORITHMS);

/**
 * Whether the algorithm goes with the usage; the server refuses the others
 * (contract: KMS §1.2).
 *
 * @throws InfisicalConfigError with the algorithms that do
 */
export function checkUsage(
  operation: string,
  keyUsage: KmsKeyUsage,
  encryptionAlgorithm: string | undefined,
  at = '',
): void {
  const known: readonly string[] = ALGORITHMS[keyUsage];
  if (encryptionAlgorithm !== undefined && known.includes(encryptionAlgorithm))
    return;
  const right = Object.entries<readonly string[]>(ALGORITHMS).find(
    ([, algorithms]) =>
      encryptionAlgorithm !== undefined &&
      algorithms.includes(encryptionAlgorithm),
  );
  throw new InfisicalConfigError(
    `${operation}: a key for ${keyUsage} needs ${at}encryptionAlgorithm to be one of ${known.join(', ')}${
      right
        ? `; ${encryptionAlgorithm} goes with ${at}keyUsage "${right[0]}"`
        : ''
    }.`,
  );
}

/**
 * Checks algorithm and `isDigest` of a signature (contract: KMS §1.4).
 *
 * @throws InfisicalConfigError
 */
export function checkSigning(
  operation: string,
  {
    signingAlgorithm,
    isDigest,
  }: {
    readonly signingAlgorithm: KmsSigningAlgorithm;
    readonly isDigest?: boolean;
  },
): void {
  check(operation, 'signingAlgorithm', signingAlgorithm, SIGNING_ALGORITHM);
  const { noDigest } = SIGNING[signingAlgorithm];
  if (isDigest && noDigest !== undefined) {
    throw new InfisicalConfigError(
      `${operation}: ${noDigest}. Pass the message itself, and leave isDigest out.`,
    );
  }
}

/** Bytes of the digest that the algorithm signs; undefined when it takes none. */
export function digestBytes(
  signingAlgorithm: KmsSigningAlgorithm,
): number | undefined {
  return SIGNING[signingAlgorithm].digestBytes;
}
