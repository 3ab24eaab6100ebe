import { type INestApplication, Logger } from '@nestjs/common';
import { InfisicalClient } from 'nestjs-infisical';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createApp } from './create-app.js';
import { Demo } from './demo/demo.js';
import { serverConfig } from './server.config.js';
import { startMessage } from './start-message.js';

/** Time for a clean end in milliseconds. */
const CLEAN_END = 12_000;

/**
 * The life of the process, from the demo's servers to the exit code.
 *
 * `app.enableShutdownHooks()` would be enough for an app alone. Here the
 * emulator and PostgreSQL must outlive the app, which revokes its leases when
 * it closes, and a signal may come before there is an app.
 *
 * @param stop aborted when the process is to end
 * @returns the exit code
 */
export async function run(stop: AbortSignal): Promise<number> {
  const demo = new Demo();
  let app: INestApplication | undefined;
  let exitCode = 0;
  stop.addEventListener('abort', () => endAtTheLatest(), { once: true });
  try {
    stop.throwIfAborted();
    const { port, logLevel } = serverConfig();
    const started = await demo.start(stop);
    // Log-in and loading may take long with a server that hangs. Nothing has to
    // be cleaned up yet, so a signal need not wait for them.
    app = await Promise.race([
      createApp({
        logger: [logLevel],
        // An error of the start is told once, below, and not by Nest as well.
        abortOnError: false,
        bufferLogs: true,
        autoFlushLogs: false,
        // Idle keep-alive connections are not to hold up the end.
        forceCloseConnections: true,
      }),
      rejectOn(stop),
    ]);
    // From here on there are leases; a signal waits until they can be revoked.
    await listen(app, port);
    app.flushLogs();
    stop.throwIfAborted();
    console.log(
      startMessage({
        ...started,
        port: addressOf(app).port,
        siteUrl: app.get(InfisicalClient).siteUrl,
      }),
    );
    await once(stop, 'abort');
  } catch (error) {
    // What fails because of the signal is no failure.
    if (!stop.aborted) {
      console.error((error as Error).message);
      exitCode = 1;
      endAtTheLatest();
    }
    Logger.detachBuffer();
  }
  await app?.close();
  await demo.stop();
  return exitCode;
}

function rejectOn(stop: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    stop.addEventListener('abort', () => reject(stop.reason as Error), {
      once: true,
    });
  });
}

async function listen(app: INestApplication, port: number): Promise<void> {
  try {
    await app.listen(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(
      `Port ${port} is in use. Choose another one, as in: PORT=${port + 1} npm start`,
      { cause: error },
    );
  }
}

function addressOf(app: INestApplication): AddressInfo {
  const server = app.getHttpServer() as { address(): AddressInfo };
  return server.address();
}

/** Even with a server that hangs. The demo's PostgreSQL cleans up when this process is gone. */
function endAtTheLatest(): void {
  setTimeout(() => {
    console.error('The clean end took too long.');
    process.exit(1);
  }, CLEAN_END).unref();
}
