import { afterEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalNotFoundError,
  type SecretRecord,
} from 'nestjs-infisical';
import {
  type EmulatorSeed,
  InfisicalEmulator,
  type InfisicalEmulatorOptions,
} from 'nestjs-infisical/testing';
import { demoOptions, seedWith } from '../support/demo.js';
import { RewritingTransport } from '../support/rewriting-transport.js';

let emulator: InfisicalEmulator;
let client: InfisicalClient;

async function start(
  seed: EmulatorSeed,
  more: InfisicalClientOptions = {},
  options: InfisicalEmulatorOptions = {},
): Promise<void> {
  emulator = await InfisicalEmulator.start({ seed, ...options });
  const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
  client = new InfisicalClient({
    ...{ siteUrl, auth, projectId, environment },
    ...more,
  });
}

afterEach(async () => {
  await client.close();
  await emulator.stop();
});

const named = (secrets: readonly SecretRecord[]): Record<string, string> =>
  Object.fromEntries(
    secrets.map(({ secretPath, secretKey, secretValue }) => [
      `${secretPath}:${secretKey}`,
      secretValue,
    ]),
  );

describe('secrets.list', () => {
  it('keeps a name of several folders, or only the nearest on demand', async () => {
    await start(
      seedWith({
        '/': { TOP: 't' },
        '/b': { A: 'near b', X: 'x' },
        '/a': { A: 'near a' },
        '/a/deep': { A: 'deep', TOP: 'deep' },
      }),
    );
    const all = await client.secrets.list({ recursive: true });
    expect(named(all)).toEqual({
      '/:TOP': 't',
      '/b:A': 'near b',
      '/b:X': 'x',
      '/a:A': 'near a',
      '/a/deep:A': 'deep',
      '/a/deep:TOP': 'deep',
    });
    const unique = await client.secrets.list({
      recursive: true,
      uniqueNames: true,
    });
    expect(named(unique)).toEqual({
      '/:TOP': 't',
      '/a:A': 'near a',
      '/b:X': 'x',
    });
  });

  const pair = { key: 'team', value: 'a' };

  it('filters by metadata: all pairs, exactly', async () => {
    await start(seedWith({ '/': { PLAIN: 'p' } }));
    const second = { key: 'tier', value: '1 2' };
    await client.secrets.create('ONE', {
      secretValue: '1',
      secretMetadata: [pair],
    });
    await client.secrets.create('TWO', {
      secretValue: '2',
      secretMetadata: [pair, second],
    });
    const filtered = async (
      ...metadataFilter: (typeof pair)[]
    ): Promise<string[]> => {
      const found = await client.secrets.list({ metadataFilter });
      return found.map(({ secretKey }) => secretKey).sort();
    };
    expect(await filtered(pair)).toEqual(['ONE', 'TWO']);
    expect(await filtered(second, pair)).toEqual(['TWO']);
    expect(await filtered({ key: 'team', value: 'b' })).toEqual([]);
  });

  it.each(['v4', 'v3'] as const)(
    'tells when a server (%s) ignores the filter, in place of listing everything',
    async (apiVersion) => {
      emulator = await InfisicalEmulator.start({
        seed: seedWith({ '/': { A: 'a' } }),
      });
      const transport = new RewritingTransport(emulator.url);
      transport.retarget = (target) =>
        target.replace(/&metadataFilter=[^&]*/, '');
      const { auth, projectId, environment } = demoOptions(emulator);
      client = new InfisicalClient({
        ...{ auth, projectId, environment, transport, apiVersion },
        siteUrl: emulator.url,
      });
      await expect(
        client.secrets.list({ metadataFilter: [pair] }),
      ).rejects.toMatchObject({
        code: 'FilterIgnored',
        operation: 'secrets.list',
      });
    },
  );

  it.each(['v4', 'early-v4', 'v3'] as const)(
    "puts a user's overrides in place on demand only (%s)",
    async (secretsApi) => {
      const users = [
        { email: 'ann@x.io', projects: [{ slug: 'demo', role: 'admin' }] },
      ];
      await start(
        { ...seedWith({ '/': { A: 'shared', B: 'b' } }), users },
        {},
        { secretsApi },
      );
      const { siteUrl, projectId, environment } = demoOptions(emulator);
      const ann = new InfisicalClient({
        ...{ siteUrl, projectId, environment },
        auth: { accessToken: emulator.userToken('ann@x.io') },
      });
      await ann.secrets.create('A', { secretValue: 'mine', type: 'personal' });
      expect(named(await ann.secrets.list())).toEqual({
        '/:A': 'shared',
        '/:B': 'b',
      });
      const own = named(await ann.secrets.list({ personalOverrides: true }));
      // The first v4 does not know the flag, and lists both.
      expect(own).toEqual({ '/:A': 'mine', '/:B': 'b' });
      expect(
        (await ann.secrets.get('A', { type: 'personal' })).secretValue,
      ).toBe('mine');
      expect((await ann.secrets.get('A')).secretValue).toBe('shared');
      const machine = await client.secrets.list({ personalOverrides: true });
      expect(named(machine)).toEqual({ '/:A': 'shared', '/:B': 'b' });
      await ann.close();
    },
  );

  it('says once, by name, that a reference was not resolved', async () => {
    const lines: string[] = [];
    const logger = {
      log: () => undefined,
      warn: (line: string) => lines.push(line),
    };
    await start(
      seedWith({ '/': { GOOD: '${HOST}', HOST: 'h', BAD: 'private-${NOPE}' } }),
      { logger },
    );
    await client.secrets.list({ expandSecretReferences: false });
    expect(lines).toEqual([]);
    await client.secrets.list();
    await client.secrets.list();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('BAD (environment dev, path /)');
    expect(lines[0]).not.toMatch(/GOOD|private|NOPE/);
  });
});

describe('secrets.get', () => {
  it('reads the version that is asked for', async () => {
    await start(seedWith({ '/': { A: 'first' } }));
    await client.secrets.update('A', { secretValue: 'second' });
    const old = await client.secrets.get('A', { version: 1 });
    expect([old.version, old.secretValue]).toEqual([1, 'first']);
    await expect(
      client.secrets.get('A', { version: 7 }),
    ).rejects.toBeInstanceOf(InfisicalNotFoundError);
  });

  it('refuses another version than the one asked for', async () => {
    await start(seedWith({ '/': {}, '/mail': { M: 'm' } }));
    await client.secretImports.create({
      from: { environment: 'dev', path: '/mail' },
    });
    const call = client.secrets.get('M', { version: 5 });
    await expect(call).rejects.toThrow('version 1 of "M", not 5');
    await expect(call).rejects.toMatchObject({
      code: 'WrongVersion',
      operation: 'secrets.get',
    });
  });

  it.each(['v4', 'v3'] as const)('finds by id (%s)', async (apiVersion) => {
    await start(seedWith({ '/': {}, '/mail': { M: 'm' } }), { apiVersion });
    const { id } = await client.secrets.get('M', { path: '/mail' });
    expect(await client.secrets.getById(id)).toMatchObject({
      id,
      secretKey: 'M',
      secretPath: '/mail',
      environment: 'dev',
      secretValueHidden: false,
    });
  });
});

describe('secrets.versions', () => {
  async function history(): Promise<void> {
    await start(seedWith({ '/': {}, '/mail': { M: 'v1' } }));
    for (const secretValue of ['v2', 'v3', 'v4']) {
      await client.secrets.update('M', { path: '/mail', secretValue });
    }
  }
  const values = (secrets: readonly SecretRecord[]): string[] =>
    secrets.map(({ version, secretValue }) => `${version}=${secretValue}`);

  it('tells them by name, newest first, in pages', async () => {
    await history();
    const path = '/mail';
    expect(values(await client.secrets.versions('M', { path }))).toEqual(
      ['4=v4', '3=v3', '2=v2', '1=v1'], // prettier-ignore
    );
    const page = await client.secrets.versions('M', {
      ...{ path, offset: 1, limit: 2 },
    });
    expect(values(page)).toEqual(['3=v3', '2=v2']);
    expect(JSON.stringify(page)).not.toContain('v3');
  });

  it('tells them by id, and of an imported secret', async () => {
    await history();
    const { id } = await client.secrets.get('M', { path: '/mail' });
    const byId = await client.secrets.versions({ id }, { limit: 1 });
    expect(values(byId)).toEqual(['4=v4']);
    await client.secretImports.create({
      from: { environment: 'dev', path: '/mail' },
    });
    const imported = await client.secrets.versions('M', { limit: 2 });
    expect(values(imported)).toEqual(['4=v4', '3=v3']);
  });

  it('ends where the history ends, and fails where there is no secret', async () => {
    await history();
    emulator.trouble.add({
      ...{ kind: 'error', status: 404, error: 'NotFound', skip: 3 },
      path: '/api/v4/secrets/:secretName',
    });
    const kept = await client.secrets.versions('M', { path: '/mail' });
    expect(values(kept)).toEqual(['4=v4', '3=v3']);
    emulator.trouble.clear();
    await expect(client.secrets.versions('NOPE')).rejects.toMatchObject({
      constructor: InfisicalNotFoundError,
      operation: 'secrets.versions',
    });
  });
});
