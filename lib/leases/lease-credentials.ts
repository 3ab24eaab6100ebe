import { inspect } from 'node:util';
import type { LeaseData } from '../client/lease-data.js';
import { REDACTED } from '../common/redaction.js';

/**
 * One immutable set of credentials. User name and password always belong
 * together. Printing, `JSON.stringify`, spreading and cloning leave `data` out.
 *
 * @example
 * ```ts
 * import { connect } from './database.js';
 *
 * const lease = await leases.acquire<DatabaseCredentials>('orders-db');
 * const { data, generation, expiresAt } = lease.current;
 * await connect(data.DB_USERNAME, data.DB_PASSWORD);
 * logger.log(`generation ${generation}, until ${expiresAt.toISOString()}`);
 * ```
 *
 * @publicApi
 */
export class LeaseCredentials<T extends object = LeaseData> {
  readonly #data: T;

  constructor(
    /** The lease they belong to. */
    readonly leaseId: string,
    /** 1, and one more with each rotation. */
    readonly generation: number,
    /** When they stop working unless renewed, by this machine's clock. */
    readonly expiresAt: Date,
    data: T,
  ) {
    this.#data = data;
    Object.freeze(this);
  }

  /** The credentials by field, such as `DB_USERNAME` and `DB_PASSWORD`. */
  get data(): T {
    return this.#data;
  }

  /** The same credentials with a later end. */
  extendedTo(expiresAt: Date): LeaseCredentials<T> {
    return new LeaseCredentials(
      this.leaseId,
      this.generation,
      expiresAt,
      this.#data,
    );
  }

  toJSON(): Record<string, unknown> {
    return { ...(this as Record<string, unknown>), data: REDACTED };
  }

  [inspect.custom](): string {
    return `LeaseCredentials ${inspect(this.toJSON())}`;
  }
}
