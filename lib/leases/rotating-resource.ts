import type { LeaseData } from '../client/lease-data.js';
import { Broadcast } from '../common/broadcast.js';
import { InfisicalError } from '../common/infisical.error.js';
import type { LeaseCredentials } from './lease-credentials.js';
import type { LeaseFields, LeaseRef } from './lease-ref.js';

/**
 * What `rotatingResource` needs to know of a resource.
 *
 * @example
 * ```ts
 * import { MongoClient } from './mongo.js';
 *
 * function optionsOf(
 *   lease: LeaseRef<'mongo-db'>,
 * ): RotatingResourceOptions<'mongo-db', MongoClient> {
 *   return {
 *     lease,
 *     create: ({ data }) => new MongoClient(data.DB_USERNAME, data.DB_PASSWORD),
 *     prove: (client) => client.ping(),
 *     close: (client) => client.close(),
 *   };
 * }
 * ```
 *
 * @publicApi
 */
export interface RotatingResourceOptions<T extends object | string, R> {
  lease: LeaseRef<T>;
  /** Makes one, such as a client or a pool, with these credentials. */
  create(credentials: LeaseCredentials<LeaseFields<T>>): R | Promise<R>;
  /** Proves it, by a login. It is closed, and later made anew, when that rejects. Default: it is not proven. */
  prove?(resource: R): unknown;
  /** Resolves when an old one is in use by nobody. Default: when all work of `use` has ended. */
  drain?(resource: R): unknown;
  /** Closes it; what still runs may be cut off. */
  close(resource: R): unknown;
}

interface Holder<R> {
  readonly resource: R;
  readonly generation: number;
  uses: number;
  closing?: Promise<void>;
}

/**
 * A resource that is made anew with each credentials of a lease, see
 * `rotatingResource`.
 *
 * @example
 * ```ts
 * import { MongoClient } from './mongo.js';
 *
 * function count(mongo: RotatingResource<MongoClient>): Promise<number> {
 *   return mongo.use((client) => client.count('orders'));
 * }
 * ```
 *
 * @publicApi
 */
export class RotatingResource<R> {
  readonly #options: RotatingResourceOptions<LeaseData, R>;
  readonly #lease: LeaseRef;
  readonly #idle = new Broadcast();
  readonly #stops: (() => void)[];
  #current: Holder<R> | undefined;
  #candidate: Holder<R> | undefined;
  #preparing:
    { readonly generation: number; readonly done: Promise<void> } | undefined;
  #isClosed = false;

  /** @internal */
  constructor(options: RotatingResourceOptions<LeaseData, R>) {
    this.#options = options;
    this.#lease = options.lease;
    this.#stops = [
      options.lease.onProof((credentials) => this.prepare(credentials)),
      options.lease.onRotation((next) => this.changeTo(next)),
      options.lease.onClose(() => this.close()),
    ];
  }

  /**
   * The one with the credentials in use. What goes on for longer than a moment
   * belongs into `use`.
   *
   * @throws InfisicalError when it is closed
   */
  get current(): R {
    return this.holder().resource;
  }

  /** Of the credentials that it was made with. */
  get generation(): number {
    return this.holder().generation;
  }

  /** Works with the current one, which is not closed before that has ended. */
  async use<T>(work: (resource: R) => T | Promise<T>): Promise<T> {
    const holder = this.holder();
    holder.uses++;
    try {
      return await work(holder.resource);
    } finally {
      holder.uses--;
      this.#idle.fire();
    }
  }

  /** Drains and closes it. Harmless when repeated. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    const left = [this.#candidate, this.#current];
    this.#candidate = undefined;
    await Promise.all(
      left.map(async (holder) => {
        if (holder) await this.retire(holder);
      }),
    );
  }

  /** @internal */
  async open(): Promise<this> {
    try {
      // The credentials may change meanwhile.
      while (this.#current?.generation !== this.#lease.current.generation) {
        await this.changeTo(this.#lease.current);
      }
      return this;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  private holder(): Holder<R> {
    if (this.#current && !this.#isClosed) return this.#current;
    throw new InfisicalError(
      `The resource of the lease "${this.#lease.name}" is closed: stop using it before the app ends.`,
    );
  }

  /** Makes and proves the successor, before anybody sees the credentials; once, while that goes on. */
  private async prepare(credentials: LeaseCredentials): Promise<void> {
    const { generation } = credentials;
    if (this.#candidate?.generation === generation) return;
    if (this.#preparing?.generation === generation) {
      return this.#preparing.done;
    }
    const done = this.make(credentials);
    const preparing = { generation, done };
    this.#preparing = preparing;
    try {
      await done;
    } finally {
      if (this.#preparing === preparing) this.#preparing = undefined;
    }
  }

  private async make(credentials: LeaseCredentials): Promise<void> {
    const { generation } = credentials;
    const before = this.#candidate;
    this.#candidate = undefined;
    // It never worked elsewhere, so that nobody has seen it.
    if (before) await this.retire(before);
    const resource = await this.#options.create(credentials);
    const holder: Holder<R> = { resource, generation, uses: 0 };
    try {
      await this.#options.prove?.(resource);
      if (this.#isClosed) throw new InfisicalError('It is closed.');
    } catch (error) {
      await this.retire(holder).catch(() => undefined);
      throw error;
    }
    this.#candidate = holder;
  }

  private async changeTo(next: LeaseCredentials): Promise<void> {
    const { generation } = next;
    // In the same step as everyone else, when it has been proven.
    if (this.#candidate?.generation !== generation) await this.prepare(next);
    const candidate = this.#candidate;
    if (candidate?.generation !== generation) return;
    this.#candidate = undefined;
    const old = this.#current;
    this.#current = candidate;
    // Its lease is held until it is closed; nobody waits for that.
    if (old) this.retire(old).catch(() => undefined);
  }

  private retire(holder: Holder<R>): Promise<void> {
    return (holder.closing ??= this.drainAndClose(holder));
  }

  private async drainAndClose(holder: Holder<R>): Promise<void> {
    const { resource, generation } = holder;
    const late = new AbortController();
    const deadline = new Promise<void>((resolve) => {
      late.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const letGo = this.#lease.hold(generation, () => late.abort());
    try {
      const drained = async (): Promise<void> => {
        while (holder.uses > 0) await this.#idle.wait(late.signal);
        await this.#options.drain?.(resource);
      };
      await Promise.race([drained().catch(() => undefined), deadline]);
      await this.#options.close(resource);
    } finally {
      letGo();
    }
  }
}

/**
 * Bridges a lease to whatever logs in once and has to be made anew for other
 * credentials: a client of MongoDB, of a queue, of an API. The new one is made
 * and proven before anybody sees the credentials; then it is the current one,
 * and the old one is drained, closed, and its lease revoked. At the end of old
 * credentials it is closed even if it is not drained.
 *
 * @throws what `create` or `prove` throw for the first one
 *
 * @example
 * ```ts
 * import { MongoClient } from './mongo.js';
 *
 * const mongo = await rotatingResource<'mongo-db', MongoClient>({
 *   lease: await leases.acquire('orders-db'),
 *   create: ({ data }) => new MongoClient(data.DB_USERNAME, data.DB_PASSWORD),
 *   prove: (client) => client.ping(),
 *   close: (client) => client.close(),
 * });
 * await mongo.use((client) => client.insert('orders', { id: 1 }));
 * ```
 *
 * @publicApi
 */
export function rotatingResource<T extends object | string, R>(
  options: RotatingResourceOptions<T, R>,
): Promise<RotatingResource<R>> {
  return new RotatingResource(
    options as unknown as RotatingResourceOptions<LeaseData, R>,
  ).open();
}
