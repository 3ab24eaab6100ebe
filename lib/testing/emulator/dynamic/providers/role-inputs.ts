import type { infer as Infer } from 'zod/v3';
import type { Zod } from '../../packages.js';
import { inputFields, sum } from './input-fields.js';

/** Inputs of the types that make a database user with roles (§2.4). */
export function roleInputs(z: Zod) {
  const { text, needed, port, tls, gateway } = inputFields(z);
  const named = z.object({ name: text });
  const atLeastOne = z.number().int().min(1);
  return {
    'mongo-db-atlas': z.object({
      adminPublicKey: needed,
      adminPrivateKey: needed,
      groupId: needed,
      roles: z
        .object({
          collectionName: text.optional(),
          databaseName: needed,
          roleName: needed,
        })
        .array()
        .min(1),
      scopes: z.object({ name: needed, type: needed }).array(),
    }),
    'mongo-db': z.object({
      host: needed.toLowerCase(),
      port: port.nullable().optional(),
      username: needed,
      password: needed,
      database: needed,
      ca: z.string().nullable().optional(),
      sslRejectUnauthorized: tls.sslRejectUnauthorized,
      roles: text.array().min(1),
    }),
    'elastic-search': z.object({
      host: needed,
      port,
      roles: needed.array().min(1),
      auth: z.discriminatedUnion('type', [
        z.object({ type: z.literal('user'), username: text, password: text }),
        z.object({
          type: z.literal('api-key'),
          apiKey: text,
          apiKeyId: text,
        }),
      ]),
      ...tls,
    }),
    'rabbit-mq': z.object({
      host: needed,
      port,
      tags: text.array().default([]),
      username: needed,
      password: needed,
      ...tls,
      virtualHost: z.object({
        name: needed,
        permissions: z.object({
          read: needed,
          write: needed,
          configure: needed,
        }),
      }),
    }),
    milvus: z.object({
      host: needed,
      port: z.number().int().min(1).max(65_535),
      username: needed,
      password: needed,
      database: text.default('default'),
      privileges: z
        .object({
          objectType: text,
          objectName: text.default('*'),
          privilege: text,
          dbName: text.optional(),
        })
        .array()
        .default([]),
      ...tls,
      ...gateway,
    }),
    couchbase: z.object({
      url: text.url(),
      orgId: text,
      projectId: text,
      clusterId: text,
      roles: needed.array().min(1),
      buckets: z
        .union([
          z.string(),
          named
            .extend({
              scopes: named
                .extend({ collections: text.array().optional() })
                .array()
                .optional(),
            })
            .array(),
        ])
        .default('*'),
      passwordRequirements: z
        .object({
          length: z.number().int().min(8).max(128),
          required: z.object({
            lowercase: atLeastOne,
            uppercase: atLeastOne,
            digits: atLeastOne,
            symbols: atLeastOne,
          }),
          allowedSymbols: z.string().optional(),
        })
        .refine(
          ({ required, length }) => sum(required) <= length,
          'Sum of required characters cannot exceed the total length',
        )
        .optional(),
      auth: z.object({ apiKey: needed }),
    }),
  };
}

export type CouchbaseInputs = Infer<ReturnType<typeof roleInputs>['couchbase']>;
