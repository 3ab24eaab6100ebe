import { describe, expect, it } from '@jest/globals';
import type { EngineParts } from './engine.js';
import { AgentWithoutLogin } from './known-bugs/agent-without-login.js';
import { GoSdkStorm } from './known-bugs/go-sdk-storm.js';
import { ModelEngine } from './known-bugs/model-engine.js';
import { NodeSdkBelievedRenewal } from './known-bugs/node-sdk-believed-renewal.js';
import { QuarkusEmptiedMap } from './known-bugs/quarkus-emptied-map.js';
import { SpringDroppedLease } from './known-bugs/spring-dropped-lease.js';
import { SpringLateRetry } from './known-bugs/spring-late-retry.js';
import { VaultBusyLoop } from './known-bugs/vault-busy-loop.js';
import { VaultLostError } from './known-bugs/vault-lost-error.js';
import { plainScheduleOf } from './plain-schedule.js';
import { shrink } from './shrink.js';
import { simulate } from './simulation.js';
import type { Invariant } from './witness.js';

/** Each model, and what must be found of it. */
const BUGS: [typeof ModelEngine, Invariant][] = [
  [VaultBusyLoop, 'bounded token requests'],
  [VaultLostError, 'errors surface'],
  [SpringDroppedLease, 'healthy soon after the last fault'],
  [SpringLateRetry, 'no expired token is sent'],
  [QuarkusEmptiedMap, 'readers see whole generations'],
  [AgentWithoutLogin, 'no expired token is sent'],
  [GoSdkStorm, 'bounded failed logins'],
  [NodeSdkBelievedRenewal, 'no expired token is sent'],
];

/** All of them show within fewer. */
const SCHEDULES = 1_000;

describe('the simulator finds', () => {
  it.each(BUGS)('%p: "%s"', async (Buggy, invariant) => {
    const seed = await seedThatShows(Buggy, invariant);
    expect(seed).toBeDefined();
    const make = (parts: EngineParts) => new Buggy(parts);
    const schedule = await shrink(plainScheduleOf(seed ?? 0), invariant, make);
    // It is the bug: the same engine without it does it right, and ours does.
    const sound = (parts: EngineParts) => new ModelEngine(parts);
    expect(await breaks(schedule, invariant, sound)).toBe(false);
    expect((await simulate(schedule)).violations).toEqual([]);
  });
});

async function seedThatShows(
  Buggy: typeof ModelEngine,
  invariant: Invariant,
): Promise<number | undefined> {
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const make = (parts: EngineParts) => new Buggy(parts);
    const sound = (parts: EngineParts) => new ModelEngine(parts);
    const schedule = plainScheduleOf(seed);
    if (
      (await breaks(schedule, invariant, make)) &&
      !(await breaks(schedule, invariant, sound))
    ) {
      return seed;
    }
  }
  return undefined;
}

async function breaks(
  schedule: Parameters<typeof simulate>[0],
  wanted: Invariant,
  make: Parameters<typeof simulate>[1],
): Promise<boolean> {
  const { violations } = await simulate(schedule, make);
  return violations.some(({ invariant }) => invariant === wanted);
}
