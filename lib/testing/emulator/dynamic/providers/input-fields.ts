import type { Zod } from '../../packages.js';

/** Input fields that many types of provider share (dynamic secrets §2.4). */
export function inputFields(z: Zod) {
  const text = z.string().trim();
  const needed = text.min(1);
  const count = z.number().int().min(0);
  return {
    text,
    needed,
    host: text.toLowerCase(),
    port: z.number(),
    tls: {
      ca: z.string().optional(),
      sslRejectUnauthorized: z.boolean().optional().default(true),
    },
    gateway: {
      gatewayId: z.string().nullable().optional(),
      gatewayPoolId: z.string().nullable().optional(),
    },
    statements: {
      creationStatement: text,
      revocationStatement: text,
    },
    renewStatement: text.optional(),
    passwordRequirements: z
      .object({
        length: z.number().int().min(1).max(250),
        required: z
          .object({
            lowercase: count,
            uppercase: count,
            digits: count,
            symbols: count,
          })
          .refine(
            (required) => sum(required) <= 250,
            'Sum of required characters cannot exceed 250',
          ),
        allowedSymbols: z.string().optional(),
      })
      .refine(
        ({ required, length }) => sum(required) <= length,
        'Sum of required characters cannot exceed the total length',
      )
      .optional(),
  };
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
