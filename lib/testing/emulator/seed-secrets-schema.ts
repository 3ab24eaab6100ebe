import type { Zod } from './packages.js';
import { isSlug } from './http/schemas.js';

/** What a seeded project has beyond its secrets. */
export function projectExtras(z: Zod) {
  const slug = z
    .string()
    .min(1)
    .max(64)
    .refine(isSlug, 'must be lower-case letters, digits and hyphens');
  const path = z.string().startsWith('/');
  const list = <S extends Parameters<typeof z.object>[0]>(shape: S) =>
    z.array(z.object(shape).strict()).default([]);
  return {
    type: z.string().min(1).optional(),
    hasDeleteProtection: z.boolean().optional(),
    enforceEncryptedMetadata: z.boolean().default(false),
    tags: list({ slug, color: z.string().default('') }),
    approvalPolicies: list({
      environment: slug,
      secretPath: path.default('/**'),
    }),
    sharedFolders: list({ environment: slug, path, with: slug }),
    webhooks: list({
      environment: slug,
      secretPath: path.default('/'),
      url: z.string().url(),
      secretKey: z.string().min(1).optional(),
    }),
  };
}

/** A secret: its value, or its value and more. */
export function seededSecret(z: Zod) {
  return z.union([
    z.string().transform((value) => ({ value, ...NOTHING_MORE })),
    z
      .object({
        value: z.string(),
        comment: z.string().default(''),
        skipMultilineEncoding: z.boolean().nullable().default(null),
        metadata: z
          .array(
            z
              .object({
                key: z.string().min(1),
                value: z.string().default(''),
                isEncrypted: z.boolean().default(false),
              })
              .strict(),
          )
          .default([]),
        tags: z.array(z.string()).default([]),
      })
      .strict(),
  ]);
}

const NOTHING_MORE = {
  comment: '',
  skipMultilineEncoding: null,
  metadata: [],
  tags: [],
};
