import { Callers } from './callers.mjs';
import { CountingClock } from './counting-clock.mjs';
import { calmStale, HEAL, LATE_SHARE, LEAST_LIFE, STALE } from './limits.mjs';
import { seededRandom } from './random.mjs';
import { Readers } from './readers.mjs';
import { SoakApp } from './soak-app.mjs';
import { GroupWitness, Problems } from './witness.mjs';

/** By how much the app's job may differ from an interval beside it. */
const TICKS = { few: 2, share: 0.1 };

/** Pulses without a hiccup, after which a token is renewed in time. */
const PUNCTUAL = 10;

/**
 * An app of the soak with its readers and callers, and all that is known of how
 * it goes. Times are those of the pulses, see `apps-process.mjs`.
 */
export class AppWatch {
  #plan;
  #app;
  #clock;
  #witnesses;
  #readers;
  #callers;
  #problems = new Problems();
  #ticksBefore;
  #ticks = 0;
  #ticker;
  /** What the server told last, and the hiccups so far. */
  #truth = { generation: 1, isTroubled: false, troubles: 0, hiccups: 0 };
  /** Pulses since the last hiccup. */
  #punctual = 0;
  /** Begin of the calm, by the pulses and by the real clock; undefined in trouble. */
  #calm;
  #isSettled = false;
  /** Generations that nobody has read yet, by group, with when they were told. */
  #newer;
  /** Punctual pulses with a settled app, and those at which its token was about to end. */
  #settled = { pulses: 0, late: 0 };
  #worst = { stale: 0, calmStale: 0, heal: 0 };

  static async start(plan, seed) {
    const watch = new AppWatch();
    watch.#plan = plan;
    watch.#clock = new CountingClock();
    const random = seededRandom(seed);
    watch.#app = await SoakApp.start({ ...plan, clock: watch.#clock, random });
    return watch;
  }

  /** Lets readers and callers begin. */
  begin() {
    const { groups, client, ticks } = this.#app;
    this.#ticksBefore = ticks;
    this.#ticker = setInterval(() => this.#ticks++, 1000);
    this.#witnesses = groups.map(
      (group) => new GroupWitness(group, this.#problems),
    );
    this.#newer = groups.map(() => []);
    this.#readers = new Readers(groups, this.#witnesses);
    const state = () => ({
      isSettled: this.#isSettled,
      disturbances: this.#truth.troubles + this.#truth.hiccups,
    });
    this.#callers = new Callers(client, state, this.#problems);
  }

  get pendingTimers() {
    return this.#clock.pending;
  }

  /** @param now milliseconds of the pulses */
  pulse(now, truth) {
    const isNewTrouble = truth.troubles !== this.#truth.troubles;
    const isHiccup = truth.hiccups !== this.#truth.hiccups;
    this.#punctual = isHiccup ? 0 : this.#punctual + 1;
    this.#truth = truth;
    if (truth.isTroubled || isNewTrouble) this.#calm = undefined;
    if (!truth.isTroubled) this.#calm ??= { now, real: performance.now() };
    this.#app.groups.forEach((group, index) => {
      this.#witnesses[index].look(Object.keys(group.ways), 'the watch');
    });
    const stale = this.#staleness(now);
    this.#worst.stale = Math.max(this.#worst.stale, stale);
    if (stale > STALE) {
      this.#problems.add('stale', `old secrets for ${Math.round(stale)} ms`);
    }
    const was = this.#isSettled;
    this.#isSettled = this.#calm !== undefined && this.#isWell();
    if (this.#isSettled) this.#judgeCalm(now, stale, was);
    if (this.#isSettled && this.#punctual >= PUNCTUAL) this.#judgeToken();
    this.#callers.pulse();
  }

  /** What keeps the app from being as if there never was any trouble; undefined when it is. */
  unhealed(generation) {
    const old = this.#witnesses.filter((one) => one.generation < generation);
    if (old.length > 0) return `${old.length} groups are old`;
    if (!this.#isSettled) return this.#describe();
    const untold = this.#readers.untold(this.#app.groups, this.#witnesses);
    if (untold.length > 0) return `not told: ${untold.join(', ')}`;
    if (!this.#app.isRenewalScheduled) {
      return 'the renewal is not in the SchedulerRegistry';
    }
    return undefined;
  }

  /** Notes that it did not heal in time. */
  giveUp(why) {
    this.#problems.add('not healed', `${why}, ${HEAL} ms after all trouble`);
  }

  /** Ends it all. */
  async stop() {
    await Promise.all([this.#readers.stop(), this.#callers.stop()]);
    clearInterval(this.#ticker);
    const ticks = this.#app.ticks - this.#ticksBefore;
    const most = TICKS.few + TICKS.share * this.#ticks;
    if (Math.abs(ticks - this.#ticks) > most) {
      const beside = `an interval beside it ${this.#ticks} times`;
      this.#problems.add('jobs', `@Interval fired ${ticks} times, ${beside}`);
    }
    await this.#app.close();
    if (this.#clock.pending > 0) {
      this.#problems.add('timers', `${this.#clock.pending} after the end`);
    }
  }

  report() {
    const { pulses, late } = this.#settled;
    if (late > pulses * LATE_SHARE) {
      this.#problems.add(
        'late renewals',
        `less than ${Math.round(LEAST_LIFE)} ms of the token's life left at ${late} of ${pulses} moments`,
      );
    }
    const sum = (of) =>
      this.#witnesses.reduce((total, one) => total + of(one), 0);
    const generations = Math.min(
      ...this.#witnesses.map((one) => one.generations),
    );
    if (generations < 2) this.#problems.add('rotations', 'none was seen');
    return {
      reads: sum(({ reads }) => reads),
      generations,
      failed: this.#problems.count('failed reads'),
      torn: this.#problems.count('torn'),
      calls: { calm: this.#callers.calm, troubled: this.#callers.troubled },
      ticks: this.#ticks,
      worst: this.#worst,
      problems: this.#problems,
    };
  }

  /** How long the readers of a group have old secrets, the worst of all groups. */
  #staleness(now) {
    const { generation } = this.#truth;
    const times = this.#newer.map((newer, index) => {
      if (generation > (newer.at(-1)?.generation ?? 0)) {
        newer.push({ generation, at: now });
      }
      const read = this.#witnesses[index].generation;
      while (newer.length > 0 && newer[0].generation <= read) newer.shift();
      return newer.length > 0 ? now - newer[0].at : 0;
    });
    return Math.max(...times);
  }

  /** Whether all scopes were refreshed in this calm, and there is a token. */
  #isWell() {
    const calm = performance.now() - this.#calm.real;
    return (
      this.#app.tokens.isUsable &&
      this.#app.groups.every(
        ({ secrets }) => secrets.status === 'ready' && secrets.age < calm,
      )
    );
  }

  #judgeCalm(now, stale, was) {
    if (!was) {
      this.#worst.heal = Math.max(this.#worst.heal, now - this.#calm.now);
    }
    this.#worst.calmStale = Math.max(this.#worst.calmStale, stale);
    if (stale > calmStale(this.#plan.interval)) {
      this.#problems.add(
        'stale in calm times',
        `old secrets for ${Math.round(stale)} ms`,
      );
    }
  }

  /** A token is renewed in time, not only replaced when it is needed. */
  #judgeToken() {
    this.#settled.pulses++;
    const { expiresIn = 0 } = this.#app.tokens;
    if (expiresIn < LEAST_LIFE) this.#settled.late++;
  }

  #describe() {
    const { groups, tokens } = this.#app;
    const scopes = groups.map(({ folder, secrets }) => {
      const why = secrets.lastError ? ` (${secrets.lastError.message})` : '';
      return `${folder} is ${secrets.status}${why}`;
    });
    return `${scopes.join(', ')}; the token is ${tokens.state}`;
  }
}
