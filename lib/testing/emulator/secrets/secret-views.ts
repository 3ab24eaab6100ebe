import type { PermissionTarget } from '../access/permission-rules.js';
import type { Folder, Secret, SecretVersion } from '../state/models.js';

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
  return {
    id: secret.id,
    _id: secret.id,
    workspace: folder.environment.project.id,
    environment: folder.environment.slug,
    version: version.version,
    type: 'shared',
    secretKey: version.key,
    secretValue: value,
    secretComment: version.comment,
    secretReminderNote: version.reminderNote,
    secretReminderRepeatDays: version.reminderRepeatDays,
    skipMultilineEncoding: version.skipMultilineEncoding,
    createdAt: secret.createdAt.toISOString(),
    updatedAt: version.updatedAt.toISOString(),
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

/** The secret as the conditions of a permission see it. */
export function targetOf({ folder, current }: Secret): PermissionTarget {
  return {
    environment: folder.environment.slug,
    secretPath: folder.path,
    secretName: current.key,
    secretTags: [],
  };
}

export function pathOf(folder: Folder): { secretPath: string } {
  return { secretPath: folder.path };
}
