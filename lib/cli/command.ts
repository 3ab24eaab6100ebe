import {
  InfisicalConfigError,
  InfisicalError,
} from '../common/infisical.error.js';
import type { Terminal } from './terminal.js';

/** A command of the command line. */
export interface Command {
  readonly usage: string;
  /**
   * @returns the exit code
   * @throws UsageError when the arguments were not understood
   */
  readonly run: (args: string[], terminal: Terminal) => Promise<number>;
}

/** The command line was not understood. */
export class UsageError extends Error {}

/** Runs a command, and gives its exit code: 0, 1 when it failed, 2 when it was not understood. */
export async function runCommand(
  { usage, run }: Command,
  args: string[],
  terminal: Terminal,
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    terminal.out.write(`${usage}\n`);
    return 0;
  }
  try {
    return await run(args, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err.write(`${error.message}\n\n${usage}\n`);
      return 2;
    }
    if (!(error instanceof InfisicalError)) throw error;
    const more =
      error instanceof InfisicalConfigError
        ? 'On the command line these are --site-url, --project, --env and --path; --help lists all.\n'
        : '';
    terminal.err.write(`${error.message}\n${more}`);
    return 1;
  }
}
