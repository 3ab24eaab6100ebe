import { environmentRef } from '../projects/project-views.js';
import type { SecretImport } from '../state/models.js';

/** An import as it is answered; positions count from 1. */
export function importView(one: SecretImport) {
  return {
    id: one.id,
    version: 1,
    importPath: one.path,
    importEnv: environmentRef(one.environment),
    position: one.folder.imports.indexOf(one) + 1,
    createdAt: one.createdAt.toISOString(),
    updatedAt: one.updatedAt.toISOString(),
    folderId: one.folder.id,
    isReplication: one.isReplication,
    isReplicationSuccess: null,
    replicationStatus: null,
    lastReplicated: null,
    isReserved: false,
  };
}
