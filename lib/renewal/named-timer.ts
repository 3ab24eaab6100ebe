import { SchedulerRegistry } from '@nestjs/schedule';
import {
  type Clock,
  MAX_TIMER_DELAY,
  type TimerHandle,
} from '../common/clock.js';

/** Token of the registry in use: the app's, or a private one. */
export const INFISICAL_SCHEDULER = Symbol('INFISICAL_SCHEDULER');

/**
 * Takes the app's registry when it imports `ScheduleModule.forRoot()`, and
 * brings a private one when not. Importing the module here would make every
 * job of the app fire twice.
 */
export const schedulerProvider = {
  provide: INFISICAL_SCHEDULER,
  useFactory: (registry?: SchedulerRegistry): SchedulerRegistry =>
    registry ?? new SchedulerRegistry(),
  inject: [{ token: SchedulerRegistry, optional: true }],
};

/** A one-shot timer that stands under a name in a `SchedulerRegistry`, so that the app can see it. */
export class NamedTimer {
  #timer: TimerHandle | undefined;

  constructor(
    readonly name: string,
    private readonly registry: SchedulerRegistry,
    private readonly clock: Clock,
  ) {}

  /** Calls back at this moment, in place of an earlier arrangement. Undefined cancels. */
  set(at: number | undefined, callback: () => void): void {
    this.clear();
    if (at === undefined) return;
    // At least a moment: a timer may fire early, and is then set again.
    const left = Math.max(1, at - this.clock.monotonic());
    // In pieces, so that a suspended machine is noticed within a day.
    this.#timer = this.clock.setTimeout(
      () => {
        if (left > MAX_TIMER_DELAY) {
          this.set(at, callback);
          return;
        }
        this.clear();
        callback();
      },
      Math.min(left, MAX_TIMER_DELAY),
      { background: true },
    );
    this.registry.addTimeout(this.name, this.#timer);
  }

  clear(): void {
    if (!this.#timer) return;
    this.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    // The app's scheduler empties the registry in its own shutdown hook.
    if (this.registry.doesExist('timeout', this.name)) {
      this.registry.deleteTimeout(this.name);
    }
  }
}
