import type { Engine, MakeEngine } from './engine.js';
import { EngineClock } from './engine-clock.js';
import { FaultyNetwork } from './faulty-network.js';
import { ENVIRONMENTS } from './folders.js';
import { HealthWatch } from './health-watch.js';
import { ReaderWatch } from './reader-watch.js';
import { RealEngine } from './real-engine.js';
import { endOf, recoveryOf } from './recovery.js';
import { isWindow, type Incident, type Schedule } from './schedule.js';
import { CLIENT_ID, ScriptedServer } from './scripted-server.js';
import { SeededRandom } from './seeded-random.js';
import { SimulatedClock } from './simulated-clock.js';
import { CALL_LIMIT, FORCED_LIMIT, STATED } from './stated-limits.js';
import { type Times, type Violation, Witness } from './witness.js';

/** What came of a schedule. */
export interface Outcome {
  readonly violations: readonly Violation[];
  readonly requests: number;
  readonly times: Times;
}

/** Some call of the app. */
interface Call {
  startedAt: number;
  /** Milliseconds. */
  readonly limit: number;
}

/** How long it is watched that a closed engine does nothing. */
const AFTERMATH = 600_000;

export const realEngine: MakeEngine = (parts) => new RealEngine(parts);

/** Runs one schedule, from the start of the engine to some time after the last fault. */
export async function simulate(
  schedule: Schedule,
  makeEngine: MakeEngine = realEngine,
): Promise<Outcome> {
  return new Simulation(schedule, makeEngine).run();
}

class Simulation {
  readonly #clock = new SimulatedClock();
  readonly #engineClock = new EngineClock(this.#clock);
  readonly #server: ScriptedServer;
  readonly #witness: Witness;
  readonly #engine: Engine;
  readonly #readers: readonly ReaderWatch[];
  readonly #health: HealthWatch;
  readonly #calls = new Set<Call>();
  readonly #recovery: number;
  readonly #echo: number;
  /** The end of the latest trouble so far. */
  #calmSince = 0;
  /** Incidents to come; a suspended machine may be late for some. */
  #pending = 0;
  #isStopped = false;

  constructor(
    private readonly schedule: Schedule,
    makeEngine: MakeEngine,
  ) {
    const { seed, scopes, events } = schedule;
    const clock = this.#clock;
    const elapsed = (): number => clock.monotonic();
    const server = new ScriptedServer(schedule, clock.now(), elapsed);
    const witness = new Witness(schedule, clock, server);
    this.#server = server;
    this.#witness = witness;
    this.#readers = scopes.map(
      (scope) => new ReaderWatch(schedule, scope, server.tree, witness),
    );
    const engine = makeEngine({
      transport: new FaultyNetwork(
        schedule,
        clock,
        server,
        witness,
        new SeededRandom(seed + 2),
      ),
      clock: this.#engineClock,
      random: new SeededRandom(seed + 1).next,
      world: schedule,
      refreshInterval: schedule.refreshInterval,
      clientId: CLIENT_ID,
      clientSecret: () => server.givenSecret,
      givenToken: () => server.givenToken(),
    });
    this.#engine = engine;
    this.#health = new HealthWatch({
      schedule,
      engine,
      server,
      clock,
      witness,
      readers: this.#readers,
    });
    this.#recovery = recoveryOf(schedule);
    this.#calmSince = Math.max(0, ...events.map(endOf));
    this.#echo = events.some(({ kind }) => kind === 'fault') ? CALL_LIMIT : 0;
  }

  async run(): Promise<Outcome> {
    const onUnhandled = (reason: unknown): void =>
      this.#witness.fail('nothing throws unhandled', String(reason));
    process.on('unhandledRejection', onUnhandled);
    try {
      this.arrange();
      void this.start();
      if (this.schedule.callEvery > 0) this.callAgain();
      await this.watch();
      await this.end();
    } catch (error) {
      this.#witness.fail('no busy loop', (error as Error).message);
    } finally {
      this.#isStopped = true;
      await this.#engine.stop();
      await new Promise((resolve) => setImmediate(resolve));
      process.off('unhandledRejection', onUnhandled);
    }
    const { violations, requests, times } = this.#witness;
    return { violations, requests, times };
  }

  private arrange(): void {
    for (const event of this.schedule.events) {
      if (!isWindow(event)) this.plan(event.at, () => this.happen(event));
      else if ('environment' in event) {
        const change = (): void => this.#server.change(event.environment);
        this.plan(event.at, change);
        this.plan(event.until, change);
      }
    }
  }

  private plan(at: number, work: () => void): void {
    this.#pending++;
    this.#clock.at(at, () => {
      this.#pending--;
      work();
      const now = this.#clock.monotonic();
      this.#calmSince = Math.max(this.#calmSince, now);
    });
  }

  /** Until all faults are over, until all is well again, and for some time after that. */
  private async watch(): Promise<void> {
    const health = this.#health;
    let end: number;
    do {
      // Late incidents move it.
      end = this.#calmSince + this.#recovery;
      await this.#clock.runUntil(end, () => {
        this.look();
        return this.isWell || this.hasFailed;
      });
      if (this.hasFailed) return;
    } while (!this.isWell && end < this.#calmSince + this.#recovery);
    if (!this.isWell) {
      health.missed();
      return;
    }
    const since = this.#clock.monotonic();
    health.wellSince = since;
    const more = Math.max(2.5 * this.schedule.refreshInterval, 40_000);
    let unwellSince: number | undefined;
    await this.#clock.runUntil(since + more, () => {
      this.look();
      const isWell = this.isWell;
      if (isWell) unwellSince = undefined;
      else unwellSince ??= this.#clock.monotonic();
      return this.hasFailed;
    });
    const duration = this.#clock.monotonic() - (unwellSince ?? Infinity);
    if (!this.hasFailed && duration > health.tolerance) {
      this.#witness.fail('never dead while all is well', health.describe());
    }
  }

  /** Closes the engine, and waits for a sign of life. */
  private async end(): Promise<void> {
    this.#isStopped = true;
    await this.#engine.stop();
    this.#witness.isOver = true;
    const now = this.#clock.monotonic();
    await this.#clock.runUntil(now, () => false);
    if (this.#engineClock.left > 0) {
      const { left } = this.#engineClock;
      this.#witness.fail('nothing is left after the end', `${left} timers`);
    }
    await this.#clock.runUntil(now + AFTERMATH, () => this.hasFailed);
  }

  private async start(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#engine.start();
        return;
      } catch {
        await new Promise<void>((resolve) => {
          this.#clock.setTimeout(resolve, STATED.restart);
        });
      }
    }
  }

  private callAgain(): void {
    this.#clock.setTimeout(() => {
      if (this.#isStopped) return;
      void this.timed(CALL_LIMIT, () => this.#engine.call());
      this.callAgain();
    }, this.schedule.callEvery);
  }

  /** Work that has to end in time. Never rejects; undefined when the work does. */
  private async timed<T>(
    limit: number,
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    const call = { startedAt: this.#clock.monotonic(), limit };
    this.#calls.add(call);
    try {
      return await work();
    } catch {
      return undefined;
    } finally {
      this.#calls.delete(call);
    }
  }

  private happen(event: Incident): void {
    const clock = this.#clock;
    switch (event.kind) {
      case 'suspend':
        clock.suspend(event.ms);
        for (const call of this.#calls) call.startedAt += event.ms;
        this.#health.slept();
        return;
      case 'jump':
        clock.jump(event.ms);
        return;
      case 'revoke-tokens':
        this.#server.revokeAll();
        return;
      case 'change-secrets':
        for (const one of ENVIRONMENTS) {
          if ((event.environment ?? one) === one) this.#server.change(one);
        }
        return;
      case 'force-refresh':
        this.#readers.forEach((_, place) => {
          for (let caller = 0; caller < event.callers; caller++) {
            void this.force(place, event.rounds);
          }
        });
        return;
      case 'reconfigure':
        this.#server.reconfigure(event.settings);
        return;
    }
  }

  /** A caller who changes something and wants to have it, again and again. */
  private async force(place: number, rounds: number): Promise<void> {
    const { environment } = this.schedule.scopes[place] ?? {};
    const reader = this.#readers[place];
    if (!environment || !reader?.hasLoaded) return;
    for (let round = 0; round < rounds && !this.#isStopped; round++) {
      this.#server.change(environment);
      const there = this.#server.tree.latest(environment);
      const isDone = await this.timed(FORCED_LIMIT, async () => {
        await this.#engine.refresh(place);
        return true;
      });
      if (!isDone) return;
      reader.look(this.#engine.read(place));
      if (reader.latest < there) {
        this.#witness.fail(
          'a forced refresh has what was there',
          `${reader.latest} after ${there}`,
        );
      }
    }
  }

  /** After everything that happens: what would a user notice now? */
  private look(): void {
    this.#health.look();
    const now = this.#clock.monotonic();
    for (const { startedAt, limit } of this.#calls) {
      if (now - startedAt > limit) {
        this.#witness.fail('calls end', `one takes over ${limit} ms`);
      }
    }
  }

  /** One violation is enough. */
  private get hasFailed(): boolean {
    return this.#witness.violations.length > 0;
  }

  /** Whether the last fault is over, and the engine shows no trace of any. */
  private get isWell(): boolean {
    const isCalm =
      this.#pending === 0 &&
      // Calls that a fault has hit may fail until then.
      this.#clock.monotonic() >= this.#calmSince + this.#echo;
    return isCalm && this.#health.isWell;
  }
}
