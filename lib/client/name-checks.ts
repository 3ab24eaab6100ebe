import { InfisicalConfigError } from '../common/infisical.error.js';
import { apiPath } from '../http/api-path.js';
import {
  type Check,
  check,
  checkOptions,
  type Shape,
  TEXT,
} from './option-checks.js';

/** The server's rule for names of secrets (contract: secrets §2.4). */
export const SECRET_NAME: Check = {
  expected:
    'a secret name: not empty, and without ":" and "/" (the folder goes into `path`)',
  accepts: (value) => TEXT.accepts(value) && !/[:/]/.test(value as string),
};

/** Names under which the server has routes of its own (contract: secrets §2.2). */
const ROUTES: readonly unknown[] = ['batch', 'move', 'duplicate'];

/** A secret name that can be written by itself. */
export const WRITABLE_NAME: Check = {
  expected: `${SECRET_NAME.expected}; "batch", "move" and "duplicate" can be written by createMany, updateMany and deleteMany only`,
  accepts: (value) =>
    SECRET_NAME.accepts(value) && !ROUTES.includes((value as string).trim()),
};

/** The server's rule for names of folders (contract: secrets §4). */
export const FOLDER_NAME: Check = {
  expected:
    'a folder name: letters, digits, dashes and underscores (the parent goes into `path`)',
  accepts: (value) => matches(value, /^[A-Za-z0-9_-]+$/),
};

/** A slug of tags and environments (contract: secrets §6, §7). */
export const SLUG = slug(1, 64);

/** A slug of this many characters. */
export function slug(min: number, max: number): Check {
  return {
    expected: `a slug: ${min} to ${max} lower-case letters and digits, in groups joined by single hyphens`,
    accepts: (value) =>
      matches(value, /^[a-z0-9]+(?:-[a-z0-9]+)*$/) &&
      length(value) >= min &&
      length(value) <= max,
  };
}

/** A text of at most so many characters. */
export function textUpTo(max: number): Check {
  return {
    expected: `a non-empty string of at most ${max} characters`,
    accepts: (value) => TEXT.accepts(value) && length(value) <= max,
  };
}

/** A list with at least one and at most so many of something. */
export function listOf(
  what: string,
  { accepts }: Check,
  max = Infinity,
): Check {
  return {
    expected: `an array of ${max === Infinity ? 'at least one' : `1 to ${max}`} ${what}`,
    accepts: (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.length <= max &&
      value.every(accepts),
  };
}

/**
 * Checks an id that becomes a part of the path.
 *
 * @throws InfisicalConfigError
 */
export function checkId(operation: string, name: string, id: unknown): void {
  check(operation, name, id, TEXT);
  try {
    void apiPath`${id as string}`;
  } catch {
    throw new InfisicalConfigError(
      `${operation}: ${name} must not be "." or "..", or hold control characters.`,
    );
  }
}

/**
 * Checks an object inside the arguments. What is `required` must be there.
 *
 * @param where its place, such as `secrets[3]`
 * @throws InfisicalConfigError naming the field and the form it must have, never its value
 */
export function checkInner<O extends object>(
  operation: string,
  where: string,
  value: O,
  shape: Shape<O>,
  required: readonly (keyof O & string)[] = [],
): void {
  const inner = Object.fromEntries(
    Object.entries<Check>(shape as Record<string, Check>).map(([name, one]) => [
      `${where}.${name}`,
      one,
    ]),
  );
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const fields = Object.entries(value as Record<string, unknown>);
    const named = fields.map(([name, field]) => [`${where}.${name}`, field]);
    checkOptions<Record<string, unknown>>(
      operation,
      Object.fromEntries(named) as Record<string, unknown>,
      inner,
    );
    for (const name of required) {
      check(operation, `${where}.${name}`, value[name], shape[name]);
    }
    return;
  }
  throw new InfisicalConfigError(
    `${operation}: ${where} must be an object with ${Object.keys(shape).join(', ')}.`,
  );
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function length(value: unknown): number {
  return (value as string).length;
}
