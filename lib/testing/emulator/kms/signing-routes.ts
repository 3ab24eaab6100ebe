import { badRequest } from '../http/api-error.js';
import type { Router } from '../http/router.js';
import { signingAlgorithmsOf } from './algorithms.js';
import { exportPublicKey } from './key-material.js';
import { KMS_BASE, type KmsGate } from './kms-gate.js';
import type { KmsSchemas } from './kms-schemas.js';
import { signWith, verifyWith } from './signing.js';

const DEMANDS = { enabled: true, usage: 'sign-verify' } as const;

/** Signatures and public keys (contract: KMS §1.4). */
export function signingRoutes(
  router: Router,
  gate: KmsGate,
  schemas: KmsSchemas,
): void {
  const { keyId: params, bodyLimit } = schemas;
  router.member('POST', `${KMS_BASE}/:keyId/sign`, {
    params,
    body: schemas.sign,
    bodyLimit,
    handler: async ({ caller, params: { keyId }, body }) => {
      const key = gate.key(caller, keyId, 'sign', DEMANDS);
      const { signingAlgorithm } = body;
      const data = Buffer.from(body.data, 'base64');
      const signature = await signWith(key, { ...body, data });
      return {
        signature: signature.toString('base64'),
        keyId: key.id,
        signingAlgorithm,
      };
    },
  });
  router.member('POST', `${KMS_BASE}/:keyId/verify`, {
    params,
    body: schemas.verify,
    bodyLimit,
    handler: async ({ caller, params: { keyId }, body }) => {
      const key = gate.key(caller, keyId, 'verify', DEMANDS);
      const { signingAlgorithm } = body;
      const data = Buffer.from(body.data, 'base64');
      const signature = Buffer.from(body.signature, 'base64');
      const request = { ...body, data, signature };
      const signatureValid = await verifyWith(key, request);
      return { signatureValid, keyId: key.id, signingAlgorithm };
    },
  });
  router.member('GET', `${KMS_BASE}/:keyId/public-key`, {
    params,
    handler: async ({ caller, params: { keyId } }) => {
      const key = gate.key(caller, keyId, 'read', DEMANDS);
      return { publicKey: exportPublicKey(await key.privateKey()) };
    },
  });
  router.member('GET', `${KMS_BASE}/:keyId/signing-algorithms`, {
    params,
    handler: ({ caller, params: { keyId } }) => {
      const key = gate.key(caller, keyId, 'read', { enabled: true });
      if (key.usage !== 'sign-verify') {
        throw badRequest(`Key with ID '${keyId}' is not intended for signing`);
      }
      return { signingAlgorithms: signingAlgorithmsOf(key.algorithm) };
    },
  });
}
