import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { errorOf, pick, PROJECT_ID } from '../support/emulator-http.js';
import {
  badRequest,
  base64,
  issues,
  KEYS,
  KmsBench,
  notFound,
  RESERVED_ID,
  UNKNOWN_ID,
} from '../support/kms.js';

let kms: KmsBench;
beforeAll(async () => {
  kms = await KmsBench.start();
});
afterAll(() => kms.emulator.stop());

const exportAll = (...keyIds: string[]) =>
  kms.http.post(`${KEYS}/bulk-export-private-keys`, { keyIds });

async function material(name: string): Promise<Buffer> {
  const answer = await kms.use(name, 'private-key');
  return Buffer.from(pick<string>(answer, 'privateKey'), 'base64');
}

/** Key bytes 00, 01, 02 … */
const counting = (bytes: number) =>
  Buffer.from(Array.from({ length: bytes }, (_, index) => index));

describe('exported material', () => {
  it('§1.4 is raw bytes, or the PEM text of PKCS#8', async () => {
    expect(await material('aes')).toHaveLength(32);
    expect(await material('mac')).toHaveLength(32);
    const pem = (await material('ecc')).toString();
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(createPrivateKey(pem).asymmetricKeyDetails).toMatchObject({
      namedCurve: 'prime256v1',
    });
  });

  it('§1.4 is that of the current version only', async () => {
    await kms.create({ name: 'turning' });
    const before = await material('turning');
    await kms.use('turning', 'rotate', {});
    expect(await material('turning')).not.toEqual(before);
  });

  it('§1.3 is refused of a key that is not exportable', async () => {
    const id = await kms.id('locked');
    expect(errorOf(await kms.use('locked', 'private-key'))).toEqual(
      badRequest('You are not allowed to export this key'),
    );
    expect(errorOf(await exportAll(id))).toEqual(
      badRequest(`You are not allowed to export this key [kmsId=${id}]`),
    );
    const read = await kms.http.get(`${KEYS}/${id}`);
    expect(read.body).toMatchObject({ key: { isExportable: false } });
  });

  it('§1.2 in bulk names usage and algorithm, duplicates merged', async () => {
    const aes = await kms.id('aes');
    const ecc = await kms.id('ecc');
    const answer = await exportAll(aes, ecc, aes);
    const keys = pick<Record<string, string>[]>(answer, 'keys');
    expect(keys).toEqual([
      {
        keyId: aes,
        name: 'aes',
        keyUsage: 'encrypt-decrypt',
        algorithm: 'aes-256-gcm',
        privateKey: base64(await material('aes')),
      },
      {
        keyId: ecc,
        name: 'ecc',
        keyUsage: 'sign-verify',
        algorithm: 'ECC_NIST_P256',
        privateKey: base64(await material('ecc')),
        publicKey: pick(await kms.use('ecc', 'public-key'), 'publicKey'),
      },
    ]);
  });

  it('§1.3 in bulk is all or nothing', async () => {
    const aes = await kms.id('aes');
    expect(errorOf(await exportAll(UNKNOWN_ID))).toEqual(
      notFound('No keys found for the provided IDs'),
    );
    expect(errorOf(await exportAll(aes, UNKNOWN_ID))).toEqual(
      notFound(`Keys not found for IDs: ${UNKNOWN_ID}`),
    );
    expect(errorOf(await exportAll(aes, RESERVED_ID))).toEqual(
      badRequest(`Key with ID "${RESERVED_ID}" is not customer managed`),
    );
    const away = pick(
      await kms.http.post(KEYS, {
        projectId: await otherProject(),
        name: 'away',
      }),
      'key',
      'id',
    );
    expect(errorOf(await exportAll(aes, away))).toEqual(
      badRequest('All keys must belong to the same project'),
    );
    const created = await kms.create({ name: 'switched-off' });
    const off = pick(created, 'key', 'id');
    await kms.http.patch(`${KEYS}/${off}`, { isDisabled: true });
    expect(errorOf(await exportAll(aes, off))).toEqual(
      badRequest(`Key with ID "${off}" is disabled`),
    );
    expect((await exportAll()).status).toBe(422);
  });

  it('needs a permission of its own', async () => {
    const aes = await kms.id('aes');
    const admin = kms.http.token;
    await kms.http.useLogin('viewer', 's');
    const denied = {
      status: 403,
      error: 'PermissionDenied',
      message: 'You are not allowed to export-private-key on cmek',
    };
    expect(errorOf(await exportAll(aes))).toEqual(denied);
    expect(errorOf(await kms.use('aes', 'private-key'))).toEqual(denied);
    kms.http.token = admin;
  });
});

/** The id of the second project, from its slug. */
async function otherProject(): Promise<string> {
  return pick(await kms.http.get('/api/v1/projects/slug/other'), 'id');
}

describe('imported material', () => {
  it('§1.4 is used as it is, from version 1', async () => {
    const imported = await kms.import({
      name: 'counted',
      keyUsage: 'encrypt-decrypt',
      encryptionAlgorithm: 'aes-256-gcm',
      keyMaterial: base64(counting(32)),
    });
    expect(imported.body).toEqual({
      keys: [{ id: await kms.id('counted'), name: 'counted' }],
      errors: [],
    });
    const answer = await kms.use('counted', 'decrypt', {
      ciphertext: 'AAECAwQFBgcICQoLL2e6d6onl/81O4oEbSgjbc2dBXu7djAx',
    });
    expect(answer.body).toEqual({ plaintext: base64('hello') });
  });

  it('§1.4 that does not fit is an error of its key, the status stays 200', async () => {
    const one = (name: string, keyUsage: string, algorithm: string) => ({
      name,
      keyUsage,
      algorithm,
      keyMaterial: base64('short'),
    });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' });
    const answer = await kms.import(
      one('a', 'encrypt-decrypt', 'aes-128-gcm'),
      one('b', 'generate-verify-mac', 'HMAC_SHA_512'),
      one('c', 'sign-verify', 'RSA_4096'),
      {
        ...one('d', 'sign-verify', 'RSA_4096'),
        keyMaterial: base64(pem),
      },
      { ...one('aes', 'encrypt-decrypt', 'aes-128-gcm') },
    );
    expect(answer.status).toBe(200);
    expect(pick<unknown[]>(answer, 'keys')).toEqual([]);
    expect(pick<{ message: string }[]>(answer, 'errors')).toEqual([
      {
        name: 'a',
        message:
          'Invalid key material length for aes-128-gcm. Expected 16 bytes, got 5.',
      },
      {
        name: 'b',
        message:
          'Invalid HMAC key material length. Expected between 16 and 1024 bytes, got 5.',
      },
      {
        name: 'c',
        message:
          'Invalid private key material. Expected a PKCS8 PEM-encoded private key.',
      },
      {
        name: 'd',
        message:
          'Key material does not match the declared algorithm. Expected RSA_4096.',
      },
      {
        name: 'aes',
        message: 'A key with the name "aes" already exists in this project',
      },
    ]);
  });

  it('needs an algorithm that goes with the usage', async () => {
    const key = { name: 'x', keyUsage: 'sign-verify', keyMaterial: 'AAAA' };
    expect(
      issues(await kms.import({ ...key, algorithm: 'aes-256-gcm' })),
    ).toEqual([
      'algorithm must be a valid asymmetric sign-verify algorithm. Valid options are: RSA_4096, ECC_NIST_P256, ML_DSA_44, ML_DSA_65, ML_DSA_87',
    ]);
    expect((await kms.import(key)).status).toBe(422);
    expect((await kms.import()).status).toBe(422);
    expect(
      (
        await kms.http.post(`${KEYS}/bulk-import`, {
          projectId: 'no-uuid',
          keys: [{ ...key, algorithm: 'RSA_4096' }],
        })
      ).status,
    ).toBe(422);
  });
});

describe('a MAC', () => {
  const mac = (data: string) => kms.use('hashed', 'generate-mac', { data });
  const isValid = async (data: string, code: string) =>
    pick<boolean>(
      await kms.use('hashed', 'verify-mac', { data, mac: code }),
      'macValid',
    );

  it('§1.4 is that of RFC 2104', async () => {
    await kms.import({
      name: 'hashed',
      keyUsage: 'generate-verify-mac',
      algorithm: 'HMAC_SHA_256',
      keyMaterial: base64(counting(32)),
    });
    const data = base64('hello');
    const answer = await mac(data);
    const code = 'U8QCcqcMFcpO4K9N8fFV/WxB4AziMH2Jh+zUuzan6ZA=';
    expect(answer.body).toEqual({
      mac: code,
      keyId: await kms.id('hashed'),
      macAlgorithm: 'HMAC_SHA_256',
    });
    expect(await isValid(data, code)).toBe(true);
    expect(await isValid(base64('other'), code)).toBe(false);
  });

  it('§1.4 of a wrong length is a wrong one, not an error', async () => {
    expect(await isValid('AAAA', base64('short'))).toBe(false);
    const long = await kms.use('hashed', 'verify-mac', {
      data: 'AAAA',
      mac: base64(Buffer.alloc(1025)),
    });
    expect(issues(long)).toEqual(['mac cannot exceed 1024 bytes']);
  });

  it.each([
    ['HMAC_SHA_1', 20],
    ['HMAC_SHA_224', 28],
    ['HMAC_SHA_384', 48],
    ['HMAC_SHA_512', 64],
  ])('§1.1 of %s has a key of %d bytes', async (algorithm, bytes) => {
    const name = algorithm.toLowerCase().replaceAll('_', '-');
    await kms.create({ name, keyUsage: 'generate-verify-mac', algorithm });
    expect(await material(name)).toHaveLength(bytes);
    const answer = await kms.use(name, 'generate-mac', { data: 'AAAA' });
    expect(Buffer.from(pick(answer, 'mac'), 'base64')).toHaveLength(bytes);
  });

  it('§1.3 is not made by other keys, nor does its key rotate', async () => {
    expect(
      errorOf(await kms.use('aes', 'generate-mac', { data: 'AAAA' })),
    ).toEqual(
      badRequest(
        'Unsupported key type, expected generate-verify-mac but got encrypt-decrypt',
      ),
    );
    for (const name of ['mac', 'ecc']) {
      expect(errorOf(await kms.use(name, 'rotate', {}))).toEqual(
        badRequest(
          'Only encrypt-decrypt keys support rotation. To rotate a sign-verify or MAC key, create a new key and update your applications to use it.',
        ),
      );
    }
  });
});

describe('a reserved key', () => {
  it('§1.3 is told apart by encrypt and decrypt only', async () => {
    const reserved = badRequest('Key is not customer managed');
    const at = `${KEYS}/${RESERVED_ID}`;
    const encrypted = await kms.http.post(`${at}/encrypt`, {
      plaintext: 'AAAA',
    });
    expect(errorOf(encrypted)).toEqual(reserved);
    const decrypted = await kms.http.post(`${at}/decrypt`, {
      ciphertext: 'AAAA',
    });
    expect(errorOf(decrypted)).toEqual(reserved);
    expect((await kms.http.get(at)).status).toBe(404);
    expect((await kms.http.delete(at)).status).toBe(404);
  });

  it('§1.2 is never listed', async () => {
    const answer = await kms.http.get(KEYS, {
      projectId: PROJECT_ID,
      search: 'internal',
    });
    expect(answer.body).toEqual({ keys: [], totalCount: 0 });
  });
});

it('§1.2 `algorithm` wins over `encryptionAlgorithm`', async () => {
  const answer = await kms.create({
    name: 'both',
    algorithm: 'aes-128-gcm',
    encryptionAlgorithm: 'aes-256-gcm',
  });
  expect(answer.body).toMatchObject({
    key: { algorithm: 'aes-128-gcm', encryptionAlgorithm: 'aes-128-gcm' },
  });
});
