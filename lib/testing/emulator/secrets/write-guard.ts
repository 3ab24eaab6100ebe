import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { badRequest } from '../http/api-error.js';
import type { Folder } from '../state/models.js';
import { referencedSecrets } from './references.js';
import type { SecretChange } from './secret-content.js';
import { findTags } from './secret-mutations.js';
import { targetOf } from './secret-views.js';

/** Checks what a write says about a secret, before anything is written. */
export function assertChange(
  access: AccessControl,
  caller: Caller,
  folder: Folder,
  change: SecretChange,
): void {
  const { project } = folder.environment;
  findTags(folder, change.tagIds ?? []);
  if (
    project.enforcesEncryptedMetadata &&
    change.secretMetadata?.some(({ isEncrypted }) => !isEncrypted)
  ) {
    throw badRequest(
      'Secret metadata must be encrypted: the project enforces encrypted secret metadata',
    );
  }
  // What is referred to may be missing, but if it is there the caller must be
  // allowed to know of it (contract: secrets §2.10).
  for (const found of referencedSecrets(change.secretValue ?? '', folder)) {
    const target = targetOf(found);
    access.require(caller, project, 'describeSecret', 'secrets', target);
  }
}
