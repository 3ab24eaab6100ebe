import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalAuthError,
  InfisicalClient,
  InfisicalConfigError,
  InfisicalRateLimitError,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  failureOf,
  requestPaths,
} from '../support/demo.js';

const LOGIN = 'POST /api/v1/auth/universal-auth/login';

/** The server counts the refusals of an identity together, whoever was refused. */
describe('clients of one process with the same identity', () => {
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let clients: InfisicalClient[];

  beforeEach(async () => {
    clock = new VirtualClock();
    clients = [];
    emulator = await InfisicalEmulator.start({ clock });
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await emulator.stop();
  });

  function client(
    clientSecret: string | (() => string),
    clientId = CLIENT_ID,
  ): InfisicalClient {
    const made = new InfisicalClient({
      siteUrl: emulator.url,
      auth: { universalAuth: { clientId, clientSecret } },
      clock,
    });
    clients.push(made);
    return made;
  }

  const logins = (): number =>
    requestPaths(emulator).filter((path) => path === LOGIN).length;

  it('do not lock it together when its credentials are wrong', async () => {
    const wrong = Array.from({ length: 5 }, () => client('wrong'));
    const errors = await Promise.all(
      wrong.map((one) => failureOf(one.auth.getAccessToken())),
    );
    expect(logins()).toBe(2);
    const kinds = errors.map(({ constructor }) => constructor);
    expect(kinds.filter((kind) => kind === InfisicalAuthError)).toHaveLength(2);
    const held = errors.find((e) => e instanceof InfisicalRateLimitError);
    expect(held).toMatchObject({
      retryAfterMs: 30_000,
      cause: expect.any(InfisicalAuthError),
      message: expect.stringContaining('has just refused 2 of this identity'),
    });
    await clock.advance(30_000);
    // Locked, it would be refused.
    await client(CLIENT_SECRET).auth.getAccessToken();
  });

  it('log in as soon as the credentials are known to be right', async () => {
    const right = Array.from({ length: 5 }, () => client(CLIENT_SECRET));
    await Promise.all(right.map((one) => one.auth.getAccessToken()));
    expect(logins()).toBe(5);
  });

  it('do not hold up other identities', async () => {
    for (const one of [client('wrong'), client('wrong')]) {
      await failureOf(one.auth.getAccessToken());
    }
    const other = client('wrong', '99999999-9999-4999-8999-999999999999');
    const error = await failureOf(other.auth.getAccessToken());
    expect(error.message).not.toMatch(/was not asked/);
    expect(logins()).toBe(3);
  });

  it('are not held up by credentials that could not be read', async () => {
    const none = (): string => '';
    for (const one of [client(none), client(none)]) {
      const error = await failureOf(one.auth.getAccessToken());
      expect(error).toBeInstanceOf(InfisicalConfigError);
    }
    await client(CLIENT_SECRET).auth.getAccessToken();
    expect(logins()).toBe(1);
  });

  it('log in when a caller asks for that', async () => {
    for (const one of [client('wrong'), client('wrong')]) {
      await failureOf(one.auth.getAccessToken());
    }
    await client('wrong').auth.universalAuth.login({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    });
    expect(logins()).toBe(3);
  });
});
