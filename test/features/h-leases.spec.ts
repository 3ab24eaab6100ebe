import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalPermissionError,
} from 'nestjs-infisical';
import { demoOptions, failureOf } from '../support/demo.js';
import { DynamicBench } from '../support/dynamic.js';

let bench: DynamicBench;
const clients: InfisicalClient[] = [];

beforeEach(async () => {
  bench = await DynamicBench.start();
  await bench.create('db');
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await bench.emulator.stop();
});

function clientOf(options: InfisicalClientOptions): InfisicalClient {
  const { siteUrl, auth, environment } = demoOptions(bench.emulator);
  const client = new InfisicalClient({
    ...{ siteUrl, auth, environment, clock: bench.clock },
    ...options,
  });
  clients.push(client);
  return client;
}

const { projectId } = demoOptions({ url: '' });

describe('leases', () => {
  it('take a project by id, too, which costs one look-up of its slug', async () => {
    const byId = clientOf({ projectId });
    const bySlug = clientOf({ projectSlug: 'demo' });
    const lookups = () =>
      bench.emulator.requests.filter(({ path }) =>
        path.startsWith('/api/v1/projects/'),
      ).length;
    for (const client of [bySlug, byId]) {
      const { leases } = client.dynamicSecrets;
      const before = lookups();
      const lease = await leases.create('db');
      await leases.renew(lease.id, { ttl: '1m' });
      await leases.revoke(lease.id);
      expect(await leases.list('db')).toEqual([]);
      expect(lookups() - before).toBe(client === byId ? 1 : 0);
    }
  });

  it('that are not allowed say what was tried and what to do, without another login', async () => {
    const viewer = clientOf({
      projectId,
      auth: { universalAuth: { clientId: 'viewer', clientSecret: 's' } },
    });
    const error = await failureOf(viewer.dynamicSecrets.leases.create('db'));
    expect(error).toBeInstanceOf(InfisicalPermissionError);
    expect(error).toMatchObject({
      status: 403,
      code: 'PermissionDenied',
      operation: 'dynamicSecrets.leases.create',
      hint: expect.stringMatching(
        /Give the machine identity a role/,
      ) as unknown,
    });
    expect(error.message).toMatch(/not allowed to lease on dynamic-secrets/);
    const logins = bench.emulator.count({
      path: '/api/v1/auth/universal-auth/login',
    });
    await failureOf(viewer.dynamicSecrets.leases.create('db'));
    expect(
      bench.emulator.count({ path: '/api/v1/auth/universal-auth/login' }),
    ).toBe(logins);
  });
});
