import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalConfigError,
  InfisicalHttpError,
  InfisicalNotFoundError,
  InfisicalValidationError,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import { systemClock } from '../../lib/common/clock.js';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  PROJECT_ID,
  requestPaths,
  seedWith,
} from '../support/demo.js';

const CANARY = 'canary-71c0';

describe.each(['v4', 'v3'] as const)('client on a %s server', (secretsApi) => {
  let emulator: InfisicalEmulator;
  let client: InfisicalClient;

  beforeEach(async () => {
    emulator = await InfisicalEmulator.start({
      secretsApi,
      seed: seedWith({ '/': { A: CANARY, B: 'b' }, '/payments': { A: 'pay' } }),
    });
    client = clientOf();
  });

  afterEach(async () => {
    await client.close();
    await emulator.stop();
  });

  function clientOf(more: InfisicalClientOptions = {}): InfisicalClient {
    return new InfisicalClient({
      siteUrl: `  ${emulator.url}/api/ `,
      auth: {
        universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
      },
      projectId: PROJECT_ID,
      environment: 'dev',
      ...more,
    });
  }

  it('lists, gets, creates, updates, renames and deletes secrets', async () => {
    const created = await client.secrets.create('NEW', {
      secretValue: 'one',
      secretComment: 'why',
      path: 'payments/',
    });
    expect(created).toMatchObject({
      secretKey: 'NEW',
      secretPath: '/payments',
      environment: 'dev',
      version: 1,
    });
    await client.secrets.update('NEW', {
      path: '/payments',
      secretValue: 'two',
      newSecretName: 'RENAMED',
    });
    const got = await client.secrets.get('RENAMED', { path: '/payments' });
    expect([got.secretValue, got.secretComment, got.version]).toEqual([
      'two',
      'why',
      2,
    ]);
    const names = await client.secrets.list({ path: '/payments' });
    expect(names.map(({ secretKey }) => secretKey).sort()).toEqual([
      'A',
      'RENAMED',
    ]);
    await client.secrets.delete('RENAMED', { path: '/payments' });
    await expect(
      client.secrets.get('RENAMED', { path: '/payments' }),
    ).rejects.toBeInstanceOf(InfisicalNotFoundError);
  });

  it('finds the generation once', async () => {
    await client.secrets.get('A');
    await client.secrets.get('A');
    await client.secrets.list();
    await client.secrets.create('C', { secretValue: '' });
    const v4 = requestPaths(emulator).filter((path) => path.includes('/v4/'));
    expect(v4).toHaveLength(secretsApi === 'v4' ? 4 : 1);
  });

  it('resolves a project slug once, for secrets that want the id', async () => {
    const bySlug = clientOf({ projectId: undefined, projectSlug: 'demo' });
    await Promise.all([bySlug.secrets.get('A'), bySlug.secrets.get('B')]);
    await bySlug.close();
    const lookups = requestPaths(emulator).filter((path) =>
      path.startsWith('GET /api/v1/projects/slug/'),
    );
    expect(lookups).toEqual(['GET /api/v1/projects/slug/demo']);
  });

  it('logs in once for many first calls', async () => {
    await Promise.all(
      Array.from({ length: 20 }, () => client.secrets.get('A')),
    );
    expect(
      requestPaths(emulator).filter((path) => path.endsWith('/login')),
    ).toHaveLength(1);
  });

  it('expands references and merges imports: own first, then the last import', async () => {
    await client.folders.create({ name: 'x' });
    await client.folders.create({ name: 'y' });
    await client.secrets.create('S', { secretValue: 'of-x', path: '/x' });
    await client.secrets.create('S', { secretValue: 'of-y', path: '/y' });
    await client.secrets.create('T', { secretValue: 'only-x', path: '/x' });
    await client.secrets.create('A', { secretValue: 'hidden', path: '/y' });
    await client.secrets.create('REF', {
      secretValue: '${B}/${dev.payments.A}',
    });
    for (const path of ['/x', '/y']) {
      await client.request('POST', '/api/v2/secret-imports', {
        body: {
          projectId: PROJECT_ID,
          environment: 'dev',
          path: '/',
          import: { environment: 'dev', path },
        },
      });
    }
    const secrets = await client.secrets.list();
    const values = Object.fromEntries(
      secrets.map(({ secretKey, secretValue }) => [secretKey, secretValue]),
    );
    expect(values).toEqual({
      A: CANARY,
      B: 'b',
      REF: 'b/pay',
      S: 'of-y',
      T: 'only-x',
    });
    const raw = await client.secrets.get('REF', {
      expandSecretReferences: false,
    });
    expect(raw.secretValue).toBe('${B}/${dev.payments.A}');
    expect((await client.secrets.get('S')).secretPath).toBe('/y');
    const without = await client.secrets.list({ includeImports: false });
    expect(without.map(({ secretKey }) => secretKey).sort()).toEqual([
      'A',
      'B',
      'REF',
    ]);
  });

  it('lists recursively, with the folder of each secret', async () => {
    const secrets = await client.secrets.list({ recursive: true });
    expect(
      secrets
        .map(({ secretPath, secretKey }) => `${secretPath} ${secretKey}`)
        .sort(),
    ).toEqual(['/ A', '/ B', '/payments A']);
  });

  it('hides values on request, and never prints one', async () => {
    const hidden = await client.secrets.get('A', { viewSecretValue: false });
    expect(hidden.secretValueHidden).toBe(true);
    expect(hidden.secretValue).not.toBe(CANARY);
    const secret = await client.secrets.get('A');
    expect(secret.secretValue).toBe(CANARY);
    const printed = [
      inspect(secret, { showHidden: true, depth: 9 }),
      inspect(secret, { customInspect: false, showHidden: true }),
      JSON.stringify([secret]),
      JSON.stringify({ ...secret }),
      JSON.stringify(structuredClone(secret)),
      inspect(client, { showHidden: true, depth: 9 }),
      inspect(client, { customInspect: false, showHidden: true, depth: 9 }),
      JSON.stringify(client),
    ].join();
    expect(printed).not.toContain(CANARY);
    expect(printed).not.toContain(CLIENT_SECRET);
    expect(printed).not.toMatch(/eyJ/);
  });

  it('tells folders apart from secrets: list and create', async () => {
    const folder = await client.folders.create({
      path: '/payments',
      name: 'cards',
      description: 'd',
    });
    expect(folder).toMatchObject({ name: 'cards', path: '/payments/cards' });
    const all = await client.folders.list({ recursive: true });
    expect(all.map(({ path }) => path).sort()).toEqual([
      '/payments',
      '/payments/cards',
    ]);
    expect(await client.folders.list({ path: '/nowhere' })).toEqual([]);
  });

  it('gives the server’s reason as a typed error', async () => {
    await expect(
      client.secrets.create('A', { secretValue: 'again' }),
    ).rejects.toMatchObject({
      name: 'InfisicalValidationError',
      status: 400,
      code: 'BadRequest',
      reqId: expect.stringMatching(/^req-/),
      message: expect.stringMatching(/Secret already exists/),
    });
    const error = await client
      .request('POST', '/api/v2/folders', { body: { name: CANARY } })
      .catch((thrown: unknown) => thrown as InfisicalValidationError);
    expect(error).toBeInstanceOf(InfisicalValidationError);
    expect(error).toMatchObject({ status: 422, code: 'ValidationFailure' });
    expect((error as InfisicalValidationError).details).toEqual(
      expect.arrayContaining([
        { path: 'projectId', code: 'invalid_type', message: 'Required' },
      ]),
    );
  });

  it.each(['', '.', '..', 'a/b', 'a:b', '../batch', 'x\u0000'])(
    'refuses the secret name %j before anything is sent',
    async (name) => {
      await expect(client.secrets.get(name)).rejects.toBeInstanceOf(
        InfisicalConfigError,
      );
      expect(requestPaths(emulator)).not.toContain('GET /api/v4/secrets');
    },
  );

  it.each(['/../v1', '/api/../x', '/api/v1/x?y=1', '/api/%2e%2e/x', 'api/v1'])(
    'refuses the request path %j',
    async (path) => {
      await expect(client.request('GET', path)).rejects.toBeInstanceOf(
        InfisicalConfigError,
      );
    },
  );

  it('does not repeat the query of a refused request path', async () => {
    const refused = client.request('GET', '/api/v1/x?token=st.canary');
    await expect(refused).rejects.toThrow(/Got "\/api\/v1\/x\?…"/);
    await expect(refused).rejects.not.toThrow(/canary/);
  });

  it('encodes names as one segment', async () => {
    await client.secrets.create('ODD %2F?#name', { secretValue: 'odd' });
    const odd = await client.secrets.get('ODD %2F?#name');
    expect(odd.secretValue).toBe('odd');
  });

  it('encrypts and decrypts bytes by key id or name', async () => {
    const key = await client.kms.keys.create({ name: 'app', description: 'd' });
    expect(await client.kms.keys.getByName('app')).toMatchObject({
      id: key.id,
      version: 1,
      encryptionAlgorithm: 'aes-256-gcm',
    });
    const bytes = Uint8Array.from([0, 255, 128, 7]);
    const ciphertext = await client.kms.encrypt('app', bytes);
    const plaintext = await client.kms.decrypt(key.id, ciphertext);
    expect(Buffer.isBuffer(plaintext)).toBe(true);
    expect([...plaintext]).toEqual([...bytes]);
    expect(
      (
        await client.kms.decrypt('app', await client.kms.encrypt(key.id, 'ä'))
      ).toString(),
    ).toBe('ä');
    await expect(client.kms.encrypt('app', '')).rejects.toBeInstanceOf(
      InfisicalConfigError,
    );
    await expect(client.kms.encrypt('nope', 'x')).rejects.toBeInstanceOf(
      InfisicalNotFoundError,
    );
    const damaged = Buffer.from(ciphertext, 'base64');
    damaged[14]! ^= 1;
    const error = await client.kms
      .decrypt('app', damaged.toString('base64'))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InfisicalHttpError);
    expect(error).toMatchObject({
      status: 500,
      hint: expect.stringMatching(/key/),
    });
  });

  it('finds a key again that was deleted and made anew under its name', async () => {
    const old = await client.kms.keys.create({ name: 'app' });
    await client.kms.encrypt('app', 'x');
    await client.request('DELETE', `/api/v1/kms/keys/${old.id}`);
    await client.kms.keys.create({ name: 'app' });
    await expect(client.kms.encrypt('app', 'x')).resolves.toBeDefined();
  });

  it('uses a given token, with or without Bearer, and says when it is used up', async () => {
    const { accessToken } = await client.auth.universalAuth.login({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    });
    expect(String(accessToken)).toBe('[redacted]');
    const withToken = clientOf({
      auth: { accessToken: `Bearer ${accessToken.reveal()}` },
    });
    expect((await withToken.secrets.get('A')).secretValue).toBe(CANARY);
    await client.auth.revoke();
    await expect(withToken.secrets.get('A')).rejects.toMatchObject({
      name: 'InfisicalAuthError',
      message: expect.stringMatching(/no credentials to log in with/),
    });
    await withToken.close();
    // The client with credentials goes on.
    expect((await client.secrets.get('A')).secretValue).toBe(CANARY);
  });

  it('can be made without credentials and given a login', async () => {
    const bare = clientOf({ auth: undefined });
    await expect(bare.secrets.get('A')).rejects.toThrow(/No credentials/);
    await bare.auth.universalAuth.login({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    });
    expect((await bare.secrets.get('A')).secretValue).toBe(CANARY);
    await bare.close();
  });

  it('does not refuse a given token because this machine’s clock is ahead', async () => {
    const { accessToken } = await client.auth.universalAuth.login({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    });
    const ahead = clientOf({
      auth: { accessToken: accessToken.reveal() },
      clock: {
        ...systemClock,
        now: () => Date.now() + 90 * 24 * 3_600_000,
      },
    });
    expect((await ahead.secrets.get('A')).secretValue).toBe(CANARY);
    await ahead.close();
  });

  it('reads credentials anew at every login', async () => {
    const secrets = ['wrong', CLIENT_SECRET];
    const rotating = clientOf({
      auth: {
        universalAuth: {
          clientId: () => Promise.resolve(CLIENT_ID),
          clientSecret: () => secrets.pop() ?? '',
        },
      },
    });
    await rotating.secrets.get('A');
    await rotating.auth.revoke();
    await expect(rotating.secrets.get('A')).rejects.toMatchObject({
      status: 401,
    });
    await rotating.close();
  });

  it('ends with the signal that is passed', async () => {
    const reason = new Error('enough');
    await expect(
      client.secrets.list({ signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });

  it('is closed once and for all', async () => {
    await client.close();
    await client.close();
    await expect(client.secrets.get('A')).rejects.toThrow(/closed/);
  });
});
