import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalAuthError,
  type InfisicalClient,
  InfisicalHttpError,
  InfisicalNotFoundError,
  InfisicalPermissionError,
} from 'nestjs-infisical';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  type EmulatorSeedUniversalAuth,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clientBench } from '../support/client-bench.js';
import { CLIENT_ID, CLIENT_SECRET, seedWith } from '../support/demo.js';

/** What the error of a well-known trap says to do. */
describe('the hint', () => {
  const { ends, start, clientOf } = clientBench();

  const clientOn = async (
    seed: EmulatorSeed,
    clock?: VirtualClock,
  ): Promise<InfisicalClient> => clientOf(await start({}, { seed, clock }));

  async function failure(work: Promise<unknown>): Promise<InfisicalHttpError> {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(InfisicalHttpError);
    const { hint, message } = error as InfisicalHttpError;
    expect(message).toContain(hint);
    return error as InfisicalHttpError;
  }

  const withLogin = (login: Partial<EmulatorSeedUniversalAuth>): EmulatorSeed =>
    seedWith({ '/': { A: 'a' } }, login);

  it('of an exhausted client secret asks for a new one', async () => {
    const client = await clientOn(withLogin({ clientSecretNumUsesLimit: 1 }));
    await client.secrets.list();
    await client.auth.revoke();
    const error = await failure(client.secrets.list());
    expect(error).toBeInstanceOf(InfisicalAuthError);
    expect(error.hint).toMatch(/used as often as it may: make a new one/);
  });

  it('of an expired client secret asks for a new one', async () => {
    const clock = new VirtualClock();
    const client = await clientOn(withLogin({ clientSecretTTL: 60 }), clock);
    await clock.advance(61_000);
    const error = await failure(client.secrets.list());
    expect(error.hint).toMatch(/life of this client secret is over/);
  });

  it('of a lockout tells to wait', async () => {
    const client = await clientOn(withLogin({ lockoutThreshold: 1 }));
    const login = (clientSecret: string): Promise<unknown> =>
      client.auth.universalAuth.login({ clientId: CLIENT_ID, clientSecret });
    await failure(login('wrong'));
    const error = await failure(login(CLIENT_SECRET));
    expect(error.hint).toMatch(/Too many failed logins: wait/);
  });

  it('of an identity that is not in the project says so', async () => {
    const [identity] = DEFAULT_EMULATOR_SEED.identities;
    const client = await clientOn({
      ...DEFAULT_EMULATOR_SEED,
      identities: [{ ...identity, name: 'outsider', projects: [] }],
    });
    const error = await failure(client.secrets.list());
    expect(error).toBeInstanceOf(InfisicalPermissionError);
    expect(error.hint).toMatch(
      /Give the machine identity a role in this project/,
    );
  });

  it('of a wrong environment is not that of an empty folder', async () => {
    const client = await clientOn(withLogin({}));
    const error = await failure(client.secrets.list({ environment: 'prd' }));
    expect(error).toBeInstanceOf(InfisicalNotFoundError);
    expect(error.hint).toMatch(
      /Check the environment slug and the folder path/,
    );
    expect(await client.secrets.list({ environment: 'prod' })).toEqual([]);
  });

  it('of a missing auth method names it', async () => {
    const client = await clientOn(withLogin({}));
    const error = await failure(
      client.auth.jwtAuth.login({
        identityId: '33333333-3333-4333-8333-333333333333',
        jwt: 'a.b.c',
      }),
    );
    expect(error.hint).toMatch(/Add this auth method to the machine identity/);
  });

  describe('of another server', () => {
    let server: Server;
    let answer: { status: number; type: string; body: string };

    beforeEach(async () => {
      server = createServer((request, response) => {
        const login = request.url?.includes('/login');
        const { status, type, body } = login
          ? {
              status: 200,
              type: 'application/json',
              body: JSON.stringify({
                accessToken: 'token',
                expiresIn: 60,
                accessTokenMaxTTL: 60,
                tokenType: 'Bearer',
              }),
            }
          : answer;
        response.writeHead(status, { 'content-type': type }).end(body);
      });
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      ends.push(
        () =>
          new Promise((resolve) => {
            server.closeAllConnections();
            server.close(resolve);
          }),
      );
    });

    const client = (): InfisicalClient =>
      clientOf({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      });

    it('points at siteUrl for a web page', async () => {
      answer = { status: 200, type: 'text/html', body: '<html>hello</html>' };
      const error = await failure(client().secrets.list());
      expect(error.hint).toMatch(
        /siteUrl is the address of an Infisical server/,
      );
      expect(error.retryable).toBe(false);
    });

    it.each(['Failed: project is E2EE', 'Blind index not found'])(
      'says to upgrade a project that answers "%s"',
      async (message) => {
        answer = {
          status: 400,
          type: 'application/json',
          body: JSON.stringify({
            reqId: 'req-1',
            statusCode: 400,
            message,
            error: 'BadRequest',
          }),
        };
        const error = await failure(client().secrets.list());
        expect(error.hint).toMatch(/end-to-end-encrypted.*upgrade it/);
        expect(error.reqId).toBe('req-1');
      },
    );
  });
});
