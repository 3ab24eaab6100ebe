import type { RefinementCtx } from 'zod/v3';
import type { EmulatorContext } from '../context.js';
import {
  ASYMMETRIC,
  HMAC,
  type KeyAlgorithm,
  type KeyUsage,
  ML_DSA,
  SIGNING,
  SYMMETRIC,
} from './algorithms.js';

const KIB = 1024;
const MIB = 1024 * KIB;
/** What the older tiers hold everything to. */
const OLD_LIMIT = 4096;
const MAX_BULK = 100;

/** Standard alphabet, padding optional, not empty (contract: KMS §0.1). */
export function isBase64(text: string): boolean {
  return (
    text !== '' &&
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(
      text,
    )
  );
}

interface Usage {
  readonly kind: string;
  readonly algorithms: readonly string[];
}

/** A key as it is asked for, before its algorithm is settled. */
interface AskedKey {
  readonly keyUsage: string;
  readonly encryptionAlgorithm?: string;
  readonly algorithm?: string;
  readonly isExportable?: boolean;
}

/** Schemas of the KMS routes; the tiers differ in limits and texts. */
export function kmsSchemas({ z, schemas, kms }: EmulatorContext) {
  const isK3 = kms === 'k3';
  const { slug } = schemas;
  const name = slug(1, 32, 'Name');
  const description = z.string().trim().max(500).optional();

  // The older tiers tell the same field names whatever the field is.
  const base64 = (
    field: 'data' | 'ciphertext' | 'signature' | 'mac',
    maxBytes: number,
  ) => {
    const limit = isK3 ? maxBytes : OLD_LIMIT;
    return z
      .string()
      .refine(isBase64, {
        message: `${isK3 ? field : 'plaintext'} must be base64 encoded`,
      })
      .refine((text) => Buffer.byteLength(text, 'base64') <= limit, {
        message: `${isK3 ? field : 'data'} cannot exceed ${limit} bytes`,
      });
  };
  const data = base64('data', MIB);

  const usages = usagesOf(isK3);
  const keyUsage = z.enum(Object.keys(usages) as [KeyUsage, ...KeyUsage[]]);
  const algorithm = z.enum(
    Object.values(usages).flatMap(({ algorithms }) => algorithms) as [
      string,
      ...string[],
    ],
  );
  // A key the older tiers do not know is dropped, whatever it holds.
  const unknown = z.unknown().transform(() => undefined);
  const newer = {
    algorithm: isK3 ? algorithm.optional() : unknown,
    isExportable: isK3 ? z.boolean().optional() : unknown,
  };
  /** Settles which of the two names of the algorithm counts. */
  const settle = <T extends AskedKey>(key: T) => ({
    ...key,
    algorithm: (key.algorithm ?? key.encryptionAlgorithm) as KeyAlgorithm,
    isExportable: key.isExportable ?? true,
  });
  const fits = (key: AskedKey, ctx: RefinementCtx): void => {
    const message = misfit(usages[key.keyUsage], key.algorithm, isK3);
    if (message) ctx.addIssue({ code: 'custom', message });
  };

  const signingAlgorithm = z.enum([
    ...Object.keys(SIGNING),
    ...(isK3 ? ML_DSA : []),
  ] as [string, ...string[]]);
  const signed = {
    signingAlgorithm,
    isDigest: z.boolean().optional().default(false),
    data,
  };

  return {
    keyId: z.object({ keyId: z.string().uuid() }),
    keyName: z.object({ keyName: slug(1, 64, 'Key name') }),
    inProject: z.object({
      projectId: z
        .string({ required_error: 'Project ID is required' })
        .trim()
        .min(1, 'Project ID is required'),
    }),
    list: z.object({
      projectId: z.string().trim(),
      offset: z.coerce.number().min(0).optional().default(0),
      limit: z.coerce.number().min(1).max(100).optional().default(100),
      orderBy: z.enum(['name']).optional().default('name'),
      orderDirection: z.enum(['asc', 'desc']).optional().default('asc'),
      search: z.string().trim().optional(),
    }),
    create: z
      .object({
        projectId: z.string().trim(),
        name,
        description,
        keyUsage: keyUsage.optional().default('encrypt-decrypt'),
        encryptionAlgorithm: algorithm.optional().default('aes-256-gcm'),
        ...newer,
      })
      .transform(settle)
      .superRefine(fits),
    update: z.object({
      name: name.optional(),
      isDisabled: z.boolean().optional(),
      description,
    }),
    encrypt: z.object({ plaintext: data }),
    decrypt: z.object({ ciphertext: base64('ciphertext', MIB + KIB) }),
    sign: z.object(signed),
    verify: z.object({ ...signed, signature: base64('signature', 8 * KIB) }),
    generateMac: z.object({ data }),
    verifyMac: z.object({ data, mac: base64('mac', KIB) }),
    bulkExport: z.object({
      keyIds: z.array(z.string().uuid()).min(1).max(MAX_BULK),
    }),
    bulkImport: z.object({
      projectId: z.string().uuid(),
      keys: z
        .array(
          z
            .object({
              name,
              keyUsage,
              encryptionAlgorithm: isK3 ? algorithm.optional() : algorithm,
              keyMaterial: z.string().refine(isBase64, {
                message: 'keyMaterial must be base64 encoded',
              }),
              ...newer,
            })
            .transform(settle)
            .superRefine(fits),
        )
        .min(1)
        .max(MAX_BULK),
    }),
    bodyLimit: isK3 ? 2 * MIB : undefined,
  };
}

export type KmsSchemas = ReturnType<typeof kmsSchemas>;

function usagesOf(isK3: boolean): Record<string, Usage> {
  const older: Record<KeyUsage & ('encrypt-decrypt' | 'sign-verify'), Usage> = {
    'encrypt-decrypt': {
      kind: 'symmetric encryption',
      algorithms: Object.keys(SYMMETRIC),
    },
    'sign-verify': {
      kind: 'asymmetric sign-verify',
      algorithms: isK3 ? [...ASYMMETRIC, ...ML_DSA] : ASYMMETRIC,
    },
  };
  if (!isK3) return older;
  return {
    ...older,
    'generate-verify-mac': { kind: 'HMAC', algorithms: Object.keys(HMAC) },
  };
}

/** Why an algorithm does not go with a usage (contract: KMS §1.2). */
function misfit(
  usage: Usage | undefined,
  algorithm: string | undefined,
  isK3: boolean,
): string | undefined {
  if (!usage) return undefined;
  const { kind, algorithms } = usage;
  const isMissing = !algorithm || ML_DSA.includes(algorithm);
  if (!isMissing && algorithms.includes(algorithm)) return undefined;
  // ML-DSA is not there to be had: it is not offered to who asked for it.
  const options = isMissing
    ? algorithms.filter((one) => !ML_DSA.includes(one))
    : algorithms;
  return `${isK3 ? 'algorithm' : 'encryptionAlgorithm'} must be a valid ${kind} algorithm. Valid options are: ${options.join(', ')}`;
}
