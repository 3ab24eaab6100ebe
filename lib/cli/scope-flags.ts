import { parseArgs, type ParseArgsConfig } from 'node:util';
import type {
  InfisicalClientOptions,
  ScopeOptions,
} from '../client/client-options.js';
import { ID } from '../client/option-checks.js';
import { UsageError } from './command.js';

const TEXT = { type: 'string' } as const;
const TEXTS = { type: 'string', multiple: true } as const;
const FLAG = { type: 'boolean' } as const;

/** Flags of every command that reads secrets. */
export const SCOPE_FLAGS = {
  'site-url': TEXT,
  'allow-insecure-http': FLAG,
  project: TEXT,
  env: TEXTS,
  path: TEXTS,
} as const;

/** What they do. */
export const SCOPE_USAGE = `  --site-url <url>          address of the server (INFISICAL_SITE_URL)
  --allow-insecure-http     http:// to another machine is fine
  --project <id|slug>       the project (INFISICAL_PROJECT_ID)
  --env <slug>              environment (INFISICAL_ENVIRONMENT); may be repeated
  --path <folder>           folder path (INFISICAL_SECRET_PATH, /); may be
                            repeated: each path of each environment`;

/** Where the credentials come from. */
export const LOGIN_USAGE = `The login comes from the environment, such as INFISICAL_UNIVERSAL_AUTH_CLIENT_ID
and INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET, or from \`infisical login\`.`;

/** Values of {@link SCOPE_FLAGS}. */
export interface ScopeFlags {
  readonly 'site-url'?: string;
  readonly 'allow-insecure-http'?: boolean;
  readonly project?: string;
  readonly env?: readonly string[];
  readonly path?: readonly string[];
}

/** The values of flags by name. */
export type FlagValues<O extends FlagOptions> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O }>
>['values'];

type FlagOptions = NonNullable<ParseArgsConfig['options']>;

/** @throws UsageError */
export function parseFlags<const O extends FlagOptions>(
  args: string[],
  options: O,
): FlagValues<O> {
  const values = parse(args, options);
  for (const [name, value] of Object.entries(values)) {
    if ([value].flat().includes('')) {
      throw new UsageError(`--${name} must not be empty`);
    }
  }
  return values;
}

function parse<O extends FlagOptions>(
  args: string[],
  options: O,
): FlagValues<O> {
  try {
    return parseArgs<{ args: string[]; options: O }>({ args, options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The options of the client; a project that looks like an id is one. */
export function clientOptions(flags: ScopeFlags): InfisicalClientOptions {
  const { project } = flags;
  return {
    siteUrl: flags['site-url'],
    allowInsecureHttp: flags['allow-insecure-http'],
    ...(ID.accepts(project)
      ? { projectId: project }
      : { projectSlug: project }),
  };
}

/** Each path of each environment; undefined when neither is named. */
export function scopesOf({
  env,
  path,
}: ScopeFlags): ScopeOptions[] | undefined {
  if (!env && !path) return undefined;
  return (env ?? [undefined]).flatMap((environment) =>
    (path ?? [undefined]).map((one) => ({ environment, path: one })),
  );
}
