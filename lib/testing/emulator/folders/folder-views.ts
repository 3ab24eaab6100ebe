import type { Folder } from '../state/models.js';

/** A folder as every route answers it (contract: secrets §4). */
export function folderView(folder: Folder) {
  return {
    id: folder.id,
    name: folder.name,
    version: folder.version,
    createdAt: folder.createdAt.toISOString(),
    updatedAt: folder.updatedAt.toISOString(),
    envId: folder.environment.id,
    parentId: folder.parent?.id ?? null,
    isReserved: false,
    description: folder.description,
    lastSecretModified: folder.lastSecretModified?.toISOString() ?? null,
  };
}
