import type { infer as Infer } from 'zod/v3';
import { InfisicalConfigError } from '../../common/infisical.error.js';
import { isSlug } from './http/schemas.js';
import { KEY_ALGORITHMS, type KeyAlgorithm } from './kms/algorithms.js';
import type { Zod } from './packages.js';
import { projectExtras } from './seed-secrets-schema.js';
import type { EmulatorSeed } from './seed.js';
import { seedAuthSchemas } from './seed-auth-schema.js';
import { permissionSchemas } from './seed-permissions-schema.js';

function seedSchema(z: Zod) {
  const slug = z
    .string()
    .min(1)
    .max(64)
    .refine(isSlug, 'must be lower-case letters, digits and hyphens');
  const path = z
    .string()
    .regex(
      /^\/(?:[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*\/?)?$/,
      'must start with / and hold letters, digits, - and _',
    );
  const secretName = z
    .string()
    .min(1)
    .regex(/^[^:/]+$/, 'must not contain : or /');
  const { roles, memberships } = permissionSchemas(z);
  const auth = seedAuthSchemas(z);

  const project = z
    .object({
      id: z.string().min(1).optional(),
      slug,
      organization: slug.optional(),
      name: z.string().min(1).optional(),
      environments: z.array(
        z.union([slug, z.object({ slug, name: z.string().min(1) }).strict()]),
      ),
      roles,
      ...projectExtras(z),
      folders: z
        .array(z.object({ environment: slug, path }).strict())
        .default([]),
      secrets: z
        .array(
          z
            .object({
              environment: slug,
              path: path.default('/'),
              values: z.record(secretName, z.string()),
            })
            .strict(),
        )
        .default([]),
      kmsKeys: z
        .array(
          z
            .object({
              id: z.string().uuid().optional(),
              name: slug.and(z.string().max(32)),
              algorithm: z
                .enum(KEY_ALGORITHMS as [KeyAlgorithm, ...KeyAlgorithm[]])
                .default('aes-256-gcm'),
              isExportable: z.boolean().optional(),
              isReserved: z.boolean().optional(),
            })
            .strict(),
        )
        .default([]),
      imports: z
        .array(
          z
            .object({
              environment: slug,
              path,
              from: z.object({ environment: slug, path }).strict(),
            })
            .strict(),
        )
        .default([]),
    })
    .strict();

  return z
    .object({
      projects: z.array(project),
      identities: z.array(
        z
          .object({
            id: z.string().min(1).optional(),
            name: z.string().min(1),
            projects: memberships,
            ...auth.membership,
            ...auth.methods,
          })
          .strict(),
      ),
      subOrganizations: auth.subOrganizations,
      serviceTokens: auth.serviceTokens,
      users: z
        .array(
          z
            .object({
              id: z.string().min(1).optional(),
              email: z.string().email(),
              projects: memberships,
            })
            .strict(),
        )
        .default([]),
    })
    .strict();
}

export type ParsedSeed = Infer<ReturnType<typeof seedSchema>>;

/** The seed with its defaults, or an error that names the bad key. */
export function parseSeed(z: Zod, seed: EmulatorSeed): ParsedSeed {
  const result = seedSchema(z).safeParse(seed);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message, code, ...rest }) => {
    const unknown =
      code === 'unrecognized_keys' && 'keys' in rest
        ? `unknown key ${rest.keys.join(', ')}`
        : message;
    return `${['seed', ...path].join('.')}: ${unknown}`;
  });
  throw new InfisicalConfigError(
    `The emulator's seed is not valid. ${issues.join('; ')}`,
  );
}
