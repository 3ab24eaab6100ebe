import { InfisicalConfigError } from '../common/infisical.error.js';

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What may stand in a header's value: visible Latin-1, blanks and tabs. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that belong to the client, and where its user has a say in them. */
const RESERVED: Readonly<Record<string, string>> = {
  authorization: 'pass credentials in `auth`',
  'proxy-authorization': 'pass credentials in `proxy`',
  'user-agent': 'set `userAgent`',
  host: 'set `siteUrl`',
  accept: 'answers are JSON',
  'accept-encoding': 'the client inflates what it asked for',
  'content-type': 'bodies are JSON',
  'content-length': 'leave it out',
  'transfer-encoding': 'leave it out',
  connection: 'leave it out',
  'keep-alive': 'leave it out',
  'proxy-connection': 'leave it out',
  upgrade: 'leave it out',
  expect: 'leave it out',
  te: 'leave it out',
  trailer: 'leave it out',
};

/**
 * The headers of every request, with names in lower case.
 *
 * @param headers as given by the user; checked, because a wrong one would fail
 * each request with an unclear error
 * @param option the option's name, or the variable's
 * @throws InfisicalConfigError naming the header, never its value
 */
export function checkHeaders(
  headers: unknown,
  option: string,
): Record<string, string> {
  if (headers === undefined) return {};
  if (
    typeof headers !== 'object' ||
    headers === null ||
    Array.isArray(headers)
  ) {
    throw new InfisicalConfigError(
      `${option} must be an object of header names and texts.`,
    );
  }
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    const quoted = JSON.stringify(name);
    if (!NAME.test(name)) {
      throw new InfisicalConfigError(
        `${option} has ${quoted}, which is not a header name: letters, digits and dashes make one.`,
      );
    }
    if (Object.hasOwn(RESERVED, lower)) {
      throw new InfisicalConfigError(
        `${option}.${lower} is not allowed, the client sets it: ${RESERVED[lower]}.`,
      );
    }
    if (typeof value !== 'string' || !VALUE.test(value)) {
      throw new InfisicalConfigError(
        `The value of ${quoted} in ${option} cannot be sent: it must be a string of Latin-1 characters on one line. A line break at its end may come from a file.`,
      );
    }
    checked[lower] = value;
  }
  return checked;
}

/** @throws InfisicalConfigError */
export function checkUserAgent(userAgent: unknown): string {
  if (
    typeof userAgent === 'string' &&
    userAgent.trim() &&
    VALUE.test(userAgent)
  ) {
    return userAgent.trim();
  }
  throw new InfisicalConfigError(
    'userAgent must be a non-empty string of Latin-1 characters on one line.',
  );
}
