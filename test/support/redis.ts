import { freePort } from './free-port.js';
import { findProgram, SystemServer } from './system-server.js';

const program = findProgram('redis-server', 'valkey-server');

/** Whether this machine has a Redis. */
export const hasRedis = program !== undefined;

/** A Redis that runs, and how to reach it. */
export interface TestRedis {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  stop(): Promise<void>;
}

/** Starts the system's Redis on a free port; it stores nothing. */
export async function startRedis(): Promise<TestRedis> {
  if (!program) throw new Error('There is no Redis.');
  const server = await SystemServer.prepare('redis');
  const port = await freePort();
  const password = 'test-admin-password';
  try {
    await server.start(
      program,
      [
        ...['--port', String(port)],
        ...['--bind', '127.0.0.1'],
        ...['--save', ''],
        ...['--appendonly', 'no'],
        ...['--requirepass', password],
      ],
      /Ready to accept connections/,
    );
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    host: '127.0.0.1',
    port,
    username: 'default',
    password,
    stop: () => server.stop(),
  };
}
