import { inspect } from 'node:util';
import { REDACTED } from '../common/redaction.js';
import {
  readDate,
  readObject,
  readOptionalOneOf,
  readOptionalText,
  readText,
  readWhole,
} from './answer-readers.js';
import {
  type DynamicSecret,
  toDynamicSecret,
} from './dynamic-secret-record.js';
import { type LeaseData, type LeaseDataOf, toLeaseData } from './lease-data.js';

/** Status of a lease whose revocation failed (contract: leases §3.3). */
export const FAILED_TO_DELETE = 'Failed to delete';

/**
 * A lease, without its credentials: the server tells those once, at creation.
 *
 * @example
 * ```ts
 * const all: Lease[] = await client.dynamicSecrets.leases.list('orders-db');
 * const failed = all.filter(({ status }) => status === 'Failed to delete');
 * for (const { id, statusDetails } of failed) {
 *   logger.warn(`${id}: ${statusDetails}`);
 * }
 * ```
 *
 * @publicApi
 */
export class Lease {
  readonly id: string;
  /** Always 1. */
  readonly version: number;
  /** When the server revokes it, by the server's clock. */
  readonly expireAt: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** What the provider knows it by: a database user, a key id. */
  readonly externalEntityId: string;
  readonly dynamicSecretId: string;
  /** `Failed to delete` after a revocation that did not succeed; else absent. */
  readonly status?: typeof FAILED_TO_DELETE;
  /** The provider's reason. */
  readonly statusDetails?: string;
  /** As it was sent at creation. */
  readonly config?: Readonly<Record<string, unknown>>;

  /** @throws InfisicalHttpError `UnreadableAnswer` */
  /** @internal */
  constructor(raw: Record<string, unknown>) {
    this.id = readText(raw, 'id');
    this.version = readWhole(raw, 'version');
    this.expireAt = readDate(raw, 'expireAt');
    this.createdAt = readDate(raw, 'createdAt');
    this.updatedAt = readDate(raw, 'updatedAt');
    this.externalEntityId = readText(raw, 'externalEntityId');
    this.dynamicSecretId = readText(raw, 'dynamicSecretId');
    this.status = readOptionalOneOf(raw, 'status', [FAILED_TO_DELETE]);
    this.statusDetails = readOptionalText(raw, 'statusDetails');
    this.config =
      raw.config === undefined || raw.config === null
        ? undefined
        : readObject(raw, 'config');
  }
}

/**
 * A lease with the dynamic secret that it is of.
 *
 * @example
 * ```ts
 * import { leaseId } from './orders.js';
 *
 * const { expireAt, dynamicSecret }: LeaseWithSecret =
 *   await client.dynamicSecrets.leases.get(leaseId);
 * logger.log(`${dynamicSecret.name} until ${expireAt.toISOString()}`);
 * ```
 *
 * @publicApi
 */
export class LeaseWithSecret extends Lease {
  readonly dynamicSecret: DynamicSecret;

  /** @throws InfisicalHttpError `UnreadableAnswer` */
  /** @internal */
  constructor(raw: Record<string, unknown>) {
    super(raw);
    this.dynamicSecret = toDynamicSecret(readObject(raw, 'dynamicSecret'));
  }
}

/**
 * A lease that was just created, with its credentials. Printing,
 * `JSON.stringify`, spreading and cloning it leave `data` out; `data` itself
 * prints as names without values.
 *
 * @example
 * ```ts
 * import { connect } from './database.js';
 *
 * const lease = await client.dynamicSecrets.leases.create('orders-db');
 * if (!lease.isOf('sql-database')) throw new Error(`It is of ${lease.type}.`);
 * await connect(lease.data.DB_USERNAME, lease.data.DB_PASSWORD);
 * ```
 *
 * @publicApi
 */
export class LeaseWithCredentials<T extends string = string> extends Lease {
  readonly dynamicSecret: DynamicSecret;
  readonly #data: LeaseData;

  /** @throws InfisicalHttpError `UnreadableAnswer` */
  constructor(answer: unknown) {
    super(readObject(answer, 'lease'));
    this.dynamicSecret = toDynamicSecret(readObject(answer, 'dynamicSecret'));
    this.#data = toLeaseData(readObject(answer, 'data'), this.type);
  }

  /** The provider, such as `sql-database`. */
  get type(): string {
    return this.dynamicSecret.type;
  }

  /** The dynamic secret's default TTL, a TTL text. */
  get defaultTTL(): string {
    return this.dynamicSecret.defaultTTL;
  }

  /** The dynamic secret's longest lease, a TTL text; absent when unlimited. */
  get maxTTL(): string | undefined {
    return this.dynamicSecret.maxTTL;
  }

  /** The credentials, by the fields of their type. */
  get data(): LeaseDataOf<T> {
    return this.#data as LeaseDataOf<T>;
  }

  /** Whether it is of this type of provider; then `data` has its fields. */
  isOf<K extends string>(type: K): this is LeaseWithCredentials<K> {
    return this.type === type;
  }

  toJSON(): Record<string, unknown> {
    return { ...(this as Record<string, unknown>), data: REDACTED };
  }

  [inspect.custom](): string {
    return `LeaseWithCredentials ${inspect(this.toJSON())}`;
  }
}
