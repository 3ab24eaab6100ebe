import { doctor } from '../client/doctor/doctor.js';
import type { Command } from './command.js';
import { reportTable } from './report-table.js';
import {
  clientOptions,
  LOGIN_USAGE,
  parseFlags,
  SCOPE_FLAGS,
  SCOPE_USAGE,
  scopesOf,
} from './scope-flags.js';
import { loggerOf } from './terminal.js';

/** Looks for what keeps this machine from its secrets. */
export const doctorCommand: Command = {
  usage: `Usage: nestjs-infisical doctor [options]

Checks address, TLS, clock, login, token and API generations of the server, and
whether each folder may be read. Exit code 1 when a check failed.

${SCOPE_USAGE}
  --json                    the report as JSON

${LOGIN_USAGE}`,

  async run(args, terminal) {
    const flags = parseFlags(args, {
      ...SCOPE_FLAGS,
      json: { type: 'boolean' },
    });
    const report = await doctor(
      { ...clientOptions(flags), logger: loggerOf(terminal) },
      { scopes: scopesOf(flags) },
    );
    terminal.out.write(
      flags.json
        ? `${JSON.stringify(report, null, 2)}\n`
        : reportTable(report, terminal.out.hasColors?.() ?? false),
    );
    return report.ok ? 0 : 1;
  },
};
