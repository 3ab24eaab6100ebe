import { readCredential } from '../../auth/credential.js';
import {
  contextOf,
  type InfisicalClient,
} from '../../client/infisical-client.js';
import type { SecretList } from '../../client/secret-list.js';
import { isBinary } from '../../common/bytes.js';
import { type Clock, delay } from '../../common/clock.js';
import { InfisicalError } from '../../common/infisical.error.js';
import { describeScope, type Scope, scopeKey } from '../scope.js';
import {
  SnapshotKeys,
  type SnapshotOwner,
  storageKey,
} from './sealed-snapshot.js';
import type { FleetView } from './shared-start.js';
import { SnapshotRefusedError } from './snapshot-refused.error.js';
import {
  type ResolvedSnapshotStore,
  snapshotKeyBytes,
} from './snapshot-store.options.js';
import { readList, type StoredList, writeList } from './stored-list.js';

/** Longest time for one step of the store; a start must not hang on it. Milliseconds. */
const STORE_TIMEOUT = 2_000;

/** How long a store keeps what is too old, so that it can be told. Milliseconds. */
const KEEP_EXPIRED = 24 * 3_600_000;

/** Part of `maxAge` after which a list that did not change is written anew. */
const REWRITE_AT = 1 / 8;

/** Writes lists to the store, encrypted, and reads them back. */
export class SnapshotVault {
  readonly #client: InfisicalClient;
  readonly #options: ResolvedSnapshotStore;
  readonly #clock: Clock;
  readonly #savedAt = new Map<string, number>();
  #keys: Promise<SnapshotKeys> | undefined;

  constructor(
    client: InfisicalClient,
    options: ResolvedSnapshotStore,
    clock: Clock,
  ) {
    this.#client = client;
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * Reads the key, once.
   *
   * @throws InfisicalConfigError when it cannot be read, or has not 256 bits
   */
  keys(): Promise<SnapshotKeys> {
    this.#keys ??= this.readKey().catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }

  /** What the replicas with the same identity see of each other. */
  async fleet(
    scope: Scope,
    maxAge: number,
    signal: AbortSignal,
  ): Promise<FleetView> {
    const at = storageKey(await this.ownerOf(scope, signal), 'turn');
    return {
      list: async () => {
        const stored = await this.read(scope, signal);
        return stored && stored.age <= maxAge ? stored : undefined;
      },
      turn: () => this.inTime('read', (store) => store.get(at)),
      setTurn: async (word, ttl) => {
        await this.inTime('write', (store) => store.set(at, word, ttl));
      },
    };
  }

  /**
   * The stored list of a scope, if there is one.
   *
   * @throws SnapshotRefusedError when it may not be used
   * @throws InfisicalError when the store fails
   */
  async read(
    scope: Scope,
    signal: AbortSignal,
  ): Promise<StoredList | undefined> {
    const [keys, owner] = await Promise.all([
      this.keys(),
      this.ownerOf(scope, signal),
    ]);
    const sealed = await this.inTime('read', (store) =>
      store.get(storageKey(owner, 'snapshot')),
    );
    if (sealed === undefined || sealed === null) return undefined;
    const now = this.#clock.now();
    const { maxAge } = this.#options;
    const opened = keys.open(sealed, owner, { now, maxAge });
    if (typeof opened === 'string') {
      throw new SnapshotRefusedError(opened, describeScope(scope));
    }
    const age = Math.max(0, now - opened.savedAt);
    return { list: readList(opened.text), age };
  }

  /**
   * Stores what the server just told of a scope.
   *
   * @param now wall clock of the answer
   * @param isNew false when it is what was stored before; then it is written now and then only, to tell its age
   * @throws InfisicalError when the store fails
   */
  async save(
    scope: Scope,
    list: SecretList,
    { now, isNew }: { readonly now: number; readonly isNew: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { maxAge } = this.#options;
    const [keys, owner] = await Promise.all([
      this.keys(),
      this.ownerOf(scope, signal),
    ]);
    const at = storageKey(owner, 'snapshot');
    const before = this.#savedAt.get(at);
    const isDue = before === undefined || now - before >= maxAge * REWRITE_AT;
    if (!isNew && !isDue) return;
    this.#savedAt.set(at, now);
    const sealed = keys.seal(writeList(list), owner, now);
    try {
      const done = await this.inTime('write', (store) =>
        store.set(at, sealed, maxAge + KEEP_EXPIRED),
      );
      if (done === false) throw storeError('write', 'it refused');
    } catch (error) {
      this.#savedAt.delete(at);
      throw error;
    }
  }

  private async ownerOf(
    scope: Scope,
    signal: AbortSignal,
  ): Promise<SnapshotOwner> {
    const { tokens, http } = contextOf(this.#client);
    const login = await tokens.subject(signal);
    // The login may have moved the client to its server.
    return { site: http.site.href, login, scope: scopeKey(scope) };
  }

  private async readKey(): Promise<SnapshotKeys> {
    const { key } = this.#options;
    const { logger } = contextOf(this.#client).http;
    return new SnapshotKeys(
      snapshotKeyBytes(
        isBinary(key) || typeof key === 'string'
          ? key
          : await readCredential(key, 'snapshotStore.key', logger),
      ),
    );
  }

  /** One step of the store. */
  private async inTime(
    what: 'read' | 'write',
    step: (store: ResolvedSnapshotStore['store']) => unknown,
  ): Promise<unknown> {
    const end = new AbortController();
    const work = Promise.resolve().then(() => step(this.#options.store));
    const late = delay(this.#clock, STORE_TIMEOUT, end.signal).then(() => {
      throw storeError(what, `no answer within ${STORE_TIMEOUT} ms`);
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      if (error instanceof InfisicalError) throw error;
      // Its message is another package's: it may hold anything.
      const { code, name } = error as { code?: string; name?: string };
      throw storeError(what, String(code ?? name ?? 'an unknown reason'));
    } finally {
      end.abort();
    }
  }
}

function storeError(what: 'read' | 'write', why: string): InfisicalError {
  return new InfisicalError(
    `The snapshot store could not be ${what === 'read' ? 'read' : 'written'} (${why}). The app works without it; check the connection of snapshotStore.store.`,
  );
}
