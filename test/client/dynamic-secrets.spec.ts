import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CreateDynamicSecretOptions,
  InfisicalClient,
  InfisicalConfigError,
  InfisicalHttpError,
  InfisicalNotFoundError,
  InfisicalValidationError,
  LeaseWithCredentials,
  Redacted,
} from 'nestjs-infisical';
import { inspect } from 'node:util';
import { demoOptions, failureOf } from '../support/demo.js';
import { DynamicBench, HOUR, MINUTE } from '../support/dynamic.js';
import { UNKNOWN_ID } from '../support/kms.js';

const INPUTS = {
  host: 'mongo.example.com',
  username: 'admin',
  password: 'admin-password',
  database: 'app',
  roles: ['readWrite'],
};

let bench: DynamicBench;
let client: InfisicalClient;

beforeAll(async () => {
  bench = await DynamicBench.start();
  const { siteUrl, auth, projectId, environment } = demoOptions(bench.emulator);
  client = new InfisicalClient({
    siteUrl,
    auth,
    projectId,
    environment,
    clock: bench.clock,
  });
  await create('shared', { maxTTL: '3h' });
});

afterAll(async () => {
  await client.close();
  await bench.emulator.stop();
});

function create(
  name: string,
  more: Partial<CreateDynamicSecretOptions<'mongo-db'>> = {},
) {
  return client.dynamicSecrets.create({
    name,
    provider: { type: 'mongo-db', inputs: INPUTS },
    defaultTTL: '1h',
    ...more,
  });
}

/** Fails with the text before anything is sent. */
async function refused(
  work: () => Promise<unknown>,
  text: string | RegExp,
): Promise<void> {
  const before = bench.emulator.requests.length;
  const error = await failureOf(work());
  expect(error).toBeInstanceOf(InfisicalConfigError);
  expect(error.message).toMatch(text);
  expect(bench.emulator.requests).toHaveLength(before);
}

describe('a dynamic secret', () => {
  it('has everything the server tells of it', async () => {
    const made = await create('whole', {
      maxTTL: '10y',
      metadata: [{ key: 'team', value: '' }],
      usernameTemplate: 'app-{{random 8}}',
    });
    expect(made).toEqual({
      id: expect.any(String) as unknown,
      name: 'whole',
      type: 'mongo-db',
      version: 1,
      defaultTTL: '3600s',
      maxTTL: '315576000s',
      folderId: expect.any(String) as unknown,
      usernameTemplate: 'app-{{random 8}}',
      metadata: [{ key: 'team', value: '' }],
      createdAt: expect.any(Date) as unknown,
      updatedAt: expect.any(Date) as unknown,
      inputs: expect.any(Redacted) as unknown,
    });
    expect(made.inputs?.reveal()).toMatchObject(INPUTS);
    expect(inspect(made) + JSON.stringify(made)).not.toContain(
      'admin-password',
    );
    const { inputs, ...plain } = made;
    expect(inputs).toBeDefined();
    expect(await client.dynamicSecrets.list()).toContainEqual(plain);
    expect(await client.dynamicSecrets.get('whole')).toEqual(made);
    const { data } = await client.dynamicSecrets.leases.create('whole');
    expect(data.DB_USERNAME).toMatch(/^app-[A-Za-z0-9]{8}$/);
  });

  it('keeps what an update leaves out, and its inputs are merged', async () => {
    await create('merged', { maxTTL: '2h', usernameTemplate: 'a' });
    const changed = await client.dynamicSecrets.update('merged', {
      newName: 'renamed',
      inputs: { host: 'other.example.com' },
      defaultTTL: '30m',
      metadata: [{ key: 'k', value: 'v' }],
    });
    expect(changed).toMatchObject({
      name: 'renamed',
      defaultTTL: '1800s',
      maxTTL: '7200s',
      usernameTemplate: 'a',
      metadata: [{ key: 'k', value: 'v' }],
    });
    const { inputs } = await client.dynamicSecrets.get('renamed');
    expect(inputs?.reveal()).toMatchObject({
      ...INPUTS,
      host: 'other.example.com',
    });
    const cleared = await client.dynamicSecrets.update('renamed', {
      maxTTL: null,
      usernameTemplate: null,
    });
    expect(cleared.maxTTL).toBeUndefined();
    expect(cleared.usernameTemplate).toBeUndefined();
  });

  it('is deleted at once, or when its leases are gone', async () => {
    await create('gone');
    await client.dynamicSecrets.delete('gone');
    await expect(client.dynamicSecrets.get('gone')).rejects.toMatchObject({
      constructor: InfisicalNotFoundError,
      operation: 'dynamicSecrets.get',
    });
    await create('leased');
    await client.dynamicSecrets.leases.create('leased');
    const { status } = await client.dynamicSecrets.delete('leased');
    expect(status).toBe('Revocation in process');
    await bench.emulator.idle();
    await create('forced');
    await client.dynamicSecrets.leases.create('forced');
    await client.dynamicSecrets.delete('forced', { isForced: true });
    const names = (await client.dynamicSecrets.list()).map(({ name }) => name);
    expect(names).not.toContain('forced');
  });

  it.each<[Partial<CreateDynamicSecretOptions<'mongo-db'>>, RegExp]>([
    [
      { defaultTTL: '59s' },
      /dynamicSecrets.create: defaultTTL must be from 1 minute \(60000 ms\) to 10 years \(315576000000 ms\); got 59000 ms/,
    ],
    [{ maxTTL: '11y' }, /maxTTL must be from 1 minute .*; got 347133600000 ms/],
    [{ defaultTTL: '1h30m' }, /defaultTTL must be a duration/],
    [
      { defaultTTL: '2h', maxTTL: '1h' },
      /defaultTTL \(7200000 ms\) must not be longer than maxTTL \(3600000 ms\)/,
    ],
    [{ defaultTTL: undefined }, /defaultTTL must be a duration.*got nothing/],
    [{ name: 'No_Slug' }, /name must be a slug: 1 to 64/],
    [{ provider: undefined }, /provider must be an object; got nothing/],
    [{ metadata: [{ key: '', value: 'v' }] }, /metadata must be an array of/],
    [{ usernameTemplate: 'a$b' }, /usernameTemplate must be at most 255 let/],
    [{ usernameTemplate: 'a'.repeat(256) }, /usernameTemplate must be at most/],
    [{ ttl: '1h' } as object, /dynamicSecrets.create has no option "ttl"/],
  ])('is refused before it is sent: %j', async (options, text) => {
    await refused(() => create('refused', options), text);
  });

  it('is refused as it is changed, deleted and read', async () => {
    const { dynamicSecrets } = client;
    await refused(
      () => dynamicSecrets.update('x', { name: 'y' } as object),
      'dynamicSecrets.update has no option "name"',
    );
    await refused(
      () => dynamicSecrets.update('x', { newName: 'Y' }),
      'newName must be a slug',
    );
    await refused(
      () => dynamicSecrets.update('x', { defaultTTL: 1000 }),
      'defaultTTL must be from 1 minute',
    );
    await refused(
      () => dynamicSecrets.delete('x', { force: true } as object),
      'dynamicSecrets.delete has no option "force"',
    );
    await refused(() => dynamicSecrets.get(''), 'the name must be a non-empty');
    await refused(
      () => dynamicSecrets.list({ secretPath: '/' } as object),
      '"secretPath": it is called "path" here',
    );
  });
});

describe('a lease', () => {
  it('has the fields of the API, and credentials that print nothing', async () => {
    const lease =
      await client.dynamicSecrets.leases.create<'mongo-db'>('shared');
    const { DB_USERNAME, DB_PASSWORD } = lease.data;
    expect(lease).toBeInstanceOf(LeaseWithCredentials);
    expect(lease.externalEntityId).toBe(DB_USERNAME);
    expect(lease.expireAt.getTime() - lease.createdAt.getTime()).toBe(HOUR);
    expect(lease).toMatchObject({
      type: 'mongo-db',
      defaultTTL: '3600s',
      maxTTL: '10800s',
      dynamicSecret: { name: 'shared', type: 'mongo-db' },
    });
    for (const printed of [
      inspect(lease, { depth: 9 }),
      JSON.stringify(lease),
      inspect(lease.data),
      JSON.stringify({ credentials: lease.data }),
      inspect({ deep: { lease, data: lease.data } }, { depth: 9 }),
    ]) {
      expect(printed).not.toContain(DB_PASSWORD);
      expect(printed).toContain('[redacted]');
    }
    expect(inspect(lease.data)).toBe(
      "{ DB_USERNAME: '[redacted]', DB_PASSWORD: '[redacted]' }",
    );
    expect({ ...lease.data }).toEqual({ DB_USERNAME, DB_PASSWORD });
    expect(lease.isOf('mongo-db')).toBe(true);
    expect(lease.isOf('redis')).toBe(false);
    const got = await client.dynamicSecrets.leases.get(lease.id);
    expect(got.dynamicSecret.name).toBe('shared');
    expect(inspect(got)).not.toContain(DB_PASSWORD);
    const all = await client.dynamicSecrets.leases.list('shared');
    expect(all.map(({ id }) => id)).toContain(lease.id);
  });

  it('is renewed from its old expiry, up to the maximum and no further', async () => {
    const { leases } = client.dynamicSecrets;
    const lease = await leases.create('shared');
    await bench.pass(10 * MINUTE);
    const renewed = await leases.renew(lease.id, { ttl: '30m' });
    expect(renewed.expireAt.getTime()).toBe(
      lease.expireAt.getTime() + 30 * MINUTE,
    );
    await expect(leases.renew(lease.id, { ttl: '2h' })).rejects.toMatchObject({
      constructor: InfisicalValidationError,
      status: 400,
      operation: 'dynamicSecrets.leases.renew',
    });
    // The doc comment's formula for the latest possible expiry.
    const ttl =
      lease.createdAt.getTime() + 3 * HOUR - renewed.expireAt.getTime();
    const last = await leases.renew(lease.id, { ttl });
    expect(last.expireAt.getTime()).toBe(lease.createdAt.getTime() + 3 * HOUR);
  });

  it('asks for what its provider needs', async () => {
    await client.dynamicSecrets.create({
      name: 'ssh',
      provider: { type: 'ssh', inputs: { principals: ['deploy', 'root'] } },
      defaultTTL: '1h',
    });
    const lease = await client.dynamicSecrets.leases.create<'ssh'>('ssh', {
      config: { principals: ['deploy'] },
    });
    expect(lease.data.SIGNED_KEY).toMatch(/^ssh-ed25519-cert/);
    expect(lease.config).toEqual({ principals: ['deploy'] });
    await client.dynamicSecrets.create({
      name: 'k8s',
      provider: {
        type: 'kubernetes',
        inputs: {
          credentialType: 'dynamic',
          namespace: 'apps,jobs',
          roleType: 'role',
          role: 'viewer',
          audiences: [],
          url: 'https://cluster.example.com',
          clusterToken: 't',
        },
      },
      defaultTTL: '1h',
    });
    const { data } = await client.dynamicSecrets.leases.create<'kubernetes'>(
      'k8s',
      { config: { namespace: 'jobs' } },
    );
    const claims = Buffer.from(data.TOKEN.split('.')[1] ?? '', 'base64url');
    expect(claims.toString()).toContain('system:serviceaccount:jobs:');
  });

  it('whose revocation fails is an error, although the server says 200', async () => {
    const { leases } = client.dynamicSecrets;
    await create('failing');
    const { id } = await leases.create('failing');
    bench.emulator.dynamicSecrets.failNext('revoke', { name: 'failing' });
    await expect(leases.revoke(id)).rejects.toMatchObject({
      constructor: InfisicalHttpError,
      status: 200,
      code: 'LeaseRevocationFailed',
      operation: 'dynamicSecrets.leases.revoke',
    });
    expect((await leases.get(id)).status).toBe('Failed to delete');
    await leases.revoke(id, { isForced: true });
    await expect(leases.get(id)).rejects.toBeInstanceOf(InfisicalNotFoundError);
  });

  it('is refused before it is sent', async () => {
    const { leases } = client.dynamicSecrets;
    await refused(
      () => leases.create('shared', { ttl: 59_999 }),
      /leases.create: ttl must be from 1 minute \(60000 ms\) to 10 years .*; got 59999 ms/,
    );
    await refused(
      () => leases.renew(UNKNOWN_ID, { ttl: '0s' }),
      'leases.renew: ttl must be from 1 minute',
    );
    await refused(
      () => leases.create('shared', { config: { principals: [] } }),
      'config must be an object: { namespace } for Kubernetes',
    );
    await refused(
      () => leases.create('shared', { name: 'x' } as object),
      'dynamicSecrets.leases.create has no option "name"',
    );
    await refused(() => leases.create(''), 'the dynamic secret must be');
    await refused(
      () => leases.list(undefined as never),
      'the dynamic secret must be a non-empty string; got nothing',
    );
    for (const call of ['get', 'renew', 'revoke'] as const) {
      await refused(
        () => leases[call]('no-id'),
        `leases.${call}: the lease must be an id (a UUID); got a string`,
      );
    }
    await refused(
      () => leases.revoke(UNKNOWN_ID, { isForced: 1 as never }),
      'isForced must be true or false',
    );
  });
});
