import { randomUUID } from 'node:crypto';
import { matchesGlob } from '../access/glob.js';
import type { Caller } from '../auth/auth-gate.js';
import type { Folder } from '../state/models.js';
import type { Store } from '../state/store.js';

/**
 * The answer in place of a write, when an approval policy covers the folder.
 * Only users are held to it (contract: secrets §2.5).
 */
export function approvalOf(store: Store, { user }: Caller, folder: Folder) {
  if (!user) return undefined;
  const { project, slug } = folder.environment;
  const policy = project.approvalPolicies.find(
    ({ environment, secretPath }) =>
      environment === slug && matchesGlob(folder.path, secretPath),
  );
  if (!policy) return undefined;
  const now = store.now().toISOString();
  return {
    id: randomUUID(),
    policyId: policy.id,
    hasMerged: false,
    status: 'open',
    conflicts: null,
    slug: `change-${randomUUID().slice(0, 8)}`,
    folderId: folder.id,
    bypassReason: null,
    createdAt: now,
    updatedAt: now,
    isReplicated: null,
    committerUserId: user.id,
    statusChangedByUserId: null,
  };
}
