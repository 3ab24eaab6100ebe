import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DEFAULT_EMULATOR_SEED,
  InfisicalEmulator,
} from 'nestjs-infisical/testing';
import {
  decrypt,
  encrypt,
  type KeyMaterial,
} from '../../lib/testing/emulator/kms/ciphertext.js';
import type { SymmetricAlgorithm } from '../../lib/testing/emulator/kms/algorithms.js';
import {
  EmulatorHttp,
  errorOf,
  pick,
  PROJECT_ID,
} from '../support/emulator-http.js';

const KEYS = '/api/v1/kms/keys';

let emulator: InfisicalEmulator;
let http: EmulatorHttp;

async function start(kms?: 'k1' | 'k3'): Promise<void> {
  emulator = await InfisicalEmulator.start({
    kms,
    seed: {
      projects: DEFAULT_EMULATOR_SEED.projects.map((project) => ({
        ...project,
        kmsKeys: [
          { name: 'seeded' },
          { name: 'half', algorithm: 'aes-128-gcm' },
        ],
      })),
      identities: [
        ...DEFAULT_EMULATOR_SEED.identities,
        {
          name: 'viewer',
          projects: [{ slug: 'demo', role: 'viewer' }],
          universalAuth: { clientId: 'viewer', clientSecret: 's' },
        },
      ],
    },
  });
  http = new EmulatorHttp(emulator);
  await http.useLogin();
}

async function keyId(name = 'seeded'): Promise<string> {
  const answer = await http.get(`${KEYS}/key-name/${name}`, {
    projectId: PROJECT_ID,
  });
  return pick(answer, 'key', 'id');
}

const base64 = (data: string | Buffer) => Buffer.from(data).toString('base64');
const encryptWith = (id: string, plaintext: string) =>
  http.post(`${KEYS}/${id}/encrypt`, { plaintext });
const decryptWith = (id: string, ciphertext: string) =>
  http.post(`${KEYS}/${id}/decrypt`, { ciphertext });

const badRequest = (message: string) => ({
  status: 400,
  error: 'BadRequest',
  message,
});
const notFound = (message: string) => ({
  status: 404,
  error: 'NotFound',
  message,
});
const BROKEN = {
  status: 500,
  error: 'InternalServerError',
  message: 'Something went wrong',
};

describe('the ciphertext', () => {
  const key = (
    algorithm: SymmetricAlgorithm,
    bytes: number,
    version = 1,
  ): KeyMaterial => ({
    algorithm,
    version,
    material: () => Buffer.from(Array.from({ length: bytes }, (_, i) => i)),
  });
  const iv = Buffer.from(Array.from({ length: 12 }, (_, i) => i));

  it.each([
    [
      'aes-256-gcm v1',
      key('aes-256-gcm', 32),
      'AAECAwQFBgcICQoLL2e6d6onl/81O4oEbSgjbc2dBXu7djAx',
    ],
    [
      'aes-128-gcm v1',
      key('aes-128-gcm', 16),
      'AAECAwQFBgcICQoL+wnLogmJKlKQ5qHMXER2cdL9s5nwdjAx',
    ],
    [
      'aes-256-gcm v2',
      key('aes-256-gcm', 32, 2),
      'AAECAwQFBgcICQoLL2e6d6onl/81O4oEbSgjbc2dBXu7AAAAAnYwMg==',
    ],
  ])('has the documented layout: %s', (_name, material, expected) => {
    const blob = encrypt(material, Buffer.from('hello'), iv);
    expect(blob.toString('base64')).toBe(expected);
    expect(decrypt(material, blob).toString()).toBe('hello');
  });
});

describe('the API', () => {
  beforeEach(() => start());
  afterEach(() => emulator.stop());

  it('creates, finds, changes and deletes a key', async () => {
    const created = await http.post(KEYS, {
      projectId: PROJECT_ID,
      name: 'new-key',
      description: ' d ',
      encryptionAlgorithm: 'aes-128-gcm',
    });
    expect(created.body).toMatchObject({
      key: {
        name: 'new-key',
        description: 'd',
        projectId: PROJECT_ID,
        keyUsage: 'encrypt-decrypt',
        encryptionAlgorithm: 'aes-128-gcm',
        algorithm: 'aes-128-gcm',
        version: 1,
        isDisabled: false,
      },
    });
    const id = pick(created, 'key', 'id');
    expect(await keyId('new-key')).toBe(id);
    expect((await http.get(`${KEYS}/${id}`)).body).toEqual(created.body);
    const changed = await http.patch(`${KEYS}/${id}`, {
      name: 'renamed',
      isDisabled: true,
    });
    expect(changed.body).toMatchObject({
      key: { name: 'renamed', isDisabled: true },
    });
    expect((await http.delete(`${KEYS}/${id}`)).body).toMatchObject({
      key: { id },
    });
    expect(errorOf(await http.get(`${KEYS}/${id}`))).toEqual(
      notFound(`Key with ID "${id}" not found`),
    );
    expect(errorOf(await http.delete(`${KEYS}/${id}`))).toEqual(
      notFound(`Key with ID ${id} not found`),
    );
  });

  it('lists with wildcards and a count of the page', async () => {
    const list = async (query: Record<string, string>) => {
      const answer = await http.get(KEYS, { projectId: PROJECT_ID, ...query });
      return {
        names: pick<{ name: string }[]>(answer, 'keys').map(({ name }) => name),
        total: pick<number>(answer, 'totalCount'),
      };
    };
    expect(await list({})).toEqual({ names: ['half', 'seeded'], total: 2 });
    expect(await list({ orderDirection: 'desc', limit: '1' })).toEqual({
      names: ['seeded'],
      total: 2,
    });
    expect(await list({ search: 'S__D' })).toEqual({
      names: ['seeded'],
      total: 1,
    });
    expect(await list({ offset: '5' })).toEqual({ names: [], total: 0 });
  });

  it('encrypts and decrypts, also after a rotation', async () => {
    const id = await keyId();
    const first = pick(await encryptWith(id, base64('one')), 'ciphertext');
    const rotated = await http.post(`${KEYS}/${id}/rotate`);
    expect(rotated.body).toMatchObject({ key: { version: 2 } });
    const second = pick(await encryptWith(id, base64('two')), 'ciphertext');
    expect(Buffer.from(first, 'base64').subarray(-3).toString()).toBe('v01');
    expect(Buffer.from(second, 'base64').subarray(-3).toString()).toBe('v02');
    expect((await decryptWith(id, first)).body).toEqual({
      plaintext: base64('one'),
    });
    expect((await decryptWith(id, second)).body).toEqual({
      plaintext: base64('two'),
    });
  });

  it('answers 500 to whatever does not decrypt', async () => {
    const id = await keyId();
    const good = pick(await encryptWith(id, base64('x')), 'ciphertext');
    const damaged = Buffer.from(good, 'base64');
    damaged[14] = (damaged[14] ?? 0) ^ 1;
    for (const bad of [base64(damaged), base64('abc'), 'AAAA']) {
      expect(errorOf(await decryptWith(id, bad))).toEqual(BROKEN);
    }
    expect(errorOf(await decryptWith(await keyId('half'), good))).toEqual(
      BROKEN,
    );
  });

  it('holds plaintexts to base64 and 1 MiB', async () => {
    const id = await keyId();
    for (const bad of ['', 'a b', '-_', 'a', 'ab=']) {
      const answer = await encryptWith(id, bad);
      expect(pick<{ message: string }[]>(answer, 'message')[0]?.message).toBe(
        'data must be base64 encoded',
      );
    }
    const largest = base64(Buffer.alloc(1_048_576));
    const sealed = pick(await encryptWith(id, largest), 'ciphertext');
    expect((await decryptWith(id, sealed)).body).toEqual({
      plaintext: largest,
    });
    const tooLarge = await encryptWith(id, base64(Buffer.alloc(1_048_577)));
    expect(tooLarge.status).toBe(422);
    expect(tooLarge.text).toContain('data cannot exceed 1048576 bytes');
  });

  it('checks existence, then the switch, then permission', async () => {
    const id = await keyId();
    const unknown = '99999999-9999-4999-8999-999999999999';
    const text = base64('x');
    expect((await encryptWith('no-uuid', text)).status).toBe(422);
    expect(errorOf(await encryptWith(unknown, text))).toEqual(
      notFound(`Key with ID "${unknown}" not found`),
    );
    await http.patch(`${KEYS}/${id}`, { isDisabled: true });
    await http.useLogin('viewer', 's');
    expect(errorOf(await encryptWith(id, text))).toEqual(
      badRequest('Key is disabled'),
    );
    expect(errorOf(await encryptWith(await keyId('half'), text))).toEqual({
      status: 403,
      error: 'PermissionDenied',
      message: 'You are not allowed to encrypt on cmek',
    });
  });

  it('refuses names and algorithms that do not fit', async () => {
    const create = (more: object) =>
      http.post(KEYS, { projectId: PROJECT_ID, name: 'x', ...more });
    expect(errorOf(await create({ name: 'seeded' }))).toEqual(
      badRequest(
        `A KMS key with the name "seeded" already exists for the project with ID "${PROJECT_ID}"`,
      ),
    );
    for (const name of ['My-Key', 'a_b', 'a--b', '-a', '', 'a'.repeat(33)]) {
      expect((await create({ name })).status).toBe(422);
    }
    const wrong = await create({ keyUsage: 'sign-verify' });
    expect(pick<{ message: string }[]>(wrong, 'message')[0]?.message).toContain(
      'algorithm must be a valid asymmetric sign-verify algorithm.',
    );
  });
});

it('lets an older tier encrypt what it cannot decrypt', async () => {
  await start('k1');
  const id = await keyId();
  const answer = await encryptWith(id, base64(Buffer.alloc(4066)));
  expect(answer.status).toBe(200);
  const trapped = await decryptWith(id, pick(answer, 'ciphertext'));
  expect(pick<{ message: string }[]>(trapped, 'message')[0]?.message).toBe(
    'data cannot exceed 4096 bytes',
  );
  const safe = await encryptWith(id, base64(Buffer.alloc(4065)));
  expect((await decryptWith(id, pick(safe, 'ciphertext'))).status).toBe(200);
  const rotate = await http.post(`${KEYS}/${id}/rotate`, undefined, {
    isUnlisted: true,
  });
  expect(rotate.status).toBe(404);
  await emulator.stop();
});
