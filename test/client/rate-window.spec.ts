import { beforeEach, describe, expect, it } from '@jest/globals';
import { RateWindow } from '../../lib/http/rate-window.js';

describe('what is known of a limit', () => {
  let window: RateWindow;

  beforeEach(() => {
    window = new RateWindow();
  });

  /** An answer to a request that was sent. */
  function answer(now: number, left: number, seconds: number): void {
    window.answered(now, {
      status: 200,
      headers: {
        'x-ratelimit-limit': '100',
        'x-ratelimit-remaining': String(left),
        'x-ratelimit-reset': String(seconds),
      },
      body: Buffer.alloc(0),
    });
  }

  /** How many more may be sent. */
  function room(now: number): number {
    let count = 0;
    for (; window.admits(now, true, false) && count < 1000; count++) {
      window.sent();
    }
    for (let sent = count; sent > 0; sent--) window.lost(false);
    return count;
  }

  function send(count: number): void {
    for (let sent = 0; sent < count; sent++) window.sent();
  }

  it('counts what is under way, in whatever order the answers come', () => {
    send(4);
    answer(0, 97, 60);
    expect(room(0)).toBe(94);
    answer(0, 99, 60);
    answer(0, 96, 60);
    answer(0, 98, 60);
    expect(room(0)).toBe(96);
  });

  it('counts what a gateway answers in the place of the server', () => {
    send(3);
    answer(0, 99, 60);
    window.answered(0, { status: 504, headers: {}, body: Buffer.alloc(0) });
    window.lost(true);
    expect(room(0)).toBe(97);
  });

  it('is not misled by an answer about the window before', () => {
    send(2);
    answer(0, 98, 60);
    expect(room(60_000)).toBe(9);
    answer(60_500, 97, 1);
    expect(room(60_500)).toBe(10);
    send(1);
    answer(61_000, 40, 30);
    expect(room(61_000)).toBe(40);
  });

  it('follows a window that others began', () => {
    send(2);
    answer(0, 98, 60);
    answer(100, 20, 20);
    expect(room(100)).toBe(98);
    expect(room(60_000)).toBe(10);
    send(1);
    answer(60_100, 20, 20);
    expect(room(60_100)).toBe(20);
    expect(room(80_200)).toBe(10);
  });

  it('waits no more than five minutes for what is a date, or a day', () => {
    send(1);
    answer(0, 0, 1_800_000_000);
    expect(window.wait(0, false, 0)).toBe(300_000);
    window.refused(0, 86_400_000);
    expect(window.wait(0, false, 0)).toBe(300_000);
    expect(room(300_000)).toBe(10);
  });

  it('is felt for after a refusal, where answers do not tell it', () => {
    send(1);
    window.answered(0, { status: 429, headers: {}, body: Buffer.alloc(0) });
    window.refused(0, 5_000);
    const free = (now: number) => {
      for (let sent = 0; sent < 50; sent++) {
        if (!window.admits(now, false, false)) return sent;
        window.sent();
      }
      return 50;
    };
    expect(free(4_999)).toBe(0);
    expect(free(5_000)).toBe(10);
    for (let left = 10; left > 0; left--) {
      const good = { status: 200, headers: {}, body: Buffer.alloc(0) };
      window.answered(5_100, good);
    }
    expect(free(5_100)).toBe(20);
    expect(free(65_000)).toBe(50);
  });
});
