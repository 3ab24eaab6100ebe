import { isIP } from 'node:net';
import type { infer as Infer } from 'zod/v3';
import { InfisicalConfigError } from '../../common/infisical.error.js';
import { isSlug } from './http/schemas.js';
import { KEY_ALGORITHMS, type KeyAlgorithm } from './kms/algorithms.js';
import type { Zod } from './packages.js';
import type { EmulatorSeed } from './seed.js';
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
  const seconds = z.number().int().min(0).max(315_360_000);
  const count = z.number().int().min(0);
  const ipRanges = z
    .array(
      z
        .string()
        .refine(
          (text) => isIP(text.split('/')[0] ?? '') !== 0,
          'must be an IP address or a CIDR range',
        ),
    )
    .min(1);

  const universalAuth = z
    .object({
      clientId: z.string().min(1).optional(),
      clientSecret: z.string().min(1),
      clientSecretTTL: seconds.default(0),
      clientSecretNumUsesLimit: count.default(0),
      clientSecretTrustedIps: ipRanges.optional(),
      accessTokenTTL: seconds.default(2_592_000),
      accessTokenMaxTTL: seconds.default(2_592_000),
      accessTokenNumUsesLimit: count.default(0),
      accessTokenPeriod: seconds.default(0),
      accessTokenTrustedIps: ipRanges.optional(),
      lockoutEnabled: z.boolean().default(true),
      lockoutThreshold: z.number().int().min(1).max(30).default(3),
      lockoutDurationSeconds: z.number().int().min(30).max(86_400).default(300),
      lockoutCounterResetSeconds: z.number().int().min(5).max(3600).default(30),
    })
    .strict()
    .refine(
      (auth) =>
        auth.accessTokenMaxTTL === 0 ||
        auth.accessTokenTTL <= auth.accessTokenMaxTTL,
      'accessTokenTTL cannot be greater than accessTokenMaxTTL',
    );

  const { roles, memberships } = permissionSchemas(z);
  const project = z
    .object({
      id: z.string().min(1).optional(),
      slug,
      name: z.string().min(1).optional(),
      environments: z.array(
        z.union([slug, z.object({ slug, name: z.string().min(1) }).strict()]),
      ),
      roles,
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
            universalAuth: universalAuth.optional(),
          })
          .strict(),
      ),
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
