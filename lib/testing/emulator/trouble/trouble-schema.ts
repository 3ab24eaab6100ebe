import type { ZodType } from 'zod/v3';
import type { Zod } from '../packages.js';
import type { EmulatorTroubleRule } from './trouble-types.js';

/** What may be asked for, by code and over HTTP. */
export function troubleSchemas(z: Zod) {
  const ms = z.number().min(0);
  const count = z.number().int().min(0);
  const scope = {
    method: z.string().min(1).optional(),
    path: z.string().startsWith('/').optional(),
    identityId: z.string().min(1).optional(),
    rate: z.number().min(0).max(1).optional(),
    skip: count.optional(),
    times: count.optional(),
    startsIn: ms.optional(),
    lasts: ms.optional(),
  };
  const when = z.enum(['before', 'after']).optional();
  const fault = <K extends string, S extends object>(kind: K, shape: S) =>
    z.object({ kind: z.literal(kind), ...scope, ...shape }).strict();
  const rule = z.discriminatedUnion('kind', [
    fault('latency', { delay: ms, jitter: ms.optional(), when }),
    fault('error', {
      status: z.number().int().min(400).max(599),
      error: z.string().optional(),
      message: z.string().optional(),
      when,
    }),
    fault('reset', { when }),
    fault('hang', { when: z.enum(['before', 'after', 'body']).optional() }),
    fault('truncate', { framing: z.enum(['kept', 'adapted']).optional() }),
    fault('content-type', {
      contentType: z.string().min(1).optional(),
      body: z.string().optional(),
    }),
    fault('rate-limit', {
      headers: z.boolean().optional(),
      retryAfter: z.number().min(0).optional(),
    }),
  ]) as unknown as ZodType<EmulatorTroubleRule>;

  const identity = z
    .object({ identityId: z.string().optional() })
    .strict()
    .nullish();
  return {
    rule,
    outage: z
      .object({
        startsIn: ms.optional(),
        lasts: ms.optional(),
        mode: z.enum(['reset', 'unavailable']).optional(),
      })
      .strict()
      .nullish(),
    offset: z.object({ ms: z.number() }).strict(),
    identity,
    rotation: z
      .object({
        projectSlug: z.string().optional(),
        environment: z.string(),
        secretPath: z.string().optional(),
        secretName: z.string(),
        value: z.string().optional(),
      })
      .strict(),
    failure: z
      .object({
        operation: z.enum(['connect', 'create', 'renew', 'revoke']).optional(),
        dynamicSecretName: z.string().optional(),
        message: z.string().optional(),
        times: count.min(1).optional(),
      })
      .strict()
      .nullish(),
    leaseMaxTtl: z
      .object({ maxTTL: z.string(), dynamicSecretName: z.string().optional() })
      .strict(),
    tokenMaxTtl: z
      .object({
        seconds: z.number().int().min(1),
        identityId: z.string().optional(),
      })
      .strict(),
  };
}
