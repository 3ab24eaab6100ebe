import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from 'nestjs-infisical/testing';
import { sleepAware } from '../../lib/common/sleep-aware-clock.js';

const HOUR = 3_600_000;

describe('time that goes on in sleep', () => {
  it('is monotonic time while nothing leaps', async () => {
    const clock = new VirtualClock();
    const aware = sleepAware(clock);
    await clock.advance(HOUR);
    expect(aware.monotonic()).toBe(HOUR);
    expect(aware.slept).toBe(0);
  });

  it('has the leaps of the calendar that monotonic time has not', async () => {
    const clock = new VirtualClock();
    const aware = sleepAware(clock);
    await clock.advance(1000);
    clock.jump(HOUR);
    await clock.advance(1000);
    expect(aware.monotonic()).toBe(HOUR + 2000);
    expect(aware.slept).toBe(HOUR);
  });

  it('never goes back, and takes nothing back', async () => {
    const clock = new VirtualClock();
    const aware = sleepAware(clock);
    await clock.advance(HOUR);
    for (const leap of [-24 * HOUR, -HOUR, -1]) {
      clock.jump(leap);
      expect(aware.monotonic()).toBe(HOUR);
    }
    // A sleep after the calendar was set back is a sleep still.
    clock.jump(HOUR / 2);
    expect(aware.monotonic()).toBe(1.5 * HOUR);
  });

  it('is that of any reader: none loses a sleep that another one saw', () => {
    const clock = new VirtualClock();
    expect(sleepAware(clock)).toBe(sleepAware(clock));
    expect(sleepAware(sleepAware(clock))).toBe(sleepAware(clock));
  });

  it('does not take the grain of the calendar for sleep', () => {
    const clock = new VirtualClock();
    const aware = sleepAware(clock);
    for (let i = 0; i < 10_000; i++) clock.jump(i % 2 ? -1 : 1);
    expect(aware.slept).toBe(0);
  });

  it('sums up a calendar that creeps ahead', () => {
    const clock = new VirtualClock();
    const aware = sleepAware(clock);
    for (let i = 0; i < 100; i++) {
      clock.jump(100);
      aware.monotonic();
    }
    expect(aware.slept).toBe(10_000);
  });

  it('tells whoever listens, once for each sleep', () => {
    const clock = new VirtualClock();
    const aware = sleepAware(clock);
    let told = 0;
    const stop = aware.onSleep(() => told++);
    clock.jump(HOUR);
    aware.monotonic();
    aware.monotonic();
    expect(told).toBe(1);
    stop();
    clock.jump(HOUR);
    aware.monotonic();
    expect(told).toBe(1);
  });
});
