import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorLease,
} from 'nestjs-infisical/testing';
import {
  DynamicBench,
  HOUR,
  leaseId,
  LEASES,
  MINUTE,
  MONGO,
  PLACE,
  SECRETS,
} from '../support/dynamic.js';
import { errorOf, pick, PROJECT_ID } from '../support/emulator-http.js';
import { badRequest, notFound } from '../support/kms.js';

let bench: DynamicBench;
afterEach(() => bench.emulator.stop());

const statuses = (leases: readonly EmulatorLease[]) =>
  leases.map(({ status }) => status);

describe('the automatic revocation', () => {
  beforeEach(async () => {
    bench = await DynamicBench.start();
    await bench.create('db');
  });

  it('§3.3 that fails keeps the lease, and comes again after about 4 hours', async () => {
    bench.emulator.dynamicSecrets.failNext('revoke');
    const id = leaseId(await bench.lease('db'));
    await bench.pass(HOUR);
    expect(statuses(bench.emulator.leases)).toEqual(['Failed to delete']);
    const read = await bench.http.get(`${LEASES}/${id}`, PLACE);
    expect(read.body).toMatchObject({
      lease: {
        status: 'Failed to delete',
        statusDetails:
          'Failed to revoke lease from provider: the provider is out of order',
      },
    });
    // 4 hours, a fifth more or less.
    await bench.pass(3.2 * HOUR - 1);
    expect(bench.emulator.leases).toHaveLength(1);
    await bench.pass(1.6 * HOUR + 1);
    expect(bench.emulator.leases).toEqual([]);
  });

  it('§3.3 gives up after 23 hours', async () => {
    bench.emulator.dynamicSecrets.failNext('revoke', { times: Infinity });
    await bench.lease('db');
    await bench.pass(HOUR);
    for (let hour = 0; hour < 24; hour++) await bench.pass(HOUR);
    expect(bench.clock.pending).toBe(0);
    expect(statuses(bench.emulator.leases)).toEqual(['Failed to delete']);
    bench.emulator.dynamicSecrets.reset();
    await bench.pass(10 * 24 * HOUR);
    expect(bench.emulator.leases).toHaveLength(1);
  });

  it('§3.3 keeps at most 255 characters of what went wrong', async () => {
    const message = 'y'.repeat(400);
    bench.emulator.dynamicSecrets.failNext('revoke', { message });
    const answer = await bench.revoke(leaseId(await bench.lease('db')));
    expect(answer.status).toBe(200);
    expect(pick(answer, 'lease', 'statusDetails')).toHaveLength(255);
  });

  it('§3.3 is moved by a renewal, even of a lease that failed', async () => {
    bench.emulator.dynamicSecrets.failNext('revoke');
    const id = leaseId(await bench.lease('db'));
    await bench.pass(HOUR);
    // From the old expiry, and status and version are left as they are.
    const renewed = await bench.renew(id, { ttl: '2h' });
    expect(renewed.body).toMatchObject({
      lease: {
        version: 1,
        status: 'Failed to delete',
        expireAt: new Date(bench.clock.now() + 2 * HOUR).toISOString(),
      },
    });
    await bench.pass(2 * HOUR - 1);
    expect(bench.emulator.leases).toHaveLength(1);
    await bench.pass(1);
    expect(bench.emulator.leases).toEqual([]);
  });
});

describe('a lease', () => {
  beforeEach(async () => {
    bench = await DynamicBench.start();
    await bench.create('db');
  });

  it('§3.3 goes with isForced, whatever the provider says', async () => {
    bench.emulator.dynamicSecrets.failNext('revoke', { times: Infinity });
    const id = leaseId(await bench.lease('db'));
    const answer = await bench.revoke(id, { isForced: true });
    expect(answer.body).toMatchObject({ lease: { id, status: null } });
    expect(errorOf(await bench.http.get(`${LEASES}/${id}`, PLACE))).toEqual(
      notFound(`Dynamic secret lease with ID '${id}' not found`),
    );
  });

  it('§3.3 is not stored when the provider fails', async () => {
    const { dynamicSecrets } = bench.emulator;
    dynamicSecrets.failNext('create', { name: 'other' });
    dynamicSecrets.failNext('create', { name: 'db', message: 'full' });
    expect(errorOf(await bench.lease('db'))).toEqual(
      badRequest('Failed to create lease from provider: full'),
    );
    expect(bench.emulator.leases).toEqual([]);
    expect((await bench.lease('db')).status).toBe(200);
  });

  it('§3.3 keeps its expiry when the provider cannot renew it', async () => {
    const answer = await bench.lease('db');
    bench.emulator.dynamicSecrets.failNext('renew');
    expect(errorOf(await bench.renew(leaseId(answer)))).toEqual(
      badRequest(
        'Failed to renew lease from provider: the provider is out of order',
      ),
    );
    const all = await bench.http.get(`${SECRETS}/db/leases`, PLACE);
    expect(all.body).toEqual({ leases: [pick(answer, 'lease')] });
  });

  it('§3.2 with an id that is no uuid is a failed query', async () => {
    const broken = {
      status: 500,
      error: 'DatabaseError',
      message: 'Something went wrong',
    };
    expect(errorOf(await bench.renew('abc'))).toEqual(broken);
    expect(errorOf(await bench.revoke('abc'))).toEqual(broken);
  });

  it('§3.3 says less about a folder when it is read', async () => {
    const id = leaseId(await bench.lease('db'));
    const away = { ...PLACE, path: '/no' };
    expect(errorOf(await bench.http.get(`${LEASES}/${id}`, away))).toEqual(
      notFound("Folder with path '/no' not found"),
    );
    expect(errorOf(await bench.renew(id, away))).toEqual(
      notFound(
        "Folder with path '/no' in environment with slug 'dev' not found",
      ),
    );
  });

  it('§2.3 can still be made while its secret is being deleted', async () => {
    await bench.lease('db');
    bench.emulator.dynamicSecrets.failNext('revoke');
    await bench.remove('db');
    await bench.emulator.idle();
    expect((await bench.lease('db')).status).toBe(200);
  });

  it('§3.3 is renewed to the very end, and not a minute further', async () => {
    await bench.create('short', MONGO, { defaultTTL: '10m', maxTTL: '30m' });
    const answer = await bench.lease('short');
    const id = leaseId(answer);
    await bench.pass(5 * MINUTE);
    expect((await bench.renew(id, { ttl: '20m' })).status).toBe(200);
    expect(errorOf(await bench.renew(id, { ttl: '1m' }))).toEqual(
      badRequest(
        'The requested renewal would exceed the maximum allowed lease duration. Please choose a shorter TTL',
      ),
    );
  });
});

describe('a user', () => {
  it('§0.1, §2.3 may lease as well, and is named up to the @', async () => {
    bench = await DynamicBench.start({
      seed: {
        ...DEFAULT_EMULATOR_SEED,
        users: [
          {
            email: 'ada.l@example.com',
            projects: [{ slug: 'demo', role: 'admin' }],
          },
        ],
      },
    });
    bench.http.token = bench.emulator.userToken('ada.l@example.com');
    const usernameTemplate = 'u_{{identity.name}}';
    await bench.create('db', MONGO, { usernameTemplate });
    const answer = await bench.lease('db');
    expect(pick(answer, 'data', 'DB_USERNAME')).toBe('u_ada.l');
    const keys = { projectId: PROJECT_ID };
    expect((await bench.http.get('/api/v1/kms/keys', keys)).status).toBe(200);
  });
});

describe('the plan', () => {
  it('§2.3, §3.3 gates create, update, lease and renewal, not revocation', async () => {
    bench = await DynamicBench.start({ plan: { dynamicSecrets: false } });
    const restriction = (what: string) =>
      badRequest(
        `Failed to ${what} due to plan restriction. Upgrade plan to create dynamic secret.`,
      );
    expect(errorOf(await bench.create('db'))).toEqual(
      restriction('create dynamic secret'),
    );
    expect(errorOf(await bench.update('db', {}))).toEqual(
      restriction('update dynamic secret'),
    );
    // The plan comes before the folder.
    expect(errorOf(await bench.lease('db', { path: '/no' }))).toEqual(
      restriction('create lease'),
    );
    const unknown = '99999999-9999-4999-8999-999999999999';
    expect(errorOf(await bench.renew(unknown))).toEqual(
      restriction('renew lease'),
    );
    expect((await bench.revoke(unknown)).status).toBe(404);
    expect((await bench.http.get(SECRETS, PLACE)).status).toBe(200);
  });
});

describe('the lease limit', () => {
  it('§3.3 counts per dynamic secret', async () => {
    bench = await DynamicBench.start({ maxLeaseLimit: 2 });
    await bench.create('a');
    await bench.create('b');
    await bench.lease('a');
    const id = leaseId(await bench.lease('a'));
    expect(errorOf(await bench.lease('a'))).toEqual(
      badRequest('Max lease limit reached. Limit: 2'),
    );
    expect((await bench.lease('b')).status).toBe(200);
    await bench.revoke(id);
    expect((await bench.lease('a')).status).toBe(200);
  });
});
