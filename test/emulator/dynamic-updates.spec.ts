import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  dataOf,
  DynamicBench,
  faults,
  leaseId,
  MONGO,
  PLACE,
  SECRETS,
} from '../support/dynamic.js';
import { errorOf, pick } from '../support/emulator-http.js';
import { badRequest, notFound } from '../support/kms.js';

let bench: DynamicBench;
beforeEach(async () => {
  bench = await DynamicBench.start();
  await bench.create('db', MONGO, {
    maxTTL: '2h',
    metadata: [{ key: 'team', value: 'a' }],
  });
});
afterEach(() => bench.emulator.stop());

const inputsOf = async (name: string) =>
  pick<object>(await bench.read(name), 'dynamicSecret', 'inputs');

describe('an update', () => {
  it('§2.3 lays the inputs over the stored ones, and answers none', async () => {
    const answer = await bench.update('db', { inputs: { database: 'other' } });
    expect(answer.status).toBe(200);
    expect(pick<object>(answer, 'dynamicSecret')).not.toHaveProperty('inputs');
    expect(await inputsOf('db')).toEqual({
      ...MONGO.inputs,
      database: 'other',
      sslRejectUnauthorized: true,
    });
  });

  it('§2.3 validates the whole again', async () => {
    expect(faults(await bench.update('db', { inputs: { roles: [] } }))).toEqual(
      ['roles: Array must contain at least 1 element(s)'],
    );
    expect(await inputsOf('db')).toMatchObject({ roles: ['readWrite'] });
  });

  it('§2.3 asks the provider, even for a new name alone', async () => {
    bench.emulator.dynamicSecrets.failNext('connect', { name: 'db' });
    const answer = await bench.update('db', { newName: 'new' });
    expect(errorOf(answer)).toEqual(
      badRequest(
        'Failed to connect with provider: the provider is out of order',
      ),
    );
    expect((await bench.read('db')).status).toBe(200);
    expect((await bench.update('db', { newName: 'new' })).body).toMatchObject({
      dynamicSecret: { name: 'new' },
    });
    expect((await bench.read('db')).status).toBe(404);
  });

  it('§2.3 refuses the current name as a duplicate', async () => {
    const taken = badRequest(
      'Provided dynamic secret already exists under the folder',
    );
    expect(errorOf(await bench.update('db', { newName: 'db' }))).toEqual(taken);
    await bench.create('second');
    expect(errorOf(await bench.update('db', { newName: 'second' }))).toEqual(
      taken,
    );
  });

  it('§2.3 gives names that PATCH, DELETE and leases cannot reach', async () => {
    await bench.update('db', { newName: 'Upper' });
    expect((await bench.read('Upper')).status).toBe(200);
    expect(errorOf(await bench.update('Upper', {}))).toEqual(
      notFound("Dynamic secret with name 'upper' in folder '/' not found"),
    );
    expect((await bench.remove('Upper')).status).toBe(404);
    expect((await bench.lease('Upper')).status).toBe(404);
  });

  it('§2.3 leaves what is absent, and null clears', async () => {
    const get = async () =>
      pick<object>(await bench.read('db'), 'dynamicSecret');
    await bench.update('db', { usernameTemplate: 'u{{random 4}}' });
    expect(await get()).toMatchObject({
      maxTTL: '2h',
      usernameTemplate: 'u{{random 4}}',
      metadata: [{ key: 'team', value: 'a' }],
    });
    await bench.update('db', { maxTTL: null, usernameTemplate: null });
    expect(await get()).toMatchObject({ maxTTL: null, usernameTemplate: null });
  });

  it('§2.3 replaces all metadata', async () => {
    const metadata = [{ key: 'owner', value: 'b' }];
    const answer = await bench.update('db', { metadata });
    expect(answer.body).toMatchObject({ dynamicSecret: { metadata } });
  });

  it('§2.3 forgets a failed deletion', async () => {
    await bench.lease('db');
    bench.emulator.dynamicSecrets.failNext('revoke', {
      message: 'x'.repeat(300),
    });
    const deleted = await bench.remove('db');
    expect(deleted.body).toMatchObject({
      dynamicSecret: { status: 'Revocation in process' },
    });
    await bench.emulator.idle();
    const failed = await bench.read('db');
    expect(failed.body).toMatchObject({
      dynamicSecret: { status: 'Failed to delete' },
    });
    const details = pick(failed, 'dynamicSecret', 'statusDetails');
    expect(details).toMatch(/^Failed to revoke lease from provider: x+$/);
    expect(details).toHaveLength(255);
    expect((await bench.update('db', {})).body).toMatchObject({
      dynamicSecret: { status: null },
    });
  });

  it('counts for later leases only', async () => {
    const before = leaseId(await bench.lease('db'));
    await bench.update('db', { defaultTTL: '3h' });
    expect(errorOf(await bench.lease('db'))).toEqual(
      badRequest('TTL cannot be larger than max TTL'),
    );
    expect((await bench.renew(before, { ttl: '1h' })).status).toBe(200);
  });

  it('needs the permission to edit, before the secret is looked for', async () => {
    await bench.http.useLogin('viewer', 's');
    const denied = {
      status: 403,
      error: 'PermissionDenied',
      message: 'You are not allowed to edit-root-credential on dynamic-secrets',
    };
    expect(errorOf(await bench.update('db', {}))).toEqual(denied);
    expect(errorOf(await bench.update('none', {}))).toEqual(denied);
  });

  it('§2.3 names project and folder that are not there', async () => {
    const update = (more: object) => bench.update('db', {}, more);
    expect(errorOf(await update({ projectSlug: 'no' }))).toEqual(
      notFound("Project with slug 'no' not found"),
    );
    expect(errorOf(await update({ path: '/no' }))).toEqual(
      notFound("Folder with path '/no' in environment 'dev' not found"),
    );
    expect((await update({ environmentSlug: '' })).status).toBe(422);
    expect((await bench.update('db', { defaultTTL: '59s' })).status).toBe(422);
    expect(errorOf(await bench.update('db', { defaultTTL: '' }))).toEqual(
      badRequest('Invalid date format string: '),
    );
  });
});

describe('a new dynamic secret', () => {
  it('§0.1 takes a TTL that cannot be read, and its default counts for nothing', async () => {
    expect(
      (await bench.create('bad', MONGO, { defaultTTL: '1h30m' })).status,
    ).toBe(200);
    // The credential is made, then the lease cannot be stored.
    expect(errorOf(await bench.lease('bad'))).toEqual({
      status: 500,
      error: 'DatabaseError',
      message: 'Something went wrong',
    });
    expect(bench.emulator.leases).toEqual([]);
    const id = leaseId(await bench.lease('bad', { ttl: '1h' }));
    expect((await bench.renew(id)).status).toBe(500);
  });

  it('§0.1 takes TTLs from exactly 1m to exactly 10y', async () => {
    for (const defaultTTL of ['1m', '1M', '60000', '10y']) {
      const name = `ttl-${defaultTTL.toLowerCase()}-${defaultTTL.length}`;
      const more = { defaultTTL };
      const answer = await bench.create(
        defaultTTL === '1M' ? 'upper' : name,
        MONGO,
        more,
      );
      expect(answer.status).toBe(200);
    }
    for (const defaultTTL of ['59999', '315576000001']) {
      expect((await bench.create('x', MONGO, { defaultTTL })).status).toBe(422);
    }
  });

  it('§2.3 may have a default above the maximum: then no lease works', async () => {
    await bench.create('odd', MONGO, { defaultTTL: '2h', maxTTL: '1h' });
    expect((await bench.lease('odd')).status).toBe(400);
    expect((await bench.lease('odd', { ttl: '1h' })).status).toBe(200);
  });

  it('§2.3 with a gateway: there is none', async () => {
    const inputs = {
      client: 'postgres',
      host: '127.0.0.1',
      port: 1,
      database: 'a',
      username: 'a',
      password: 'a',
      creationStatement: 'a',
      revocationStatement: 'a',
      gatewayId: 'gw-1',
    };
    const answer = await bench.create('x', { type: 'sql-database', inputs });
    expect(errorOf(answer)).toEqual(notFound('Gateway with ID gw-1 not found'));
  });

  it('§2.3 is listed without its inputs, if it may be read', async () => {
    const list = await bench.http.get(SECRETS, PLACE);
    const [first] = pick<object[]>(list, 'dynamicSecrets');
    expect(first).toMatchObject({ name: 'db' });
    expect(first).not.toHaveProperty('inputs');
    expect(list.text).not.toContain('admin-password');
    const away = { ...PLACE, path: '/no' };
    expect(errorOf(await bench.http.get(SECRETS, away))).toEqual(
      notFound("Folder with path '/no' in environment 'dev' not found"),
    );
  });
});

describe('a user name template', () => {
  const nameFrom = async (usernameTemplate: string) => {
    await bench.update('db', { usernameTemplate });
    return dataOf(await bench.lease('db'))['DB_USERNAME'];
  };

  it.each([
    ['{{randomUsername}}', /^[A-Za-z0-9]{32}$/],
    ['{{random 100}}', /^[A-Za-z0-9]{100}$/],
    ['x{{random 101}}y', /^xy$/],
    ['{{unixTimestamp}}', /^4102444800$/],
    ['u_{{identity.name}}', /^u_emulator$/],
    ['{{dynamicSecret.name}}.{{dynamicSecret.type}}', /^db\.mongo-db$/],
    ['{{truncate identity.name 3}}', /^emu$/],
    ['{{truncate identity.name 0}}', /^emulator$/],
    ["{{replace identity.name '[aeiou]' '_'}}", /^_m_l_t_r$/],
    ["{{replace identity.name 'emu|tor' ''}}", /^la$/],
    ["{{replace identity.name '[' 'x'}}", /^emulator$/],
    ["{{truncate (replace identity.name 'e' 'E') 2}}", /^Em$/],
    ['{{ random 3 }}-{{ random 3 }}', /^\w{3}-\w{3}$/],
    ['plain', /^plain$/],
  ])('§2.3 renders %s', async (template, expected) => {
    expect(await nameFrom(template)).toMatch(expected);
  });

  it.each([
    '{{unknown}}',
    '{{identity.id}}',
    '{{upper identity.name}}',
    '{{randomUsername 3}}',
    '{{truncate (unknown) 3}}',
    '{{random 3',
    '{{#if randomUsername}}x',
    '{{}}',
    'a$b',
    'a'.repeat(256),
  ])('§2.3 refuses %s', async (usernameTemplate) => {
    const answer = await bench.create('x', MONGO, { usernameTemplate });
    expect(answer.status).toBe(422);
    expect((await bench.update('db', { usernameTemplate })).status).toBe(422);
  });
});
