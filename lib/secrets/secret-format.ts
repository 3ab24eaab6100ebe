import { toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import {
  checkSchema,
  describeIssues,
  nameOf,
  refusePromise,
  type StandardSchema,
  validateNow,
} from './standard-schema.js';

/**
 * How a text becomes a value. All of them refuse what they cannot read:
 * - `Number`: a finite number, not an empty text
 * - `Boolean`: true, 1, yes, on, or false, 0, no, off; in any case
 * - `JSON`: any JSON
 * - `URL`: an absolute URL
 * - `'duration'`: `'30s'` and the like, in milliseconds
 * - a function: what it returns; it must throw for a wrong text
 *
 * @example
 * ```ts
 * const list: SecretParser = (text) => text.split(',');
 * const origins = secrets.ref('ORIGINS', { parse: list });
 * const maxAge = secrets.ref('MAX_AGE', { parse: 'duration' }); // milliseconds
 * ```
 *
 * @publicApi
 */
export type SecretParser =
  typeof URL | typeof JSON | 'duration' | ((text: string) => unknown);

/**
 * What the value of a secret is.
 *
 * @example
 * ```ts
 * const format = { parse: Number, default: 10 } satisfies SecretFormat;
 * const limit = secrets.ref('LIMIT', format);
 * ```
 *
 * @publicApi
 */
export interface SecretFormat<Default = unknown> {
  /** Turns the text into the value, as in `{ parse: Number }`. Default: the text itself. */
  parse?: SecretParser;
  /** Checks the value, after `parse`, and may change it: a Standard Schema (Zod, Valibot, ArkType). It must answer synchronously. */
  schema?: StandardSchema;
  /** The value when there is no such secret. Neither parsed nor checked. */
  default?: Default;
  /** Leave the value undefined when there is no such secret. Default false: that is an error. */
  optional?: boolean;
}

/**
 * Type of what a format reads a text to.
 *
 * @example
 * ```ts
 * const format = { parse: Boolean } as const;
 * const flag: ParsedSecret<typeof format> = true; // boolean
 * ```
 *
 * @publicApi
 */
export type ParsedSecret<Format> = Format extends {
  schema: StandardSchema<infer Output>;
}
  ? Output
  : Format extends { parse: infer Parser }
    ? Parser extends BooleanConstructor
      ? boolean
      : Parser extends typeof URL
        ? URL
        : Parser extends 'duration'
          ? number
          : Parser extends (text: string) => infer Value
            ? Value
            : unknown
    : string;

/**
 * Type of a secret's value by its format.
 *
 * @example
 * ```ts
 * const format = { parse: URL, optional: true } as const;
 * type Endpoint = SecretValue<typeof format>; // URL | undefined
 * const hostOf = (endpoint: Endpoint) => endpoint?.host;
 * ```
 *
 * @publicApi
 */
export type SecretValue<Format> =
  | ParsedSecret<Format>
  | (Format extends { optional: true }
      ? Format extends { default: unknown }
        ? never
        : undefined
      : never);

/** Names of the options of a format. */
export const FORMAT_OPTION_NAMES: readonly (keyof SecretFormat)[] = [
  'parse',
  'schema',
  'default',
  'optional',
];

/** A value, or why the text is refused; never with a part of the text. */
export type Reading =
  | { readonly value: unknown; readonly refusal?: undefined }
  | { readonly refusal: string };

/** @throws InfisicalConfigError when `parse` or `schema` cannot be one */
export function checkFormat(format: SecretFormat, what: string): void {
  const { parse, schema, optional } = format;
  if (
    parse !== undefined &&
    parse !== JSON &&
    parse !== 'duration' &&
    typeof parse !== 'function'
  ) {
    throw new InfisicalConfigError(
      `${what}: parse must be Number, Boolean, JSON, URL, 'duration' or a function.`,
    );
  }
  checkSchema(schema, what);
  if (optional !== undefined && typeof optional !== 'boolean') {
    throw new InfisicalConfigError(`${what}: optional must be true or false.`);
  }
}

/**
 * Reads a text as the format says.
 *
 * @throws InfisicalConfigError when `parse` or `schema` is asynchronous
 */
export function readText(
  text: string,
  { parse, schema }: SecretFormat,
  what: string,
): Reading {
  const parsed = parseText(text, parse);
  if (parsed.refusal !== undefined) return parsed;
  refusePromise(parsed.value, `${what}: parse`);
  return schema ? check(parsed.value, schema, what) : parsed;
}

function parseText(text: string, parse: SecretFormat['parse']): Reading {
  if (parse === undefined) return { value: text };
  if (parse === Number) return readNumber(text);
  if (parse === Boolean) return readBoolean(text);
  if (parse === JSON) {
    return orRefuse(() => JSON.parse(text) as unknown, 'It is not JSON.');
  }
  if (parse === URL) {
    return orRefuse(() => new URL(text), 'It is not an absolute URL.');
  }
  if (parse === 'duration') {
    return orRefuse(
      () => toMilliseconds(text, 'parse'),
      "It is not a duration such as '30s'.",
    );
  }
  try {
    return { value: (parse as (text: string) => unknown)(text) };
  } catch (error) {
    return { refusal: `parse threw ${nameOf(error)}.` };
  }
}

function readNumber(text: string): Reading {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value)
    ? { value }
    : { refusal: 'It is not a finite number.' };
}

const BOOLEANS = new Map([
  ...['true', '1', 'yes', 'on'].map((text) => [text, true] as const),
  ...['false', '0', 'no', 'off'].map((text) => [text, false] as const),
]);

function readBoolean(text: string): Reading {
  const value = BOOLEANS.get(text.trim().toLowerCase());
  return value === undefined
    ? { refusal: 'It is none of true, 1, yes, on, false, 0, no and off.' }
    : { value };
}

function orRefuse(read: () => unknown, refusal: string): Reading {
  try {
    return { value: read() };
  } catch {
    return { refusal };
  }
}

function check(value: unknown, schema: StandardSchema, what: string): Reading {
  const answer = validateNow(schema, value, what);
  if (answer.issues === undefined) return { value: answer.value };
  return {
    refusal:
      answer.thrown === undefined
        ? `schema refused ${describeIssues(answer.issues)}.`
        : `schema threw ${answer.thrown}.`,
  };
}
