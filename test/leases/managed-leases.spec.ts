import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { SchedulerRegistry, ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  DynamicLeaseService,
  InfisicalClient,
  InfisicalModule,
  InfisicalNotFoundError,
  InfisicalValidationError,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import pg from 'pg';
import { demoOptions, seedWith, silenceNest } from '../support/demo.js';
import { RecordingTransport } from '../support/recording-transport.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';

const MINUTE = 60_000;

/** Shorter than the deadline of a request. */
const STEP = 5_000;

interface Credentials {
  DB_USERNAME: string;
  DB_PASSWORD: string;
}

describe('managed leases', () => {
  let postgres: TestPostgres;
  let admin: pg.Client;
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let transport: RecordingTransport;
  let module: TestingModule;
  let leases: DynamicLeaseService;

  beforeAll(async () => {
    silenceNest();
    postgres = await startPostgres();
    admin = await connect(postgres);
  });

  afterAll(async () => {
    await admin.end();
    await postgres.stop();
  });

  beforeEach(async () => {
    // PostgreSQL judges VALID UNTIL by real time.
    clock = new VirtualClock(Date.UTC(2100, 0, 1));
    emulator = await InfisicalEmulator.start({ clock, seed: seedWith({}) });
    transport = new RecordingTransport(emulator.url);
    module = await Test.createTestingModule({
      imports: [
        ScheduleModule.forRoot(),
        InfisicalModule.forRoot(
          demoOptions(emulator, { clock, transport, random: () => 0.5 }),
        ),
      ],
    }).compile();
    await module.init();
    leases = module.get(DynamicLeaseService);
    await createDynamicSecret('app-db');
  });

  afterEach(async () => {
    await module.close();
    await emulator.stop();
    expect(await roles()).toEqual([]);
  });

  function createDynamicSecret(
    name: string,
    revocation?: string,
  ): Promise<unknown> {
    return module.get(InfisicalClient).dynamicSecrets.create({
      name,
      defaultTTL: '30m',
      maxTTL: '2h',
      provider: {
        type: 'sql-database',
        inputs: {
          client: 'postgres',
          host: postgres.host,
          port: postgres.port,
          database: postgres.database,
          username: postgres.user,
          password: postgres.password,
          creationStatement: `CREATE ROLE "{{username}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';`,
          revocationStatement: revocation ?? 'DROP ROLE "{{username}}";',
          renewStatement: `ALTER ROLE "{{username}}" VALID UNTIL '{{expiration}}';`,
        },
      },
    });
  }

  function connect(login: Partial<TestPostgres>): Promise<pg.Client> {
    const { host, port, database } = postgres;
    const { user, password } = login;
    const client = new pg.Client({ host, port, database, user, password });
    return client.connect().then(() => client);
  }

  async function canLogIn(credentials: Credentials): Promise<boolean> {
    try {
      const client = await connect({
        user: credentials.DB_USERNAME,
        password: credentials.DB_PASSWORD,
      });
      await client.end();
      return true;
    } catch {
      return false;
    }
  }

  /** Roles that leases have made. */
  async function roles(): Promise<string[]> {
    const { rows } = await admin.query<{ rolname: string }>(
      "SELECT rolname FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' AND rolname <> $1",
      [postgres.user],
    );
    return rows.map(({ rolname }) => rolname);
  }

  /** Lets time pass in steps, and each request come to its end in its step. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP) {
      await clock.advance(Math.min(STEP, left));
      await transport.idle();
    }
    await transport.idle();
    await emulator.idle();
  }

  it('gives credentials that log in, one lease for all who ask', async () => {
    const [one, two] = await Promise.all([
      leases.acquire<Credentials>('app-db'),
      leases.acquire<Credentials>('app-db'),
    ]);
    expect(one.current).toBe(two.current);
    expect(emulator.leases).toHaveLength(1);
    expect(await canLogIn(one.current.data)).toBe(true);
    expect(leases.leases).toEqual([
      {
        name: 'app-db',
        leaseId: one.current.leaseId,
        status: 'active',
        expiresAt: new Date(clock.now() + 30 * MINUTE),
        expiresIn: 30 * MINUTE,
        generation: 1,
        lastError: undefined,
      },
    ]);
    await one.release();
    await one.release();
    expect(await roles()).toHaveLength(1);
    await two.release();
    expect(await roles()).toEqual([]);
    expect(leases.leases).toEqual([]);
  });

  it('shows nothing of the credentials', async () => {
    const ref = await leases.acquire<Credentials>('app-db');
    const { DB_PASSWORD, DB_USERNAME } = ref.current.data;
    const { leases: api } = module.get(InfisicalClient).dynamicSecrets;
    const plain = await api.create('app-db');
    for (const value of [ref, ref.current, leases, leases.leases, plain]) {
      const printed =
        inspect(value, { showHidden: true, depth: 9 }) +
        inspect(value, { customInspect: false, depth: 9 }) +
        JSON.stringify(value) +
        JSON.stringify({ ...value });
      expect(printed).not.toContain(DB_PASSWORD);
      expect(printed).not.toContain(DB_USERNAME);
      expect(printed).not.toContain(plain.data.DB_PASSWORD);
    }
    await api.revoke(plain.id);
  });

  it('rotates before the end: new credentials first, the old ones revoked after the handlers', async () => {
    const ref = await leases.acquire<Credentials>('app-db');
    const first = ref.current;
    const seen: string[] = [];
    ref.events$.subscribe(({ kind }) => seen.push(kind));
    let finish!: () => void;
    const handled = new Promise<void>((resolve) => (finish = resolve));
    ref.onRotation(async (next, previous) => {
      expect(previous).toBe(first);
      expect(next).toBe(ref.current);
      seen.push('handling');
      await handled;
    });
    await pass(21 * MINUTE);
    expect(ref.current.generation).toBe(2);
    expect(ref.current.data.DB_USERNAME).not.toBe(first.data.DB_USERNAME);
    expect(await canLogIn(ref.current.data)).toBe(true);
    expect(await canLogIn(first.data)).toBe(true);
    expect(emulator.leases).toHaveLength(2);
    finish();
    await pass(STEP);
    expect(emulator.leases).toHaveLength(1);
    expect(await canLogIn(first.data)).toBe(false);
    expect(seen).toEqual(['created', 'rotated', 'handling']);
  });

  it('rotates again and again, for days', async () => {
    const ref = await leases.acquire<Credentials>('app-db');
    for (let rotation = 2; rotation <= 20; rotation++) {
      await pass(20 * MINUTE);
      expect(ref.current.generation).toBe(rotation);
      expect(ref.status).toBe('active');
      expect(emulator.leases).toHaveLength(1);
    }
    expect(await canLogIn(ref.current.data)).toBe(true);
  });

  it('leaves the old lease to its end when a handler fails', async () => {
    const ref = await leases.acquire<Credentials>('app-db');
    const first = ref.current;
    const errors: unknown[] = [];
    ref.events$.subscribe(({ error }) => error && errors.push(error));
    const stop = ref.onRotation(() =>
      Promise.reject(new Error('cannot change over')),
    );
    await pass(21 * MINUTE);
    expect(errors).toHaveLength(1);
    expect(await canLogIn(first.data)).toBe(true);
    expect(leases.leases[0]?.lastError?.message).toBe('cannot change over');
    stop();
    await pass(9 * MINUTE);
    expect(emulator.leases).toHaveLength(1);
    expect(await canLogIn(first.data)).toBe(false);
  });

  it('rotates when the provider refuses to renew, long before the end', async () => {
    const ref = await leases.acquire<Credentials>('app-db', { mode: 'renew' });
    const kinds: string[] = [];
    ref.events$.subscribe(({ kind }) => kinds.push(kind));
    emulator.trouble.add({
      kind: 'error',
      status: 400,
      path: '/api/v1/dynamic-secrets/leases/*/renew',
    });
    await pass(21 * MINUTE);
    expect(kinds).toEqual(['created', 'rotated']);
    expect(ref.current.generation).toBe(2);
    expect(await canLogIn(ref.current.data)).toBe(true);
  });

  it('renews on request while the maximum allows, then rotates', async () => {
    const ref = await leases.acquire<Credentials>('app-db', { mode: 'renew' });
    const first = ref.current;
    const kinds: string[] = [];
    ref.events$.subscribe(({ kind }) => kinds.push(kind));
    await pass(21 * MINUTE);
    expect(kinds).toEqual(['created', 'renewed']);
    expect(ref.current.leaseId).toBe(first.leaseId);
    expect(ref.current.expiresAt.getTime()).toBe(
      first.expiresAt.getTime() + 20 * MINUTE,
    );
    expect(await canLogIn(ref.current.data)).toBe(true);
    await pass(98 * MINUTE);
    expect(kinds.at(-1)).toBe('rotated');
    expect(ref.current.generation).toBe(2);
    expect(emulator.leases).toHaveLength(1);
    // Nothing was asked for beyond the maximum: the server would have refused.
    expect(emulator.requests.filter(({ status }) => status === 400)).toEqual(
      [],
    );
  });

  it('keeps the credentials and tries again while the server is down', async () => {
    const ref = await leases.acquire<Credentials>('app-db');
    const first = ref.current;
    const kinds: string[] = [];
    ref.events$.subscribe(({ kind }) => kinds.push(kind));
    const api = module.get(InfisicalClient).dynamicSecrets.leases;
    api.create = () => Promise.reject(new Error('down'));
    await pass(23 * MINUTE);
    expect(kinds.filter((kind) => kind === 'error').length).toBeGreaterThan(3);
    expect(ref.current).toBe(first);
    expect(ref.status).toBe('active');
    expect(leases.leases[0]?.lastError?.message).toBe('down');
    expect(await canLogIn(first.data)).toBe(true);
    Reflect.deleteProperty(api, 'create');
    await pass(2 * MINUTE);
    expect(ref.current.generation).toBe(2);
    expect(emulator.leases).toHaveLength(1);
    expect(leases.leases[0]?.lastError).toBeUndefined();
  });

  it('revokes everything at shutdown, while a rotation is under way too', async () => {
    const ref = await leases.acquire<Credentials>('app-db');
    let rotated!: () => void;
    const rotating = new Promise<void>((resolve) => (rotated = resolve));
    ref.onRotation(rotated);
    const timePasses = clock.advance(20 * MINUTE);
    await rotating;
    await module.close();
    await timePasses;
    expect(emulator.leases).toEqual([]);
    expect(await roles()).toEqual([]);
    await expect(leases.acquire('app-db')).rejects.toThrow(/shutting down/);
  });

  it('does not wait for a handler that never ends', async () => {
    const ref = await leases.acquire<Credentials>('app-db');
    let isHandling = false;
    ref.onRotation(() => {
      isHandling = true;
      return new Promise(() => undefined);
    });
    await pass(21 * MINUTE);
    expect(isHandling).toBe(true);
    expect(emulator.leases).toHaveLength(2);
    const closed = module.close();
    await pass(10_000);
    await closed;
    expect(emulator.leases).toEqual([]);
  });

  it('stands in the app’s SchedulerRegistry', async () => {
    const registry = module.get(SchedulerRegistry, { strict: false });
    const ref = await leases.acquire('app-db');
    const name = registry
      .getTimeouts()
      .find((timeout) => timeout.startsWith('infisical:lease:app-db'));
    expect(name).toBeDefined();
    await ref.release();
    expect(registry.getTimeouts()).not.toContain(name);
  });

  it('fails with a typed error, and can be asked again', async () => {
    await expect(leases.acquire('nope')).rejects.toBeInstanceOf(
      InfisicalNotFoundError,
    );
    await expect(
      leases.acquire('app-db', { ttl: '3h' }),
    ).rejects.toBeInstanceOf(InfisicalValidationError);
    expect(leases.leases).toEqual([]);
    await createDynamicSecret('nope');
    const ref = await leases.acquire('nope');
    expect(ref.status).toBe('active');
  });

  it('lists and changes dynamic secrets and their leases by the client', async () => {
    const { dynamicSecrets } = module.get(InfisicalClient);
    const lease = await dynamicSecrets.leases.create('app-db');
    expect(await dynamicSecrets.leases.list('app-db')).toMatchObject([
      { id: lease.id, expireAt: lease.expireAt },
    ]);
    expect((await dynamicSecrets.leases.get(lease.id)).id).toBe(lease.id);
    const changed = await dynamicSecrets.update('app-db', {
      newName: 'renamed',
      defaultTTL: '10m',
      maxTTL: null,
    });
    expect(changed).toMatchObject({ name: 'renamed', maxTTL: undefined });
    expect((await dynamicSecrets.list()).map(({ name }) => name)).toEqual([
      'renamed',
    ]);
    await dynamicSecrets.leases.revoke(lease.id);
    await expect(dynamicSecrets.leases.get(lease.id)).rejects.toBeInstanceOf(
      InfisicalNotFoundError,
    );
  });

  it('a revocation that the provider refuses is an error, not a success', async () => {
    await createDynamicSecret('stubborn', 'DROP ROLE "does-not-exist";');
    const { leases: api } = module.get(InfisicalClient).dynamicSecrets;
    const lease = await api.create('stubborn');
    await expect(api.revoke(lease.id)).rejects.toMatchObject({
      status: 200,
      code: 'LeaseRevocationFailed',
    });
    await api.revoke(lease.id, { isForced: true });
    await admin.query(`DROP ROLE "${String(lease.data.DB_USERNAME)}"`);
  });
});
