import { InfisicalHttpError } from '../http/errors.js';

/** Where a part of an answer stands. */
interface Place {
  /** The call, such as `secrets.get`. */
  readonly operation?: string;
  /** The way to it from the body: `keys[2].name`; empty for the body. */
  readonly path: string;
}

/** Where the parts stand that readers have handed out. */
const places = new WeakMap<object, Place>();

/** Lets errors about an answer name the call it came from. */
export function nameAnswer(data: unknown, operation: string | undefined): void {
  if (isObject(data)) places.set(data, { operation, path: '' });
}

/** The body as an object. */
export function readBody(data: unknown): Record<string, unknown> {
  if (isObject(data) && !Array.isArray(data)) return data;
  throw unexpected(data, '', 'an object', data);
}

/** The object under `key`. */
export function readObject(
  data: unknown,
  key: string,
): Record<string, unknown> {
  const body = readBody(data);
  assertDone(body, key);
  const value = body[key];
  if (!isObject(value) || Array.isArray(value)) {
    throw unexpected(body, key, 'an object', value);
  }
  return placed(value, body, key);
}

/** The array of objects under `key`. */
export function readArray(
  data: unknown,
  key: string,
): Record<string, unknown>[] {
  const body = readBody(data);
  assertDone(body, key);
  return readList(body, key).map((item, index) => {
    const place = `${key}[${index}]`;
    if (!isObject(item) || Array.isArray(item)) {
      throw unexpected(body, place, 'an object', item);
    }
    return placed(item, body, place);
  });
}

/** The array of objects under `key`; an empty one when it is absent. */
export function readOptionalArray(
  object: Record<string, unknown>,
  key: string,
): Record<string, unknown>[] {
  return isAbsent(object, key) ? [] : readArray(object, key);
}

/** The texts under `key`. */
export function readTexts(
  object: Record<string, unknown>,
  key: string,
): string[] {
  return readList(object, key).map((item, index) => {
    if (typeof item === 'string') return item;
    throw unexpected(object, `${key}[${index}]`, 'a text', item);
  });
}

/** The text under `key`. */
export function readText(object: Record<string, unknown>, key: string): string {
  const value = object[key];
  if (typeof value === 'string') return value;
  throw unexpected(object, key, 'a text', value);
}

/** The text under `key`, if there is one. */
export function readOptionalText(
  object: Record<string, unknown>,
  key: string,
): string | undefined {
  return isAbsent(object, key) ? undefined : readText(object, key);
}

/** The text under `key`, which is one of some. */
export function readOneOf<T extends string>(
  object: Record<string, unknown>,
  key: string,
  values: readonly T[],
): T {
  const value = object[key];
  const found = values.find((one) => one === value);
  if (found !== undefined) return found;
  throw unexpected(
    object,
    key,
    `one of ${values.map((one) => `"${one}"`).join(', ')}`,
    value,
  );
}

/** The same, if there is one. */
export function readOptionalOneOf<T extends string>(
  object: Record<string, unknown>,
  key: string,
  values: readonly T[],
): T | undefined {
  return isAbsent(object, key) ? undefined : readOneOf(object, key, values);
}

/** The whole number under `key`. */
export function readWhole(
  object: Record<string, unknown>,
  key: string,
): number {
  const value = object[key];
  if (Number.isSafeInteger(value)) return value as number;
  throw unexpected(object, key, 'a whole number', value);
}

/** The same, if there is one. */
export function readOptionalWhole(
  object: Record<string, unknown>,
  key: string,
): number | undefined {
  return isAbsent(object, key) ? undefined : readWhole(object, key);
}

/** The boolean under `key`. */
export function readFlag(
  object: Record<string, unknown>,
  key: string,
): boolean {
  const value = object[key];
  if (typeof value === 'boolean') return value;
  throw unexpected(object, key, 'true or false', value);
}

/** The boolean under `key`, if there is one. */
export function readOptionalFlag(
  object: Record<string, unknown>,
  key: string,
): boolean | undefined {
  return isAbsent(object, key) ? undefined : readFlag(object, key);
}

/** The date under `key`. */
export function readDate(object: Record<string, unknown>, key: string): Date {
  return new Date(readTimestamp(object, key));
}

/** The date under `key`, as the text it is sent as. */
export function readTimestamp(
  object: Record<string, unknown>,
  key: string,
): string {
  const text = readText(object, key);
  if (!Number.isNaN(Date.parse(text))) return text;
  throw unexpected(object, key, 'a date', text);
}

/** The same, if there is one. */
export function readOptionalTimestamp(
  object: Record<string, unknown>,
  key: string,
): string | undefined {
  return isAbsent(object, key) ? undefined : readTimestamp(object, key);
}

/** The error of a field that is not what it must be. Its value is not repeated: it may be a secret. */
export function unexpected(
  parent: unknown,
  key: string,
  expected: string,
  value: unknown,
): InfisicalHttpError {
  const { operation, path } = placeOf(parent, key);
  return new InfisicalHttpError(
    `The answer${operation === undefined ? '' : ` to ${operation}`} has not the expected form: ${path === '' ? 'it' : `"${path}"`} must be ${expected}, and ${describe(value)}. Check that siteUrl is an Infisical server, and its version.`,
    {
      status: 200,
      code: 'UnreadableAnswer',
      hint: 'Check siteUrl, and the version of the server.',
      operation,
    },
  );
}

/** A policy may make a request for approval out of a write (contract: secrets §2.5). */
function assertDone(body: Record<string, unknown>, key: string): void {
  if (!('approval' in body) || key in body) return;
  throw new InfisicalHttpError(
    'The change was not made: a policy of this folder wants an approval first. Approve the request in Infisical, or use an identity that may write there.',
    {
      status: 200,
      code: 'ApprovalRequired',
      operation: placeOf(body, '').operation,
    },
  );
}

function readList(object: Record<string, unknown>, key: string): unknown[] {
  const value = object[key];
  if (Array.isArray(value)) return value;
  throw unexpected(object, key, 'a list', value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Null and absent are the same (contract: optional and nullable fields). */
function isAbsent(object: Record<string, unknown>, key: string): boolean {
  return object[key] === undefined || object[key] === null;
}

function placed<T extends object>(value: T, parent: object, key: string): T {
  places.set(value, placeOf(parent, key));
  return value;
}

function placeOf(parent: unknown, key: string): Place {
  const { operation, path = '' } =
    (isObject(parent) && places.get(parent)) || ({} as Partial<Place>);
  return { operation, path: path && key ? `${path}.${key}` : path || key };
}

function describe(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is null';
  if (Array.isArray(value)) return 'is a list';
  return typeof value === 'object' ? 'is an object' : `is a ${typeof value}`;
}
