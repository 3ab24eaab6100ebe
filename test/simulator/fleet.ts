import { fault, quiet } from './directed-schedules.js';
import type { MakeEngine } from './engine.js';
import type { Failure } from './failure.js';
import type { Schedule } from './schedule.js';
import { simulate } from './simulation.js';
import { STATED } from './stated-limits.js';
import type { Times, Violation } from './witness.js';

/** Engines that start together. */
const SIZE = 6;

/** Their requests of one kind and number, and how far they must come apart at least, in milliseconds. */
interface Spread {
  readonly of: keyof Times;
  readonly first: number;
  readonly last: number;
  readonly least: number;
}

const CALM: Schedule = { ...quiet({}), refreshInterval: 100_000 };
const OUTAGE: Schedule = {
  ...CALM,
  events: [fault('status', 'all', 50, 260)],
};

const CASES: readonly [Schedule, readonly Spread[]][] = [
  [
    CALM,
    [
      { of: 'tokens', first: 2, last: 2, least: 10_000 },
      { of: 'lists', first: 2, last: 3, least: 4_000 },
    ],
  ],
  // The first ones after it began: the tries of a call, and its waits.
  [
    OUTAGE,
    [
      { of: 'lists', first: 3, last: 5, least: 200 },
      { of: 'lists', first: 6, last: 6, least: 1_000 },
    ],
  ],
];

/** Lets engines start together, and looks whether they go on doing everything together. */
export async function fleetFailures(
  makeEngine?: MakeEngine,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const [schedule, spreads] of CASES) {
    const fleet: Times[] = [];
    for (let seed = 1; seed <= SIZE; seed++) {
      const outcome = await simulate({ ...schedule, seed }, makeEngine);
      // What is wrong with one alone shows in its own schedules.
      if (outcome.violations.length > 0) return [];
      fleet.push(outcome.times);
    }
    const violations: Violation[] = spreads.flatMap((spread) => {
      const detail = problemOf(fleet, spread);
      return detail ? [{ invariant: 'engines come apart', at: 0, detail }] : [];
    });
    if (schedule === OUTAGE && !fleet.every(endsTries)) {
      const detail = 'a list goes on after its tries';
      violations.push({ invariant: 'bounded tries', at: 0, detail });
    }
    if (violations.length > 0) {
      failures.push({ seed: 0, violations, smallest: schedule });
    }
  }
  return failures;
}

/** Whether the second list is given up after its tries, and asked for again later. */
function endsTries({ lists }: Times): boolean {
  const last = lists[STATED.tries] ?? NaN;
  return (lists[STATED.tries + 1] ?? NaN) - last >= STATED.listBackoffLeast;
}

function problemOf(
  fleet: readonly Times[],
  { of, first, last, least }: Spread,
): string | undefined {
  const base = fleet.map((times) => times[of][first - 2] ?? NaN);
  for (let number = first; number <= last; number++) {
    // From the one before: what is apart stays apart.
    const waits = fleet.map(
      (times, engine) =>
        (times[of][number - 1] ?? NaN) - (base[engine] as number),
    );
    const spread = Math.max(...waits) - Math.min(...waits);
    if (!(spread >= least)) {
      return `${of}, number ${number}: within ${Math.round(spread)} ms`;
    }
    fleet.forEach((times, engine) => {
      base[engine] = times[of][number - 1] ?? NaN;
    });
  }
  return undefined;
}
