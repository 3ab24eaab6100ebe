#!/usr/bin/env node
import { runEmulator } from './testing/emulator/cli.js';

const USAGE = `Usage: nestjs-infisical <command> [options]

Commands:
  emulator   Runs an Infisical-compatible server; --help lists its options.
`;

const [command, ...args] = process.argv.slice(2);
if (command === 'emulator') {
  void runEmulator(args);
} else if (command === '--help' || command === '-h' || command === 'help') {
  process.stdout.write(USAGE);
} else {
  process.stderr.write(USAGE);
  process.exitCode = 2;
}
