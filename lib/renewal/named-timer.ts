import type { FactoryProvider } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import {
  type Clock,
  MAX_TIMER_DELAY,
  type TimerHandle,
} from '../common/clock.js';
import { AsyncResource } from 'node:async_hooks';

/** What our timers need of a `SchedulerRegistry`. */
export type TimerRegistry = Pick<
  SchedulerRegistry,
  'addTimeout' | 'deleteTimeout' | 'doesExist'
>;

/** Token of a root's registry: the app's, or a private one. */
export const INFISICAL_SCHEDULER = Symbol('INFISICAL_SCHEDULER');

/**
 * Takes the app's registry when it imports `ScheduleModule.forRoot()`, and
 * brings a private one when not. Importing the module here would make every
 * job of the app fire twice.
 */
export function schedulerProvider(root: string | undefined): FactoryProvider {
  return {
    provide: INFISICAL_SCHEDULER,
    useFactory: (
      registry: SchedulerRegistry = new SchedulerRegistry(),
    ): TimerRegistry =>
      root === undefined ? registry : new RootTimers(registry, root),
    inject: [{ token: SchedulerRegistry, optional: true }],
  };
}

/** Adds the root's name to the names of its tasks, so that several roots share a registry. */
class RootTimers implements TimerRegistry {
  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly root: string,
  ) {}

  addTimeout(name: string, timer: unknown): void {
    this.registry.addTimeout(this.own(name), timer);
  }

  deleteTimeout(name: string): void {
    this.registry.deleteTimeout(this.own(name));
  }

  doesExist(type: 'cron' | 'timeout' | 'interval', name: string): boolean {
    return this.registry.doesExist(type, this.own(name));
  }

  private own(name: string): string {
    return `${name}:${this.root}`;
  }
}

/**
 * The async context of no request in particular. What a timer does is nobody's
 * request, though a request may have set it: it must not be a part of that
 * one's trace, nor keep its context alive.
 */
const nobody = new AsyncResource('InfisicalTimer', {
  requireManualDestroy: true,
});

/** A one-shot timer that stands under a name in a `SchedulerRegistry`, so that the app can see it. */
export class NamedTimer {
  #timer: TimerHandle | undefined;

  constructor(
    readonly name: string,
    private readonly registry: TimerRegistry,
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
        nobody.runInAsyncScope(callback);
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
