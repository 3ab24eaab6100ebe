import type { RefinementCtx } from 'zod/v3';
import type { Zod } from '../packages.js';
import { badRequest } from './api-error.js';
import ms, { type StringValue } from 'ms';

const MAX_TTL = 315_576_000_000;
const MIN_TTL = 60_000;

/** Schemas that many routes share. Return types are left to inference. */
export function sharedSchemas(z: Zod) {
  const slug = (min = 1, max = 64, field = 'Slug') =>
    z
      .string()
      .trim()
      .min(min, {
        message: `${field} field must be at least ${min} lowercase character${min > 1 ? 's' : ''}`,
      })
      .max(max, {
        message: `${field} field must be at most ${max} lowercase character${max > 1 ? 's' : ''}`,
      })
      .refine(isSlug, {
        message: `${field} field can only contain lowercase letters, numbers, and hyphens`,
      });

  /** A path of the secrets routes: no leading slash is added (secrets §2.9). */
  const secretPath = z
    .string()
    .trim()
    .default('/')
    .transform(removeTrailingSlash);

  /** Exactly "true" or "false"; anything else is refused. */
  const booleanText = (def: 'true' | 'false') =>
    z
      .enum(['true', 'false'])
      .default(def)
      .transform((value) => value === 'true');

  const ttlIssues = (value: string, ctx: RefinementCtx) => {
    if (value === '') throw badRequest('Invalid date format string: ');
    const length = parseTtl(value);
    // An unreadable TTL is NaN here and passes both (contract: KMS §0.1).
    if (length < MIN_TTL)
      ctx.addIssue({
        code: 'custom',
        message: 'TTL must be a greater than 1min',
      });
    if (length > MAX_TTL)
      ctx.addIssue({
        code: 'custom',
        message: 'TTL must be less than 10 years',
      });
  };
  const ttl = z.string().superRefine(ttlIssues);
  /** On leases an empty text means "not given". */
  const optionalTtl = z
    .string()
    .optional()
    .superRefine((value, ctx) => {
      if (value) ttlIssues(value, ctx);
    });

  return { slug, secretPath, booleanText, ttl, optionalTtl };
}

export type SharedSchemas = ReturnType<typeof sharedSchemas>;

/** Lower-case letters and digits in groups joined by single hyphens. */
export function isSlug(text: string): boolean {
  return /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(text);
}

export function removeTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Milliseconds of a TTL text; NaN for what cannot be read. */
export function parseTtl(text: string): number {
  try {
    return ms(text as StringValue) ?? NaN;
  } catch {
    return NaN;
  }
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
