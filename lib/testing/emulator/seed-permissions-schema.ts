import type { ZodType } from 'zod/v3';
import type {
  FieldCondition,
  PermissionRule,
} from './access/permission-rules.js';
import { misnamed } from './access/permission-names.js';
import type { Zod } from './packages.js';

/** Schemas of the roles of a project and of memberships. */
export function permissionSchemas(z: Zod) {
  const texts = z.array(z.string());
  const condition: ZodType<FieldCondition> = z.lazy(() =>
    z.union([
      z.string(),
      z
        .object({
          $eq: z.string().optional(),
          $ne: z.string().optional(),
          $in: texts.optional(),
          $nin: texts.optional(),
          $all: texts.optional(),
          $glob: z.string().optional(),
          $elemMatch: z.record(condition).optional(),
        })
        .strict(),
    ]),
  );
  const words = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
  const permission: ZodType<PermissionRule> = z
    .object({
      action: words,
      subject: words,
      inverted: z.boolean().optional(),
      conditions: z
        .object({
          environment: condition.optional(),
          secretPath: condition.optional(),
          secretName: condition.optional(),
          secretTags: condition.optional(),
          metadata: condition.optional(),
        })
        .strict()
        .transform((fields) => fields as PermissionRule['conditions'])
        .optional(),
    })
    .strict()
    .superRefine(({ action, subject }, context) => {
      const message = misnamed([action].flat(), [subject].flat());
      if (message) context.addIssue({ code: 'custom', message });
    });

  const permissions = z.array(permission);
  const builtIn = ['admin', 'viewer', 'no-access'];
  const roles = z
    .array(
      z
        .object({
          slug: z
            .string()
            .min(1)
            .refine((slug) => !builtIn.includes(slug), 'is a built-in role'),
          permissions,
        })
        .strict(),
    )
    .default([]);
  const memberships = z.array(
    z
      .object({
        slug: z.string().min(1),
        role: z.string().min(1),
        permissions: permissions.default([]),
      })
      .strict(),
  );
  return { roles, memberships };
}
