import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  InfisicalEmulator,
} from 'nestjs-infisical/testing';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import {
  type Answer,
  EmulatorHttp,
  errorOf,
  pick,
  PROJECT_ID,
} from '../support/emulator-http.js';

const [project] = DEFAULT_EMULATOR_SEED.projects;
const UNKNOWN = '99999999-9999-4999-8999-999999999999';
const SEED: EmulatorSeed = {
  ...DEFAULT_EMULATOR_SEED,
  projects: [
    {
      ...project,
      slug: 'demo',
      environments: ['dev', 'prod'],
      tags: [{ slug: 'red' }],
      folders: [{ environment: 'dev', path: '/f' }],
      secrets: [{ environment: 'dev', values: { A: 'a', B: 'b' } }],
      imports: [
        {
          environment: 'dev',
          path: '/f',
          from: { environment: 'prod', path: '/' },
        },
      ],
      webhooks: [{ environment: 'dev', url: 'http://127.0.0.1:1/hook' }],
    },
  ],
  users: [
    { email: 'ann@demo.test', projects: [{ slug: 'demo', role: 'admin' }] },
  ],
};

let emulator: InfisicalEmulator;
let http: EmulatorHttp;
let token: string;

const v4 = { projectId: PROJECT_ID, environment: 'dev' };
const v3 = { workspaceId: PROJECT_ID, environment: 'dev' };
const item = { secretKey: 'N', secretValue: 'n' };

beforeEach(async () => {
  emulator = await InfisicalEmulator.start({ seed: SEED });
  http = new EmulatorHttp(emulator);
  await http.useLogin();
  token = emulator.userToken('ann@demo.test');
});
afterEach(() => emulator.stop());

async function secretId(name = 'A'): Promise<string> {
  return pick(await http.get(`/api/v4/secrets/${name}`, v4), 'secret', 'id');
}

/** The id of the first item of a list. */
async function first(
  url: string,
  list: string,
  query?: Record<string, string>,
  options = {},
): Promise<string> {
  const answer = await http.get(url, query, options);
  const [one] = pick<{ id: string }[]>(answer, list);
  return one?.id ?? '';
}

const tag = () => first(`/api/v1/projects/${PROJECT_ID}/tags`, 'tags');
const environment = async () => {
  const answer = await http.get(`/api/v1/projects/${PROJECT_ID}`);
  const [, one] = pick<{ id: string }[]>(answer, 'project', 'environments');
  return one?.id ?? '';
};
const folder = () => first('/api/v1/folders', 'folders', v3);
const secretImport = () =>
  first('/api/v2/secret-imports', 'secretImports', { ...v4, path: '/f' });
const webhook = () =>
  first('/api/v1/webhooks', 'webhooks', { projectId: PROJECT_ID }, { token });

type Call = () => Promise<Answer>;
/** A call that works, one that does not, and how that is answered. */
type Case = readonly [Call, Call, number, string];

/** What secrets routes have in both versions. */
function secretCases(
  suffix: string,
  base: string,
  batch: string,
  place: Record<string, string>,
): Record<string, Case> {
  const none = {
    ...place,
    [suffix === 'V4' ? 'projectId' : 'workspaceId']: UNKNOWN,
  };
  const noProject = `Project with ID '${UNKNOWN}' not found during bot lookup. Are you sure you are using the correct project ID?`;
  const nowhere = { ...place, secretPath: '/nowhere' };
  const noFolder =
    "Folder with path '/nowhere' in environment with slug 'dev' not found";
  const value = { secretValue: 'v' };
  const id = (name: string) => `${name}${suffix}`;
  return {
    [suffix === 'V4' ? 'listSecretsV4' : 'listSecretsRawV3']: [
      () => http.get(base, place),
      () => http.get(base, none),
      404,
      noProject,
    ],
    [id('getSecretByName')]: [
      () => http.get(`${base}/A`, place),
      () => http.get(`${base}/NO`, place),
      404,
      "Secret with name 'NO' not found",
    ],
    [id('createSecret')]: [
      () => http.post(`${base}/N`, { ...place, ...value }),
      () => http.post(`${base}/A`, { ...place, ...value }),
      400,
      'Secret already exists',
    ],
    [id('updateSecret')]: [
      () => http.patch(`${base}/A`, { ...place, ...value }),
      () => http.patch(`${base}/A`, { ...nowhere, ...value }),
      404,
      noFolder,
    ],
    [id('deleteSecret')]: [
      () => http.delete(`${base}/A`, place),
      () => http.delete(`${base}/NO`, place),
      404,
      'Secret not found',
    ],
    [id('getSecretById')]: [
      async () => http.get(`${base}/id/${await secretId()}`),
      () => http.get(`${base}/id/${UNKNOWN}`),
      404,
      `Secret with ID '${UNKNOWN}' not found`,
    ],
    [id('createManySecrets')]: [
      () => http.post(batch, { ...place, secrets: [item] }),
      () => http.post(batch, { ...nowhere, secrets: [item] }),
      404,
      'Folder not found',
    ],
    [id('updateManySecrets')]: [
      () => http.patch(batch, { ...place, secrets: [{ secretKey: 'A' }] }),
      () => http.patch(batch, { ...place, secrets: [item] }),
      404,
      'Secret does not exist: N in path /',
    ],
    [id('deleteManySecrets')]: [
      () => http.delete(batch, { ...place, secrets: [{ secretKey: 'A' }] }),
      () => http.delete(batch, { ...place, secrets: [item] }),
      404,
      'One or more secrets does not exist: ',
    ],
  };
}

function folderCases(
  version: 'V1' | 'V2',
  place: Record<string, string>,
  batchProject: object,
): Record<string, Case> {
  const url = `/api/${version.toLowerCase()}/folders`;
  const noFolder = `Folder with ID '${UNKNOWN}' not found`;
  const change = (id: string) => ({
    ...batchProject,
    folders: [{ id, environment: 'dev', name: 'g' }],
  });
  return {
    [`listFolders${version}`]: [
      () => http.get(url, { ...place, path: '/' }),
      () => http.get(url, { ...place, path: '/', environment: 'x' }),
      404,
      "Environment with slug 'x' not found",
    ],
    [`createFolder${version}`]: [
      () => http.post(url, { ...place, name: 'g' }),
      () => http.post(url, { ...place, name: 'f' }),
      400,
      "Folder with name 'f' already exists in path '/'",
    ],
    [`getFolder${version}`]: [
      async () => http.get(`${url}/${await folder()}`),
      () => http.get(`${url}/${UNKNOWN}`),
      404,
      noFolder,
    ],
    [`updateFolder${version}`]: [
      async () =>
        http.patch(`${url}/${await folder()}`, { ...place, name: 'g' }),
      () => http.patch(`${url}/${UNKNOWN}`, { ...place, name: 'g' }),
      404,
      noFolder,
    ],
    [`deleteFolder${version}`]: [
      async () =>
        http.delete(`${url}/${await folder()}`, {
          ...place,
          forceDelete: true,
        }),
      () => http.delete(`${url}/${UNKNOWN}`, place),
      404,
      noFolder,
    ],
    [`updateFolders${version}`]: [
      async () => http.patch(`${url}/batch`, change(await folder())),
      () => http.patch(`${url}/batch`, change(UNKNOWN)),
      404,
      noFolder,
    ],
  };
}

function importCases(
  version: 'V1' | 'V2',
  place: Record<string, string>,
): Record<string, Case> {
  const url = `/api/${version.toLowerCase()}/secret-imports`;
  const at = { ...place, path: '/f' };
  const nowhere = { ...place, path: '/nowhere' };
  const noFolder =
    "Folder with path '/nowhere' in environment with slug 'dev' not found";
  const noImport = `Secret import with ID '${UNKNOWN}' not found`;
  const source = (path: string) => ({ environment: 'prod', path });
  const change = { ...at, import: { path: '/later' } };
  const raw = version === 'V1' ? 'secrets/raw' : 'secrets';
  return {
    [`listSecretImports${version}`]: [
      () => http.get(url, at),
      () => http.get(url, nowhere),
      404,
      noFolder,
    ],
    [`createSecretImport${version}`]: [
      () => http.post(url, { ...at, import: source('/x') }),
      () => http.post(url, { ...nowhere, import: source('/x') }),
      404,
      noFolder,
    ],
    [`getSecretImport${version}`]: [
      async () => http.get(`${url}/${await secretImport()}`),
      () => http.get(`${url}/${UNKNOWN}`),
      404,
      noImport,
    ],
    [`updateSecretImport${version}`]: [
      async () => http.patch(`${url}/${await secretImport()}`, change),
      () => http.patch(`${url}/${UNKNOWN}`, change),
      404,
      noImport,
    ],
    [`deleteSecretImport${version}`]: [
      async () => http.delete(`${url}/${await secretImport()}`, at),
      () => http.delete(`${url}/${UNKNOWN}`, at),
      404,
      `Secret import with folder ID '${UNKNOWN}' not found`,
    ],
    [`listImportedSecrets${version}`]: [
      () => http.get(`${url}/${raw}`, at),
      () => http.get(`${url}/${raw}`, nowhere),
      404,
      noFolder,
    ],
  };
}

function environmentCases(suffix: string, base: string): Record<string, Case> {
  const url = `${base}/${PROJECT_ID}/environments`;
  const unknown = `Environment with id '${UNKNOWN}' in project with ID '${PROJECT_ID}' not found`;
  const name = `Environment${suffix}`;
  return {
    [`create${name}`]: [
      () => http.post(url, { name: 'QA', slug: 'qa' }),
      () => http.post(url, { name: 'Dev', slug: 'dev' }),
      400,
      'Environment with slug already exist',
    ],
    [`get${name}`]: [
      async () => http.get(`${url}/${await environment()}`),
      () => http.get(`${url}/${UNKNOWN}`),
      404,
      unknown,
    ],
    [`update${name}`]: [
      async () => http.patch(`${url}/${await environment()}`, { slug: 'p2' }),
      () => http.patch(`${url}/${UNKNOWN}`, { slug: 'p2' }),
      404,
      unknown,
    ],
    [`delete${name}`]: [
      async () => http.delete(`${url}/${await environment()}`),
      () => http.delete(`${url}/${UNKNOWN}`),
      404,
      unknown,
    ],
  };
}

const tags = `/api/v1/projects/${PROJECT_ID}/tags`;
const webhooks = '/api/v1/webhooks';
const noTag = "Tag doesn't exist";
const noWebhook = `Webhook with ID '${UNKNOWN}' not found`;
const noProject = `Project with ID '${UNKNOWN}' not found`;
const noSlug = "Project with slug 'none' not found";
const asUser = {
  get token() {
    return token;
  },
};
const hook = (slug: string) => ({
  projectId: PROJECT_ID,
  environment: slug,
  webhookUrl: 'http://127.0.0.1:1/x',
});
const move = (ids: readonly string[]) => ({
  projectId: PROJECT_ID,
  sourceEnvironment: 'dev',
  destinationEnvironment: 'prod',
  secretIds: ids,
});

const CASES: Record<string, Case> = {
  ...secretCases('V4', '/api/v4/secrets', '/api/v4/secrets/batch', v4),
  ...secretCases(
    'RawV3',
    '/api/v3/secrets/raw',
    '/api/v3/secrets/batch/raw',
    v3,
  ),
  ...folderCases('V1', v3, { projectSlug: 'demo' }),
  ...folderCases('V2', v4, { projectId: PROJECT_ID }),
  ...importCases('V1', v3),
  ...importCases('V2', v4),
  ...environmentCases('', '/api/v1/projects'),
  ...environmentCases('Old', '/api/v1/workspace'),
  moveSecretsV4: [
    async () => http.post('/api/v4/secrets/move', move([await secretId()])),
    () => http.post('/api/v4/secrets/move', move([UNKNOWN])),
    404,
    'One or more secrets to move were not found',
  ],
  listSecretVersions: [
    async () =>
      http.get(
        `/api/v1/secret/${await secretId()}/secret-versions`,
        { offset: '0', limit: '5' },
        asUser,
      ),
    () =>
      http.get(
        `/api/v1/secret/${UNKNOWN}/secret-versions`,
        { offset: '0', limit: '5' },
        asUser,
      ),
    404,
    `Secret with ID '${UNKNOWN}' not found`,
  ],
  listTags: [
    () => http.get(tags),
    () => http.get(`/api/v1/projects/${UNKNOWN}/tags`),
    404,
    noProject,
  ],
  createTag: [
    () => http.post(tags, { slug: 'blue', color: '' }),
    () => http.post(tags, { slug: 'red', color: '' }),
    400,
    'Tag already exist',
  ],
  getTag: [
    async () => http.get(`${tags}/${await tag()}`),
    () => http.get(`${tags}/${UNKNOWN}`),
    404,
    noTag,
  ],
  updateTag: [
    async () => http.patch(`${tags}/${await tag()}`, { slug: 'r', color: '' }),
    () => http.patch(`${tags}/${UNKNOWN}`, { slug: 'r', color: '' }),
    400,
    noTag,
  ],
  deleteTag: [
    async () => http.delete(`${tags}/${await tag()}`),
    () => http.delete(`${tags}/${UNKNOWN}`),
    400,
    noTag,
  ],
  getTagBySlug: [
    () => http.get(`${tags}/slug/red`),
    () => http.get(`${tags}/slug/none`),
    404,
    noTag,
  ],
  listProjects: [
    () => http.get('/api/v1/projects'),
    () => http.get('/api/v1/projects', {}, { token: undefined }),
    401,
    'Token missing',
  ],
  createProject: [
    () => http.post('/api/v1/projects', { projectName: 'New One' }),
    () =>
      http.post(
        '/api/v1/projects',
        { projectName: 'x', slug: 'abcde' },
        {
          token: undefined,
        },
      ),
    401,
    'Token missing',
  ],
  getProjectById: [
    () => http.get(`/api/v1/projects/${PROJECT_ID}`),
    () => http.get(`/api/v1/projects/${UNKNOWN}`),
    404,
    noProject,
  ],
  getProjectBySlug: [
    () => http.get('/api/v1/projects/slug/demo'),
    () => http.get('/api/v1/projects/slug/none'),
    404,
    noSlug,
  ],
  getWorkspace: [
    () => http.get(`/api/v1/workspace/${PROJECT_ID}`),
    () => http.get(`/api/v1/workspace/${UNKNOWN}`),
    404,
    noProject,
  ],
  createWorkspaceV2: [
    () => http.post('/api/v2/workspace', { projectName: 'New One' }),
    () =>
      http.post(
        '/api/v2/workspace',
        { projectName: 'x' },
        {
          token: undefined,
        },
      ),
    401,
    'Token missing',
  ],
  getWorkspaceBySlugV2: [
    () => http.get('/api/v2/workspace/demo'),
    () => http.get('/api/v2/workspace/none'),
    404,
    noSlug,
  ],
  listWebhooks: [
    () => http.get(webhooks, { projectId: PROJECT_ID }, asUser),
    () => http.get(webhooks, { projectId: UNKNOWN }, asUser),
    404,
    noProject,
  ],
  createWebhook: [
    () => http.post(webhooks, hook('dev'), asUser),
    () => http.post(webhooks, hook('x'), asUser),
    404,
    `Environment with slug 'x' in project with ID '${PROJECT_ID}' not found`,
  ],
  updateWebhook: [
    async () =>
      http.patch(
        `${webhooks}/${await webhook()}`,
        { isDisabled: true },
        asUser,
      ),
    () => http.patch(`${webhooks}/${UNKNOWN}`, { isDisabled: true }, asUser),
    404,
    noWebhook,
  ],
  deleteWebhook: [
    async () =>
      http.delete(`${webhooks}/${await webhook()}`, undefined, asUser),
    () => http.delete(`${webhooks}/${UNKNOWN}`, undefined, asUser),
    404,
    noWebhook,
  ],
  testWebhook: [
    async () =>
      http.post(`${webhooks}/${await webhook()}/test`, undefined, asUser),
    () => http.post(`${webhooks}/${UNKNOWN}/test`, undefined, asUser),
    404,
    noWebhook,
  ],
};

/** Their answers are streams; they have tests of their own. */
const ELSEWHERE = ['subscribeToProjectEvents'];

describe('every operation on secrets, folders, imports, projects and webhooks', () => {
  it('has a case here', () => {
    const url = new URL('../contract/openapi-secrets.yaml', import.meta.url);
    const { paths } = parse(readFileSync(url, 'utf8')) as {
      paths: Record<string, Record<string, { operationId?: string }>>;
    };
    const operations = Object.values(paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap(({ operationId }) => operationId ?? []);
    expect([...Object.keys(CASES), ...ELSEWHERE].sort()).toEqual(
      operations.sort(),
    );
  });

  it.each(Object.keys(CASES))(
    '%s works, and fails as it should',
    async (name) => {
      const [works, fails, status, message] = CASES[name] as Case;
      const answer = await works();
      expect({ status: answer.status, text: answer.text }).toMatchObject({
        status: 200,
      });
      expect(errorOf(await fails())).toMatchObject({ status, message });
    },
  );
});
