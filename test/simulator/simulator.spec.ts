import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as policy from '../../lib/auth/renewal-policy.js';
import { DEFAULT_RETRY } from '../../lib/http/retry-policy.js';
import * as refresh from '../../lib/secrets/refresh-policy.js';
import { runCampaign } from './campaign.js';
import { tell } from './report.js';
import { scheduleOf } from './schedule-of-seed.js';
import { simulate } from './simulation.js';
import { STATED } from './stated-limits.js';
import { Workshop } from './workshop.js';

/** Replays one schedule: SIM_SEED=17. */
const { SIM_SEED } = process.env;

/** Other schedules than those of every run: SIM_FIRST_SEED=20001. */
const FIRST_SEED = Number(process.env.SIM_FIRST_SEED ?? 1);

/** Fewer where the engine has been proven already: SIM_SCHEDULES=1000. */
const SCHEDULES = Number(process.env.SIM_SCHEDULES ?? 10_000);
const PROCESSES = 2;

if (SIM_SEED) {
  describe(`the schedule of seed ${SIM_SEED}`, () => {
    it('breaks nothing', async () => {
      const firstSeed = Number(SIM_SEED);
      const plan = { firstSeed, count: 1, maxFailures: 1 };
      const { failures } = await runCampaign(plan);
      expect(failures.map(tell).join('\n')).toBe('');
    });
  });
} else {
  describe('the engine', () => {
    let workshop: Workshop;
    beforeAll(() => {
      workshop = new Workshop();
    });
    afterAll(() => workshop.close());

    it(`keeps its promises in ${SCHEDULES} schedules of faults`, async () => {
      const count = SCHEDULES / PROCESSES;
      const campaigns = await Promise.all(
        Array.from({ length: PROCESSES }, (_, place) => {
          const firstSeed = FIRST_SEED + place * count;
          return workshop.run({ firstSeed, count, maxFailures: 3 });
        }),
      );
      const failures = campaigns.flatMap((campaign) => campaign.failures);
      expect(failures.map(tell).join('\n')).toBe('');
      const run = campaigns.reduce((sum, one) => sum + one.schedules, 0);
      expect(run).toBe(SCHEDULES);
    }, 300_000);
  });

  describe('the simulator', () => {
    it('does the same for the same seed', async () => {
      for (const seed of [3, 4, 5]) {
        const first = await simulate(scheduleOf(seed));
        const second = await simulate(scheduleOf(seed));
        expect(second).toEqual(first);
      }
    });

    it('states the numbers of the engine', () => {
      expect(STATED).toMatchObject({
        renewAtLatest: policy.RENEW_AT * (1 + policy.RENEW_JITTER),
        renewAtEarliest: policy.RENEW_AT * (1 - policy.RENEW_JITTER),
        backoffMax: policy.BACKOFF_MAX,
        refusedMax: policy.REFUSED_HOLD_MAX * (1 + policy.RENEW_JITTER),
        refreshSpread: refresh.REFRESH_JITTER,
        listBackoffLeast: refresh.BACK_OFF_LEAST,
        listBackoffMax: refresh.BACK_OFF_LONGEST,
        callDeadline: DEFAULT_RETRY.deadline,
        tries: DEFAULT_RETRY.attempts,
      });
    });
  });
}
