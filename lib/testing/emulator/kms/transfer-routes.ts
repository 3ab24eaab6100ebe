import type { Caller } from '../auth/auth-gate.js';
import type { EmulatorContext } from '../context.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Router } from '../http/router.js';
import type { Project } from '../state/models.js';
import type { KeyAlgorithm } from './algorithms.js';
import {
  exportPrivateKey,
  exportPublicKey,
  importMaterial,
} from './key-material.js';
import type { KmsKey } from './key-store.js';
import { KMS_BASE, type KmsGate } from './kms-gate.js';
import type { KmsSchemas } from './kms-schemas.js';

const ACTION = 'export-private-key';

interface ImportedKey {
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  readonly keyMaterial: string;
  readonly isExportable: boolean;
}

/** Key material in and out; from the second tier on (contract: KMS §1.4). */
export function transferRoutes(
  router: Router,
  context: EmulatorContext,
  gate: KmsGate,
  schemas: KmsSchemas,
): void {
  const { kmsKeys } = context;

  router.member('GET', `${KMS_BASE}/:keyId/private-key`, {
    params: schemas.keyId,
    handler: async ({ caller, params }) => {
      const key = gate.key(caller, params.keyId, ACTION, { enabled: true });
      if (!key.isExportable) {
        throw badRequest('You are not allowed to export this key');
      }
      return { privateKey: await materialOf(key) };
    },
  });

  router.member('POST', `${KMS_BASE}/bulk-export-private-keys`, {
    body: schemas.bulkExport,
    handler: async ({ caller, body }) => {
      const keys = exportable(caller, [...new Set(body.keyIds)]);
      return { keys: await Promise.all(keys.map(exported)) };
    },
  });
  // All or nothing.
  const exportable = (caller: Caller, ids: string[]): KmsKey[] => {
    const keys = ids
      .map((id) => kmsKeys.byId(id))
      .filter((key) => key !== undefined);
    if (keys.length === 0) {
      throw notFound('No keys found for the provided IDs');
    }
    const missing = ids.filter((id) => !kmsKeys.byId(id));
    if (missing.length > 0) {
      throw notFound(`Keys not found for IDs: ${missing.join(', ')}`);
    }
    for (const { id, isReserved, isDisabled } of keys) {
      if (isReserved) {
        throw badRequest(`Key with ID "${id}" is not customer managed`);
      }
      if (isDisabled) throw badRequest(`Key with ID "${id}" is disabled`);
    }
    const projects = new Set(keys.map(({ project }) => project));
    if (projects.size > 1) {
      throw badRequest('All keys must belong to the same project');
    }
    for (const project of projects) gate.require(caller, project, ACTION);
    const locked = keys.find((key) => !key.isExportable);
    if (locked) {
      throw badRequest(
        `You are not allowed to export this key [kmsId=${locked.id}]`,
      );
    }
    return keys;
  };

  router.member('POST', `${KMS_BASE}/bulk-import`, {
    body: schemas.bulkImport,
    handler: ({ caller, body }) => {
      const project = gate.project(caller, body.projectId, 'create');
      const keys: { id: string; name: string }[] = [];
      const errors: { name: string; message: string }[] = [];
      for (const one of body.keys) {
        try {
          const { id, name } = importKey(project, one);
          keys.push({ id, name });
        } catch (error) {
          errors.push({ name: one.name, message: textOf(error as Error) });
        }
      }
      return { keys, errors };
    },
  });
  const importKey = (project: Project, key: ImportedKey): KmsKey => {
    if (kmsKeys.byName(project, key.name)) {
      throw badRequest(
        `A key with the name "${key.name}" already exists in this project`,
      );
    }
    const bytes = Buffer.from(key.keyMaterial, 'base64');
    const material = importMaterial(key.algorithm, bytes);
    return kmsKeys.create(project, { ...key, material });
  };
}

async function exported(key: KmsKey) {
  return {
    keyId: key.id,
    name: key.name,
    keyUsage: key.usage,
    algorithm: key.algorithm,
    privateKey: await materialOf(key),
    ...(key.usage === 'sign-verify' && {
      publicKey: exportPublicKey(await key.privateKey()),
    }),
  };
}

/** The current version alone, in base64. */
async function materialOf(key: KmsKey): Promise<string> {
  const bytes = key.material() ?? exportPrivateKey(await key.privateKey());
  return bytes.toString('base64');
}

function textOf(error: Error): string {
  return error.name === 'ApiError' ? error.message : 'Failed to import key';
}
