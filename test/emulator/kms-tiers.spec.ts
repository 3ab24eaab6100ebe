import { afterEach, describe, expect, it } from '@jest/globals';
import { errorOf, pick } from '../support/emulator-http.js';
import { badRequest, base64, issues, KEYS, KmsBench } from '../support/kms.js';

let kms: KmsBench;
afterEach(() => kms.emulator.stop());

/** What the framework answers to a route it does not have: no `reqId`. */
async function expectNoRoute(method: string, operation: string): Promise<void> {
  const path = `${KEYS}/${operation}`;
  const answer = await kms.http.send(method, path, {
    isUnlisted: true,
    ...(method === 'POST' && { body: {} }),
  });
  expect(answer.body).toEqual({
    statusCode: 404,
    error: 'Not Found',
    message: `Route ${method}:${path} not found`,
  });
}

const NEWEST = ['rotate', 'generate-mac', 'verify-mac'];

describe('tier k1', () => {
  it('§0 has no routes for material, rotation and MACs', async () => {
    kms = await KmsBench.start('k1');
    const id = await kms.id('aes');
    await expectNoRoute('GET', `${id}/private-key`);
    await expectNoRoute('POST', 'bulk-import');
    await expectNoRoute('POST', 'bulk-export-private-keys');
    for (const one of NEWEST) await expectNoRoute('POST', `${id}/${one}`);
  });

  it('§1.2 tells of plaintext and data whatever the field is', async () => {
    kms = await KmsBench.start('k1');
    const request = { signingAlgorithm: 'ECDSA_SHA_256', data: 'AAAA' };
    const verify = (signature: string) =>
      kms.use('ecc', 'verify', { ...request, signature });
    expect(issues(await verify('*'))).toEqual([
      'plaintext must be base64 encoded',
    ]);
    expect(issues(await verify(base64(Buffer.alloc(4097))))).toEqual([
      'data cannot exceed 4096 bytes',
    ]);
    expect(
      issues(await kms.use('ecc', 'sign', { ...request, data: '*' })),
    ).toEqual(['plaintext must be base64 encoded']);
  });

  it('§1.1 drops `algorithm` and `isExportable`, and does not answer them', async () => {
    kms = await KmsBench.start('k1');
    const answer = await kms.create({
      name: 'x',
      algorithm: 'aes-128-gcm',
      isExportable: false,
    });
    const key = pick<object>(answer, 'key');
    expect(key).toMatchObject({ encryptionAlgorithm: 'aes-256-gcm' });
    expect(key).not.toHaveProperty('algorithm');
    expect(key).not.toHaveProperty('isExportable');
  });

  it('§1.2 knows neither MAC keys nor ML-DSA', async () => {
    kms = await KmsBench.start('k1');
    const mac = { keyUsage: 'generate-verify-mac' };
    expect((await kms.create({ name: 'x', ...mac })).status).toBe(422);
    expect(
      issues(await kms.create({ name: 'x', keyUsage: 'sign-verify' })),
    ).toEqual([
      'encryptionAlgorithm must be a valid asymmetric sign-verify algorithm. Valid options are: RSA_4096, ECC_NIST_P256',
    ]);
    const signing = { signingAlgorithm: 'ML_DSA_44', data: 'AAAA' };
    expect((await kms.use('ecc', 'sign', signing)).status).toBe(422);
  });
});

describe('tier k2', () => {
  it('§0 moves material, and does not rotate', async () => {
    kms = await KmsBench.start('k2');
    const id = await kms.id('aes');
    const read = await kms.http.get(`${KEYS}/${id}/private-key`);
    expect(read.status).toBe(200);
    for (const one of NEWEST) await expectNoRoute('POST', `${id}/${one}`);
    const key = {
      name: 'x',
      keyUsage: 'encrypt-decrypt',
      keyMaterial: base64(Buffer.alloc(16)),
    };
    const imported = await kms.import({
      ...key,
      encryptionAlgorithm: 'aes-128-gcm',
    });
    expect(pick<unknown[]>(imported, 'keys')).toHaveLength(1);
    // The newer name of the algorithm is dropped: the older one is missing.
    expect(
      (await kms.import({ ...key, algorithm: 'aes-128-gcm' })).status,
    ).toBe(422);
  });

  it('§1.2 holds ciphertexts to 4096 bytes: 4065 is the safe maximum', async () => {
    kms = await KmsBench.start('k2');
    const encrypt = async (bytes: number) => {
      const plaintext = base64(Buffer.alloc(bytes));
      const answer = await kms.use('aes', 'encrypt', { plaintext });
      return { ciphertext: pick(answer, 'ciphertext') };
    };
    expect((await kms.use('aes', 'decrypt', await encrypt(4065))).status).toBe(
      200,
    );
    expect(
      issues(await kms.use('aes', 'decrypt', await encrypt(4066))),
    ).toEqual(['data cannot exceed 4096 bytes']);
  });
});

describe('tier k3', () => {
  it('§1.2 says what each field may hold', async () => {
    kms = await KmsBench.start();
    expect(
      issues(await kms.use('aes', 'decrypt', { ciphertext: '*' })),
    ).toEqual(['ciphertext must be base64 encoded']);
    expect(issues(await kms.use('aes', 'encrypt', { plaintext: '*' }))).toEqual(
      ['data must be base64 encoded'],
    );
    const mac = { data: 'AAAA', mac: '*' };
    expect(issues(await kms.use('mac', 'verify-mac', mac))).toEqual([
      'mac must be base64 encoded',
    ]);
    const long = { ciphertext: base64(Buffer.alloc(1_049_601)) };
    expect(issues(await kms.use('aes', 'decrypt', long))).toEqual([
      'ciphertext cannot exceed 1049600 bytes',
    ]);
  });

  it('§1.4 decrypts a v02 trailer that names a version it never had', async () => {
    kms = await KmsBench.start();
    await kms.use('aes', 'rotate', {});
    const answer = await kms.use('aes', 'encrypt', { plaintext: base64('x') });
    const blob = Buffer.from(pick(answer, 'ciphertext'), 'base64');
    expect(blob).toHaveLength(1 + 35);
    blob.writeUInt32BE(77, blob.length - 7);
    const read = await kms.use('aes', 'decrypt', { ciphertext: base64(blob) });
    expect(read.body).toEqual({ plaintext: base64('x') });
  });

  it('§1.4 strips a trailer of version 1 without looking at it', async () => {
    kms = await KmsBench.start();
    const answer = await kms.use('aes', 'encrypt', { plaintext: base64('x') });
    const blob = Buffer.from(pick(answer, 'ciphertext'), 'base64');
    blob.write('xyz', blob.length - 3, 'latin1');
    const read = await kms.use('aes', 'decrypt', { ciphertext: base64(blob) });
    expect(read.body).toEqual({ plaintext: base64('x') });
  });

  it('§1.3 a disabled key can be read, changed and deleted', async () => {
    kms = await KmsBench.start();
    const id = await kms.id('mac');
    await kms.http.patch(`${KEYS}/${id}`, { isDisabled: true });
    for (const operation of ['generate-mac', 'rotate']) {
      const answer = await kms.use('mac', operation, { data: 'AAAA' });
      expect(errorOf(answer)).toEqual(badRequest('Key is disabled'));
    }
    expect((await kms.http.get(`${KEYS}/${id}`)).status).toBe(200);
    const renamed = await kms.http.patch(`${KEYS}/${id}`, { name: 'mac2' });
    expect(renamed.body).toMatchObject({
      key: { name: 'mac2', isDisabled: true },
    });
    const taken = await kms.http.patch(`${KEYS}/${id}`, { name: 'aes' });
    expect(taken.body.message).toMatch(
      /^A KMS key with the name "aes" already exists for the project with ID "/,
    );
    expect((await kms.http.delete(`${KEYS}/${id}`)).status).toBe(200);
    expect((await kms.http.get(`${KEYS}/${id}`)).status).toBe(404);
  });
});
