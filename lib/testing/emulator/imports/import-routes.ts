import { randomUUID } from 'node:crypto';
import type { Caller } from '../auth/auth-gate.js';
import type { EmulatorContext } from '../context.js';
import { badRequest, notFound } from '../http/api-error.js';
import { removeTrailingSlash } from '../http/schemas.js';
import type { Router } from '../http/router.js';
import { environmentRef } from '../projects/project-views.js';
import { assertPath } from '../secrets/secret-locator.js';
import type { Folder, SecretImport } from '../state/models.js';

interface Place {
  readonly projectId: string;
  readonly environment: string;
  readonly path: string;
}

const SUBJECT = 'secret-imports';

/** Secret imports in v1 (`workspaceId`) and v2 (`projectId`). */
export function importRoutes(router: Router, context: EmulatorContext): void {
  const { z, store, access } = context;
  const path = z.string().trim().default('/').transform(removeTrailingSlash);
  const place = { environment: z.string().trim(), path };
  const source = z.object({
    environment: z.string().trim(),
    path: z.string().trim().transform(removeTrailingSlash),
  });
  const id = z.object({ secretImportId: z.string().trim() });

  const folderAt = (caller: Caller, at: Place, action: string): Folder => {
    const project = access.projectById(caller, at.projectId);
    access.require(caller, project, action, SUBJECT, {
      environment: at.environment,
      secretPath: at.path,
    });
    assertPath(at.path);
    const folder = project.environment(at.environment)?.folder(at.path);
    if (folder) return folder;
    throw notFound(
      `Folder with path '${at.path}' in environment with slug '${at.environment}' not found`,
    );
  };

  const create = (
    caller: Caller,
    at: Place & {
      import: { environment: string; path: string };
      isReplication: boolean;
    },
  ) => {
    const folder = folderAt(caller, at, 'create');
    const { project } = folder.environment;
    if (at.isReplication) {
      throw badRequest('Replicated imports are not emulated yet');
    }
    const environment = project.environment(at.import.environment);
    if (!environment) throw notFound();
    access.require(caller, project, 'describeSecret', 'secrets', {
      environment: at.import.environment,
      secretPath: at.import.path,
    });
    const target = environment.folder(at.import.path);
    if (target?.imports.some((one) => leadsTo(one, folder))) {
      throw badRequest('Cyclic import not allowed');
    }
    const now = store.now();
    const created: SecretImport = {
      id: randomUUID(),
      folder,
      environment,
      // A path that does not exist (yet) is accepted.
      path: at.import.path,
      isReplication: false,
      createdAt: now,
      updatedAt: now,
    };
    folder.imports.push(created);
    return {
      message: 'Successfully created secret import',
      secretImport: importView(created),
    };
  };
  const list = (caller: Caller, at: Place) => ({
    message: 'Successfully fetched secret imports',
    secretImports: folderAt(caller, at, 'read').imports.map(importView),
  });
  const remove = (caller: Caller, importId: string, at: Place) => {
    const { imports } = folderAt(caller, at, 'delete');
    const index = imports.findIndex((one) => one.id === importId);
    const found = imports[index];
    if (!found) {
      throw notFound(`Secret import with folder ID '${importId}' not found`);
    }
    const view = importView(found);
    imports.splice(index, 1);
    return {
      message: 'Successfully deleted secret import',
      secretImport: view,
    };
  };

  const createBody = {
    ...place,
    import: source,
    isReplication: z.boolean().default(false),
  };
  const v2 = { projectId: z.string().trim() };
  router.identity('POST', '/api/v2/secret-imports', {
    body: z.object({ ...v2, ...createBody }),
    handler: ({ caller, body }) => create(caller, body),
  });
  router.identity('GET', '/api/v2/secret-imports', {
    query: z.object({ ...v2, ...place }),
    handler: ({ caller, query }) => list(caller, query),
  });
  router.identity('DELETE', '/api/v2/secret-imports/:secretImportId', {
    params: id,
    body: z.object({ ...v2, ...place }),
    handler: ({ caller, params, body }) =>
      remove(caller, params.secretImportId, body),
  });

  const v1 = { workspaceId: z.string().trim() };
  const renamed = <T extends { workspaceId: string }>(at: T) => ({
    ...at,
    projectId: at.workspaceId,
  });
  router.identity('POST', '/api/v1/secret-imports', {
    body: z.object({ ...v1, ...createBody }),
    handler: ({ caller, body }) => create(caller, renamed(body)),
  });
  router.identity('GET', '/api/v1/secret-imports', {
    query: z.object({ ...v1, ...place }),
    handler: ({ caller, query }) => list(caller, renamed(query)),
  });
  router.identity('DELETE', '/api/v1/secret-imports/:secretImportId', {
    params: id,
    body: z.object({ ...v1, ...place }),
    handler: ({ caller, params, body }) =>
      remove(caller, params.secretImportId, renamed(body)),
  });
}

function leadsTo({ environment, path }: SecretImport, folder: Folder): boolean {
  return environment.folder(path) === folder;
}

/** An import as it is answered; positions count from 1. */
function importView(one: SecretImport) {
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
