import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CreateKmsKeyOptions,
  type ImportKmsKey,
  InfisicalClient,
  InfisicalConfigError,
  InfisicalHttpError,
  InfisicalNotFoundError,
  InfisicalValidationError,
  Redacted,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { demoOptions, failureOf, PROJECT_ID } from '../support/demo.js';
import { UNKNOWN_ID } from '../support/kms.js';

let emulator: InfisicalEmulator;
let client: InfisicalClient;

async function start(kms?: 'k1' | 'k2' | 'k3'): Promise<void> {
  emulator = await InfisicalEmulator.start({ kms });
  const { siteUrl, auth, projectId } = demoOptions(emulator);
  client = new InfisicalClient({ siteUrl, auth, projectId });
}

async function stop(): Promise<void> {
  await client.close();
  await emulator.stop();
}

beforeEach(() => start());
afterEach(stop);

/** Fails with the text before anything is sent. */
async function refused(
  work: () => Promise<unknown>,
  text: string | RegExp,
): Promise<void> {
  const before = emulator.requests.length;
  const error = await failureOf(work());
  expect(error).toBeInstanceOf(InfisicalConfigError);
  expect(error.message).toMatch(text);
  expect(emulator.requests).toHaveLength(before);
}

const signer = {
  name: 'signer',
  keyUsage: 'sign-verify',
  encryptionAlgorithm: 'ECC_NIST_P256',
} as const;

describe('a key', () => {
  it('has everything the server tells of it', async () => {
    const key = await client.kms.keys.create({
      name: 'app',
      description: 'd',
      isExportable: false,
    });
    expect(key).toEqual({
      id: expect.any(String) as unknown,
      name: 'app',
      description: 'd',
      projectId: PROJECT_ID,
      orgId: expect.any(String) as unknown,
      keyUsage: 'encrypt-decrypt',
      encryptionAlgorithm: 'aes-256-gcm',
      version: 1,
      isDisabled: false,
      isExportable: false,
      createdAt: expect.any(Date) as unknown,
      updatedAt: expect.any(Date) as unknown,
    });
    expect(await client.kms.keys.get(key.id)).toEqual(key);
    expect(await client.kms.keys.getByName('app')).toEqual(key);
    expect((await client.kms.keys.rotate(key.id)).version).toBe(2);
    expect(
      await client.kms.keys.update(key.id, { name: 'other', description: '' }),
    ).toMatchObject({ name: 'other', version: 2 });
    expect((await client.kms.keys.delete(key.id)).name).toBe('other');
    await expect(client.kms.keys.get(key.id)).rejects.toMatchObject({
      constructor: InfisicalNotFoundError,
      operation: 'kms.keys.get',
    });
  });

  it('is created by usage and algorithm that go together', async () => {
    const create = (options: Partial<CreateKmsKeyOptions>) => () =>
      client.kms.keys.create({ name: 'k', ...options });
    await refused(
      create({ keyUsage: 'sign-verify' }),
      /a key for sign-verify needs encryptionAlgorithm to be one of RSA_4096, ECC_NIST_P256/,
    );
    await refused(
      create({ encryptionAlgorithm: 'RSA_4096' }),
      /a key for encrypt-decrypt needs .*aes-256-gcm, aes-128-gcm; RSA_4096 goes with keyUsage "sign-verify"/,
    );
    await refused(
      create({ keyUsage: 'generate-verify-mac' }),
      /needs encryptionAlgorithm to be one of HMAC_SHA_1/,
    );
    await refused(
      create({ keyUsage: 'wrap' as never }),
      /keyUsage must be one of "encrypt-decrypt"/,
    );
    await refused(
      create({ encryptionAlgorithm: 'DES' as never }),
      /encryptionAlgorithm must be one of "aes-256-gcm"/,
    );
    const key = await client.kms.keys.create({
      name: 'small',
      encryptionAlgorithm: 'aes-128-gcm',
    });
    expect(key.encryptionAlgorithm).toBe('aes-128-gcm');
  });

  it.each([
    ['My-Key'],
    ['a_b'],
    ['a--b'],
    ['-a'],
    [''],
    ['é'],
    ['a'.repeat(33)],
  ])('is not created as %j', async (name) => {
    await refused(
      () => client.kms.keys.create({ name }),
      /kms.keys.create: name must be a slug/,
    );
  });

  it('is refused with what the call does not know', async () => {
    const { keys } = client.kms;
    await refused(
      () => keys.create({ name: 'k', usage: 'sign' } as CreateKmsKeyOptions),
      'kms.keys.create has no option "usage"',
    );
    await refused(
      () => keys.create({ name: 'k', description: 'x'.repeat(501) }),
      'description must be a string of at most 500 characters',
    );
    await refused(
      () => keys.get('app'),
      "kms.keys.get: the key must be the key's id (a UUID): keys.getByName finds it by name",
    );
    await refused(() => keys.getByName('No Slug'), 'the name must be');
    await refused(
      () => keys.update(UNKNOWN_ID, {}),
      'kms.keys.update has nothing to change',
    );
    await refused(
      () => keys.update(UNKNOWN_ID, { isDisabled: 'true' as never }),
      'isDisabled must be true or false; got a string',
    );
    await refused(() => keys.list({ limit: 101 }), 'from 1 to 100');
    await refused(() => keys.list({ offset: -1 }), 'offset must be');
    await refused(
      () => keys.list({ orderBy: 'id' as never }),
      'orderBy must be one of "name"',
    );
  });
});

describe('the list of keys', () => {
  const names = Array.from(
    { length: 205 },
    (_, index) => `k-${String(index).padStart(3, '0')}`,
  );

  beforeEach(async () => {
    const one = (name: string): ImportKmsKey => ({
      name,
      keyUsage: 'encrypt-decrypt',
      encryptionAlgorithm: 'aes-256-gcm',
      keyMaterial: Buffer.alloc(32, 1),
    });
    for (let from = 0; from < names.length; from += 100) {
      const keys = names.slice(from, from + 100).map(one);
      await client.kms.keys.importMany({ keys });
    }
    emulator.clearRequests();
  });

  it('comes in pages and parts', async () => {
    const { keys, totalCount } = await client.kms.keys.list({
      offset: 1,
      limit: 2,
      orderBy: 'name',
      orderDirection: 'desc',
      search: 'k-0',
    });
    expect(keys.map(({ name }) => name)).toEqual(['k-098', 'k-097']);
    expect(totalCount).toBe(100);
    expect(await client.kms.keys.list({ offset: 500 })).toEqual({
      keys: [],
      totalCount: 0,
    });
  });

  it('can be walked through', async () => {
    const seen: string[] = [];
    for await (const { name } of client.kms.keys.all()) seen.push(name);
    expect(seen).toEqual(names);
    expect(emulator.count({ path: '/api/v1/kms/keys' })).toBe(3);
  });

  it('is read no further than it is walked', async () => {
    for await (const { name } of client.kms.keys.all({ search: 'k-1' })) {
      if (name === 'k-150') break;
    }
    expect(emulator.count({ path: '/api/v1/kms/keys' })).toBe(1);
    const walk = client.kms.keys.all({ limit: 3 } as object);
    await refused(() => walk.next(), 'kms.keys.all has no option "limit"');
  });
});

describe('the material of keys', () => {
  it('comes out as bytes that print nothing', async () => {
    const { id } = await client.kms.keys.create({ name: 'aes' });
    const key = await client.kms.keys.exportPrivateKey(id);
    expect(key).toBeInstanceOf(Redacted);
    expect(key.reveal()).toHaveLength(32);
    const printed = inspect(key) + JSON.stringify(key) + String(key);
    expect(printed).not.toContain(key.reveal().toString('base64'));
    expect(printed).toContain('[redacted]');
  });

  it('of asymmetric keys belongs to their public key', async () => {
    const { id } = await client.kms.keys.create(signer);
    const pem = (await client.kms.keys.exportPrivateKey(id)).reveal();
    const own = createPublicKey(createPrivateKey(pem.toString()));
    const spki = own.export({ format: 'der', type: 'spki' });
    expect(await client.kms.keys.publicKey(id)).toEqual(spki);
    const [exported] = await client.kms.keys.exportPrivateKeys([id, id]);
    expect(exported).toMatchObject({
      keyId: id,
      name: 'signer',
      keyUsage: 'sign-verify',
      algorithm: 'ECC_NIST_P256',
      publicKey: spki,
    });
    expect(exported?.privateKey.reveal()).toEqual(pem);
    expect(inspect(exported)).not.toContain('PRIVATE KEY');
  });

  it('goes from one project to another', async () => {
    const made = [
      await client.kms.keys.create({ name: 'aes' }),
      await client.kms.keys.create(signer),
    ];
    const ciphertext = await client.kms.encrypt('aes', 'kept');
    const exported = await client.kms.keys.exportPrivateKeys(
      made.map(({ id }) => id),
    );
    expect(exported.map(({ name }) => name).sort()).toEqual(['aes', 'signer']);
    for (const { id } of made) await client.kms.keys.delete(id);
    const { keys, errors } = await client.kms.keys.importMany({
      keys: exported.map(({ name, keyUsage, algorithm, privateKey }) => ({
        name,
        keyUsage,
        encryptionAlgorithm: algorithm as ImportKmsKey['encryptionAlgorithm'],
        keyMaterial: privateKey,
      })),
    });
    expect(errors).toEqual([]);
    expect(keys.map(({ name }) => name).sort()).toEqual(['aes', 'signer']);
    const fresh = keys.find(({ name }) => name === 'aes');
    const opened = await client.kms.decrypt(fresh?.id ?? '', ciphertext);
    expect(opened.toString()).toBe('kept');
  });

  it('that the server cannot take is told key by key', async () => {
    const one = {
      name: 'twice',
      keyUsage: 'encrypt-decrypt',
      encryptionAlgorithm: 'aes-256-gcm',
      keyMaterial: randomBytes(32),
    } as const;
    const { keys, errors } = await client.kms.keys.importMany({
      keys: [one, one],
    });
    expect(keys).toHaveLength(1);
    expect(errors).toEqual([
      { name: 'twice', message: expect.stringContaining('twice') as unknown },
    ]);
  });

  it('is held to its length before it is sent', async () => {
    const one: ImportKmsKey = {
      name: 'k',
      keyUsage: 'encrypt-decrypt',
      encryptionAlgorithm: 'aes-256-gcm',
      keyMaterial: randomBytes(32),
    };
    const imports =
      (...keys: ImportKmsKey[]) =>
      () =>
        client.kms.keys.importMany({ keys });
    const base64 = randomBytes(32).toString('base64');
    await refused(
      imports(one, { ...one, keyMaterial: base64 }),
      /keys\[1\].keyMaterial of aes-256-gcm must have 32 bytes; got 44. Pass the bytes themselves/,
    );
    await refused(
      imports({ ...one, encryptionAlgorithm: 'HMAC_SHA_256' }),
      /keys\[0\].encryptionAlgorithm to be one of aes-256-gcm/,
    );
    await refused(
      imports({
        ...one,
        keyUsage: 'generate-verify-mac',
        encryptionAlgorithm: 'HMAC_SHA_256',
        keyMaterial: randomBytes(15),
      }),
      /must have 16 to 1024 bytes; got 15/,
    );
    await refused(
      imports({ ...one, material: 'x' } as ImportKmsKey),
      /keys\[0\] has no option "material"/,
    );
    await refused(imports(), /keys must be an array of 1 to 100/);
    await refused(
      () => client.kms.keys.exportPrivateKeys(['aes']),
      /the ids must be an array of 1 to 100 key ids/,
    );
    const error = await failureOf(imports({ ...one, keyMaterial: base64 })());
    expect(inspect(error)).not.toContain(base64);
  });

  it('stays on the server when it is not exportable', async () => {
    const { id } = await client.kms.keys.create({
      name: 'locked',
      isExportable: false,
    });
    for (const call of [
      client.kms.keys.exportPrivateKey(id),
      client.kms.keys.exportPrivateKeys([id]),
    ]) {
      await expect(call).rejects.toMatchObject({
        constructor: InfisicalValidationError,
        status: 400,
      });
    }
  });

  it('is not said to be locked by a server that cannot', async () => {
    await stop();
    await start('k2');
    const error = await failureOf(
      client.kms.keys.create({ name: 'locked', isExportable: false }),
    );
    expect(error).toMatchObject({
      constructor: InfisicalHttpError,
      code: 'OptionNotSupported',
      operation: 'kms.keys.create',
    });
    const made = await client.kms.keys.getByName('locked');
    expect(error.message).toContain(made.id);
    expect(made.isExportable).toBeUndefined();
  });

  it('cannot be had from the oldest servers, and the error says so', async () => {
    await stop();
    await start('k1');
    const { id } = await client.kms.keys.create({ name: 'aes' });
    await expect(client.kms.keys.exportPrivateKey(id)).rejects.toMatchObject({
      constructor: InfisicalNotFoundError,
      hint: expect.stringContaining('upgrade the server') as unknown,
    });
  });
});
