import { randomUUID } from 'node:crypto';
import type { EmulatorContext } from './context.js';
import { badSeed } from './seed-error.js';
import type { ParsedSeed } from './seed-schema.js';
import type { Environment, Project } from './state/models.js';

type SeedProject = ParsedSeed['projects'][number];

/** Tags, policies, shares and webhooks of a project whose places exist. */
export function loadProjectExtras(
  { store, webhooks }: EmulatorContext,
  project: Project,
  seed: SeedProject,
  at: string,
): void {
  const now = store.now();
  const environment = (slug: string, where: string): Environment => {
    const found = project.environment(slug);
    if (found) return found;
    throw badSeed(
      `${at}.${where}.environment: project "${project.slug}" has no environment "${slug}"`,
    );
  };
  project.enforcesEncryptedMetadata = seed.enforceEncryptedMetadata;
  seed.tags.forEach(({ slug, color }, index) => {
    if (project.tags.some((tag) => tag.slug === slug)) {
      throw badSeed(`${at}.tags.${index}.slug: "${slug}" is used twice`);
    }
    project.tags.push({
      id: randomUUID(),
      slug,
      color,
      createdAt: now,
      updatedAt: now,
      createdBy: store.organization.id,
      createdByActorType: 'user',
    });
  });
  seed.approvalPolicies.forEach((policy, index) => {
    environment(policy.environment, `approvalPolicies.${index}`);
    project.approvalPolicies.push({ id: randomUUID(), ...policy });
  });
  seed.sharedFolders.forEach((shared, index) => {
    environment(shared.environment, `sharedFolders.${index}`);
    project.sharedFolders.push(shared);
  });
  seed.webhooks.forEach((webhook, index) => {
    webhooks.add({
      id: randomUUID(),
      environment: environment(webhook.environment, `webhooks.${index}`),
      secretPath: webhook.secretPath,
      type: 'general',
      url: webhook.url,
      secretKey: webhook.secretKey,
      createdAt: now,
      updatedAt: now,
      isDisabled: false,
      eventsFilter: [],
      lastStatus: null,
      lastRunErrorMessage: null,
    });
  });
}
