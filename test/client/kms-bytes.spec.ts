import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  InfisicalClient,
  InfisicalConfigError,
  InfisicalHttpError,
  InfisicalNotFoundError,
  InfisicalTimeoutError,
  InfisicalValidationError,
  type Plaintext,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import {
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  randomBytes,
  verify,
} from 'node:crypto';
import { demoOptions, failureOf } from '../support/demo.js';

const MIB = 1024 * 1024;

let emulator: InfisicalEmulator;
let client: InfisicalClient;
let aes: string, ecc: string, rsa: string;

function clientOf(one: InfisicalEmulator): InfisicalClient {
  const { siteUrl, auth, projectId } = demoOptions(one);
  return new InfisicalClient({ siteUrl, auth, projectId });
}

beforeAll(async () => {
  emulator = await InfisicalEmulator.start();
  client = clientOf(emulator);
  const { keys } = client.kms;
  aes = (await keys.create({ name: 'aes' })).id;
  for (const algorithm of ['ECC_NIST_P256', 'RSA_4096'] as const) {
    const { id } = await keys.create({
      name: algorithm === 'RSA_4096' ? 'rsa' : 'ecc',
      keyUsage: 'sign-verify',
      encryptionAlgorithm: algorithm,
    });
    if (algorithm === 'RSA_4096') rsa = id;
    else ecc = id;
  }
  await keys.create({
    name: 'mac',
    keyUsage: 'generate-verify-mac',
    encryptionAlgorithm: 'HMAC_SHA_256',
  });
});

afterAll(async () => {
  await client.close();
  await emulator.stop();
});

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

const PLAINTEXTS: readonly (readonly [string, Plaintext, Buffer])[] = [
  ['one byte', Buffer.from([0]), Buffer.from([0])],
  ['text', 'Größe 鍵 🔑', Buffer.from('Größe 鍵 🔑', 'utf8')],
  ['NUL bytes', 'a\0b\0', Buffer.from([97, 0, 98, 0])],
  ...[4096, 64 * 1024].map((length) => {
    const bytes = randomBytes(length);
    return [`${length} bytes`, bytes, bytes] as const;
  }),
  ['a Uint8Array', new Uint8Array([1, 0, 255]), Buffer.from([1, 0, 255])],
  [
    'a part of a longer buffer',
    Buffer.from('neighbour').subarray(2, 5),
    Buffer.from('igh'),
  ],
  ['an ArrayBuffer', new Uint8Array([9, 0]).buffer, Buffer.from([9, 0])],
];

describe('encryption', () => {
  it.each(PLAINTEXTS)('gives back %s', async (_, plaintext, bytes) => {
    const ciphertext = await client.kms.encrypt(aes, plaintext);
    expect(typeof ciphertext).toBe('string');
    const opened = await client.kms.decrypt('aes', ciphertext);
    expect(Buffer.isBuffer(opened)).toBe(true);
    expect(opened.equals(bytes)).toBe(true);
  });

  it('takes a whole mebibyte, and not a byte more', async () => {
    const plaintext = Buffer.alloc(MIB, 7);
    const ciphertext = await client.kms.encrypt(aes, plaintext);
    const opened = await client.kms.decrypt(aes, ciphertext);
    expect(opened.equals(plaintext)).toBe(true);
    await refused(
      () => client.kms.encrypt(aes, Buffer.alloc(MIB + 1)),
      'kms.encrypt: plaintext must not have more than 1048576 bytes; got 1048577',
    );
    await refused(
      () =>
        client.kms.decrypt(aes, Buffer.alloc(MIB + 1025).toString('base64')),
      'ciphertext must not have more than 1049600 bytes; got 1049601',
    );
  });

  it.each<[string, Plaintext]>([
    ['text', ''],
    ['bytes', Buffer.alloc(0)],
    ['ArrayBuffer', new ArrayBuffer(0)],
  ])('refuses an empty %s', async (_, plaintext) => {
    await refused(
      () => client.kms.encrypt(aes, plaintext),
      'kms.encrypt: plaintext must not be empty',
    );
  });

  it.each([
    ['not ba$e64'],
    [''],
    ['QUJD\n'],
    ['QUJ'.concat('=', 'A')],
    ['-_-_'],
    ['A'],
  ])('refuses a ciphertext that is no base64: %j', async (ciphertext) => {
    await refused(
      () => client.kms.decrypt(aes, ciphertext),
      'kms.decrypt: ciphertext must be base64',
    );
  });

  it('takes base64 without its padding', async () => {
    const ciphertext = await client.kms.encrypt(aes, 'x');
    expect(ciphertext).toMatch(/=$/);
    const opened = await client.kms.decrypt(aes, ciphertext.replace(/=+$/, ''));
    expect(opened.toString()).toBe('x');
  });

  it('tells what is the matter with bytes that are none, and no value', async () => {
    await refused(
      () => client.kms.encrypt(aes, 7 as unknown as string),
      'plaintext must be a string, a Buffer, a Uint8Array or an ArrayBuffer; got a number',
    );
    await refused(
      () => client.kms.encrypt('', 'x'),
      'kms.encrypt: the key (id or name) must be a non-empty string',
    );
    await refused(
      () => client.kms.encrypt(aes, 'x', { key: 'y' } as object),
      'kms.encrypt has no option "key"',
    );
  });

  it('is what node:crypto makes of the exported key', async () => {
    const key = await client.kms.keys.exportPrivateKey(aes);
    const sealed = Buffer.from(await client.kms.encrypt(aes, 'hi'), 'base64');
    const body = sealed.subarray(0, -3);
    const decipher = createDecipheriv(
      'aes-256-gcm',
      key.reveal(),
      body.subarray(0, 12),
    );
    decipher.setAuthTag(body.subarray(-16));
    const opened = decipher.update(body.subarray(12, -16), undefined, 'utf8');
    expect(opened + decipher.final('utf8')).toBe('hi');
  });

  it('names the call and the likely cause when it cannot be undone', async () => {
    const damaged = Buffer.alloc(60, 1).toString('base64');
    await expect(client.kms.decrypt('aes', damaged)).rejects.toMatchObject({
      constructor: InfisicalHttpError,
      status: 500,
      operation: 'kms.decrypt',
      message: expect.stringContaining('made with another key') as unknown,
    });
  });
});

describe('a server before 2026', () => {
  let old: InfisicalEmulator;
  let oldClient: InfisicalClient;

  beforeAll(async () => {
    old = await InfisicalEmulator.start({ kms: 'k1' });
    oldClient = clientOf(old);
    await oldClient.kms.keys.create({ name: 'aes' });
  });

  afterAll(async () => {
    await oldClient.close();
    await old.stop();
  });

  it('has its own limit, which the error names', async () => {
    const secret = 'long secret '.repeat(400);
    const error = await failureOf(oldClient.kms.encrypt('aes', secret));
    expect(error).toBeInstanceOf(InfisicalValidationError);
    expect(error).toMatchObject({ status: 422, operation: 'kms.encrypt' });
    expect(error.message).toContain(
      'this server takes at most 4096 bytes, and 4800 bytes were sent',
    );
    expect(error.message).not.toContain('long secret');
  });

  it('decrypts less than it encrypts', async () => {
    const ciphertext = await oldClient.kms.encrypt('aes', Buffer.alloc(4066));
    await expect(oldClient.kms.decrypt('aes', ciphertext)).rejects.toThrow(
      /takes at most 4096 bytes, and 4097 bytes were sent/,
    );
    const shorter = await oldClient.kms.encrypt('aes', Buffer.alloc(4065));
    const opened = await oldClient.kms.decrypt('aes', shorter);
    expect(opened).toHaveLength(4065);
  });

  it('fails at a request it does not read to its end', async () => {
    await expect(
      oldClient.kms.encrypt('aes', Buffer.alloc(MIB)),
    ).rejects.toThrow(/takes at most a request of 1048576 bytes/);
  });
});

describe('signatures', () => {
  const message = randomBytes(64 * 1024);

  it.each([
    ['RSASSA_PKCS1_V1_5_SHA_256', 'sha256'],
    ['RSASSA_PKCS1_V1_5_SHA_512', 'sha512'],
    ['ECDSA_SHA_256', 'sha256'],
    ['ECDSA_SHA_384', 'sha384'],
  ] as const)('of %s are the same over a digest', async (algorithm, hash) => {
    const id = algorithm.startsWith('RSA') ? rsa : ecc;
    const digest = createHash(hash).update(message).digest();
    const options = { signingAlgorithm: algorithm };
    const key = createPublicKey({
      key: await client.kms.keys.publicKey(id),
      format: 'der',
      type: 'spki',
    });
    const signed = [
      await client.kms.sign(id, message, options),
      await client.kms.sign(id, digest, { ...options, isDigest: true }),
    ];
    for (const signature of signed) {
      expect(verify(hash, message, key, signature)).toBe(true);
      expect(await client.kms.verify(id, message, signature, options)).toBe(
        true,
      );
      const view = new Uint8Array(signature);
      expect(
        await client.kms.verify(id, digest, view.buffer, {
          ...options,
          isDigest: true,
        }),
      ).toBe(true);
    }
  });

  it('are not of another message, nor malformed', async () => {
    const options = { signingAlgorithm: 'ECDSA_SHA_256' } as const;
    const signature = await client.kms.sign('ecc', 'message', options);
    expect(await client.kms.verify('ecc', 'massage', signature, options)).toBe(
      false,
    );
    const nonsense = Buffer.from('nonsense');
    expect(await client.kms.verify('ecc', 'message', nonsense, options)).toBe(
      false,
    );
  });

  it.each([
    ['RSASSA_PSS_SHA_256', 'RSA PSS does not support digested input'],
    ['RSASSA_PSS_SHA_512', 'RSA PSS does not support digested input'],
    ['ML_DSA_65', 'ML-DSA does not support digested input'],
  ] as const)('of %s take no digest', async (signingAlgorithm, text) => {
    const options = { signingAlgorithm, isDigest: true };
    const digest = Buffer.alloc(32);
    await refused(() => client.kms.sign(rsa, digest, options), text);
    await refused(() => client.kms.verify(rsa, digest, digest, options), text);
  });

  it('are checked before the call: algorithm, digest and bytes', async () => {
    const options = { signingAlgorithm: 'ECDSA_SHA_384' } as const;
    const digest = Buffer.alloc(32);
    await refused(
      () => client.kms.sign(ecc, digest, { ...options, isDigest: true }),
      'kms.sign: the digest of ECDSA_SHA_384 has 48 bytes; got 32',
    );
    await refused(
      () => client.kms.sign(ecc, 'x', { signingAlgorithm: 'ES256' as never }),
      /signingAlgorithm must be one of "RSASSA_PSS_SHA_512", .*; got a string/,
    );
    await refused(
      () => client.kms.sign(ecc, 'x', {} as typeof options),
      /kms.sign: signingAlgorithm must be one of .*; got nothing/,
    );
    await refused(
      () => client.kms.verify(ecc, 'x', 'AAAA' as never, options),
      /signature must be a Buffer, .*Buffer.from\(text, 'base64'\)/,
    );
    await refused(
      () => client.kms.verify(ecc, 'x', Buffer.alloc(8193), options),
      'signature must not have more than 8192 bytes; got 8193',
    );
    await refused(
      () => client.kms.sign(ecc, Buffer.alloc(MIB + 1), options),
      'data must not have more than 1048576 bytes',
    );
  });

  it('need an algorithm that goes with the key', async () => {
    const options = { signingAlgorithm: 'ECDSA_SHA_256' } as const;
    await expect(client.kms.sign(rsa, 'x', options)).rejects.toMatchObject({
      constructor: InfisicalValidationError,
      status: 400,
      operation: 'kms.sign',
    });
  });
});

describe('message authentication codes', () => {
  it('are those of node:crypto', async () => {
    const { id } = await client.kms.keys.getByName('mac');
    const key = (await client.kms.keys.exportPrivateKey(id)).reveal();
    const data = randomBytes(4096);
    const mac = await client.kms.generateMac('mac', data);
    expect(mac).toEqual(createHmac('sha256', key).update(data).digest());
    expect(await client.kms.verifyMac('mac', data, mac)).toBe(true);
    expect(await client.kms.verifyMac('mac', 'x', mac)).toBe(false);
    expect(await client.kms.verifyMac('mac', data, Buffer.from('short'))).toBe(
      false,
    );
    await refused(
      () => client.kms.verifyMac('mac', data, Buffer.alloc(1025)),
      'mac must not have more than 1024 bytes; got 1025',
    );
  });
});

describe('a key by name', () => {
  it('is looked up once for all who ask at a time', async () => {
    const fresh = clientOf(emulator);
    emulator.clearRequests();
    await Promise.all(
      ['a', 'b', 'c'].map((text) => fresh.kms.encrypt('aes', text)),
    );
    expect(emulator.count({ path: '/api/v1/kms/keys/key-name/aes' })).toBe(1);
    await fresh.close();
  });

  it('is waited for no longer than the call says, and not in vain for others', async () => {
    const fresh = clientOf(emulator);
    await fresh.kms.keys.list();
    emulator.trouble.add({
      kind: 'hang',
      path: '/api/v1/kms/keys/key-name/*',
      times: 1,
    });
    const controller = new AbortController();
    const reason = new Error('enough');
    const slow = fresh.kms.encrypt('aes', 'x', { timeout: 20 });
    const ended = fresh.kms.encrypt('aes', 'x', { signal: controller.signal });
    controller.abort(reason);
    await expect(ended).rejects.toBe(reason);
    await expect(slow).rejects.toMatchObject({
      constructor: InfisicalTimeoutError,
      operation: 'kms.encrypt',
      timeoutMs: 20,
    });
    await fresh.close();
  });

  it('says which call found none', async () => {
    await expect(client.kms.encrypt('nope', 'x')).rejects.toMatchObject({
      constructor: InfisicalNotFoundError,
      operation: 'kms.keys.getByName',
    });
  });
});
