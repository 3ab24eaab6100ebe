import type { Subscription } from 'rxjs';
import { contextOf, type InfisicalClient } from '../client/infisical-client.js';
import { subscribeToProject } from '../client/project-events.js';
import type { SleepAwareClock } from '../common/sleep-aware-clock.js';
import type { Random } from '../common/random.js';
import { NamedTimer, type TimerRegistry } from '../renewal/named-timer.js';
import type { Scope } from '../secrets/scope.js';
import type { ScopeState } from '../secrets/scope-state.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import { EventSubscription } from './event-subscription.js';
import { PUSH_POLICY } from './push-policy.js';
import type { PushedRefresh } from './pushed-refresh.js';
import { type Folders, holdsFolders } from './watched-folders.js';

/** Name of the timer between the load of a scope and its subscription. */
const PUSH_TASK = 'infisical:push';

/** How long scopes that are loaded one after the other are gathered, in milliseconds. */
const GATHER = 100;

/** Whom a {@link PushTask} tells how it goes. */
export interface PushListener {
  /** The first stream of an environment is open. */
  onOpen(environment: string, folders: Folders): void;
  onRefusal(environment: string, folders: Folders, error: Error): void;
  onTrouble(environment: string, error: Error): void;
  /** There are more environments than streams. Told once. */
  onTooMany(environment: string, most: number): void;
}

/** Subscribes to the changes in the folders of all loaded scopes: one stream for each project and environment. */
export class PushTask {
  readonly #subscriptions = new Map<string, EventSubscription>();
  readonly #timer: NamedTimer;
  readonly #waiting = new Set<ScopeState>();
  #loads: Subscription | undefined;
  #isFullTold = false;

  constructor(
    private readonly store: ScopeStore,
    private readonly client: InfisicalClient,
    private readonly pushed: PushedRefresh,
    registry: TimerRegistry,
    private readonly clock: SleepAwareClock,
    private readonly random: Random,
    private readonly listener: PushListener,
  ) {
    this.#timer = new NamedTimer(PUSH_TASK, registry, clock);
  }

  start(): void {
    this.#loads = this.store.refreshes$.subscribe(({ state, outcome }) => {
      if (outcome === 'loaded') this.add([state], GATHER);
    });
    this.add(this.store.loaded, 0);
  }

  /** Ends all streams. Harmless when repeated. */
  stop(): void {
    this.#loads?.unsubscribe();
    this.#timer.clear();
    for (const one of this.#subscriptions.values()) one.stop();
  }

  private add(states: readonly ScopeState[], wait: number): void {
    const isWaiting = this.#waiting.size > 0;
    for (const state of states) this.#waiting.add(state);
    if (isWaiting || this.#waiting.size === 0) return;
    this.#timer.set(this.clock.monotonic() + wait, () => this.watch());
  }

  /** All folders are known to a new stream before it is opened. */
  private watch(): void {
    const made: EventSubscription[] = [];
    for (const { scope } of this.#waiting) {
      const key = placeKey(scope);
      const known = this.#subscriptions.get(key);
      if (known) known.watch(scope);
      else if (this.#subscriptions.size < PUSH_POLICY.streams) {
        const subscription = this.subscription(scope);
        this.#subscriptions.set(key, subscription);
        made.push(subscription);
      } else if (!this.#isFullTold) {
        this.#isFullTold = true;
        this.listener.onTooMany(scope.environment, PUSH_POLICY.streams);
      }
    }
    this.#waiting.clear();
    for (const one of made) void one.run();
  }

  private subscription(scope: Scope): EventSubscription {
    const { store, client, pushed, clock, random, listener } = this;
    const { environment, path, recursive } = scope;
    const context = contextOf(client);
    let isNew = true;
    return new EventSubscription(
      { path, recursive },
      {
        clock,
        random,
        open: async (folders, signal) => {
          const { projectId: id, projectSlug } = scope;
          const projectId = await context.projectId({
            projectId: id,
            projectSlug,
            signal,
          });
          const place = { projectId, environment, ...folders };
          return subscribeToProject(context, place, signal);
        },
        onOpen: (folders) => {
          if (isNew) listener.onOpen(environment, folders);
          isNew = false;
          const watched = store.loaded.filter(
            (state) =>
              placeKey(state.scope) === placeKey(scope) &&
              holdsFolders(folders, state.scope),
          );
          pushed.missed(watched);
        },
        onChange: (folder) => void pushed.changed(folder),
        onRefusal: (folders, error) =>
          listener.onRefusal(environment, folders, error),
        onTrouble: (error) => listener.onTrouble(environment, error),
      },
    );
  }
}

/** Equal for scopes of one project and environment. */
function placeKey({ projectId, projectSlug, environment }: Scope): string {
  return JSON.stringify([projectId ?? projectSlug, environment]);
}
