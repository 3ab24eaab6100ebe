import type { TokenManager } from '../auth/token-manager.js';
import { MAX_TIMER_DELAY } from '../common/clock.js';
import type { SleepAwareClock } from '../common/sleep-aware-clock.js';
import { NamedTimer, type TimerRegistry } from './named-timer.js';

/**
 * Name of the task in the app's `SchedulerRegistry` (a timeout that is set anew each time). A named root adds `:` and its name.
 *
 * @example
 * ```ts
 * import { SchedulerRegistry } from '@nestjs/schedule';
 *
 * function isRenewalScheduled(registry: SchedulerRegistry): boolean {
 *   return registry.doesExist('timeout', TOKEN_RENEWAL_TASK);
 * }
 * ```
 *
 * @publicApi
 */
export const TOKEN_RENEWAL_TASK = 'infisical:token-renewal';

/**
 * Keeps the access token fresh without anyone asking: wakes the token machine
 * when it wants to be, and once a day at least, so that the task always stands
 * in the registry.
 */
export class TokenRenewalTask {
  readonly #timer: NamedTimer;
  readonly #stop: () => void;

  constructor(
    manager: TokenManager,
    registry: TimerRegistry,
    clock: SleepAwareClock,
  ) {
    this.#timer = new NamedTimer(TOKEN_RENEWAL_TASK, registry, clock);
    const schedule = (at = clock.monotonic() + MAX_TIMER_DELAY): void =>
      this.#timer.set(at, () => {
        manager.tick();
        schedule(manager.wakeAt);
      });
    this.#stop = manager.onWake(schedule);
    schedule(manager.wakeAt);
  }

  stop(): void {
    this.#stop();
    this.#timer.clear();
  }
}
