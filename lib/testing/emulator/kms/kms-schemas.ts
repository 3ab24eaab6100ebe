import type { EmulatorContext } from '../context.js';

const SYMMETRIC = ['aes-256-gcm', 'aes-128-gcm'];
const ASYMMETRIC = ['RSA_4096', 'ECC_NIST_P256'];
const ML_DSA = ['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'];
const HMAC = [
  'HMAC_SHA_1',
  'HMAC_SHA_224',
  'HMAC_SHA_256',
  'HMAC_SHA_384',
  'HMAC_SHA_512',
];

const KIB = 1024;
const MIB = 1024 * KIB;

/** Standard alphabet, padding optional, not empty (contract: KMS §0.1). */
export function isBase64(text: string): boolean {
  return (
    text !== '' &&
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(
      text,
    )
  );
}

/** Schemas of the KMS routes; the tiers differ in limits and texts. */
export function kmsSchemas({ z, schemas, kms }: EmulatorContext) {
  const isK3 = kms === 'k3';
  const { slug } = schemas;
  const name = slug(1, 32, 'Name');
  const description = z.string().trim().max(500).optional();

  // The older tiers tell the same field names whatever the field is.
  const base64 = (field: 'data' | 'ciphertext', maxBytes: number) => {
    const limit = isK3 ? maxBytes : 4096;
    return z
      .string()
      .refine(isBase64, {
        message: `${isK3 ? field : 'plaintext'} must be base64 encoded`,
      })
      .refine((text) => Buffer.byteLength(text, 'base64') <= limit, {
        message: `${isK3 ? field : 'data'} cannot exceed ${limit} bytes`,
      });
  };

  const asymmetric = isK3 ? [...ASYMMETRIC, ...ML_DSA] : ASYMMETRIC;
  const usages: Record<string, { kind: string; algorithms: string[] }> = {
    'encrypt-decrypt': { kind: 'symmetric encryption', algorithms: SYMMETRIC },
    'sign-verify': {
      kind: 'asymmetric sign-verify',
      algorithms: asymmetric,
    },
    ...(isK3 && { 'generate-verify-mac': { kind: 'HMAC', algorithms: HMAC } }),
  };
  const known = Object.values(usages).flatMap(({ algorithms }) => algorithms);
  const algorithm = z.enum(known as [string, ...string[]]);
  const create = z
    .object({
      projectId: z.string().trim(),
      name,
      description,
      keyUsage: z
        .enum(Object.keys(usages) as [string, ...string[]])
        .optional()
        .default('encrypt-decrypt'),
      encryptionAlgorithm: algorithm.optional().default('aes-256-gcm'),
      ...(isK3 && {
        algorithm: algorithm.optional(),
        isExportable: z.boolean().optional().default(true),
      }),
    })
    .transform((body) => {
      const newer = body as { algorithm?: string; isExportable?: boolean };
      return {
        ...body,
        algorithm: newer.algorithm ?? body.encryptionAlgorithm,
        isExportable: newer.isExportable ?? true,
      };
    })
    .superRefine(({ keyUsage, algorithm: chosen }, ctx) => {
      const usage = usages[keyUsage];
      if (!usage || usage.algorithms.includes(chosen)) return;
      ctx.addIssue({
        code: 'custom',
        message: `${isK3 ? 'algorithm' : 'encryptionAlgorithm'} must be a valid ${usage.kind} algorithm. Valid options are: ${usage.algorithms.join(', ')}`,
      });
    });

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
    create,
    update: z.object({
      name: name.optional(),
      isDisabled: z.boolean().optional(),
      description,
    }),
    encrypt: z.object({ plaintext: base64('data', MIB) }),
    decrypt: z.object({ ciphertext: base64('ciphertext', MIB + KIB) }),
    bodyLimit: isK3 ? 2 * MIB : undefined,
  };
}
