import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { InfisicalConfigError } from '../../common/infisical.error.js';
import type {
  EmulatorGeneration,
  InfisicalEmulatorOptions,
} from './options.js';
import { loadYaml } from './packages.js';
import type { EmulatorSeed } from './seed.js';

const USAGE =
  'Usage: emulator [--port <number>] [--host <address>] [--seed <file.yaml|file.json>] [--generation gen1|middle|gen2] [--secrets-api v4|v3] [--kms k1|k2|k3]';

/** The command line was not understood. */
class UsageError extends Error {}

/** Options from the flags of the command line. */
export async function readOptions(
  args: string[],
): Promise<InfisicalEmulatorOptions> {
  const { values } = parseFlags(args);
  return {
    ...(values.port !== undefined && { port: toPort(values.port) }),
    ...(values.host !== undefined && { host: values.host }),
    ...(values.seed !== undefined && { seed: await readSeed(values.seed) }),
    generation: values.generation as EmulatorGeneration | undefined,
    secretsApi: values['secrets-api'] as 'v4' | 'v3' | undefined,
    kms: values.kms as 'k1' | 'k2' | 'k3' | undefined,
  };
}

function parseFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        seed: { type: 'string' },
        generation: { type: 'string' },
        'secrets-api': { type: 'string' },
        kms: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function toPort(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new UsageError(
    `--port must be a number from 0 to 65535, not "${text}"`,
  );
}

async function readSeed(file: string): Promise<EmulatorSeed> {
  const yaml = await loadYaml();
  try {
    return yaml.parse(await readFile(file, 'utf8')) as EmulatorSeed;
  } catch (error) {
    // The text of a YAML error quotes the file, which may hold secrets.
    const { code, name } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `--seed: cannot read ${file} (${code ?? name}). It must be YAML or JSON.`,
    );
  }
}

/** What to say about a failed start, and the exit code. */
export function describeFailure(error: NodeJS.ErrnoException): {
  text: string;
  exitCode: number;
} {
  if (error instanceof UsageError || error instanceof InfisicalConfigError) {
    return { text: `${error.message}\n${USAGE}`, exitCode: 2 };
  }
  if (error.code === 'EADDRINUSE') {
    const text = 'The port is in use. Choose another one with --port.';
    return { text, exitCode: 1 };
  }
  return {
    text: `The emulator could not start: ${error.message}`,
    exitCode: 1,
  };
}
