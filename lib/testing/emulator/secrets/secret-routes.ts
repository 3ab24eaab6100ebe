import type { EmulatorContext } from '../context.js';
import { badRequest } from '../http/api-error.js';
import type { Router } from '../http/router.js';
import { type SecretDialect, v3Dialect, v4Dialect } from './dialect.js';
import { SecretBatch } from './secret-batch.js';
import { SecretLocator } from './secret-locator.js';
import { entityTag, SecretReader } from './secret-reader.js';
import { type SecretSchemas, secretSchemas } from './secret-schemas.js';
import { rawView } from './secret-views.js';
import { SecretWriter } from './secret-writer.js';

const NO_PLACE = 'Missing project id or environment';

/** The secrets API in both versions. */
export function secretRoutes(router: Router, context: EmulatorContext): void {
  const { z, schemas, store, access } = context;
  const locator = new SecretLocator(store, access);
  const reader = new SecretReader(store, access, locator);
  const writer = new SecretWriter(store, access, locator);
  const batch = new SecretBatch(access, locator, writer);
  const shared = secretSchemas(z, schemas);
  const dialects = [v3Dialect(z, schemas)];
  if (context.secretsApi === 'v4') dialects.push(v4Dialect(z, schemas));
  for (const dialect of dialects) {
    readRoutes(router, context, dialect, shared, reader);
    writeRoutes(router, context, dialect, shared, writer);
    batchRoutes(router, context, dialect, shared, batch);
  }
}

function readRoutes(
  router: Router,
  { z }: EmulatorContext,
  dialect: SecretDialect,
  shared: SecretSchemas,
  reader: SecretReader,
): void {
  const relativeToImporter = dialect.version === 'v4';

  router.identity('GET', dialect.base, {
    query: z.object({
      ...dialect.listProject,
      ...shared.listQuery,
      ...dialect.readFlags,
    }),
    handler: ({ caller, query, request, reply }) => {
      const { environment } = query;
      const ref = dialect.ref(query);
      if (!environment || (!ref.projectId && !ref.projectSlug)) {
        throw badRequest(NO_PLACE);
      }
      const answer = reader.list(caller, {
        ...query,
        ...ref,
        environment,
        includeImports: query.includeImports ?? query.include_imports ?? false,
        relativeToImporter,
      });
      // The list has its own entity tag, compared byte for byte; weak forms
      // are left to the plugin below (contract: secrets §2.5).
      const tag = entityTag(answer);
      void reply.header('etag', tag);
      if (request.headers['if-none-match'] === tag) {
        return reply.status(304).send();
      }
      return answer;
    },
  });

  router.identity('GET', `${dialect.base}/id/:secretId`, {
    params: z.object({ secretId: z.string() }),
    handler: ({ caller, params }) => reader.getById(caller, params.secretId),
  });

  router.identity('GET', `${dialect.base}/:secretName`, {
    params: shared.names.read,
    query: z.object({
      ...dialect.getProject,
      ...shared.getQuery,
      ...dialect.readFlags,
    }),
    handler: ({ caller, params, query }) => {
      const ref = dialect.ref(query);
      const { environment } = query;
      if (!environment) throw badRequest('Missing environment');
      return reader.get(caller, {
        ...query,
        ...ref,
        ...params,
        environment,
        includeImports: query.includeImports ?? query.include_imports ?? false,
        relativeToImporter,
      });
    },
  });
}

function writeRoutes(
  router: Router,
  { z }: EmulatorContext,
  dialect: SecretDialect,
  shared: SecretSchemas,
  writer: SecretWriter,
): void {
  const url = `${dialect.base}/:secretName`;
  const project = dialect.bodyProject;

  router.identity('POST', url, {
    params: shared.names.create,
    body: z.object({ ...project, ...shared.createBody }),
    handler: ({ caller, params, body }) => {
      const request = { ...body, ...dialect.ref(body), ...params };
      const secret = writer.create(caller, request);
      return { secret: rawView(secret, secret.current.value) };
    },
  });
  router.identity('PATCH', url, {
    params: shared.names.update,
    body: z.object({ ...project, ...shared.updateBody }),
    handler: ({ caller, params, body }) => {
      const request = { ...body, ...dialect.ref(body), ...params };
      return { secret: writer.update(caller, request) };
    },
  });
  router.identity('DELETE', url, {
    params: shared.names.delete,
    body: z.object({ ...project, ...shared.deleteBody }),
    handler: ({ caller, params, body }) => {
      const request = { ...body, ...dialect.ref(body), ...params };
      return { secret: writer.delete(caller, request) };
    },
  });
}

function batchRoutes(
  router: Router,
  { z }: EmulatorContext,
  dialect: SecretDialect,
  shared: SecretSchemas,
  batch: SecretBatch,
): void {
  const url = dialect.batch;
  const project = dialect.bodyProject;

  router.identity('POST', url, {
    body: z.object({ ...project, ...shared.batchCreate }),
    handler: ({ caller, body }) =>
      batch.create(caller, { ...body, ...dialect.ref(body) }),
  });
  router.identity('PATCH', url, {
    body: z.object({ ...project, ...shared.batchUpdate }),
    handler: ({ caller, body }) =>
      batch.update(caller, { ...body, ...dialect.ref(body) }),
  });
  router.identity('DELETE', url, {
    body: z.object({ ...project, ...shared.batchDelete }),
    handler: ({ caller, body }) =>
      batch.delete(caller, { ...body, ...dialect.ref(body) }),
  });
}
