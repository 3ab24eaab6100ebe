import { setMaxListeners } from 'node:events';
import type { Clock } from '../common/clock.js';
import { InfisicalTimeoutError } from '../http/errors.js';

/** Time for login and first lists in milliseconds: several tries of a slow server, and less than orchestrators wait. */
export const DEFAULT_STARTUP_TIMEOUT = 30_000;

/**
 * Does work that ends with `startup.timeout`.
 *
 * @param timeout milliseconds
 * @throws InfisicalTimeoutError by way of the signal
 */
export async function withinStartup<T>(
  clock: Clock,
  timeout: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  // As many lists wait for it as there are scopes.
  setMaxListeners(0, controller.signal);
  const timer = clock.setTimeout(
    () => controller.abort(timeoutError(timeout)),
    timeout,
  );
  try {
    return await work(controller.signal);
  } finally {
    clock.clearTimeout(timer);
  }
}

function timeoutError(ms: number): InfisicalTimeoutError {
  return new InfisicalTimeoutError(
    `The secrets were not loaded within ${ms} ms (startup.timeout). Check that the Infisical server is up and can be reached from here, or raise startup.timeout.`,
    ms,
  );
}
