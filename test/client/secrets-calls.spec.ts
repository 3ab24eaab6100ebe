import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CallOptions,
  InfisicalClient,
  InfisicalConfigError,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { demoOptions, failureOf, seedWith } from '../support/demo.js';

const ID = '99999999-9999-4999-8999-999999999999';
const SECRET = 'never-to-be-repeated';

let emulator: InfisicalEmulator;
let client: InfisicalClient;

beforeAll(async () => {
  emulator = await InfisicalEmulator.start({ seed: seedWith({ '/': {} }) });
  const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
  client = new InfisicalClient({
    ...{ siteUrl, auth, projectId, environment },
    retry: { attempts: 1 },
  });
  await client.secrets.list();
});

afterAll(async () => {
  await client.close();
  await emulator.stop();
});

type Calls = Record<string, (options: CallOptions) => Promise<unknown>>;

const to = { to: { path: '/b' } };
const from = { from: { environment: 'prod', path: '/' } };

/** Every method around secrets, with arguments that are right. */
const CALLS: Calls = {
  'secrets.list': (o) => client.secrets.list(o),
  'secrets.get': (o) => client.secrets.get('A', o),
  'secrets.getById': (o) => client.secrets.getById(ID, o),
  'secrets.versions': (o) => client.secrets.versions('A', o),
  'secrets.attachToProcessEnv': (o) =>
    client.secrets.attachToProcessEnv({ ...o, env: {} }),
  'secrets.create': (o) =>
    client.secrets.create('A', { ...o, secretValue: SECRET }),
  'secrets.update': (o) =>
    client.secrets.update('A', { ...o, secretValue: SECRET }),
  'secrets.delete': (o) => client.secrets.delete('A', o),
  'secrets.createMany': (o) =>
    client.secrets.createMany([{ secretKey: 'A', secretValue: SECRET }], o),
  'secrets.updateMany': (o) =>
    client.secrets.updateMany([{ secretKey: 'A', secretValue: SECRET }], o),
  'secrets.deleteMany': (o) => client.secrets.deleteMany(['A'], o),
  'secrets.move': (o) => client.secrets.move([ID], { ...o, ...to }),
  'secrets.duplicate': (o) => client.secrets.duplicate([ID], { ...o, ...to }),
  'secrets.attachTags': (o) =>
    client.secrets.attachTags('A', ['t'], { ...o, projectSlug: 'demo' }),
  'secrets.detachTags': (o) =>
    client.secrets.detachTags('A', ['t'], { ...o, projectSlug: 'demo' }),
  'folders.list': (o) => client.folders.list(o),
  'folders.get': (o) => client.folders.get(ID, o),
  'folders.create': (o) => client.folders.create({ ...o, name: 'a' }),
  'folders.update': (o) => client.folders.update(ID, { ...o, name: 'a' }),
  'folders.updateMany': (o) =>
    client.folders.updateMany([{ id: ID, name: 'a' }], o),
  'folders.delete': (o) => client.folders.delete('a', o),
  'secretImports.list': (o) => client.secretImports.list(o),
  'secretImports.get': (o) => client.secretImports.get(ID, o),
  'secretImports.secrets': (o) => client.secretImports.secrets(o),
  'secretImports.create': (o) => client.secretImports.create({ ...o, ...from }),
  'secretImports.update': (o) =>
    client.secretImports.update(ID, { ...o, position: 1 }),
  'secretImports.delete': (o) => client.secretImports.delete(ID, o),
  'environments.list': (o) => client.environments.list(o),
  'environments.get': (o) => client.environments.get(ID, o),
  'environments.create': (o) =>
    client.environments.create({ ...o, name: 'QA', slug: 'qa' }),
  'environments.update': (o) =>
    client.environments.update(ID, { ...o, name: 'QA' }),
  'environments.delete': (o) => client.environments.delete(ID, o),
  'environments.restore': (o) => client.environments.restore(ID, o),
  'projects.list': (o) => client.projects.list(o),
  'projects.get': (o) => client.projects.get(ID, o),
  'projects.getBySlug': (o) => client.projects.getBySlug('demo', o),
  'projects.create': (o) => client.projects.create({ ...o, name: 'P' }),
  'projects.update': (o) => client.projects.update(ID, { ...o, name: 'P' }),
  'projects.delete': (o) => client.projects.delete(ID, o),
  'projects.inviteMembers': (o) =>
    client.projects.inviteMembers({ ...o, emails: ['a@b.io'] }),
  'tags.list': (o) => client.tags.list(o),
  'tags.get': (o) => client.tags.get(ID, o),
  'tags.getBySlug': (o) => client.tags.getBySlug('t', o),
  'tags.create': (o) => client.tags.create({ ...o, slug: 't' }),
  'tags.update': (o) => client.tags.update(ID, { ...o, slug: 't' }),
  'tags.delete': (o) => client.tags.delete(ID, o),
};

const rows = Object.entries(CALLS).map(([operation, call]) => ({
  operation,
  call,
}));

describe('every method around secrets', () => {
  it('is in the table', () => {
    const apis = ['secrets', 'folders', 'secretImports', 'environments', 'projects', 'tags'] as const; // prettier-ignore
    const methods = apis.flatMap((api) =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(client[api]) as object)
        .map((method) => `${api}.${method}`)
        // Of the module, and the inner ones.
        .filter((name) => !/\.(constructor|listConditionally)$/.test(name)),
    );
    const inner = ['current', 'retag', 'transferPlaces', 'one', 'at', 'changed', 'onVersion', 'write']; // prettier-ignore
    expect(
      methods.filter((name) => !inner.includes(name.split('.')[1] ?? '')),
    ).toEqual(expect.arrayContaining(Object.keys(CALLS)));
    expect(
      methods.filter(
        (name) => !(name in CALLS) && !inner.includes(name.split('.')[1] ?? ''),
      ),
    ).toEqual([]);
  });

  it.each(rows)('$operation refuses an unknown option', async (row) => {
    emulator.clearRequests();
    const error = await failureOf(row.call({ nope: 1 } as CallOptions));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toContain(`${row.operation} has no option "nope"`);
    expect(emulator.requests).toHaveLength(0);
  });

  it.each(rows)('$operation refuses a wrong deadline', async (row) => {
    const call = row.call({ timeout: 'soon' });
    await expect(call).rejects.toThrow(
      `${row.operation}: timeout must be a duration`,
    );
  });

  it.each(rows)('$operation ends with its signal', async (row) => {
    emulator.clearRequests();
    const reason = new Error('enough');
    const call = row.call({ signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toBe(reason);
    expect(emulator.requests).toHaveLength(0);
  });

  it.each(rows)('$operation is named in its errors', async (row) => {
    const trouble = emulator.trouble.add({ kind: 'error', status: 500 });
    const error = await failureOf(row.call({}));
    trouble.end();
    expect(error).toMatchObject({ operation: row.operation, status: 500 });
    expect(error.message).not.toContain(SECRET);
  });

  it.each(rows)('$operation has its own deadline', async (row) => {
    const trouble = emulator.trouble.add({ kind: 'hang' });
    const error = await failureOf(row.call({ timeout: 5 }));
    trouble.end();
    expect(error).toMatchObject({
      name: 'InfisicalTimeoutError',
      operation: row.operation,
      timeoutMs: 5,
    });
  });
});

describe('arguments that cannot be right', () => {
  const wrong = (value: unknown): never => value as never;
  const refusals: [string, string, () => Promise<unknown>][] = [
    ['a path as a name', 'secrets.get: name must be a secret name', () => client.secrets.get('mail/A')],
    ['a reference as a name', 'secrets.get: name must be', () => client.secrets.get('a:b')],
    ['no name', 'secrets.update: name must be', () => client.secrets.update('', {})],
    ['the name of a route', '"batch", "move" and "duplicate" can be written by', () => client.secrets.delete('batch')],
    ['no value', 'secrets.create: secretValue must be a string; got nothing', () => client.secrets.create('A', wrong({}))],
    ['a value of a number', 'secrets.create: secretValue must be a string; got a number', () => client.secrets.create('A', { secretValue: wrong(7) })],
    ['no options', 'secrets.create: its options must be an object', () => client.secrets.create('A', wrong(null))],
    ['a long note', 'secretReminderNote must be a non-empty string of at most 1024 characters, or null', () => client.secrets.update('A', { secretReminderNote: 'x'.repeat(1025) })],
    ['no day', 'secretReminderRepeatDays must be a whole number of at least 1, or null', () => client.secrets.update('A', { secretReminderRepeatDays: 0 })],
    ['recipients of a new secret', 'has no option "secretReminderRecipients"', () => client.secrets.create('A', wrong({ secretValue: '', secretReminderRecipients: ['x'] }))],
    ['half a pair', 'secretMetadata must be an array of { key, value', () => client.secrets.update('A', { secretMetadata: wrong([{ key: 'a' }]) })],
    ['an item that is none', 'secrets.createMany: secrets[1] must be an object with', () => client.secrets.createMany([{ secretKey: 'A', secretValue: '' }, wrong(SECRET)])],
    ['an item without a value', 'secrets.createMany: secrets[1].secretValue must be a string; got nothing', () => client.secrets.createMany([{ secretKey: 'A', secretValue: '' }, wrong({ secretKey: 'B' })])],
    ['an item with a wrong value', 'secrets.updateMany: secrets[0].secretValue must be a string; got an object', () => client.secrets.updateMany([{ secretKey: 'A', secretValue: wrong({ SECRET }) }])],
    ['an item with an unknown field', 'has no option "secrets[0].value"', () => client.secrets.createMany([wrong({ secretKey: 'A', value: SECRET })])],
    ['a wrong name in a batch', 'secrets.deleteMany: names[1] must be a secret name', () => client.secrets.deleteMany(['A', 'a/b'])],
    ['no list', 'secrets.deleteMany: names must be an array; got a string', () => client.secrets.deleteMany(wrong('A'))],
    ['no destination', 'secrets.move: to must be an object with environment, path', () => client.secrets.move([ID], wrong({}))],
    ['no ids', 'secretIds must be an array of at least one secret ids', () => client.secrets.move([], to)],
    ['too many ids', 'secretIds must be an array of 1 to 50 secret ids', () => client.secrets.duplicate(Array<string>(51).fill(ID), to)],
    ['a filter that the grammar cannot hold', 'metadataFilter must be an array of 1 to 10 pairs', () => client.secrets.list({ metadataFilter: [{ key: 'a', value: 'b|c' }] })],
    ['too many pairs', 'metadataFilter must be an array of 1 to 10 pairs', () => client.secrets.list({ metadataFilter: Array.from({ length: 11 }, () => ({ key: 'a', value: 'b' })) })],
    ['a page of nothing', 'limit must be a whole number from 1 to 100', () => client.secrets.versions('A', { limit: 0 })],
    ['neither name nor id', 'secret must be a name, or an object with an id', () => client.secrets.versions(wrong(7))],
    ['an id that leads away', 'secretId must not be "."', () => client.secrets.getById('..')],
    ['a folder name with a slash', 'folders.create: name must be a folder name', () => client.folders.create({ name: 'a/b' })],
    ['no date', 'lastSecretModified must be a Date', () => client.folders.list({ lastSecretModified: '2026-01-01' })],
    ['folders without ids', 'folders.updateMany: folders[0].id must be a non-empty string; got nothing', () => client.folders.updateMany([wrong({ name: 'a' })])],
    ['half a source', 'secretImports.create: from.environment must be', () => client.secretImports.create({ from: wrong({ path: '/' }) })],
    ['position nought', 'position must be a whole number of at least 1', () => client.environments.create({ name: 'a', slug: 'a', position: 0 })],
    ['a slug in capitals', 'environments.create: slug must be a slug', () => client.environments.create({ name: 'a', slug: 'QA' })],
    ['a short slug', 'slug must be a slug: 5 to 36', () => client.projects.create({ name: 'a', slug: 'abcd' })],
    ['nobody', 'emails or usernames must be an array of at least one users', () => client.projects.inviteMembers({})],
    ['no tag', 'tags.create: slug must be', () => client.tags.create(wrong({}))],
  ]; // prettier-ignore

  it.each(refusals)('%s: %s', async (_what, text, call) => {
    emulator.clearRequests();
    const error = await failureOf(call());
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toContain(text);
    expect(error.message).not.toContain(SECRET);
    expect(emulator.requests).toHaveLength(0);
  });
});
