import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SymmetricAlgorithm } from './algorithms.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A key as encryption needs it: its algorithm and material by version. */
export interface KeyMaterial {
  readonly algorithm: SymmetricAlgorithm;
  readonly version: number;
  material(version: number): Buffer | undefined;
}

/**
 * IV ‖ ciphertext ‖ tag ‖ trailer. The trailer is "v01" for key version 1,
 * else the version in four bytes and "v02" (contract: KMS §1.4).
 */
export function encrypt(
  key: KeyMaterial,
  plaintext: Buffer,
  iv: Buffer = randomBytes(IV_BYTES),
): Buffer {
  const cipher = createCipheriv(
    key.algorithm,
    key.material(key.version) as Buffer,
    iv,
  );
  const parts = [iv, cipher.update(plaintext), cipher.final()];
  parts.push(cipher.getAuthTag());
  if (key.version === 1) return Buffer.concat([...parts, Buffer.from('v01')]);
  const version = Buffer.alloc(4);
  version.writeUInt32BE(key.version);
  return Buffer.concat([...parts, version, Buffer.from('v02')]);
}

/** Throws node's own error when nothing fits; the server answers 500 to it. */
export function decrypt(key: KeyMaterial, blob: Buffer): Buffer {
  const isVersioned =
    blob.length >= 35 && blob.subarray(-3).toString('latin1') === 'v02';
  const body = blob.subarray(0, isVersioned ? -7 : -3);
  const newestFirst = Array.from(
    { length: key.version },
    (_, index) => key.version - index,
  );
  const hint = isVersioned ? blob.readUInt32BE(blob.length - 7) : undefined;
  const order =
    hint === undefined
      ? newestFirst
      : [hint, ...newestFirst.filter((version) => version !== hint)];
  let failure: unknown;
  for (const version of order) {
    const material = key.material(version);
    if (!material) continue;
    try {
      return decryptWith(key.algorithm, material, body);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function decryptWith(
  algorithm: SymmetricAlgorithm,
  material: Buffer,
  body: Buffer,
): Buffer {
  const decipher = createDecipheriv(
    algorithm,
    material,
    body.subarray(0, IV_BYTES),
    { authTagLength: TAG_BYTES },
  );
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  return Buffer.concat([
    decipher.update(body.subarray(IV_BYTES, -TAG_BYTES)),
    decipher.final(),
  ]);
}
