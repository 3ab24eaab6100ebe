import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InfisicalClient, InfisicalHttpError } from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import {
  demoOptions,
  failureOf,
  PROJECT_ID,
  seedWith,
} from '../support/demo.js';
import { RewritingTransport, setAt } from '../support/rewriting-transport.js';

const VALUE = 'a-value-that-must-not-show';

let emulator: InfisicalEmulator;
let transport: RewritingTransport;
let client: InfisicalClient;
/** Ids of what the tests read. */
const ids: Record<'secret' | 'folder' | 'env' | 'tag' | 'imported', string> = {
  secret: '',
  folder: '',
  env: '',
  tag: '',
  imported: '',
};
let count = 0;
/** A name that is not taken. */
const fresh = (): string => `N${++count}`;

beforeAll(async () => {
  emulator = await InfisicalEmulator.start({
    seed: seedWith({ '/': { A: VALUE }, '/mail': { M: VALUE } }),
  });
  transport = new RewritingTransport(emulator.url);
  const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
  client = new InfisicalClient({
    ...{ siteUrl, auth, projectId, environment },
    transport,
  });
  const tag = await client.tags.create({ slug: 'blue', color: '#00f' });
  await client.secrets.update('A', {
    tagIds: [tag.id],
    secretMetadata: [{ key: 'owner', value: 'a' }],
  });
  const one = await client.secretImports.create({
    from: { environment: 'dev', path: '/mail' },
  });
  const [folder] = await client.folders.list();
  const [environment_] = await client.environments.list();
  ids.secret = (await client.secrets.get('A')).id;
  ids.folder = folder?.id ?? '';
  ids.env = environment_?.id ?? '';
  ids.tag = tag.id;
  ids.imported = one.id;
});

afterAll(async () => {
  await client.close();
  await emulator.stop();
});

/** Fields of every secret, with a value of the wrong kind for each. */
const RAW = {
  id: 7,
  secretKey: 7,
  secretValue: 7,
  secretComment: 7,
  environment: 7,
  workspace: 7,
  version: '1',
  type: 'secret',
};
const DATES = { createdAt: 'yesterday', updatedAt: 7 };
const HIDDEN = { secretValueHidden: 'true' };
const PLACE = { secretPath: 7 };
const FOLDER = { id: 7, name: 7, ...DATES };
const ENVIRONMENT = { id: 7, name: 7, slug: 7 };
const TAG = { id: 7, slug: 7 };
const IMPORT = { id: 7, importPath: 7, importEnv: [], position: 'first' };
const PROJECT = { id: 7, name: 7, slug: 7, orgId: 7, environments: {} };

interface Reading {
  readonly operation: string;
  /** Where the fields stand in the answer. */
  readonly at: string;
  /** What must be there, with a value of the wrong kind. */
  readonly required: object;
  /** What may be missing or null, with a value of the wrong kind. */
  readonly optional?: object;
  readonly call: () => Promise<unknown>;
}

const write = { secretValue: VALUE };
const OPTIONAL = {
  skipMultilineEncoding: 'no',
  secretReminderNote: 7,
  secretReminderRepeatDays: '7',
};
const MORE = { tags: 7, secretMetadata: 7 };

const READINGS: Reading[] = [
  {
    operation: 'secrets.list',
    at: 'secrets[0].',
    required: { ...RAW, ...DATES, ...HIDDEN },
    optional: { ...OPTIONAL, ...MORE, ...PLACE },
    call: () => client.secrets.list(),
  },
  {
    operation: 'secrets.list',
    at: 'imports[0].secrets[0].',
    required: { ...RAW, ...HIDDEN },
    optional: { ...OPTIONAL, secretMetadata: 7 },
    call: () => client.secrets.list(),
  },
  {
    operation: 'secrets.list',
    at: 'imports[0].',
    required: { ...PLACE, environment: 7, secrets: {} },
    call: () => client.secrets.list(),
  },
  {
    operation: 'secrets.list',
    at: '',
    required: { secrets: {} },
    optional: { imports: {} },
    call: () => client.secrets.list(),
  },
  {
    operation: 'secrets.get',
    at: 'secret.',
    required: { ...RAW, ...DATES, ...HIDDEN, ...PLACE },
    optional: { ...OPTIONAL, ...MORE },
    call: () => client.secrets.get('A'),
  },
  {
    operation: 'secrets.get',
    at: 'secret.tags[0].',
    required: TAG,
    optional: { color: 7 },
    call: () => client.secrets.get('A'),
  },
  {
    operation: 'secrets.get',
    at: 'secret.secretMetadata[0].',
    required: { key: 7 },
    optional: { value: 7, isEncrypted: 'no' },
    call: () => client.secrets.get('A'),
  },
  {
    operation: 'secrets.getById',
    at: 'secret.',
    required: { ...RAW, ...DATES, ...PLACE },
    call: () => client.secrets.getById(ids.secret),
  },
  {
    operation: 'secrets.create',
    at: 'secret.',
    required: { ...RAW, ...DATES },
    call: () => client.secrets.create(fresh(), write),
  },
  {
    operation: 'secrets.update',
    at: 'secret.',
    required: { ...RAW, ...DATES, ...HIDDEN },
    call: () => client.secrets.update('A', write),
  },
  {
    operation: 'secrets.createMany',
    at: 'secrets[0].',
    required: { ...RAW, ...DATES },
    call: () => client.secrets.createMany([{ secretKey: fresh(), ...write }]),
  },
  {
    operation: 'secrets.updateMany',
    at: 'secrets[0].',
    required: { ...RAW, ...DATES, ...HIDDEN },
    call: () => client.secrets.updateMany([{ secretKey: 'A', ...write }]),
  },
  {
    operation: 'folders.list',
    at: 'folders[0].',
    required: FOLDER,
    optional: { description: 7, lastSecretModified: 'soon' },
    call: () => client.folders.list(),
  },
  {
    operation: 'folders.get',
    at: 'folder.',
    required: { ...FOLDER, path: 7, environment: 'dev' },
    call: () => client.folders.get(ids.folder),
  },
  {
    operation: 'folders.create',
    at: 'folder.',
    required: { ...FOLDER, path: 7 },
    call: () => client.folders.create({ name: fresh() }),
  },
  {
    operation: 'environments.list',
    at: 'project.environments[0].',
    required: ENVIRONMENT,
    call: () => client.environments.list(),
  },
  {
    operation: 'environments.get',
    at: 'environment.',
    required: ENVIRONMENT,
    optional: { position: '1' },
    call: () => client.environments.get(ids.env),
  },
  {
    operation: 'projects.list',
    at: 'projects[0].',
    required: PROJECT,
    optional: { description: 7, type: 7, hasDeleteProtection: 'no' },
    call: () => client.projects.list(),
  },
  {
    operation: 'projects.get',
    at: 'project.',
    required: PROJECT,
    call: () => client.projects.get(PROJECT_ID),
  },
  {
    operation: 'projects.getBySlug',
    at: '',
    required: PROJECT,
    call: () => client.projects.getBySlug('demo'),
  },
  {
    operation: 'tags.get',
    at: 'tag.',
    required: TAG,
    optional: { color: 7 },
    call: () => client.tags.get(ids.tag),
  },
  {
    operation: 'secretImports.list',
    at: 'secretImports[0].',
    required: IMPORT,
    optional: { isReplication: 'no', replicationStatus: 7 },
    call: () => client.secretImports.list(),
  },
  {
    operation: 'secretImports.get',
    at: 'secretImport.',
    required: { ...IMPORT, ...PLACE, environment: 'dev' },
    call: () => client.secretImports.get(ids.imported),
  },
  {
    operation: 'secretImports.secrets',
    at: 'secrets[0].secrets[0].',
    required: { ...RAW },
    call: () => client.secretImports.secrets(),
  },
];

const damages = READINGS.flatMap(
  ({ operation, at, required, optional, call }) => [
    ...Object.entries(required).flatMap(([field, wrong]) =>
      [undefined, null, wrong].map((value: unknown) => ({
        operation,
        field: at + field,
        value,
        call,
      })),
    ),
    ...Object.entries(optional ?? {}).map(
      ([field, value]: [string, unknown]) => ({
        operation,
        field: at + field,
        value,
        call,
      }),
    ),
  ],
);

const gaps = READINGS.flatMap(({ operation, at, optional, call }) =>
  Object.keys(optional ?? {}).flatMap((field) =>
    [undefined, null].map((value) => ({
      operation,
      field: at + field,
      value,
      call,
    })),
  ),
);

describe('a damaged answer', () => {
  it.each(damages)(
    '$operation with $field: $value',
    async ({ operation, field, value, call }) => {
      transport.rewrite = (body) => setAt(body, field, value);
      const error = await failureOf(call());
      expect(error).toBeInstanceOf(InfisicalHttpError);
      expect(error).toMatchObject({
        code: 'UnreadableAnswer',
        status: 200,
        operation,
        retryable: false,
      });
      expect(error.message).toContain(`"${field}" must be`);
      expect(inspect(error)).not.toContain(VALUE);
    },
  );

  it.each(gaps)(
    '$operation does without $field: $value',
    async ({ field, value, call }) => {
      transport.rewrite = (body) => setAt(body, field, value);
      await expect(call()).resolves.toBeDefined();
    },
  );

  it('is no answer at all', async () => {
    transport.rewrite = (body) => {
      for (const key of Object.keys(body)) delete body[key];
    };
    await expect(client.secrets.get('A')).rejects.toMatchObject({
      code: 'UnreadableAnswer',
      operation: 'secrets.get',
    });
  });
});

describe('an answer without the flag of hidden values', () => {
  const forget = (body: Record<string, unknown>): void => {
    for (const secret of [body.secret, body.secrets].flat()) {
      if (secret)
        delete (secret as { secretValueHidden?: unknown }).secretValueHidden;
    }
  };

  it('is a readable one of an old v3 server', async () => {
    const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
    const old = new InfisicalClient({
      ...{ siteUrl, auth, projectId, environment, transport },
      apiVersion: 'v3',
    });
    transport.rewrite = forget;
    const secret = await old.secrets.get('M', { path: '/mail' });
    expect([secret.secretValue, secret.secretValueHidden]).toEqual([
      VALUE,
      false,
    ]);
  });

  it('still tells the placeholder from a value', async () => {
    transport.rewrite = ({ secret }) =>
      Object.assign(secret as object, { secretValue: '<hidden-by-infisical>' });
    const secret = await client.secrets.getById(ids.secret);
    expect(secret.secretValueHidden).toBe(true);
  });
});
