import { Redacted } from '../common/redaction.js';
import {
  readArray,
  readDate,
  readObject,
  readOptionalOneOf,
  readOptionalText,
  readText,
  readWhole,
} from './answer-readers.js';

/** What the server is doing with a dynamic secret that was deleted while it had leases. */
const STATUSES = ['Revocation in process', 'Failed to delete'] as const;

/**
 * A dynamic secret (contract: dynamic secrets §2.1).
 *
 * @example
 * ```ts
 * const { name, type, maxTTL }: DynamicSecret =
 *   await client.dynamicSecrets.get('orders-db');
 * logger.log(
 *   `${name} is of ${type}; leases end after ${maxTTL ?? 'any time'}`,
 * );
 * ```
 *
 * @publicApi
 */
export interface DynamicSecret {
  readonly id: string;
  readonly name: string;
  /** Provider, such as `sql-database`. */
  readonly type: string;
  /** Always 1. */
  readonly version: number;
  /** A TTL text, such as `1h`. */
  readonly defaultTTL: string;
  /** A TTL text; absent when unlimited. */
  readonly maxTTL?: string;
  readonly folderId: string;
  /** Absent unless it is being deleted. */
  readonly status?: (typeof STATUSES)[number];
  /** Why it could not be deleted. */
  readonly statusDetails?: string;
  readonly usernameTemplate?: string;
  readonly metadata: readonly {
    readonly key: string;
    readonly value: string;
  }[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /**
   * What the provider was set up with, **its admin credentials in clear**. Of
   * `get` and `create` only.
   */
  readonly inputs?: Redacted<Readonly<Record<string, unknown>>>;
}

/** @throws InfisicalHttpError `UnreadableAnswer` */
export function toDynamicSecret(raw: Record<string, unknown>): DynamicSecret {
  return {
    id: readText(raw, 'id'),
    name: readText(raw, 'name'),
    type: readText(raw, 'type'),
    version: readWhole(raw, 'version'),
    defaultTTL: readText(raw, 'defaultTTL'),
    maxTTL: readOptionalText(raw, 'maxTTL'),
    folderId: readText(raw, 'folderId'),
    status: readOptionalOneOf(raw, 'status', STATUSES),
    statusDetails: readOptionalText(raw, 'statusDetails'),
    usernameTemplate: readOptionalText(raw, 'usernameTemplate'),
    metadata: isThere(raw.metadata)
      ? readArray(raw, 'metadata').map((item) => ({
          key: readText(item, 'key'),
          value: readText(item, 'value'),
        }))
      : [],
    createdAt: readDate(raw, 'createdAt'),
    updatedAt: readDate(raw, 'updatedAt'),
    inputs: isThere(raw.inputs)
      ? new Redacted(readObject(raw, 'inputs'))
      : undefined,
  };
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}
