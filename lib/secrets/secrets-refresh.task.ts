import { setMaxListeners } from 'node:events';
import type { Clock } from '../common/clock.js';
import { jitter, type Random } from '../common/random.js';
import { NamedTimer, type TimerRegistry } from '../renewal/named-timer.js';
import type { ScopeStore } from './scope-store.js';

/**
 * Name of the task in the app's `SchedulerRegistry` (a timeout that is set anew each time). A named root adds `:` and its name.
 *
 * @example
 * ```ts
 * import { SchedulerRegistry } from '@nestjs/schedule';
 *
 * function isRefreshScheduled(registry: SchedulerRegistry): boolean {
 *   return registry.doesExist('timeout', SECRETS_REFRESH_TASK);
 * }
 * ```
 *
 * @publicApi
 */
export const SECRETS_REFRESH_TASK = 'infisical:secrets-refresh';

/** Spread of the interval, so that replicas do not ask together. */
const REFRESH_JITTER = 0.1;

/** Asks for changes of all loaded scopes from time to time. A failure shows in the scopes' status. */
export class SecretsRefreshTask {
  readonly #timer: NamedTimer;
  readonly #lifetime = new AbortController();

  constructor(
    private readonly store: ScopeStore,
    registry: TimerRegistry,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly interval: number,
    private readonly onError: (error: Error) => void,
  ) {
    // As many lists wait for it as there are scopes.
    setMaxListeners(0, this.#lifetime.signal);
    this.#timer = new NamedTimer(SECRETS_REFRESH_TASK, registry, clock);
  }

  start(): void {
    const at =
      this.clock.monotonic() +
      jitter(this.interval, REFRESH_JITTER, this.random);
    this.#timer.set(at, () => void this.run());
  }

  stop(): void {
    this.#lifetime.abort();
    this.#timer.clear();
  }

  private async run(): Promise<void> {
    const { signal } = this.#lifetime;
    try {
      await this.store.refreshAll(signal);
    } catch (error) {
      if (!signal.aborted) this.onError(error as Error);
    }
    if (!signal.aborted) this.start();
  }
}
