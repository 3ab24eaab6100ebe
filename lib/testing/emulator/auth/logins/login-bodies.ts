import type { ZodRawShape } from 'zod/v3';
import type { EmulatorContext } from '../../context.js';

/** The bodies of the logins (contract: auth §2.1). */
export function loginBodies({ z, schemas, generation }: EmulatorContext) {
  const text = z.string().trim();
  // Each generation drops the other's name for the sub-organization.
  const organization = {
    organizationSlug:
      generation === 'gen2'
        ? schemas.slug().optional()
        : z.undefined().catch(undefined),
    subOrganizationName:
      generation === 'gen2' ? z.undefined().catch(undefined) : text.optional(),
  };
  const body = <F extends ZodRawShape>(fields: F) =>
    z.object(organization).extend({ identityId: text }).extend(fields);

  const ociHeaders = z
    .object({
      authorization: z.string(),
      host: z.string(),
      'x-date': z.string().optional(),
      date: z.string().optional(),
    })
    .superRefine((headers, ctx) => {
      if (headers.date || headers['x-date']) return;
      // The path comes out with the field's own name twice (auth §2.1).
      ctx.addIssue({
        code: 'custom',
        message: 'Either date or x-date must be provided',
        path: ['headers', 'date'],
      });
    });

  return {
    organization,
    aws: body({
      iamHttpRequestMethod: z.string().default('POST'),
      iamRequestBody: z.string(),
      iamRequestHeaders: z.string(),
    }),
    /** The JWT is taken as it is. */
    rawJwt: body({ jwt: z.string() }),
    trimmedJwt: body({ jwt: text }),
    ldap: body({
      identityId: text.uuid('Identity ID must be a valid UUID'),
      username: text.min(1, 'Username is required'),
      password: text.min(1, 'Password is required'),
    }),
    oci: body({ userOcid: text, headers: ociHeaders }),
    aliCloud: body({
      Action: z.literal('GetCallerIdentity'),
      Format: z.literal('JSON'),
      Version: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
      AccessKeyId: z.string().regex(/^[A-Za-z0-9]+$/),
      SignatureMethod: z.literal('HMAC-SHA1'),
      Timestamp: z.string().datetime(),
      SignatureVersion: z.literal('1.0'),
      SignatureNonce: z.string().regex(/^[a-zA-Z0-9_.-]+$/),
      Signature: z.string().regex(/^[A-Za-z0-9+/=]+$/),
    }),
    tlsCert: body({}),
  };
}
