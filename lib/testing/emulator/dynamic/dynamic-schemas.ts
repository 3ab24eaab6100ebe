import type { EmulatorContext } from '../context.js';
import { removeTrailingSlash } from '../http/schemas.js';
import type { ProviderRegistry } from './providers/provider-registry.js';
import { isUsernameTemplate } from './username-template.js';

/** Schemas of dynamic secrets and leases (contract: dynamic secrets §2, §3). */
export function dynamicSchemas(
  { z, schemas }: EmulatorContext,
  providers: ProviderRegistry,
) {
  const { slug, ttl, optionalTtl } = schemas;
  const text = z.string().trim().min(1);
  const place = {
    projectSlug: text,
    environmentSlug: text,
    path: z.string().trim().default('/').transform(removeTrailingSlash),
  };
  /** Where a lease is changed, an empty path is refused. */
  const leasePlace = {
    ...place,
    path: z.string().min(1).trim().default('/').transform(removeTrailingSlash),
  };
  const lowerCase = text.transform((name) => name.toLowerCase());
  const metadata = z
    .object({ key: text, value: z.string().trim() })
    .array()
    .optional();
  const usernameTemplate = z
    .string()
    .trim()
    .max(255)
    .refine((template) => /^[A-Za-z0-9_\-{}[\].'| ()"]*$/.test(template))
    .refine(isUsernameTemplate)
    .nullable()
    .optional();
  const createLease = {
    ...place,
    dynamicSecretName: lowerCase,
    ttl: optionalTtl,
  };
  return {
    place: z.object(place),
    name: z.object({ name: text }),
    lowerName: z.object({ name: lowerCase }),
    id: z.object({ dynamicSecretId: z.string().uuid() }),
    create: z.object({
      ...place,
      name: slug(1, 64, 'Name'),
      provider: providers.schema,
      defaultTTL: ttl,
      maxTTL: optionalTtl.nullable(),
      metadata,
      usernameTemplate,
    }),
    update: z.object({
      ...place,
      data: z.object({
        inputs: z.record(z.unknown()).optional(),
        defaultTTL: ttl.optional(),
        maxTTL: optionalTtl.nullable(),
        // Not held to be a slug.
        newName: z.string().optional(),
        metadata,
        usernameTemplate,
      }),
    }),
    delete: z.object({ ...place, isForced: z.boolean().default(false) }),
    entraUsers: z.object({
      tenantId: text,
      applicationId: text,
      clientSecret: text,
    }),
    leaseId: z.object({ leaseId: text }),
    createLease: z.object({ ...createLease, config: z.unknown() }),
    createKubernetesLease: z.object({
      ...createLease,
      config: z.object({ namespace: text.optional() }).optional(),
    }),
    renewLease: z.object({ ...leasePlace, ttl: optionalTtl }),
    revokeLease: z.object({
      ...leasePlace,
      isForced: z.boolean().default(false),
    }),
  };
}

export type DynamicSchemas = ReturnType<typeof dynamicSchemas>;
