import { removeTrailingSlash, type SharedSchemas } from '../http/schemas.js';
import type { Zod } from '../packages.js';
import { parseMetadataFilter } from './metadata-filter.js';

/** Schemas of what v3 and v4 have in common (contract: secrets §2.3, §2.4). */
export function secretSchemas(
  z: Zod,
  { secretPath, booleanText }: SharedSchemas,
) {
  const secretName = z
    .string()
    .trim()
    .min(1)
    .refine((name) => !/[:/]/.test(name), {
      message: 'Secret name cannot contain colon or forward slash.',
    });
  // A trailing newline survives trimming, once.
  const secretValue = z
    .string()
    .transform((value) =>
      value.endsWith('\n') ? `${value.trim()}\n` : value.trim(),
    );
  const type = z.enum(['shared', 'personal']).default('shared');
  const metadata = z.array(
    z.object({
      key: z.string().trim().min(1),
      value: z.string().trim().default(''),
      isEncrypted: z.boolean().default(false),
    }),
  );
  const place = { environment: z.string().trim(), secretPath };

  const createFields = {
    secretValue,
    secretComment: z.string().trim().optional().default(''),
    secretMetadata: metadata.optional(),
    metadata: z.record(z.string()).optional(),
    tagIds: z.string().array().optional(),
    skipMultilineEncoding: z.boolean().nullable().optional(),
  };
  const updateFields = {
    secretValue: secretValue.optional(),
    secretComment: z.string().optional(),
    secretMetadata: metadata.optional(),
    metadata: z.record(z.string()).optional(),
    tagIds: z.string().array().optional(),
    skipMultilineEncoding: z.boolean().optional(),
    newSecretName: secretName.optional(),
  };
  const reminder = {
    secretReminderRepeatDays: z.number().nullable().optional(),
    secretReminderNote: z.string().max(1024).nullable().optional(),
  };

  const listQuery = {
    environment: z.string().trim().optional(),
    secretPath,
    viewSecretValue: booleanText('true'),
    recursive: booleanText('false'),
    tagSlugs: z
      .string()
      .optional()
      .transform((text) =>
        (text ?? '')
          .split(',')
          .map((slug) => slug.trim())
          .filter(Boolean),
      ),
    metadataFilter: z
      .string()
      .optional()
      .transform((text) => parseMetadataFilter(text ?? ''))
      .refine((pairs) => pairs.length <= 10, {
        message: 'You can only filter by up to 10 metadata fields',
      }),
  };
  const getQuery = {
    environment: z.string().trim().optional(),
    secretPath,
    version: z.coerce.number().optional(),
    type,
    viewSecretValue: booleanText('true'),
  };

  return {
    listQuery,
    getQuery,
    names: {
      read: z.object({ secretName: z.string().trim() }),
      create: z.object({ secretName }),
      update: z.object({ secretName: z.string().trim().min(1) }),
      delete: z.object({ secretName: z.string().min(1) }),
    },
    createBody: { ...place, ...createFields, ...reminder, type },
    updateBody: {
      ...place,
      ...updateFields,
      ...reminder,
      secretReminderRecipients: z.string().array().optional(),
      type,
    },
    deleteBody: { ...place, type },
    batchCreate: {
      ...place,
      secrets: z
        .object({ secretKey: secretName, ...createFields })
        .array()
        .min(1),
    },
    batchUpdate: {
      ...place,
      mode: z
        .enum(['failOnNotFound', 'upsert', 'ignore'])
        .optional()
        .default('failOnNotFound'),
      secrets: z
        .object({
          secretKey: secretName,
          secretPath: z
            .string()
            .trim()
            .transform(removeTrailingSlash)
            .optional(),
          ...updateFields,
          ...reminder,
        })
        .array()
        .min(1),
    },
    batchDelete: {
      ...place,
      secrets: z.object({ secretKey: z.string().trim(), type }).array().min(1),
    },
  };
}

export type SecretSchemas = ReturnType<typeof secretSchemas>;
