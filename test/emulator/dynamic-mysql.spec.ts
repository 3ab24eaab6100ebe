import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { dataOf, DynamicBench, HOUR, leaseId } from '../support/dynamic.js';
import { pick } from '../support/emulator-http.js';
import { hasMysql, startMysql, type TestMysql } from '../support/mysql.js';

const CREATE = `CREATE USER '{{username}}'@'%' IDENTIFIED BY '{{password}}';
GRANT SELECT ON \`{{database}}\`.* TO '{{username}}'@'%';`;
const RENEW = `ALTER USER '{{username}}'@'%' ACCOUNT UNLOCK;`;
const REVOKE = `DROP USER '{{username}}'@'%';`;

// Needs a MariaDB or MySQL of the system: apt-get install mariadb-server
const onMysql = hasMysql ? describe : describe.skip;

onMysql('sql-database with mysql2 on a real server', () => {
  let mysql: TestMysql;
  let bench: DynamicBench;

  beforeAll(async () => {
    mysql = await startMysql();
    bench = await DynamicBench.start();
  }, 60_000);
  afterAll(async () => {
    await bench.emulator.stop();
    await mysql.stop();
  });

  const provider = (more: object = {}) => ({
    type: 'sql-database',
    inputs: {
      client: 'mysql2',
      host: mysql.host,
      port: mysql.port,
      database: mysql.database,
      username: mysql.user,
      password: mysql.password,
      creationStatement: CREATE,
      revocationStatement: REVOKE,
      renewStatement: RENEW,
      ...more,
    },
  });

  async function query(
    sql: string,
    login: { user?: string; password?: string } = {},
  ): Promise<unknown> {
    const { host, port, user, password, database } = mysql;
    const admin = { host, port, user, password, database };
    const connection = await createConnection({ ...admin, ...login });
    try {
      const [rows] = await connection.query(sql);
      return rows;
    } finally {
      await connection.end();
    }
  }
  const users = (name: unknown) =>
    query(`SELECT user FROM mysql.user WHERE user = '${String(name)}'`);

  it('§2.4 leases a user that can log in until it expires', async () => {
    await bench.create('my', provider(), {
      usernameTemplate: 'u_{{random 8}}',
    });
    const answer = await bench.lease('my');
    const { DB_USERNAME, DB_PASSWORD } = dataOf(answer) as Record<
      string,
      string
    >;
    expect(pick(answer, 'lease', 'externalEntityId')).toBe(DB_USERNAME);
    const login = { user: DB_USERNAME, password: DB_PASSWORD };
    expect(await query('SELECT 1 AS one', login)).toEqual([{ one: 1 }]);
    expect((await bench.renew(leaseId(answer))).status).toBe(200);
    await bench.pass(HOUR);
    expect(await users(DB_USERNAME)).toHaveLength(1);
    await bench.pass(HOUR);
    expect(await users(DB_USERNAME)).toEqual([]);
    await expect(query('SELECT 1', login)).rejects.toMatchObject({
      code: 'ER_ACCESS_DENIED_ERROR',
    });
  });

  it('§2.3 needs a login that works, and tells no password', async () => {
    const wrong = await bench.create('no', provider({ password: 'not-it' }));
    expect(wrong.status).toBe(400);
    expect(wrong.body.message).toMatch(
      /^Failed to connect with provider: Access denied/,
    );
    expect(wrong.text).not.toContain('not-it');
    const closed = await bench.create('no', provider({ port: 1 }));
    expect(closed.body.message).toMatch(/^Failed to connect with provider: ./);
  });

  it('§3.3 answers 400 with the text of MySQL, and stores nothing', async () => {
    const creationStatement = `SELECT '{{password}}' FROM nowhere`;
    await bench.create('bad', provider({ creationStatement }));
    const answer = await bench.lease('bad');
    expect(answer.status).toBe(400);
    expect(answer.body.message).toBe(
      "Failed to create lease from provider: Table 'app.nowhere' doesn't exist",
    );
    const syntax = { creationStatement: `'{{password}}' is no statement` };
    await bench.update('bad', { inputs: syntax });
    expect((await bench.lease('bad')).body.message).toMatch(/\[REDACTED\]/);
    expect(bench.emulator.leases).toEqual([]);
  });

  it('§3.3 answers 200 with a status when the user is gone already', async () => {
    await bench.create('gone', provider());
    const answer = await bench.lease('gone');
    const name = String(dataOf(answer)['DB_USERNAME']);
    await query(`DROP USER '${name}'@'%'`);
    const revoked = await bench.revoke(leaseId(answer));
    expect(revoked.body).toMatchObject({
      lease: {
        status: 'Failed to delete',
        statusDetails: expect.stringMatching(
          /^Failed to revoke lease from provider: /,
        ) as unknown,
      },
    });
    await bench.revoke(leaseId(answer), { isForced: true });
    expect(bench.emulator.leases).toEqual([]);
  });
});
