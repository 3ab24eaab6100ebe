import type ts from 'typescript';
import type { TypeScript } from './typescript.js';

/** The tree of a source file, in its own language. */
export function parseSource(
  compiler: TypeScript,
  file: string,
  text: string,
): ts.SourceFile {
  const isJavaScript = /\.[cm]?js$/.test(file);
  return compiler.createSourceFile(
    file,
    text,
    compiler.ScriptTarget.Latest,
    true,
    isJavaScript ? compiler.ScriptKind.JS : compiler.ScriptKind.TS,
  );
}

/** A name that a file imports. */
export interface ImportedName {
  /** As the file calls it. */
  readonly local: string;
  /** As the package calls it; `default`, or `*` for all of it. */
  readonly imported: string;
  readonly from: string;
  readonly isType: boolean;
}

/** Every name that the file imports. */
export function importedNames(
  compiler: TypeScript,
  source: ts.SourceFile,
): ImportedName[] {
  return importDeclarations(compiler, source).flatMap((declaration) => {
    const from = (declaration.moduleSpecifier as ts.StringLiteral).text;
    const clause = declaration.importClause;
    if (!clause) return [];
    const all = isTypeOnly(clause);
    const names: ImportedName[] = [];
    if (clause.name) {
      const local = clause.name.text;
      names.push({ local, imported: 'default', from, isType: all });
    }
    const { namedBindings } = clause;
    if (namedBindings && compiler.isNamespaceImport(namedBindings)) {
      const local = namedBindings.name.text;
      names.push({ local, imported: '*', from, isType: all });
    } else if (namedBindings) {
      for (const { name, propertyName, isTypeOnly } of namedBindings.elements) {
        names.push({
          local: name.text,
          imported: (propertyName ?? name).text,
          from,
          isType: all || isTypeOnly,
        });
      }
    }
    return names;
  });
}

/** The file's imports, as they stand. */
export function importDeclarations(
  compiler: TypeScript,
  source: ts.SourceFile,
): ts.ImportDeclaration[] {
  return source.statements.filter((statement) =>
    compiler.isImportDeclaration(statement),
  );
}

/** Whether an expression is what a package exports by this name: `name` or `all.name`. */
export function isExport(
  compiler: TypeScript,
  expression: ts.Expression,
  names: readonly ImportedName[],
  { from, name }: { from: string; name: string },
): boolean {
  if (compiler.isIdentifier(expression)) {
    return names.some(
      (one) =>
        one.local === expression.text &&
        one.imported === name &&
        one.from === from,
    );
  }
  return (
    compiler.isPropertyAccessExpression(expression) &&
    expression.name.text === name &&
    compiler.isIdentifier(expression.expression) &&
    names.some(
      (one) =>
        one.local === (expression.expression as ts.Identifier).text &&
        one.imported === '*' &&
        one.from === from,
    )
  );
}

/** The first node for which `find` gives something. */
export function search<T>(
  compiler: TypeScript,
  node: ts.Node,
  find: (node: ts.Node) => T | undefined,
): T | undefined {
  return (
    find(node) ??
    compiler.forEachChild(node, (child) => search(compiler, child, find))
  );
}

/** Whether an import is `import type`. */
export function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  // There in all versions, and called deprecated in the newer ones.
  return (
    (clause as { readonly isTypeOnly?: boolean } | undefined)?.isTypeOnly ===
    true
  );
}
