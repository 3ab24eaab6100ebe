import type { ModulesContainer } from '@nestjs/core';
import { isDeepStrictEqual } from 'node:util';
import type { InfisicalClient } from '../client/infisical-client.js';
import type { ScopeState } from '../secrets/scope-state.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import type { Snapshot } from '../secrets/snapshot.js';
import type { SnapshotReader, TakeOver } from '../secrets/snapshot-readers.js';
import { type ConfigDefinition, definitionOf } from './infisical-config.js';

type Values = Record<string, unknown>;

/** What is used of the `ConfigService`, versions 4 and 12. */
interface ConfigStore {
  get(path: readonly string[]): unknown;
  set(path: readonly string[], value: unknown): void;
  readonly changes$: object;
}

/** Keeps what the factories of `infisicalConfig` made as the secrets of a root are. */
export class ConfigBridge {
  readonly #followers: ConfigFollower[] = [];

  /** @param warn called when new values are refused, with the namespace and why */
  constructor(
    private readonly modules: ModulesContainer,
    private readonly client: InfisicalClient,
    private readonly store: ScopeStore,
    private readonly warn: (namespace: string, error: Error) => void,
  ) {}

  /** Finds the factories of this app, whose objects are there by now. */
  start(): void {
    for (const { providers } of this.modules.values()) {
      const wrappers = [...providers.values()];
      for (const { metatype, instance } of wrappers) {
        const definition = definitionOf(metatype);
        const state = definition?.find(this.client, this.store);
        if (!definition || !state || !isValues(instance)) continue;
        const service = wrappers
          .map((wrapper): unknown => wrapper.instance)
          .find(isConfigStore);
        const follower = new ConfigFollower(
          definition,
          state,
          this.store,
          instance,
          service,
          this.warn,
        );
        this.#followers.push(follower);
        follower.start();
      }
    }
  }

  stop(): void {
    for (const follower of this.#followers) follower.stop();
  }
}

/** Keeps one object, and its copy in the `ConfigService`, as a scope is. */
class ConfigFollower implements SnapshotReader {
  /** What was told last; the object itself may be that of the service. */
  #told: Values;
  #seen: Snapshot | undefined;
  #stopped = false;
  /** What `changes$` of the service is told when everyone has the new values. */
  #events: (() => void)[] = [];
  #subscription: { unsubscribe(): void } | undefined;

  constructor(
    private readonly definition: ConfigDefinition,
    private readonly state: ScopeState,
    private readonly store: ScopeStore,
    private readonly object: Values,
    private readonly service: ConfigStore | undefined,
    private readonly warn: (namespace: string, error: Error) => void,
  ) {
    this.#told = { ...object };
  }

  start(): void {
    this.state.readers.add(this);
    this.#subscription = this.state.changes$.subscribe(() => this.tell());
    // It may have been loaded before the latest snapshot.
    const { snapshot } = this.state;
    if (!snapshot) return;
    this.prepare(snapshot)();
    this.tell();
  }

  stop(): void {
    this.#stopped = true;
    this.#subscription?.unsubscribe();
  }

  /** It reads all names. */
  concerns(): boolean {
    return true;
  }

  /** Makes the new values; those of a schema that answers later come later. */
  prepare(next: Snapshot): TakeOver {
    if (this.#stopped) return () => undefined;
    this.#seen = next;
    try {
      const values = this.definition.read(next, this.state, this.store);
      if (values instanceof Promise) {
        void this.takeLater(next, values);
        return () => undefined;
      }
      return () => {
        this.take(values);
        return undefined;
      };
    } catch (error) {
      return () => {
        this.refuse(error as Error);
        return undefined;
      };
    }
  }

  private async takeLater(
    snapshot: Snapshot,
    values: Promise<Values>,
  ): Promise<void> {
    try {
      const next = await values;
      // A newer one may have come meanwhile.
      if (this.#stopped || this.#seen !== snapshot) return;
      this.take(next);
      this.tell();
    } catch (error) {
      this.refuse(error as Error);
    }
  }

  private refuse(error: Error): void {
    this.warn(this.definition.namespace ?? '', error);
  }

  /** All values in one step, so that no one sees some of them. */
  private take(next: Values): void {
    const before = this.#told;
    this.#told = { ...next };
    for (const name of new Set([
      ...Object.keys(before),
      ...Object.keys(next),
    ])) {
      const value = next[name];
      if (isSame(before[name], value)) continue;
      if (this.service) {
        const { namespace } = this.definition;
        const path = [...(namespace?.split('.') ?? []), name];
        this.#events.push(...setQuietly(this.service, path, value));
      }
      if (value === undefined) delete this.object[name];
      else this.object[name] = value;
    }
  }

  private tell(): void {
    for (const event of this.#events.splice(0)) event();
  }
}

/**
 * `ConfigService#set` writes a path that is a text to process.env, too, and one
 * that is a list of keys it does not. The event of `changes$` has the text all
 * the same, as its subscribers compare it.
 *
 * @returns what tells `changes$`
 */
function setQuietly(
  service: ConfigStore,
  path: readonly string[],
  value: unknown,
): (() => void)[] {
  const { _changes$: events } = service as {
    _changes$?: { next?(event: object): void };
  };
  if (typeof events?.next !== 'function') {
    service.set(path, value);
    return [];
  }
  const told: (() => void)[] = [];
  const next = (event: object): void => {
    told.push(() => events.next?.({ ...event, path: path.join('.') }));
  };
  const view = Object.create(service, {
    _changes$: { value: { next } },
  }) as ConfigStore;
  view.set(path, value);
  return told;
}

function isSame(a: unknown, b: unknown): boolean {
  // Node 20 takes all URLs for equal.
  if (a instanceof URL && b instanceof URL) return a.href === b.href;
  return isDeepStrictEqual(a, b);
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null;
}

/** By its public face: a package may be there twice, and its names may be shortened. */
function isConfigStore(value: unknown): value is ConfigStore {
  if (!isValues(value)) return false;
  const { get, set, changes$ } = value;
  return (
    typeof get === 'function' && typeof set === 'function' && isValues(changes$)
  );
}
