import { debuglog } from 'node:util';

/**
 * Where the client says what it does. Lines hold names, places and addresses,
 * never a value, a token or a credential. Nest's `Logger` is one.
 *
 * @example
 * ```ts
 * import { pino } from './logger.js';
 *
 * const logger: ClientLogger = {
 *   log: (message) => pino.info(message),
 *   warn: (message) => pino.warn(message),
 * };
 * const client = new InfisicalClient({ logger });
 * ```
 *
 * @publicApi
 */
export interface ClientLogger {
  log(message: string): void;
  warn(message: string): void;
}

/** Type of the process warnings, to be looked for in `process.on('warning')`. */
const WARNING_TYPE = 'InfisicalWarning';

const debug = debuglog('infisical');

/** What a client without a logger uses: `NODE_DEBUG=infisical` shows the lines, and warnings are warnings of the process. */
export const processLogger: ClientLogger = {
  log: (message) => debug('%s', message),
  warn: (message) => process.emitWarning(message, WARNING_TYPE),
};
