import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import type { CallLimits } from '../http/api-call.js';
import type { CallOptions, ScopeOptions } from './client-options.js';

/** What a value must be. */
export interface Check {
  /** Ends the sentence "… must be". */
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

/** Every option of a method with its check; one that is missing here is refused. */
export type Shape<O> = { readonly [Name in keyof Required<O>]: Check };

/** A text with something in it. */
export const TEXT: Check = {
  expected: 'a non-empty string',
  accepts: (value) => typeof value === 'string' && value.trim() !== '',
};

/** A text that may be empty. */
export const ANY_TEXT: Check = {
  expected: 'a string',
  accepts: (value) => typeof value === 'string',
};

export const FLAG: Check = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
};

export const TEXTS: Check = {
  expected: 'an array of non-empty strings',
  accepts: (value) => Array.isArray(value) && value.every(TEXT.accepts),
};

export const OBJECT: Check = {
  expected: 'an object',
  accepts: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
};

export const DURATION: Check = {
  expected:
    "a duration: milliseconds, or one number with one unit, such as '30s'",
  accepts: (value) => {
    try {
      toMilliseconds(value as Duration, '');
      return true;
    } catch {
      return false;
    }
  },
};

/** Pairs of key and value, such as metadata. */
export const PAIRS: Check = {
  expected: 'an array of { key, value } with strings',
  accepts: (value) =>
    Array.isArray(value) &&
    value.every(
      (pair: unknown) =>
        typeof pair === 'object' &&
        pair !== null &&
        'key' in pair &&
        TEXT.accepts(pair.key) &&
        'value' in pair &&
        ANY_TEXT.accepts(pair.value),
    ),
};

/** A whole number between two bounds, these included. */
export function whole(min: number, max = Number.MAX_SAFE_INTEGER): Check {
  return {
    expected:
      max === Number.MAX_SAFE_INTEGER
        ? `a whole number of at least ${min}`
        : `a whole number from ${min} to ${max}`,
    accepts: (value) =>
      Number.isSafeInteger(value) &&
      (value as number) >= min &&
      (value as number) <= max,
  };
}

/** One of some texts. */
export function oneOf(...values: readonly string[]): Check {
  return {
    expected: `one of ${values.map((value) => `"${value}"`).join(', ')}`,
    accepts: (value) => values.includes(value as string),
  };
}

/** An id of the server: a UUID. */
export const ID: Check = {
  expected: 'an id (a UUID)',
  accepts: (value) => typeof value === 'string' && UUID.test(value),
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The same, or null. */
export function orNull(check: Check): Check {
  return {
    expected: `${check.expected}, or null`,
    accepts: (value) => value === null || check.accepts(value),
  };
}

/** What every method takes. */
export const CALL_OPTIONS: Shape<CallOptions> = {
  signal: {
    expected: 'an AbortSignal',
    accepts: (value) => value instanceof AbortSignal,
  },
  timeout: DURATION,
};

/** What every method of a project takes. */
export const PROJECT_OPTIONS = {
  ...CALL_OPTIONS,
  projectId: TEXT,
  projectSlug: TEXT,
};

/** What every method of a folder takes. */
export const SCOPE_OPTIONS: Shape<ScopeOptions & CallOptions> = {
  ...PROJECT_OPTIONS,
  environment: TEXT,
  // Empty is the root.
  path: ANY_TEXT,
};

/** What other SDKs call an option of ours. */
const OUR_NAMES: Readonly<Record<string, string>> = {
  secretPath: 'path',
  workspaceId: 'projectId',
  workspaceSlug: 'projectSlug',
  environmentSlug: 'environment',
  environmentName: 'environment',
  includePersonalOverrides: 'personalOverrides',
  tagFilters: 'tagSlugs',
};

/**
 * Checks what a method was given, before anything is sent, and returns what
 * each of its calls carries.
 *
 * @param operation as the caller knows it: `secrets.get`
 * @throws InfisicalConfigError naming the option and the form it must have
 */
export function begin<O extends CallOptions>(
  operation: string,
  options: O,
  shape: Shape<O>,
): CallLimits {
  checkOptions(operation, options, shape);
  const { signal, timeout } = options;
  return {
    operation,
    signal,
    timeout:
      timeout === undefined
        ? undefined
        : toMilliseconds(timeout, `${operation}: timeout`),
  };
}

/**
 * Checks an object of options. What is undefined counts as absent.
 *
 * @throws InfisicalConfigError naming the option and the form it must have
 */
export function checkOptions<O extends object>(
  operation: string,
  options: O,
  shape: Shape<O>,
): void {
  check(operation, 'its options', options, OBJECT);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(shape, name)) {
      const ours = OUR_NAMES[name];
      throw new InfisicalConfigError(
        ours !== undefined && Object.hasOwn(shape, ours)
          ? `${operation} has no option "${name}": it is called "${ours}" here.`
          : `${operation} has no option "${name}". Known options: ${Object.keys(shape).join(', ')}.`,
      );
    }
    check(operation, name, value, shape[name as keyof O]);
  }
}

/**
 * Checks one argument. Its value is not repeated: it may be a secret.
 *
 * @throws InfisicalConfigError naming the argument and the form it must have
 */
export function check(
  operation: string,
  name: string,
  value: unknown,
  { accepts, expected }: Check,
): void {
  if (accepts(value)) return;
  throw new InfisicalConfigError(
    `${operation}: ${name} must be ${expected}; got ${kindOf(value)}.`,
  );
}

/** A value by its kind only: it may be a secret. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (value === '') return 'an empty string';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
