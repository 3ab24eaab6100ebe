import { type InfisicalClient, InfisicalNotFoundError } from 'nestjs-infisical';
import { Client } from 'pg';
import { ORDERS_DYNAMIC_SECRET } from '../orders/orders.database.js';

/** A database and someone who may create tables and roles there. */
export interface AdminConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** Tells the sample's dynamic secret from one that someone else made. */
const MARK = { key: 'created-by', value: 'nestjs-infisical-sample' };

const TABLE = `
  CREATE SCHEMA IF NOT EXISTS sample;
  CREATE TABLE IF NOT EXISTS sample.orders (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item text NOT NULL,
    quantity integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );`;

/** A role per lease, with no more rights than the app needs. */
const CREATION_STATEMENT = `
  CREATE ROLE "{{username}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';
  GRANT USAGE ON SCHEMA sample TO "{{username}}";
  GRANT SELECT, INSERT ON sample.orders TO "{{username}}";`;

/** A role cannot be dropped while it has rights. */
const REVOCATION_STATEMENT = `
  REVOKE ALL ON sample.orders FROM "{{username}}";
  REVOKE ALL ON SCHEMA sample FROM "{{username}}";
  DROP ROLE "{{username}}";`;

/** The orders table, and a dynamic secret that makes credentials for it. */
export async function provisionOrders(
  client: InfisicalClient,
  admin: AdminConnection,
): Promise<void> {
  await createTable(admin);
  if (!(await makeRoom(client))) return;
  const { host, port, database, user: username, password } = admin;
  await client.dynamicSecrets.create({
    name: ORDERS_DYNAMIC_SECRET,
    provider: {
      type: 'sql-database',
      inputs: {
        client: 'postgres',
        host,
        port,
        database,
        username,
        password,
        creationStatement: CREATION_STATEMENT,
        revocationStatement: REVOCATION_STATEMENT,
      },
    },
    defaultTTL: '1h',
    maxTTL: '24h',
    metadata: [MARK],
  });
}

async function createTable(admin: AdminConnection): Promise<void> {
  const database = new Client({ ...admin, connectionTimeoutMillis: 5000 });
  try {
    await database.connect();
    await database.query(TABLE);
  } catch (error) {
    throw new Error(
      `PostgreSQL at ${admin.host}:${admin.port} cannot be prepared: ${(error as Error).message}`,
      { cause: error },
    );
  } finally {
    await database.end();
  }
}

/**
 * Removes the dynamic secret of an earlier run, whose database is gone.
 *
 * @returns false when there is one that is not the sample's; it stays
 */
async function makeRoom(client: InfisicalClient): Promise<boolean> {
  try {
    const { metadata } = await client.dynamicSecrets.get(ORDERS_DYNAMIC_SECRET);
    const isOurs = metadata.some(
      ({ key, value }) => key === MARK.key && value === MARK.value,
    );
    if (!isOurs) return false;
  } catch (error) {
    if (error instanceof InfisicalNotFoundError) return true;
    throw error;
  }
  // Forced: without its database, no lease of it can be revoked any more.
  await client.dynamicSecrets.delete(ORDERS_DYNAMIC_SECRET, { isForced: true });
  return true;
}
