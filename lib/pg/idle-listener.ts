import type { EventEmitter } from 'node:events';

/** Marks that a pool is only meant to forget a connection. */
class Removal extends Error {}

/** Connections that are being removed. */
const removals = new WeakMap<object, Removal>();

/**
 * The listener by which a pool of `pg` removes an idle connection that breaks:
 * it forgets the connection, ends it, and then tells the error. There is no
 * other way to take an idle connection out of a pool that one does not have.
 * The error is not told here: `end` throws before that.
 */
export class IdleListener {
  private constructor(
    private readonly client: EventEmitter,
    private readonly listener: (error: Error) => void,
  ) {}

  /** Undefined when the connection is not idle in a pool, or the pool is another one: it stays there until it is used or times out. */
  static of(client: EventEmitter): IdleListener | undefined {
    const listener = client
      .listeners('error')
      .find(({ name }) => name === 'idleListener');
    return listener && new IdleListener(client, listener as never);
  }

  remove(): void {
    const removal = new Removal('It is removed, and has not failed.');
    removals.set(this.client, removal);
    try {
      this.listener.call(this.client, removal);
    } catch (error) {
      if (error !== removal) throw error;
    } finally {
      removals.delete(this.client);
    }
  }

  /** To be called by `end` of a connection when it has begun. */
  static onEnd(client: object): void {
    const removal = removals.get(client);
    if (removal) throw removal;
  }
}
