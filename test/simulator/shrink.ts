import type { MakeEngine } from './engine.js';
import type { Schedule } from './schedule.js';
import { simulate } from './simulation.js';
import type { Invariant } from './witness.js';

/** The schedule without the events that the violation does not need. */
export async function shrink(
  schedule: Schedule,
  invariant: Invariant,
  makeEngine?: MakeEngine,
): Promise<Schedule> {
  let smallest = schedule;
  for (let place = 0; place < smallest.events.length;) {
    const events = smallest.events.filter((_, index) => index !== place);
    const smaller = { ...smallest, events };
    const { violations } = await simulate(smaller, makeEngine);
    if (violations.some((one) => one.invariant === invariant)) {
      smallest = smaller;
    } else place++;
  }
  return smallest;
}
