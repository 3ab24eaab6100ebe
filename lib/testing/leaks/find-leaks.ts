import { formsOf, MIN_LENGTH, type SecretForm } from './secret-forms.js';

/** A value, with what to call it. */
export interface NamedSecret {
  readonly name: string;
  readonly value: string;
}

/** Something that was printed. */
export interface CapturedText {
  /** Where, such as `stdout`. */
  readonly where: string;
  readonly text: string;
}

/**
 * A secret that was found in a text.
 *
 * @example
 * ```ts
 * function describeLeak({ name, where, form }: SecretLeak): string {
 *   return `${name} was printed to ${where}, ${form}`;
 * }
 * ```
 *
 * @publicApi
 */
export interface SecretLeak {
  /** Name of the secret. */
  readonly name: string;
  /** Where it was printed: `stdout`, `stderr`, `console.log`, `Logger.error` … */
  readonly where: string;
  /** How it was written, such as `in base64`. */
  readonly form: string;
  /** What stands around it, with no secret in it. */
  readonly excerpt: string;
}

interface Find {
  readonly name: string;
  readonly form: string;
  readonly start: number;
  readonly end: number;
}

/** Characters of the excerpt before and after a secret. */
const AROUND = 40;

/** Every secret that is in one of the texts, once per text and form. */
export function findLeaks(
  texts: readonly CapturedText[],
  secrets: readonly NamedSecret[],
): SecretLeak[] {
  const looked = secrets
    .filter(({ value }) => value.length >= MIN_LENGTH)
    .map(({ name, value }) => ({ name, forms: formsOf(value) }));
  const short = secrets.filter(
    ({ value }) => value !== '' && value.length < MIN_LENGTH,
  );
  return texts.flatMap(({ where, text }) => {
    const lower = text.toLowerCase();
    const finds = looked.flatMap(({ name, forms }) =>
      forms.flatMap((form) => findForm(name, form, text, lower)),
    );
    const seen = new Set<string>();
    return finds
      .filter(({ name, form }) => {
        const key = JSON.stringify([name, form]);
        const isNew = !seen.has(key);
        seen.add(key);
        return isNew;
      })
      .map(({ name, form, start, end }) => ({
        name,
        where,
        form,
        excerpt: excerpt(text, start, end, finds, short),
      }));
  });
}

function findForm(
  name: string,
  { form, text: wanted, ignoresCase, alphabet }: SecretForm,
  text: string,
  lower: string,
): Find[] {
  // Lower case may be of another length, in rare scripts.
  const isFolded = ignoresCase === true && lower.length === text.length;
  const [inside, what] = isFolded
    ? [lower, wanted.toLowerCase()]
    : [text, wanted];
  const found: Find[] = [];
  for (let at = inside.indexOf(what); at >= 0; at = inside.indexOf(what, at)) {
    let [start, end] = [at, at + what.length];
    at = end;
    while (alphabet && start > 0 && alphabet.test(text[start - 1] ?? '')) {
      start--;
    }
    while (alphabet && alphabet.test(text[end] ?? '')) end++;
    found.push({ name, form, start, end });
  }
  return found;
}

/** The surroundings, with every find in them blotted out. */
function excerpt(
  text: string,
  start: number,
  end: number,
  finds: readonly Find[],
  short: readonly NamedSecret[],
): string {
  const from = Math.max(0, start - AROUND);
  const to = Math.min(text.length, end + AROUND);
  let result = '';
  let at = from;
  for (const find of [...finds].sort((a, b) => a.start - b.start)) {
    if (find.end <= at || find.start >= to) continue;
    if (find.start >= at) {
      result += `${clean(text.slice(at, find.start), short)}[redacted ${find.name}]`;
    }
    at = find.end;
  }
  result += clean(text.slice(Math.min(at, to), to), short);
  return result.replace(/\s+/g, ' ').trim();
}

/** Without the secrets that are too short to be looked for. */
function clean(text: string, short: readonly NamedSecret[]): string {
  return short.reduce(
    (rest, { value }) => rest.replaceAll(value, '[redacted]'),
    text,
  );
}
