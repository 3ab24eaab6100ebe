import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  InfisicalEmulator,
  VirtualClock,
} from 'nestjs-infisical/testing';
import {
  EmulatorHttp,
  errorOf,
  pick,
  PROJECT_ID,
} from '../support/emulator-http.js';

const V4 = '/api/v4/secrets';
const V3 = '/api/v3/secrets/raw';
const dev = { projectId: PROJECT_ID, environment: 'dev' };
const v3dev = { workspaceId: PROJECT_ID, environment: 'dev' };
const [project] = DEFAULT_EMULATOR_SEED.projects;
const deep = (levels: number) =>
  Array.from({ length: levels }, (_, at) => `/l${at + 1}`).join('');

const SEED: EmulatorSeed = {
  ...DEFAULT_EMULATOR_SEED,
  projects: [
    {
      ...project,
      slug: 'demo',
      environments: ['dev', 'prod'],
      secrets: [
        { environment: 'dev', values: { A: 'a', REF: '${A}' } },
        { environment: 'dev', path: '/to', values: { A: 'taken' } },
        { environment: 'prod', path: '/in', values: { IN: 'imported' } },
        { environment: 'prod', path: deep(20), values: { AT20: '' } },
        { environment: 'prod', path: deep(21), values: { AT21: '' } },
      ],
      imports: [
        {
          environment: 'dev',
          path: '/',
          from: { environment: 'prod', path: '/in' },
        },
      ],
    },
    { slug: 'keys', id: 'keys-id', type: 'kms', environments: ['dev'] },
  ],
  identities: DEFAULT_EMULATOR_SEED.identities.map((one) => ({
    ...one,
    projects: ['demo', 'keys'].map((slug) => ({ slug, role: 'admin' })),
  })),
};

let clock: VirtualClock;
let emulator: InfisicalEmulator;
let http: EmulatorHttp;

beforeEach(async () => {
  clock = new VirtualClock();
  emulator = await InfisicalEmulator.start({ seed: SEED, clock });
  http = new EmulatorHttp(emulator);
  await http.useLogin();
});
afterEach(() => emulator.stop());

const idOf = async (name: string, secretPath = '/') =>
  pick(await http.get(`${V4}/${name}`, { ...dev, secretPath }), 'secret', 'id');

describe('early v4', () => {
  it('§2.3 has the flags and the defaults of v3', async () => {
    const early = await InfisicalEmulator.start({
      seed: SEED,
      secretsApi: 'early-v4',
    });
    const client = new EmulatorHttp(early);
    await client.useLogin();
    const get = (query: object) =>
      client.get(`${V4}/REF`, { ...dev, ...query });
    expect(pick(await get({}), 'secret', 'secretValue')).toBe('${A}');
    const imports = async (query: object) =>
      pick<unknown[]>(await client.get(V4, { ...dev, ...query }), 'imports');
    expect(await imports({})).toEqual([]);
    expect(await imports({ includeImports: 'true' })).toEqual([]);
    expect(await imports({ include_imports: 'true' })).toHaveLength(1);
    await early.stop();
  });
});

describe('the entity tag of a list', () => {
  const list = (tag?: string) =>
    http.get(V4, dev, tag ? { headers: { 'if-none-match': tag } } : {});

  it('§2.5 answers 304 with the tag repeated and no body', async () => {
    const tag = (await list()).headers.get('etag') ?? '';
    const again = await list(tag);
    expect(again.status).toBe(304);
    expect(again.text).toBe('');
    expect(again.headers.get('etag')).toBe(tag);
  });

  it('§2.5 changes with a write, and the old one is worth nothing', async () => {
    const tag = (await list()).headers.get('etag') ?? '';
    await http.patch(`${V3}/A`, { ...v3dev, secretValue: 'b' });
    const changed = await list(tag);
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(tag);
  });

  it('§2.5 outlives its 15 minutes through the layer below', async () => {
    const tag = (await list()).headers.get('etag') ?? '';
    await clock.advance(16 * 60_000);
    expect((await list(tag)).status).toBe(304);
  });

  it('§2.5 belongs to one caller and one set of parameters', async () => {
    const tag = (await list()).headers.get('etag') ?? '';
    const other = await http.get(
      V4,
      { ...dev, viewSecretValue: 'false' },
      { headers: { 'if-none-match': tag } },
    );
    expect(other.status).toBe(200);
  });
});

describe('lists', () => {
  it('§2.8 end 20 levels below the root of the environment', async () => {
    const query = { ...dev, environment: 'prod', recursive: 'true' };
    const secrets = pick<{ secretKey: string }[]>(
      await http.get(V4, query),
      'secrets',
    );
    const keys = secrets.map(({ secretKey }) => secretKey);
    expect(keys).toContain('AT20');
    expect(keys).not.toContain('AT21');
  });

  it('§2.6 refuse a project of another product', async () => {
    const query = { projectId: 'keys-id', environment: 'dev' };
    expect(errorOf(await http.get(V4, query))).toEqual({
      status: 400,
      error: 'BadRequest',
      message:
        'The project is of type kms. Operations of type secret-manager are not allowed.',
    });
  });
});

describe('names', () => {
  it('§2.2 that are routes cannot be created', async () => {
    for (const name of ['batch', 'move', 'duplicate']) {
      const answer = await http.post(
        `${V4}/${name}`,
        { ...dev, secretValue: 'v' },
        { isUnlisted: true },
      );
      expect(answer.status).toBe(422);
    }
  });
});

describe('moving secrets', () => {
  const body = async (more: object = {}) => ({
    projectId: PROJECT_ID,
    sourceEnvironment: 'dev',
    destinationEnvironment: 'prod',
    secretIds: [await idOf('A')],
    ...more,
  });
  const to = { destinationEnvironment: 'dev', destinationSecretPath: '/to' };
  const move = async (more?: object) =>
    http.post(`${V4}/move`, await body(more));

  it('§2.13 takes a secret from one place to the other', async () => {
    expect((await move()).body).toEqual({
      isSourceUpdated: true,
      isDestinationUpdated: true,
    });
    expect((await http.get(`${V4}/A`, dev)).status).toBe(404);
    const there = await http.get(`${V4}/A`, { ...dev, environment: 'prod' });
    expect(pick(there, 'secret', 'secretValue')).toBe('a');
  });

  it('§2.13 overwrites only when told to', async () => {
    const refused = await move(to);
    expect(refused.status).toBe(400);
    expect(await idOf('A')).toBeTruthy();
    expect((await move({ ...to, shouldOverwrite: true })).status).toBe(200);
    const there = await http.get(`${V4}/A`, { ...dev, secretPath: '/to' });
    expect(there.body).toMatchObject({
      secret: { secretValue: 'a', version: 2 },
    });
  });

  it('§2.2 has a twin in v3', async () => {
    const { projectId: workspaceId, ...rest } = await body();
    const url = '/api/v3/secrets/move';
    const answer = await http.post(
      url,
      { workspaceId, ...rest },
      {
        isUnlisted: true,
      },
    );
    expect(answer.status).toBe(200);
    const none = await http.post(url, rest, { isUnlisted: true });
    expect(none.status).toBe(400);
  });

  it('§2.13 duplicates what is asked for', async () => {
    const request = await body({ attributesToCopy: { value: false } });
    const url = `${V4}/duplicate`;
    const unlisted = { isUnlisted: true };
    const answer = await http.post(url, request, unlisted);
    expect(pick<unknown[]>(answer, 'results')).toMatchObject([
      { sourceSecretId: await idOf('A'), sourceSecretKey: 'A' },
    ]);
    const there = await http.get(`${V4}/A`, { ...dev, environment: 'prod' });
    expect(pick(there, 'secret', 'secretValue')).toBe('');
    const none = { ...request, secretIds: [] };
    expect((await http.post(url, none, unlisted)).status).toBe(422);
  });
});
