import type { ZodType } from 'zod/v3';
import type { EmulatorContext } from '../context.js';
import { removeTrailingSlash } from '../http/schemas.js';
import { type SqlInputs, sqlInputs } from './postgres-provider.js';
import { isUsernameTemplate } from './template.js';

/** Provider types the real server knows and the emulator does not have yet. */
const NOT_EMULATED = [
  'clickhouse',
  'cassandra',
  'redis',
  'aws-elasticache',
  'aws-memorydb',
  'aws-iam',
  'mongo-db-atlas',
  'mongo-db',
  'elastic-search',
  'rabbit-mq',
  'azure-entra-id',
  'azure-sql-database',
  'ldap',
  'sap-hana',
  'sap-ase',
  'vertica',
  'snowflake',
  'totp',
  'kubernetes',
  'gcp-iam',
  'github',
  'couchbase',
  'milvus',
  'ssh',
  'ibm-api-connect',
  'tailscale',
];

export type ProviderInput =
  | { type: 'sql-database'; inputs: SqlInputs }
  | { type: 'other'; inputs: Record<string, unknown> };

/** Schemas of dynamic secrets and leases (contract: dynamic secrets §2, §3). */
export function dynamicSchemas({ z, schemas }: EmulatorContext) {
  const { slug, ttl, optionalTtl } = schemas;
  const text = z.string().trim().min(1);
  const place = {
    projectSlug: text,
    environmentSlug: text,
    path: z.string().trim().default('/').transform(removeTrailingSlash),
  };
  const kinds = [
    z.object({ type: z.literal('sql-database'), inputs: sqlInputs(z) }),
    ...NOT_EMULATED.map((type) =>
      z.object({ type: z.literal(type), inputs: z.record(z.unknown()) }),
    ),
  ];
  const provider = z.discriminatedUnion(
    'type',
    kinds as [(typeof kinds)[number], ...(typeof kinds)[number][]],
  ) as unknown as ZodType<ProviderInput>;
  const usernameTemplate = z
    .string()
    .trim()
    .max(255)
    .regex(/^[A-Za-z0-9_\-{}[\].'| ()"]*$/, 'Invalid characters in template')
    .refine(isUsernameTemplate, {
      message: 'The template has an expression that is not emulated',
    })
    .nullable()
    .optional();
  return {
    place: z.object(place),
    name: z.object({ name: text }),
    lowerName: z.object({ name: text.transform((name) => name.toLowerCase()) }),
    create: z.object({
      ...place,
      name: slug(1, 64, 'Name'),
      provider,
      defaultTTL: ttl,
      maxTTL: optionalTtl.nullable(),
      metadata: z
        .object({ key: text, value: z.string().trim() })
        .array()
        .optional(),
      usernameTemplate,
    }),
    delete: z.object({ ...place, isForced: z.boolean().default(false) }),
    leaseId: z.object({ leaseId: text }),
    createLease: z.object({
      ...place,
      dynamicSecretName: text.transform((name) => name.toLowerCase()),
      ttl: optionalTtl,
      config: z.unknown(),
    }),
    renewLease: z.object({ ...place, ttl: optionalTtl }),
  };
}
