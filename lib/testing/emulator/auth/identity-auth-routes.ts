import type { EmulatorContext } from '../context.js';
import { badRequest } from '../http/api-error.js';
import type { Router } from '../http/router.js';
import { administered } from './organization-access.js';
import {
  UniversalAuthAdmin,
  universalAuthView,
} from './universal-auth-admin.js';

const UNIVERSAL = '/api/v1/auth/universal-auth/identities/:identityId';
const MAX_SECONDS = 315_360_000;

/** The auth methods of an identity, for administrators (auth §2.5). */
export function identityAuthRoutes(
  router: Router,
  context: EmulatorContext,
): void {
  const { z, store, tokens } = context;
  const admin = new UniversalAuthAdmin(store, tokens, context.ipAllowlisting);
  const params = z.object({ identityId: z.string().trim() });
  const fields = universalAuthFields(context);

  router.member('POST', UNIVERSAL, {
    params,
    body: z
      .object({
        clientSecretTrustedIps: fields.ips.default(fields.everywhere),
        accessTokenTrustedIps: fields.ips.default(fields.everywhere),
        accessTokenTTL: fields.seconds.default(2_592_000),
        accessTokenMaxTTL: fields.seconds.default(2_592_000),
        accessTokenNumUsesLimit: fields.count.default(0),
        accessTokenPeriod: fields.count.default(0),
        lockoutEnabled: z.boolean().default(true),
        lockoutThreshold: fields.threshold.default(3),
        lockoutDurationSeconds: fields.duration.default(300),
        lockoutCounterResetSeconds: fields.counterReset.default(30),
      })
      .refine(
        ({ accessTokenTTL, accessTokenMaxTTL }) =>
          accessTokenTTL <= accessTokenMaxTTL,
        'Access Token TTL cannot be greater than Access Token Max TTL.',
      ),
    handler: ({ caller, params: { identityId }, body }) => {
      const identity = administered(store, caller, identityId, 'create');
      const auth = admin.attach(identity, body);
      return { identityUniversalAuth: universalAuthView(identity, auth) };
    },
  });
  router.member('GET', UNIVERSAL, {
    params,
    handler: ({ caller, params: { identityId } }) => {
      const identity = administered(store, caller, identityId, 'read');
      const auth = admin.get(identity);
      return { identityUniversalAuth: universalAuthView(identity, auth) };
    },
  });
  router.member('PATCH', UNIVERSAL, {
    params,
    body: z.object({
      clientSecretTrustedIps: fields.ips.optional(),
      accessTokenTrustedIps: fields.ips.optional(),
      accessTokenTTL: fields.seconds.optional(),
      accessTokenMaxTTL: fields.seconds.optional(),
      accessTokenNumUsesLimit: fields.count.optional(),
      accessTokenPeriod: fields.count.max(MAX_SECONDS).optional(),
      lockoutEnabled: z.boolean().optional(),
      lockoutThreshold: fields.threshold.optional(),
      lockoutDurationSeconds: fields.duration.optional(),
      lockoutCounterResetSeconds: fields.counterReset.optional(),
    }),
    handler: ({ caller, params: { identityId }, body }) => {
      const identity = administered(store, caller, identityId, 'edit');
      const auth = admin.change(identity, body);
      return { identityUniversalAuth: universalAuthView(identity, auth) };
    },
  });
  router.member('DELETE', UNIVERSAL, {
    params,
    handler: ({ caller, params: { identityId } }) => {
      const identity = administered(store, caller, identityId, 'revoke-auth');
      const auth = admin.remove(identity);
      return { identityUniversalAuth: universalAuthView(identity, auth) };
    },
  });
  router.member('POST', `${UNIVERSAL}/client-secrets`, {
    params,
    body: z.object({
      description: z.string().trim().default(''),
      numUsesLimit: z.number().min(0).default(0),
      ttl: z.number().min(0).max(MAX_SECONDS).default(0),
    }),
    handler: ({ caller, params: { identityId }, body }) =>
      admin.addClientSecret(
        administered(store, caller, identityId, 'create-token'),
        body,
      ),
  });
}

/** Minting, which is the only way to a token of Token Auth (auth §2.1). */
export function tokenAuthRoutes(
  router: Router,
  { z, schemas, generation, store, tokens, scope }: EmulatorContext,
): void {
  const text = z.string().trim().optional();
  const dropped = z.undefined().catch(undefined);
  const isGen2 = generation === 'gen2';
  router.member(
    'POST',
    '/api/v1/auth/token-auth/identities/:identityId/tokens',
    {
      params: z.object({ identityId: z.string().trim() }),
      body: z.object({
        name: z.string().optional(),
        organizationSlug: isGen2 ? schemas.slug().optional() : dropped,
        subOrganizationName: isGen2 ? dropped : text,
      }),
      handler: ({ caller, params: { identityId }, body }) => {
        const action = 'create-token';
        const identity = administered(store, caller, identityId, action);
        const policy = identity.tokenAuth;
        if (!policy) throw badRequest('The identity does not have token auth');
        const organization = scope.resolve(identity, body);
        const method = 'token-auth';
        const grant = { identity, method, policy, organization } as const;
        const { id, answer } = tokens.issue(grant);
        const now = store.now().toISOString();
        return {
          ...answer,
          tokenData: {
            id,
            accessTokenTTL: policy.accessTokenTTL,
            accessTokenMaxTTL: policy.accessTokenMaxTTL,
            accessTokenNumUses: 0,
            accessTokenNumUsesLimit: policy.accessTokenNumUsesLimit,
            accessTokenLastUsedAt: null,
            accessTokenLastRenewedAt: null,
            isAccessTokenRevoked: false,
            identityId: identity.id,
            identityUAClientSecretId: null,
            name: body.name ?? null,
            authMethod: method,
            accessTokenPeriod: 0,
            subOrganizationId: organization.root ? organization.id : null,
            createdAt: now,
            updatedAt: now,
          },
        };
      },
    },
  );
}

function universalAuthFields({ z }: EmulatorContext) {
  const seconds = z.number().int().min(0).max(MAX_SECONDS);
  const everywhere = [{ ipAddress: '0.0.0.0/0' }, { ipAddress: '::/0' }];
  return {
    everywhere,
    seconds,
    ips: z.array(z.object({ ipAddress: z.string().trim() })).min(1),
    count: z.number().int().min(0),
    threshold: z.number().min(1).max(30),
    duration: z.number().min(30).max(86_400),
    counterReset: z.number().min(5).max(3600),
  };
}
