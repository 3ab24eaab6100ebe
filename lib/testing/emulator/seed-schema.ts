import type { infer as Infer } from 'zod/v3';
import { isSlug, sharedSchemas } from './http/schemas.js';
import { KEY_ALGORITHMS, type KeyAlgorithm } from './kms/algorithms.js';
import type { Zod } from './packages.js';
import { projectExtras, seededSecret } from './seed-secrets-schema.js';
import { SeedIssues } from './seed-error.js';
import { seedAuthSchemas } from './seed-auth-schema.js';
import { permissionSchemas } from './seed-permissions-schema.js';

function seedSchema(z: Zod) {
  const schemas = sharedSchemas(z);
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
      description: z.string().optional(),
      environments: z.array(
        z.union([slug, z.object({ slug, name: z.string().min(1) }).strict()]),
      ),
      roles,
      ...projectExtras(z),
      folders: z
        .array(
          z
            .object({
              environment: slug,
              path,
              description: z.string().optional(),
            })
            .strict(),
        )
        .default([]),
      secrets: z
        .array(
          z
            .object({
              environment: slug,
              path: path.default('/'),
              values: z.record(secretName, seededSecret(z)),
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
              isDisabled: z.boolean().optional(),
              description: z.string().optional(),
              material: z.array(z.string().min(1)).min(1).optional(),
            })
            .strict(),
        )
        .default([]),
      dynamicSecrets: z
        .array(
          z
            .object({
              environment: slug,
              path: path.default('/'),
              name: slug,
              provider: z
                .object({ type: z.string(), inputs: z.record(z.unknown()) })
                .strict(),
              defaultTTL: schemas.ttl,
              maxTTL: schemas.ttl.optional(),
              usernameTemplate: z.string().max(255).optional(),
              metadata: z
                .array(
                  z.object({ key: z.string(), value: z.string() }).strict(),
                )
                .default([]),
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

/** The seed with its defaults, or an error that names the bad keys. */
export function parseSeed(z: Zod, seed: unknown): ParsedSeed {
  const result = seedSchema(z).safeParse(seed);
  if (result.success) return result.data;
  throw new SeedIssues(
    result.error.issues.map(({ path, message, code, ...rest }) => {
      const at = ['seed', ...path].join('.');
      if (code !== 'unrecognized_keys' || !('keys' in rest)) {
        return { path, text: `${at}: ${message}` };
      }
      const text = `${at}: unknown key ${rest.keys.join(', ')}`;
      return { path: [...path, rest.keys[0] ?? ''], text };
    }),
  );
}
