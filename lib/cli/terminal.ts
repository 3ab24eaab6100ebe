import { type ClientLogger, processLogger } from '../common/client-logger.js';

/** Where a command writes to. */
export interface Output {
  write(text: string): unknown;
  /** There on terminals; knows `NO_COLOR` and `FORCE_COLOR`. */
  hasColors?(): boolean;
}

/** The two outputs of a command. */
export interface Terminal {
  readonly out: Output;
  readonly err: Output;
}

/** Shows the client's warnings beside the output; its other lines as ever. */
export function loggerOf({ err }: Terminal): ClientLogger {
  return {
    log: (message) => processLogger.log(message),
    warn: (message) => err.write(`Warning: ${message}\n`),
  };
}
