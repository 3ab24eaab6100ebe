import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  InfisicalEmulator,
} from 'nestjs-infisical/testing';
import {
  EmulatorHttp,
  errorOf,
  pick,
  PROJECT_ID,
} from '../support/emulator-http.js';

const unlisted = { isUnlisted: true };
const [project] = DEFAULT_EMULATOR_SEED.projects;
const dev = { projectId: PROJECT_ID, environment: 'dev' };
const SEED: EmulatorSeed = {
  ...DEFAULT_EMULATOR_SEED,
  projects: [
    {
      ...project,
      slug: 'demo',
      environments: ['dev', 'prod'],
      folders: ['/a', '/a/b', '/c', '/d'].map((path) => ({
        environment: 'dev',
        path,
      })),
      secrets: [
        { environment: 'dev', path: '/a', values: { A: '${B}', B: 'b' } },
        { environment: 'dev', path: '/c', values: { A: 'c' } },
      ],
    },
  ],
  users: [{ email: 'ann@demo.test', projects: [] }],
};

let emulator: InfisicalEmulator;
let http: EmulatorHttp;

beforeEach(async () => {
  emulator = await InfisicalEmulator.start({ seed: SEED });
  http = new EmulatorHttp(emulator);
  await http.useLogin();
});
afterEach(() => emulator.stop());

const names = (list: { name: string }[]) => list.map(({ name }) => name);

describe('environments', () => {
  const url = `/api/v1/projects/${PROJECT_ID}/environments`;
  const slugs = async () =>
    pick<{ id: string; slug: string }[]>(
      await http.get(`/api/v1/projects/${PROJECT_ID}`),
      'project',
      'environments',
    );
  const idOf = async (slug: string) =>
    (await slugs()).find((one) => one.slug === slug)?.id ?? '';
  const order = async () => (await slugs()).map(({ slug }) => slug);

  it('§7 have no list of their own', async () => {
    expect((await http.get(url, {}, unlisted)).status).toBe(404);
  });

  it('§7 shift the others when they take a position', async () => {
    const created = await http.post(url, {
      name: 'First',
      slug: 'first',
      position: 1,
    });
    expect(created.body).toMatchObject({
      projectId: PROJECT_ID,
      environment: { position: 1 },
    });
    expect(await order()).toEqual(['first', 'dev', 'prod']);
    await http.patch(`${url}/${await idOf('first')}`, { position: 2 });
    expect(await order()).toEqual(['dev', 'first', 'prod']);
    await http.delete(`${url}/${await idOf('dev')}`);
    const prod = await http.get(`${url}/${await idOf('prod')}`);
    expect(pick<number>(prod, 'environment', 'position')).toBe(2);
  });

  it('§7 have a root folder from the start', async () => {
    await http.post(url, { name: 'QA', slug: 'qa' });
    const list = await http.get('/api/v4/secrets', {
      ...dev,
      environment: 'qa',
    });
    expect(list.status).toBe(200);
  });

  it('§7 answer "workspace" on the deprecated routes', async () => {
    const old = `/api/v1/workspace/${PROJECT_ID}/environments`;
    const answer = await http.post(old, { name: 'QA', slug: 'qa' });
    expect(answer.body).toMatchObject({ workspace: PROJECT_ID });
    expect(answer.body).not.toHaveProperty('projectId');
    const id = await idOf('qa');
    const alone = await http.get(
      `/api/v1/workspace/environments/${id}`,
      {},
      unlisted,
    );
    expect(alone.body).toMatchObject({ environment: { slug: 'qa' } });
  });

  it('§7 can be restored unless they were deleted hard', async () => {
    const id = await idOf('dev');
    const restore = () =>
      http.post(`${url}/${id}/restore`, undefined, unlisted);
    await http.delete(`${url}/${id}`);
    expect(await order()).toEqual(['prod']);
    expect((await restore()).status).toBe(200);
    expect(await order()).toEqual(['prod', 'dev']);
    const hard = await http.send('DELETE', `${url}/${id}`, {
      query: { hardDelete: 'true' },
    });
    expect(hard.status).toBe(200);
    expect((await restore()).status).toBe(404);
  });

  it('§7 may not share a slug', async () => {
    const answer = await http.patch(`${url}/${await idOf('dev')}`, {
      slug: 'prod',
    });
    expect(errorOf(answer)).toMatchObject({
      status: 400,
      message: 'Environment with slug already exist',
    });
  });
});

describe('projects', () => {
  it('§8 come without an envelope by slug, and in one by id', async () => {
    const bySlug = await http.get('/api/v1/projects/slug/demo');
    expect(bySlug.body).toMatchObject({ id: PROJECT_ID, _id: PROJECT_ID });
    const old = await http.get('/api/v2/workspace/demo');
    expect(old.body).toEqual(bySlug.body);
    const workspace = await http.get(`/api/v1/workspace/${PROJECT_ID}`);
    expect(workspace.body).toEqual({ workspace: bySlug.body });
    const list = await http.get('/api/v1/workspace', {}, unlisted);
    expect(list.body).toEqual({ workspaces: [bySlug.body] });
  });

  it('§8 take a slug with an underscore that cannot be looked up then', async () => {
    const url = `/api/v1/projects/${PROJECT_ID}`;
    const updated = await http.patch(url, { slug: 'de_mo' }, unlisted);
    expect(pick(updated, 'project', 'slug')).toBe('de_mo');
    expect((await http.get('/api/v1/projects/slug/de_mo')).status).toBe(422);
    expect((await http.get(url)).status).toBe(200);
  });

  it('§8 end up with four random characters in a generated slug', async () => {
    const answer = await http.post('/api/v2/workspace', {
      projectName: 'My Shop!',
    });
    expect(pick(answer, 'project', 'slug')).toMatch(/^my-shop-[0-9a-f]{4}$/);
    expect(
      pick<{ slug: string }[]>(answer, 'project', 'environments').map(
        ({ slug }) => slug,
      ),
    ).toEqual(['dev', 'staging', 'prod']);
  });

  it('§8 are deleted for good unless they are protected', async () => {
    const create = async (hasDeleteProtection: boolean) =>
      pick(
        await http.post('/api/v1/projects', {
          projectName: 'x',
          hasDeleteProtection,
        }),
        'project',
        'id',
      );
    const drop = (id: string) =>
      http.delete(`/api/v1/projects/${id}`, undefined, unlisted);
    const id = await create(false);
    expect((await drop(id)).status).toBe(200);
    expect((await drop(id)).status).toBe(404);
    expect((await drop(await create(true))).status).toBe(403);
  });

  it('§8 invite users by mail on the old route', async () => {
    const token = emulator.userToken('ann@demo.test');
    const get = () => http.get(`/api/v1/projects/${PROJECT_ID}`, {}, { token });
    expect((await get()).status).toBe(403);
    const answer = await http.post(
      `/api/v2/workspace/${PROJECT_ID}/memberships`,
      { emails: ['ann@demo.test'] },
      unlisted,
    );
    expect(pick<unknown[]>(answer, 'memberships')).toHaveLength(1);
    expect((await get()).status).toBe(200);
  });
});

describe('folders', () => {
  const V1 = '/api/v1/folders';
  const V2 = '/api/v2/folders';
  const v1 = { workspaceId: PROJECT_ID, environment: 'dev' };
  const list = async (query: Record<string, string>, base = V1) =>
    pick<{ name: string; relativePath?: string }[]>(
      await http.get(base, { ...(base === V1 ? v1 : dev), ...query }),
      'folders',
    );

  it('§4 an unknown path is an empty list, and v2 needs the path', async () => {
    expect(await list({ path: '/nowhere' })).toEqual([]);
    expect((await http.get(V2, dev)).status).toBe(422);
    expect(names(await list({ path: '/' }, V2))).toEqual(['a', 'c', 'd']);
  });

  it('§4 adds the leading slash, and knows the path as directory', async () => {
    expect(names(await list({ path: 'a/' }))).toEqual(['b']);
    expect(names(await list({ directory: '/a' }))).toEqual(['b']);
  });

  it('§4 takes any text but "false", "0" and "" for recursive', async () => {
    for (const recursive of ['false', '0', '']) {
      expect(names(await list({ recursive }))).toEqual(['a', 'c', 'd']);
    }
    const all = await list({ recursive: 'no' });
    expect(all.map(({ relativePath }) => relativePath)).toEqual([
      '/a',
      '/c',
      '/d',
      '/a/b',
    ]);
  });

  it('§4 drops folders never written from a list by lastSecretModified', async () => {
    const since = { lastSecretModified: '2020-01-01T00:00:00Z' };
    expect(await list(since)).toEqual([]);
    await http.patch('/api/v4/secrets/B', {
      ...dev,
      secretPath: '/a',
      secretValue: 'x',
    });
    expect(names(await list(since))).toEqual(['a']);
    const later = { lastSecretModified: '2999-01-01T00:00:00Z' };
    expect(await list(later)).toEqual([]);
    const bad = { ...v1, lastSecretModified: '2020-01-01T00:00:00+02:00' };
    expect((await http.get(V1, bad)).status).toBe(422);
  });

  it('§4 updates by name or id, and tells the path with the own name', async () => {
    const byName = await http.patch(`${V1}/a`, { ...v1, name: 'z' });
    expect(pick(byName, 'folder', 'path')).toBe('/z');
    const id = pick(byName, 'folder', 'id');
    const byId = await http.patch(`${V2}/${id}`, { ...dev, name: 'y' });
    expect(pick<number>(byId, 'folder', 'version')).toBe(3);
    const secret = await http.get('/api/v4/secrets/A', {
      ...dev,
      secretPath: '/y',
    });
    expect(pick(secret, 'secret', 'secretValue')).toBe('b');
    const taken = await http.patch(`${V1}/y`, { ...v1, name: 'c' });
    expect(errorOf(taken)).toMatchObject({
      status: 400,
      message: 'Folder with specified name already exists',
    });
  });

  it('§4 updates many at once, or none', async () => {
    const change = (id: string, name: string) => ({
      id,
      name,
      environment: 'dev',
    });
    const send = (...folders: object[]) =>
      http.patch(`${V2}/batch`, { projectId: PROJECT_ID, folders });
    const failed = await send(change('a', 'x'), change('none', 'y'));
    expect(failed.status).toBe(404);
    const collide = await send(change('a', 'x'), change('d', 'x'));
    expect(collide.status).toBe(400);
    expect(names(await list({}))).toEqual(['a', 'c', 'd']);
    expect((await send(change('a', 'x'), change('d', 'y'))).status).toBe(200);
    expect(names(await list({}))).toEqual(['c', 'x', 'y']);
    expect((await send()).status).toBe(422);
  });

  it('§4 v2 deletes what is not empty only by force, v1 always', async () => {
    const drop = await http.delete(`${V2}/a`, dev);
    expect(errorOf(drop)).toEqual({
      status: 400,
      error: 'deleteFolder',
      message:
        'Cannot delete folder "a" because it contains resources. Use forceDelete=true to delete it forcefully.',
    });
    expect((await http.delete(`${V1}/a`, v1)).status).toBe(200);
    expect((await http.delete(`${V2}/d`, dev)).status).toBe(200);
  });

  it('§4 tells users and machines differently of an unknown folder', async () => {
    const drop = (token?: string) =>
      http.delete(`${V1}/none`, v1, token ? { token } : {});
    expect(errorOf(await drop()).message).toBe(
      "Folder with ID 'none' not found",
    );
    await http.post(
      `/api/v2/workspace/${PROJECT_ID}/memberships`,
      { emails: ['ann@demo.test'], roleSlugs: ['admin'] },
      unlisted,
    );
    const answer = await drop(emulator.userToken('ann@demo.test'));
    expect(errorOf(answer)).toMatchObject({
      status: 404,
      message: 'Target folder not found',
    });
  });
});

describe('secret imports', () => {
  const url = '/api/v2/secret-imports';
  const at = { ...dev, path: '/d' };
  const add = async (path: string) =>
    pick(
      await http.post(url, { ...at, import: { environment: 'dev', path } }),
      'secretImport',
      'id',
    );
  const paths = async () =>
    pick<{ importPath: string; position: number }[]>(
      await http.get(url, at),
      'secretImports',
    ).map(({ importPath, position }) => `${position} ${importPath}`);
  const value = async () => {
    const query = { ...dev, secretPath: '/d' };
    const answer = await http.get('/api/v4/secrets/A', query);
    return pick(answer, 'secret', 'secretValue');
  };

  it('§5 move by position, and §2.11 the last one wins', async () => {
    const a = await add('/a');
    await add('/c');
    expect(await paths()).toEqual(['1 /a', '2 /c']);
    expect(await value()).toBe('c');
    await http.patch(`${url}/${a}`, { ...at, import: { position: 2 } });
    expect(await paths()).toEqual(['1 /c', '2 /a']);
    expect(await value()).toBe('b');
  });

  it('§5 accept a source path that is not there', async () => {
    const id = await add('/nowhere');
    const one = await http.get(`${url}/${id}`);
    expect(one.body).toMatchObject({
      secretImport: {
        importPath: '/nowhere',
        secretPath: '/d',
        projectId: PROJECT_ID,
        environment: { slug: 'dev' },
      },
    });
  });

  it('§5 refuse replication without the licence', async () => {
    const answer = await http.post(url, {
      ...at,
      import: { environment: 'dev', path: '/a' },
      isReplication: true,
    });
    expect(answer.status).toBe(400);
  });

  it('§5 list the secrets they bring in both versions', async () => {
    await add('/a');
    const v2 = await http.get(`${url}/secrets`, at);
    const v1 = await http.get('/api/v1/secret-imports/secrets/raw', {
      workspaceId: PROJECT_ID,
      environment: 'dev',
      path: '/d',
    });
    expect(v1.body).toEqual(v2.body);
    expect(v2.body).toMatchObject({
      secrets: [
        {
          secretPath: '/a',
          environmentInfo: { slug: 'dev' },
          secrets: [
            { secretKey: 'A', secretValue: '${B}' },
            { secretKey: 'B', secretValue: 'b' },
          ],
        },
      ],
    });
  });

  it('§13.4 a second import of one source breaks the database', async () => {
    await add('/a');
    const answer = await http.post(url, {
      ...at,
      import: { environment: 'dev', path: '/a' },
    });
    expect(answer.status).toBe(500);
  });

  it('§5 resync is for users only', async () => {
    const answer = await http.post(
      `${url}/${await add('/a')}/replication-resync`,
      at,
      unlisted,
    );
    expect(answer.status).toBe(403);
  });
});
