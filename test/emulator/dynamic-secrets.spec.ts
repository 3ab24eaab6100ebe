import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import {
  DEFAULT_EMULATOR_SEED,
  InfisicalEmulator,
  VirtualClock,
} from 'nestjs-infisical/testing';
import pg from 'pg';
import { EmulatorHttp, errorOf, pick } from '../support/emulator-http.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';

const SECRETS = '/api/v1/dynamic-secrets';
const LEASES = `${SECRETS}/leases`;
const MINUTE = 60_000;
const place = { projectSlug: 'demo', environmentSlug: 'dev' };

const CREATE = `CREATE ROLE "{{username}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';
GRANT CONNECT ON DATABASE "{{database}}" TO "{{username}}";`;
const REVOKE = `REVOKE ALL ON DATABASE "{{database}}" FROM "{{username}}";
DROP ROLE "{{username}}";`;
const RENEW = `ALTER ROLE "{{username}}" VALID UNTIL '{{expiration}}';`;

let postgres: TestPostgres;
let emulator: InfisicalEmulator;
let clock: VirtualClock;
let http: EmulatorHttp;

async function query(
  text: string,
  values: string[] = [],
  login: { user?: string; password?: string } = {},
): Promise<Record<string, unknown>[]> {
  const { host, port, user, password, database } = postgres;
  const admin = { host, port, user, password, database };
  const client = new pg.Client({ ...admin, ...login });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text, values);
    return rows;
  } finally {
    await client.end();
  }
}

const roles = (name: string) =>
  query('SELECT rolvaliduntil FROM pg_roles WHERE rolname = $1', [name]);

function inputs(more: object = {}) {
  const { host, port, user, password, database } = postgres;
  return {
    client: 'postgres',
    host,
    port,
    database,
    username: user,
    password,
    creationStatement: CREATE,
    revocationStatement: REVOKE,
    renewStatement: RENEW,
    ...more,
  };
}

function create(name: string, more: object = {}, inputsMore: object = {}) {
  return http.post(SECRETS, {
    ...place,
    name,
    provider: { type: 'sql-database', inputs: inputs(inputsMore) },
    defaultTTL: '5m',
    ...more,
  });
}

const lease = (dynamicSecretName: string, more: object = {}) =>
  http.post(LEASES, { ...place, dynamicSecretName, ...more });
const renew = (id: string, more: object = {}) =>
  http.post(`${LEASES}/${id}/renew`, { ...place, ...more });
const revoke = (id: string, more: object = {}) =>
  http.delete(`${LEASES}/${id}`, { ...place, ...more });

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

beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres.stop());

beforeEach(async () => {
  // Ahead of the real time, by which PostgreSQL judges VALID UNTIL.
  clock = new VirtualClock(Date.UTC(2100, 0, 1));
  emulator = await InfisicalEmulator.start({
    clock,
    seed: {
      ...DEFAULT_EMULATOR_SEED,
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
});
afterEach(() => emulator.stop());

describe('a dynamic secret', () => {
  it('is created, read with its inputs, listed and deleted', async () => {
    const created = await create('db', { maxTTL: '1h' });
    expect(created.body).toMatchObject({
      dynamicSecret: {
        name: 'db',
        version: 1,
        type: 'sql-database',
        defaultTTL: '5m',
        maxTTL: '1h',
        status: null,
        inputs: { password: postgres.password },
      },
    });
    const read = await http.get(`${SECRETS}/db`, place);
    expect(read.body).toEqual(created.body);
    const list = await http.get(SECRETS, place);
    expect(pick<unknown[]>(list, 'dynamicSecrets')).toHaveLength(1);
    expect(list.text).not.toContain(postgres.password);
    expect((await http.delete(`${SECRETS}/DB`, place)).status).toBe(200);
    expect(errorOf(await http.get(`${SECRETS}/db`, place))).toEqual(
      notFound("Dynamic secret with name 'db in folder '/' not found"),
    );
    expect(errorOf(await http.delete(`${SECRETS}/db`, place))).toEqual(
      notFound("Dynamic secret with name 'db' in folder '/' not found"),
    );
  });

  it('needs a connection that works', async () => {
    const wrong = await create('db', {}, { password: 'wrong-password' });
    expect(wrong.status).toBe(400);
    expect(wrong.body.message).toMatch(/^Failed to connect with provider: .+/);
    expect(wrong.text).not.toContain('wrong-password');
    const closed = await create('db', {}, { port: 1 });
    expect(closed.body.message).toMatch(/^Failed to connect with provider: .+/);
  });

  it('refuses what does not fit', async () => {
    await create('db');
    expect(errorOf(await create('db'))).toEqual(
      badRequest('Provided dynamic secret already exists under the folder'),
    );
    expect(errorOf(await create('x', { projectSlug: 'no' }))).toEqual(
      notFound("Project with slug 'no' not found"),
    );
    expect(errorOf(await create('x', { path: '/no' }))).toEqual(
      notFound("Folder with path '/no' in environment 'dev' not found"),
    );
    const issue = async (defaultTTL: string) => {
      const answer = await create('x', { defaultTTL });
      return pick<{ message: string }[]>(answer, 'message')[0]?.message;
    };
    expect(await issue('59s')).toBe('TTL must be a greater than 1min');
    expect(await issue('11y')).toBe('TTL must be less than 10 years');
    expect(errorOf(await create('x', { defaultTTL: '' }))).toEqual(
      badRequest('Invalid date format string: '),
    );
    expect(
      (await create('x', {}, { creationStatement: undefined })).status,
    ).toBe(422);
    expect(
      (await create('x', { provider: { type: 'nope', inputs: {} } })).status,
    ).toBe(422);
  });

  it('revokes its leases before it goes', async () => {
    await create('db');
    const username = pick(await lease('db'), 'data', 'DB_USERNAME');
    const answer = await http.delete(`${SECRETS}/db`, place);
    expect(answer.body).toMatchObject({
      dynamicSecret: { status: 'Revocation in process' },
    });
    await emulator.idle();
    expect(await roles(username)).toEqual([]);
    expect((await http.get(`${SECRETS}/db`, place)).status).toBe(404);
  });

  it('revokes nothing when it is forced to go', async () => {
    await create('db');
    const username = pick(await lease('db'), 'data', 'DB_USERNAME');
    await http.delete(`${SECRETS}/db`, { ...place, isForced: true });
    expect(emulator.leases).toEqual([]);
    expect(await roles(username)).toHaveLength(1);
    await query(`REVOKE ALL ON DATABASE app FROM "${username}"`);
    await query(`DROP ROLE "${username}"`);
  });
});

describe('a lease', () => {
  it('is a role that can log in, until it is revoked', async () => {
    await create('db');
    const answer = await lease('DB', { ttl: '10m', config: { a: 1 } });
    expect(Object.keys(answer.body)).toEqual([
      'lease',
      'dynamicSecret',
      'data',
    ]);
    const user = pick(answer, 'data', 'DB_USERNAME');
    const password = pick(answer, 'data', 'DB_PASSWORD');
    expect(password).toMatch(/^[A-Za-z0-9\-_.~!*]{48}$/);
    expect(answer.body).toMatchObject({
      lease: {
        version: 1,
        externalEntityId: user,
        expireAt: new Date(clock.now() + 10 * MINUTE).toISOString(),
        status: null,
        config: { a: 1 },
      },
    });
    const login = { user, password };
    expect(await query('SELECT current_user AS me', [], login)).toEqual([
      { me: user },
    ]);
    const id = pick(answer, 'lease', 'id');
    expect(emulator.leases).toEqual([
      {
        id,
        dynamicSecretName: 'db',
        expireAt: new Date(clock.now() + 10 * MINUTE),
        status: null,
      },
    ]);
    const read = await http.get(`${LEASES}/${id}`, place);
    expect(read.body).toMatchObject({
      lease: { id, dynamicSecret: { name: 'db' } },
    });
    expect(read.text).not.toContain(password);
    const all = await http.get(`${SECRETS}/db/leases`, place);
    expect(pick<unknown[]>(all, 'leases')).toHaveLength(1);

    expect((await revoke(id)).body).toMatchObject({ lease: { status: null } });
    await expect(query('SELECT 1', [], login)).rejects.toMatchObject({
      code: expect.stringMatching(/^28/) as unknown,
    });
    expect(await roles(user)).toEqual([]);
    expect(errorOf(await revoke(id))).toEqual(
      notFound(`Dynamic secret lease with ID '${id}' not found`),
    );
  });

  it('ends by itself, at its expiry and not before', async () => {
    await create('db');
    const user = pick(await lease('db'), 'data', 'DB_USERNAME');
    await clock.advance(5 * MINUTE - 1);
    await emulator.idle();
    expect(await roles(user)).toHaveLength(1);
    await clock.advance(1);
    await emulator.idle();
    expect(await roles(user)).toEqual([]);
    expect(emulator.leases).toEqual([]);
  });

  it('is renewed from its old expiry, and nothing is capped', async () => {
    await create('db', { maxTTL: '20m' });
    const start = clock.now();
    const answer = await lease('db');
    const id = pick(answer, 'lease', 'id');
    const user = pick(answer, 'data', 'DB_USERNAME');
    await clock.advance(2 * MINUTE);
    const renewed = await renew(id, { ttl: '10m' });
    const end = new Date(start + 15 * MINUTE);
    expect(renewed.body).toMatchObject({
      lease: { id, version: 1, expireAt: end.toISOString() },
    });
    expect(await roles(user)).toEqual([{ rolvaliduntil: end }]);
    expect(errorOf(await renew(id, { ttl: '301s' }))).toEqual(
      badRequest(
        'The requested renewal would exceed the maximum allowed lease duration. Please choose a shorter TTL',
      ),
    );
    expect((await renew(id, { ttl: '' })).body).toMatchObject({
      lease: { expireAt: new Date(start + 20 * MINUTE).toISOString() },
    });
    await clock.advance(17 * MINUTE);
    await emulator.idle();
    expect(emulator.leases).toHaveLength(1);
    await clock.advance(MINUTE);
    await emulator.idle();
    expect(emulator.leases).toEqual([]);
  });

  it('is refused above the max TTL and with a TTL nobody can read', async () => {
    await create('db', { maxTTL: '10m' });
    expect(errorOf(await lease('db', { ttl: '11m' }))).toEqual(
      badRequest('TTL cannot be larger than max TTL'),
    );
    expect((await lease('db', { ttl: '59s' })).status).toBe(422);
    expect(errorOf(await lease('db', { ttl: '1h30m' }))).toEqual(
      badRequest('Failed to create lease from provider: Invalid time value'),
    );
    expect(errorOf(await lease('none'))).toEqual(
      notFound(
        "Dynamic secret with name 'none' in folder with path '/' not found",
      ),
    );
    expect(errorOf(await lease('db', { path: '/no' }))).toEqual(
      notFound(
        "Folder with path '/no' in environment with slug 'dev' not found",
      ),
    );
    expect(emulator.leases).toEqual([]);
  });

  it('leaves nothing when a statement fails, and tells no password', async () => {
    await create(
      'db',
      {},
      {
        creationStatement: `CREATE ROLE "half"; SELECT '{{password}}'::int`,
      },
    );
    const answer = await lease('db');
    expect(answer.body.message).toMatch(
      /^Failed to create lease from provider: .*\[REDACTED\]/,
    );
    expect(await roles('half')).toEqual([]);
    expect(emulator.leases).toEqual([]);
  });

  it('answers 200 with a status when its revocation fails, and tries again', async () => {
    await create('db');
    const answer = await lease('db');
    const id = pick(answer, 'lease', 'id');
    const user = pick(answer, 'data', 'DB_USERNAME');
    // What it owns keeps the role from being dropped.
    await query('CREATE TABLE held (id int)');
    await query(`ALTER TABLE held OWNER TO "${user}"`);
    const failed = await revoke(id);
    expect(failed.status).toBe(200);
    expect(failed.body).toMatchObject({
      lease: { status: 'Failed to delete' },
    });
    expect(pick(failed, 'lease', 'statusDetails')).toMatch(
      /^Failed to revoke lease from provider: /,
    );
    expect(emulator.leases[0]?.status).toBe('Failed to delete');
    await clock.advance(5 * MINUTE);
    await emulator.idle();
    expect(emulator.leases).toHaveLength(1);
    await query('DROP TABLE held');
    await clock.advance(5 * 60 * MINUTE);
    await emulator.idle();
    expect(emulator.leases).toEqual([]);
    expect(await roles(user)).toEqual([]);
  });

  it('goes without the provider when it is forced to', async () => {
    await create('db', {}, { revocationStatement: 'DROP ROLE "nobody-there"' });
    const answer = await lease('db');
    const user = pick(answer, 'data', 'DB_USERNAME');
    await revoke(pick(answer, 'lease', 'id'), { isForced: true });
    expect(emulator.leases).toEqual([]);
    await query(`REVOKE ALL ON DATABASE app FROM "${user}"`);
    await query(`DROP ROLE "${user}"`);
  });

  it('needs its own permission', async () => {
    await create('db');
    const id = pick(await lease('db'), 'lease', 'id');
    await http.useLogin('viewer', 's');
    const denied = (action: string) => ({
      status: 403,
      error: 'PermissionDenied',
      message: `You are not allowed to ${action} on dynamic-secrets`,
    });
    expect(errorOf(await lease('db'))).toEqual(denied('lease'));
    expect(errorOf(await revoke(id))).toEqual(denied('lease'));
    expect(errorOf(await http.get(`${SECRETS}/db`, place))).toEqual(
      denied('edit-root-credential'),
    );
    expect((await http.get(SECRETS, place)).status).toBe(200);
  });

  it('takes its user name from the template', async () => {
    await create('db', {
      usernameTemplate: 'app_{{truncate identity.name 3}}_{{random 5}}',
    });
    const user = pick(await lease('db'), 'data', 'DB_USERNAME');
    expect(user).toMatch(/^app_emu_[A-Za-z0-9]{5}$/);
    expect(await roles(user)).toHaveLength(1);
  });

  it('is revoked when the emulator stops', async () => {
    await create('db');
    const user = pick(await lease('db'), 'data', 'DB_USERNAME');
    await emulator.stop();
    expect(await roles(user)).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
