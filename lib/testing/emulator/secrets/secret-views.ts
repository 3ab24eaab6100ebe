import type { PermissionTarget } from '../access/permission-rules.js';
import type { Folder, Secret, SecretVersion, Tag } from '../state/models.js';

/**
 * The item that is common to all secret answers (contract: secrets §2.5).
 * `workspace` is the project id.
 */
export function rawView(
  secret: Secret,
  value: string,
  version: SecretVersion = secret.current,
) {
  const { folder } = secret;
  const createdAt = secret.createdAt.toISOString();
  return {
    id: secret.id,
    _id: secret.id,
    workspace: folder.environment.project.id,
    environment: folder.environment.slug,
    version: version.version,
    type: secret.owner === undefined ? 'shared' : 'personal',
    secretKey: version.key,
    secretValue: value,
    secretComment: version.comment,
    secretReminderNote: version.reminderNote,
    secretReminderRepeatDays: version.reminderRepeatDays,
    skipMultilineEncoding: version.skipMultilineEncoding,
    createdAt,
    // Often the same moment; long lists feel it.
    updatedAt:
      version.updatedAt === secret.createdAt
        ? createdAt
        : version.updatedAt.toISOString(),
    isRotatedSecret: false,
    rotationId: null,
  };
}

/** An imported secret of a list: fewer fields, and no project id. */
export function importedView(secret: Secret, value: string, hidden: boolean) {
  const { createdAt, updatedAt, ...view } = rawView(secret, value);
  void createdAt;
  void updatedAt;
  return {
    ...view,
    workspace: '',
    secretValueHidden: hidden,
    secretMetadata: secret.current.metadata,
  };
}

/** A tag as secrets show it; its name is its slug. */
export function tagRef({ id, slug, color }: Tag) {
  return { id, slug, color, name: slug };
}

/** The tags of a secret that still exist. */
export function tagsOf(
  { folder, current }: Secret,
  version: SecretVersion = current,
): Tag[] {
  const { tags } = folder.environment.project;
  return version.tags.filter((tag) => tags.includes(tag));
}

/** The secret as the conditions of a permission see it. */
export function targetOf(secret: Secret): PermissionTarget {
  const { folder, current } = secret;
  return {
    environment: folder.environment.slug,
    secretPath: folder.path,
    secretName: current.key,
    secretTags: tagsOf(secret).map(({ slug }) => slug),
  };
}

export function pathOf(folder: Folder): { secretPath: string } {
  return { secretPath: folder.path };
}
