import type { ServiceToken } from './auth/service-tokens.js';
import type {
  EmulatorSeedAuthMethods,
  EmulatorSeedServiceToken,
  EmulatorSeedUniversalAuth,
} from './seed-auth.js';
import { exportMemberships } from './seed-export-parts.js';
import type { EmulatorSeedIdentity } from './seed.js';
import { METHOD_FIELDS, type UniversalAuth } from './state/auth-models.js';
import type { Identity } from './state/models.js';
import type { Store } from './state/store.js';

/** What a method has that a seed does not say. */
const NOT_SEEDED = ['id', 'accessTokenPeriod'];

export function exportIdentity(
  store: Store,
  identity: Identity,
): EmulatorSeedIdentity {
  const { id, name, organization, organizationRole } = identity;
  const slugs = store.subOrganizations
    .filter((one) => identity.subOrganizations.has(one.id))
    .map(({ slug }) => slug);
  return {
    id,
    name,
    projects: exportMemberships(store, identity),
    ...(organization.root && { organization: organization.slug }),
    subOrganizations: slugs,
    organizationRole,
    ...exportMethods(identity),
  };
}

export function exportServiceToken(
  token: ServiceToken,
  now: number,
): EmulatorSeedServiceToken {
  const { id, secret, name, project, scopes, permissions, expiresAt } = token;
  return {
    id,
    secret,
    name,
    project: project.slug,
    scopes: scopes.map((scope) => ({ ...scope })),
    permissions: [...permissions],
    ...(expiresAt !== undefined && {
      expiresIn: Math.max(1, Math.ceil((expiresAt - now) / 1000)),
    }),
  };
}

function exportMethods(identity: Identity): EmulatorSeedAuthMethods {
  const methods = Object.values(METHOD_FIELDS).flatMap((field) => {
    const method = identity[field];
    if (!method) return [];
    const exported =
      field === 'universalAuth'
        ? exportUniversalAuth(method as UniversalAuth)
        : defined(method, NOT_SEEDED);
    return exported ? [[field, exported] as const] : [];
  });
  return Object.fromEntries(methods);
}

/** With the first client secret that is good; a seed has one only. */
function exportUniversalAuth(
  auth: UniversalAuth,
): EmulatorSeedUniversalAuth | undefined {
  const secret = auth.clientSecrets.find(({ isRevoked }) => !isRevoked);
  if (!secret) return undefined;
  const left = ['id', 'clientSecrets', 'createdAt', 'updatedAt'];
  return {
    ...(defined(auth, left) as Partial<EmulatorSeedUniversalAuth>),
    clientSecret: secret.secret,
    clientSecretTTL: secret.ttl,
    clientSecretNumUsesLimit: secret.numUsesLimit,
  };
}

/** A copy without some keys and without what is undefined. */
function defined(value: object, left: readonly string[]): object {
  const entries = Object.entries(value).filter(
    ([key, one]) => one !== undefined && !left.includes(key),
  );
  return structuredClone(Object.fromEntries(entries));
}
