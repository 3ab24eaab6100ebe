import type { EmulatorContext } from './context.js';
import { exportDynamicSecrets } from './seed-dynamic-loader.js';
import { exportIdentity, exportServiceToken } from './seed-export-auth.js';
import { exportMemberships, without } from './seed-export-parts.js';
import type { EmulatorSeed, EmulatorSeedProject } from './seed.js';
import type { EmulatorSeedSecret } from './seed-secrets.js';
import type { Folder, Project, SecretVersion } from './state/models.js';

/** The state in the shape of a seed. */
export function exportState(context: EmulatorContext): EmulatorSeed {
  const { store, serviceTokens } = context;
  return {
    subOrganizations: store.subOrganizations.map(({ slug, name }) => ({
      slug,
      name,
    })),
    projects: [...store.projects.values()].map((project) =>
      exportProject(context, project),
    ),
    identities: [...store.identities.values()].map((identity) =>
      exportIdentity(store, identity),
    ),
    users: [...store.users.values()].map((user) => ({
      id: user.id,
      email: user.email,
      projects: exportMemberships(store, user),
    })),
    serviceTokens: serviceTokens
      .all()
      .map((token) => exportServiceToken(token, store.clock.now())),
  };
}

function exportProject(
  context: EmulatorContext,
  project: Project,
): EmulatorSeedProject {
  const folders = [...project.folders()];
  return {
    id: project.id,
    slug: project.slug,
    name: project.name,
    ...(project.description !== null && { description: project.description }),
    ...(project.organization.root && {
      organization: project.organization.slug,
    }),
    type: project.type,
    hasDeleteProtection: project.hasDeleteProtection,
    enforceEncryptedMetadata: project.enforcesEncryptedMetadata,
    environments: project.environments.map(({ slug, name }) => ({
      slug,
      name,
    })),
    roles: [...project.roles].map(([slug, permissions]) => ({
      slug,
      permissions: structuredClone(permissions) as EmulatorSeedRolePermissions,
    })),
    tags: project.tags.map(({ slug, color }) => ({ slug, color })),
    folders: folders.filter(({ parent }) => parent).map(exportFolder),
    secrets: folders.filter(({ secrets }) => secrets.size > 0).map(secretsOf),
    imports: folders.flatMap(importsOf),
    dynamicSecrets: folders.flatMap(exportDynamicSecrets),
    kmsKeys: context.kmsKeys.all(project).map((key) => key.toSeed()),
    approvalPolicies: project.approvalPolicies.map((one) => without(one, 'id')),
    sharedFolders: project.sharedFolders.map((one) => ({ ...one })),
    webhooks: context.webhooks
      .all()
      .filter(({ environment }) => environment.project === project)
      .map(({ environment, secretPath, url, secretKey }) => ({
        environment: environment.slug,
        secretPath,
        url,
        ...(secretKey !== undefined && { secretKey }),
      })),
  };
}

type EmulatorSeedRolePermissions = NonNullable<
  EmulatorSeedProject['roles']
>[number]['permissions'];

function exportFolder({ environment, path, description }: Folder) {
  return {
    environment: environment.slug,
    path,
    ...(description !== null && { description }),
  };
}

function secretsOf({ environment, path, secrets }: Folder) {
  return {
    environment: environment.slug,
    path,
    values: Object.fromEntries(
      [...secrets].map(([key, { current }]) => [key, exportSecret(current)]),
    ),
  };
}

/** Only the value, if there is nothing else to say. */
function exportSecret(current: SecretVersion): string | EmulatorSeedSecret {
  const { value, comment, skipMultilineEncoding, metadata, tags } = current;
  const more = {
    ...(comment && { comment }),
    ...(skipMultilineEncoding !== null && { skipMultilineEncoding }),
    ...(metadata.length > 0 && { metadata: structuredClone(metadata) }),
    ...(tags.length > 0 && { tags: tags.map(({ slug }) => slug) }),
  };
  return Object.keys(more).length > 0 ? { value, ...more } : value;
}

function importsOf({ environment, path, imports }: Folder) {
  return imports.map((one) => ({
    environment: environment.slug,
    path,
    from: { environment: one.environment.slug, path: one.path },
  }));
}
