import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalNotFoundError,
  InfisicalPermissionError,
  InfisicalValidationError,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { demoOptions, PROJECT_ID, seedWith } from '../support/demo.js';

let emulator: InfisicalEmulator;
let client: InfisicalClient;

function clientOf(more: InfisicalClientOptions = {}): InfisicalClient {
  const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
  return new InfisicalClient({
    ...{ siteUrl, auth, projectId, environment },
    ...more,
  });
}

beforeEach(async () => {
  emulator = await InfisicalEmulator.start({
    seed: {
      ...seedWith({ '/': { A: 'a' }, '/mail': { M: 'm' }, '/mail/deep': {} }),
      users: ['ann', 'bob'].map((name) => ({
        email: `${name}@x.io`,
        projects: [],
      })),
    },
  });
  client = clientOf();
});

afterEach(async () => {
  await client.close();
  await emulator.stop();
});

describe('folders', () => {
  it('are found recursively, and by the time of the last write', async () => {
    const all = await client.folders.list({ recursive: true });
    expect(all.map(({ path }) => path)).toEqual(['/mail', '/mail/deep']);
    expect(all[0]).toMatchObject({ environment: 'dev', name: 'mail' });
    await client.secrets.update('M', { path: '/mail', secretValue: 'n' });
    const [mail] = await client.folders.list();
    const at = new Date(mail?.lastSecretModified ?? NaN);
    const since = async (date: Date | string): Promise<string[]> => {
      const found = await client.folders.list({ lastSecretModified: date });
      return found.map(({ path }) => path);
    };
    expect(await since(at)).toEqual(['/mail']);
    expect(await since(at.toISOString())).toEqual(['/mail']);
    expect(await since(new Date(at.getTime() + 1000))).toEqual([]);
  });

  it('are described, and lose their description by null', async () => {
    const folder = await client.folders.create({
      name: 'docs',
      path: '/mail',
      description: 'texts',
    });
    expect(folder).toMatchObject({ path: '/mail/docs', description: 'texts' });
    const bare = await client.folders.update(folder.id, {
      name: 'docs',
      path: '/mail',
      description: null,
    });
    expect(bare.description).toBeUndefined();
  });

  it('are changed together, or not at all', async () => {
    const [mail] = await client.folders.list();
    const other = await client.folders.create({ name: 'other' });
    const changes = [
      { id: mail!.id, name: 'post' },
      { id: other.id, name: 'rest', description: 'd' },
    ];
    const changed = await client.folders.updateMany(changes);
    expect(changed.map(({ path }) => path).sort()).toEqual(['/post', '/rest']);
    await expect(
      client.folders.updateMany([
        { id: mail!.id, name: 'again' },
        { id: other.id, name: 'again' },
      ]),
    ).rejects.toBeInstanceOf(InfisicalValidationError);
    const names = (await client.folders.list()).map(({ name }) => name);
    expect(names.sort()).toEqual(['post', 'rest']);
  });
});

describe('imports', () => {
  it('are read one by one, with what they bring', async () => {
    const created = await client.secretImports.create({
      from: { environment: 'dev', path: '/mail' },
    });
    expect(await client.secretImports.get(created.id)).toEqual({
      ...created,
      target: { environment: 'dev', path: '/' },
    });
    const [group] = await client.secretImports.secrets();
    expect(group?.source).toEqual({ environment: 'dev', path: '/mail' });
    expect(
      group?.secrets.map((one) => [one.secretKey, one.secretValue]),
    ).toEqual([['M', 'm']]);
  });

  it('are not replicated without a licence', async () => {
    await expect(
      client.secretImports.create({
        from: { environment: 'dev', path: '/mail' },
        isReplication: true,
      }),
    ).rejects.toMatchObject({ status: 400, operation: 'secretImports.create' });
  });
});

describe('environments', () => {
  it('have a position, and come back after a soft deletion', async () => {
    const qa = await client.environments.create({
      ...{ name: 'QA', slug: 'qa', position: 1 },
    });
    expect(qa.position).toBe(1);
    const slugs = async (): Promise<string[]> =>
      (await client.environments.list()).map(({ slug }) => slug);
    expect(await slugs()).toEqual(['qa', 'dev', 'staging', 'prod']);
    await client.environments.update(qa.id, { position: 2 });
    expect(await slugs()).toEqual(['dev', 'qa', 'staging', 'prod']);
    await client.environments.delete(qa.id);
    expect(await slugs()).not.toContain('qa');
    expect((await client.environments.restore(qa.id)).slug).toBe('qa');
    await client.environments.delete(qa.id, { hardDelete: true });
    await expect(client.environments.restore(qa.id)).rejects.toBeInstanceOf(
      InfisicalNotFoundError,
    );
  });
});

describe('projects', () => {
  it('are changed, protected and deleted', async () => {
    const { id } = await client.projects.create({
      name: 'Second',
      slug: 'second-one',
      hasDeleteProtection: true,
      shouldCreateDefaultEnvs: false,
    });
    const changed = await client.projects.update(id, {
      name: 'Renamed',
      slug: 'second_two',
      description: 'more',
    });
    expect(changed).toMatchObject({
      name: 'Renamed',
      slug: 'second_two',
      description: 'more',
      hasDeleteProtection: true,
      environments: [],
    });
    await expect(client.projects.delete(id)).rejects.toBeInstanceOf(
      InfisicalPermissionError,
    );
    await client.projects.update(id, { hasDeleteProtection: false });
    await client.projects.delete(id);
    await expect(client.projects.get(id)).rejects.toBeInstanceOf(
      InfisicalNotFoundError,
    );
  });

  it('are listed by product', async () => {
    await client.projects.create({ name: 'Keys', type: 'kms' });
    const kms = await client.projects.list({ type: 'kms' });
    expect(kms.map(({ name, type }) => [name, type])).toEqual([
      ['Keys', 'kms'],
    ]);
  });

  it('take users of the organization as members', async () => {
    const members = await client.projects.inviteMembers({
      emails: ['ann@x.io'],
      usernames: ['bob@x.io'],
      roleSlugs: ['admin'],
    });
    expect(members).toHaveLength(2);
    // Who is one already is passed over.
    expect(
      await client.projects.inviteMembers({ emails: ['ann@x.io'] }),
    ).toEqual([]);
    const ann = clientOf({
      auth: { accessToken: emulator.userToken('ann@x.io') },
    });
    expect((await ann.secrets.get('A')).secretValue).toBe('a');
    await ann.close();
  });
});

describe('a project slug', () => {
  const LOOKUP = { path: '/api/v1/projects/slug/*' };
  const bySlug = (): InfisicalClient =>
    clientOf({ projectId: undefined, projectSlug: 'demo' });

  it('is looked up once, also when fifty calls start at once', async () => {
    const own = bySlug();
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        i % 2 ? own.secrets.get('A') : own.folders.list(),
      ),
    );
    expect(all).toHaveLength(50);
    expect(emulator.count(LOOKUP)).toBe(1);
    await own.tags.list();
    expect(emulator.count(LOOKUP)).toBe(1);
    await own.close();
  });

  it('is looked up again after a failure', async () => {
    const own = bySlug();
    emulator.trouble.add({
      ...{ kind: 'error', status: 403, error: 'PermissionDenied', times: 1 },
      ...LOOKUP,
    });
    await expect(own.secrets.list()).rejects.toMatchObject({
      status: 403,
      operation: 'projects.getBySlug',
    });
    expect(await own.secrets.list()).toHaveLength(1);
    await own.close();
  });

  it('is looked up once more when its project was deleted and made anew', async () => {
    const own = bySlug();
    await own.secrets.list();
    await client.projects.delete(PROJECT_ID);
    const anew = await client.projects.create({ name: 'New', slug: 'demo-2' });
    await client.projects.update(anew.id, { slug: 'demo' });
    emulator.clearRequests();
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        own.secrets.create(`N${i}`, { secretValue: 'x' }),
      ),
    );
    expect(made.map(({ workspace }) => workspace)).toEqual(
      Array<string>(20).fill(anew.id),
    );
    expect(emulator.count(LOOKUP)).toBe(1);
    await own.close();
  });

  it('of a project that is gone is not found, and costs one look-up', async () => {
    const own = bySlug();
    await own.secrets.list();
    await client.projects.delete(PROJECT_ID);
    emulator.clearRequests();
    await expect(own.secrets.list()).rejects.toMatchObject({
      constructor: InfisicalNotFoundError,
      operation: 'projects.getBySlug',
    });
    expect(emulator.count(LOOKUP)).toBe(1);
    await own.close();
  });

  it('is not looked up again because a secret is missing', async () => {
    const own = bySlug();
    await own.secrets.list();
    emulator.clearRequests();
    await expect(own.secrets.get('NOPE')).rejects.toBeInstanceOf(
      InfisicalNotFoundError,
    );
    expect(emulator.requests).toHaveLength(1);
    await own.close();
  });

  it('is forgotten when the client itself changes it', async () => {
    await client.secrets.list({ projectSlug: 'demo' });
    await client.projects.update(PROJECT_ID, { slug: 'other' });
    await expect(
      client.secrets.list({ projectSlug: 'demo' }),
    ).rejects.toBeInstanceOf(InfisicalNotFoundError);
    expect(await client.secrets.list({ projectSlug: 'other' })).toHaveLength(1);
  });
});
