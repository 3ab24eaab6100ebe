import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import knex, { type Knex } from 'knex';
import {
  type AcquireLeaseOptions,
  type Clock,
  type DatabaseCredentials,
  InfisicalClient,
  type LeaseCredentials,
  type LeaseRef,
} from 'nestjs-infisical';
import { leasedClient } from 'nestjs-infisical/pg';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { delay, systemClock } from '../../lib/common/clock.js';
import { silenceNest } from '../support/demo.js';
import {
  CREATION,
  DATABASE,
  LeasedPostgres,
  LeasingApp,
} from '../support/leased-postgres.js';
import { PgActivity } from '../support/pg-activity.js';
import { type Database, type Outcome, startLoad } from '../support/pg-load.js';
import { WorkClock } from '../support/work-clock.js';

/** `ROTATIONS=1000 npm test -- test/pg/rotations` for more. */
const ROTATIONS = Number(process.env['ROTATIONS'] ?? 100);
/** `ROTATIONS_CLOCK=real` lets real time pass: half a minute for each. */
const IS_REAL = process.env['ROTATIONS_CLOCK'] === 'real';
const TIMEOUT = IS_REAL ? 60_000 * (ROTATIONS + 1) : 600_000;
const WORKERS = 12;
const MAX = 10;

/** Time goes on in small steps, so that it may go on a little early. */
const QUIET_TURNS = 3;

/** The server's shortest, and how often it is replaced then. */
const LEASE: AcquireLeaseOptions<'sql-database'> = {
  ttl: '1m',
  overlap: '29s',
};
const TTL = 60_000;

/** Statements of a transaction; what is written is read in it. */
const WRITE = 'INSERT INTO items VALUES (1)';
const READ = 'SELECT count(*) FROM items WHERE id = 2';

type Lease = LeaseRef<'sql-database'>;

let activity: PgActivity;
let database: LeasedPostgres;
let clock: Clock;
let app: LeasingApp;

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
  // PostgreSQL judges VALID UNTIL by real time; the end of a lease drops its role.
  clock = IS_REAL ? systemClock : new WorkClock(Date.UTC(2100, 0, 1));
  app = await LeasingApp.start(database, clock, { defaultTTL: '1m' });
});

afterEach(async () => {
  await whileTimePasses(app.module.close());
  await app.emulator.stop();
  expect(await database.roles()).toEqual([]);
  expect(await database.connected()).toEqual([]);
});

/** Until neither Infisical nor PostgreSQL works. */
function settle(): Promise<void> {
  return activity.idle(() => app.transport.isBusy, QUIET_TURNS);
}

async function whileTimePasses<T>(work: Promise<T>): Promise<T> {
  if (!(clock instanceof WorkClock)) return work;
  let isOver = false;
  const watched = work.finally(() => (isOver = true));
  watched.catch(() => undefined);
  await clock.run(() => !isOver, settle);
  return watched;
}

function pgPool(lease: Lease): Database & { readonly pool: pg.Pool } {
  const { place } = database;
  const Client = leasedClient(lease);
  const pool = new pg.Pool({ ...place, max: MAX, Client });
  return { ...overPool(pool), pool };
}

function overPool(pool: pg.Pool): Database {
  return {
    transact: async (wait) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query(WRITE);
        await wait();
        await client.query(READ);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      } finally {
        client.release();
      }
    },
    waiting: () => pool.waitingCount,
    close: () => pool.end(),
  };
}

async function typeOrm(lease: Lease): Promise<Database> {
  const { host, port, database: name } = database.place;
  const source = new DataSource({
    ...{ type: 'postgres', host, port, database: name, poolSize: MAX },
    extra: { Client: leasedClient(lease) },
  });
  await source.initialize();
  return {
    transact: (wait) =>
      source.transaction(async (manager) => {
        await manager.query(WRITE);
        await wait();
        await manager.query(READ);
      }),
    close: () => source.destroy(),
  };
}

function overKnex(db: Knex): Database {
  return {
    transact: (wait) =>
      db.transaction(async (trx) => {
        await trx.raw(WRITE);
        await wait();
        await trx.raw(READ);
      }),
    close: () => db.destroy(),
  };
}

function knexWithPool(lease: Lease): Database {
  const { pool } = pgPool(lease);
  const db: Knex = knex({ client: 'pg', connectionPool: pool });
  const inner = overKnex(db);
  return {
    ...inner,
    waiting: () => pool.waitingCount,
    close: async () => {
      await inner.close();
      await pool.end();
    },
  };
}

/** A replica that knows of a role 2 s after it was made. */
class LateReplica {
  readonly #seen = new Map<string, number>();
  #isOver = false;
  readonly #loop = this.follow();

  stop(): Promise<void> {
    this.#isOver = true;
    return this.#loop;
  }

  private async follow(): Promise<void> {
    while (!this.#isOver) {
      await delay(clock, 250);
      const now = clock.monotonic();
      for (const role of await database.roles()) {
        const seen = this.#seen.get(role) ?? now;
        this.#seen.set(role, seen);
        if (now < seen + 2_000) continue;
        this.#seen.set(role, Infinity);
        await database.admin.query(`ALTER ROLE "${role}" LOGIN`);
      }
    }
  }
}

async function logIn({
  data,
}: LeaseCredentials<DatabaseCredentials>): Promise<void> {
  const client = new pg.Client({
    ...database.place,
    user: data.DB_USERNAME,
    password: data.DB_PASSWORD,
  });
  await client.connect();
  await client.end();
}

/** Transactions during so many rotations. */
async function rotateUnder(
  lease: Lease,
  make: (lease: Lease) => Database | Promise<Database>,
  rotations = ROTATIONS,
): Promise<Outcome> {
  const used = await make(lease);
  let crossings = 0;
  const transact = used.transact.bind(used);
  used.transact = (wait) =>
    transact(async () => {
      const { generation } = lease.current;
      await wait();
      if (lease.current.generation !== generation) crossings++;
    });
  const isOn = (): boolean => lease.current.generation <= rotations;
  const { outcome, ended } = startLoad(used, clock, WORKERS, isOn);
  let mostAlive = 0;
  lease.changes$.subscribe(() => {
    mostAlive = Math.max(mostAlive, app.emulator.leases.length);
  });
  await whileTimePasses(ended);
  expect(lease.current.generation).toBe(rotations + 1);
  expect(used.waiting?.() ?? 0).toBe(0);
  expect(mostAlive).toBe(2);
  // Transactions during which the credentials changed.
  expect(crossings).toBeGreaterThan(rotations / 4);
  await whileTimePasses(used.close());
  return outcome;
}

/** Nothing failed, and nobody waited longer than for who came before. */
function expectNoFailure(outcome: Outcome, rotations = ROTATIONS): void {
  expect([...outcome.codes]).toEqual([]);
  expect(outcome.failed).toBe(0);
  expect(outcome.done).toBeGreaterThan(rotations * WORKERS);
  expect(outcome.longestDelay).toBeLessThan(4_000);
}

describe('transactions of 10 ms to 2 s by 12 workers with 10 connections', () => {
  it.each([
    ['pg.Pool', pgPool],
    ['TypeORM', typeOrm],
    ['Knex', knexWithPool],
  ])(
    'do not fail under %s, however often the credentials are replaced',
    async (_name, make) => {
      const lease = await app.leases.acquire(DATABASE, LEASE);
      expectNoFailure(await rotateUnder(lease, make));
    },
    TIMEOUT,
  );

  it(
    'do not fail while Infisical is away in half of the windows, and new roles log in 2 s late',
    async () => {
      const { dynamicSecrets } = app.module.get(InfisicalClient);
      const creationStatement = CREATION.replace('WITH LOGIN', 'WITH NOLOGIN');
      const inputs = { creationStatement };
      await dynamicSecrets.update<'sql-database'>(DATABASE, { inputs });
      const replica = new LateReplica();
      const lease = await whileTimePasses(
        app.leases.acquire(DATABASE, { ...LEASE, prove: logIn }),
      );
      let outages = 0;
      lease.changes$.subscribe(({ generation }) => {
        // From before the next replacement is due until the overlap is short.
        if (generation % 2 === 0) return;
        outages++;
        app.emulator.outage({ startsIn: 30_000, lasts: 10_000 });
      });
      const rotations = ROTATIONS / 2;
      expectNoFailure(await rotateUnder(lease, pgPool, rotations), rotations);
      expect(outages).toBe(Math.floor(rotations / 2));
      await whileTimePasses(replica.stop());
    },
    TIMEOUT,
  );
});

describe('the same transactions', () => {
  /** Five lives of a lease. */
  let until: number;
  const isOn = (): boolean => clock.monotonic() < until;

  beforeEach(() => {
    until = clock.monotonic() + 5 * TTL;
  });

  async function leaseOnce() {
    const { leases } = app.module.get(InfisicalClient).dynamicSecrets;
    const { data, expireAt } = await leases.create<'sql-database'>(DATABASE);
    const { DB_USERNAME: user, DB_PASSWORD: password } = data;
    return { login: { user, password }, expireAt };
  }

  async function run(used: Database): Promise<Outcome> {
    const { outcome, ended } = startLoad(used, clock, WORKERS, isOn);
    await whileTimePasses(ended);
    await whileTimePasses(used.close());
    const { leases } = app.module.get(InfisicalClient).dynamicSecrets;
    // One by one: PostgreSQL does not take two changes of a table's rights at once.
    for (const { id } of await leases.list(DATABASE)) await leases.revoke(id);
    return outcome;
  }

  it(
    'fail with credentials that do not change',
    async () => {
      const { login } = await leaseOnce();
      const pool = new pg.Pool({ ...database.place, ...login, max: MAX });
      const { failed, done, codes } = await run(overPool(pool));
      expect(failed).toBeGreaterThan(2 * done);
      // In sessions that are open: new ones could not even log in.
      expect([...codes]).toEqual(['42501']);
    },
    TIMEOUT,
  );

  it(
    'fail with the expirationChecker of Knex',
    async () => {
      const db: Knex = knex({
        client: 'pg',
        connection: async () => {
          const { login, expireAt } = await leaseOnce();
          const due = expireAt.getTime() - TTL / 2;
          return {
            ...database.place,
            ...login,
            expirationChecker: () => clock.now() >= due,
          };
        },
        pool: { min: 0, max: MAX },
      });
      const { failed, codes } = await run(overKnex(db));
      expect(failed).toBeGreaterThan(0);
      expect([...codes]).toContain('42501');
    },
    TIMEOUT,
  );
});
