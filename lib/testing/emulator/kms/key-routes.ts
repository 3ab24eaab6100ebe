import type { EmulatorContext } from '../context.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Router } from '../http/router.js';
import { compareText } from '../secrets/import-resolver.js';
import type { Project } from '../state/models.js';
import { KMS_BASE, type KmsGate } from './kms-gate.js';
import type { KmsSchemas } from './kms-schemas.js';
import type { KmsKey } from './key-store.js';

/** Creating, finding, changing and deleting keys (contract: KMS §1.2). */
export function keyRoutes(
  router: Router,
  { access, kmsKeys, store, kms }: EmulatorContext,
  gate: KmsGate,
  schemas: KmsSchemas,
): void {
  const view = (key: KmsKey) => ({
    id: key.id,
    name: key.name,
    description: key.description,
    projectId: key.project.id,
    orgId: key.project.organization.id,
    keyUsage: key.usage,
    encryptionAlgorithm: key.algorithm,
    version: key.version,
    isDisabled: key.isDisabled,
    kmipMetadata: null,
    createdAt: key.createdAt.toISOString(),
    updatedAt: key.updatedAt.toISOString(),
    ...(kms === 'k3' && {
      algorithm: key.algorithm,
      isExportable: key.isExportable,
    }),
  });
  const assertFree = (within: Project, name: string): void => {
    if (!kmsKeys.byName(within, name)) return;
    throw badRequest(
      `A KMS key with the name "${name}" already exists for the project with ID "${within.id}"`,
    );
  };

  router.member('GET', KMS_BASE, {
    query: schemas.list,
    handler: ({ caller, query }) => {
      const within = gate.project(caller, query.projectId, 'read');
      const matching = kmsKeys
        .of(within)
        .filter(({ name }) => !query.search || matches(name, query.search))
        .sort((a, b) => compareText(a.name, b.name));
      if (query.orderDirection === 'desc') matching.reverse();
      const page = matching.slice(query.offset, query.offset + query.limit);
      // The count is that of the rows: none on a page past the end.
      const totalCount = page.length > 0 ? matching.length : 0;
      return { keys: page.map(view), totalCount };
    },
  });
  router.member('POST', KMS_BASE, {
    body: schemas.create,
    handler: ({ caller, body }) => {
      const within = gate.project(caller, body.projectId, 'create');
      assertFree(within, body.name);
      return { key: view(kmsKeys.create(within, body)) };
    },
  });
  router.member('GET', `${KMS_BASE}/key-name/:keyName`, {
    params: schemas.keyName,
    query: schemas.inProject,
    handler: ({ caller, params, query }) => {
      const within = access.projectById(caller, query.projectId);
      const found = kmsKeys.byName(within, params.keyName);
      if (!found) {
        throw notFound(
          `Key with name "${params.keyName}" not found for project with ID "${query.projectId}"`,
        );
      }
      return { key: view(gate.key(caller, found.id, 'read')) };
    },
  });
  router.member('GET', `${KMS_BASE}/:keyId`, {
    params: schemas.keyId,
    handler: ({ caller, params }) => ({
      key: view(gate.key(caller, params.keyId, 'read')),
    }),
  });
  router.member('PATCH', `${KMS_BASE}/:keyId`, {
    params: schemas.keyId,
    body: schemas.update,
    handler: ({ caller, params, body }) => {
      const key = gate.key(caller, params.keyId, 'edit', { quotes: '' });
      if (body.name !== undefined && body.name !== key.name) {
        assertFree(key.project, body.name);
        key.name = body.name;
      }
      key.description = body.description ?? key.description;
      key.isDisabled = body.isDisabled ?? key.isDisabled;
      key.updatedAt = store.now();
      return { key: view(key) };
    },
  });
  router.member('DELETE', `${KMS_BASE}/:keyId`, {
    params: schemas.keyId,
    handler: ({ caller, params }) => {
      const key = gate.key(caller, params.keyId, 'delete', { quotes: '' });
      kmsKeys.delete(key);
      return { key: view(key) };
    },
  });

  if (kms !== 'k3') return;
  router.member('POST', `${KMS_BASE}/:keyId/rotate`, {
    params: schemas.keyId,
    handler: ({ caller, params }) => {
      const key = gate.key(caller, params.keyId, 'edit', { enabled: true });
      if (key.usage !== 'encrypt-decrypt') {
        throw badRequest(
          'Only encrypt-decrypt keys support rotation. To rotate a sign-verify or MAC key, create a new key and update your applications to use it.',
        );
      }
      key.rotate(store.now());
      return { key: view(key) };
    },
  });
}

/** ILIKE without escaping: `%` and `_` in the term are wildcards. */
function matches(name: string, term: string): boolean {
  const pattern = term
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(pattern, 'is').test(name);
}
