import { type RunningPostgres, startPostgres } from './embedded-postgres.js';
import type { PostgresMessage } from './postgres.fork.js';

/**
 * A process of its own for PostgreSQL, in a process group of its own. Ctrl-C
 * goes to all processes of the terminal's group; PostgreSQL must outlive it
 * until the app has revoked its leases.
 *
 * It ends when the connection to its parent ends, whether the parent closed it
 * or died. So no PostgreSQL is ever left behind.
 */

// embedded-postgres ends the process on signals. Here the parent alone decides.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.removeAllListeners(signal);
  process.on(signal, () => undefined);
}
for (const event of ['exit', 'beforeExit', 'message']) {
  process.removeAllListeners(event);
}

const parentIsGone = new Promise<void>((resolve) => {
  process.once('disconnect', resolve);
});

let running: RunningPostgres | undefined;
try {
  running = await startPostgres();
  tell({ kind: 'ready', admin: running.admin });
} catch (error) {
  tell({ kind: 'failed', reason: (error as Error).message });
}

// The connection keeps this process alive.
if (process.connected) await parentIsGone;
await running?.stop();
process.exit(0);

function tell(message: PostgresMessage): void {
  // The parent may be gone already; then there is no one to tell.
  if (process.connected) process.send?.(message, () => undefined);
}
