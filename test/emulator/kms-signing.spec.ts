import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { errorOf, pick } from '../support/emulator-http.js';
import {
  badRequest,
  base64,
  issues,
  KEYS,
  KmsBench,
  UNKNOWN_ID,
} from '../support/kms.js';

const MESSAGE = Buffer.from('hello');
const HASHES = ['512', '384', '256'];
const PSS = HASHES.map((bits) => `RSASSA_PSS_SHA_${bits}`);
const PKCS1 = HASHES.map((bits) => `RSASSA_PKCS1_V1_5_SHA_${bits}`);
const ECDSA = HASHES.map((bits) => `ECDSA_SHA_${bits}`);

let kms: KmsBench;
let rsa: KeyObject;
let ecc: KeyObject;

beforeAll(async () => {
  kms = await KmsBench.start();
  rsa = await publicKey('rsa');
  ecc = await publicKey('ecc');
}, 60_000);
afterAll(() => kms.emulator.stop());

async function publicKey(name: string): Promise<KeyObject> {
  const der = pick(await kms.use(name, 'public-key'), 'publicKey');
  const key = Buffer.from(der, 'base64');
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

const hashOf = (algorithm: string) => `sha${algorithm.slice(-3)}`;
const digestOf = (algorithm: string) =>
  createHash(hashOf(algorithm)).update(MESSAGE).digest();

function signed(name: string, signingAlgorithm: string, more: object = {}) {
  return kms.use(name, 'sign', {
    signingAlgorithm,
    data: base64(MESSAGE),
    ...more,
  });
}

async function signature(
  name: string,
  algorithm: string,
  more: object = {},
): Promise<Buffer> {
  const answer = await signed(name, algorithm, more);
  expect(answer.body).toMatchObject({
    keyId: await kms.id(name),
    signingAlgorithm: algorithm,
  });
  return Buffer.from(pick<string>(answer, 'signature'), 'base64');
}

async function isValid(
  name: string,
  signingAlgorithm: string,
  bytes: Buffer,
  more: object = {},
): Promise<boolean> {
  const answer = await kms.use(name, 'verify', {
    signingAlgorithm,
    data: base64(MESSAGE),
    signature: base64(bytes),
    ...more,
  });
  expect(answer.status).toBe(200);
  return pick<boolean>(answer, 'signatureValid');
}

describe('a signature', () => {
  it.each(PSS)('§1.4 by %s has a salt as long as its digest', async (name) => {
    const bytes = await signature('rsa', name);
    const check = (saltLength: number) =>
      verify(
        hashOf(name),
        MESSAGE,
        { key: rsa, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
        bytes,
      );
    expect(check(digestOf(name).length)).toBe(true);
    expect(check(20)).toBe(false);
    expect(await isValid('rsa', name, bytes)).toBe(true);
  });

  it.each(PKCS1)('by %s is checked with the public key', async (name) => {
    const bytes = await signature('rsa', name);
    expect(bytes).toHaveLength(512);
    expect(verify(hashOf(name), MESSAGE, rsa, bytes)).toBe(true);
    expect(await isValid('rsa', name, bytes)).toBe(true);
  });

  it.each(ECDSA)('§1.4 by %s is DER, on P-256 with any hash', async (name) => {
    const bytes = await signature('ecc', name);
    expect(bytes[0]).toBe(0x30);
    expect(verify(hashOf(name), MESSAGE, ecc, bytes)).toBe(true);
    expect(await isValid('ecc', name, bytes)).toBe(true);
  });

  it('§1.4 is answered as invalid, not as an error, whatever it is', async () => {
    const good = await signature('rsa', 'RSASSA_PSS_SHA_256');
    const damaged = Buffer.from(good);
    damaged[9] = (damaged[9] ?? 0) ^ 1;
    for (const bad of [damaged, Buffer.from('abc'), good.subarray(1)]) {
      for (const name of ['RSASSA_PSS_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_256']) {
        expect(await isValid('rsa', name, bad)).toBe(false);
      }
      expect(await isValid('ecc', 'ECDSA_SHA_256', bad)).toBe(false);
    }
    const other = { data: base64('other') };
    expect(await isValid('rsa', 'RSASSA_PSS_SHA_256', good, other)).toBe(false);
  });
});

describe('a digest', () => {
  const digest = (name: string) => ({
    data: base64(digestOf(name)),
    isDigest: true,
  });

  it.each(PKCS1)('§1.4 gives the bytes of the message: %s', async (name) => {
    const bytes = await signature('rsa', name, digest(name));
    expect(bytes).toEqual(await signature('rsa', name));
    expect(await isValid('rsa', name, bytes, digest(name))).toBe(true);
    expect(await isValid('rsa', name, bytes)).toBe(true);
  });

  it.each(ECDSA)('§1.4 cross-verifies with the message: %s', async (name) => {
    for (let round = 0; round < 20; round++) {
      const ofDigest = await signature('ecc', name, digest(name));
      expect(verify(hashOf(name), MESSAGE, ecc, ofDigest)).toBe(true);
      const ofMessage = await signature('ecc', name);
      expect(await isValid('ecc', name, ofMessage, digest(name))).toBe(true);
    }
    const bytes = await signature('ecc', name);
    const other = createHash(hashOf(name)).update('other').digest();
    const wrong = { data: base64(other), isDigest: true };
    expect(await isValid('ecc', name, bytes, wrong)).toBe(false);
  });

  it('§1.4 is refused by PSS, on sign and on verify', async () => {
    const expected = badRequest('RSA PSS does not support digested input');
    const name = 'RSASSA_PSS_SHA_256';
    expect(errorOf(await signed('rsa', name, digest(name)))).toEqual(expected);
    const request = { signingAlgorithm: name, signature: 'AAAA' };
    const answer = await kms.use('rsa', 'verify', {
      ...request,
      ...digest(name),
    });
    expect(errorOf(answer)).toEqual(expected);
  });

  it('§1.4 of a wrong length cannot be signed and verifies as false', async () => {
    const short = { data: base64('short'), isDigest: true };
    expect(errorOf(await signed('ecc', 'ECDSA_SHA_256', short))).toEqual(
      badRequest(
        'Failed to sign ECC digest with ECDSA_SHA_256 due to signing error. Ensure that your digest is hashed with SHA256.',
      ),
    );
    const name = 'RSASSA_PKCS1_V1_5_SHA_256';
    expect(errorOf(await signed('rsa', name, short))).toEqual(
      badRequest(
        'Failed to sign RSA digest with RSASSA_PKCS1_V1_5_SHA_256 due to signing error. Ensure that your digest is hashed with SHA256.',
      ),
    );
    const bytes = await signature('ecc', 'ECDSA_SHA_256');
    expect(await isValid('ecc', 'ECDSA_SHA_256', bytes, short)).toBe(false);
  });

  it('with a damaged signature is not valid', async () => {
    const bytes = await signature('ecc', 'ECDSA_SHA_256');
    const twice = { ...digest('ECDSA_SHA_256') };
    const changed = Buffer.from(bytes);
    changed[10] = (changed[10] ?? 0) ^ 1;
    const zero = Buffer.from('3006020100020100', 'hex');
    const bads = [changed, zero, bytes.subarray(0, -1), Buffer.from('0')];
    for (const bad of bads) {
      expect(await isValid('ecc', 'ECDSA_SHA_256', bad, twice)).toBe(false);
    }
    const rsaDigest = digest('RSASSA_PKCS1_V1_5_SHA_256');
    expect(
      await isValid('rsa', 'RSASSA_PKCS1_V1_5_SHA_256', bytes, rsaDigest),
    ).toBe(false);
  });
});

describe('the algorithms of a key', () => {
  it('§1.4 are listed in the order of the contract', async () => {
    const list = (name: string) => kms.use(name, 'signing-algorithms');
    expect((await list('rsa')).body).toEqual({
      signingAlgorithms: [...PSS, ...PKCS1],
    });
    expect((await list('ecc')).body).toEqual({ signingAlgorithms: ECDSA });
    expect(errorOf(await list('aes'))).toEqual(
      badRequest(
        `Key with ID '${await kms.id('aes')}' is not intended for signing`,
      ),
    );
  });

  it('§1.3 are the only ones that it takes', async () => {
    expect(errorOf(await signed('rsa', 'ECDSA_SHA_256'))).toEqual(
      badRequest('KMS RSA key cannot be used with ECDSA_SHA_256'),
    );
    expect(errorOf(await signed('ecc', 'RSASSA_PSS_SHA_256'))).toEqual(
      badRequest('KMS ECC key cannot be used with RSASSA_PSS_SHA_256'),
    );
    expect(errorOf(await signed('ecc', 'ML_DSA_44'))).toEqual(
      badRequest('KMS ECC key cannot be used with ML_DSA_44'),
    );
    expect((await signed('ecc', 'SHA_1')).status).toBe(422);
  });

  it('§1.3 do not go with another usage of the key', async () => {
    const wrong = badRequest(
      'Unsupported key type, expected sign-verify but got encrypt-decrypt',
    );
    expect(errorOf(await signed('aes', 'ECDSA_SHA_256'))).toEqual(wrong);
    expect(errorOf(await kms.use('aes', 'public-key'))).toEqual(wrong);
    const request = { plaintext: base64('x') };
    expect(errorOf(await kms.use('ecc', 'encrypt', request))).toEqual(
      badRequest(
        'Unsupported key type, expected encrypt-decrypt but got sign-verify',
      ),
    );
  });
});

it('§1.3 a disabled signing key answers 400 before 403', async () => {
  const created = await kms.create({
    name: 'off',
    keyUsage: 'sign-verify',
    algorithm: 'ECC_NIST_P256',
  });
  const id = pick(created, 'key', 'id');
  await kms.http.patch(`${KEYS}/${id}`, { isDisabled: true });
  const admin = kms.http.token;
  await kms.http.useLogin('viewer', 's');
  const disabled = badRequest('Key is disabled');
  for (const operation of ['public-key', 'signing-algorithms', 'private-key']) {
    expect(errorOf(await kms.http.get(`${KEYS}/${id}/${operation}`))).toEqual(
      disabled,
    );
  }
  const signing = { signingAlgorithm: 'ECDSA_SHA_256', data: 'AAAA' };
  expect(errorOf(await kms.http.post(`${KEYS}/${id}/sign`, signing))).toEqual(
    disabled,
  );
  expect(
    errorOf(await kms.http.get(`${KEYS}/${UNKNOWN_ID}/public-key`)),
  ).toEqual({
    status: 404,
    error: 'NotFound',
    message: `Key with ID "${UNKNOWN_ID}" not found`,
  });
  expect(errorOf(await signed('ecc', 'ECDSA_SHA_256'))).toMatchObject({
    status: 403,
    message: 'You are not allowed to sign on cmek',
  });
  kms.http.token = admin;
});

it('§1.2 holds signatures to 8192 bytes', async () => {
  const answer = await kms.use('ecc', 'verify', {
    signingAlgorithm: 'ECDSA_SHA_256',
    data: 'AAAA',
    signature: base64(Buffer.alloc(8193)),
  });
  expect(issues(answer)).toEqual(['signature cannot exceed 8192 bytes']);
});

it('§1.1 knows ML-DSA by name, and says that it has none', async () => {
  const answer = await kms.create({
    name: 'pq',
    keyUsage: 'sign-verify',
    algorithm: 'ML_DSA_44',
  });
  expect(issues(answer)).toEqual([
    'algorithm must be a valid asymmetric sign-verify algorithm. Valid options are: RSA_4096, ECC_NIST_P256',
  ]);
});

it('verifies what was signed elsewhere with an imported key', async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' });
  await kms.import({
    name: 'from-outside',
    keyUsage: 'sign-verify',
    algorithm: 'ECC_NIST_P256',
    keyMaterial: base64(pem),
  });
  const bytes = sign('sha384', MESSAGE, pair.privateKey);
  expect(await isValid('from-outside', 'ECDSA_SHA_384', bytes)).toBe(true);
});
