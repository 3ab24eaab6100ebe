import type { Router } from '../http/router.js';
import type { SymmetricAlgorithm } from './algorithms.js';
import { decrypt, encrypt, type KeyMaterial } from './ciphertext.js';
import type { KmsKey } from './key-store.js';
import { KMS_BASE, type KmsGate } from './kms-gate.js';
import type { KmsSchemas } from './kms-schemas.js';

const DEMANDS = {
  enabled: true,
  usage: 'encrypt-decrypt',
  tellsReserved: true,
} as const;

/** Encryption and decryption (contract: KMS §1.4). */
export function cipherRoutes(
  router: Router,
  gate: KmsGate,
  schemas: KmsSchemas,
): void {
  const { keyId: params, bodyLimit } = schemas;
  router.member('POST', `${KMS_BASE}/:keyId/encrypt`, {
    params,
    body: schemas.encrypt,
    bodyLimit,
    handler: ({ caller, params: { keyId }, body }) => {
      const key = gate.key(caller, keyId, 'encrypt', DEMANDS);
      const plaintext = Buffer.from(body.plaintext, 'base64');
      const ciphertext = encrypt(symmetric(key), plaintext);
      return { ciphertext: ciphertext.toString('base64') };
    },
  });
  // What does not decrypt throws node's own error, which ends as a plain 500.
  router.member('POST', `${KMS_BASE}/:keyId/decrypt`, {
    params,
    body: schemas.decrypt,
    bodyLimit,
    handler: ({ caller, params: { keyId }, body }) => {
      const key = gate.key(caller, keyId, 'decrypt', DEMANDS);
      const blob = Buffer.from(body.ciphertext, 'base64');
      return { plaintext: decrypt(symmetric(key), blob).toString('base64') };
    },
  });
}

function symmetric(key: KmsKey): KeyMaterial {
  return {
    algorithm: key.algorithm as SymmetricAlgorithm,
    version: key.version,
    material: (version) => key.material(version),
  };
}
