/** A part of what stands between the braces of a template. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number }
  | { readonly kind: 'path'; readonly name: string }
  | {
      readonly kind: 'call';
      readonly helper: string;
      readonly args: readonly Expression[];
    };

/** Plain text, or an expression; a raw one has three braces. */
export type TemplatePart =
  string | { readonly expression: Expression; readonly isRaw: boolean };

const BRACES = /\{\{\{(.*?)\}\}\}|\{\{(.*?)\}\}/gs;
const TOKEN =
  /\s*(?:('[^']*'|"[^"]*")|(-?\d+(?:\.\d+)?)(?![\w.])|([A-Za-z_][\w-]*(?:\.[\w-]+)*)|([()]))\s*/y;

/**
 * The parts of a Handlebars template of variables and helpers; undefined if it
 * is not one.
 */
export function parseTemplate(template: string): TemplatePart[] | undefined {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of template.matchAll(BRACES)) {
    const [whole, raw, plain = ''] = match;
    const expression = parseExpression(raw ?? plain);
    if (!expression) return undefined;
    parts.push(template.slice(end, match.index));
    parts.push({ expression, isRaw: raw !== undefined });
    end = match.index + whole.length;
  }
  parts.push(template.slice(end));
  const isOpen = parts.some(
    (part) => typeof part === 'string' && part.includes('{{'),
  );
  return isOpen ? undefined : parts;
}

/** Whether a template names nothing but these. */
export function isTemplateOf(
  parts: readonly TemplatePart[],
  known: { variables: readonly string[]; helpers: readonly string[] },
): boolean {
  const isKnown = (expression: Expression): boolean => {
    if (expression.kind === 'literal') return true;
    if (expression.kind === 'path') {
      return known.variables.includes(expression.name);
    }
    const { helper, args } = expression;
    return known.helpers.includes(helper) && args.every(isKnown);
  };
  return parts.every(
    (part) =>
      typeof part === 'string' ||
      (part.expression.kind !== 'literal' && isKnown(part.expression)),
  );
}

function parseExpression(text: string): Expression | undefined {
  const tokens = tokenize(text);
  if (!tokens) return undefined;
  const reader = { tokens, at: 0 };
  const expression = readCall(reader);
  return reader.at === tokens.length ? expression : undefined;
}

type Token = Expression | '(' | ')';

function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    const [, quoted, number, name, bracket] = match;
    if (quoted !== undefined) {
      tokens.push({ kind: 'literal', value: quoted.slice(1, -1) });
    } else if (number !== undefined) {
      tokens.push({ kind: 'literal', value: Number(number) });
    } else if (name !== undefined) {
      tokens.push({ kind: 'path', name });
    } else {
      tokens.push(bracket as '(' | ')');
    }
  }
  return tokens;
}

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
}

/** A value alone, or a helper with what it is called with. */
function readCall(reader: Reader): Expression | undefined {
  const [first, ...args] = readValues(reader);
  if (!first || args.length === 0) return first;
  return first.kind === 'path'
    ? { kind: 'call', helper: first.name, args }
    : undefined;
}

function readValues(reader: Reader): Expression[] {
  const values: Expression[] = [];
  for (;;) {
    const token = reader.tokens[reader.at];
    if (token === undefined || token === ')') return values;
    reader.at++;
    if (token !== '(') {
      values.push(token);
      continue;
    }
    const inner = readCall(reader);
    if (!inner || reader.tokens[reader.at] !== ')') return [];
    reader.at++;
    values.push(inner);
  }
}
