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
const TAGS = `/api/v1/projects/${PROJECT_ID}/tags`;
const dev = { projectId: PROJECT_ID, environment: 'dev' };
const [project] = DEFAULT_EMULATOR_SEED.projects;

const SEED: EmulatorSeed = {
  ...DEFAULT_EMULATOR_SEED,
  projects: [
    {
      ...project,
      slug: 'demo',
      environments: ['dev'],
      tags: [{ slug: 'red', color: '#f00' }, { slug: 'blue' }],
      secrets: [{ environment: 'dev', values: { A: 'a', B: 'b' } }],
    },
    {
      slug: 'strict',
      id: 'strict-id',
      environments: ['dev'],
      enforceEncryptedMetadata: true,
    },
  ],
  serviceTokens: [
    {
      id: 'tags',
      secret: '0123456789abcdef',
      name: 'reader',
      project: 'demo',
      scopes: [{ environment: 'dev', secretPath: '/' }],
      permissions: ['read'],
    },
  ],
  identities: DEFAULT_EMULATOR_SEED.identities.map((one) => ({
    ...one,
    projects: ['demo', 'strict'].map((slug) => ({ slug, role: 'admin' })),
  })),
};

let emulator: InfisicalEmulator;
let http: EmulatorHttp;
let ids: Record<string, string>;

beforeEach(async () => {
  emulator = await InfisicalEmulator.start({ seed: SEED });
  http = new EmulatorHttp(emulator);
  await http.useLogin();
  const tags = pick<{ id: string; slug: string }[]>(
    await http.get(TAGS),
    'tags',
  );
  ids = Object.fromEntries(tags.map(({ slug, id }) => [slug, id]));
});
afterEach(() => emulator.stop());

const tag = (name: string, ...slugs: string[]) =>
  http.patch(`${V4}/${name}`, {
    ...dev,
    tagIds: slugs.map((slug) => ids[slug]),
  });

describe('tags of a project', () => {
  it('§6 are listed oldest first, with a name only in single reads', async () => {
    await http.post(TAGS, { slug: 'third', color: '' });
    const list = await http.get(TAGS);
    const tags = pick<{ slug: string }[]>(list, 'tags');
    expect(tags.map(({ slug }) => slug)).toEqual(['red', 'blue', 'third']);
    expect(tags[0]).not.toHaveProperty('name');
    for (const url of [`${TAGS}/${ids.red}`, `${TAGS}/slug/red`]) {
      expect((await http.get(url)).body).toMatchObject({
        tag: { slug: 'red', name: 'red', color: '#f00' },
      });
    }
  });

  it('§6 needs a color, which may be empty', async () => {
    expect((await http.post(TAGS, { slug: 'x' })).status).toBe(422);
    const created = await http.post(TAGS, { slug: 'x', color: '' });
    expect(created.body).toMatchObject({
      tag: { color: '', createdByActorType: 'identity' },
    });
    expect((await http.post(TAGS, { slug: 'X_', color: '' })).status).toBe(422);
  });

  it('§6 answers 400 to the change of an unknown tag, 404 to its read', async () => {
    const unknown = `${TAGS}/99999999-9999-4999-8999-999999999999`;
    expect((await http.get(unknown)).status).toBe(404);
    expect((await http.patch(unknown, { slug: 'x', color: '' })).status).toBe(
      400,
    );
    expect((await http.delete(unknown)).status).toBe(400);
  });

  it('§6 has the same tags under /v1/workspace', async () => {
    const old = await http.get(
      `/api/v1/workspace/${PROJECT_ID}/tags`,
      {},
      {
        isUnlisted: true,
      },
    );
    expect(old.body).toEqual((await http.get(TAGS)).body);
  });

  it('§6 takes no service token, and §3 none by the id of a secret', async () => {
    const token = 'st.tags.0123456789abcdef';
    const id = pick(await http.get(`${V4}/A`, dev), 'secret', 'id');
    expect((await http.get(V4, {}, { token })).status).toBe(200);
    for (const url of [TAGS, `${V4}/id/${id}`]) {
      expect(errorOf(await http.get(url, {}, { token }))).toEqual({
        status: 403,
        error: `Forbidden access to ${url}`,
        message: 'You are not allowed to access this resource',
      });
    }
  });
});

describe('tags of secrets', () => {
  it('§2.4 replaces the whole set, and leaves it without tagIds', async () => {
    await tag('A', 'red', 'blue');
    const tags = async () =>
      pick<{ slug: string }[]>(
        await http.get(`${V4}/A`, dev),
        'secret',
        'tags',
      ).map(({ slug }) => slug);
    expect(await tags()).toEqual(['red', 'blue']);
    await http.patch(`${V4}/A`, { ...dev, secretValue: 'x' });
    expect(await tags()).toEqual(['red', 'blue']);
    await tag('A', 'blue');
    expect(await tags()).toEqual(['blue']);
    await http.delete(`${TAGS}/${ids.blue}`);
    expect(await tags()).toEqual([]);
  });

  it('§2.6 answers 404 with the tags that are there, and writes nothing', async () => {
    const answer = await http.post(`${V4}/N`, {
      ...dev,
      secretValue: '',
      tagIds: [ids.red, 'unknown'],
    });
    expect(errorOf(answer)).toEqual({
      status: 404,
      error: 'NotFound',
      message: 'Tag not found. Found red',
    });
    expect((await http.get(`${V4}/N`, dev)).status).toBe(404);
    const secrets = [
      { secretKey: 'A', secretValue: 'changed' },
      { secretKey: 'B', tagIds: ['unknown'] },
    ];
    const batch = await http.patch(`${V4}/batch`, { ...dev, secrets });
    expect(errorOf(batch).message).toBe('Tag not found. Found ');
    const untouched = await http.get(`${V4}/A`, dev);
    expect(untouched.body).toMatchObject({ secret: { secretValue: 'a' } });
  });

  it('§2.8 filters by any of the slugs and then shows only the matching tags', async () => {
    await tag('A', 'red', 'blue');
    await tag('B', 'blue');
    const list = async (tagSlugs: string) => {
      const answer = await http.get(V4, { ...dev, tagSlugs });
      return pick<{ secretKey: string; tags: { slug: string }[] }[]>(
        answer,
        'secrets',
      )
        .map(({ secretKey, tags }) =>
          [secretKey, ...tags.map(({ slug }) => slug)].join(' '),
        )
        .sort();
    };
    expect(await list('red')).toEqual(['A red']);
    expect(await list(' red , none ')).toEqual(['A red']);
    expect(await list('red,blue')).toEqual(['A red blue', 'B blue']);
    expect(await list('none')).toEqual([]);
    expect(await list('')).toEqual(['A red blue', 'B blue']);
  });

  it('§2.2 attaches and detaches tags by slug', async () => {
    const url = '/api/v3/secrets/tags/A';
    const body = {
      projectSlug: 'demo',
      environment: 'dev',
      tagSlugs: ['red'],
    };
    const unlisted = { isUnlisted: true };
    const attached = await http.post(url, body, unlisted);
    expect(attached.body).toMatchObject({
      secret: { version: 2, tags: [{ slug: 'red', name: 'red' }] },
    });
    expect((await http.post(url, body, unlisted)).status).toBe(400);
    const none = { ...body, tagSlugs: ['none'] };
    expect((await http.post(url, none, unlisted)).status).toBe(404);
    const detached = await http.delete(url, body, unlisted);
    expect(detached.body).toMatchObject({ secret: { tags: [] } });
    expect((await http.delete(url, body, unlisted)).status).toBe(400);
  });
});

describe('metadata of secrets', () => {
  const plain = { key: 'team', value: 'a', isEncrypted: false };
  const sealed = { key: 'pin', value: '1', isEncrypted: true };

  it('§2.5 comes back decrypted, and §2.8 never matches when encrypted', async () => {
    await http.patch(`${V4}/A`, { ...dev, secretMetadata: [plain, sealed] });
    const get = await http.get(`${V4}/A`, dev);
    expect(pick<unknown>(get, 'secret', 'secretMetadata')).toEqual([
      plain,
      sealed,
    ]);
    const count = async (metadataFilter: string) =>
      pick<unknown[]>(await http.get(V4, { ...dev, metadataFilter }), 'secrets')
        .length;
    expect(await count('key=team,value=a')).toBe(1);
    expect(await count('KEY=team,Value=a|key=pin,value=1')).toBe(0);
    expect(await count('key=pin,value=1')).toBe(0);
    expect(await count('key=team')).toBe(2);
  });

  it('§2.7 is absent from old versions', async () => {
    await http.patch(`${V4}/A`, { ...dev, secretMetadata: [plain] });
    const old = await http.get(`${V4}/A`, { ...dev, version: '2' });
    expect(old.body).toMatchObject({ secret: { version: 2 } });
    const first = await http.get(`${V4}/A`, { ...dev, version: '1' });
    expect(pick<object>(first, 'secret')).not.toHaveProperty('secretMetadata');
  });

  it('§2.6 must be encrypted where the project says so', async () => {
    const create = (name: string, secretMetadata: object[]) =>
      http.post(`${V4}/${name}`, {
        projectId: 'strict-id',
        environment: 'dev',
        secretValue: '',
        secretMetadata,
      });
    expect((await create('A', [plain])).status).toBe(400);
    expect((await create('A', [sealed])).status).toBe(200);
  });

  it('§2.4 makes a reminder only of a truthy number of days', async () => {
    const days = async (secretReminderRepeatDays: number | null) => {
      await http.patch(`${V4}/A`, { ...dev, secretReminderRepeatDays });
      const answer = await http.get(`${V4}/A`, dev);
      return pick<unknown>(answer, 'secret', 'secretReminderRepeatDays');
    };
    expect(await days(7)).toBe(7);
    expect(await days(0)).toBeNull();
  });
});
