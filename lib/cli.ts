#!/usr/bin/env node
import type { Command } from './cli/command.js';

const USAGE = `Usage: nestjs-infisical <command> [options]

Commands:
  doctor     Looks for what keeps this machine from its secrets.
  types      Writes the names of secrets as types, and as .env.example.
  emulator   Runs an Infisical-compatible server.

nestjs-infisical <command> --help lists the options.
`;

/** Loaded on demand: no command needs what the others do. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  doctor: async () => (await import('./cli/doctor.command.js')).doctorCommand,
  types: async () => (await import('./cli/types.command.js')).typesCommand,
};

async function main([name = '', ...args]: string[]): Promise<void> {
  if (name === 'emulator') {
    const { runEmulator } = await import('./testing/emulator/cli.js');
    return runEmulator(args);
  }
  if (Object.hasOwn(COMMANDS, name)) {
    const { runCommand } = await import('./cli/command.js');
    const command = await COMMANDS[name]?.();
    const terminal = { out: process.stdout, err: process.stderr };
    process.exitCode = command && (await runCommand(command, args, terminal));
    return;
  }
  const isHelp = ['--help', '-h', 'help'].includes(name);
  (isHelp ? process.stdout : process.stderr).write(USAGE);
  process.exitCode = isHelp ? 0 : 2;
}

void main(process.argv.slice(2));
