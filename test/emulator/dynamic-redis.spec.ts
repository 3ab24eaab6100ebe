import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { dataOf, DynamicBench, HOUR, leaseId } from '../support/dynamic.js';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.js';

const CREATE = 'ACL SETUSER {{username}} on >{{password}} ~app:* +get +set;';
const RENEW = 'ACL SETUSER {{username}} +del;';
const REVOKE = 'ACL DELUSER {{username}};';

// Needs a Redis of the system: apt-get install redis-server
const onRedis = hasRedis ? describe : describe.skip;

onRedis('redis on a real server', () => {
  let server: TestRedis;
  let bench: DynamicBench;

  beforeAll(async () => {
    server = await startRedis();
    bench = await DynamicBench.start();
  }, 60_000);
  afterAll(async () => {
    await bench.emulator.stop();
    await server.stop();
  });

  const provider = (more: object = {}) => ({
    type: 'redis',
    inputs: {
      host: server.host,
      port: server.port,
      username: server.username,
      password: server.password,
      creationStatement: CREATE,
      revocationStatement: REVOKE,
      renewStatement: RENEW,
      ...more,
    },
  });

  async function command(
    words: string[],
    login: { username?: string; password?: string } = {},
  ): Promise<unknown> {
    const { host, port, username, password } = server;
    const client = new Redis({
      ...{ host, port, username, password, ...login },
      lazyConnect: true,
      enableReadyCheck: false,
      disconnectTimeout: 100,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const [name = '', ...args] = words;
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }
  const users = () => command(['ACL', 'USERS']);

  it('§2.4 leases a user that can log in until it expires', async () => {
    await bench.create('cache', provider());
    const answer = await bench.lease('cache');
    const { DB_USERNAME, DB_PASSWORD } = dataOf(answer) as Record<
      string,
      string
    >;
    const login = { username: DB_USERNAME, password: DB_PASSWORD };
    expect(await command(['SET', 'app:x', '1'], login)).toBe('OK');
    await expect(command(['DEL', 'app:x'], login)).rejects.toThrow('NOPERM');
    await bench.renew(leaseId(answer));
    expect(await command(['DEL', 'app:x'], login)).toBe(1);
    await bench.pass(HOUR);
    expect(await users()).toContain(DB_USERNAME);
    await bench.pass(HOUR);
    expect(await users()).toEqual(['default']);
  });

  it('§2.3 needs a server that lets it in', async () => {
    const wrong = await bench.create('no', provider({ password: 'not-it' }));
    expect(wrong.status).toBe(400);
    expect(wrong.body.message).toMatch(
      /^Failed to connect with provider: WRONGPASS/,
    );
    const closed = await bench.create('no', provider({ port: 1 }));
    expect(closed.body.message).toMatch(
      /^Failed to connect with provider: .*ECONNREFUSED/,
    );
  });

  it('runs a batch of commands as one transaction', async () => {
    const creationStatement = `${CREATE} ACL SETUSER {{username}} +nonsense;`;
    await bench.create('half', provider({ creationStatement }));
    const answer = await bench.lease('half');
    expect(answer.body.message).toMatch(
      /^Failed to create lease from provider: ERR /,
    );
    const unknown = `${CREATE} NOSUCHCOMMAND {{password}};`;
    await bench.update('half', { inputs: { creationStatement: unknown } });
    const refused = await bench.lease('half');
    expect(refused.body.message).toMatch(
      /^Failed to create lease from provider: .*unknown command/,
    );
    expect(refused.body.message).toContain('[REDACTED]');
    expect(bench.emulator.leases).toEqual([]);
  });
});
