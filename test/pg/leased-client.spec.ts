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
  InfisicalClient,
  InfisicalConfigError,
  type LeaseRef,
} from 'nestjs-infisical';
import { leasedClient } from 'nestjs-infisical/pg';
import { VirtualClock } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import pg from 'pg';
import { failureOf, silenceNest } from '../support/demo.js';
import { PgActivity } from '../support/pg-activity.js';
import {
  CREATION,
  DATABASE,
  LeasedPostgres,
  LeasingApp,
} from '../support/leased-postgres.js';

const MINUTE = 60_000;

/** Shorter than the deadline of a request. */
const STEP = 5_000;

let activity: PgActivity;
let database: LeasedPostgres;
let clock: VirtualClock;
let app: LeasingApp;
let lease: LeaseRef<'sql-database'>;
let pools: pg.Pool[];
let poolErrors: Error[];

beforeAll(async () => {
  silenceNest();
  activity = new PgActivity();
  database = await LeasedPostgres.start();
}, 60_000);
afterAll(async () => {
  await database.stop();
  activity.restore();
});

beforeEach(async () => {
  // PostgreSQL judges VALID UNTIL by real time.
  clock = new VirtualClock(Date.UTC(2100, 0, 1));
  app = await LeasingApp.start(database, clock);
  lease = await app.leases.acquire<'sql-database'>(DATABASE);
  pools = [];
  poolErrors = [];
});

afterEach(async () => {
  await Promise.all(
    pools.map(async (pool) => {
      if (!pool.ended) await pool.end();
    }),
  );
  const closed = app.module.close();
  await pass(2 * STEP);
  await closed;
  await app.emulator.stop();
  expect(await database.roles()).toEqual([]);
  expect(poolErrors).toEqual([]);
});

function open(config: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({
    ...database.place,
    idleTimeoutMillis: 0,
    Client: leasedClient(lease),
    ...config,
  });
  pool.on('error', (error) => poolErrors.push(error));
  pools.push(pool);
  return pool;
}

/** Until neither Infisical nor PostgreSQL works. */
function settle(): Promise<void> {
  return activity.idle(() => app.transport.isBusy);
}

async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= STEP) {
    await clock.advance(Math.min(STEP, left));
    await settle();
  }
  await settle();
  await app.emulator.idle();
}

/** Lets I/O go on until it is so; Jest's timeout is the limit. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function userOf(db: Pick<pg.Pool, 'query'>): Promise<string> {
  const { rows } = await db.query<{ name: string }>(
    'SELECT session_user AS name',
  );
  return rows[0]?.name ?? '';
}

const current = () => lease.current.data.DB_USERNAME;
const alive = () => app.emulator.leases.length;

/** Time until the credentials are replaced. */
async function rotate(): Promise<void> {
  const { generation } = lease.current;
  while (lease.current.generation === generation) await pass(STEP);
}

describe('a pool with leasedClient', () => {
  it('has the credentials of the lease, whatever else is said', async () => {
    const { host, port, database: name } = database.place;
    const url = `postgres://someone:else@${host}:${port}/${name}`;
    for (const config of [
      {},
      { user: 'x', password: 'y' },
      { connectionString: url },
    ]) {
      expect(await userOf(open(config))).toBe(current());
    }
    const lone = new (leasedClient(lease))(url);
    await lone.connect();
    expect(await userOf(lone)).toBe(current());
    const printed = inspect(lone, { depth: 3 });
    expect(printed).not.toContain(lease.current.data.DB_PASSWORD);
    await lone.end();
  });

  it('closes idle connections when the credentials change, and revokes the old ones after that', async () => {
    const pool = open();
    const first = current();
    const clients = await Promise.all([1, 2, 3].map(() => pool.connect()));
    for (const client of clients) client.release();
    expect(pool.idleCount).toBe(3);
    let removed = 0;
    pool.on('remove', () => removed++);
    await rotate();
    expect(pool.totalCount).toBe(0);
    await until(() => alive() === 1);
    expect(removed).toBe(3);
    expect(await database.roles()).toEqual([current()]);
    expect(await userOf(pool)).toBe(current());
    expect(current()).not.toBe(first);
  });

  it('leaves transactions alone, closes their connection when it is given back, and then revokes', async () => {
    const pool = open();
    const first = current();
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO items VALUES (1)');
    await rotate();
    expect(await userOf(pool)).toBe(current());
    expect(await database.roles()).toHaveLength(2);
    await client.query('INSERT INTO items VALUES (2)');
    await client.query('COMMIT');
    expect(await userOf(client)).toBe(first);
    client.release();
    await until(() => alive() === 1);
    expect(await database.connected()).toEqual([current()]);
    expect(pool.totalCount).toBe(1);
  });

  it('closes a connection that was being opened when the credentials changed, after its first use', async () => {
    let go!: () => void;
    const gate = new Promise<void>((resolve) => (go = resolve));
    // Its type has no promise, which it waits for.
    const onConnect: (client: unknown) => unknown = () => gate;
    const pool = open({ onConnect: onConnect });
    const first = current();
    const connecting = pool.connect();
    await until(async () => (await database.connected()).length === 1);
    await rotate();
    go();
    const client = await connecting;
    expect(await userOf(client)).toBe(first);
    client.release();
    expect(pool.totalCount).toBe(0);
    await until(() => alive() === 1);
    expect(await userOf(pool)).toBe(current());
  });

  it('serves those who wait for a connection of old credentials', async () => {
    const pool = open({ max: 1 });
    const client = await pool.connect();
    const waiting = [1, 2, 3].map(() => userOf(pool));
    await rotate();
    expect(pool.waitingCount).toBe(3);
    client.release();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([current()]));
  });

  it('cuts what still runs shortly before the end of old credentials, and the app lives on', async () => {
    const pool = open();
    const client = await pool.connect();
    const idle = await pool.connect();
    await client.query('BEGIN');
    activity.ignore(client);
    const slow = failureOf(client.query('SELECT pg_sleep(600)'));
    await pass(29 * MINUTE);
    expect(await database.connected()).toHaveLength(2);
    await pass(MINUTE - STEP);
    expect((await slow).message).toMatch(/terminated/);
    expect((await failureOf(idle.query('SELECT 1'))).message).toMatch(/closed/);
    client.release();
    idle.release();
    expect(app.leases.leases[0]?.lastError?.message).toMatch(/^2 users of old/);
    await until(() => alive() === 1);
    expect(await userOf(pool)).toBe(current());
  });

  it('asks for other credentials when the role is gone', async () => {
    const pool = open();
    const client = await pool.connect();
    const other = await pool.connect();
    other.release();
    const first = current();
    await database.admin.query(
      `REVOKE ALL ON items FROM "${first}"; DROP ROLE "${first}"`,
    );
    // A health check sees nothing.
    await client.query('SELECT 1');
    await expect(client.query('SELECT * FROM items')).rejects.toMatchObject({
      code: '42501',
    });
    client.release();
    await until(() => lease.current.generation === 2);
    expect(pool.totalCount).toBe(0);
    expect(await userOf(pool)).toBe(current());
    await app.transport.idle();
    // Its role is gone: the provider cannot revoke it.
    await app.module
      .get(InfisicalClient)
      .dynamicSecrets.leases.list(DATABASE)
      .then((leases) =>
        Promise.all(
          leases
            .filter(({ id }) => id !== lease.current.leaseId)
            .map(({ id }) =>
              app.module
                .get(InfisicalClient)
                .dynamicSecrets.leases.revoke(id, { isForced: true }),
            ),
        ),
      );
  });

  it('asks for others when a login is refused, once for all of them', async () => {
    const pool = open();
    const first = current();
    await database.admin.query(`ALTER ROLE "${first}" NOLOGIN`);
    const errors = await Promise.all(
      [1, 2, 3, 4].map(() => failureOf(pool.query('SELECT 1'))),
    );
    expect(errors.map((error) => (error as pg.DatabaseError).code)).toEqual(
      Array(4).fill('28000'),
    );
    await until(() => lease.current.generation === 2);
    expect(await userOf(pool)).toBe(current());
    await until(() => alive() === 1);
  });

  it('takes a missing grant for what it is', async () => {
    const pool = open();
    const client = await pool.connect();
    await expect(client.query('DELETE FROM items')).rejects.toMatchObject({
      code: '42501',
    });
    client.release();
    await until(async () => (await database.connected()).length === 0);
    await pass(STEP);
    expect(lease.current.generation).toBe(1);
    expect(app.leases.leases[0]?.lastError).toBeUndefined();
  });

  it('proves new credentials by a login before anybody sees them', async () => {
    const pool = open();
    await pool.query('SELECT 1');
    const first = current();
    const { dynamicSecrets } = app.module.get(InfisicalClient);
    const change = (creationStatement: string): Promise<unknown> =>
      dynamicSecrets.update<'sql-database'>(DATABASE, {
        inputs: { creationStatement },
      });
    await change(CREATION.replace('WITH LOGIN', 'WITH NOLOGIN'));
    await pass(20 * MINUTE);
    await until(() => app.leases.leases[0]?.lastError !== undefined);
    expect(app.leases.leases[0]?.lastError?.message).toMatch(/28000/);
    expect(current()).toBe(first);
    expect(await userOf(pool)).toBe(first);
    const [late = ''] = (await database.roles()).filter((one) => one !== first);
    await database.admin.query(`ALTER ROLE "${late}" LOGIN`);
    while (current() === first) await pass(1_000);
    expect(current()).toBe(late);
    expect(await userOf(pool)).toBe(late);
  });

  it('has no connection left when the lease is revoked at shutdown, though nobody ended it', async () => {
    const pool = open();
    const busy = await pool.connect();
    await pool.query('SELECT 1');
    pools.pop();
    const closed = app.module.close();
    await pass(1_000);
    expect(alive()).toBe(1);
    expect(await database.connected()).toHaveLength(1);
    await busy.query('SELECT 1');
    busy.release();
    await until(() => alive() === 0);
    await closed;
    expect(await database.connected()).toEqual([]);
  });
});

describe('leasedClient', () => {
  it('extends the class that it is given', async () => {
    const statements: unknown[] = [];
    class Traced extends pg.Client {
      constructor(config?: string | pg.ClientConfig) {
        super(config);
        this.once('connect', () => statements.push(this.user));
      }
    }
    const Client = leasedClient(lease, { Client: Traced });
    expect(await userOf(open({ Client }))).toBe(current());
    expect(statements).toEqual([current()]);
  });

  it('refuses other options', () => {
    for (const options of [{ client: pg.Client }, { Client: 'pg' }]) {
      expect(() => leasedClient(lease, options as never)).toThrow(
        InfisicalConfigError,
      );
    }
  });
});
