import { InfisicalHttpError } from '../http/errors.js';

/** The body as an object. */
export function readBody(data: unknown): Record<string, unknown> {
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) {
    return data as Record<string, unknown>;
  }
  throw unexpected('an object');
}

/** The object under `key`. */
export function readObject(
  data: unknown,
  key: string,
): Record<string, unknown> {
  const body = readBody(data);
  if ('approval' in body && !(key in body)) {
    throw new InfisicalHttpError(
      'The change was not made: a policy of this folder wants an approval first. Approve the request in Infisical, or use an identity that may write there.',
      { status: 200, code: 'ApprovalRequired' },
    );
  }
  const value = body[key];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw unexpected(`"${key}"`);
}

/** The array of objects under `key`. */
export function readArray(
  data: unknown,
  key: string,
): Record<string, unknown>[] {
  const value = readBody(data)[key];
  if (
    Array.isArray(value) &&
    value.every((item) => typeof item === 'object' && item !== null)
  ) {
    return value as Record<string, unknown>[];
  }
  throw unexpected(`the list "${key}"`);
}

/** The text under `key`. */
export function readText(object: Record<string, unknown>, key: string): string {
  const value = object[key];
  if (typeof value === 'string') return value;
  throw unexpected(`the text "${key}"`);
}

/** The text under `key`, if there is one. */
export function readOptionalText(
  object: Record<string, unknown>,
  key: string,
): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}

/** The date under `key`. */
export function readDate(object: Record<string, unknown>, key: string): Date {
  const date = new Date(readText(object, key));
  if (Number.isNaN(date.getTime())) throw unexpected(`the date "${key}"`);
  return date;
}

function unexpected(what: string): InfisicalHttpError {
  return new InfisicalHttpError(
    `The answer has not the expected form: ${what} is missing. Check that siteUrl is an Infisical server, and its version.`,
    { status: 200, code: 'UnreadableAnswer', hint: 'Check siteUrl.' },
  );
}
