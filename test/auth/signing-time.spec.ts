import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from 'nestjs-infisical/testing';
import { SigningTime } from '../../lib/auth/signing-time.js';
import { sleepAware } from '../../lib/common/sleep-aware-clock.js';
import {
  InfisicalAuthError,
  InfisicalNetworkError,
} from '../../lib/http/errors.js';
import type { HttpClient } from '../../lib/http/http-client.js';
import { ServerTime } from '../../lib/http/server-time.js';
import { failureOf } from '../support/demo.js';

const HOUR = 3_600_000;
const refused = new InfisicalAuthError('no', { status: 401, code: 'x' });

/** A client whose server is so many milliseconds ahead. */
function httpOf(skew: number): Pick<HttpClient, 'clock' | 'serverTime'> {
  const clock = sleepAware(new VirtualClock());
  const serverTime = new ServerTime(clock);
  const date = new Date(clock.now() + skew).toUTCString();
  const headers = { date, 'content-type': 'application/json' };
  serverTime.answered(headers, clock.monotonic());
  return { clock, serverTime };
}

/** A login that is accepted by those whose time this is. */
function acceptedAt(right: number, tried: number[]) {
  return (now: number): Promise<string> => {
    tried.push(Math.round((now - right) / HOUR));
    if (Math.abs(now - right) < 60_000) return Promise.resolve('token');
    return Promise.reject(refused);
  };
}

describe('the time that a login is signed with', () => {
  it('is that of this machine where the server’s is the wrong one', async () => {
    const http = httpOf(HOUR);
    const time = new SigningTime();
    const tried: number[] = [];
    const attempt = acceptedAt(http.clock.now(), tried);
    await time.login(http, attempt);
    await time.login(http, attempt);
    expect(tried).toEqual([0, 0]);
  });

  it('changes back when who checks it is right again', async () => {
    const http = httpOf(HOUR);
    const time = new SigningTime();
    const tried: number[] = [];
    const own = http.clock.now();
    await time.login(http, acceptedAt(own + HOUR, tried));
    await time.login(http, acceptedAt(own, tried));
    await time.login(http, acceptedAt(own, tried));
    expect(tried).toEqual([-1, 0, 1, 0, 0]);
  });

  it('is tried once where both are nearly the same, or nobody refused it', async () => {
    const attempts: number[] = [];
    const fail = (error: Error) => (now: number) => {
      attempts.push(now);
      return Promise.reject(error);
    };
    await failureOf(new SigningTime().login(httpOf(5_000), fail(refused)));
    expect(attempts).toHaveLength(1);
    const lost = new InfisicalNetworkError('no answer', {
      code: 'ECONNRESET',
      sent: true,
      retryable: true,
    });
    await failureOf(new SigningTime().login(httpOf(HOUR), fail(lost)));
    expect(attempts).toHaveLength(2);
  });
});
