import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalClient,
  InfisicalConfigError,
  InfisicalNotFoundError,
  InfisicalValidationError,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { createHash, createPublicKey, verify } from 'node:crypto';
import {
  demoOptions,
  PROJECT_ID,
  requestPaths,
  seedWith,
} from '../support/demo.js';

describe('client resources', () => {
  let emulator: InfisicalEmulator;
  let client: InfisicalClient;

  beforeEach(async () => {
    emulator = await InfisicalEmulator.start({
      seed: seedWith({ '/': { A: 'a' }, '/mail': { M: 'm' } }),
    });
    const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
    client = new InfisicalClient({ siteUrl, auth, projectId, environment });
  });

  afterEach(async () => {
    await client.close();
    await emulator.stop();
  });

  it('writes many secrets in requests of a hundred', async () => {
    const items = Array.from({ length: 250 }, (_, i) => ({
      secretKey: `KEY_${i}`,
      secretValue: `value ${i}`,
    }));
    emulator.clearRequests();
    const created = await client.secrets.createMany(items);
    expect(created).toHaveLength(250);
    expect(
      requestPaths(emulator).filter((path) => path.endsWith('/secrets/batch')),
    ).toHaveLength(3);
    await client.secrets.updateMany([
      { secretKey: 'KEY_0', secretValue: 'changed' },
      { secretKey: 'KEY_1', newSecretName: 'RENAMED' },
    ]);
    await client.secrets.updateMany(
      [{ secretKey: 'NEW', secretValue: 'by upsert' }],
      { mode: 'upsert' },
    );
    await client.secrets.deleteMany(
      items.slice(2).map((item) => item.secretKey),
    );
    const left = await client.secrets.list();
    expect(
      Object.fromEntries(left.map((s) => [s.secretKey, s.secretValue])),
    ).toEqual({
      A: 'a',
      KEY_0: 'changed',
      RENAMED: 'value 1',
      NEW: 'by upsert',
    });
  });

  it('writes nothing of a batch with a taken name, and checks names before', async () => {
    await expect(
      client.secrets.createMany([
        { secretKey: 'B', secretValue: 'b' },
        { secretKey: 'A', secretValue: 'again' },
      ]),
    ).rejects.toBeInstanceOf(InfisicalValidationError);
    await expect(client.secrets.get('B')).rejects.toBeInstanceOf(
      InfisicalNotFoundError,
    );
    await expect(
      client.secrets.createMany([{ secretKey: 'a/b', secretValue: '' }]),
    ).rejects.toBeInstanceOf(InfisicalConfigError);
  });

  it('moves secrets', async () => {
    const { id } = await client.secrets.get('A');
    await client.secrets.move([id], { to: { path: '/mail' } });
    expect((await client.secrets.get('A', { path: '/mail' })).secretValue).toBe(
      'a',
    );
    await expect(client.secrets.get('A')).rejects.toBeInstanceOf(
      InfisicalNotFoundError,
    );
  });

  it('gets, renames and deletes folders', async () => {
    const [folder] = await client.folders.list();
    expect(await client.folders.get(folder!.id)).toEqual(folder);
    const renamed = await client.folders.update(folder!.id, { name: 'post' });
    expect(renamed.path).toBe('/post');
    await expect(client.folders.delete('post')).rejects.toBeInstanceOf(
      InfisicalValidationError,
    );
    await client.folders.delete('post', { force: true });
    expect(await client.folders.list()).toEqual([]);
  });

  it('manages imports', async () => {
    const created = await client.secretImports.create({
      from: { environment: 'dev', path: 'mail/' },
    });
    expect(created.source).toEqual({ environment: 'dev', path: '/mail' });
    expect((await client.secrets.get('M')).secretValue).toBe('m');
    await client.secretImports.create({
      from: { environment: 'prod', path: '/' },
    });
    await client.secretImports.update(created.id, { position: 2 });
    const imports = await client.secretImports.list();
    expect(imports.map(({ source }) => source.environment)).toEqual([
      'prod',
      'dev',
    ]);
    await client.secretImports.delete(created.id);
    expect(await client.secretImports.list()).toHaveLength(1);
  });

  it('manages tags, and filters by them', async () => {
    const tag = await client.tags.create({ slug: 'payments', color: '#fff' });
    expect(await client.tags.getBySlug('payments')).toEqual(tag);
    expect(await client.tags.get(tag.id)).toEqual(tag);
    await client.secrets.create('TAGGED', {
      secretValue: 't',
      tagIds: [tag.id],
      secretMetadata: [{ key: 'owner', value: 'team-a' }],
    });
    const tagged = await client.secrets.list({ tagSlugs: ['payments'] });
    expect(tagged.map(({ secretKey }) => secretKey)).toEqual(['TAGGED']);
    expect(tagged[0]?.tags[0]?.slug).toBe('payments');
    expect(tagged[0]?.secretMetadata).toEqual([
      { key: 'owner', value: 'team-a', isEncrypted: false },
    ]);
    await client.tags.update(tag.id, { slug: 'billing' });
    expect((await client.tags.list()).map(({ slug }) => slug)).toEqual([
      'billing',
    ]);
    await client.tags.delete(tag.id);
    expect(await client.tags.list()).toEqual([]);
  });

  it('manages environments and projects', async () => {
    const qa = await client.environments.create({ name: 'QA', slug: 'qa' });
    await client.environments.update(qa.id, { name: 'Quality' });
    expect((await client.environments.get(qa.id)).name).toBe('Quality');
    expect(
      (await client.environments.list()).map(({ slug }) => slug),
    ).toContain('qa');
    await client.environments.delete(qa.id);
    const bySlug = await client.projects.getBySlug('demo');
    expect(bySlug.id).toBe(PROJECT_ID);
    expect(bySlug.environments.map(({ slug }) => slug)).toEqual([
      'dev',
      'staging',
      'prod',
    ]);
    const created = await client.projects.create({ name: 'Second project' });
    expect((await client.projects.get(created.id)).name).toBe('Second project');
    expect((await client.projects.list()).map(({ id }) => id).sort()).toEqual(
      [PROJECT_ID, created.id].sort(),
    );
  });

  it('manages keys', async () => {
    const key = await client.kms.keys.create({ name: 'app' });
    await client.kms.keys.create({ name: 'other' });
    const { keys, totalCount } = await client.kms.keys.list({ search: 'ap' });
    expect([keys.map(({ name }) => name), totalCount]).toEqual([['app'], 1]);
    const ciphertext = await client.kms.encrypt('app', 'before');
    expect((await client.kms.keys.rotate(key.id)).version).toBe(2);
    expect((await client.kms.decrypt('app', ciphertext)).toString()).toBe(
      'before',
    );
    await client.kms.keys.update(key.id, { isDisabled: true });
    await expect(client.kms.encrypt('app', 'x')).rejects.toMatchObject({
      status: 400,
    });
    expect((await client.kms.keys.get(key.id)).isDisabled).toBe(true);
    await client.kms.keys.delete(key.id);
    await expect(client.kms.keys.get(key.id)).rejects.toBeInstanceOf(
      InfisicalNotFoundError,
    );
  });

  it('signs and verifies, also by the public key alone', async () => {
    const key = await client.kms.keys.create({
      name: 'signer',
      keyUsage: 'sign-verify',
      encryptionAlgorithm: 'ECC_NIST_P256',
    });
    const options = { signingAlgorithm: 'ECDSA_SHA_256' } as const;
    expect(await client.kms.keys.signingAlgorithms(key.id)).toContain(
      'ECDSA_SHA_256',
    );
    const signature = await client.kms.sign('signer', 'message', options);
    expect(
      await client.kms.verify('signer', 'message', signature, options),
    ).toBe(true);
    expect(await client.kms.verify('signer', 'other', signature, options)).toBe(
      false,
    );
    const publicKey = createPublicKey({
      key: await client.kms.keys.publicKey(key.id),
      format: 'der',
      type: 'spki',
    });
    expect(verify('sha256', Buffer.from('message'), publicKey, signature)).toBe(
      true,
    );
    const digest = createHash('sha256').update('message').digest();
    const ofDigest = await client.kms.sign('signer', digest, {
      ...options,
      isDigest: true,
    });
    expect(verify('sha256', Buffer.from('message'), publicKey, ofDigest)).toBe(
      true,
    );
  });

  it('makes and checks message authentication codes', async () => {
    await client.kms.keys.create({
      name: 'mac',
      keyUsage: 'generate-verify-mac',
      encryptionAlgorithm: 'HMAC_SHA_256',
    });
    const mac = await client.kms.generateMac('mac', 'message');
    expect(mac).toHaveLength(32);
    expect(await client.kms.verifyMac('mac', 'message', mac)).toBe(true);
    expect(await client.kms.verifyMac('mac', 'other', mac)).toBe(false);
  });
});
