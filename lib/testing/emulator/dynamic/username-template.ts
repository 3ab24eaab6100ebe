import { randomText } from './random-text.js';
import {
  type Expression,
  isTemplateOf,
  parseTemplate,
  type TemplatePart,
} from './template-parser.js';

export interface UsernameVariables {
  readonly randomUsername: string;
  /** Seconds since the epoch. */
  readonly unixTimestamp: number;
  readonly 'identity.name': string;
  readonly 'dynamicSecret.name': string;
  readonly 'dynamicSecret.type': string;
}

const VARIABLES: readonly string[] = [
  'randomUsername',
  'unixTimestamp',
  'identity.name',
  'dynamicSecret.name',
  'dynamicSecret.type',
] satisfies (keyof UsernameVariables)[];

type Value = string | number;

const HELPERS: Readonly<Record<string, (...args: Value[]) => string>> = {
  random: (length) =>
    typeof length === 'number' && length > 0 && length <= 100
      ? randomText(length)
      : '',
  replace: (text, pattern, replacement) => {
    const subject = String(text ?? '');
    try {
      const search = new RegExp(String(pattern), 'g');
      return subject.replace(search, String(replacement ?? ''));
    } catch {
      return subject;
    }
  },
  truncate: (text, length) => {
    const subject = String(text ?? '');
    return typeof length === 'number' && length > 0
      ? subject.slice(0, length)
      : subject;
  },
};

/** Whether a template has nothing but known variables and helpers. */
export function isUsernameTemplate(template: string): boolean {
  const parts = parseTemplate(template);
  return (
    parts !== undefined &&
    isTemplateOf(parts, { variables: VARIABLES, helpers: Object.keys(HELPERS) })
  );
}

/** A user name from its template; without one, `randomUsername`. */
export function renderUsername(
  template: string | null,
  variables: UsernameVariables,
): string {
  const parts = parseTemplate(template ?? '{{randomUsername}}') ?? [];
  return parts.map((part) => renderPart(part, variables)).join('');
}

function renderPart(part: TemplatePart, variables: UsernameVariables): string {
  if (typeof part === 'string') return part;
  const text = String(evaluate(part.expression, variables));
  return part.isRaw ? text : escapeHtml(text);
}

function evaluate(expression: Expression, variables: UsernameVariables): Value {
  if (expression.kind === 'literal') return expression.value;
  if (expression.kind === 'path') {
    return variables[expression.name as keyof UsernameVariables] ?? '';
  }
  const args = expression.args.map((one) => evaluate(one, variables));
  return HELPERS[expression.helper]?.(...args) ?? '';
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
  '`': '&#x60;',
  '=': '&#x3D;',
};

/** Handlebars escapes in `{{ }}`, though a user name is no HTML. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`=]/g, (character) => ESCAPES[character] ?? '');
}
