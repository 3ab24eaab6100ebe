import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  InfisicalEmulator,
  VirtualClock,
} from 'nestjs-infisical/testing';
import {
  describeFailure,
  readOptions,
} from '../../lib/testing/emulator/cli-options.js';
import {
  CLIENT_SECRET,
  EmulatorHttp,
  errorOf,
  pick,
  PROJECT_ID,
} from '../support/emulator-http.js';
import { OpenApiContract } from '../support/openapi.js';

const dev = { projectId: PROJECT_ID, environment: 'dev' };

describe('the server', () => {
  let emulator: InfisicalEmulator;
  let http: EmulatorHttp;

  beforeEach(async () => {
    emulator = await InfisicalEmulator.start({ clock: new VirtualClock() });
    http = new EmulatorHttp(emulator);
  });
  afterEach(() => emulator.stop());

  it('§1 ignores a slash at the end of the path, and keeps one at the end of the query', async () => {
    const token = await http.useLogin();
    const scope =
      'projectId=22222222-2222-4222-8222-222222222222&environment=dev';
    for (const target of [
      `/api/v4/secrets?${scope}&secretPath=/`,
      `/api/v4/secrets/?${scope}&secretPath=/`,
      `/api/v4/secrets/?${scope}`,
    ]) {
      const answer = await fetch(`${emulator.url}${target}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect([target, answer.status]).toEqual([target, 200]);
    }
  });

  it('answers unknown routes as the framework does', async () => {
    const options = { isUnlisted: true };
    const unknown = await http.post('/api/nope', {}, options);
    expect(unknown.status).toBe(404);
    expect(unknown.body).toEqual({
      message: 'Route POST:/api/nope not found',
      error: 'Not Found',
      statusCode: 404,
    });
    const page = await http.get('/anything', {}, options);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
  });

  it('logs requests without their contents', async () => {
    const token = await http.useLogin();
    await http.post('/api/v4/secrets/KEY', { ...dev, secretValue: 'hush' });
    await http.get('/api/v4/secrets/NO/', dev);
    expect(emulator.requests).toEqual([
      {
        method: 'POST',
        path: '/api/v1/auth/universal-auth/login',
        route: '/api/v1/auth/universal-auth/login',
        query: {},
        status: 200,
        startedAt: 0,
        finishedAt: 0,
      },
      expect.objectContaining({ path: '/api/v4/secrets/KEY', status: 200 }),
      {
        method: 'GET',
        path: '/api/v4/secrets/NO',
        route: '/api/v4/secrets/:secretName',
        query: dev,
        status: 404,
        startedAt: 0,
        finishedAt: 0,
        identityId: '33333333-3333-4333-8333-333333333333',
      },
    ]);
    const printed =
      inspect(emulator, { depth: 9, showHidden: true }) +
      JSON.stringify(emulator) +
      JSON.stringify(emulator.requests);
    for (const secret of [token, 'hush', CLIENT_SECRET]) {
      expect(printed).not.toContain(secret);
    }
    emulator.clearRequests();
    expect(emulator.requests).toEqual([]);
  });

  it('has folders in both versions', async () => {
    await http.useLogin();
    const v1 = { workspaceId: PROJECT_ID, environment: 'dev' };
    const created = await http.post('/api/v2/folders', {
      ...dev,
      path: 'a/b/',
      name: 'c',
    });
    expect(created.body).toMatchObject({ folder: { path: '/a/b/c' } });
    expect(
      errorOf(
        await http.post('/api/v1/folders', {
          ...v1,
          directory: '/a/b',
          name: 'c',
        }),
      ),
    ).toEqual({
      status: 400,
      error: 'BadRequest',
      message: "Folder with name 'c' already exists in path '/a/b'",
    });
    const list = await http.get('/api/v1/folders', { ...v1, recursive: '1' });
    const paths = pick<{ relativePath: string }[]>(list, 'folders');
    expect(paths.map(({ relativePath }) => relativePath)).toEqual([
      '/a',
      '/a/b',
      '/a/b/c',
    ]);
    const nowhere = await http.get('/api/v2/folders', { ...dev, path: '/no' });
    expect(nowhere.body).toEqual({ folders: [] });
    expect((await http.get('/api/v2/folders', dev)).status).toBe(422);
    const unknown = { ...v1, environment: 'x' };
    expect((await http.get('/api/v1/folders', unknown)).status).toBe(404);
    const id = pick(created, 'folder', 'id');
    expect((await http.get(`/api/v2/folders/${id}`)).body).toMatchObject({
      folder: { path: '/a/b/c', environment: { envSlug: 'dev' } },
    });
    expect((await http.get('/api/v1/folders/nothing')).status).toBe(500);
    const renamed = await http.patch(`/api/v2/folders/${id}`, {
      ...dev,
      path: '/a/b',
      name: 'd',
    });
    expect(renamed.body).toMatchObject({ folder: { path: '/a/b/d' } });
    const at = { ...dev, path: '/a' };
    expect(errorOf(await http.delete('/api/v2/folders/b', at))).toMatchObject({
      status: 400,
      error: 'deleteFolder',
    });
    const forced = { ...at, forceDelete: true };
    expect((await http.delete('/api/v2/folders/b', forced)).status).toBe(200);
    expect((await http.delete('/api/v2/folders/b', forced)).status).toBe(404);
  });

  it('has projects and environments', async () => {
    await http.useLogin();
    const created = await http.post('/api/v1/projects', {
      projectName: 'My Project',
    });
    const slug = pick(created, 'project', 'slug');
    const id = pick(created, 'project', 'id');
    expect(slug).toMatch(/^my-project-[0-9a-f]{4}$/);
    const bySlug = await http.get(`/api/v1/projects/slug/${slug}`);
    expect(bySlug.body).toEqual(created.body.project);
    const environments = `/api/v1/projects/${id}/environments`;
    const qa = await http.post(environments, { name: 'QA', slug: 'qa' });
    expect(qa.body).toMatchObject({ environment: { slug: 'qa', position: 4 } });
    const envId = pick(qa, 'environment', 'id');
    expect((await http.get(`${environments}/${envId}`)).status).toBe(200);
    expect(
      errorOf(await http.post(environments, { name: 'QA', slug: 'qa' })),
    ).toEqual({
      status: 400,
      error: 'CreateEnvironment',
      message: 'Environment with slug already exist',
    });
    const all = await http.get('/api/v1/projects');
    expect(pick<unknown[]>(all, 'projects')).toHaveLength(2);
    expect((await http.get('/api/v1/projects/slug/none')).status).toBe(404);
    expect((await http.get(`/api/v1/projects/${id}`)).status).toBe(200);
  });
});

describe('an emulator', () => {
  it('lives beside another one', async () => {
    const [one, two] = await Promise.all([
      InfisicalEmulator.start(),
      InfisicalEmulator.start(),
    ]);
    const token = await new EmulatorHttp(one).useLogin();
    const there = new EmulatorHttp(two);
    expect(
      errorOf(await there.get('/api/v1/identities/details', {}, { token })),
    ).toMatchObject({ status: 403, message: 'invalid signature' });
    await Promise.all([one.stop(), two.stop()]);
    expect(() => one.url).toThrow('not running');
  });

  it('stops twice, and comes back as it was', async () => {
    const emulator = new InfisicalEmulator();
    await emulator.stop();
    await Promise.all([emulator.start(), emulator.start()]);
    const { url } = emulator;
    const http = new EmulatorHttp(emulator);
    await http.useLogin();
    await http.post('/api/v4/secrets/KEPT', { ...dev, secretValue: 'v' });
    await emulator.stop();
    await emulator.stop();
    await expect(fetch(url)).rejects.toThrow();
    await emulator.start();
    expect(emulator.url).toBe(url);
    expect((await http.get('/api/v4/secrets/KEPT', dev)).status).toBe(200);
    await emulator.stop();
  });

  it('leaves no socket or timer behind', async () => {
    const before = process.getActiveResourcesInfo();
    const emulator = await InfisicalEmulator.start();
    await new EmulatorHttp(emulator).useLogin();
    await emulator.stop();
    await new Promise((resolve) => setImmediate(resolve));
    const servers = (names: string[]) =>
      names.filter((name) => name.startsWith('TCPServer')).length;
    expect(servers(process.getActiveResourcesInfo())).toBe(servers(before));
  });

  it('tells when the port is taken', async () => {
    const first = await InfisicalEmulator.start();
    const port = Number(new URL(first.url).port);
    const failure = await InfisicalEmulator.start({ port }).catch(
      (error: NodeJS.ErrnoException) => error,
    );
    expect(failure).toMatchObject({ code: 'EADDRINUSE' });
    expect(describeFailure(failure as NodeJS.ErrnoException)).toEqual({
      text: 'The port is in use. Choose another one with --port.',
      exitCode: 1,
    });
    await first.stop();
  });

  const [project] = DEFAULT_EMULATOR_SEED.projects;
  it.each<[string, object]>([
    ['seed.projects.0: unknown key colour', { ...project, colour: 1 }],
    ['seed.projects.0.slug:', { ...project, slug: 'Not A Slug' }],
    [
      'seed.projects.0.secrets.0.environment: project "demo" has no environment "no"',
      { ...project, secrets: [{ environment: 'no', values: {} }] },
    ],
    [
      'seed.projects.0.secrets.0.values.A:B:',
      { ...project, secrets: [{ environment: 'dev', values: { 'A:B': 1 } }] },
    ],
  ])('names what is wrong in a seed: %s', async (text, bad) => {
    const seed = { projects: [bad], identities: [] } as unknown as EmulatorSeed;
    await expect(InfisicalEmulator.start({ seed })).rejects.toMatchObject({
      name: 'InfisicalConfigError',
      message: expect.stringContaining(text) as unknown,
    });
  });

  it.each([{ port: -1 }, { generation: 'gen3' }, { secretsApi: 'v5' }])(
    'refuses the option %p',
    (options) => {
      expect(() => new InfisicalEmulator(options as object)).toThrow(/must be/);
    },
  );
});

describe('the command line', () => {
  it('reads its flags', async () => {
    expect(
      await readOptions([
        '--port',
        '8089',
        '--generation',
        'gen1',
        '--secrets-api',
        'v3',
      ]),
    ).toEqual({ port: 8089, generation: 'gen1', secretsApi: 'v3' });
  });

  it.each([
    ['--colour'],
    ['--port=x'],
    ['--seed=/does/not/exist.yaml'],
    ['stray'],
  ])('refuses %s', async (flag) => {
    const failure = await readOptions([flag]).catch((error: Error) => error);
    expect(describeFailure(failure as Error)).toMatchObject({
      exitCode: 2,
      text: expect.stringContaining('Usage: nestjs-infisical') as unknown,
    });
  });
});

it('the contract check really checks', () => {
  const contract = new OpenApiContract();
  const check = (status: number, body: unknown) => () =>
    contract.check('POST', '/api/v1/auth/universal-auth/login', status, body);
  expect(check(200, { accessToken: 'x' })).toThrow('expiresIn');
  expect(check(401, { statusCode: 401 })).toThrow('reqId');
  expect(check(418, {})).toThrow('not in the contract');
  expect(() => contract.check('GET', '/api/none', 200, {})).toThrow();
});
