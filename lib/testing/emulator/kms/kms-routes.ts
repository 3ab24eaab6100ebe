import type { Caller } from '../auth/auth-gate.js';
import type { EmulatorContext } from '../context.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Router } from '../http/router.js';
import { compareText } from '../secrets/import-resolver.js';
import type { Project } from '../state/models.js';
import { decrypt, encrypt, type SymmetricAlgorithm } from './ciphertext.js';
import type { KmsKey } from './key-store.js';
import { kmsSchemas } from './kms-schemas.js';

const BASE = '/api/v1/kms/keys';
const SUBJECT = 'cmek';

/** Customer keys that encrypt (contract: KMS §1). */
export function kmsRoutes(router: Router, context: EmulatorContext): void {
  const { access, kmsKeys, store, kms } = context;
  const schemas = kmsSchemas(context);
  const { bodyLimit } = schemas;

  const view = (key: KmsKey) => ({
    id: key.id,
    name: key.name,
    description: key.description,
    projectId: key.project.id,
    orgId: key.project.organization.id,
    keyUsage: 'encrypt-decrypt',
    encryptionAlgorithm: key.algorithm,
    version: key.version,
    isDisabled: key.isDisabled,
    createdAt: key.createdAt.toISOString(),
    updatedAt: key.updatedAt.toISOString(),
    ...(kms === 'k3' && {
      algorithm: key.algorithm,
      isExportable: key.isExportable,
    }),
  });
  const project = (caller: Caller, id: string, action: string) => {
    const found = access.projectById(caller, id);
    access.require(caller, found, action, SUBJECT);
    return found;
  };
  /** The key, checked in the contract's order (KMS §1.3). */
  const key = (
    caller: Caller,
    id: string,
    action: string,
    { enabled = false, quotes = '"' } = {},
  ): KmsKey => {
    const found = kmsKeys.byId(id);
    if (!found) throw notFound(`Key with ID ${quotes}${id}${quotes} not found`);
    if (enabled && found.isDisabled) throw badRequest('Key is disabled');
    access.require(caller, found.project, action, SUBJECT);
    return found;
  };
  const assertFree = (within: Project, name: string): void => {
    if (!kmsKeys.byName(within, name)) return;
    throw badRequest(
      `A KMS key with the name "${name}" already exists for the project with ID "${within.id}"`,
    );
  };

  router.identity('GET', BASE, {
    query: schemas.list,
    handler: ({ caller, query }) => {
      const within = project(caller, query.projectId, 'read');
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
  router.identity('POST', BASE, {
    body: schemas.create,
    handler: ({ caller, body }) => {
      const within = project(caller, body.projectId, 'create');
      if (body.keyUsage !== 'encrypt-decrypt') {
        throw badRequest(
          `Keys with the usage ${body.keyUsage} are not emulated yet`,
        );
      }
      assertFree(within, body.name);
      const created = kmsKeys.create(
        within,
        body.name,
        body.algorithm as SymmetricAlgorithm,
      );
      created.description = body.description ?? null;
      created.isExportable = body.isExportable;
      return { key: view(created) };
    },
  });
  router.identity('GET', `${BASE}/key-name/:keyName`, {
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
      return { key: view(key(caller, found.id, 'read')) };
    },
  });

  router.identity('GET', `${BASE}/:keyId`, {
    params: schemas.keyId,
    handler: ({ caller, params }) => ({
      key: view(key(caller, params.keyId, 'read')),
    }),
  });
  router.identity('PATCH', `${BASE}/:keyId`, {
    params: schemas.keyId,
    body: schemas.update,
    handler: ({ caller, params, body }) => {
      const found = key(caller, params.keyId, 'edit', { quotes: '' });
      if (body.name !== undefined && body.name !== found.name) {
        assertFree(found.project, body.name);
        found.name = body.name;
      }
      found.description = body.description ?? found.description;
      found.isDisabled = body.isDisabled ?? found.isDisabled;
      found.updatedAt = store.now();
      return { key: view(found) };
    },
  });
  router.identity('DELETE', `${BASE}/:keyId`, {
    params: schemas.keyId,
    handler: ({ caller, params }) => {
      const found = key(caller, params.keyId, 'delete', { quotes: '' });
      kmsKeys.delete(found);
      return { key: view(found) };
    },
  });

  router.identity('POST', `${BASE}/:keyId/encrypt`, {
    params: schemas.keyId,
    body: schemas.encrypt,
    bodyLimit,
    handler: ({ caller, params, body }) => {
      const found = key(caller, params.keyId, 'encrypt', { enabled: true });
      const plaintext = Buffer.from(body.plaintext, 'base64');
      return { ciphertext: encrypt(found, plaintext).toString('base64') };
    },
  });
  // What does not decrypt throws node's own error, which ends as a plain 500.
  router.identity('POST', `${BASE}/:keyId/decrypt`, {
    params: schemas.keyId,
    body: schemas.decrypt,
    bodyLimit,
    handler: ({ caller, params, body }) => {
      const found = key(caller, params.keyId, 'decrypt', { enabled: true });
      const blob = Buffer.from(body.ciphertext, 'base64');
      return { plaintext: decrypt(found, blob).toString('base64') };
    },
  });
  if (kms !== 'k3') return;
  router.identity('POST', `${BASE}/:keyId/rotate`, {
    params: schemas.keyId,
    handler: ({ caller, params }) => {
      const found = key(caller, params.keyId, 'edit', { enabled: true });
      found.rotate(store.now());
      return { key: view(found) };
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
