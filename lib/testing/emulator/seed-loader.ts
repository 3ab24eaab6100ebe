import { randomUUID } from 'node:crypto';
import { BUILT_IN_ROLES, isBuiltIn, type Role } from './access/roles.js';
import type { EmulatorContext } from './context.js';
import { removeTrailingSlash } from './http/schemas.js';
import { importMaterial } from './kms/key-material.js';
import { loadDynamicSecrets } from './seed-dynamic-loader.js';
import { badSeed } from './seed-error.js';
import {
  loadServiceTokens,
  loadSubOrganizations,
  seededAuthMethods,
  seededMembership,
  seededOrganization,
} from './seed-auth-loader.js';
import { emptyContent } from './secrets/secret-content.js';
import {
  type Environment,
  type Identity,
  type Project,
  Secret,
  type Tag,
} from './state/models.js';
import type { Store } from './state/store.js';
import type { ParsedSeed } from './seed-schema.js';
import { loadProjectExtras } from './seed-secrets-loader.js';

type SeedProject = ParsedSeed['projects'][number];
type SeedIdentity = ParsedSeed['identities'][number];

/** Fills a fresh emulator from its seed. */
export function loadSeed(context: EmulatorContext, seed: ParsedSeed): void {
  loadSubOrganizations(context.store, seed);
  seed.projects.forEach((project, index) =>
    loadProject(context, project, `seed.projects.${index}`),
  );
  seed.identities.forEach((identity, index) =>
    loadIdentity(context, identity, `seed.identities.${index}`),
  );
  seed.users.forEach((user, index) =>
    loadUser(context, user, `seed.users.${index}`),
  );
  loadServiceTokens(context, seed);
}

function loadProject(
  context: EmulatorContext,
  seed: SeedProject,
  at: string,
): void {
  const { store } = context;
  if (store.projectBySlug(seed.slug)) {
    throw badSeed(`${at}.slug: "${seed.slug}" is used twice`);
  }
  const now = store.now();
  const project = store.addProject(
    {
      id: seed.id,
      slug: seed.slug,
      name: seed.name ?? seed.slug,
      description: seed.description,
      type: seed.type,
      hasDeleteProtection: seed.hasDeleteProtection,
    },
    seededOrganization(store, seed.organization, `${at}.organization`),
  );
  for (const one of seed.environments) {
    const { slug, name } =
      typeof one === 'string' ? { slug: one, name: one } : one;
    if (project.environment(slug)) {
      throw badSeed(`${at}.environments: "${slug}" is used twice`);
    }
    project.addEnvironment(slug, name, now);
  }
  for (const { slug, permissions } of seed.roles) {
    if (project.roles.has(slug)) {
      throw badSeed(`${at}.roles: "${slug}" is used twice`);
    }
    project.roles.set(slug, permissions);
  }
  loadProjectExtras(context, project, seed, at);
  seed.folders.forEach(({ environment, path, description = null }, index) => {
    const where = `${at}.folders.${index}`;
    const folder = known(project, environment, where).ensureFolder(path, now);
    folder.description = description;
  });
  seed.secrets.forEach(({ environment, path, values }, index) => {
    const where = `${at}.secrets.${index}`;
    const folder = known(project, environment, where).ensureFolder(path, now);
    for (const [key, one] of Object.entries(values)) {
      const tags = one.tags.map((slug) =>
        tagOf(project, slug, `${where}.values.${key}.tags`),
      );
      const content = { ...emptyContent(), ...one, key, tags };
      folder.secrets.set(key, new Secret(folder, content, now));
    }
  });
  seed.imports.forEach(({ environment, path, from }, index) => {
    const where = `${at}.imports.${index}`;
    const folder = known(project, environment, where).ensureFolder(path, now);
    folder.imports.push({
      id: randomUUID(),
      folder,
      environment: known(project, from.environment, `${where}.from`),
      path: removeTrailingSlash(from.path),
      isReplication: false,
      createdAt: now,
      updatedAt: now,
    });
  });
  loadDynamicSecrets(context, project, seed.dynamicSecrets, at);
  seed.kmsKeys.forEach((key, index) =>
    loadKey(context, project, key, `${at}.kmsKeys.${index}`),
  );
}

function loadKey(
  { kmsKeys }: EmulatorContext,
  project: Project,
  { material, ...key }: SeedProject['kmsKeys'][number],
  at: string,
): void {
  if (key.id && kmsKeys.byId(key.id)) {
    throw badSeed(`${at}.id: "${key.id}" is used twice`);
  }
  try {
    const versions = material?.map((text) =>
      importMaterial(key.algorithm, Buffer.from(text, 'base64')),
    );
    const [first] = versions ?? [];
    kmsKeys.create(project, {
      ...key,
      material: Buffer.isBuffer(first) ? (versions as Buffer[]) : first,
    });
  } catch (error) {
    throw badSeed(`${at}.material: ${(error as Error).message}`);
  }
}

function tagOf(project: Project, slug: string, at: string): Tag {
  const tag = project.tags.find((one) => one.slug === slug);
  if (tag) return tag;
  throw badSeed(`${at}: project "${project.slug}" has no tag "${slug}"`);
}

function loadIdentity(
  { store }: EmulatorContext,
  seed: SeedIdentity,
  at: string,
): void {
  const id = seed.id ?? randomUUID();
  if (store.identities.has(id))
    throw badSeed(`${at}.id: "${id}" is used twice`);
  store.identities.set(id, {
    id,
    name: seed.name,
    ...seededMembership(store, seed, at),
    ...seededAuthMethods(store, seed, at),
    roles: rolesOf(store, seed.projects, at),
  });
}

function loadUser(
  { store }: EmulatorContext,
  seed: ParsedSeed['users'][number],
  at: string,
): void {
  const { email, id = randomUUID() } = seed;
  if (store.userByEmail(email))
    throw badSeed(`${at}.email: "${email}" is used twice`);
  if (store.users.has(id)) throw badSeed(`${at}.id: "${id}" is used twice`);
  store.users.set(id, {
    id,
    email,
    name: email,
    roles: rolesOf(store, seed.projects, at),
    organization: store.organization,
    subOrganizations: new Set(),
    membership: 'active',
    organizationRole: 'member',
  });
}

/** Role by project id. */
function rolesOf(
  store: Store,
  memberships: SeedIdentity['projects'],
  at: string,
): Identity['roles'] {
  return new Map(
    memberships.map((membership, index) => {
      const { slug } = membership;
      const project = store.projectBySlug(slug);
      if (!project) {
        throw badSeed(`${at}.projects.${index}.slug: no project "${slug}"`);
      }
      return [
        project.id,
        roleOf(project, membership, `${at}.projects.${index}`),
      ];
    }),
  );
}

function roleOf(
  project: Project,
  { role, permissions }: SeedIdentity['projects'][number],
  at: string,
): Role {
  const rules = isBuiltIn(role)
    ? BUILT_IN_ROLES[role]
    : project.roles.get(role);
  if (!rules) {
    throw badSeed(
      `${at}.role: project "${project.slug}" has no role "${role}"`,
    );
  }
  if (isBuiltIn(role) && permissions.length === 0) return role;
  return { slug: role, rules, ownRules: permissions };
}

function known(project: Project, slug: string, at: string): Environment {
  const environment = project.environment(slug);
  if (!environment) {
    throw badSeed(
      `${at}.environment: project "${project.slug}" has no environment "${slug}"`,
    );
  }
  return environment;
}
