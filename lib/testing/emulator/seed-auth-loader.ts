import { randomUUID } from 'node:crypto';
import type { EmulatorContext } from './context.js';
import { badSeed } from './seed-error.js';
import { policyOf } from './seed-auth-schema.js';
import type { ParsedSeed } from './seed-schema.js';
import type { AuthMethods, UniversalAuth } from './state/auth-models.js';
import type { Identity, Organization } from './state/models.js';
import type { Store } from './state/store.js';

type SeedIdentity = ParsedSeed['identities'][number];

export function loadSubOrganizations(store: Store, seed: ParsedSeed): void {
  const root = store.organization;
  seed.subOrganizations.forEach(({ slug, name = slug }, index) => {
    const known = [root, ...store.subOrganizations];
    if (known.some((one) => one.slug === slug)) {
      throw badSeed(
        `seed.subOrganizations.${index}.slug: "${slug}" is used twice`,
      );
    }
    store.subOrganizations.push({ id: randomUUID(), slug, name, root });
  });
}

/** The organization with a slug, the root without one. */
export function seededOrganization(
  store: Store,
  slug: string | undefined,
  at: string,
): Organization {
  if (slug === undefined) return store.organization;
  const found = store.subOrganizations.find((one) => one.slug === slug);
  if (found) return found;
  throw badSeed(`${at}: no sub-organization "${slug}"`);
}

/** What an identity is in its organization. */
export function seededMembership(
  store: Store,
  seed: SeedIdentity,
  at: string,
): Pick<
  Identity,
  'organization' | 'subOrganizations' | 'membership' | 'organizationRole'
> {
  const administers = seed.projects.some(({ role }) => role === 'admin');
  return {
    organization: seededOrganization(
      store,
      seed.organization,
      `${at}.organization`,
    ),
    subOrganizations: new Set(
      seed.subOrganizations.map(
        (slug, index) =>
          seededOrganization(store, slug, `${at}.subOrganizations.${index}`).id,
      ),
    ),
    membership: 'active',
    organizationRole:
      seed.organizationRole ?? (administers ? 'admin' : 'member'),
  };
}

export function seededAuthMethods(
  store: Store,
  seed: SeedIdentity,
  at: string,
): AuthMethods {
  const { oidcAuth, tokenAuth, awsAuth, gcpAuth, azureAuth } = seed;
  const { kubernetesAuth, jwtAuth, ldapAuth, ociAuth, aliCloudAuth } = seed;
  const { tlsCertAuth, spiffeAuth } = seed;
  return {
    universalAuth: seed.universalAuth && universalAuth(store, seed, at),
    tokenAuth: tokenAuth && policyOf(tokenAuth),
    awsAuth: awsAuth && policyOf(awsAuth),
    gcpAuth: gcpAuth && policyOf(gcpAuth),
    azureAuth: azureAuth && policyOf(azureAuth),
    kubernetesAuth: kubernetesAuth && policyOf(kubernetesAuth),
    oidcAuth: oidcAuth && {
      ...policyOf(oidcAuth),
      boundIssuer: oidcAuth.boundIssuer ?? oidcAuth.oidcDiscoveryUrl,
    },
    jwtAuth: jwtAuth && policyOf(jwtAuth),
    ldapAuth: ldapAuth && policyOf(ldapAuth),
    ociAuth: ociAuth && policyOf(ociAuth),
    aliCloudAuth: aliCloudAuth && policyOf(aliCloudAuth),
    tlsCertAuth: tlsCertAuth && {
      ...policyOf(tlsCertAuth),
      caCertificate: tlsCertAuth.caCertificate,
    },
    spiffeAuth: spiffeAuth && policyOf(spiffeAuth),
  };
}

function universalAuth(
  store: Store,
  { universalAuth: auth }: SeedIdentity,
  at: string,
): UniversalAuth | undefined {
  if (!auth) return undefined;
  const { clientSecret, clientSecretTTL, clientSecretNumUsesLimit, ...rest } =
    auth;
  const clientId = auth.clientId ?? randomUUID();
  if (store.identityByClientId(clientId)) {
    throw badSeed(`${at}.universalAuth.clientId: "${clientId}" is used twice`);
  }
  const now = store.clock.now();
  return {
    ...policyOf(rest),
    accessTokenPeriod: auth.accessTokenPeriod,
    clientId,
    clientSecretTrustedIps: auth.clientSecretTrustedIps,
    createdAt: now,
    updatedAt: now,
    clientSecrets: [
      {
        id: randomUUID(),
        secret: clientSecret,
        description: '',
        ttl: clientSecretTTL,
        numUsesLimit: clientSecretNumUsesLimit,
        createdAt: now,
        numUses: 0,
        isRevoked: false,
      },
    ],
  };
}

export function loadServiceTokens(
  { store, serviceTokens }: EmulatorContext,
  seed: ParsedSeed,
): void {
  seed.serviceTokens.forEach((token, index) => {
    const at = `seed.serviceTokens.${index}`;
    const project = store.projectBySlug(token.project);
    if (!project) {
      throw badSeed(`${at}.project: no project "${token.project}"`);
    }
    const id = token.id ?? randomUUID();
    if (serviceTokens.has(id)) throw badSeed(`${at}.id: "${id}" is used twice`);
    const { name, secret, scopes, permissions, expiresIn } = token;
    const now = store.clock.now();
    serviceTokens.add({
      id,
      name,
      secret,
      project,
      scopes,
      permissions,
      createdAt: now,
      expiresAt: expiresIn === undefined ? undefined : now + expiresIn * 1000,
      lastUsedAt: undefined,
    });
  });
}
