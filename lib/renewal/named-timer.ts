import type { FactoryProvider } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { MAX_TIMER_DELAY, type TimerHandle } from '../common/clock.js';
import type { SleepAwareClock } from '../common/sleep-aware-clock.js';
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

/** Less is not worth waking up for, in milliseconds. */
const LEAST_PIECE = 60_000;

/** The longest part of a wait, of its time that is left, before a look at the clock. */
const LARGEST_PART = 1 / 4;

function pieceOf(left: number): number {
  const part = Math.min(left * LARGEST_PART, MAX_TIMER_DELAY);
  return Math.max(part, LEAST_PIECE);
}

/** A one-shot timer that stands under a name in a `SchedulerRegistry`, so that the app can see it. */
export class NamedTimer {
  #timer: TimerHandle | undefined;
  #ignoreSleep: (() => void) | undefined;

  constructor(
    readonly name: string,
    private readonly registry: TimerRegistry,
    private readonly clock: SleepAwareClock,
  ) {}

  /** Calls back at this moment, in place of an earlier arrangement. Undefined cancels. */
  set(at: number | undefined, callback: () => void): void {
    this.clear();
    if (at === undefined) return;
    // At least a moment: a timer may fire early, and is then set again.
    const left = Math.max(1, at - this.clock.monotonic());
    this.#ignoreSleep = this.clock.onSleep(() => this.set(at, callback));
    // In pieces, so that a sleep is noticed, though nobody else looks at the clock.
    const piece = Math.min(left, pieceOf(left));
    this.#timer = this.clock.setTimeout(
      () => {
        if (left > piece) {
          this.set(at, callback);
          return;
        }
        this.clear();
        nobody.runInAsyncScope(callback);
      },
      piece,
      { background: true },
    );
    this.registry.addTimeout(this.name, this.#timer);
  }

  clear(): void {
    if (!this.#timer) return;
    this.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#ignoreSleep?.();
    // The app's scheduler empties the registry in its own shutdown hook.
    if (this.registry.doesExist('timeout', this.name)) {
      this.registry.deleteTimeout(this.name);
    }
  }
}
