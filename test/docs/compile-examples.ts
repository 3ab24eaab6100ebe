import { posix, sep } from 'node:path';
import ts from 'typescript';
import { ROOT, visit } from '../package/sources.js';
import type { CodeBlock } from './code-blocks.js';
import type { PublicSymbol } from './public-symbols.js';

/**
 * Checks examples as if a user had pasted each into a file of its own, with the
 * compiler options of the project. An example may leave out:
 *
 * - imports of public names of this package, and of `COMMON_IMPORTS`;
 * - declarations of the values in `COMMON_VALUES`.
 *
 * A name that the example imports or declares itself is never added. What it
 * imports from files of the user's app (`./app.module.js`) is there, as `any`.
 * A block that is marked `class-body` (```` ```ts class-body ````) is what
 * stands in a class; `this.secrets` and the like are there.
 */
export class ExampleCompiler {
  readonly #imports = new Map<string, string>();
  readonly #options: ts.CompilerOptions;
  readonly #host: ts.CompilerHost;
  readonly #base: ts.Program;

  /** @param base a program that has the entries already */
  constructor(symbols: readonly PublicSymbol[], base: ts.Program) {
    this.#base = base;
    this.#options = base.getCompilerOptions();
    this.#host = ts.createCompilerHost(this.#options, true);
    for (const [specifier, names] of Object.entries(COMMON_IMPORTS)) {
      for (const name of names) {
        this.#imports.set(name, `import { ${name} } from '${specifier}';`);
      }
    }
    for (const { name, specifier, isValue } of symbols) {
      if (this.#imports.has(name)) continue;
      const kind = isValue ? '' : 'type ';
      this.#imports.set(name, `import { ${kind}${name} } from '${specifier}';`);
    }
  }

  /** What is wrong with the blocks, as `README.md:12: Cannot find name 'x'.` */
  problems(blocks: readonly CodeBlock[]): string[] {
    const unknown = blocks.flatMap(({ file, line, marks }) =>
      marks
        .filter((mark) => mark !== CLASS_BODY)
        .map((mark) => `${file}:${line}: what is "${mark}" after \`\`\`ts?`),
    );
    // What one of them adds to a module would be seen by all.
    const alone = blocks.filter(({ code }) =>
      /^declare (module|global)/m.test(code),
    );
    const together = blocks.filter((block) => !alone.includes(block));
    return [
      ...unknown,
      ...[together, ...alone.map((block) => [block])].flatMap((group) =>
        this.#compile(group),
      ),
    ];
  }

  #compile(blocks: readonly CodeBlock[]): string[] {
    const texts = new Map<string, string>();
    const paths = blocks.map((block, index) => {
      const folder = posix.join(REPOSITORY, 'examples', String(index), 'app');
      const path = posix.join(folder, 'example.ts');
      texts.set(path, this.#complete(block));
      for (const [file, text] of filesOfApp(block.code)) {
        texts.set(posix.join(folder, file), text);
      }
      return path;
    });
    const program = this.#programOf(paths, texts);
    return blocks.flatMap((block, index) => {
      const file = program.getSourceFile(paths[index] ?? '');
      return [
        ...program.getSyntacticDiagnostics(file),
        ...program.getSemanticDiagnostics(file),
      ].map((diagnostic) => describe(block, diagnostic));
    });
  }

  /** The block with what it may leave out, on one line before it. */
  #complete({ code, marks }: CodeBlock): string {
    const inClass = marks.includes(CLASS_BODY);
    const { used, declared } = namesIn(
      inClass ? `class Example {\n${code}\n}` : code,
    );
    const values = Object.entries(COMMON_VALUES).filter(
      ([name]) => inClass || (used.has(name) && !declared.has(name)),
    );
    const text = values.map(([, type]) => type).join(' ');
    const mentioned = new Set([...used, ...namesIn(`let _: [${text}]`).used]);
    const imports = [...mentioned]
      .filter((name) => !declared.has(name))
      .flatMap((name) => this.#imports.get(name) ?? []);
    const declarations = values.map(
      ([name, type]) => `declare const ${name}: ${type};`,
    );
    if (!inClass) {
      return (
        [...imports, ...declarations, 'export {};'].join(' ') + `\n${code}`
      );
    }
    const members = values.map(([name, type]) => `declare ${name}: ${type};`);
    const begin = `class Context { ${members.join(' ')} }`;
    return (
      [...imports, begin, 'export class Example extends Context {'].join(' ') +
      `\n${code}\n}`
    );
  }

  #programOf(
    paths: readonly string[],
    texts: ReadonlyMap<string, string>,
  ): ts.Program {
    const host: ts.CompilerHost = {
      ...this.#host,
      directoryExists: undefined,
      fileExists: (path) => texts.has(path) || this.#host.fileExists(path),
      getSourceFile: (path, options, ...rest) => {
        const text = texts.get(path);
        if (text !== undefined) {
          return ts.createSourceFile(path, text, options, true);
        }
        return (
          this.#base.getSourceFile(path) ??
          this.#host.getSourceFile(path, options, ...rest)
        );
      },
    };
    // With the entries: an augmentation alone does not bring in what it augments.
    return ts.createProgram(
      [...this.#base.getRootFileNames(), ...paths],
      this.#options,
      host,
      this.#base,
    );
  }
}

const REPOSITORY = ROOT.replaceAll(sep, '/');

const CLASS_BODY = 'class-body';

/** Imports of other packages that an example may leave out. */
const COMMON_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  '@jest/globals': ['describe', 'expect', 'it'],
  '@nestjs/common': [
    'Controller',
    'Get',
    'Inject',
    'Injectable',
    'Logger',
    'Module',
  ],
  '@nestjs/config': ['ConfigModule', 'ConfigService'],
  '@nestjs/core': ['NestFactory'],
  '@nestjs/terminus': ['HealthCheck', 'HealthCheckService', 'TerminusModule'],
  '@nestjs/testing': ['Test'],
};

/** Values that an example may use without a declaration. */
const COMMON_VALUES: Readonly<Record<string, string>> = {
  client: 'InfisicalClient',
  secrets: 'SecretsService',
  kms: 'KmsService',
  leases: 'DynamicLeaseService',
  tokens: 'TokenService',
  emulator: 'InfisicalEmulator',
  logger: 'Logger',
  clientId: 'string',
  clientSecret: 'string',
  identityId: 'string',
  projectId: 'string',
  keyId: 'string',
};

/** The files that an example imports from its app: each exports what is asked for, as a value and as a type. */
function filesOfApp(code: string): [file: string, text: string][] {
  const ast = ts.createSourceFile('app.ts', code, ts.ScriptTarget.ES2022, true);
  return ast.statements.filter(ts.isImportDeclaration).flatMap((statement) => {
    const specifier = statement.moduleSpecifier
      .getText()
      .replaceAll(/['"]/g, '');
    const bindings = statement.importClause?.namedBindings;
    if (!specifier.startsWith('.') || !bindings) return [];
    if (!ts.isNamedImports(bindings)) return [];
    const text = bindings.elements
      .map(({ name, propertyName }) => (propertyName ?? name).text)
      .map(
        (name) =>
          `export declare const ${name}: any; export type ${name} = any;`,
      )
      .join('\n');
    return [[specifier.replace(/\.js$/, '.ts'), text]];
  });
}

function describe(block: CodeBlock, diagnostic: ts.Diagnostic): string {
  const { file, start = 0, messageText } = diagnostic;
  const line = file?.getLineAndCharacterOfPosition(start).line ?? 0;
  const message = ts.flattenDiagnosticMessageText(messageText, ' ');
  return `${block.file}:${block.line + Math.max(line - 1, 0)}: ${message}`;
}

/** The names that a text uses anywhere, and those that it declares or imports. */
function namesIn(code: string): { used: Set<string>; declared: Set<string> } {
  const used = new Set<string>();
  const declared = new Set<string>();
  const ast = ts.createSourceFile(
    'names.ts',
    code,
    ts.ScriptTarget.ES2022,
    true,
  );
  visit(ast, (node) => {
    if (!ts.isIdentifier(node)) return;
    if (isDeclared(node)) declared.add(node.text);
    else if (!isProperty(node)) used.add(node.text);
  });
  return { used, declared };
}

function isDeclared(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isVariableDeclaration(parent) ||
      ts.isParameter(parent) ||
      ts.isBindingElement(parent) ||
      ts.isClassDeclaration(parent) ||
      ts.isFunctionDeclaration(parent) ||
      ts.isInterfaceDeclaration(parent) ||
      ts.isTypeAliasDeclaration(parent) ||
      ts.isTypeParameterDeclaration(parent) ||
      ts.isImportClause(parent) ||
      ts.isImportSpecifier(parent) ||
      ts.isNamespaceImport(parent)) &&
    parent.name === node
  );
}

function isProperty(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    (ts.isQualifiedName(parent) && parent.right === node) ||
    (ts.isBindingElement(parent) && parent.propertyName === node)
  );
}
