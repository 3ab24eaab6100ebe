import { afterEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalAuthError,
  type InfisicalClientOptions,
  InfisicalConfigError,
} from 'nestjs-infisical';
import { type InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type ClientBench, clientBench } from '../support/client-bench.js';
import { CLIENT_ID, CLIENT_SECRET } from '../support/demo.js';

/** What a team misses when it is not there. */
describe('a client', () => {
  const bench = clientBench();
  const { ends } = bench;
  const lines: string[] = [];
  const logger = {
    log: (line: string) => lines.push(line),
    warn: (line: string) => lines.push(line),
  };

  afterEach(() => {
    lines.length = 0;
  });

  const start = (
    options?: Parameters<ClientBench['start']>[1],
  ): Promise<InfisicalEmulator> =>
    bench.start(
      { '/': { C: '3', A: '1', B: '2' }, '/a': { Z: '4', Y: '5' } },
      options,
    );

  const clientOf: ClientBench['clientOf'] = (emulator, more) =>
    bench.clientOf(emulator, { logger, ...more });

  it('lists by path and name, whatever the order of the server', async () => {
    const client = clientOf(await start());
    const list = await client.secrets.list({ recursive: true });
    expect(
      list.map(({ secretPath, secretKey }) => `${secretPath} ${secretKey}`),
    ).toEqual(['/ A', '/ B', '/ C', '/a Y', '/a Z']);
  });

  it('tells the life of the token that a login brought', async () => {
    const clock = new VirtualClock(Date.UTC(2100, 0, 1));
    const emulator = await start({
      clock,
      login: { accessTokenTTL: 600, accessTokenMaxTTL: 3600 },
    });
    const client = clientOf(emulator, { clock });
    const result = await client.auth.universalAuth.login({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    });
    expect(result).toMatchObject({
      expiresIn: 599,
      expiresAt: new Date(Date.UTC(2100, 0, 1, 0, 9, 59)),
      accessTokenMaxTTL: 3600,
    });
    const token = await client.auth.getAccessToken();
    expect(token.reveal()).toBe(result.accessToken.reveal());
    expect(inspect(result, { depth: null })).not.toContain(token.reveal());
  });

  it('tells what is left of a token that was given late in its life', async () => {
    const clock = new VirtualClock(Date.UTC(2100, 0, 1));
    const emulator = await start({ clock, login: { accessTokenTTL: 600 } });
    const token = await clientOf(emulator, { clock }).auth.getAccessToken();
    await clock.advance(500_000);
    const late = clientOf(emulator, { clock, auth: undefined });
    const { expiresIn, expiresAt } = await late.auth.accessToken(
      token.reveal(),
    );
    expect(expiresIn).toBe(100);
    expect(expiresAt).toEqual(new Date(Date.UTC(2100, 0, 1, 0, 10)));
  });

  it('tells why a given token was rejected, in the words of the server', async () => {
    const emulator = await start();
    const token = await clientOf(emulator).auth.getAccessToken();
    const given = clientOf(emulator, {
      auth: { accessToken: token.reveal() },
    });
    await given.secrets.list();
    await clientOf(emulator, {
      auth: { accessToken: token.reveal() },
    }).request('POST', '/api/v1/auth/token/revoke', {
      body: { accessToken: token.reveal() },
    });
    const error = await given.secrets.list().then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({
      constructor: InfisicalAuthError,
      status: 401,
      code: 'UnauthorizedError',
      reqId: expect.stringMatching(/./) as unknown,
      cause: expect.any(InfisicalAuthError) as unknown,
    });
    expect(error?.message).toMatch(/given access token.*Pass a fresh/);
  });

  it('names environment and folder of what was refused', async () => {
    const emulator = await start();
    const client = clientOf(emulator);
    for (const path of ['/api/v1/dynamic-secrets', '/api/v4/**']) {
      const refused = { status: 403, error: 'PermissionDenied' };
      emulator.trouble.add({ kind: 'error', path, ...refused });
    }
    await expect(
      client.dynamicSecrets.list({ path: '/payments' }),
    ).rejects.toThrow(/\(environment dev, path \/payments\)/);
    await expect(
      client.secrets.create('A', { secretValue: 'canary', path: '/mail' }),
    ).rejects.toThrow(/\(environment dev, path \/mail\)/);
  });

  it('names the look-up of a slug that takes too long', async () => {
    const clock = new VirtualClock();
    const emulator = await start({ clock });
    const client = clientOf(emulator, {
      clock,
      projectId: undefined,
      projectSlug: 'demo',
    });
    await client.auth.getAccessToken();
    const slow = { kind: 'hang', path: '/api/v1/projects/slug/*' } as const;
    emulator.trouble.add(slow);
    const list = client.secrets.list({ timeout: 50 });
    const refused = expect(list).rejects.toMatchObject({
      operation: 'projects.getBySlug',
      timeoutMs: 50,
    });
    await clock.advance(50);
    await refused;
  });

  it('asks the server for a fresh answer, and keeps that one', async () => {
    const emulator = await start();
    const client = clientOf(emulator, { cache: { ttl: '1m' } });
    await client.secrets.get('A');
    await client.secrets.list();
    await clientOf(emulator).secrets.update('A', { secretValue: 'new' });
    expect((await client.secrets.get('A')).secretValue).toBe('1');
    expect((await client.secrets.get('A', { fresh: true })).secretValue).toBe(
      'new',
    );
    expect((await client.secrets.get('A')).secretValue).toBe('new');
    const [stale] = await client.secrets.list();
    const [fresh] = await client.secrets.list({ fresh: true });
    expect([stale?.secretValue, fresh?.secretValue]).toEqual(['1', 'new']);
  });

  it('forgets what it keeps when told', async () => {
    const emulator = await start();
    const client = clientOf(emulator, { cache: { ttl: '1m' } });
    const reads = (): number => emulator.count({ path: '/api/v4/secrets/**' });
    await client.secrets.get('A');
    await client.secrets.get('A');
    expect(reads()).toBe(1);
    client.clearCache();
    await client.secrets.get('A');
    expect(reads()).toBe(2);
  });

  it('gives the current token, after a login if there is none', async () => {
    const emulator = await start();
    const token = await clientOf(emulator).auth.getAccessToken();
    const other = clientOf(emulator, {
      auth: { accessToken: token.reveal() },
    });
    await expect(other.secrets.list()).resolves.toHaveLength(3);
  });

  it('is closed at the end of its block', async () => {
    const client = clientOf(await start());
    await client[Symbol.asyncDispose]();
    await expect(client.secrets.list()).rejects.toThrow(/client is closed/);
  });

  it('warns once of a token that lives for seconds only', async () => {
    const emulator = await start({ login: { accessTokenTTL: 30 } });
    const client = clientOf(emulator);
    await client.secrets.list();
    await client.auth.revoke();
    await client.secrets.list();
    const warnings = lines.filter((line) =>
      /lives less than a minute/.test(line),
    );
    expect(warnings).toHaveLength(1);
  });

  it('says once that it uses a deprecated API', async () => {
    const client = clientOf(await start({ secretsApi: 'v3' }));
    await Promise.all([client.secrets.list(), client.secrets.get('A')]);
    await client.secrets.list();
    expect(lines.filter((line) => /deprecated v3 API/.test(line))).toHaveLength(
      1,
    );
  });

  describe('with a credential file that is to be deleted', () => {
    function fileWith(text: string): string {
      const folder = mkdtempSync(join(tmpdir(), 'infisical-credential-'));
      ends.push(() => rmSync(folder, { recursive: true, force: true }));
      const file = join(folder, 'client-secret');
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    }

    it('deletes it at the first login, and logs in again without it', async () => {
      const emulator = await start();
      const file = fileWith(`${CLIENT_SECRET}\n`);
      const client = clientOf(emulator, {
        auth: {
          universalAuth: {
            clientId: CLIENT_ID,
            clientSecret: { file, deleteAfterRead: true },
          },
        },
      });
      await client.secrets.list();
      expect(existsSync(file)).toBe(false);
      emulator.trouble.expireTokens();
      await expect(client.secrets.list()).resolves.toHaveLength(3);
      // A rotated one is put in its place.
      writeFileSync(file, 'wrong', { mode: 0o600 });
      await client.auth.revoke();
      await expect(client.secrets.list()).rejects.toMatchObject({
        status: 401,
      });
      expect(existsSync(file)).toBe(false);
    });

    it('keeps it where that is not asked for, and checks the option', async () => {
      const emulator = await start();
      const file = fileWith(CLIENT_SECRET);
      const auth = (clientSecret: object): InfisicalClientOptions =>
        ({
          auth: { universalAuth: { clientId: CLIENT_ID, clientSecret } },
        }) as InfisicalClientOptions;
      await clientOf(emulator, auth({ file })).secrets.list();
      expect(existsSync(file)).toBe(true);
      expect(() =>
        clientOf(emulator, auth({ file, deleteAfterRead: 'yes' })),
      ).toThrow(InfisicalConfigError);
    });
  });
});
