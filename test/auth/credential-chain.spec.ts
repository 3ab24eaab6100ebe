import {
  afterEach,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import {
  type CredentialProvider,
  defaultCredentialProviders,
  type InfisicalClientOptions,
  InfisicalConfigError,
  InfisicalCredentialsError,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import { CredentialBench } from '../support/credentials.js';
import { CLIENT_ID, CLIENT_SECRET, failureOf } from '../support/demo.js';
import { RecordingTransport } from '../support/recording-transport.js';

const DEMO = {
  universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
};

let bench: CredentialBench;
let second: InfisicalEmulator;
beforeEach(async () => {
  bench = await CredentialBench.start();
  second = await InfisicalEmulator.start();
});
afterEach(async () => {
  await bench.stop();
  await second.stop();
});

const defaults = () => defaultCredentialProviders({ home: bench.home });

function giving(
  answer: Awaited<ReturnType<CredentialProvider['provide']>>,
  name = 'mine',
) {
  const provide = jest.fn<CredentialProvider['provide']>();
  return { name, provide: provide.mockResolvedValue(answer) };
}

describe('a list of providers', () => {
  it('takes the first that has a login, for the life of the client', async () => {
    const none = giving(undefined, 'none');
    const mine = giving({ auth: DEMO });
    const never = giving({ auth: { accessToken: 'x' } }, 'never');
    const client = bench.client({ auth: [none, mine, never] });
    expect(none.provide).not.toHaveBeenCalled();
    await Promise.all([bench.read(client), bench.read(client)]);
    await client.auth.revoke();
    await bench.read(client);
    expect(bench.logins).toHaveLength(2);
    expect(none.provide).toHaveBeenCalledTimes(1);
    expect(mine.provide).toHaveBeenCalledTimes(1);
    expect(never.provide).not.toHaveBeenCalled();
    expect(bench.logger.lines).toEqual([
      `Credentials: mine (universalAuth), for ${bench.url}`,
    ]);
  });

  it('takes plain logins, too', async () => {
    const client = bench.client({ auth: [...defaults(), DEMO] });
    await bench.read(client);
    expect(bench.logger.lines).toEqual([
      `Credentials: auth[3] (universalAuth), for ${bench.url}`,
    ]);
    const wrong = (auth: unknown, text: string) =>
      expect(() =>
        bench.client({ auth } as unknown as InfisicalClientOptions),
      ).toThrow(text);
    wrong([], 'auth is an empty list');
    wrong([...defaults(), {}], 'auth[3]: auth must have exactly one key');
    wrong([5], 'auth[0]: auth must be an object with one key');
    wrong(
      [{ ...DEMO, accessToken: 'x' }],
      'auth[0]: auth must have exactly one key, the login method; got universalAuth and accessToken',
    );
    wrong([{ name: 'no provide' }], 'auth[0]: auth.name is not a login method');
  });

  it('evaluates the credentials of the winner at every login', async () => {
    const clientSecret = jest.fn(() => CLIENT_SECRET);
    const auth = { universalAuth: { clientId: CLIENT_ID, clientSecret } };
    const client = bench.client({ auth: [giving({ auth })] });
    await bench.read(client);
    await client.auth.revoke();
    await bench.read(client);
    expect(clientSecret).toHaveBeenCalledTimes(2);
  });

  it('asks again as long as nobody has a login', async () => {
    const { clock } = bench.setup;
    const late = jest.fn<CredentialProvider['provide']>();
    const client = bench.client({
      auth: [{ name: 'late', provide: late }],
      clock,
    });
    await failureOf(bench.read(client));
    await failureOf(bench.read(client));
    expect(late).toHaveBeenCalledTimes(1);
    late.mockResolvedValue({ auth: DEMO });
    await clock.advance(2 * 60_000);
    expect(await bench.read(client)).toEqual([]);
  });

  it('gives way to client.auth', async () => {
    const none = giving(undefined);
    const client = bench.client({ auth: [none] });
    await client.auth.universalAuth.login(DEMO.universalAuth);
    expect(await bench.read(client)).toEqual([]);
    expect(none.provide).not.toHaveBeenCalled();
  });
});

describe('the address of a provider', () => {
  it('is used before the first request, and for all of them', async () => {
    bench.environment({ INFISICAL_SITE_URL: bench.url });
    const mine = giving({ auth: DEMO, siteUrl: `${second.url}/api/` });
    const client = bench.client({
      siteUrl: undefined,
      auth: [mine, ...defaults()],
    });
    expect(client.siteUrl).toBe(bench.url);
    expect(await bench.read(client)).toEqual([]);
    expect(client.siteUrl).toBe(second.url);
    expect(mine.provide).toHaveBeenCalledWith(
      expect.objectContaining({ siteUrl: bench.url }),
    );
    expect(second.requests.map(({ path }) => path)).toEqual([
      '/api/v1/auth/universal-auth/login',
      '/api/v4/secrets',
    ]);
    expect(bench.setup.emulator.requests).toEqual([]);
    expect(bench.logger.lines).toEqual([
      `Credentials: mine (universalAuth), for ${second.url}`,
    ]);
  });

  it('is hidden by the option', async () => {
    const mine = giving({ auth: DEMO, siteUrl: second.url });
    const client = bench.client({ auth: [mine] });
    await bench.read(client);
    expect(client.siteUrl).toBe(bench.url);
    expect(second.requests).toEqual([]);
  });

  it('is refused when it is not safe, or the transport cannot go there', async () => {
    const client = (siteUrl: string, more: InfisicalClientOptions = {}) =>
      bench.client({
        siteUrl: undefined,
        auth: [giving({ auth: DEMO, siteUrl })],
        ...more,
      });
    const clear = await failureOf(
      bench.read(client('http://infisical.internal')),
    );
    expect(clear).toBeInstanceOf(InfisicalConfigError);
    expect(clear.message).toContain('is plain HTTP');
    const handedIn = client(second.url, {
      transport: new RecordingTransport(bench.url),
    });
    const error = await failureOf(bench.read(handedIn));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toContain('pass `siteUrl` to the client');
    expect(bench.setup.emulator.requests).toEqual([]);
  });
});

describe('when there is no login', () => {
  it('one error lists what was tried, and why in vain', async () => {
    const client = bench.client({
      auth: [giving({ reason: 'the vault is empty' }), ...defaults()],
    });
    const error = await failureOf(bench.read(client));
    expect(error).toBeInstanceOf(InfisicalCredentialsError);
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect((error as InfisicalCredentialsError).tried).toEqual([
      { source: 'mine', reason: 'the vault is empty' },
      { source: 'environment', reason: 'no variable of a login is set' },
      {
        source: 'credential files',
        reason:
          'no variable of a login with _FILE at the end of its name is set',
      },
      {
        source: 'Infisical CLI',
        reason: `no login: there is no file "${bench.home}/.infisical/infisical-config.json"`,
      },
    ]);
    expect(error.message.split('\n')).toEqual([
      expect.stringMatching(
        /^No credentials were found\. Pass `auth`, or set /,
      ),
      '  - mine: the vault is empty',
      '  - environment: no variable of a login is set',
      '  - credential files: no variable of a login with _FILE at the end of its name is set',
      expect.stringMatching(/^ {2}- Infisical CLI: no login: /),
    ]);
    expect(bench.setup.emulator.requests).toEqual([]);
  });

  it('a broken source ends the search', async () => {
    bench.environment({ INFISICAL_CLIENT_ID: 'half' });
    const after = giving({ auth: DEMO });
    const client = bench.client({ auth: [...defaults(), after] });
    const error = await failureOf(bench.read(client));
    expect(error).not.toBeInstanceOf(InfisicalCredentialsError);
    expect(error.message).toMatch(/^INFISICAL_CLIENT_ID is set, but not /);
    expect(after.provide).not.toHaveBeenCalled();
  });

  it('a provider that answers nonsense is named', async () => {
    const nonsense = (answer: unknown) =>
      failureOf(
        bench.read(bench.client({ auth: [giving(answer as undefined)] })),
      );
    for (const answer of ['a', {}, true]) {
      expect((await nonsense(answer)).message).toBe(
        'The credential provider "mine" must return { auth }, { reason } or undefined.',
      );
    }
    const two = { auth: { ...DEMO, accessToken: 'hidden-token' } };
    const error = await nonsense(two);
    expect(error.message).toContain(
      'The credential provider "mine": auth must have exactly one key',
    );
    expect(inspect(error)).not.toContain('hidden-token');
  });

  it('a provider that hangs does not outlive the deadline', async () => {
    const { clock } = bench.setup;
    const provide = jest.fn<CredentialProvider['provide']>();
    provide.mockReturnValueOnce(new Promise(() => undefined));
    provide.mockResolvedValue({ auth: DEMO });
    const client = bench.client({
      auth: [{ name: 'hanging', provide }],
      clock,
    });
    const failure = failureOf(bench.read(client));
    await clock.advance(31_000);
    expect((await failure).name).toBe('InfisicalTimeoutError');
    await clock.advance(1_000);
    expect(await bench.read(client)).toEqual([]);
  });

  it('a passing failure of a provider is tried again', async () => {
    const { clock } = bench.setup;
    const provide = jest.fn<CredentialProvider['provide']>();
    provide.mockRejectedValueOnce(new Error('the vault is down'));
    provide.mockResolvedValue({ auth: DEMO });
    const client = bench.client({ auth: [{ name: 'vault', provide }], clock });
    const reading = bench.read(client);
    await clock.advance(1_000);
    expect(await reading).toEqual([]);
  });

  it('nothing that is printed holds a credential', async () => {
    const secret = 'hidden-client-secret';
    const auth = {
      universalAuth: { clientId: CLIENT_ID, clientSecret: secret },
    };
    const client = bench.client({ auth: [giving({ auth }), auth] });
    const error = await failureOf(bench.read(client));
    expect(error).toMatchObject({ status: 401 });
    const printed = [error, client, client.auth]
      .map((item) => inspect(item, { depth: 9, showHidden: true }))
      .concat(bench.logger.lines, bench.logger.warnings, error.stack ?? '');
    expect(printed.join('\n')).not.toContain(secret);
  });
});
