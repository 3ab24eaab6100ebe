import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InfisicalClient, InfisicalHttpError } from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import {
  DamagingTransport,
  fieldOf,
  MISSING,
} from '../support/damaging-transport.js';
import { demoOptions, failureOf } from '../support/demo.js';
import { MONGO } from '../support/dynamic.js';

/** A call whose answer is damaged, and the fields that its record is made of. */
interface Case {
  readonly operation: string;
  /** Part of the path of its request. */
  readonly path: RegExp;
  readonly call: () => Promise<unknown>;
  /** Fields that must be there, each with further values it must not have. */
  readonly needed: Readonly<Record<string, readonly unknown[]>>;
  /** Fields that may be null or absent, with values they must not have. */
  readonly optional?: Readonly<Record<string, readonly unknown[]>>;
}

const NO_DATE = ['yesterday'];
const NO_BASE64 = ['***', ''];
const NO_WHOLE = [1.5];

const KEY = {
  key: [],
  'key.id': [],
  'key.name': [],
  'key.orgId': [],
  'key.keyUsage': ['wrap'],
  'key.encryptionAlgorithm': [],
  'key.version': NO_WHOLE,
  'key.createdAt': NO_DATE,
  'key.updatedAt': NO_DATE,
};

const KEY_OPTIONAL = {
  'key.description': [7],
  'key.projectId': [7],
  'key.isDisabled': ['true', 1],
  'key.isExportable': ['true'],
};

const under = <T>(prefix: string, fields: Record<string, T>) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`${prefix}.${name}`, value]),
  );

const LEASE = {
  id: [],
  version: NO_WHOLE,
  expireAt: NO_DATE,
  createdAt: NO_DATE,
  updatedAt: NO_DATE,
  externalEntityId: [],
  dynamicSecretId: [],
};

const LEASE_OPTIONAL = {
  status: ['gone', 7],
  statusDetails: [7],
  config: ['text', []],
};

const SECRET = {
  id: [],
  name: [],
  type: [],
  version: NO_WHOLE,
  defaultTTL: [],
  folderId: [],
  createdAt: NO_DATE,
  updatedAt: NO_DATE,
};

const SECRET_OPTIONAL = {
  maxTTL: [7],
  status: ['gone'],
  statusDetails: [7],
  usernameTemplate: [7],
  metadata: ['text', ['text'], [{ key: 'k' }], [{ key: 'k', value: 7 }]],
  inputs: ['text'],
};

let emulator: InfisicalEmulator;
let transport: DamagingTransport;
let client: InfisicalClient;
/** Ids of keys and of a lease. */
let aes: string, ecc: string, mac: string, lease: string;

beforeAll(async () => {
  emulator = await InfisicalEmulator.start();
  transport = new DamagingTransport(emulator.url);
  const { auth, projectId, environment } = demoOptions(emulator);
  client = new InfisicalClient({
    siteUrl: emulator.url,
    auth,
    projectId,
    projectSlug: 'demo',
    environment,
    transport,
    retry: { attempts: 1 },
  });
  const { keys } = client.kms;
  aes = (await keys.create({ name: 'aes' })).id;
  ecc = (
    await keys.create({
      name: 'ecc',
      keyUsage: 'sign-verify',
      encryptionAlgorithm: 'ECC_NIST_P256',
    })
  ).id;
  mac = (
    await keys.create({
      name: 'mac',
      keyUsage: 'generate-verify-mac',
      encryptionAlgorithm: 'HMAC_SHA_256',
    })
  ).id;
  await client.dynamicSecrets.create({
    name: 'mongo',
    provider: MONGO as { type: 'mongo-db'; inputs: typeof MONGO.inputs },
    defaultTTL: '1h',
    metadata: [{ key: 'k', value: 'v' }],
  });
  lease = (await client.dynamicSecrets.leases.create('mongo')).id;
});

afterAll(async () => {
  await client.close();
  await emulator.stop();
});

let count = 0;
const name = (): string => `n-${++count}`;
const newKey = async () => client.kms.keys.create({ name: name() });
const newSecret = () =>
  client.dynamicSecrets.create({
    name: name(),
    provider: { type: 'mongo-db', inputs: MONGO.inputs },
    defaultTTL: '1h',
  });
const newLease = () => client.dynamicSecrets.leases.create('mongo');
const ES256 = { signingAlgorithm: 'ECDSA_SHA_256' } as const;

/** What a call deletes; made before its answer is damaged. */
let prepared: string;
const prepare: Readonly<Record<string, () => Promise<string>>> = {
  'kms.keys.delete': async () => (await newKey()).id,
  'dynamicSecrets.delete': async () => (await newSecret()).name,
  'dynamicSecrets.leases.revoke': async () => (await newLease()).id,
};

const CASES: readonly Case[] = [
  {
    operation: 'kms.keys.list',
    path: /kms\/keys\?/,
    call: () => client.kms.keys.list({ limit: 2 }),
    needed: {
      keys: [[null], ['text']],
      totalCount: NO_WHOLE,
      'keys[0].id': [],
      'keys[1].keyUsage': ['wrap'],
      'keys[1].updatedAt': NO_DATE,
    },
  },
  {
    operation: 'kms.keys.get',
    path: /kms\/keys\//,
    call: () => client.kms.keys.get(aes),
    needed: KEY,
    optional: KEY_OPTIONAL,
  },
  {
    operation: 'kms.keys.getByName',
    path: /key-name/,
    call: () => client.kms.keys.getByName('aes'),
    needed: KEY,
  },
  {
    operation: 'kms.keys.create',
    path: /kms\/keys$/,
    call: newKey,
    needed: KEY,
  },
  {
    operation: 'kms.keys.update',
    path: /kms\/keys\//,
    call: () => client.kms.keys.update(aes, { description: 'd' }),
    needed: KEY,
  },
  {
    operation: 'kms.keys.delete',
    path: /kms\/keys\//,
    call: () => client.kms.keys.delete(prepared),
    needed: KEY,
  },
  {
    operation: 'kms.keys.rotate',
    path: /rotate$/,
    call: () => client.kms.keys.rotate(aes),
    needed: KEY,
  },
  {
    operation: 'kms.keys.publicKey',
    path: /public-key$/,
    call: () => client.kms.keys.publicKey(ecc),
    needed: { publicKey: NO_BASE64 },
  },
  {
    operation: 'kms.keys.signingAlgorithms',
    path: /signing-algorithms$/,
    call: () => client.kms.keys.signingAlgorithms(ecc),
    needed: {
      signingAlgorithms: [[7]],
      'signingAlgorithms[1]': ['ROT_13'],
    },
  },
  {
    operation: 'kms.keys.exportPrivateKey',
    path: /private-key$/,
    call: () => client.kms.keys.exportPrivateKey(aes),
    needed: { privateKey: NO_BASE64 },
  },
  {
    operation: 'kms.keys.exportPrivateKeys',
    path: /bulk-export/,
    call: () => client.kms.keys.exportPrivateKeys([ecc]),
    needed: {
      keys: ['text', [7]],
      'keys[0].keyId': [],
      'keys[0].name': [],
      'keys[0].keyUsage': ['wrap'],
      'keys[0].algorithm': [],
      'keys[0].privateKey': NO_BASE64,
    },
    optional: { 'keys[0].publicKey': ['***', 7] },
  },
  {
    operation: 'kms.keys.importMany',
    path: /bulk-import/,
    call: () =>
      client.kms.keys.importMany({
        keys: [name(), 'aes'].map((one) => ({
          name: one,
          keyUsage: 'encrypt-decrypt' as const,
          encryptionAlgorithm: 'aes-256-gcm' as const,
          keyMaterial: Buffer.alloc(32, 7),
        })),
      }),
    needed: {
      keys: [],
      'keys[0].id': [],
      'keys[0].name': [],
      errors: [],
      'errors[0].name': [],
      'errors[0].message': [],
    },
  },
  {
    operation: 'kms.encrypt',
    path: /encrypt$/,
    call: () => client.kms.encrypt(aes, 'a text to be kept'),
    needed: { ciphertext: NO_BASE64 },
  },
  {
    operation: 'kms.decrypt',
    path: /decrypt$/,
    call: async () =>
      client.kms.decrypt(aes, await client.kms.encrypt(aes, 'a kept text')),
    needed: { plaintext: NO_BASE64 },
  },
  {
    operation: 'kms.sign',
    path: /sign$/,
    call: () => client.kms.sign(ecc, 'message', ES256),
    needed: {
      signature: NO_BASE64,
      keyId: ['99999999-9999-4999-8999-999999999999'],
      signingAlgorithm: ['ECDSA_SHA_384'],
    },
  },
  {
    operation: 'kms.verify',
    path: /verify$/,
    call: () => client.kms.verify(ecc, 'message', Buffer.from('no'), ES256),
    needed: {
      signatureValid: ['false', 0],
      keyId: ['99999999-9999-4999-8999-999999999999'],
      signingAlgorithm: ['ECDSA_SHA_384'],
    },
  },
  {
    operation: 'kms.generateMac',
    path: /generate-mac$/,
    call: () => client.kms.generateMac(mac, 'message'),
    needed: { mac: NO_BASE64, keyId: ['other'], macAlgorithm: ['HMAC_MD5'] },
  },
  {
    operation: 'kms.verifyMac',
    path: /verify-mac$/,
    call: () => client.kms.verifyMac(mac, 'message', Buffer.from('no')),
    needed: { macValid: ['true', 1], keyId: ['other'], macAlgorithm: ['X'] },
  },
  {
    operation: 'dynamicSecrets.list',
    path: /dynamic-secrets\?/,
    call: () => client.dynamicSecrets.list(),
    needed: {
      dynamicSecrets: [[7]],
      'dynamicSecrets[0].id': [],
      'dynamicSecrets[0].type': [],
      'dynamicSecrets[0].createdAt': NO_DATE,
    },
  },
  {
    operation: 'dynamicSecrets.get',
    path: /dynamic-secrets\/mongo/,
    call: () => client.dynamicSecrets.get('mongo'),
    needed: { dynamicSecret: [], ...under('dynamicSecret', SECRET) },
    optional: under('dynamicSecret', SECRET_OPTIONAL),
  },
  {
    operation: 'dynamicSecrets.create',
    path: /dynamic-secrets$/,
    call: newSecret,
    needed: { dynamicSecret: [], ...under('dynamicSecret', SECRET) },
  },
  {
    operation: 'dynamicSecrets.update',
    path: /dynamic-secrets\/mongo/,
    call: () => client.dynamicSecrets.update('mongo', { defaultTTL: '2h' }),
    needed: { dynamicSecret: [], ...under('dynamicSecret', SECRET) },
  },
  {
    operation: 'dynamicSecrets.delete',
    path: /dynamic-secrets\//,
    call: () => client.dynamicSecrets.delete(prepared),
    needed: { dynamicSecret: [], ...under('dynamicSecret', SECRET) },
  },
  {
    operation: 'dynamicSecrets.leases.create',
    path: /leases$/,
    call: newLease,
    needed: {
      lease: [],
      ...under('lease', LEASE),
      dynamicSecret: [],
      ...under('dynamicSecret', SECRET),
      data: [],
      'data.DB_USERNAME': [],
      'data.DB_PASSWORD': [],
    },
    optional: under('lease', LEASE_OPTIONAL),
  },
  {
    operation: 'dynamicSecrets.leases.list',
    path: /mongo\/leases/,
    call: () => client.dynamicSecrets.leases.list('mongo'),
    needed: { leases: [['text']], ...under('leases[0]', LEASE) },
  },
  {
    operation: 'dynamicSecrets.leases.get',
    path: /leases\//,
    call: () => client.dynamicSecrets.leases.get(lease),
    needed: {
      lease: [],
      ...under('lease', LEASE),
      'lease.dynamicSecret': [],
      ...under('lease.dynamicSecret', SECRET),
    },
    optional: under('lease', LEASE_OPTIONAL),
  },
  {
    operation: 'dynamicSecrets.leases.renew',
    path: /renew$/,
    call: () => client.dynamicSecrets.leases.renew(lease, { ttl: '1m' }),
    needed: { lease: [], ...under('lease', LEASE) },
  },
  {
    operation: 'dynamicSecrets.leases.revoke',
    path: /leases\//,
    call: () => client.dynamicSecrets.leases.revoke(prepared),
    needed: { lease: [], ...under('lease', LEASE) },
    optional: under('lease', LEASE_OPTIONAL),
  },
];

type Row = [operation: string, field: string, values: readonly unknown[], Case];

const rows = (fields: (one: Case) => Case['needed'] | undefined): Row[] =>
  CASES.flatMap((one) =>
    Object.entries(fields(one) ?? {}).map(([field, values]): Row => [
      one.operation,
      field,
      values,
      one,
    ]),
  );

describe('an answer that cannot be read', () => {
  it.each(rows(({ needed }) => needed))(
    'is an error: %s without %s',
    async (_, field, values, one) => {
      await whole(one);
      for (const value of [MISSING, null, wrong(field), ...values]) {
        await refused(one, field, value);
      }
    },
  );

  it.each(rows(({ optional }) => optional))(
    'is an error: %s with nonsense in %s, which may be absent',
    async (_, field, values, one) => {
      for (const value of [MISSING, null]) {
        await ready(one);
        transport.damage(one.path, field, value);
        await expect(one.call()).resolves.toBeDefined();
      }
      for (const value of values) await refused(one, field, value);
    },
  );
});

async function ready({ operation }: Case): Promise<void> {
  const made = await prepare[operation]?.();
  prepared = made ?? '';
}

/** The answer as it is passes, and is kept to be looked at. */
async function whole(one: Case): Promise<void> {
  await ready(one);
  transport.damage(one.path, 'nothing', 1);
  await expect(one.call()).resolves.toBeDefined();
}

/** A value of another kind than the one that is there. */
function wrong(field: string): unknown {
  const value = fieldOf(transport.whole, field);
  if (value === undefined) throw new Error(`${field} is not there`);
  return typeof value === 'string' ? 7 : Array.isArray(value) ? {} : 'text';
}

async function refused(
  one: Case,
  field: string,
  value: unknown,
): Promise<void> {
  const { operation } = one;
  await ready(one);
  transport.damage(one.path, field, value);
  const error = await failureOf(one.call());
  const told = inspect(value);
  expect({ told, error }).toMatchObject({
    told,
    error: {
      constructor: InfisicalHttpError,
      code: 'UnreadableAnswer',
      operation,
      retryable: false,
    },
  });
  // The field, or an item inside it.
  expect(error.message).toContain(`to ${operation} has not`);
  expect(error.message).toContain(`"${field}`);
  for (const text of texts(transport.whole)) {
    expect(inspect(error)).not.toContain(text);
  }
}

/** Texts of an answer that are long enough to be a secret. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') {
    return value.length >= 20 && !/^[0-9a-f-]{36}$/.test(value) ? [value] : [];
  }
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap(texts)
    : [];
}
