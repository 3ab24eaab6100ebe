import { describe, expect, it } from '@jest/globals';
import type { SimulatedScope } from './folders.js';
import { fault, quiet } from './directed-schedules.js';
import type { Schedule } from './schedule.js';
import { simulate } from './simulation.js';

/** What the simulator found, each in its smallest form. */
describe('an engine that once did this wrong', () => {
  it('does not try again with a token that ended while it waited', async () => {
    await expectNoViolation({
      ...quiet({ ttl: 60 }),
      callEvery: 1000,
      events: [fault('status', 'all', 30, 120)],
    });
  });

  it('does not go on renewing a token that has ended', async () => {
    await expectNoViolation({
      ...quiet({ ttl: 5, maxTtl: 50 }),
      events: [fault('status', 'all', 27, 40)],
    });
  });

  it('does not go on renewing after a sleep', async () => {
    await expectNoViolation({
      ...quiet({ ttl: 60 }),
      events: [
        fault('rate-limit', 'all', 36, 400),
        { kind: 'suspend', at: 41_000, ms: 7_200_000 },
      ],
    });
  });

  it('does not take the page of a proxy for refused credentials', async () => {
    await expectNoViolation({
      ...quiet({ ttl: 60 }),
      refreshInterval: 20_000,
      events: [fault('page', 'auth', 100, 700)],
    });
  });

  it('spaces logins whose answers get lost once it was refused', async () => {
    await expectNoViolation({
      ...quiet({ ttl: 60, maxTtl: 60 }),
      events: [
        fault('reset-after', 'auth', 170, 400),
        { kind: 'wrong-credentials', at: 100_000, until: 1_000_000 },
      ],
    });
  });

  it('does not tell of a rejected token whose successor works', async () => {
    await expectNoViolation({
      ...quiet({ latency: 150 }),
      scopes: [DEV, PROD],
      events: [{ kind: 'revoke-tokens', at: 100_000 }],
    });
  });

  it('does not send a token again that was refused to a second try', async () => {
    await expectNoViolation({
      ...quiet({ generation: 'gen1', ttl: 900, maxTtl: 900, uses: 3 }),
      scopes: [DEV, PROD, JOBS],
      callEvery: 25_000,
      events: [{ ...fault('reset-after', 'all', 60, 600), share: 0.3 }],
    });
  });

  it('takes a refusal for want of permission as a sign that the token works', async () => {
    await expectNoViolation({
      ...quiet({ ttl: 2, maxTtl: 2, latency: 150, skew: -90_000 }),
      auth: 'given-anew',
      refreshInterval: 11_000,
      events: [{ kind: 'permission-lost', at: 130_000, until: 230_000 }],
    });
  });

  it('tells that a token ends that nothing can follow', async () => {
    await expectNoViolation({
      ...quiet({ ttl: 900, maxTtl: 900 }),
      auth: 'given',
      refreshInterval: 145_000,
      events: [{ kind: 'change-secrets', at: 1_000_000 }],
    });
  });

  it('does not take the date of an answer that came after a sleep for the time', async () => {
    await expectNoViolation({
      ...quiet({ ttl: 60, maxTtl: 90, latency: 150 }),
      auth: 'given-anew',
      scopes: [DEV, PROD, JOBS],
      refreshInterval: 45_000,
      callEvery: 150,
      events: [
        { kind: 'suspend', at: 70_000, ms: 600_000 },
        { kind: 'suspend', at: 1_000_000, ms: 600_000 },
      ],
    });
  }, 120_000);
});

const DEV: SimulatedScope = {
  environment: 'dev',
  path: '/',
  recursive: false,
};
const PROD: SimulatedScope = { ...DEV, environment: 'prod' };
const JOBS: SimulatedScope = { ...DEV, path: '/jobs' };

async function expectNoViolation(schedule: Schedule): Promise<void> {
  // Chance decides when exactly things meet.
  for (let seed = 1; seed <= 30; seed++) {
    const { violations } = await simulate({ ...schedule, seed });
    expect(violations).toEqual([]);
  }
}
