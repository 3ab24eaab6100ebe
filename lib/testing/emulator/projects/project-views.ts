import type { Environment, Project } from '../state/models.js';

/** A project as it is answered (contract: secrets §8). */
export function projectView(project: Project) {
  return {
    id: project.id,
    _id: project.id,
    name: project.name,
    description: project.description,
    type: project.type,
    defaultProduct: null,
    slug: project.slug,
    autoCapitalization: false,
    orgId: project.organization.id,
    createdAt: project.createdAt.toISOString(),
    updatedAt: project.updatedAt.toISOString(),
    version: 3,
    upgradeStatus: null,
    pitVersionLimit: 10,
    kmsCertificateKeyId: null,
    auditLogsRetentionDays: null,
    hasDeleteProtection: project.hasDeleteProtection,
    secretSharing: true,
    showSnapshotsLegacy: false,
    secretDetectionIgnoreValues: null,
    enforceEncryptedSecretManagerSecretMetadata:
      project.enforcesEncryptedMetadata,
    environments: project.environments.map(environmentRef),
  };
}

export function environmentRef({ id, name, slug }: Environment) {
  return { id, name, slug };
}

export function environmentView(environment: Environment) {
  return {
    ...environmentRef(environment),
    position: environment.position,
    projectId: environment.project.id,
    createdAt: environment.createdAt.toISOString(),
    updatedAt: environment.updatedAt.toISOString(),
  };
}
