import type { Clock } from '../common/clock.js';
import { type Duration, toMilliseconds } from '../common/duration.js';
import { waitFor } from '../common/wait-for.js';

/**
 * Cache of `secrets.get` and `secrets.list`.
 *
 * @example
 * ```ts
 * const cache: CacheOptions = { ttl: '30s' };
 * const client = new InfisicalClient({
 *   projectId,
 *   environment: 'prod',
 *   cache,
 * });
 * await client.secrets.get('LIMIT', { fresh: true }); // asks all the same
 * ```
 *
 * @publicApi
 */
export interface CacheOptions {
  /** How long an answer is used again. Default 0: not at all. */
  ttl?: Duration;
  /** Whether each use starts the time anew, as in the first Infisical SDKs. Default false. */
  sliding?: boolean;
}

/** Most answers that are kept. The one used longest ago goes first. */
const MAX_ENTRIES = 1000;

interface Entry {
  readonly value: Promise<unknown>;
  expiresAt: number;
}

/** Answers of reads by everything that changes them. Concurrent equal reads share one request; a write forgets all. */
export class ReadCache {
  readonly #entries = new Map<string, Entry>();
  readonly #ttl: number;
  readonly #sliding: boolean;
  readonly #clock: Clock;

  /** @throws InfisicalConfigError when the TTL is not a duration */
  constructor(options: CacheOptions | undefined, clock: Clock) {
    this.#ttl = toMilliseconds(options?.ttl ?? 0, 'cache.ttl');
    this.#sliding = options?.sliding ?? false;
    this.#clock = clock;
  }

  /** Whether answers are kept at all. */
  get enabled(): boolean {
    return this.#ttl > 0;
  }

  /**
   * The kept answer, or that of `load`. Each caller can stop waiting by its own
   * signal; the shared request goes on.
   *
   * @param key everything that changes the answer
   */
  async read<T>(
    key: readonly unknown[],
    signal: AbortSignal,
    load: () => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const id = JSON.stringify(key);
    const value = this.kept(id) ?? this.keep(id, load());
    return waitFor(value as Promise<T>, signal);
  }

  /** Forgets one answer. */
  forget(key: readonly unknown[]): void {
    this.#entries.delete(JSON.stringify(key));
  }

  /** Forgets everything, requests under way included: they may have read what was there before. */
  clear(): void {
    this.#entries.clear();
  }

  private kept(id: string): Promise<unknown> | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const now = this.#clock.monotonic();
    this.#entries.delete(id);
    if (now >= entry.expiresAt) return undefined;
    if (this.#sliding) entry.expiresAt = now + this.#ttl;
    // At the end again: the first of the map is the one used longest ago.
    this.#entries.set(id, entry);
    return entry.value;
  }

  /** So that no value stays in memory for longer than it is used. */
  private dropExpired(): void {
    const now = this.#clock.monotonic();
    for (const [id, { expiresAt }] of this.#entries) {
      if (now >= expiresAt) this.#entries.delete(id);
    }
  }

  private keep(id: string, value: Promise<unknown>): Promise<unknown> {
    this.dropExpired();
    const entry: Entry = {
      value,
      expiresAt: this.#clock.monotonic() + this.#ttl,
    };
    this.#entries.set(id, entry);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MAX_ENTRIES && !oldest.done) {
      this.#entries.delete(oldest.value);
    }
    // A failure is not kept.
    value.catch(() => {
      if (this.#entries.get(id) === entry) this.#entries.delete(id);
    });
    return value;
  }
}
