import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { InfisicalConfigError } from '../../common/infisical.error.js';
import type { InfisicalEmulatorOptions } from './options.js';

export const USAGE = `Usage: nestjs-infisical emulator [options]

  --port <number>                       TCP port (a free one)
  --host <address>                      address to listen on (127.0.0.1)
  --seed <file.yaml|file.json>          projects and identities at the start
  --generation gen1|middle|gen2         access-token engine (gen2)
  --secrets-api v4|early-v4|v3          newest secrets API (v4)
  --missing-references literal|empty    what becomes of \${MISSING} (literal)
  --cross-project-references            secrets may refer to other projects
  --kms k1|k2|k3                        KMS tier (k3)
  --no-event-subscriptions              a plan without the event stream,
  --no-dynamic-secrets                  without dynamic secrets,
  --no-ip-allowlisting                  without trusted addresses
  --max-lease-limit <number>            leases of one dynamic secret (no limit)
  --cloud free|pro                      rate limits of Infisical Cloud (none)
  --external-webhooks                   deliver webhooks to other machines
  --control                             open /__emulator/ to make trouble`;

/** The command line was not understood. */
class UsageError extends Error {}

/** Options from the flags of the command line. */
export async function readOptions(
  args: string[],
): Promise<InfisicalEmulatorOptions> {
  const flags = parseFlags(args);
  const options = {
    port: flags.port === undefined ? undefined : toPort(flags.port),
    host: flags.host,
    seed: flags.seed === undefined ? undefined : await readSeed(flags.seed),
    generation: flags.generation,
    secretsApi: flags['secrets-api'],
    missingReferences: flags['missing-references'],
    crossProjectReferences: flags['cross-project-references'],
    kms: flags.kms,
    plan: planOf(flags),
    maxLeaseLimit: toNumber('max-lease-limit', flags['max-lease-limit']),
    cloud: flags.cloud === undefined ? undefined : { plan: flags.cloud },
    externalWebhooks: flags['external-webhooks'],
    control: flags.control,
  };
  const given = Object.entries(options).filter(([, one]) => one !== undefined);
  // Values are checked where options are, whoever gives them.
  return Object.fromEntries(given);
}

function parseFlags(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      options: {
        port: text,
        host: text,
        seed: text,
        generation: text,
        'secrets-api': text,
        'missing-references': text,
        'cross-project-references': flag,
        kms: text,
        'no-event-subscriptions': flag,
        'no-dynamic-secrets': flag,
        'no-ip-allowlisting': flag,
        'max-lease-limit': text,
        cloud: text,
        'external-webhooks': flag,
        control: flag,
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The parts of the plan that are off; undefined when none is. */
function planOf(flags: ReturnType<typeof parseFlags>) {
  const off = {
    eventSubscriptions: flags['no-event-subscriptions'],
    dynamicSecrets: flags['no-dynamic-secrets'],
    ipAllowlisting: flags['no-ip-allowlisting'],
  };
  const parts = Object.entries(off).filter(([, isOff]) => isOff);
  if (parts.length === 0) return undefined;
  return Object.fromEntries(parts.map(([name]) => [name, false]));
}

function toNumber(name: string, text: string | undefined) {
  if (text === undefined || /^\d+$/.test(text)) return text && Number(text);
  throw new UsageError(`--${name} must be a number, not "${text}"`);
}

function toPort(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new UsageError(
    `--port must be a number from 0 to 65535, not "${text}"`,
  );
}

async function readSeed(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    throw new UsageError(`--seed: cannot read ${file} (${code ?? name})`);
  }
}

/** What to say about a failed start, and the exit code. */
export function describeFailure(error: NodeJS.ErrnoException): {
  text: string;
  exitCode: number;
} {
  if (error instanceof UsageError || error instanceof InfisicalConfigError) {
    return { text: `${error.message}\n\n${USAGE}`, exitCode: 2 };
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
