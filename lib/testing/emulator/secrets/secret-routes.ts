import type { EmulatorContext } from '../context.js';
import { badRequest } from '../http/api-error.js';
import type { Router } from '../http/router.js';
import {
  earlyV4Dialect,
  type SecretDialect,
  v3Dialect,
  v4Dialect,
} from './dialect.js';
import { ListTags } from './list-tags.js';
import { SecretBatch } from './secret-batch.js';
import { SecretLocator } from './secret-locator.js';
import { SecretMutations } from './secret-mutations.js';
import { SecretReader } from './secret-reader.js';
import { type SecretSchemas, secretSchemas } from './secret-schemas.js';
import { secretTagRoutes } from './secret-tag-routes.js';
import { SecretValues } from './secret-values.js';
import { SecretWriter } from './secret-writer.js';
import { transferRoutes } from './transfer-routes.js';

const NO_PLACE = 'Missing project id or environment';

/** The secrets API in its versions. */
export function secretRoutes(router: Router, context: EmulatorContext): void {
  const { z, schemas, store, access, secretsApi } = context;
  const locator = new SecretLocator(store, access);
  const values = new SecretValues(store, access, context);
  const reader = new SecretReader(store, access, locator, values);
  const mutations = new SecretMutations(store);
  const writer = new SecretWriter(store, access, locator, mutations);
  const batch = new SecretBatch(store, access, locator, writer, mutations);
  const listTags = new ListTags(store);
  const shared = secretSchemas(z, schemas);
  const dialects = [v3Dialect(z, schemas)];
  if (secretsApi === 'v4') dialects.push(v4Dialect(z, schemas));
  if (secretsApi === 'early-v4') dialects.push(earlyV4Dialect(z, schemas));
  for (const dialect of dialects) {
    listRoute(router, context, dialect, shared, reader, locator, listTags);
    getRoutes(router, context, dialect, shared, reader);
    writeRoutes(router, context, dialect, shared, writer);
    batchRoutes(router, context, dialect, shared, batch);
  }
  router.user('GET', '/api/v1/secret/:secretId/secret-versions', {
    params: z.object({ secretId: z.string() }),
    query: z.object({
      offset: z.coerce.number().int().min(0),
      limit: z.coerce.number().int().min(0),
    }),
    handler: ({ caller, params, query }) =>
      reader.versions(caller, params.secretId, query.offset, query.limit),
  });
  transferRoutes(router, context, locator, mutations);
  secretTagRoutes(router, context, locator, mutations);
}

function listRoute(
  router: Router,
  { z }: EmulatorContext,
  dialect: SecretDialect,
  shared: SecretSchemas,
  reader: SecretReader,
  locator: SecretLocator,
  listTags: ListTags,
): void {
  router.any('GET', dialect.base, {
    query: z.object({
      ...dialect.listProject,
      ...shared.listQuery,
      ...dialect.readFlags,
    }),
    handler: ({ caller, query, request, reply }) => {
      const { environment, includePersonalOverrides = false } = query;
      const ref = dialect.ref(query);
      if (!environment || (!ref.projectId && !ref.projectSlug)) {
        throw badRequest(NO_PLACE);
      }
      const project = locator.project(caller, ref);
      const key = listTags.key(caller, project, [dialect.base, query]);
      const given = request.headers['if-none-match'];
      if (given !== undefined && listTags.matches(key, given)) {
        return reply.status(304).header('etag', given).send();
      }
      const answer = reader.list(caller, {
        ...query,
        ...ref,
        environment,
        includeImports: query.includeImports ?? query.include_imports ?? false,
        relativeToImporter: dialect.relativeToImporter,
        overrides: includePersonalOverrides ? 'instead' : dialect.overrides,
        ...(includePersonalOverrides && {
          prefersOverridesOf: caller.user?.id,
        }),
      });
      // Weak forms and lists are left to the plugin below.
      const text = JSON.stringify(answer);
      void reply.header('etag', listTags.remember(key, text));
      return reply.type('application/json; charset=utf-8').send(text);
    },
  });
}

function getRoutes(
  router: Router,
  { z }: EmulatorContext,
  dialect: SecretDialect,
  shared: SecretSchemas,
  reader: SecretReader,
): void {
  router.member('GET', `${dialect.base}/id/:secretId`, {
    params: z.object({ secretId: z.string() }),
    handler: ({ caller, params }) => reader.getById(caller, params.secretId),
  });

  router.any('GET', `${dialect.base}/:secretName`, {
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
        relativeToImporter: dialect.relativeToImporter,
        ...(dialect.getPrefersOverrides && {
          prefersOverridesOf: caller.user?.id,
        }),
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

  router.any('POST', url, {
    params: shared.names.create,
    body: z.object({ ...project, ...shared.createBody }),
    handler: ({ caller, params, body }) =>
      writer.create(caller, { ...body, ...dialect.ref(body), ...params }),
  });
  router.any('PATCH', url, {
    params: shared.names.update,
    body: z.object({ ...project, ...shared.updateBody }),
    handler: ({ caller, params, body }) =>
      writer.update(caller, { ...body, ...dialect.ref(body), ...params }),
  });
  router.any('DELETE', url, {
    params: shared.names.delete,
    body: z.object({ ...project, ...shared.deleteBody }),
    handler: ({ caller, params, body }) =>
      writer.delete(caller, { ...body, ...dialect.ref(body), ...params }),
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

  router.any('POST', url, {
    body: z.object({ ...project, ...shared.batchCreate }),
    handler: ({ caller, body }) =>
      batch.create(caller, { ...body, ...dialect.ref(body) }),
  });
  router.any('PATCH', url, {
    body: z.object({ ...project, ...shared.batchUpdate }),
    handler: ({ caller, body }) =>
      batch.update(caller, { ...body, ...dialect.ref(body) }),
  });
  router.any('DELETE', url, {
    body: z.object({ ...project, ...shared.batchDelete }),
    handler: ({ caller, body }) =>
      batch.delete(caller, { ...body, ...dialect.ref(body) }),
  });
}
