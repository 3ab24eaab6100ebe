import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalValidationError,
  PartialBatchError,
} from 'nestjs-infisical';
import {
  type EmulatorSeed,
  InfisicalEmulator,
  type InfisicalEmulatorOptions,
} from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import { cutBatches } from '../../lib/client/secret-batch.js';
import { demoOptions, failureOf, seedWith } from '../support/demo.js';
import { RewritingTransport } from '../support/rewriting-transport.js';

let emulator: InfisicalEmulator;
let client: InfisicalClient;

function clientOf(more: InfisicalClientOptions = {}): InfisicalClient {
  const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
  return new InfisicalClient({
    ...{ siteUrl, auth, projectId, environment },
    ...more,
  });
}

async function start(
  options: InfisicalEmulatorOptions = {},
  seed: EmulatorSeed = seedWith({ '/': { A: 'a' }, '/mail': { M: 'm' } }),
): Promise<void> {
  emulator = await InfisicalEmulator.start({ seed, ...options });
  client = clientOf();
}

afterEach(async () => {
  await client.close();
  await emulator.stop();
});

describe.each(['v4', 'v3'] as const)('writing secrets on %s', (secretsApi) => {
  beforeEach(() => start({ secretsApi }));

  it('sends every field, and reads them back', async () => {
    const tag = await client.tags.create({ slug: 'blue' });
    const created = await client.secrets.create('FULL', {
      secretValue: 'value',
      secretComment: 'why',
      secretMetadata: [{ key: 'team', value: 'a' }],
      tagIds: [tag.id],
      skipMultilineEncoding: true,
      secretReminderNote: 'look',
      secretReminderRepeatDays: 30,
    });
    expect(created).toMatchObject({
      secretReminderNote: 'look',
      secretReminderRepeatDays: 30,
    });
    await client.secrets.update('FULL', {
      newSecretName: 'RENAMED',
      secretComment: 'because',
      secretReminderNote: null,
      secretReminderRepeatDays: null,
      secretReminderRecipients: ['someone'],
    });
    const read = await client.secrets.get('RENAMED');
    expect(read).toMatchObject({
      secretValue: 'value',
      secretComment: 'because',
      secretMetadata: [{ key: 'team', value: 'a', isEncrypted: false }],
      skipMultilineEncoding: true,
      version: 2,
      tags: [{ slug: 'blue' }],
    });
    expect(read.secretReminderNote).toBeUndefined();
    expect(read.secretReminderRepeatDays).toBeUndefined();
    expect(inspect(read)).not.toMatch(/because|look|team/);
  });

  it('moves secrets, and says what changed', async () => {
    const { id } = await client.secrets.get('A');
    const moved = await client.secrets.move([id], { to: { path: 'mail/' } });
    expect(moved).toEqual({
      isSourceUpdated: true,
      isDestinationUpdated: true,
    });
    const there = await client.secrets.get('A', { path: '/mail' });
    expect(there.secretValue).toBe('a');
  });

  it('puts tags on a secret and takes them off', async () => {
    await client.tags.create({ slug: 'blue' });
    await client.tags.create({ slug: 'red' });
    const slugs = async (
      work: Promise<{ slug: string }[]>,
    ): Promise<string[]> => (await work).map(({ slug }) => slug).sort();
    expect(
      await slugs(client.secrets.attachTags('A', ['blue', 'red'])),
    ).toEqual(['blue', 'red']);
    expect(await slugs(client.secrets.detachTags('A', ['blue']))).toEqual([
      'red',
    ]);
    await expect(
      client.secrets.attachTags('A', ['red']),
    ).rejects.toBeInstanceOf(InfisicalValidationError);
  });

  it('changes secrets of several folders, and tells each where it is', async () => {
    await client.secrets.create('SAME', { secretValue: '1' });
    await client.secrets.create('SAME', { secretValue: '2', path: '/mail' });
    const changed = await client.secrets.updateMany([
      { secretKey: 'A', secretValue: 'b' },
      { secretKey: 'M', secretValue: 'n', path: '/mail', newSecretName: 'N' },
      { secretKey: 'SAME', secretValue: '3' },
      { secretKey: 'SAME', secretValue: '4', path: 'mail' },
    ]);
    expect(
      changed
        .map((one) => `${one.secretPath}:${one.secretKey}=${one.secretValue}`)
        .sort(),
    ).toEqual(['/:A=b', '/:SAME=3', '/mail:N=n', '/mail:SAME=4']);
  });

  it('does not lose what earlier requests of a batch wrote', async () => {
    const items = Array.from({ length: 250 }, (_, i) => ({
      secretKey: `KEY_${i}`,
      secretValue: `confidential-${i}`,
    }));
    items[220] = { secretKey: 'A', secretValue: 'taken' };
    const error = await failureOf(client.secrets.createMany(items));
    expect(error).toBeInstanceOf(PartialBatchError);
    const { written, index, cause, operation } = error as PartialBatchError;
    expect([written.length, index, operation]).toEqual([
      200,
      200,
      'secrets.createMany',
    ]);
    expect(written[199]?.secretKey).toBe('KEY_199');
    expect(cause).toBeInstanceOf(InfisicalValidationError);
    expect(error.message).toContain('stopped at [200]');
    expect(inspect(error, { depth: 9 })).not.toContain('confidential');
    // What it says is true, and the rest can be sent again.
    const rest = items
      .slice(index)
      .filter(({ secretKey }) => secretKey !== 'A');
    await client.secrets.createMany(rest);
    expect(await client.secrets.list()).toHaveLength(250);
  });
});

describe('batches', () => {
  beforeEach(() => start());

  it('are cut so that no body is larger than 1 MiB', async () => {
    const items = Array.from({ length: 5 }, (_, i) => ({
      secretKey: `BIG_${i}`,
      secretValue: 'ü'.repeat(200_000),
    }));
    emulator.clearRequests();
    expect(await client.secrets.createMany(items)).toHaveLength(5);
    expect(emulator.count({ path: '/api/v4/secrets/batch' })).toBe(3);
  });

  it('are cut to the byte', () => {
    const item = (size: number) => ({
      path: '/',
      // 16 bytes of frame and the comma.
      body: { secretKey: 'x'.repeat(size - 17) },
    });
    const lengths = (sizes: number[], frame: number): number[] =>
      cutBatches(sizes.map(item), frame).map(({ items }) => items.length);
    const MIB = 1_048_576;
    expect(lengths([MIB / 2, MIB / 2], 0)).toEqual([2]);
    expect(lengths([MIB / 2, MIB / 2], 1)).toEqual([1, 1]);
    expect(lengths([2 * MIB, 100, 100], 0)).toEqual([1, 2]);
    expect(lengths(Array<number>(101).fill(100), 0)).toEqual([100, 1]);
    expect(lengths([], 0)).toEqual([]);
  });

  it('of nothing send nothing', async () => {
    emulator.clearRequests();
    expect(await client.secrets.createMany([])).toEqual([]);
    expect(emulator.requests).toHaveLength(0);
  });

  it('tell when a policy wants an approval', async () => {
    const transport = new RewritingTransport(emulator.url);
    transport.rewrite = (body) => {
      delete body.secrets;
      body.approval = { id: 'x', slug: 'y' };
    };
    const guarded = clientOf({ transport });
    await expect(guarded.secrets.deleteMany(['A'])).rejects.toMatchObject({
      code: 'ApprovalRequired',
      operation: 'secrets.deleteMany',
    });
    await guarded.close();
  });
});

describe('secrets.duplicate', () => {
  it('copies, and leaves out what is not wanted', async () => {
    await start();
    await client.secrets.update('A', { secretComment: 'why' });
    const { id } = await client.secrets.get('A');
    const [copy] = await client.secrets.duplicate([id], {
      to: { path: '/mail' },
      attributesToCopy: { comment: false },
    });
    expect(copy).toMatchObject({ sourceSecretId: id, sourceSecretKey: 'A' });
    const there = await client.secrets.getById(copy?.destinationSecretId ?? '');
    expect(there).toMatchObject({
      secretPath: '/mail',
      secretValue: 'a',
      secretComment: '',
    });
    expect((await client.secrets.get('A')).secretComment).toBe('why');
  });

  it.each([
    // There the route belongs to a secret of that name.
    ['early-v4', 422, '/api/v4/secrets/A'],
    ['v3', 404, '/api/v3/secrets/raw/A'],
  ] as const)('is refused by %s (%s)', async (secretsApi, status, path) => {
    await start({ secretsApi });
    const { id } = await client.secrets.get('A');
    await expect(
      client.secrets.duplicate([id], { to: { path: '/mail' } }),
    ).rejects.toMatchObject({ status, operation: 'secrets.duplicate' });
    emulator.clearRequests();
    await client.secrets.get('A');
    expect(emulator.requests[0]?.path).toBe(path);
  });
});
