import type { MakeEngine } from './engine.js';
import type { Failure } from './failure.js';
import { fleetFailures } from './fleet.js';
import { scheduleOf } from './schedule-of-seed.js';
import { shrink } from './shrink.js';
import { simulate } from './simulation.js';

/** What came of many schedules. */
export interface Campaign {
  readonly schedules: number;
  readonly requests: number;
  readonly failures: readonly Failure[];
}

/** Which schedules to run. */
export interface CampaignPlan {
  readonly firstSeed: number;
  readonly count: number;
  /** Ends it. */
  readonly maxFailures: number;
}

/** Lets a fleet start together, and runs the schedules of consecutive seeds. */
export async function runCampaign(
  { firstSeed, count, maxFailures }: CampaignPlan,
  makeEngine?: MakeEngine,
): Promise<Campaign> {
  const failures: Failure[] = await fleetFailures(makeEngine);
  let schedules = 0;
  let requests = 0;
  while (schedules < count && failures.length < maxFailures) {
    const seed = firstSeed + schedules++;
    const schedule = scheduleOf(seed);
    const outcome = await simulate(schedule, makeEngine);
    requests += outcome.requests;
    const { violations } = outcome;
    const [first] = violations;
    if (!first) continue;
    const smallest = await shrink(schedule, first.invariant, makeEngine);
    failures.push({ seed, violations, smallest });
  }
  return { schedules, requests, failures };
}
