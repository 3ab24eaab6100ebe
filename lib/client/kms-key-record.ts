import {
  readDate,
  readOneOf,
  readOptionalFlag,
  readOptionalText,
  readText,
  readWhole,
} from './answer-readers.js';
import { KEY_USAGES, type KmsKeyUsage } from './kms-algorithms.js';

/**
 * A key. Its material is not part of it (contract: KMS §1.1).
 *
 * @example
 * ```ts
 * const { id, version }: KmsKey =
 *   await client.kms.keys.getByName('customer-data');
 * await client.kms.keys.rotate(id); // to version + 1
 * ```
 *
 * @publicApi
 */
export interface KmsKey {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly projectId?: string;
  readonly orgId: string;
  readonly keyUsage: KmsKeyUsage;
  /** A {@link KmsAlgorithm}, or one of a newer server. */
  readonly encryptionAlgorithm: string;
  /** 1, and one more with each rotation. */
  readonly version: number;
  readonly isDisabled: boolean;
  /** Whether its material may be exported; undefined on servers before 2026, where it always may. */
  readonly isExportable?: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** @throws InfisicalHttpError `UnreadableAnswer` */
export function toKey(raw: Record<string, unknown>): KmsKey {
  return {
    id: readText(raw, 'id'),
    name: readText(raw, 'name'),
    description: readOptionalText(raw, 'description'),
    projectId: readOptionalText(raw, 'projectId'),
    orgId: readText(raw, 'orgId'),
    keyUsage: readOneOf(raw, 'keyUsage', KEY_USAGES),
    encryptionAlgorithm: readText(raw, 'encryptionAlgorithm'),
    version: readWhole(raw, 'version'),
    isDisabled: readOptionalFlag(raw, 'isDisabled') ?? false,
    isExportable: readOptionalFlag(raw, 'isExportable'),
    createdAt: readDate(raw, 'createdAt'),
    updatedAt: readDate(raw, 'updatedAt'),
  };
}
