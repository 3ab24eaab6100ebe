import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from 'nestjs-infisical/testing';
import { sleepAware } from '../../lib/common/sleep-aware-clock.js';
import { ServerTime } from '../../lib/http/server-time.js';

const HOUR = 3_600_000;
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

describe('the server’s calendar', () => {
  const at = (time: number): string => new Date(time).toUTCString();

  it('is this machine’s until an answer of the server tells it', () => {
    const clock = new VirtualClock();
    const time = new ServerTime(sleepAware(clock));
    expect(time.now()).toBe(clock.now());
    const date = at(clock.now() + HOUR);
    // The page of a proxy, a date that is none, an answer without one.
    time.answered({ date, 'content-type': 'text/html' }, 0);
    time.answered({ ...JSON_TYPE, date: 'soon' }, 0);
    time.answered(JSON_TYPE, 0);
    expect(time.skew).toBe(0);
    time.answered({ ...JSON_TYPE, date }, 0);
    expect(Math.abs(time.skew - HOUR)).toBeLessThanOrEqual(time.unsure);
  });

  it('is what the quickest answer told, until time leaps', async () => {
    const clock = new VirtualClock();
    const time = new ServerTime(sleepAware(clock));
    time.answered({ ...JSON_TYPE, date: at(clock.now() + HOUR) }, 0);
    const { unsure } = time;
    expect(unsure).toBeLessThanOrEqual(500);
    const sentAt = clock.monotonic();
    const date = at(clock.now() + HOUR);
    await clock.advance(20_000);
    time.answered({ ...JSON_TYPE, date }, sentAt);
    expect(time.unsure).toBe(unsure);
    expect(Math.abs(time.skew - HOUR)).toBeLessThanOrEqual(unsure);
    // Somebody has set the server's clock right.
    time.answered({ ...JSON_TYPE, date: at(clock.now()) }, clock.monotonic());
    expect(Math.abs(time.skew)).toBeLessThanOrEqual(time.unsure);
  });

  it('does not follow the calendar of this machine, but its sleep', () => {
    const clock = new VirtualClock();
    const time = new ServerTime(sleepAware(clock));
    const now = clock.now();
    time.answered({ ...JSON_TYPE, date: at(now) }, 0);
    clock.jump(-HOUR);
    expect(Math.abs(time.now() - now)).toBeLessThanOrEqual(time.unsure);
    clock.jump(2 * HOUR);
    const later = now + 2 * HOUR;
    expect(Math.abs(time.now() - later)).toBeLessThanOrEqual(time.unsure);
  });
});
