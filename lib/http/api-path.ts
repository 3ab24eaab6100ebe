import { InfisicalConfigError } from '../common/infisical.error.js';

/** The path of a request, and the route that it takes. */
export interface ApiPath {
  /** As it is sent, without the site's own path and the query. */
  readonly text: string;
  /** The same with `{id}` in place of every id and name; absent for a path that was handed in. */
  readonly route?: string;
}

/**
 * Tagged template that builds a request path: every value becomes one encoded
 * segment, and a path becomes its beginning. Values that would change the route
 * (`.`, `..`, empty, control characters, encoded slashes) are refused before
 * anything is sent.
 *
 * @throws InfisicalConfigError
 */
export function apiPath(
  template: TemplateStringsArray,
  ...values: (string | ApiPath)[]
): ApiPath {
  const [start = '', ...rest] = template;
  let text = start;
  let route = start;
  for (const [index, literal] of rest.entries()) {
    const value = values[index] ?? '';
    const isPart = typeof value === 'object';
    text += (isPart ? value.text : encodeSegment(value)) + literal;
    route += (isPart ? value.route : '{id}') + literal;
  }
  return { text, route };
}

/** An id in a path that was handed in. */
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The route of a path that was handed in, as far as it shows: names in it stay. */
export function routeOfText(text: string): string {
  const segments = text.split('/').filter(Boolean);
  return `/${segments.map((one) => (ID.test(one) ? '{id}' : one)).join('/')}`;
}

/** A word of a route, for {@link apiPath}: nothing that a user names. */
export function routeWord(word: string): ApiPath {
  return { text: word, route: word };
}

function encodeSegment(value: string): string {
  // encodeURIComponent leaves dots alone, and URL folds "." and ".." away.
  if (!value || /^\.{1,2}$/.test(value) || /\p{Cc}/u.test(value)) {
    throw new InfisicalConfigError(
      `"${value}" cannot be part of a request path: names must not be empty, "." or "..", or hold control characters.`,
    );
  }
  return encodeURIComponent(value);
}

/**
 * Checks a path given by the user of the escape hatch: absolute, and not
 * changed by URL resolution.
 *
 * @throws InfisicalConfigError
 */
export function assertRequestPath(path: string, site: URL): void {
  if (
    !path.startsWith('/api/') ||
    new URL(path, site.origin).pathname !== path ||
    /%2e%2e|%2f/i.test(path)
  ) {
    throw new InfisicalConfigError(
      // What follows the question mark may be a token.
      `The request path must start with /api/ and must not hold "..", a query or encoded slashes; pass the query as an option. Got "${path.replace(/\?.*/s, '?…')}".`,
    );
  }
}

const FOLDER_SEGMENT = /^[A-Za-z0-9_-]+$/;

/**
 * A folder path in the server's form: one leading slash, none at the end
 * (contract: secrets §2.9: secret endpoints do not add it themselves).
 *
 * @throws InfisicalConfigError for segments the server cannot hold
 */
export function normalizeFolderPath(path: string): string {
  const segments = path.trim().split('/').filter(Boolean);
  for (const segment of segments) {
    if (!FOLDER_SEGMENT.test(segment)) {
      throw new InfisicalConfigError(
        `path "${path}" is not a folder path: each segment may hold letters, digits, dashes and underscores only.`,
      );
    }
  }
  return `/${segments.join('/')}`;
}
