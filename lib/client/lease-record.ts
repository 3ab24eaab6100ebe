import { inspect } from 'node:util';
import { REDACTED } from '../common/redaction.js';
import {
  readDate,
  readObject,
  readOptionalText,
  readText,
} from './answer-readers.js';

/**
 * Credentials of a lease by field, such as `DB_USERNAME` and `DB_PASSWORD`.
 * Not every provider gives texts (contract: leases §2.4).
 */
export type LeaseData = Readonly<Record<string, unknown>>;

/**
 * A lease, without its credentials: the server tells those once, at creation.
 *
 * @publicApi
 */
export class Lease {
  readonly id: string;
  /** When the server revokes it, by the server's clock. */
  readonly expireAt: Date;
  readonly createdAt?: Date;
  /** `Failed to delete` after a revocation that did not succeed; else absent. */
  readonly status?: string;
  /** The provider's reason. */
  readonly statusDetails?: string;

  constructor(raw: Record<string, unknown>) {
    this.id = readText(raw, 'id');
    this.expireAt = readDate(raw, 'expireAt');
    this.createdAt = readOptionalText(raw, 'createdAt')
      ? readDate(raw, 'createdAt')
      : undefined;
    this.status = readOptionalText(raw, 'status');
    this.statusDetails = readOptionalText(raw, 'statusDetails');
  }
}

/**
 * A lease that was just created, with its credentials. Printing,
 * `JSON.stringify`, spreading and cloning leave `data` out.
 *
 * @publicApi
 */
export class LeaseWithCredentials extends Lease {
  /** The dynamic secret's longest lease, a TTL text; absent when unlimited. */
  readonly maxTTL?: string;
  /** The dynamic secret's default TTL, a TTL text. */
  readonly defaultTTL?: string;
  /** The provider, such as `sql-database`. */
  readonly type?: string;
  readonly #data: LeaseData;

  constructor(answer: unknown) {
    super(readObject(answer, 'lease'));
    const secret = readObject(answer, 'dynamicSecret');
    this.maxTTL = readOptionalText(secret, 'maxTTL');
    this.defaultTTL = readOptionalText(secret, 'defaultTTL');
    this.type = readOptionalText(secret, 'type');
    this.#data = Object.freeze({ ...readObject(answer, 'data') });
  }

  /** The credentials. */
  get data(): LeaseData {
    return this.#data;
  }

  toJSON(): Record<string, unknown> {
    return { ...(this as Record<string, unknown>), data: REDACTED };
  }

  [inspect.custom](): string {
    return `LeaseWithCredentials ${inspect(this.toJSON())}`;
  }
}
