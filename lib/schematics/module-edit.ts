import type ts from 'typescript';
import {
  applyEdits,
  type CodeStyle,
  type Edit,
  literal,
  styleOf,
} from './code-style.js';
import { type ChangedFile, importsEdits } from './imports-list.js';
import {
  type ImportedName,
  importDeclarations,
  importedNames,
  isExport,
  isTypeOnly,
  parseSource,
  search,
} from './syntax.js';
import type { TypeScript } from './typescript.js';

/** Name of the package, and of its module. */
export const PACKAGE = 'nestjs-infisical';
const MODULE = 'InfisicalModule';

/** Options of `forRoot` with their values. */
export type RootOptions = Readonly<Record<string, string>>;

/** Whether a file calls `InfisicalModule.forRoot` or `forRootAsync`. */
export function hasRoot(
  compiler: TypeScript,
  file: string,
  text: string,
): boolean {
  if (!text.includes(PACKAGE)) return false;
  const source = parseSource(compiler, file, text);
  const names = importedNames(compiler, source);
  const found = search(compiler, source, (node) =>
    compiler.isPropertyAccessExpression(node) &&
    /^forRoot(Async)?$/.test(node.name.text) &&
    isExport(compiler, node.expression, names, { from: PACKAGE, name: MODULE })
      ? node
      : undefined,
  );
  return found !== undefined;
}

/**
 * The file with `InfisicalModule.forRoot({ … })` among the imports of a module.
 * Everything else stays as it is written.
 *
 * @param className the module; undefined where the file is said to have one
 * @throws Error when the file is not one that can be changed; it says why
 */
export function addRoot(
  compiler: TypeScript,
  file: string,
  text: string,
  className: string | undefined,
  options: RootOptions,
): string {
  const source = parseSource(compiler, file, text);
  const names = importedNames(compiler, source);
  const style = styleOf(compiler, source);
  const changed: ChangedFile = { compiler, source, style };
  const decorator = findDecorator(compiler, source, names, className);
  const local = names.find(
    ({ from, imported, isType }) =>
      from === PACKAGE && imported === MODULE && !isType,
  )?.local;
  const edits = importsEdits(changed, decorator, (indent) => {
    const object = optionsText(options, indent, style);
    return `${local ?? MODULE}.forRoot(${object})`;
  });
  if (local === undefined) {
    assertNameIsFree(file, names);
    edits.push(importEdit(changed));
  }
  return applyEdits(text, edits);
}

/** The `@Module()` of a class. */
function findDecorator(
  compiler: TypeScript,
  source: ts.SourceFile,
  names: readonly ImportedName[],
  className: string | undefined,
): ts.CallExpression {
  const modules = source.statements
    .filter((statement) => compiler.isClassDeclaration(statement))
    .map((declaration) => ({
      name: declaration.name?.text,
      decorator: (compiler.getDecorators(declaration) ?? [])
        .map(({ expression }) => expression)
        .filter((expression) => compiler.isCallExpression(expression))
        .find(({ expression }) =>
          isExport(compiler, expression, names, {
            from: '@nestjs/common',
            name: 'Module',
          }),
        ),
    }))
    .filter(({ decorator }) => decorator !== undefined);
  const wanted =
    className === undefined && modules.length > 1 ? 'AppModule' : className;
  const found = modules.find(
    ({ name }) => wanted === undefined || name === wanted,
  );
  if (found?.decorator) return found.decorator;
  const which = wanted === undefined ? 'no class' : `no class ${wanted}`;
  throw new Error(
    `${source.fileName} has ${which} with @Module() of @nestjs/common. Name the file of the root module: --module <file>.`,
  );
}

/** Imports `InfisicalModule`. */
function importEdit({ compiler, source, style }: ChangedFile): Edit {
  const declarations = importDeclarations(compiler, source);
  for (const { moduleSpecifier, importClause } of declarations) {
    if ((moduleSpecifier as ts.StringLiteral).text !== PACKAGE) continue;
    const bindings = importClause?.namedBindings;
    if (!bindings || isTypeOnly(importClause)) continue;
    if (!compiler.isNamedImports(bindings)) continue;
    const [first] = bindings.elements;
    return first
      ? { at: first.getStart(source), text: `${MODULE}, ` }
      : { at: bindings.getStart(source) + 1, text: ` ${MODULE} ` };
  }
  const from = literal(PACKAGE, style);
  const line = `import { ${MODULE} } from ${from}${style.semicolon}`;
  const last = declarations.at(-1);
  // A module of Nest has an import, because its decorator is one.
  return { at: last?.getEnd() ?? 0, text: `${style.newline}${line}` };
}

function assertNameIsFree(file: string, names: readonly ImportedName[]): void {
  const other = names.find(({ local }) => local === MODULE);
  if (!other) return;
  throw new Error(
    other.from === PACKAGE
      ? `${file} imports ${MODULE} as a type. Remove the word "type" there, and run this again.`
      : `${file} has another ${MODULE}, from "${other.from}". Remove it, and run this again.`,
  );
}

function optionsText(
  options: RootOptions,
  outer: string,
  style: CodeStyle,
): string {
  const { newline, indent } = style;
  const lines = [
    '// What is absent comes from the environment: see .env.example.',
    ...Object.entries(options).map(
      ([name, value]) => `${name}: ${literal(value, style)},`,
    ),
  ].map((line) => `${newline}${outer}${indent}${line}`);
  return `{${lines.join('')}${newline}${outer}}`;
}
