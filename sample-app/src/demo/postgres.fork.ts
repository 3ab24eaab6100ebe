import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AdminConnection } from './demo-orders.js';

/** What the process of PostgreSQL tells. */
export type PostgresMessage =
  | { readonly kind: 'ready'; readonly admin: AdminConnection }
  | { readonly kind: 'failed'; readonly reason: string };

/** A PostgreSQL that is being started, or runs. */
export interface PostgresHandle {
  readonly ready: Promise<AdminConnection>;
  /** Stops it, also while it starts. */
  stop(): Promise<void>;
}

/** What PostgreSQL needs of our environment; no credentials. */
const INHERITED = [
  'PATH',
  'HOME',
  'LANG',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
];

/** Milliseconds; longer than the process waits for PostgreSQL. */
const STOP_LIMIT = 8000;

/** Starts PostgreSQL in a process of its own. See there for why. */
export function forkPostgres(): PostgresHandle {
  const child = fork(
    fileURLToPath(new URL('./postgres.process.js', import.meta.url)),
    {
      detached: true,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: Object.fromEntries(
        INHERITED.map((name) => [name, process.env[name]]),
      ),
    },
  );
  // An 'error' means that there is no process to wait for.
  const ended = once(child, 'exit').catch(() => undefined);
  const ready = new Promise<AdminConnection>((resolve, reject) => {
    child.once('message', (message: PostgresMessage) => {
      if (message.kind === 'ready') resolve(message.admin);
      else reject(new Error(message.reason));
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error('PostgreSQL did not start.')));
  });
  return {
    ready,
    stop: async () => {
      if (child.connected) child.disconnect();
      const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
      await ended;
      clearTimeout(limit);
    },
  };
}
