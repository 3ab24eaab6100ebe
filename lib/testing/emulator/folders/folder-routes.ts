import type { EmulatorContext } from '../context.js';
import { removeTrailingSlash } from '../http/schemas.js';
import type { Router } from '../http/router.js';
import { FolderService } from './folder-service.js';

/** Folders in v1 (`workspaceId`) and v2 (`projectId`). */
export function folderRoutes(router: Router, context: EmulatorContext): void {
  const { z, store, access } = context;
  const folders = new FolderService(store, access);
  const text = z.string().trim();
  // Unlike on the secrets routes, a leading slash is added.
  const anyPath = text.transform((path) =>
    removeTrailingSlash(path.startsWith('/') ? path : `/${path}`),
  );
  const path = text.default('/').pipe(anyPath);
  const name = text.regex(/^[A-Za-z0-9_-]+$/, {
    message:
      'Invalid folder name. Only alphanumeric characters, dashes, and underscores are allowed.',
  });
  const description = text.nullable().optional();
  const recursive = z
    .string()
    .optional()
    .transform((flag) => !['false', '0', '', undefined].includes(flag));
  const filters = {
    recursive,
    lastSecretModified: z.string().datetime().optional(),
  };
  const id = z.object({ id: text });
  const environment = text;

  const v1Place = { workspaceId: text, environment };
  const v1Paths = {
    path: text.optional(),
    directory: text.optional(),
  };
  /** v1 still knows the path by its old name. */
  const v1 = (at: {
    workspaceId: string;
    environment: string;
    path?: string;
    directory?: string;
  }) => ({
    projectId: at.workspaceId,
    environment: at.environment,
    path: anyPath.parse(at.path ?? at.directory ?? '/'),
  });

  router.any('POST', '/api/v1/folders', {
    body: z.object({ ...v1Place, ...v1Paths, name, description }),
    handler: ({ caller, body }) => ({
      folder: folders.create(caller, { ...body, ...v1(body) }),
    }),
  });
  router.any('GET', '/api/v1/folders', {
    query: z.object({ ...v1Place, ...v1Paths, ...filters }),
    handler: ({ caller, query }) => ({
      folders: folders.list(caller, { ...query, ...v1(query) }),
    }),
  });
  router.any('PATCH', '/api/v1/folders/:id', {
    params: id,
    body: z.object({ ...v1Place, ...v1Paths, name, description }),
    handler: ({ caller, params, body }) => ({
      folder: folders.update(caller, params.id, { ...body, ...v1(body) }),
    }),
  });
  router.any('DELETE', '/api/v1/folders/:id', {
    params: id,
    body: z.object({ ...v1Place, ...v1Paths }),
    handler: ({ caller, params, body }) => ({
      folder: folders.delete(caller, params.id, { ...v1(body), force: true }),
    }),
  });

  const v2Place = { projectId: text, environment, path };
  router.any('POST', '/api/v2/folders', {
    body: z.object({ ...v2Place, name, description }),
    handler: ({ caller, body }) => ({ folder: folders.create(caller, body) }),
  });
  router.any('GET', '/api/v2/folders', {
    // The list, and only the list, needs the path.
    query: z.object({ ...v2Place, path: anyPath, ...filters }),
    handler: ({ caller, query }) => ({ folders: folders.list(caller, query) }),
  });
  router.any('PATCH', '/api/v2/folders/:id', {
    params: id,
    body: z.object({ ...v2Place, name, description }),
    handler: ({ caller, params, body }) => ({
      folder: folders.update(caller, params.id, body),
    }),
  });
  router.any('DELETE', '/api/v2/folders/:id', {
    params: id,
    body: z.object({ ...v2Place, forceDelete: z.boolean().default(false) }),
    handler: ({ caller, params, body }) => ({
      folder: folders.delete(caller, params.id, {
        ...body,
        force: body.forceDelete,
      }),
    }),
  });

  // The literal segment wins over an id.
  const batch = z
    .object({ id: text, environment, name, path, description })
    .array()
    .min(1);
  router.any('PATCH', '/api/v1/folders/batch', {
    body: z.object({ projectSlug: text, folders: batch }),
    handler: ({ caller, body }) => {
      const project = access.projectBySlug(caller, body.projectSlug);
      return { folders: folders.updateMany(caller, project, body.folders) };
    },
  });
  router.any('PATCH', '/api/v2/folders/batch', {
    body: z.object({ projectId: text, folders: batch }),
    handler: ({ caller, body }) => {
      const project = access.projectById(caller, body.projectId);
      return { folders: folders.updateMany(caller, project, body.folders) };
    },
  });

  for (const version of ['v1', 'v2']) {
    router.any('GET', `/api/${version}/folders/:id`, {
      params: id,
      handler: ({ caller, params }) => ({
        folder: folders.get(caller, params.id),
      }),
    });
  }
}
