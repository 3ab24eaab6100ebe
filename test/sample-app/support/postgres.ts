import { Client, type QueryResultRow } from 'pg';
import type { AdminConnection } from '../../../sample-app/src/demo/demo-orders.js';
import { startPostgres } from '../../../sample-app/src/demo/embedded-postgres.js';
import type { PostgresHandle } from '../../../sample-app/src/demo/postgres.fork.js';

/** The sample's PostgreSQL without the process around it, which needs the build. */
export function postgresHere(): PostgresHandle {
  const running = startPostgres();
  return {
    ready: running.then(({ admin }) => admin),
    stop: async () => (await running).stop(),
  };
}

/** Works with one connection of its own. */
export async function connected<T>(
  admin: AdminConnection,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ ...admin });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export function queryAs<Row extends QueryResultRow>(
  admin: AdminConnection,
  sql: string,
): Promise<Row[]> {
  return connected(
    admin,
    async (client) => (await client.query<Row>(sql)).rows,
  );
}

/** The roles that leases made: all that are neither PostgreSQL's own nor the administrator. */
export async function rolesOfLeases(admin: AdminConnection): Promise<string[]> {
  const roles = await queryAs<{ rolname: string }>(
    admin,
    "SELECT rolname FROM pg_roles WHERE NOT rolsuper AND rolname NOT LIKE 'pg\\_%'",
  );
  return roles.map(({ rolname }) => rolname);
}
