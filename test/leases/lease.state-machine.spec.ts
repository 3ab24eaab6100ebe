import { describe, expect, it } from '@jest/globals';
import { step, wakeAt } from '../../lib/leases/lease.state-machine.js';
import {
  IDLE,
  type LeaseAction,
  type LeaseContext,
  type LeaseHappening,
  type LeaseLife,
  type LeaseMachine,
} from '../../lib/leases/lease.state.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OVERLAP = 45_000;

/** A machine whose time is moved by hand. */
class Bench {
  machine: LeaseMachine = IDLE;
  now = 0;

  constructor(private readonly more: Partial<LeaseContext> = {}) {}

  send(event: LeaseHappening): readonly LeaseAction[] {
    const { machine, actions } = step(this.machine, event, {
      now: this.now,
      random: () => 0.5,
      mode: 'rotate',
      overlap: OVERLAP,
      ...this.more,
    });
    this.machine = machine;
    return actions;
  }

  /** Moves on to when the machine wants to be woken. */
  wake(): readonly LeaseAction[] {
    this.now = wakeAt(this.machine, this.overlap) ?? Infinity;
    return this.send({ type: 'tick' });
  }

  life(generation: number, ttl = HOUR, more: Partial<LeaseLife> = {}) {
    return {
      generation,
      createdAt: this.now,
      expiresAt: this.now + ttl,
      maxTtl: 24 * HOUR,
      ttl,
      canExtend: true,
      ...more,
    };
  }

  /** Makes credentials that work. */
  obtain(generation: number, ttl?: number, more?: Partial<LeaseLife>): this {
    this.send({ type: 'created', life: this.life(generation, ttl, more) });
    this.send({ type: 'proven' });
    return this;
  }

  fail(refused = false, retryAfterMs?: number): readonly LeaseAction[] {
    return this.send({ type: 'failed', refused, retryAfterMs });
  }

  private get overlap(): number {
    return this.more.overlap ?? OVERLAP;
  }
}

function opened(more?: Partial<LeaseContext>): Bench {
  const bench = new Bench(more);
  expect(bench.send({ type: 'opened' })).toEqual([{ type: 'create' }]);
  return bench;
}

describe('the machine of a lease', () => {
  it('creates, proves, publishes, and replaces at two thirds', () => {
    const bench = opened();
    const life = bench.life(1);
    expect(bench.send({ type: 'created', life })).toEqual([{ type: 'prove' }]);
    expect(bench.machine.life).toBeUndefined();
    expect(bench.send({ type: 'proven' })).toEqual([{ type: 'publish' }]);
    expect(bench.wake()).toEqual([{ type: 'create' }]);
    expect(bench.now).toBe(40 * MINUTE);
  });

  it('replaces earlier when two thirds would leave less than the overlap', () => {
    const bench = opened().obtain(1, 100_000);
    bench.wake();
    expect(bench.now).toBe(100_000 - OVERLAP);
  });

  it('uses a life that has become too short for half of it, in place of a loop', () => {
    const bench = opened().obtain(1, MINUTE);
    expect(bench.wake()).toEqual([{ type: 'tell', kind: 'expiring' }]);
    expect(bench.wake()).toEqual([{ type: 'create' }]);
    expect(bench.now).toBe(MINUTE / 2);
  });

  it('asks for exactly the time that brings the expiry to now and a TTL', () => {
    const bench = opened({ mode: 'renew' }).obtain(1);
    expect(bench.wake()).toEqual([{ type: 'renew', ttl: 40 * MINUTE }]);
  });

  it('asks for what is left of the maximum, then replaces', () => {
    const bench = opened({ mode: 'renew' }).obtain(1, HOUR, {
      maxTtl: 65 * MINUTE,
    });
    expect(bench.wake()).toEqual([{ type: 'renew', ttl: 5 * MINUTE }]);
    const { life } = bench.machine;
    if (!life) throw new Error('no life');
    const expiresAt = 65 * MINUTE;
    bench.send({ type: 'renewed', life: { ...life, expiresAt } });
    expect(bench.wake()).toEqual([{ type: 'create' }]);
  });

  it('replaces what cannot be extended, and what a renewal did not extend', () => {
    const fixed = opened({ mode: 'renew' }).obtain(1, HOUR, {
      canExtend: false,
    });
    expect(fixed.wake()).toEqual([{ type: 'create' }]);
    const still = opened({ mode: 'renew' }).obtain(1);
    still.wake();
    const { life } = still.machine;
    if (!life) throw new Error('no life');
    expect(still.send({ type: 'renewed', life })).toEqual([{ type: 'create' }]);
  });

  it('replaces at once when the renewal is refused', () => {
    const bench = opened({ mode: 'renew' }).obtain(1);
    bench.wake();
    expect(bench.fail(true)).toEqual([{ type: 'create' }]);
  });

  it.each([
    ['not answered', false],
    ['refused', true],
  ])(
    'tries a creation that was %s again inside the life, the last time before its end',
    (_what, refused) => {
      const bench = opened().obtain(1);
      bench.wake();
      const tries: number[] = [];
      while (bench.now < HOUR) {
        bench.fail(refused);
        while (bench.machine.state.kind === 'waiting') bench.wake();
        tries.push(bench.now);
      }
      const before = tries.filter((at) => at < HOUR);
      expect(HOUR - (before.at(-1) ?? 0)).toBeLessThan(1_000);
      expect(before.length).toBeLessThan(80);
      const waits = tries.map((at, i) => at - (tries[i - 1] ?? 40 * MINUTE));
      expect(Math.max(...waits)).toBeLessThanOrEqual(MINUTE);
    },
  );

  it('waits as long as the server asks', () => {
    const bench = opened().obtain(1);
    bench.wake();
    bench.fail(false, 90_000);
    bench.wake();
    expect(bench.now).toBe(40 * MINUTE + 90_000);
  });

  it('tells once that less than the overlap is left, and once that it has ended', () => {
    const bench = opened().obtain(1, 10 * MINUTE);
    bench.wake();
    const told: [string, number][] = [];
    while (bench.now < 15 * MINUTE) {
      for (const action of bench.wake()) {
        if (action.type === 'tell') told.push([action.kind, bench.now]);
        // A call that hangs.
        if (action.type === 'create') bench.now += MINUTE / 6;
      }
      bench.fail();
    }
    expect(told.map(([kind]) => kind)).toEqual(['expiring', 'expired']);
    expect(told[1]?.[1]).toBeGreaterThanOrEqual(10 * MINUTE);
  });

  it('proves again and again for a minute, then gives the candidate up for another, more and more rarely', () => {
    const bench = opened().obtain(1, 24 * HOUR);
    bench.wake();
    const mints: number[] = [];
    for (let round = 2; round < 6; round++) {
      mints.push(bench.now);
      bench.send({ type: 'created', life: bench.life(round) });
      let actions: readonly LeaseAction[] = [];
      let proofs = 0;
      while (!actions.some(({ type }) => type === 'discard')) {
        actions = bench.fail();
        if (bench.machine.candidate)
          expect(bench.wake()).toEqual([{ type: 'prove' }]);
        proofs++;
      }
      expect(proofs).toBeGreaterThan(10);
      expect(bench.machine.life?.generation).toBe(1);
      expect(bench.wake()).toEqual([{ type: 'create' }]);
    }
    const waits = mints.slice(1).map((at, i) => at - (mints[i] ?? 0));
    expect(waits[0]).toBeGreaterThan(MINUTE);
    expect(waits[1]).toBeGreaterThan(waits[0] ?? 0);
    expect(waits[2]).toBeGreaterThan(waits[1] ?? 0);
  });

  it('closes when the first credentials cannot be had, or never work', () => {
    const refused = opened();
    expect(refused.fail(true)).toEqual([]);
    expect(refused.machine.state.kind).toBe('closed');
    const useless = opened();
    useless.send({ type: 'created', life: useless.life(1) });
    useless.now = useless.machine.proveUntil;
    expect(useless.fail()).toEqual([{ type: 'discard' }]);
    expect(useless.machine.state.kind).toBe('closed');
  });

  it('replaces credentials that are refused in use, not more often than every 30 s', () => {
    const bench = opened().obtain(1);
    bench.now = MINUTE;
    expect(bench.send({ type: 'dead', generation: 1 })).toEqual([
      { type: 'create' },
    ]);
    expect(bench.send({ type: 'dead', generation: 1 })).toEqual([]);
    bench.now += 1_000;
    bench.obtain(2);
    expect(bench.send({ type: 'dead', generation: 1 })).toEqual([]);
    expect(bench.send({ type: 'dead', generation: 2 })).toEqual([]);
    expect(bench.wake()).toEqual([{ type: 'create' }]);
    expect(bench.now).toBe(MINUTE + 30_000);
  });

  it('does nothing any more when closed', () => {
    const bench = opened().obtain(1);
    bench.send({ type: 'closed' });
    expect(wakeAt(bench.machine, OVERLAP)).toBeUndefined();
    bench.now = 2 * HOUR;
    expect(bench.send({ type: 'tick' })).toEqual([]);
    expect(bench.send({ type: 'dead', generation: 1 })).toEqual([]);
  });
});
