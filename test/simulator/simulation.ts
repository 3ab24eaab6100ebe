import type { Engine, MakeEngine } from './engine.js';
import { FaultyNetwork } from './faulty-network.js';
import { RealEngine } from './real-engine.js';
import {
  isWindow,
  type Incident,
  type Schedule,
  type ScheduledEvent,
} from './schedule.js';
import { CLIENT_ID, ScriptedServer, SECRET_NAMES } from './scripted-server.js';
import { SeededRandom } from './seeded-random.js';
import { SimulatedClock } from './simulated-clock.js';
import { STATED } from './stated-limits.js';
import { type Violation, Witness } from './witness.js';

/** What came of a schedule. */
export interface Outcome {
  readonly violations: readonly Violation[];
  readonly requests: number;
}

/** Answers of any fault that is over arrive within this time: a slow one, and the latency. */
const LATE_ANSWERS = 20_000;

/** An orchestrator that starts an app again. */
const RESTART = 10_000;

/** A call of the app ends within its deadline, give or take the clock's grain. */
const CALL_LIMIT = STATED.callDeadline + 1_000;

/** A login takes the place of a revoked token. */
const RELOGIN = 5_000;

/** Below this life a token is gone while its successor is on the way. */
const LONG_LIFE = 20_000;

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
  readonly #server: ScriptedServer;
  readonly #witness: Witness;
  readonly #engine: Engine;
  readonly #calls = new Set<{ startedAt: number }>();
  readonly #recovery: number;
  readonly #mayLoseToken: boolean;
  /** The end of the latest trouble so far. */
  #calmSince = 0;
  #wellSince: number | undefined;
  /** Incidents to come; a suspended machine may be late for some. */
  #pending: number;
  #hasLoaded = false;
  #isStopped = false;
  #latestRead = 0;
  #tokenGoneSince: number | undefined;

  constructor(
    private readonly schedule: Schedule,
    makeEngine: MakeEngine,
  ) {
    const elapsed = (): number => this.#clock.monotonic();
    this.#server = new ScriptedServer(schedule, this.#clock.now(), elapsed);
    this.#witness = new Witness(schedule, this.#clock, this.#server);
    const chance = new SeededRandom(schedule.seed + 1);
    const transport = new FaultyNetwork(
      schedule,
      this.#clock,
      this.#server,
      this.#witness,
      new SeededRandom(schedule.seed + 2),
    );
    this.#engine = makeEngine({
      transport,
      clock: this.#clock,
      random: chance.next,
      refreshInterval: schedule.refreshInterval,
      clientId: CLIENT_ID,
      clientSecret: () => this.#server.givenSecret,
    });
    this.#recovery = recoveryOf(schedule);
    this.#mayLoseToken = schedule.events.some(
      ({ kind }) => kind === 'revoke-tokens',
    );
    const { events } = schedule;
    this.#pending = events.filter((event) => !isWindow(event)).length;
    this.#calmSince = Math.max(0, ...schedule.events.map(endOf));
  }

  async run(): Promise<Outcome> {
    const onUnhandled = (reason: unknown): void =>
      this.#witness.fail('nothing throws unhandled', String(reason));
    process.on('unhandledRejection', onUnhandled);
    try {
      for (const event of this.schedule.events) {
        if (!isWindow(event)) {
          this.#clock.setTimeout(() => this.happen(event), event.at);
        }
      }
      void this.start();
      if (this.schedule.callEvery > 0) this.callAgain();
      await this.watch();
    } catch (error) {
      this.#witness.fail('no busy loop', (error as Error).message);
    } finally {
      this.#isStopped = true;
      await this.#engine.stop();
      await new Promise((resolve) => setImmediate(resolve));
      process.off('unhandledRejection', onUnhandled);
    }
    const { violations, requests } = this.#witness;
    return { violations, requests };
  }

  /** Until all faults are over, until all is well again, and for some time after that. */
  private async watch(): Promise<void> {
    let end: number;
    do {
      // Late incidents move it.
      end = this.#calmSince + this.#recovery;
      await this.#clock.runUntil(end, () => {
        this.observe();
        return this.isWell || this.hasFailed;
      });
      if (this.hasFailed) return;
    } while (!this.isWell && end < this.#calmSince + this.#recovery);
    if (!this.isWell) {
      this.#witness.fail('healthy soon after the last fault', this.describe());
      return;
    }
    this.#wellSince = this.#clock.monotonic();
    const more = Math.max(2.5 * this.schedule.refreshInterval, 2 * LONG_LIFE);
    let latest = this.#wellSince;
    await this.#clock.runUntil(latest + more, () => {
      this.observe();
      if (this.isWell) latest = this.#clock.monotonic();
      return this.hasFailed;
    });
    if (this.hasFailed) return;
    // Tokens of a second may be refused now and then: nobody knows their end.
    const isShort = this.lifeNow() < LONG_LIFE;
    if (!this.isWell && !(isShort && latest > this.#wellSince)) {
      this.#witness.fail('never dead while all is well', this.describe());
    }
  }

  private async start(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#engine.start();
        return;
      } catch {
        await new Promise<void>((resolve) => {
          this.#clock.setTimeout(resolve, RESTART);
        });
      }
    }
  }

  private callAgain(): void {
    this.#clock.setTimeout(() => {
      if (this.#isStopped) return;
      const call = { startedAt: this.#clock.monotonic() };
      this.#calls.add(call);
      this.#engine
        .call()
        .catch(() => undefined)
        .finally(() => this.#calls.delete(call));
      this.callAgain();
    }, this.schedule.callEvery);
  }

  private happen(event: Incident): void {
    this.#pending--;
    const clock = this.#clock;
    switch (event.kind) {
      case 'suspend':
        clock.suspend(event.ms);
        for (const call of this.#calls) call.startedAt += event.ms;
        this.#tokenGoneSince = undefined;
        break;
      case 'jump':
        clock.jump(event.ms);
        break;
      case 'revoke-tokens':
        this.#server.revokeAll();
        break;
      case 'change-secrets':
        this.#server.value++;
        break;
      case 'reconfigure':
        this.#server.reconfigure(event.settings);
        break;
    }
    this.#calmSince = Math.max(this.#calmSince, clock.monotonic());
  }

  /** After everything that happens: what would a user notice now? */
  private observe(): void {
    this.checkReaders();
    const now = this.#clock.monotonic();
    for (const { startedAt } of this.#calls) {
      if (now - startedAt > CALL_LIMIT) {
        this.#witness.fail('calls end', `one takes over ${CALL_LIMIT} ms`);
      }
    }
    if (!this.#hasLoaded) return;
    if (this.#engine.hasToken) this.#tokenGoneSince = undefined;
    else {
      this.#tokenGoneSince ??= now;
      this.checkAbsence(now, now - this.#tokenGoneSince);
    }
  }

  private checkReaders(): void {
    const values = this.#engine.read();
    if (!values) {
      if (this.#hasLoaded) {
        this.#witness.fail('readers see whole generations', 'nothing is left');
      }
      return;
    }
    this.#hasLoaded = true;
    const [first] = SECRET_NAMES;
    const value = values.get(first);
    const isWhole =
      value !== undefined &&
      values.size === SECRET_NAMES.length &&
      SECRET_NAMES.every((name) => values.get(name) === value);
    const read = Number(value);
    if (!isWhole || read < this.#latestRead || read > this.#server.value) {
      this.#witness.fail(
        'readers see whole generations',
        `${values.size} secrets, ${String(value)} after ${this.#latestRead}`,
      );
    }
    this.#latestRead = Math.max(this.#latestRead, read);
  }

  /** There is no token that works. */
  private checkAbsence(now: number, duration: number): void {
    // A token of a few seconds may have gone before it came.
    const hasLongLife = this.lifeNow() >= LONG_LIFE;
    if (!hasLongLife) return;
    if (duration > CALL_LIMIT && !this.#engine.tokenError) {
      this.#witness.fail('errors surface', 'no token, and no reason why');
    }
    const since = this.#wellSince;
    if (since === undefined || now <= since) return;
    // Nobody knows that a token was revoked before it is refused.
    if (this.#mayLoseToken && duration < RELOGIN) return;
    this.#witness.fail('never dead while all is well', 'no usable token');
  }

  /** One violation is enough. */
  private get hasFailed(): boolean {
    return this.#witness.violations.length > 0;
  }

  /** Whether the last fault is over, and the engine shows no trace of any. */
  private get isWell(): boolean {
    const isCalm =
      this.#pending === 0 && this.#clock.monotonic() >= this.#calmSince;
    if (!isCalm) return false;
    const { hasToken, isFresh, tokenError } = this.#engine;
    const hasCurrent = this.#latestRead === this.#server.value;
    if (this.lifeNow() < LONG_LIFE) return isFresh && hasCurrent;
    return hasToken && !tokenError && isFresh && hasCurrent;
  }

  private describe(): string {
    const { hasToken, isFresh, tokenError, refreshError } = this.#engine;
    const trouble = (tokenError ?? refreshError)?.message ?? 'no error';
    return `token ${hasToken ? 'there' : 'missing'}, ${isFresh ? 'fresh' : 'stale'}, generation ${this.#latestRead} of ${this.#server.value}; ${trouble}`;
  }

  /** Milliseconds that tokens live now at least. */
  private lifeNow(): number {
    const { ttl, period, maxTtl, uses } = this.#server.settings;
    if (uses > 0) return 0;
    const life = period || ttl || Infinity;
    return (maxTtl > 0 && !period ? Math.min(life, maxTtl) : life) * 1000;
  }
}

/** Longest time from the last fault until all is well. Milliseconds. */
function recoveryOf({ events, refreshInterval, server }: Schedule): number {
  const refused = events.some(
    ({ kind }) => kind === 'wrong-credentials' || kind === 'locked-by-others',
  );
  const hold = refused ? STATED.refusedMax : STATED.backoffMax;
  const wait = Math.max(refreshInterval, STATED.listBackoffMax);
  const round = wait * (1 + STATED.refreshSpread);
  const limited = server.rateLimit > 0 ? 60_000 : 0;
  const calls = LATE_ANSWERS + 2 * STATED.callDeadline;
  return hold + round + calls + limited + RESTART;
}

function endOf(event: ScheduledEvent): number {
  return isWindow(event) ? event.until : event.at;
}
