import { describe, expect, it } from '@jest/globals';
import { Redacted } from '../../lib/common/redaction.js';
import { step } from '../../lib/auth/token.state-machine.js';
import {
  INITIAL_TOKEN_MACHINE,
  type TokenContext,
  type TokenEvent,
  type TokenMachine,
  type TokenStep,
  usableLife,
  wakeAt,
} from '../../lib/auth/token.state.js';
import type { TokenLife } from '../../lib/auth/token-life.js';

const MINUTE = 60_000;

function life(overrides: Partial<TokenLife> = {}): TokenLife {
  return {
    token: new Redacted('t'),
    generation: 1,
    obtainedAt: 0,
    expiresAt: 10 * MINUTE,
    ttl: 10 * MINUTE,
    maxExpiresAt: Infinity,
    ...overrides,
  };
}

/** Random 0.5 is no jitter. */
function at(now: number, overrides: Partial<TokenContext> = {}): TokenContext {
  return { now, random: () => 0.5, canLogin: true, ...overrides };
}

/** Runs events, each at its time. */
function run(
  events: [now: number, event: TokenEvent][],
  start: TokenMachine = INITIAL_TOKEN_MACHINE,
  overrides: Partial<TokenContext> = {},
): TokenStep {
  return events.reduce<TokenStep>(
    ({ machine }, [now, event]) => step(machine, event, at(now, overrides)),
    { machine: start },
  );
}

const demand: TokenEvent = { type: 'demand' };
const granted = (overrides: Partial<TokenLife> = {}): TokenEvent => ({
  type: 'granted',
  via: 'login',
  life: life(overrides),
});
const failed = (
  via: 'login' | 'renew',
  failure: 'refused' | 'unavailable',
  retryAfterMs?: number,
): TokenEvent => ({
  type: 'failed',
  via,
  failure,
  error: new Error(failure),
  retryAfterMs,
});

describe('token state machine', () => {
  it('logs in at the first demand, once for all callers', () => {
    const first = run([[0, demand]]);
    expect(first.action).toEqual({ type: 'login' });
    expect(step(first.machine, demand, at(1)).action).toBeUndefined();
  });

  it('renews at two thirds of the life, with jitter', () => {
    const { machine } = run([
      [0, demand],
      [0, granted()],
    ]);
    expect(wakeAt(machine.state)).toBeCloseTo((10 * MINUTE * 2) / 3);
    const early = run(
      [
        [0, demand],
        [0, granted()],
      ],
      undefined,
      {
        random: () => 0,
      },
    );
    expect(wakeAt(early.machine.state)).toBeCloseTo(10 * MINUTE * 0.6);
    const renewal = step(machine, demand, at(7 * MINUTE));
    expect(renewal.action?.type).toBe('renew');
    // The old token is used meanwhile.
    expect(usableLife(renewal.machine.state, 7 * MINUTE)).toBeDefined();
  });

  it('logs in where a renewal would cross the maximum life: Gen 1 kills the token', () => {
    const { action } = run([
      [0, demand],
      [0, granted({ maxExpiresAt: 15 * MINUTE })],
      [7 * MINUTE, demand],
    ]);
    expect(action).toEqual({ type: 'login' });
  });

  it('logs in for a token of a second, which no renewal lengthens', () => {
    const next = (ttl: number): string | undefined =>
      run([
        [0, demand],
        [0, granted({ expiresAt: ttl, ttl })],
        [ttl * 0.7, demand],
      ]).action?.type;
    expect(next(500)).toBe('login');
    expect(next(1_000)).toBe('renew');
  });

  it('renews on while the maximum leaves room', () => {
    const { action } = run([
      [0, demand],
      [0, granted({ maxExpiresAt: 60 * MINUTE })],
      [7 * MINUTE, demand],
    ]);
    expect(action?.type).toBe('renew');
  });

  it('logs in when a renewal succeeded without moving the expiry, and remembers that', () => {
    const renewed: TokenEvent = {
      type: 'granted',
      via: 'renew',
      life: life({ generation: 2, obtainedAt: 7 * MINUTE }),
    };
    const notMoved = run([
      [0, demand],
      [0, granted()],
      [7 * MINUTE, demand],
      [7 * MINUTE, renewed],
    ]);
    expect(notMoved.action).toEqual({ type: 'login' });
    const next = run(
      [
        [7 * MINUTE, granted({ generation: 3, expiresAt: 17 * MINUTE })],
        [14 * MINUTE, demand],
      ],
      notMoved.machine,
    );
    expect(next.action).toEqual({ type: 'login' });
  });

  it('learns nothing of a renewal in the second of the issue, whose claims are the same', () => {
    // The login was answered when its token was about to end.
    const late = 10 * MINUTE - 900;
    const renewed: TokenEvent = {
      type: 'granted',
      via: 'renew',
      life: life({ generation: 2, obtainedAt: late + 600 }),
    };
    const notMoved = run([
      [0, demand],
      [late, granted()],
      [late + 600, demand],
      [late + 610, renewed],
    ]);
    expect(notMoved.action).toEqual({ type: 'login' });
    const next = run(
      [
        [late + 620, granted({ generation: 3, expiresAt: late + 10 * MINUTE })],
        [late + 7 * MINUTE, demand],
      ],
      notMoved.machine,
    );
    expect(next.action?.type).toBe('renew');
  });

  it('logs in when the renewal is refused', () => {
    const { action, machine } = run([
      [0, demand],
      [0, granted()],
      [7 * MINUTE, demand],
      [7 * MINUTE, failed('renew', 'refused')],
    ]);
    expect(action).toEqual({ type: 'login' });
    expect(usableLife(machine.state, 7 * MINUTE)).toBeDefined();
  });

  it('tries again inside the remaining life, the last time before its end', () => {
    let { machine } = run([
      [0, demand],
      [0, granted()],
      [7 * MINUTE, demand],
    ]);
    let now = 7 * MINUTE;
    let tries = 0;
    while (now < 10 * MINUTE - 500) {
      ({ machine } = step(
        machine,
        failed('renew', 'unavailable'),
        at(now, { random: () => 0.999 }),
      ));
      const next = wakeAt(machine.state)!;
      expect(next).toBeGreaterThan(now);
      expect(next).toBeLessThan(10 * MINUTE);
      now = next;
      ({ machine } = step(machine, demand, at(now)));
      tries++;
    }
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(40);
  });

  it('logs in when three renewals failed, while the token still works', () => {
    let { machine, action } = run([
      [0, demand],
      [0, granted()],
      [7 * MINUTE, demand],
    ]);
    const tried: (string | undefined)[] = [action?.type];
    for (let i = 0; i < 4; i++) {
      const via = action?.type ?? 'renew';
      const at0 = at(7 * MINUTE + i * 1000);
      ({ machine } = step(machine, failed(via, 'unavailable'), at0));
      const due = wakeAt(machine.state)!;
      ({ machine, action } = step(machine, demand, at(due)));
      tried.push(action?.type);
    }
    expect(tried).toEqual(['renew', 'renew', 'renew', 'login', 'login']);
    expect(usableLife(machine.state, 8 * MINUTE)).toBeDefined();
  });

  it('logs in when renewals are limited for longer than the token lives', () => {
    const limited = (wait: number): TokenStep =>
      run([
        [0, demand],
        [0, granted()],
        [7 * MINUTE, demand],
        [7 * MINUTE, failed('renew', 'unavailable', wait)],
      ]);
    expect(limited(4 * MINUTE).action).toEqual({ type: 'login' });
    expect(limited(MINUTE).action).toBeUndefined();
  });

  it('backs off up to 30 s while there is no token', () => {
    let machine = run([[0, demand]]).machine;
    let now = 0;
    const waits: number[] = [];
    for (let i = 0; i < 10; i++) {
      ({ machine } = step(
        machine,
        failed('login', 'unavailable'),
        at(now, { random: () => 0.999 }),
      ));
      waits.push(wakeAt(machine.state)! - now);
      now = wakeAt(machine.state)!;
      ({ machine } = step(machine, demand, at(now)));
    }
    expect(waits[0]).toBeLessThan(501);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
    expect(waits.at(-1)).toBeGreaterThan(29_000);
  });

  it('waits as long as the server asks', () => {
    const { machine } = run([
      [0, demand],
      [0, failed('login', 'unavailable', 57_000)],
    ]);
    expect(wakeAt(machine.state)).toBeGreaterThanOrEqual(57_000);
  });

  it('never comes near the lockout: refused logins are a minute and more apart', () => {
    let machine = run([[0, demand]]).machine;
    let now = 0;
    const times: number[] = [];
    while (now < 60 * MINUTE) {
      times.push(now);
      ({ machine } = step(machine, failed('login', 'refused'), at(now)));
      // Callers in between get nothing started.
      expect(step(machine, demand, at(now + 1)).action).toBeUndefined();
      now = wakeAt(machine.state)!;
      const next = step(machine, demand, at(now));
      expect(next.action).toEqual({ type: 'login' });
      machine = next.machine;
    }
    expect(times.length).toBeLessThanOrEqual(12);
    for (let i = 1; i < times.length; i++) {
      expect(times[i]! - times[i - 1]!).toBeGreaterThanOrEqual(MINUTE);
    }
  });

  it('replaces a rejected token, and ignores the rejection of an older one', () => {
    const { machine } = run([
      [0, demand],
      [0, granted({ generation: 5 })],
    ]);
    expect(
      step(machine, { type: 'rejected', generation: 4 }, at(1)).machine,
    ).toBe(machine);
    const rejected = step(machine, { type: 'rejected', generation: 5 }, at(1));
    expect(rejected.action).toEqual({ type: 'login' });
    expect(usableLife(rejected.machine.state, 1)).toBeUndefined();
  });

  it('slows down when the server grants tokens and rejects each one', () => {
    let machine = run([[0, demand]]).machine;
    let logins = 1;
    for (let now = 0; now < MINUTE; now += 100) {
      if (machine.state.kind === 'acquiring') {
        ({ machine } = step(
          machine,
          granted({
            generation: logins,
            obtainedAt: now,
            expiresAt: now + MINUTE,
          }),
          at(now),
        ));
      }
      const life = usableLife(machine.state, now);
      const next = step(
        machine,
        life ? { type: 'rejected', generation: life.generation } : demand,
        at(now),
      );
      machine = next.machine;
      if (next.action) logins++;
    }
    expect(logins).toBeLessThan(15);
  });

  it('uses a given token up when it cannot be renewed', () => {
    const given = { canLogin: false };
    const { machine, action } = run(
      [
        [0, demand],
        [0, granted()],
        [9.5 * MINUTE, demand],
        [9.5 * MINUTE, failed('renew', 'refused')],
      ],
      undefined,
      given,
    );
    expect(action).toBeUndefined();
    expect(usableLife(machine.state, 9.9 * MINUTE)).toBeDefined();
    // Then it is told that it has ended.
    expect(wakeAt(machine.state)).toBe(10 * MINUTE);
  });

  it.each([
    ['without expiry', Infinity, undefined],
    ['of 10 years', 315_360_000_000, 210_240_000_000],
    ['of 30 days', 2_592_000_000, 1_728_000_000],
    ['of 1 s', 500, 333],
  ])('schedules a token %s', (_name, expiresAt, expected) => {
    const { machine } = run([
      [0, demand],
      [0, granted({ expiresAt, ttl: expiresAt })],
    ]);
    const wake = wakeAt(machine.state);
    if (expected === undefined) expect(wake).toBeUndefined();
    else expect(wake).toBeCloseTo(expected, -1);
  });

  it('does nothing once it is closed', () => {
    const { machine } = run([
      [0, demand],
      [0, { type: 'closed' }],
    ]);
    expect(step(machine, granted(), at(1))).toEqual({ machine });
  });
});
