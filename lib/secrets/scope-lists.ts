import type { InfisicalClient } from '../client/infisical-client.js';
import type { SecretList } from '../client/secret-list.js';
import { backgroundSignal } from '../http/deadline.js';
import { InfisicalHttpError } from '../http/errors.js';
import { type Scope, scopeKey } from './scope.js';
import type { ScopeState } from './scope-state.js';
import type { SecretsEvent } from './secrets-event.js';
import type {
  FoundList,
  SnapshotFallback,
} from './snapshot-store/snapshot-fallback.js';

interface CachedList {
  readonly list: SecretList;
  readonly etag: string;
}

/** A list that was asked for. */
export interface ListRequest {
  /** Grows with each request, in the order in which they are sent. */
  readonly order: number;
  readonly answer: Promise<SecretList>;
}

/** What lists need of those who ask for them. */
export interface ListReaders {
  /** The state of a scope, if there is one. */
  find(scope: Scope): ScopeState | undefined;
  tell(scope: Scope, event: SecretsEvent): void;
  /** Aborts when nobody asks any more. */
  readonly lifetime: AbortSignal;
}

/** The lists of scopes: equal ones share a request, and an unchanged one is answered from memory. */
export class ScopeLists {
  readonly #cached = new Map<string, CachedList>();
  readonly #inFlight = new Map<string, ListRequest>();
  readonly #backgroundLifetime: AbortSignal;
  #requests = 0;

  /** @param fallback where snapshots are kept for a start while the server is away */
  constructor(
    private readonly client: InfisicalClient,
    private readonly readers: ListReaders,
    private readonly fallback: SnapshotFallback | undefined,
  ) {
    this.#backgroundLifetime = backgroundSignal(readers.lifetime);
  }

  /** The request that is under way for a scope. */
  underWay(scope: Scope): ListRequest | undefined {
    return this.#inFlight.get(scopeKey(scope));
  }

  /** Resolves when the lists that are under way for these scopes have ended, well or not. */
  async settled(scopes: readonly Scope[]): Promise<void> {
    const lists = scopes
      .map((scope) => this.underWay(scope)?.answer)
      .filter((list) => list !== undefined);
    await Promise.allSettled(lists);
  }

  /** One list. In the background, others go first where the server limits the rate. */
  request(scope: Scope, isBackground: boolean): ListRequest {
    const key = scopeKey(scope);
    let request = this.#inFlight.get(key);
    if (!request) {
      const answer = this.fetch(key, scope, isBackground).finally(() =>
        this.#inFlight.delete(key),
      );
      request = { order: ++this.#requests, answer };
      this.#inFlight.set(key, request);
    }
    return request;
  }

  /** What a request finds for these scopes; a first list may be of the snapshot store. */
  async orStored(
    list: Promise<SecretList>,
    scopes: readonly [Scope, ...Scope[]],
    signal: AbortSignal,
  ): Promise<FoundList> {
    const isFirst = scopes.some(
      (one) => this.readers.find(one)?.snapshot === undefined,
    );
    if (!this.fallback || !isFirst) return { list: await list };
    const [scope] = scopes;
    return this.fallback.first(scope, list, signal, (event) =>
      this.readers.tell(scope, event),
    );
  }

  /** Forgets what is remembered of a scope. */
  forget(scope: Scope): void {
    this.#cached.delete(scopeKey(scope));
  }

  private async fetch(
    key: string,
    scope: Scope,
    isBackground: boolean,
  ): Promise<SecretList> {
    const cached = this.#cached.get(key);
    const shared = this.fallback && (await this.shared(key, scope));
    if (shared) return shared;
    const signal = isBackground
      ? this.#backgroundLifetime
      : this.readers.lifetime;
    const answer = await this.client.secrets.listConditionally(
      { ...scope, signal },
      cached?.etag,
    );
    if (!answer.modified) {
      if (cached) return this.keep(scope, cached.list, false);
      throw new InfisicalHttpError(
        'The server answered 304 to a list that was not conditional. Look at the proxy or cache in front of it.',
        { status: 304, code: 'UnexpectedAnswer' },
      );
    }
    const { list } = answer;
    // What the client keeps for its own callers is older than this.
    if (cached) this.client.clearCache();
    if (list.etag && this.readers.find(scope)) {
      this.#cached.set(key, { list, etag: list.etag });
    } else this.#cached.delete(key);
    return this.keep(scope, list, true);
  }

  /** The first list of a scope, from another replica where that is wanted. */
  private async shared(
    key: string,
    scope: Scope,
  ): Promise<SecretList | undefined> {
    const state = this.readers.find(scope);
    if (!this.fallback || !state || state.snapshot) return undefined;
    const { lifetime } = this.readers;
    const list = await this.fallback.shared(scope, lifetime, (event) =>
      this.readers.tell(scope, event),
    );
    if (list?.etag) this.#cached.set(key, { list, etag: list.etag });
    return list;
  }

  /** Gives a list of the server to the snapshot store. */
  private keep(scope: Scope, list: SecretList, isNew: boolean): SecretList {
    this.fallback?.keep(scope, list, isNew, this.readers.lifetime, (event) =>
      this.readers.tell(scope, event),
    );
    return list;
  }
}
