import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type EmulatorPermission,
  InfisicalEmulator,
} from 'nestjs-infisical/testing';
import { matchesGlob } from '../../lib/testing/emulator/access/glob.js';
import {
  isAllowed,
  type PermissionRule,
} from '../../lib/testing/emulator/access/permission-rules.js';
import {
  type Answer,
  EmulatorHttp,
  errorOf,
  pick,
  PROJECT_ID,
} from '../support/emulator-http.js';

const dev = { projectId: PROJECT_ID, environment: 'dev' };
const app = { ...dev, secretPath: '/app' };
const NOT_READ = '<hidden-by-infisical>';

describe('globs', () => {
  it.each([
    ['/**', '/', true],
    ['/**', '/a/b', true],
    ['/app/**', '/app', true],
    ['/app/**', '/app/x/y', true],
    ['/app/**', '/apple', false],
    ['/app/*', '/app/x', true],
    ['/app/*', '/app', false],
    ['/app/*', '/app/x/y', false],
    ['/**/db', '/a/b/db', true],
    ['/**/db', '/db', true],
    ['/{a,b}/c', '/b/c', true],
    ['/{a,b}/c', '/c/c', false],
    ['/a[12]', '/a2', true],
    ['/a[!12]', '/a2', false],
    ['/a?', '/ab', true],
    ['/a.b', '/axb', false],
    ['/(a|b)+', '/(a|b)+', true],
  ])('%s and %s: %p', (glob, path, fits) => {
    expect(matchesGlob(path, glob)).toBe(fits);
  });
});

describe('rules', () => {
  const at = { environment: 'dev', secretPath: '/app', secretTags: ['blue'] };
  const ask = (...rules: Partial<PermissionRule>[]) =>
    isAllowed(
      rules.map((rule) => ({ action: 'read', subject: 'secrets', ...rule })),
      'read',
      'secrets',
      at,
    );

  it('allow nothing that they do not say', () => {
    expect(ask()).toBe(false);
    expect(ask({})).toBe(true);
    expect(ask({ action: 'edit' })).toBe(false);
    expect(ask({ subject: 'tags' })).toBe(false);
    expect(ask({ action: ['edit', 'read'] })).toBe(true);
    expect(ask({ action: 'manage', subject: 'all' })).toBe(true);
  });

  it('are decided by the last that fits', () => {
    const no = { inverted: true };
    expect(ask({}, no)).toBe(false);
    expect(ask(no, {})).toBe(true);
    const elsewhere = { ...no, conditions: { environment: 'prod' } };
    expect(ask({}, elsewhere)).toBe(true);
  });

  it.each<[Record<string, object | string>, boolean]>([
    [{ environment: 'dev' }, true],
    [{ environment: { $eq: 'prod' } }, false],
    [{ environment: { $ne: 'prod' } }, true],
    [{ environment: { $in: ['dev', 'prod'] } }, true],
    [{ environment: { $nin: ['dev'] } }, false],
    [{ secretPath: { $glob: '/app/**' } }, true],
    [{ secretPath: { $glob: '/db/**' } }, false],
    [{ environment: 'dev', secretPath: '/db' }, false],
    [{ secretName: 'A' }, false],
    [{ secretTags: { $in: ['red', 'blue'] } }, true],
    [{ secretTags: { $all: ['red', 'blue'] } }, false],
    [{ environment: { $in: ['dev'], $ne: 'dev' } }, false],
  ])('with the conditions %j: %p', (conditions, fits) => {
    const rule = { conditions: conditions as PermissionRule['conditions'] };
    expect(ask(rule)).toBe(fits);
  });

  it('without a target count in the favour of the caller', () => {
    const conditions = { environment: 'prod' };
    const rule = { action: 'read', subject: 'tags', conditions };
    expect(isAllowed([rule], 'read', 'tags')).toBe(true);
    expect(isAllowed([{ ...rule, inverted: true }], 'read', 'tags')).toBe(
      false,
    );
  });
});

describe('permissions', () => {
  let emulator: InfisicalEmulator;
  let http: EmulatorHttp;
  let admin: string;

  /** Starts with an administrator and one who may do what is given. */
  const startWith = async (...permissions: EmulatorPermission[]) => {
    await emulator?.stop();
    emulator = await InfisicalEmulator.start({
      seed: {
        projects: [
          {
            id: PROJECT_ID,
            slug: 'demo',
            environments: ['dev', 'prod'],
            roles: [{ slug: 'custom-role', permissions }],
            folders: [{ environment: 'dev', path: '/app/sub' }],
            secrets: [
              { environment: 'dev', path: '/app', values: { A: 'a' } },
              { environment: 'dev', path: '/app/sub', values: { B: 'b' } },
              { environment: 'prod', path: '/', values: { P: 'p' } },
            ],
            imports: [
              {
                environment: 'dev',
                path: '/app',
                from: { environment: 'prod', path: '/' },
              },
            ],
            kmsKeys: [{ name: 'key' }],
          },
        ],
        identities: [
          {
            name: 'admin',
            projects: [{ slug: 'demo', role: 'admin' }],
            universalAuth: { clientId: 'admin', clientSecret: 's' },
          },
          {
            name: 'one',
            projects: [{ slug: 'demo', role: 'custom-role' }],
            universalAuth: { clientId: 'one', clientSecret: 's' },
          },
        ],
      },
    });
    http = new EmulatorHttp(emulator);
    admin = await http.useLogin('admin', 's');
    await http.useLogin('one', 's');
  };
  beforeEach(() => startWith());
  afterEach(() => emulator.stop());

  const denial = (action: string, subject: string) => ({
    status: 403,
    error: 'PermissionDenied',
    message: `You are not allowed to ${action} on ${subject}`,
  });
  const secret = (answer: Answer) =>
    pick<{ secretValue: string; secretValueHidden: boolean }>(answer, 'secret');
  const names = (answer: Answer, list = 'secrets') =>
    pick<{ secretKey: string }[]>(answer, list).map((one) => one.secretKey);

  it('auth §7: a denial lists the rules there are for the action', async () => {
    const rule = {
      action: 'describeSecret',
      subject: 'secrets',
      conditions: { environment: { $eq: 'prod' } },
    };
    await startWith(rule, { action: 'edit', subject: 'secrets' });
    const denied = await http.get('/api/v4/secrets', app);
    expect(errorOf(denied)).toEqual(denial('describeSecret', 'secrets'));
    expect(denied.body.details).toEqual([{ ...rule, inverted: false }]);
  });

  it('auth §7: and an empty list when there are none', async () => {
    const denied = await http.get('/api/v4/secrets', app);
    expect(denied.body.details).toEqual([]);
  });

  it.each<[string, (token?: string) => Promise<Answer>, string, string]>([
    [
      'create',
      () => http.post('/api/v4/secrets/N', { ...app, secretValue: '' }),
      'create',
      'secrets',
    ],
    [
      'edit',
      () => http.patch('/api/v4/secrets/A', { ...app, secretValue: '' }),
      'edit',
      'secrets',
    ],
    [
      'delete',
      () => http.delete('/api/v4/secrets/A', app),
      'delete',
      'secrets',
    ],
    [
      'batch create',
      () =>
        http.post('/api/v4/secrets/batch', {
          ...app,
          secrets: [{ secretKey: 'N', secretValue: '' }],
        }),
      'create',
      'secrets',
    ],
    [
      'batch edit',
      () =>
        http.patch('/api/v4/secrets/batch', {
          ...app,
          secrets: [{ secretKey: 'A' }],
        }),
      'edit',
      'secrets',
    ],
    [
      'batch delete',
      () =>
        http.delete('/api/v4/secrets/batch', {
          ...app,
          secrets: [{ secretKey: 'A' }],
        }),
      'delete',
      'secrets',
    ],
    [
      'create a folder',
      () => http.post('/api/v2/folders', { ...dev, path: '/app', name: 'n' }),
      'create',
      'secret-folders',
    ],
    [
      'edit a folder',
      () =>
        http.patch('/api/v2/folders/sub', { ...dev, path: '/app', name: 'n' }),
      'edit',
      'secret-folders',
    ],
    [
      'delete a folder',
      () =>
        http.delete('/api/v2/folders/sub', {
          ...dev,
          path: '/app',
          forceDelete: true,
        }),
      'delete',
      'secret-folders',
    ],
    [
      'list imports',
      () => http.get('/api/v2/secret-imports', { ...dev, path: '/app' }),
      'read',
      'secret-imports',
    ],
    [
      'create an import',
      () =>
        http.post('/api/v2/secret-imports', {
          ...dev,
          path: '/app',
          import: { environment: 'dev', path: '/x' },
        }),
      'create',
      'secret-imports',
    ],
    [
      'list tags',
      () => http.get(`/api/v1/projects/${PROJECT_ID}/tags`),
      'read',
      'tags',
    ],
    [
      'create a tag',
      () =>
        http.post(`/api/v1/projects/${PROJECT_ID}/tags`, {
          slug: 't',
          color: '',
        }),
      'create',
      'tags',
    ],
    [
      'list keys',
      () => http.get('/api/v1/kms/keys', { projectId: PROJECT_ID }),
      'read',
      'cmek',
    ],
    [
      'create a key',
      () => http.post('/api/v1/kms/keys', { projectId: PROJECT_ID, name: 'n' }),
      'create',
      'cmek',
    ],
  ])(
    'to %s: denied, and allowed by a rule for just that',
    async (_name, call, action, subject) => {
      expect(errorOf(await call())).toEqual(denial(action, subject));
      const more =
        subject === 'secret-imports'
          ? [{ action: 'describeSecret', subject: 'secrets' }]
          : [];
      await startWith({ action, subject }, ...more);
      expect((await call()).status).toBe(200);
    },
  );

  it.each([
    'encrypt',
    'decrypt',
    'read',
    'edit',
    'delete',
    'export-private-key',
  ])('KMS §1.3: a key may be open to %s alone', async (allowed) => {
    await startWith({ action: allowed, subject: 'cmek' });
    const inProject = { projectId: PROJECT_ID };
    const asAdmin = { token: admin };
    const found = await http.get(
      '/api/v1/kms/keys/key-name/key',
      inProject,
      asAdmin,
    );
    const key = `/api/v1/kms/keys/${pick(found, 'key', 'id')}`;
    const plaintext = Buffer.from('x').toString('base64');
    const encrypted = await http.post(`${key}/encrypt`, { plaintext }, asAdmin);
    const outcomes = {
      encrypt: await http.post(`${key}/encrypt`, { plaintext }),
      decrypt: await http.post(`${key}/decrypt`, encrypted.body),
      read: await http.get(key),
      'export-private-key': await http.get(`${key}/private-key`),
      edit: await http.patch(key, { description: 'd' }),
      delete: await http.delete(key),
    };
    for (const [action, answer] of Object.entries(outcomes)) {
      const { status, message } = errorOf(answer);
      if (action === allowed) expect(status).toBe(200);
      else expect(message).toBe(denial(action, 'cmek').message);
    }
  });

  it('hold where their conditions say', async () => {
    const secrets = { subject: 'secrets', action: ['read', 'create', 'edit'] };
    await startWith({
      ...secrets,
      conditions: { environment: 'dev', secretPath: { $glob: '/app/**' } },
    });
    const write = (place: object) =>
      http.post('/api/v4/secrets/N', { ...place, secretValue: 'n' });
    expect((await write(app)).status).toBe(200);
    expect((await write({ ...dev, secretPath: '/app/sub' })).status).toBe(200);
    expect(errorOf(await write(dev))).toEqual(denial('create', 'secrets'));
    const prod = { projectId: PROJECT_ID, environment: 'prod' };
    expect(errorOf(await write(prod))).toEqual(denial('create', 'secrets'));
    // Before it is looked whether the place exists.
    const nowhere = { ...dev, secretPath: '/nowhere' };
    expect(errorOf(await write(nowhere))).toEqual(denial('create', 'secrets'));
    const none = { ...app, environment: 'none' };
    expect(errorOf(await http.get('/api/v4/secrets', none)).status).toBe(403);
  });

  it('secrets §2.6: a denial comes before it is looked for the secret', async () => {
    const denied = await http.get('/api/v4/secrets/NO', app);
    expect(errorOf(denied)).toEqual(denial('describeSecret', 'secrets'));
  });

  it('may forbid a part of what they allow', async () => {
    await startWith(
      { action: 'read', subject: 'secrets' },
      {
        action: ['read', 'describeSecret', 'readValue'],
        subject: 'secrets',
        inverted: true,
        conditions: { secretPath: '/app/sub' },
      },
    );
    expect((await http.get('/api/v4/secrets/A', app)).status).toBe(200);
    const sub = { ...dev, secretPath: '/app/sub' };
    expect((await http.get('/api/v4/secrets/B', sub)).status).toBe(403);
  });

  describe('to describe, but not to read values', () => {
    const describeOnly = { action: 'describeSecret', subject: 'secrets' };
    beforeEach(() => startWith(describeOnly));

    it('secrets §2.6: refuses a get that wants the value', async () => {
      expect(errorOf(await http.get('/api/v4/secrets/A', app))).toEqual({
        status: 403,
        error: 'ForbiddenReadSecretError',
        message:
          "You do not have permission to view secret value on secret with name 'A'",
      });
    });

    it('secrets §2.7: gives the secret with its value hidden', async () => {
      const read = await http.get('/api/v4/secrets/A', {
        ...app,
        viewSecretValue: 'false',
      });
      expect(secret(read)).toMatchObject({
        secretValue: NOT_READ,
        secretValueHidden: true,
      });
    });

    it('secrets §2.6: refuses the whole list that wants values', async () => {
      const denied = await http.get('/api/v4/secrets', app);
      expect(errorOf(denied)).toEqual(denial('readValue', 'secrets'));
      const hidden = { ...app, viewSecretValue: 'false' };
      expect(names(await http.get('/api/v4/secrets', hidden))).toEqual(['A']);
    });

    it('secrets §2.6: leaves out what is in sub-folders', async () => {
      await startWith(describeOnly, {
        action: 'readValue',
        subject: 'secrets',
        conditions: { secretPath: '/app' },
      });
      const recursive = { ...app, recursive: 'true' };
      const list = await http.get('/api/v4/secrets', recursive);
      expect(names(list)).toEqual(['A']);
      const hidden = { ...recursive, viewSecretValue: 'false' };
      const all = await http.get('/api/v4/secrets', hidden);
      expect(names(all).sort()).toEqual(['A', 'B']);
    });

    it('secrets §2.11: leaves out what is imported', async () => {
      await startWith(describeOnly, {
        action: 'readValue',
        subject: 'secrets',
        conditions: { environment: 'dev' },
      });
      const list = await http.get('/api/v4/secrets', app);
      expect(pick(list, 'imports')).toMatchObject([{ secrets: [] }]);
      const hidden = { ...app, viewSecretValue: 'false' };
      const masked = await http.get('/api/v4/secrets', hidden);
      expect(pick(masked, 'imports')).toMatchObject([
        { secrets: [{ secretKey: 'P', secretValue: NOT_READ }] },
      ]);
    });

    it('secrets §2.6: hides the value in the answer of a delete', async () => {
      await startWith({ action: 'delete', subject: 'secrets' });
      const gone = await http.delete('/api/v4/secrets/A', app);
      expect(secret(gone)).toMatchObject({
        secretValue: NOT_READ,
        secretValueHidden: true,
      });
    });
  });

  it('of one member alone come after those of the role', async () => {
    await emulator.stop();
    emulator = await InfisicalEmulator.start({
      seed: {
        projects: [{ id: PROJECT_ID, slug: 'demo', environments: ['dev'] }],
        identities: [
          {
            name: 'one',
            projects: [
              {
                slug: 'demo',
                role: 'viewer',
                permissions: [
                  { action: 'create', subject: 'secrets' },
                  { action: 'read', subject: 'tags', inverted: true },
                ],
              },
            ],
            universalAuth: { clientId: 'one', clientSecret: 's' },
          },
        ],
      },
    });
    http = new EmulatorHttp(emulator);
    await http.useLogin('one', 's');
    const body = { ...dev, secretValue: '' };
    expect((await http.post('/api/v4/secrets/A', body)).status).toBe(200);
    expect((await http.get('/api/v4/secrets', dev)).status).toBe(200);
    const tags = await http.get(`/api/v1/projects/${PROJECT_ID}/tags`);
    expect(errorOf(tags)).toEqual(denial('read', 'tags'));
  });
});
