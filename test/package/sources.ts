import { readdirSync, readFileSync } from 'node:fs';
import { posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * How a module is imported: `value` and `dynamic` are there at run time,
 * `type` is erased.
 */
export type ImportKind = 'value' | 'type' | 'dynamic';

/** One import of a source file. */
export interface Import {
  /** As in the source, such as `../common/clock.js` or `rxjs`. */
  readonly specifier: string;
  readonly kind: ImportKind;
  /** The imported file below `lib/`; absent when it is a package. */
  readonly file?: string;
}

/** A source file of the library. */
export interface Source {
  /** Path below `lib/`, with slashes. */
  readonly file: string;
  readonly imports: readonly Import[];
  readonly ast: ts.SourceFile;
}

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Every TypeScript file below `lib/`. */
export function readSources(): Source[] {
  const lib = posix.join(ROOT.replaceAll(sep, '/'), 'lib');
  return readdirSync(lib, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(sep, '/'))
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => {
      const text = readFileSync(posix.join(lib, file), 'utf8');
      const ast = parse(file, text);
      return { file, ast, imports: importsOf(ast) };
    });
}

/** The syntax tree of a file. */
export function parse(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
}

/** Every import of a file, wherever it stands. */
export function importsOf(ast: ts.SourceFile): Import[] {
  const found: Import[] = [];
  visit(ast, (node) => {
    const one = importAt(node);
    if (!one) return;
    const { specifier, kind } = one;
    if (!specifier.startsWith('.')) {
      found.push({ specifier, kind });
      return;
    }
    const file = posix
      .join(posix.dirname(ast.fileName), specifier)
      .replace(/\.js$/, '.ts');
    found.push({ specifier, kind, file });
  });
  return found;
}

/** Calls back for a node and everything below it. */
export function visit(node: ts.Node, callback: (node: ts.Node) => void): void {
  callback(node);
  node.forEachChild((child) => visit(child, callback));
}

/** The name of the package that a specifier is in; undefined for Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  const [first = '', second] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/** All files that can be reached from some by imports that `follow` accepts. */
export function reachable(
  from: readonly string[],
  sources: readonly Source[],
  follow: (one: Import) => boolean,
): Set<string> {
  const byFile = new Map(sources.map((source) => [source.file, source]));
  const reached = new Set<string>();
  const waiting = [...from];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    for (const one of byFile.get(file)?.imports ?? []) {
      if (one.file !== undefined && follow(one)) waiting.push(one.file);
    }
  }
  return reached;
}

function importAt(
  node: ts.Node,
): { specifier: string; kind: ImportKind } | undefined {
  if (ts.isImportDeclaration(node)) {
    return named(node.moduleSpecifier, isErased(node) ? 'type' : 'value');
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    return named(node.moduleSpecifier, isErased(node) ? 'type' : 'value');
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return named(node.argument.literal, 'type');
  }
  if (
    ts.isCallExpression(node) &&
    node.expression.kind === ts.SyntaxKind.ImportKeyword
  ) {
    return named(node.arguments[0], 'dynamic');
  }
  return undefined;
}

function named(node: ts.Node | undefined, kind: ImportKind) {
  if (!node || !ts.isStringLiteral(node)) {
    throw new Error(`An import without a literal: ${node?.getText()}`);
  }
  return { specifier: node.text, kind };
}

/** Whether nothing of the import is left at run time. */
function isErased(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) {
    if (node.isTypeOnly) return true;
    const { exportClause } = node;
    return (
      exportClause !== undefined &&
      ts.isNamedExports(exportClause) &&
      exportClause.elements.every(({ isTypeOnly }) => isTypeOnly)
    );
  }
  const { importClause } = node;
  if (!importClause) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  return (
    name === undefined &&
    namedBindings !== undefined &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every(({ isTypeOnly }) => isTypeOnly)
  );
}
