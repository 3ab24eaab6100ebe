import { readFileSync } from 'node:fs';
import { posix, relative, sep } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../package/sources.js';
import { type CodeBlock, codeBlocks, tagsOf } from './code-blocks.js';

/** An entry of the package, such as `nestjs-infisical/testing`. */
export interface Entry {
  /** What users import from. */
  readonly specifier: string;
  /** The source of it, an absolute path with slashes. */
  readonly source: string;
}

/** What an entry exports. */
export interface PublicSymbol {
  readonly name: string;
  readonly specifier: string;
  /** Whether it is there at run time, or a type only. */
  readonly isValue: boolean;
  /** Where it is declared, as `lib/kms/kms.service.ts:24`. */
  readonly place: string;
  /** The tags of its doc comment, without the `@`; undefined without a comment. */
  readonly tags: readonly string[] | undefined;
  /** The code in its doc comment. */
  readonly examples: readonly CodeBlock[];
  /** The code in the doc comments of its members. */
  readonly memberExamples: readonly CodeBlock[];
  /** Doc comments, its own and of its members, with an `@example` that is not fenced. */
  readonly unfenced: readonly string[];
}

const REPOSITORY = ROOT.replaceAll(sep, '/');

/** The entries, as `exports` of package.json has them. */
export function readEntries(): Entry[] {
  const { name, exports } = JSON.parse(
    readFileSync(posix.join(REPOSITORY, 'package.json'), 'utf8'),
  ) as {
    name: string;
    exports: Record<string, string | { import: { types: string } }>;
  };
  return Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === 'string') return [];
    const source = target.import.types
      .replace(/^\.\/dist\/esm\//, 'lib/')
      .replace(/\.d\.ts$/, '.ts');
    return {
      specifier: posix.join(name, path),
      source: posix.join(REPOSITORY, source),
    };
  });
}

/** The compiler options of the project, by which users' code is checked, too. */
export function compilerOptions(entries: readonly Entry[]): ts.CompilerOptions {
  const { config } = ts.readConfigFile(
    posix.join(REPOSITORY, 'tsconfig.json'),
    (path) => ts.sys.readFile(path),
  ) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, REPOSITORY);
  return {
    ...options,
    declaration: false,
    sourceMap: false,
    paths: Object.fromEntries(
      entries.map(({ specifier, source }) => [specifier, [source]]),
    ),
  };
}

/** What the entries export, each symbol of each entry. */
export function publicSymbols(
  entries: readonly Entry[],
  program: ts.Program,
): PublicSymbol[] {
  const checker = program.getTypeChecker();
  return entries.flatMap(({ specifier, source }) => {
    const file = program.getSourceFile(source);
    const module = file && checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`${specifier} has no source ${source}`);
    return checker.getExportsOfModule(module).map((exported) => {
      const symbol =
        exported.flags & ts.SymbolFlags.Alias
          ? checker.getAliasedSymbol(exported)
          : exported;
      return describe(specifier, exported.name, symbol);
    });
  });
}

function describe(
  specifier: string,
  name: string,
  symbol: ts.Symbol,
): PublicSymbol {
  const declarations = symbol.getDeclarations() ?? [];
  const [first] = declarations;
  if (!first) throw new Error(`${specifier}: ${name} is declared nowhere`);
  const own = new Set(declarations.flatMap(docCommentsOf));
  const members = new Set(
    declarations.flatMap(docCommentsBelow).filter((doc) => !own.has(doc)),
  );
  return {
    name,
    specifier,
    isValue: (symbol.flags & ts.SymbolFlags.Value) !== 0,
    place: placeOf(first),
    tags: own.size === 0 ? undefined : [...own].flatMap(tagsOfComment),
    examples: [...own].flatMap(blocksOfComment),
    memberExamples: [...members].flatMap(blocksOfComment),
    unfenced: [...own, ...members].filter(isUnfenced).map(placeOf),
  };
}

function docCommentsOf(node: ts.Node): ts.JSDoc[] {
  return ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
}

function docCommentsBelow(node: ts.Node): ts.JSDoc[] {
  const found: ts.JSDoc[] = [];
  node.forEachChild((child) => {
    found.push(...docCommentsOf(child), ...docCommentsBelow(child));
  });
  return found;
}

function tagsOfComment(doc: ts.JSDoc): string[] {
  return tagsOf(textOf(doc), placeOf(doc));
}

function blocksOfComment(doc: ts.JSDoc): CodeBlock[] {
  const { file, line } = positionOf(doc, doc.getStart());
  return codeBlocks(file, textOf(doc), line);
}

function isUnfenced(doc: ts.JSDoc): boolean {
  const examples = tagsOfComment(doc).filter((tag) => tag === 'example');
  return examples.length > blocksOfComment(doc).length;
}

/** The lines of a doc comment without what makes them a comment. */
function textOf(doc: ts.JSDoc): string {
  return doc
    .getText()
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n');
}

function placeOf(node: ts.Node): string {
  const { file, line } = positionOf(node, node.getStart());
  return `${file}:${line}`;
}

function positionOf(
  node: ts.Node,
  position: number,
): { file: string; line: number } {
  const source = node.getSourceFile();
  return {
    file: relative(ROOT, source.fileName).replaceAll(sep, '/'),
    line: source.getLineAndCharacterOfPosition(position).line + 1,
  };
}
