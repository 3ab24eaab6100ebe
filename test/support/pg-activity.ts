import pg from 'pg';

/** In which the end of one thing leads to the next one. */
const QUIET_TURNS = 10;

/** What is told of a client besides its types. */
interface Insides {
  readonly connection: { readonly _connecting: boolean };
  readonly _ending: boolean;
  readonly _ended: boolean;
  readonly _queryable: boolean;
}

type Method = 'connect' | 'query' | 'end';
type Call = (this: pg.Client, ...args: unknown[]) => unknown;

/**
 * Knows when connections of `pg` are opened or closed or wait for an answer, so
 * that virtual time does not run while PostgreSQL works.
 */
export class PgActivity {
  readonly #busy = new Map<pg.Client, Set<Method>>();
  readonly #ignored = new WeakSet<object>();
  readonly #restore: () => void;

  constructor() {
    const prototype = pg.Client.prototype as unknown as Record<Method, Call>;
    const original = { ...pick(prototype) };
    const note = (client: pg.Client, what: Method, done: string[]): void =>
      this.#note(client, what, done);
    prototype.connect = function (...args) {
      note(this, 'connect', ['connect', 'end']);
      return original.connect.apply(this, args);
    };
    prototype.query = function (...args) {
      const { _ending, _queryable } = this as unknown as Insides;
      if (_queryable && !_ending) note(this, 'query', ['drain', 'end']);
      return original.query.apply(this, args);
    };
    prototype.end = function (...args) {
      const { connection, _ended } = this as unknown as Insides;
      if (connection._connecting && !_ended) note(this, 'end', ['end']);
      return original.end.apply(this, args);
    };
    this.#restore = () => Object.assign(prototype, original);
  }

  /** Its statements take longer than anybody waits. */
  ignore(client: object): void {
    this.#ignored.add(client);
  }

  get isBusy(): boolean {
    return [...this.#busy].some(
      ([client, what]) => what.size > 0 && !this.#ignored.has(client),
    );
  }

  /**
   * Resolves when nothing is under way, nor begins in some turns of the event loop.
   *
   * @param isBusy whether something else is
   */
  async idle(
    isBusy = (): boolean => false,
    turns = QUIET_TURNS,
  ): Promise<void> {
    for (let quiet = 0; quiet < turns; quiet++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.isBusy || isBusy()) quiet = 0;
    }
  }

  restore(): void {
    this.#restore();
  }

  #note(client: pg.Client, what: Method, events: string[]): void {
    const known = this.#busy.get(client) ?? new Set();
    this.#busy.set(client, known);
    if (known.has(what)) return;
    known.add(what);
    const done = (): void => {
      known.delete(what);
      for (const event of events) client.removeListener(event, done);
      if (known.size === 0) this.#busy.delete(client);
    };
    for (const event of events) client.on(event as 'end', done);
  }
}

function pick(prototype: Record<Method, Call>): Record<Method, Call> {
  const { connect, query, end } = prototype;
  return { connect, query, end };
}
