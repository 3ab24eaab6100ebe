import type ts from 'typescript';
import { importDeclarations } from './syntax.js';
import type { TypeScript } from './typescript.js';

/** How a file is written. */
export interface CodeStyle {
  readonly quote: string;
  readonly semicolon: string;
  readonly newline: string;
  /** One step. */
  readonly indent: string;
}

/** Text that is put in at a place, in place of so many characters. */
export interface Edit {
  readonly at: number;
  readonly length?: number;
  readonly text: string;
}

/** The style of a file, by its first lines. */
export function styleOf(
  compiler: TypeScript,
  source: ts.SourceFile,
): CodeStyle {
  const first = importDeclarations(compiler, source)[0];
  const from = first?.moduleSpecifier.getText(source) ?? "'";
  const isTabbed = /^\t/m.test(source.text);
  const isWide = !/^ {2}\S/m.test(source.text) && /^ {4}\S/m.test(source.text);
  return {
    quote: from.startsWith('"') ? '"' : "'",
    semicolon: first && !first.getText(source).endsWith(';') ? '' : ';',
    newline: source.text.includes('\r\n') ? '\r\n' : '\n',
    indent: isTabbed ? '\t' : isWide ? '    ' : '  ',
  };
}

/** The white space before the line of a node. */
export function indentAt(source: ts.SourceFile, node: ts.Node): string {
  const at = node.getStart(source);
  const line = source.text.slice(source.text.lastIndexOf('\n', at - 1) + 1, at);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** Lines between brackets, each with a comma, such as the elements of a list. */
export function block(
  brackets: readonly [string, string],
  lines: readonly string[],
  outer: string,
  { newline, indent }: CodeStyle,
): string {
  const inner = lines.map((line) => `${newline}${outer}${indent}${line},`);
  return `${brackets[0]}${inner.join('')}${newline}${outer}${brackets[1]}`;
}

/** A text as a literal. */
export function literal(value: string, { quote }: CodeStyle): string {
  const text = JSON.stringify(value);
  return quote === '"'
    ? text
    : `'${text.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** The text with all edits, none of which overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((one, other) => other.at - one.at)
    .reduce(
      (changed, { at, length = 0, text: put }) =>
        changed.slice(0, at) + put + changed.slice(at + length),
      text,
    );
}
