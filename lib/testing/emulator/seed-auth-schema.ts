import { X509Certificate, createPublicKey, randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { ZodRawShape } from 'zod/v3';
import { FIXTURES } from './auth/providers/fixtures.js';
import { isSlug } from './http/schemas.js';
import type { Zod } from './packages.js';

const MAX_SECONDS = 315_360_000;
const MAX_TTL_RULE = 'accessTokenTTL cannot be greater than accessTokenMaxTTL';

/** The parts of a seed that are about logging in (contract: auth §2.5). */
export function seedAuthSchemas(z: Zod) {
  const seconds = z.number().int().min(0).max(MAX_SECONDS);
  const count = z.number().int().min(0);
  const text = z.string().min(1);
  const list = z
    .union([
      z.string().transform((texts) => texts.split(',')),
      z.array(z.string()),
    ])
    .transform((texts) => texts.map((one) => one.trim()).filter(Boolean));
  const lists = list.default([]);
  const ipRanges = z
    .array(
      z
        .string()
        .refine(
          (range) => isIP(range.split('/')[0] ?? '') !== 0,
          'must be an IP address or a CIDR range',
        ),
    )
    .min(1);
  const lockout = {
    lockoutEnabled: z.boolean().default(true),
    lockoutThreshold: z.number().int().min(1).max(30).default(3),
    lockoutDurationSeconds: z.number().int().min(30).max(86_400).default(300),
    lockoutCounterResetSeconds: z.number().int().min(5).max(3600).default(30),
  };
  const policy = {
    accessTokenTTL: seconds.default(2_592_000),
    accessTokenMaxTTL: seconds.default(2_592_000),
    accessTokenNumUsesLimit: count.default(0),
    accessTokenTrustedIps: ipRanges.optional(),
  };
  /** Some methods need a max TTL. */
  const limited = {
    accessTokenMaxTTL: z
      .number()
      .int()
      .min(1)
      .max(MAX_SECONDS)
      .default(2_592_000),
  };
  const method = <F extends ZodRawShape>(fields: F) =>
    z
      .object(policy)
      .extend(fields)
      .strict()
      .refine((value) => {
        const auth = value as {
          accessTokenTTL: number;
          accessTokenMaxTTL: number;
        };
        return (
          auth.accessTokenMaxTTL === 0 ||
          auth.accessTokenTTL <= auth.accessTokenMaxTTL
        );
      }, MAX_TTL_RULE)
      .optional();
  const pem = (read: (value: string) => unknown, what: string) =>
    z.string().refine((value) => isReadable(read, value), `must be ${what}`);
  const bound = {
    boundSubject: z.string().default(''),
    boundAudiences: z.string().default(''),
    boundClaims: z.record(z.string()).default({}),
  };

  const methods = {
    universalAuth: method({
      ...lockout,
      clientId: text.optional(),
      clientSecret: text,
      clientSecretTTL: seconds.default(0),
      clientSecretNumUsesLimit: count.default(0),
      clientSecretTrustedIps: ipRanges.optional(),
      accessTokenPeriod: seconds.default(0),
    }),
    tokenAuth: method({}),
    awsAuth: method({
      ...limited,
      allowedAccountIds: lists,
      allowedPrincipalArns: lists,
    }),
    gcpAuth: method({
      type: z.enum(['gce', 'iam']).default('gce'),
      allowedServiceAccounts: lists,
      allowedProjects: lists,
      allowedZones: lists,
    }),
    azureAuth: method({
      tenantId: text.default(FIXTURES.azureTenantId),
      resource: text.default(FIXTURES.azureResource),
      allowedServicePrincipalIds: lists,
    }),
    kubernetesAuth: method({
      kubernetesHost: z.string().default(FIXTURES.kubernetesHost),
      allowedNamespaces: lists,
      allowedNames: lists,
      allowedAudience: z.string().default(''),
    }),
    oidcAuth: method({
      ...bound,
      oidcDiscoveryUrl: z.string().url().default(FIXTURES.oidcIssuer),
      boundIssuer: text.optional(),
      claimMetadataMapping: z.record(z.string()).default({}),
    }),
    jwtAuth: method({
      ...bound,
      boundIssuer: z.string().default(''),
      configurationType: z.enum(['jwks', 'static']).default('jwks'),
      jwksUrl: z.string().url().default(FIXTURES.jwksUrl),
      publicKeys: z
        .array(pem(createPublicKey, 'a public key in PEM'))
        .default([]),
    }),
    ldapAuth: method({
      ...limited,
      ...lockout,
      allowedFields: z
        .array(z.object({ key: text, value: z.string() }).strict())
        .default([]),
    }),
    ociAuth: method({
      ...limited,
      tenancyOcid: text.default(FIXTURES.tenancyOcid),
      allowedUsernames: lists,
    }),
    aliCloudAuth: method({ ...limited, allowedArns: lists }),
    tlsCertAuth: method({
      ...limited,
      caCertificate: pem(
        (value) => new X509Certificate(value),
        'a certificate in PEM',
      ).optional(),
      allowedCommonNames: lists,
      allowedAltNames: lists,
    }),
    spiffeAuth: method({
      trustDomain: text.default(FIXTURES.trustDomain),
      allowedSpiffeIds: list,
      allowedAudiences: list,
    }),
  };

  const slug = text
    .max(64)
    .refine(isSlug, 'must be lower-case letters, digits and hyphens');
  return {
    methods,
    /** Where an identity lives and what it may do there. */
    membership: {
      organization: slug.optional(),
      subOrganizations: z.array(slug).default([]),
      organizationRole: z.enum(['admin', 'member']).optional(),
    },
    subOrganizations: z
      .array(z.object({ slug, name: text.optional() }).strict())
      .default([]),
    serviceTokens: z
      .array(
        z
          .object({
            id: text.regex(/^[^.]+$/, 'must not hold a dot').optional(),
            secret: z
              .string()
              .regex(/^[0-9a-f]+$/, 'must be hexadecimal digits'),
            name: text,
            project: text,
            scopes: z
              .array(z.object({ environment: text, secretPath: text }).strict())
              .min(1),
            permissions: z.array(z.enum(['read', 'write'])).min(1),
            expiresIn: z.number().int().min(1).optional(),
          })
          .strict(),
      )
      .default([]),
  };
}

/** What every auth method has beyond the fields of its seed. */
export function policyOf<A extends { accessTokenTrustedIps?: string[] }>(
  auth: A,
) {
  return {
    ...auth,
    id: randomUUID(),
    accessTokenPeriod: 0,
    accessTokenTrustedIps: auth.accessTokenTrustedIps,
  };
}

function isReadable(read: (value: string) => unknown, value: string): boolean {
  try {
    read(value);
    return true;
  } catch {
    return false;
  }
}
