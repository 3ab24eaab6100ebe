import { describe, expect, it } from '@jest/globals';
import {
  InfisicalClient,
  InfisicalConfigError,
  InfisicalNotFoundError,
} from 'nestjs-infisical';
import { type InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import { clientBench } from '../support/client-bench.js';
import { CLIENT_ID, CLIENT_SECRET, PROJECT_ID } from '../support/demo.js';

const MINUTE = 60_000;

/** What other clients of Infisical get wrong. Each of these fails with the one that is named. */
describe('unlike other clients', () => {
  const { start, clientOf } = clientBench();

  const logins = (emulator: InfisicalEmulator): number =>
    emulator.count({ path: '/api/v1/auth/universal-auth/login' });

  it('Node SDK 5: a site URL without a scheme fails at once, not after four back-offs', () => {
    expect(
      () => new InfisicalClient({ siteUrl: 'your-infisical-instance.com' }),
    ).toThrow(/siteUrl must start with https:\/\//);
  });

  it('Java SDK: a missing scheme is refused, not taken for http', () => {
    expect(() => new InfisicalClient({ siteUrl: 'localhost:8080' })).toThrow(
      InfisicalConfigError,
    );
  });

  it('Node SDK 5: a kept reference of client.auth renews the token of today', async () => {
    const clock = new VirtualClock();
    const emulator = await start(undefined, {
      clock,
      login: { accessTokenTTL: 60, accessTokenMaxTTL: 600 },
    });
    const client = clientOf(emulator, { clock });
    const { auth } = client;
    await auth.universalAuth.login({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    });
    await client.auth.universalAuth.login({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    });
    await clock.advance(10_000);
    await auth.renew();
    await client.secrets.list();
    expect(
      emulator.count({ path: '/api/v1/auth/token/renew', status: 200 }),
    ).toBe(1);
    expect(logins(emulator)).toBe(2);
  });

  it.each(['v4', 'v3'] as const)(
    'Node SDK 5: get finds an imported secret on %s, and create keeps the metadata',
    async (secretsApi) => {
      const emulator = await start(
        { '/': {}, '/shared': { COMMON: 'imported' } },
        { secretsApi },
      );
      const client = clientOf(emulator);
      await client.secretImports.create({
        from: { environment: 'dev', path: '/shared' },
      });
      const { secretValue } = await client.secrets.get('COMMON');
      expect(secretValue).toBe('imported');
      await client.secrets.create('WITH_METADATA', {
        secretValue: 'x',
        secretMetadata: [{ key: 'owner', value: 'payments' }],
      });
      const { secretMetadata } = await client.secrets.get('WITH_METADATA');
      expect(secretMetadata).toMatchObject([
        { key: 'owner', value: 'payments' },
      ]);
    },
  );

  it('httpx SDK: a list holds values', async () => {
    const client = clientOf(await start());
    const [secret] = await client.secrets.list();
    expect(secret).toMatchObject({ secretKey: 'A', secretValueHidden: false });
    expect(secret?.secretValue).toBe('a');
  });

  it('Go SDK: references are expanded unless asked otherwise', async () => {
    const client = clientOf(
      await start({ '/': { HOST: 'db', URL: 'pg://${HOST}' } }),
    );
    expect((await client.secrets.get('URL')).secretValue).toBe('pg://db');
    const raw = await client.secrets.get('URL', {
      expandSecretReferences: false,
    });
    expect(raw.secretValue).toBe('pg://${HOST}');
  });

  it('first SDKs: a missing secret is an error, whatever the environment holds', async () => {
    const client = clientOf(await start());
    process.env['ONLY_IN_ENVIRONMENT'] = 'wrong';
    try {
      await expect(
        client.secrets.get('ONLY_IN_ENVIRONMENT'),
      ).rejects.toBeInstanceOf(InfisicalNotFoundError);
    } finally {
      delete process.env['ONLY_IN_ENVIRONMENT'];
    }
  });

  it('first SDKs: a kept answer ends when it was not used for its time', async () => {
    const clock = new VirtualClock();
    const emulator = await start({ '/': { A: 'old' } });
    const client = clientOf(emulator, {
      clock,
      cache: { ttl: '5m', sliding: true },
    });
    await client.secrets.get('A');
    const admin = clientOf(emulator);
    await admin.secrets.update('A', { secretValue: 'new' });
    await clock.advance(4 * MINUTE);
    expect((await client.secrets.get('A')).secretValue).toBe('old');
    await clock.advance(5 * MINUTE);
    expect((await client.secrets.get('A')).secretValue).toBe('new');
  });

  it('every SDK but Go: a process outlives its token, with no call in between', async () => {
    const clock = new VirtualClock();
    const emulator = await start(undefined, {
      clock,
      login: { accessTokenTTL: 60, accessTokenMaxTTL: 120 },
    });
    const client = clientOf(emulator, { clock });
    await client.secrets.list();
    await clock.advance(10 * MINUTE);
    await expect(client.secrets.list()).resolves.toHaveLength(1);
  });

  it('tutorial, third-party SDK: 403 TokenError is an expired token, too', async () => {
    const emulator = await start(undefined, { generation: 'gen1' });
    const client = clientOf(emulator);
    await client.secrets.list();
    emulator.trouble.expireTokens();
    await expect(client.secrets.list()).resolves.toHaveLength(1);
    expect(logins(emulator)).toBe(2);
    expect(emulator.count({ path: '/api/v4/secrets', status: 403 })).toBe(1);
  });

  it('agent, Go SDK: a maximum life of 0 means none, not a login at every turn', async () => {
    const clock = new VirtualClock();
    const emulator = await start(undefined, {
      clock,
      login: { accessTokenTTL: 60, accessTokenMaxTTL: 0 },
    });
    const client = clientOf(emulator, { clock });
    for (let n = 0; n < 20; n += 1) {
      await client.secrets.list();
      await clock.advance(50_000);
    }
    expect(logins(emulator)).toBe(1);
    expect(
      emulator.count({ path: '/api/v1/auth/token/renew' }),
    ).toBeLessThanOrEqual(20);
  });

  it('Node SDK 5: an error has its status in a field', async () => {
    const client = clientOf(await start());
    await expect(client.secrets.get('NOPE')).rejects.toMatchObject({
      status: 404,
      code: 'NotFound',
      retryable: false,
      reqId: expect.stringMatching(/./) as unknown,
    });
  });

  it('Java SDK: every API is there before the first login', async () => {
    const client = clientOf(await start());
    await expect(client.folders.list()).resolves.toEqual([]);
    await expect(client.projects.getBySlug('demo')).resolves.toMatchObject({
      id: PROJECT_ID,
    });
  });

  it('documents of the Node SDK: an option that is called otherwise is told, not ignored', async () => {
    const client = clientOf(await start());
    await expect(
      client.secrets.list({ tagFilters: ['a'] } as object),
    ).rejects.toThrow(/"tagFilters": it is called "tagSlugs" here/);
  });

  it('first SDKs, httpx SDK, CLI: what is logged holds no token and no value', async () => {
    const lines: string[] = [];
    const emulator = await start({ '/': { A: 'canary-value' } });
    const client = clientOf(emulator, {
      logger: {
        log: (line) => lines.push(line),
        warn: (line) => lines.push(line),
      },
      accessToken: undefined,
    });
    const { accessToken } = await client.auth.universalAuth.login({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    });
    const [secret] = await client.secrets.list();
    const error = await client.secrets.get('NOPE').catch((e: unknown) => e);
    const printed = [
      ...lines,
      inspect([client, secret, error, accessToken], { depth: null }),
      JSON.stringify([client, secret, error, accessToken]),
    ].join();
    for (const confidential of [
      'canary-value',
      CLIENT_SECRET,
      accessToken.reveal(),
    ]) {
      expect(printed).not.toContain(confidential);
    }
  });

  it('Python SDK: a hundred clients leave nothing behind when they are closed', async () => {
    const emulator = await start();
    const before = timersAndSockets();
    for (let n = 0; n < 100; n += 1) {
      const client = clientOf(emulator, { cache: { ttl: '1m' } });
      await expect(client.secrets.list()).resolves.toHaveLength(1);
      await client.close();
    }
    // The emulator learns of the end of a connection a little later.
    for (let turns = 0; turns < 10_000 && grown(before) > 0; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(grown(before)).toBe(0);
  });
});

/** How many timers and connections this process has. */
function timersAndSockets(): { timers: number; sockets: number } {
  const names = process.getActiveResourcesInfo();
  const count = (wanted: string): number =>
    names.filter((name) => name === wanted).length;
  return { timers: count('Timeout'), sockets: count('TCPSocketWrap') };
}

/** How many there are now that were not there before. */
function grown(before: { timers: number; sockets: number }): number {
  const { timers, sockets } = timersAndSockets();
  // Those of an earlier test may still have gone meanwhile.
  return (
    Math.max(0, timers - before.timers) + Math.max(0, sockets - before.sockets)
  );
}
