import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { InfisicalClient, InfisicalModule } from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import {
  type AdminConnection,
  provisionOrders,
} from '../../sample-app/src/demo/demo-orders.js';
import {
  DEMO_LOGIN,
  DEMO_PROJECT_ID,
} from '../../sample-app/src/demo/demo-project.js';
import type { PostgresHandle } from '../../sample-app/src/demo/postgres.fork.js';
import { OrdersDatabase } from '../../sample-app/src/orders/orders.database.js';
import { OrdersModule } from '../../sample-app/src/orders/orders.module.js';
import { isolateEnvironment } from './support/environment.js';
import { connected, postgresHere, rolesOfLeases } from './support/postgres.js';

/** Two thirds of the lease's hour, and a little. */
const UNTIL_ROTATION = 2_400_100;

describe('OrdersDatabase, when its lease is replaced', () => {
  const environment = isolateEnvironment();
  const clock = new VirtualClock();
  let postgres: PostgresHandle;
  let admin: AdminConnection;
  let emulator: InfisicalEmulator;
  let app: TestingModule;

  beforeAll(async () => {
    postgres = postgresHere();
    emulator = await InfisicalEmulator.start();
    admin = await postgres.ready;
    environment.set({
      DATABASE_HOST: admin.host,
      DATABASE_PORT: String(admin.port),
      DATABASE_NAME: admin.database,
    });
    const options = {
      siteUrl: emulator.url,
      auth: { universalAuth: DEMO_LOGIN },
      projectId: DEMO_PROJECT_ID,
      environment: 'dev',
    };
    const client = new InfisicalClient(options);
    await provisionOrders(client, admin);
    await client.close();
    app = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot({
          ...options,
          clock,
          // No jitter: the lease is due exactly then.
          random: () => 0.5,
          refresh: { interval: false },
        }),
        OrdersModule,
      ],
    }).compile();
    await app.init();
  }, 60_000);

  afterAll(async () => {
    await app?.close();
    await emulator?.stop();
    await postgres?.stop();
    environment.restore();
  }, 30_000);

  async function currentUser(extra = ''): Promise<string> {
    const [row] = await app
      .get(OrdersDatabase)
      .query<{ name: string }>(`SELECT current_user AS name ${extra}`);
    return row?.name ?? '';
  }

  it('lets running queries end before the old role is dropped', async () => {
    const before = await currentUser();
    await connected(admin, async (lock) => {
      await lock.query('SELECT pg_advisory_lock(1)');
      const running = currentUser(', pg_advisory_lock(1)');
      await clock.advance(UNTIL_ROTATION);
      await until(async () => (await currentUser()) !== before);
      await expect(rolesOfLeases(admin)).resolves.toHaveLength(2);
      await lock.query('SELECT pg_advisory_unlock(1)');
      await expect(running).resolves.toBe(before);
    });
    await until(() => emulator.leases.length === 1);
    await expect(rolesOfLeases(admin)).resolves.toEqual([await currentUser()]);
  });

  it('closes its connections before the last role is dropped', async () => {
    await app.close();
    expect(emulator.leases).toEqual([]);
    await expect(rolesOfLeases(admin)).resolves.toEqual([]);
  });
});

/** Lets I/O go on until it is so; Jest's timeout is the limit. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
