import type { Router } from '../http/router.js';
import type { HmacAlgorithm } from './algorithms.js';
import type { KmsKey } from './key-store.js';
import { KMS_BASE, type KmsGate } from './kms-gate.js';
import type { KmsSchemas } from './kms-schemas.js';
import { generateMac, isMac } from './mac.js';

const DEMANDS = { enabled: true, usage: 'generate-verify-mac' } as const;

/** Message authentication codes; the newest tier only (contract: KMS §1.4). */
export function macRoutes(
  router: Router,
  gate: KmsGate,
  schemas: KmsSchemas,
): void {
  const { keyId: params, bodyLimit } = schemas;
  router.member('POST', `${KMS_BASE}/:keyId/generate-mac`, {
    params,
    body: schemas.generateMac,
    bodyLimit,
    handler: ({ caller, params: { keyId }, body }) => {
      const key = gate.key(caller, keyId, 'generate-mac', DEMANDS);
      const mac = macOf(key, body.data).toString('base64');
      return { mac, keyId: key.id, macAlgorithm: key.algorithm };
    },
  });
  router.member('POST', `${KMS_BASE}/:keyId/verify-mac`, {
    params,
    body: schemas.verifyMac,
    bodyLimit,
    handler: ({ caller, params: { keyId }, body }) => {
      const key = gate.key(caller, keyId, 'verify-mac', DEMANDS);
      const mac = Buffer.from(body.mac, 'base64');
      const macValid = isMac(macOf(key, body.data), mac);
      return { macValid, keyId: key.id, macAlgorithm: key.algorithm };
    },
  });
}

function macOf(key: KmsKey, data: string): Buffer {
  return generateMac(
    key.algorithm as HmacAlgorithm,
    key.material() as Buffer,
    Buffer.from(data, 'base64'),
  );
}
