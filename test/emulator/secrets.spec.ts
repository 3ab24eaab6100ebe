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

const V4 = '/api/v4/secrets';
const V3 = '/api/v3/secrets/raw';
const [project] = DEFAULT_EMULATOR_SEED.projects;
const [admin] = DEFAULT_EMULATOR_SEED.identities;

const SEED: EmulatorSeed = {
  projects: [
    {
      ...project,
      slug: 'demo',
      environments: ['dev', { slug: 'prod', name: 'Production' }],
      folders: [{ environment: 'dev', path: '/empty' }],
      secrets: [
        {
          environment: 'dev',
          values: {
            OWN: 'own',
            SHADOWED: 'own',
            REF: '${OWN}-${dev.app.deep.NESTED}',
            MISSING: 'x-${NOPE}-y',
            SELF: 'p-${SELF}-s',
            CYCLE_A: '${CYCLE_B}',
            CYCLE_B: '${CYCLE_A}',
            WHICH: 'app',
            DYNAMIC: '${dev.${WHICH}.APP}',
            SPACED: '${OWN }',
            OTHER_PROJECT: '${@other.dev.X}',
            EMPTY: '',
            REF_EMPTY: '[${EMPTY}]',
            FROM_IMPORT: '${IMPORTED}',
            ...Object.fromEntries(
              Array.from({ length: 15 }, (_, link) => [
                `LINK_${link}`,
                link === 14 ? 'end' : `\${LINK_${link + 1}}`,
              ]),
            ),
          },
        },
        {
          environment: 'dev',
          path: '/app/deep',
          values: { NESTED: 'nested' },
        },
        { environment: 'dev', path: '/app', values: { APP: 'in-app' } },
        {
          environment: 'prod',
          path: '/first',
          values: {
            SHADOWED: 'first',
            TWICE: 'first',
            IMPORTED: 'first',
            RELATIVE: '${OWN}',
          },
        },
        { environment: 'prod', path: '/last', values: { TWICE: 'last' } },
        { environment: 'prod', path: '/behind', values: { BEHIND: 'b' } },
      ],
      imports: [
        {
          environment: 'dev',
          path: '/',
          from: { environment: 'prod', path: '/first' },
        },
        {
          environment: 'dev',
          path: '/',
          from: { environment: 'prod', path: '/last' },
        },
        {
          environment: 'prod',
          path: '/last',
          from: { environment: 'prod', path: '/behind' },
        },
      ],
    },
    { slug: 'foreign', id: 'foreign-id', environments: ['dev'] },
  ],
  identities: [
    { ...admin, name: 'admin', projects: [{ slug: 'demo', role: 'admin' }] },
    {
      name: 'viewer',
      projects: [{ slug: 'demo', role: 'viewer' }],
      universalAuth: { clientId: 'viewer', clientSecret: 's' },
    },
    {
      name: 'nobody',
      projects: [{ slug: 'demo', role: 'no-access' }],
      universalAuth: { clientId: 'nobody', clientSecret: 's' },
    },
  ],
};

let emulator: InfisicalEmulator;
let http: EmulatorHttp;
const dev = { projectId: PROJECT_ID, environment: 'dev' };
const v3dev = { workspaceId: PROJECT_ID, environment: 'dev' };

const notFound = (message: string, error = 'NotFound') => ({
  status: 404,
  error,
  message,
});
const badRequest = (message: string) => ({
  status: 400,
  error: 'BadRequest',
  message,
});

async function value(name: string, query: object = {}): Promise<string> {
  const answer = await http.get(`${V4}/${name}`, { ...dev, ...query });
  return pick(answer, 'secret', 'secretValue');
}

beforeEach(async () => {
  emulator = await InfisicalEmulator.start({ seed: SEED });
  http = new EmulatorHttp(emulator);
  await http.useLogin();
});
afterEach(() => emulator.stop());

describe('writing', () => {
  it('creates, reads, changes and deletes a secret', async () => {
    const created = await http.post(`${V4}/NEW`, {
      ...dev,
      secretValue: '  v\n\n ',
      secretComment: ' c ',
    });
    expect(created.body).toMatchObject({
      secret: {
        workspace: PROJECT_ID,
        version: 1,
        secretValue: 'v',
        secretComment: 'c',
      },
    });
    expect(created.text).not.toContain('secretPath');
    const id = pick(created, 'secret', 'id');
    const changed = await http.patch(`${V3}/NEW`, {
      ...v3dev,
      secretValue: ' w\n',
    });
    expect(changed.body).toMatchObject({
      secret: { id, version: 2, secretValue: 'w\n', secretComment: '' },
    });
    expect(await value('NEW')).toBe('w\n');
    expect(await value('NEW', { version: '1' })).toBe('v');
    const byId = await http.get(`${V4}/id/${id}`);
    expect(byId.body).toMatchObject({
      secret: { secretValue: 'w\n', secretComment: 'c', secretPath: '/' },
    });
    const gone = await http.delete(`${V4}/NEW`, dev);
    expect(gone.body).toMatchObject({
      secret: { id, secretValue: 'w\n', secretValueHidden: false },
    });
    expect((await http.get(`${V4}/NEW`, dev)).status).toBe(404);
    expect(errorOf(await http.get(`${V4}/id/${id}`))).toEqual(
      notFound(`Secret with ID '${id}' not found`, 'GetSecretById'),
    );
  });

  it('does not answer the stored value to a change without one', async () => {
    const renamed = await http.patch(`${V4}/OWN`, {
      ...dev,
      newSecretName: 'RENAMED',
    });
    expect(renamed.body).toMatchObject({
      secret: { secretKey: 'RENAMED', secretValue: '', version: 2 },
    });
    expect(await value('REF')).toBe('own-nested');
    const raw = await http.get(`${V4}/REF`, {
      ...dev,
      expandSecretReferences: 'false',
    });
    expect(raw.body).toMatchObject({
      secret: { version: 2, secretValue: '${RENAMED}-${dev.app.deep.NESTED}' },
    });
  });

  it('writes batches all or nothing', async () => {
    const batch = `${V4}/batch`;
    const items = (...keys: string[]) =>
      keys.map((secretKey) => ({ secretKey, secretValue: secretKey }));
    const send = (secrets: object[], more: object = {}) => ({
      ...dev,
      secrets,
      ...more,
    });
    expect(
      errorOf(await http.post(batch, send(items('B1', 'OWN', 'EMPTY')))),
    ).toEqual(badRequest('Secret already exists: OWN,EMPTY'));
    expect((await http.get(`${V4}/B1`, dev)).status).toBe(404);
    expect((await http.post(batch, send(items('B1', 'B2')))).status).toBe(200);
    expect(errorOf(await http.patch(batch, send(items('B1', 'X'))))).toEqual(
      notFound('Secret does not exist: X in path /'),
    );
    const upsert = await http.patch(
      batch,
      send(items('B1', 'X'), { mode: 'upsert' }),
    );
    expect(pick<unknown[]>(upsert, 'secrets')).toHaveLength(2);
    const ignore = await http.patch(
      batch,
      send(items('B1', 'Y'), { mode: 'ignore' }),
    );
    expect(pick<unknown[]>(ignore, 'secrets')).toHaveLength(1);
    expect(errorOf(await http.delete(batch, send(items('B1', 'Y'))))).toEqual(
      notFound('One or more secrets does not exist: B1'),
    );
    expect(
      (await http.delete(batch, send(items('B1', 'B2', 'X')))).status,
    ).toBe(200);
    const v3 = await http.post('/api/v3/secrets/batch/raw', {
      projectSlug: 'demo',
      environment: 'dev',
      secrets: items('V3'),
    });
    expect(v3.status).toBe(200);
    expect(
      errorOf(await http.post(batch, send(items('Z'), { secretPath: '/no' }))),
    ).toEqual(notFound('Folder not found'));
    expect((await http.post(batch, send([]))).status).toBe(422);
  });
});

describe('errors', () => {
  const path = { secretPath: '/nope' };
  const noFolder = (error: string) =>
    notFound(
      "Folder with path '/nope' in environment with slug 'dev' not found",
      error,
    );

  it('tells what of the place is missing', async () => {
    const missing = badRequest('Missing project id or environment');
    const noProject = badRequest('You must provide projectSlug or workspaceId');
    expect(errorOf(await http.get(V4, { environment: 'dev' }))).toEqual(
      missing,
    );
    expect(errorOf(await http.get(V4, { projectId: PROJECT_ID }))).toEqual(
      missing,
    );
    expect(
      errorOf(await http.get(V3, { workspaceId: '', environment: 'dev' })),
    ).toEqual(noProject);
    expect((await http.get(`${V4}/A`, { environment: 'dev' })).status).toBe(
      422,
    );
    expect(
      errorOf(await http.get(`${V4}/A`, { projectId: PROJECT_ID })),
    ).toEqual(badRequest('Missing environment'));
    expect((await http.post(`${V4}/A`, { secretValue: '' })).status).toBe(422);
    expect(
      errorOf(
        await http.post(`${V3}/A`, { environment: 'dev', secretValue: '' }),
      ),
    ).toEqual(noProject);
  });

  it('tells an unknown project and a foreign one', async () => {
    expect(
      errorOf(await http.get(V4, { ...dev, projectId: 'unknown' })),
    ).toEqual(
      notFound(
        "Project with ID 'unknown' not found during bot lookup. Are you sure you are using the correct project ID?",
      ),
    );
    expect(
      errorOf(
        await http.get(V3, { workspaceSlug: 'none', environment: 'dev' }),
      ),
    ).toEqual(notFound("Project with slug 'none' not found"));
    expect(
      errorOf(await http.get(`${V4}/A`, { ...dev, projectId: 'foreign-id' })),
    ).toEqual({
      status: 403,
      error: 'ProjectMembershipNotFound',
      message:
        'You are not a member of this project with ID foreign-id. Please assign this identity to the project with the appropriate permissions, then try again.',
    });
  });

  it('does not tell an unknown environment from an unknown path', async () => {
    const list = (environment: string, secretPath: string) =>
      notFound(
        `Folder with path '${secretPath}' in environment '${environment}' was not found. Please ensure the environment slug and secret path is correct.`,
        'SecretPathNotFound',
      );
    expect(errorOf(await http.get(V4, { ...dev, ...path }))).toEqual(
      list('dev', '/nope'),
    );
    expect(errorOf(await http.get(V4, { ...dev, environment: 'x' }))).toEqual(
      list('x', '/'),
    );
    for (const secretPath of ['empty', '//empty', '']) {
      const answer = await http.get(V4, { ...dev, secretPath });
      expect(answer.status).toBe(404);
    }
    expect((await http.get(V4, { ...dev, secretPath: '/empty/' })).status).toBe(
      200,
    );
    expect(
      errorOf(
        await http.get(V4, { ...dev, environment: 'x', recursive: 'true' }),
      ),
    ).toEqual(
      notFound(
        `Environment with slug 'x' in project with ID ${PROJECT_ID} not found`,
      ),
    );
    expect(errorOf(await http.get(V4, { ...dev, secretPath: '/a b' }))).toEqual(
      badRequest(
        'Invalid secret path. Only alphanumeric characters, dashes, and underscores are allowed.',
      ),
    );
    const body = { ...dev, ...path };
    expect(errorOf(await http.get(`${V4}/A`, body))).toEqual(
      noFolder('GetSecretByName'),
    );
    expect(
      errorOf(await http.post(`${V4}/A`, { ...body, secretValue: '' })),
    ).toEqual(noFolder('CreateSecret'));
    expect(errorOf(await http.patch(`${V4}/A`, body))).toEqual(
      noFolder('UpdateSecret'),
    );
    expect(errorOf(await http.delete(`${V4}/A`, body))).toEqual(
      noFolder('DeleteSecret'),
    );
  });

  it('tells unknown, taken and impossible names', async () => {
    expect(errorOf(await http.get(`${V4}/NO`, dev))).toEqual(
      notFound("Secret with name 'NO' not found"),
    );
    expect(errorOf(await http.patch(`${V4}/NO`, dev))).toEqual(
      notFound('Secret with name NO not found'),
    );
    expect(errorOf(await http.delete(`${V4}/NO`, dev))).toEqual(
      notFound('Secret not found'),
    );
    const create = (name: string, more: object = {}) =>
      http.post(`${V4}/${name}`, { ...dev, secretValue: '', ...more });
    expect(errorOf(await create('OWN'))).toEqual(
      badRequest('Secret already exists'),
    );
    const colon = await create('A%3AB');
    expect(colon.status).toBe(422);
    expect(pick<unknown>(colon, 'message')).toEqual([
      {
        code: 'custom',
        message: 'Secret name cannot contain colon or forward slash.',
        path: ['secretName'],
      },
    ]);
    expect(
      errorOf(
        await http.patch(`${V4}/OWN`, { ...dev, newSecretName: 'EMPTY' }),
      ),
    ).toEqual(badRequest('Secret with the new name already exists'));
    expect(errorOf(await create('A', { type: 'personal' }))).toEqual(
      badRequest('Must be user to create personal secret'),
    );
    expect(errorOf(await create('A', { tagIds: ['x'] }))).toEqual(
      notFound('Tag not found. Found '),
    );
  });

  it('takes booleans only as the exact texts', async () => {
    for (const recursive of ['True', '1', '']) {
      expect((await http.get(V4, { ...dev, recursive })).status).toBe(422);
    }
    expect((await http.get(`${V4}/OWN`, { ...dev, version: 'x' })).status).toBe(
      422,
    );
  });

  it('holds identities to their roles', async () => {
    const denied = (action: string) => ({
      status: 403,
      error: 'PermissionDenied',
      message: `You are not allowed to ${action} on secrets`,
    });
    await http.useLogin('nobody', 's');
    expect(errorOf(await http.get(V4, dev))).toEqual(denied('describeSecret'));
    expect(errorOf(await http.get(`${V4}/NO`, dev))).toEqual(
      denied('describeSecret'),
    );
    await http.useLogin('viewer', 's');
    expect((await http.get(V4, dev)).status).toBe(200);
    const write = { ...dev, secretValue: '' };
    const create = await http.post(`${V4}/A`, write);
    expect(errorOf(create)).toEqual(denied('create'));
    expect(pick<unknown>(create, 'details')).toEqual([]);
    expect(errorOf(await http.patch(`${V4}/NO`, write))).toEqual(
      denied('edit'),
    );
    expect(errorOf(await http.delete(`${V4}/NO`, write))).toEqual(
      denied('delete'),
    );
  });
});

describe('defaults', () => {
  it('are the opposite in v3 and v4', async () => {
    const read = async (base: string, query: Record<string, string>) => {
      const list = await http.get(base, query);
      const ref = await http.get(`${base}/REF`, query);
      return {
        imports: pick<unknown[]>(list, 'imports').length,
        ref: pick(ref, 'secret', 'secretValue'),
        twice: (await http.get(`${base}/TWICE`, query)).status,
      };
    };
    const raw = '${OWN}-${dev.app.deep.NESTED}';
    expect(await read(V4, dev)).toEqual({
      imports: 2,
      ref: 'own-nested',
      twice: 200,
    });
    expect(await read(V3, v3dev)).toEqual({ imports: 0, ref: raw, twice: 404 });
    // v3 does not know the spelling of v4.
    expect((await read(V3, { ...v3dev, includeImports: 'true' })).twice).toBe(
      404,
    );
    expect(await read(V3, { ...v3dev, include_imports: 'true' })).toEqual({
      imports: 2,
      ref: raw,
      twice: 200,
    });
  });

  it('hide values only when asked to', async () => {
    const answer = await http.get(`${V4}/REF`, {
      ...dev,
      viewSecretValue: 'false',
    });
    expect(answer.body).toMatchObject({
      secret: {
        secretValue: '<hidden-by-infisical>',
        secretValueHidden: true,
      },
    });
  });

  it('list one folder, or all below', async () => {
    const keys = async (query: object) => {
      const list = await http.get(V4, { ...dev, ...query });
      return pick<{ secretKey: string; secretPath: string }[]>(list, 'secrets')
        .map(({ secretKey, secretPath }) => `${secretPath} ${secretKey}`)
        .sort();
    };
    expect(await keys({ secretPath: '/app' })).toEqual(['/app APP']);
    expect(await keys({ secretPath: '/app', recursive: 'true' })).toEqual([
      '/app APP',
      '/app/deep NESTED',
    ]);
    expect(await keys({ tagSlugs: 'any' })).toEqual([]);
  });

  it('know no v4 on an older server', async () => {
    const old = await InfisicalEmulator.start({ secretsApi: 'v3' });
    const client = new EmulatorHttp(old);
    await client.useLogin();
    const answer = await client.get(V4, dev, { isUnlisted: true });
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({
      message: `Route GET:${V4}?projectId=${PROJECT_ID}&environment=dev not found`,
      error: 'Not Found',
      statusCode: 404,
    });
    expect((await client.get(V3, v3dev)).status).toBe(200);
    await old.stop();
  });
});

describe('imports', () => {
  it('rank below the folder itself, and the last one wins', async () => {
    expect(await value('SHADOWED')).toBe('own');
    expect(await value('TWICE')).toBe('last');
    const answer = await http.get(`${V4}/TWICE`, dev);
    expect(answer.body).toMatchObject({
      secret: {
        environment: 'prod',
        secretPath: '/last',
        workspace: PROJECT_ID,
      },
    });
  });

  it('come as groups, with what is behind them', async () => {
    const list = await http.get(V4, dev);
    const groups = pick<
      { secretPath: string; secrets: Record<string, unknown>[] }[]
    >(list, 'imports');
    expect(groups.map(({ secretPath }) => secretPath)).toEqual([
      '/first',
      '/last',
    ]);
    expect(groups[1]?.secrets.map(({ secretKey }) => secretKey)).toEqual([
      'BEHIND',
      'TWICE',
    ]);
    expect(groups[0]?.secrets[0]).toMatchObject({ workspace: '' });
    expect(groups[0]?.secrets[0]).not.toHaveProperty('createdAt');
    expect(groups[0]?.secrets[0]).not.toHaveProperty('secretPath');
  });

  it('resolve bare names in the importing folder (v4) or their own (v3)', async () => {
    expect(await value('RELATIVE')).toBe('own');
    const v3 = await http.get(`${V3}/RELATIVE`, {
      ...v3dev,
      include_imports: 'true',
      expandSecretReferences: 'true',
    });
    expect(pick(v3, 'secret', 'secretValue')).toBe('${OWN}');
  });

  it('are created, listed and deleted', async () => {
    const imports = '/api/v2/secret-imports';
    const at = { ...dev, path: '/empty' };
    const from = { environment: 'dev', path: '/app' };
    const created = await http.post(imports, { ...at, import: from });
    const id = pick(created, 'secretImport', 'id');
    expect(created.body).toMatchObject({
      secretImport: { importPath: '/app', position: 1 },
    });
    expect(await value('APP', { secretPath: '/empty' })).toBe('in-app');
    expect(
      pick<unknown[]>(await http.get(imports, at), 'secretImports'),
    ).toHaveLength(1);
    const back = { ...dev, path: '/app' };
    expect(
      errorOf(
        await http.post(imports, {
          ...back,
          import: { environment: 'dev', path: '/empty' },
        }),
      ),
    ).toEqual(badRequest('Cyclic import not allowed'));
    expect(
      errorOf(
        await http.post(imports, {
          ...back,
          import: { environment: 'x', path: '/' },
        }),
      ),
    ).toEqual(notFound('The requested entity is not found'));
    expect((await http.delete(`${imports}/${id}`, at)).status).toBe(200);
    expect((await http.delete(`${imports}/${id}`, at)).status).toBe(404);
  });
});

describe('references', () => {
  it.each([
    ['REF', 'own-nested'],
    ['MISSING', 'x-${NOPE}-y'],
    ['SELF', 'p-p-${SELF}-s-s'],
    ['CYCLE_A', '${CYCLE_B}'],
    ['DYNAMIC', 'in-app'],
    ['SPACED', '${OWN }'],
    ['OTHER_PROJECT', '${@other.dev.X}'],
    ['REF_EMPTY', '[]'],
    ['LINK_0', 'end'],
    ['FROM_IMPORT', 'first'],
  ])('%s gives %s', async (name, expected) => {
    expect(await value(name)).toBe(expected);
  });

  it('quote newlines only with the flag that says the opposite', async () => {
    const create = (name: string, more: object) =>
      http.post(`${V4}/${name}`, { ...dev, ...more });
    await create('LINES', { secretValue: 'a\nb' });
    await create('QUOTED', {
      secretValue: '${LINES}',
      skipMultilineEncoding: true,
    });
    await create('PLAIN', { secretValue: '${LINES}' });
    expect(await value('QUOTED')).toBe('"a\\nb"');
    expect(await value('PLAIN')).toBe('a\nb');
  });
});

describe('entity tags', () => {
  it.each([V4, `${V4}/OWN`, '/api/v1/projects/slug/demo'])(
    'answer 304 at %s until something changes',
    async (path) => {
      const query = path.startsWith(V4) ? dev : {};
      const first = await http.get(path, query);
      const etag = first.headers.get('etag') ?? '';
      expect(etag).toMatch(/^"[^"]+"$/);
      for (const tag of [etag, `W/${etag}`]) {
        const again = await http.get(path, query, {
          headers: { 'if-none-match': tag },
          isUnlisted: !path.startsWith(V4),
        });
        expect(again.status).toBe(304);
        expect(again.text).toBe('');
      }
      if (!path.startsWith(V4)) return;
      await http.patch(`${V4}/OWN`, { ...dev, secretValue: 'changed' });
      const changed = await http.get(path, query, {
        headers: { 'if-none-match': etag },
      });
      expect(changed.status).toBe(200);
      expect(changed.headers.get('etag')).not.toBe(etag);
    },
  );
});
