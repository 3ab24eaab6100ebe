import type { EmulatorContext } from '../context.js';
import { removeTrailingSlash } from '../http/schemas.js';
import type { Router } from '../http/router.js';
import { type ImportPlace, ImportService } from './import-service.js';

/** Secret imports in v1 (`workspaceId`) and v2 (`projectId`). */
export function importRoutes(router: Router, context: EmulatorContext): void {
  const { z, store, access } = context;
  const imports = new ImportService(store, access);
  const text = z.string().trim();
  const path = text.default('/').transform(removeTrailingSlash);
  const sourcePath = text.transform(removeTrailingSlash);
  const params = z.object({ secretImportId: text });
  const answer = (done: string, secretImport: object) => ({
    message: `Successfully ${done} secret import`,
    secretImport,
  });

  for (const { version, key, secrets } of [
    { version: 'v1', key: 'workspaceId', secrets: 'secrets/raw' },
    { version: 'v2', key: 'projectId', secrets: 'secrets' },
  ]) {
    const url = `/api/${version}/secret-imports`;
    const place = { [key]: text, environment: text, path };
    const at = z.object(place).transform((given) => placeOf(given, key));
    const body = <S extends Parameters<typeof z.object>[0]>(more: S) =>
      z.intersection(at, z.object(more));

    router.any('POST', url, {
      body: body({
        import: z.object({ environment: text, path: sourcePath }),
        isReplication: z.boolean().default(false),
      }),
      handler: ({ caller, body: request }) =>
        answer('created', imports.create(caller, request)),
    });
    router.any('GET', url, {
      query: at,
      handler: ({ caller, query }) => ({
        message: 'Successfully fetched secret imports',
        secretImports: imports.list(caller, query),
      }),
    });
    // Literal segments win over an id.
    router.any('GET', `${url}/${secrets}`, {
      query: at,
      handler: ({ caller, query }) => ({
        secrets: imports.secrets(caller, query),
      }),
    });
    router.any('GET', `${url}/:secretImportId`, {
      params,
      handler: ({ caller, params: { secretImportId } }) => ({
        secretImport: imports.get(caller, secretImportId),
      }),
    });
    router.any('PATCH', `${url}/:secretImportId`, {
      params,
      body: body({
        import: z.object({
          environment: text.optional(),
          path: sourcePath.optional(),
          position: z.number().int().min(1).optional(),
        }),
      }),
      handler: ({ caller, params: { secretImportId }, body: request }) =>
        answer('updated', imports.update(caller, secretImportId, request)),
    });
    router.any('DELETE', `${url}/:secretImportId`, {
      params,
      body: at,
      handler: ({ caller, params: { secretImportId }, body: request }) =>
        answer('deleted', imports.delete(caller, secretImportId, request)),
    });
    router.user('POST', `${url}/:secretImportId/replication-resync`, {
      params,
      body: at,
      handler: ({ caller, params: { secretImportId }, body: request }) =>
        imports.resync(caller, secretImportId, request),
    });
  }
}

/** Each version has its own name for the project. */
function placeOf(given: Record<string, string>, key: string): ImportPlace {
  const { environment = '', path = '/', [key]: projectId = '' } = given;
  return { projectId, environment, path };
}
