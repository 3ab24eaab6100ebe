import type ts from 'typescript';
import { block, type CodeStyle, type Edit, indentAt } from './code-style.js';
import type { TypeScript } from './typescript.js';

/** A file that is changed. */
export interface ChangedFile {
  readonly compiler: TypeScript;
  readonly source: ts.SourceFile;
  readonly style: CodeStyle;
}

/** Writes the new element, for a line with this white space before it. */
type Write = (indent: string) => string;

/**
 * Puts an element into `imports` of a `@Module()`, behind those that are there.
 *
 * @throws Error when what is there cannot be seen; it says what to write by hand
 */
export function importsEdits(
  file: ChangedFile,
  decorator: ts.CallExpression,
  write: Write,
): Edit[] {
  const { compiler, source, style } = file;
  const [metadata] = decorator.arguments;
  if (!metadata) {
    const list = listOf([], write, style.indent, style);
    const at = decorator.getEnd() - 1;
    return [{ at, text: block(['{', '}'], [`imports: ${list}`], '', style) }];
  }
  if (!compiler.isObjectLiteralExpression(metadata)) {
    throw byHand(file, 'what @Module() gets is not written there', write);
  }
  const property = metadata.properties.find(
    (one) => one.name?.getText(source).replace(/['"]/g, '') === 'imports',
  );
  if (!property) {
    if (metadata.properties.some((one) => compiler.isSpreadAssignment(one))) {
      throw byHand(file, '@Module() spreads what may have imports', write);
    }
    return [newProperty(file, metadata, write)];
  }
  if (compiler.isShorthandPropertyAssignment(property)) {
    const call = write(indentAt(source, property));
    return [{ at: property.getEnd(), text: `: [...imports, ${call}]` }];
  }
  if (!compiler.isPropertyAssignment(property)) {
    throw byHand(file, 'imports is no plain property of @Module()', write);
  }
  const value = bare(compiler, property.initializer);
  const outer = indentAt(source, property);
  return compiler.isArrayLiteralExpression(value)
    ? listEdits(file, value, write, outer)
    : [spreadEdit(file, value, write(outer))];
}

/** `imports` as the first property of an object that has none. */
function newProperty(
  { source, style }: ChangedFile,
  metadata: ts.ObjectLiteralExpression,
  write: Write,
): Edit {
  const start = metadata.getStart(source);
  const [first] = metadata.properties;
  if (first && metadata.getText(source).includes('\n')) {
    const indent = indentAt(source, first);
    const list = listOf([], write, indent, style);
    return {
      at: start + 1,
      text: `${style.newline}${indent}imports: ${list},`,
    };
  }
  const outer = indentAt(source, metadata);
  const list = listOf([], write, outer + style.indent, style);
  const lines = [`imports: ${list}`, ...texts(source, metadata.properties)];
  return {
    at: start,
    length: metadata.getEnd() - start,
    text: block(['{', '}'], lines, outer, style),
  };
}

/** The element behind those of a list. */
function listEdits(
  { source, style }: ChangedFile,
  list: ts.ArrayLiteralExpression,
  write: Write,
  outer: string,
): Edit[] {
  const { elements } = list;
  const start = list.getStart(source);
  const end = list.getEnd() - 1;
  const last = elements.at(-1);
  const comma = elements.hasTrailingComma || !last ? '' : ',';
  const lineStart = source.text.lastIndexOf('\n', end) + 1;
  const isClosedBelow =
    lineStart > start && source.text.slice(lineStart, end).trim() === '';
  if (isClosedBelow) {
    const indent = last ? indentAt(source, last) : outer + style.indent;
    const line = `${indent}${write(indent)},${style.newline}`;
    const edits: Edit[] = [{ at: lineStart, text: line }];
    if (last && comma) edits.push({ at: last.getEnd(), text: comma });
    return edits;
  }
  if (list.getText(source).includes('/*')) {
    return [{ at: elements.end, text: `${comma} ${write(outer)}` }];
  }
  return [
    {
      at: start,
      length: end + 1 - start,
      text: listOf(texts(source, elements), write, outer, style),
    },
  ];
}

/** `[...list, element]` in place of a list that is made elsewhere. */
function spreadEdit(
  { compiler, source }: ChangedFile,
  list: ts.Expression,
  call: string,
): Edit {
  const at = list.getStart(source);
  const text = list.getText(source);
  const isSimple =
    compiler.isIdentifier(list) ||
    compiler.isCallExpression(list) ||
    compiler.isPropertyAccessExpression(list);
  return {
    at,
    length: list.getEnd() - at,
    text: `[...${isSimple ? text : `(${text})`}, ${call}]`,
  };
}

function listOf(
  before: readonly string[],
  write: Write,
  outer: string,
  style: CodeStyle,
): string {
  const elements = [...before, write(outer + style.indent)];
  return block(['[', ']'], elements, outer, style);
}

function texts(
  source: ts.SourceFile,
  nodes: ts.NodeArray<ts.Node>,
): readonly string[] {
  return nodes.map((node) => node.getFullText(source).trim());
}

/** An expression without `as`, `satisfies` and brackets around it. */
function bare(compiler: TypeScript, expression: ts.Expression): ts.Expression {
  return compiler.isAsExpression(expression) ||
    compiler.isSatisfiesExpression(expression) ||
    compiler.isParenthesizedExpression(expression)
    ? bare(compiler, expression.expression)
    : expression;
}

function byHand({ source }: ChangedFile, why: string, write: Write): Error {
  return new Error(
    `${source.fileName} cannot be changed by this command: ${why}. Import InfisicalModule from 'nestjs-infisical' and add this to its imports:\n\n${write('')}\n`,
  );
}
