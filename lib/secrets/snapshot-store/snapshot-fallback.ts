import {
  contextOf,
  type InfisicalClient,
} from '../../client/infisical-client.js';
import type { SecretList } from '../../client/secret-list.js';
import { type Clock, delay } from '../../common/clock.js';
import { InfisicalConfigError } from '../../common/infisical.error.js';
import type { Random } from '../../common/random.js';
import type { Scope } from '../scope.js';
import type { SecretsEvent } from '../secrets-event.js';
import { mayPass } from '../startup.js';
import { OutageWatch } from './outage-watch.js';
import { listOrTurn } from './shared-start.js';
import { SnapshotRefusedError } from './snapshot-refused.error.js';
import type { ResolvedSnapshotStore } from './snapshot-store.options.js';
import { SnapshotVault } from './snapshot-vault.js';
import type { StoredList } from './stored-list.js';

/** Waits between tries to replace what came from the store, each by half at random. Milliseconds. */
const RECOVERY = { first: 1_000, longest: 30_000 };

/** A list, and what is to be known of one that is not the server's answer. */
export interface FoundList {
  readonly list: SecretList;
  /** Of a list out of the store: its age in milliseconds, and why the server was not waited for. */
  readonly stored?: { readonly age: number; readonly error: Error };
}

/** What a fallback needs of its root. */
export interface FallbackParts {
  readonly client: InfisicalClient;
  readonly options: ResolvedSnapshotStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** Keeps what the server told in the store, and falls back to it for a first list while the server is away. */
export class SnapshotFallback {
  readonly #vault: SnapshotVault;
  readonly #watch: OutageWatch;
  readonly #options: ResolvedSnapshotStore;
  readonly #ages = new WeakMap<SecretList, number>();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #endWatch: () => void;
  #saving: Promise<void> = Promise.resolve();
  #isRecovering = false;
  #hasFailed = false;

  constructor({ client, options, clock, random }: FallbackParts) {
    this.#options = options;
    this.#vault = new SnapshotVault(client, options, clock);
    this.#watch = new OutageWatch(clock, options);
    this.#clock = clock;
    this.#random = random;
    this.#endWatch = contextOf(client).http.observers.add(this.#watch);
  }

  /** @throws InfisicalConfigError when the key is none */
  async prepare(): Promise<void> {
    await this.#vault.keys();
  }

  /**
   * Waits for work, no longer than until the server is away.
   *
   * @returns why it is; undefined when the work is done
   * @throws what the work throws, when the server is there
   */
  async orAway(work: Promise<unknown>): Promise<Error | undefined> {
    const { outage, cancel } = this.#watch.wait();
    try {
      return await Promise.race([work.then(() => undefined), outage]);
    } catch (error) {
      if (mayPass(error as Error)) return error as Error;
      throw error;
    } finally {
      cancel();
    }
  }

  /**
   * The list that another replica just got, where that is wanted. A store that
   * fails, or has nothing that may be used, leaves the question to the server.
   */
  async shared(
    scope: Scope,
    signal: AbortSignal,
    report: (event: SecretsEvent) => void,
  ): Promise<SecretList | undefined> {
    const { share } = this.#options;
    if (!share) return undefined;
    try {
      const fleet = await this.#vault.fleet(scope, share.maxAge, signal);
      const found = await listOrTurn(
        fleet,
        share,
        this.#clock,
        this.#random,
        signal,
      );
      if (found) this.#ages.set(found.list, found.age);
      return found?.list;
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof InfisicalConfigError) throw thrown;
      this.tellFailure(thrown as Error, report);
      return undefined;
    }
  }

  /** Milliseconds since the server told a list that was shared; undefined for other lists. */
  ageOf(list: SecretList): number | undefined {
    return this.#ages.get(list);
  }

  /**
   * The first list of a scope: the server's, or the stored one when the server
   * is away. The request goes on then.
   *
   * @throws what the request throws
   * @throws SnapshotRefusedError when the server is away, and the stored one may not be used
   */
  async first(
    scope: Scope,
    request: Promise<SecretList>,
    signal: AbortSignal,
    report: (event: SecretsEvent) => void,
  ): Promise<FoundList> {
    request.catch(() => undefined);
    const error = await this.orAway(request);
    if (!error) return { list: await request };
    let refusal: SnapshotRefusedError | undefined;
    try {
      const stored = await this.#vault.read(scope, signal);
      if (stored) return restored(stored, error, report);
    } catch (thrown) {
      if (thrown instanceof InfisicalConfigError) throw thrown;
      if (thrown instanceof SnapshotRefusedError) refusal = thrown;
      report(
        refusal
          ? { kind: 'snapshot-refused', error: refusal }
          : { kind: 'snapshot-store-failed', error: thrown as Error },
      );
    }
    try {
      return { list: await request };
    } catch (thrown) {
      if (!refusal || !mayPass(thrown as Error)) throw thrown;
      throw refusal.because(thrown as Error);
    }
  }

  /** Stores an answer of the server, in the background; a failure is told once, until it works again. */
  keep(
    scope: Scope,
    list: SecretList,
    isNew: boolean,
    signal: AbortSignal,
    report: (event: SecretsEvent) => void,
  ): void {
    this.#ages.delete(list);
    const now = this.#clock.now();
    const save = (): Promise<void> =>
      this.#vault.save(scope, list, { now, isNew }, signal);
    // One after the other, so that the latest answer stays.
    this.#saving = this.#saving.then(save).then(
      () => {
        this.#hasFailed = false;
      },
      (thrown: unknown) => {
        if (!signal.aborted) this.tellFailure(thrown as Error, report);
      },
    );
  }

  /**
   * Asks the server again and again, until it answers or refuses. Repeating is
   * harmless.
   */
  async recover(
    refresh: () => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#isRecovering) return;
    this.#isRecovering = true;
    try {
      for (let bound = RECOVERY.first; !signal.aborted; bound *= 2) {
        try {
          await refresh();
          return;
        } catch (error) {
          if (!mayPass(error as Error)) return;
        }
        const longest = Math.min(bound, RECOVERY.longest);
        await delay(this.#clock, longest * (1 + this.#random()) * 0.5, signal);
      }
    } catch {
      // The app ends.
    } finally {
      this.#isRecovering = false;
    }
  }

  stop(): void {
    this.#endWatch();
    this.#watch.stop();
  }

  /** Tells it once, until the store works again. */
  private tellFailure(
    error: Error,
    report: (event: SecretsEvent) => void,
  ): void {
    if (error instanceof SnapshotRefusedError) {
      // One that is too old is no surprise: it is about to be replaced.
      if (error.reason !== 'expired')
        report({ kind: 'snapshot-refused', error });
      return;
    }
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    report({ kind: 'snapshot-store-failed', error });
  }
}

function restored(
  { list, age }: StoredList,
  error: Error,
  report: (event: SecretsEvent) => void,
): FoundList {
  report({ kind: 'snapshot-restored', age, error });
  return { list, stored: { age, error } };
}
