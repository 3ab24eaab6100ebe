import { type Check, FLAG, type Shape } from './option-checks.js';

/**
 * A name, with `*` for any characters and `?` for one, or a regular expression.
 *
 * @example
 * ```ts
 * const include: NamePattern[] = ['SMTP_*', /^AWS_/];
 * await client.secrets.attachToProcessEnv({ include });
 * ```
 *
 * @publicApi
 */
export type NamePattern = string | RegExp;

/**
 * Which secrets become variables, and under which names.
 *
 * @example
 * ```ts
 * const options: AttachToEnvOptions = {
 *   include: ['SMTP_*', /^AWS_/],
 *   exclude: '*_ADMIN',
 *   prefix: 'APP_',
 * };
 * await client.secrets.attachToProcessEnv({ path: '/mail', ...options });
 * ```
 *
 * @publicApi
 */
export interface AttachToEnvOptions {
  /** Put before every name. Default: nothing. */
  prefix?: string;
  /** Names of secrets. Default: all. */
  include?: NamePattern | readonly NamePattern[];
  /** Names of secrets; wins over `include`. Default: none. */
  exclude?: NamePattern | readonly NamePattern[];
  /** Replace variables that are set, be it to nothing. Default false. */
  override?: boolean;
}

/**
 * Why a secret did not become a variable. `reserved`: the variable belongs to
 * the system, Node.js or Infisical; `set`: it is there already; `name`, `value`:
 * the environment cannot hold such a one; `hidden`: the identity may not read
 * the value.
 *
 * @example
 * ```ts
 * const worrying: EnvSkipReason[] = ['name', 'value', 'hidden'];
 * const { skipped } = await client.secrets.attachToProcessEnv();
 * const lost = skipped.filter(({ reason }) => worrying.includes(reason));
 * ```
 *
 * @publicApi
 */
export type EnvSkipReason = 'reserved' | 'set' | 'name' | 'value' | 'hidden';

/**
 * A secret that did not become a variable.
 *
 * @example
 * ```ts
 * const { skipped } = await client.secrets.attachToProcessEnv();
 * skipped.forEach(({ name, reason }: SkippedVariable) => {
 *   logger.warn(`${name} was left alone: ${reason}`);
 * });
 * ```
 *
 * @publicApi
 */
export interface SkippedVariable {
  /** Of the variable, with the prefix. */
  readonly name: string;
  readonly reason: EnvSkipReason;
}

/**
 * Secrets that became environment variables. Holds no value that can be
 * printed.
 *
 * @example
 * ```ts
 * import { migrate } from './migrations.js';
 *
 * const attachment: EnvAttachment = await client.secrets.attachToProcessEnv({
 *   include: 'PG*',
 * });
 * try {
 *   await migrate(); // reads PGHOST and the like
 * } finally {
 *   attachment.undo();
 * }
 * ```
 *
 * @publicApi
 */
export interface EnvAttachment {
  /** Names of the variables. */
  readonly attached: readonly string[];
  readonly skipped: readonly SkippedVariable[];
  /** Puts back what was there before; leaves alone what somebody changed since. Harmless when repeated. */
  undo(): void;
}

/** What a shell, the dynamic linker, Node.js and this package itself go by. */
const RESERVED = new Set([
  ...['HOME', 'PATH', 'PS1', 'PS2', 'PWD', 'EDITOR', 'XAUTHORITY', 'USER'],
  ...['TERM', 'TERMINFO', 'SHELL', 'MAIL'],
  ...['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED'],
  ...['LD_PRELOAD', 'LD_LIBRARY_PATH'],
]);
const RESERVED_GROUPS = /^(XDG|LC|INFISICAL)_/;

const PATTERNS: Check = {
  expected: 'a name, a regular expression, or an array of these',
  accepts: (value) =>
    [value].flat().every((one) => isText(one) || one instanceof RegExp),
};

export const ATTACH_TO_ENV: Shape<AttachToEnvOptions> = {
  prefix: {
    expected: 'letters, digits and underscores, a digit not first',
    accepts: (value) =>
      typeof value === 'string' && /^([A-Za-z_]\w*)?$/.test(value),
  },
  include: PATTERNS,
  exclude: PATTERNS,
  override: FLAG,
};

/**
 * Makes variables of values.
 *
 * @param values by the name of the secret; undefined for a hidden value
 * @param env is changed
 */
export function attachToEnv(
  values: Iterable<readonly [name: string, value: string | undefined]>,
  options: AttachToEnvOptions,
  env: NodeJS.ProcessEnv,
): EnvAttachment {
  const { prefix = '', override = false } = options;
  const isIncluded = matcher(options.include, true);
  const isExcluded = matcher(options.exclude, false);
  const attached: string[] = [];
  const skipped: SkippedVariable[] = [];
  const changes = new Map<string, { before?: string; after: string }>();
  for (const [secret, value] of values) {
    if (!isIncluded(secret) || isExcluded(secret)) continue;
    const name = prefix + secret;
    const reason = refusal(name, value, override ? {} : env);
    if (reason !== undefined || value === undefined) {
      skipped.push({ name, reason: reason ?? 'hidden' });
      continue;
    }
    const before = env[name];
    env[name] = value;
    changes.set(name, { before, after: value });
    attached.push(name);
  }
  return {
    attached,
    skipped,
    undo: () => {
      for (const [name, { before, after }] of changes) {
        if (env[name] !== after) continue;
        if (before === undefined) delete env[name];
        else env[name] = before;
      }
      changes.clear();
    },
  };
}

/** The environment of this process: the one that is written to when no other is given. */
export function processEnv(): NodeJS.ProcessEnv {
  return process.env;
}

function refusal(
  name: string,
  value: string | undefined,
  env: NodeJS.ProcessEnv,
): EnvSkipReason | undefined {
  // An object takes the last one for something else.
  if (/^$|[=\0]|^__proto__$/.test(name)) return 'name';
  // Windows does not tell the case of names.
  const upper = name.toUpperCase();
  if (RESERVED.has(upper) || RESERVED_GROUPS.test(upper)) return 'reserved';
  if (value === undefined) return 'hidden';
  if (value.includes('\0')) return 'value';
  return env[name] === undefined ? undefined : 'set';
}

function matcher(
  patterns: AttachToEnvOptions['include'],
  byDefault: boolean,
): (name: string) => boolean {
  if (patterns === undefined) return () => byDefault;
  const tests = [patterns].flat().map((one) => toRegExp(one));
  return (name) => tests.some((test) => test.test(name));
}

function toRegExp(pattern: NamePattern): RegExp {
  if (typeof pattern !== 'string') {
    // A global or sticky one would remember where it stopped.
    return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  }
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
