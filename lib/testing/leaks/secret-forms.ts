/** How a value may look when it is printed. */
export interface SecretForm {
  /** In words, for the error. */
  readonly form: string;
  readonly text: string;
  /** Whether capitals do not matter, as in hex. */
  readonly ignoresCase?: boolean;
  /** The characters of the encoding: a find reaches as far as they do. */
  readonly alphabet?: RegExp;
}

/** Shortest value that is looked for, in characters: a shorter one is in any text by chance. */
export const MIN_LENGTH = 6;

/** Shortest line of a value that is looked for by itself, such as one of a private key. */
const MIN_LINE = 16;

const BASE64 = /[A-Za-z0-9+/=]/;
const BASE64URL = /[A-Za-z0-9_-]/;
const HEX = /[0-9A-Fa-f]/;

/** All forms in which a value would be found, the plain one first. */
export function formsOf(value: string): SecretForm[] {
  const json = JSON.stringify(value).slice(1, -1);
  const uri = encodeURIComponent(toWellFormed(value));
  const hex = Buffer.from(value).toString('hex');
  const forms: SecretForm[] = [
    { form: 'as it is', text: value },
    { form: 'JSON-escaped', text: json },
    {
      form: 'JSON-escaped twice',
      text: JSON.stringify(json).slice(1, -1),
    },
    { form: 'URL-encoded', text: uri, ignoresCase: true },
    {
      form: 'URL-encoded',
      text: uri.replaceAll('%20', '+'),
      ignoresCase: true,
    },
    { form: 'in hex', text: hex, ignoresCase: true, alphabet: HEX },
    ...encoded(value, 'base64', BASE64),
    ...encoded(value, 'base64url', BASE64URL),
    ...linesOf(value),
  ];
  const known = new Set<string>();
  return forms.filter(({ text }) => {
    const isNew = text.length >= MIN_LENGTH && !known.has(text);
    known.add(text);
    return isNew;
  });
}

/**
 * The value in base64 at each of the three places where it may begin in longer
 * bytes, such as `user:password`, without the characters that its neighbours
 * have a part in.
 */
function encoded(
  value: string,
  encoding: 'base64' | 'base64url',
  alphabet: RegExp,
): SecretForm[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    const text = bytes.toString(encoding).replace(/=+$/, '');
    const end = bytes.length % 3 === 0 ? undefined : -1;
    const start = before === 0 ? 0 : before + 1;
    return { form: `in ${encoding}`, text: text.slice(start, end), alphabet };
  });
}

function linesOf(value: string): SecretForm[] {
  if (!/[\r\n]/.test(value)) return [];
  return value
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line.length >= MIN_LINE && !line.startsWith('-----'))
    .map((text) => ({ form: 'a line of it', text }));
}

/** Without halves of characters, which cannot be encoded. */
function toWellFormed(text: string): string {
  return Buffer.from(text).toString();
}
