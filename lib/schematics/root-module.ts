import { posix } from 'node:path';
import type ts from 'typescript';
import type { Tree } from './host.js';
import { resolveSource } from './source-files.js';
import { importedNames, isExport, parseSource, search } from './syntax.js';
import type { TypeScript } from './typescript.js';
import type { Workspace } from './workspace.js';

/** The root module of an app. */
export interface RootModule {
  readonly file: string;
  /** Undefined where only the file is known. */
  readonly className: string | undefined;
}

/**
 * The module that the entry file hands to `NestFactory`; without one,
 * `app.module` in the folder of the sources.
 *
 * @param file the module's file, when the user names it
 * @throws Error when there is none
 */
export function findRootModule(
  tree: Tree,
  compiler: TypeScript,
  { sourceRoot, entry }: Workspace,
  file?: string,
): RootModule {
  if (file !== undefined) {
    const found =
      resolveSource(tree, file) ??
      resolveSource(tree, posix.join(sourceRoot, file));
    if (found) return { file: found, className: undefined };
    throw new Error(
      `--module ${file}: there is no such file, neither here nor in ${sourceRoot}.`,
    );
  }
  const main = resolveSource(tree, posix.join(sourceRoot, entry));
  const started = main && startedModule(tree, compiler, main);
  if (started) return started;
  const usual = resolveSource(tree, posix.join(sourceRoot, 'app.module'));
  if (usual) return { file: usual, className: undefined };
  throw new Error(
    `No root module was found: ${main ?? posix.join(sourceRoot, `${entry}.ts`)} ${main ? 'hands none to NestFactory that this command can follow' : 'is not there'}, and neither is ${posix.join(sourceRoot, 'app.module.ts')}. Name its file: --module <file>, or the app of a monorepo: --project <name>.`,
  );
}

/** The class that a file hands to `NestFactory`, and where it is declared. */
function startedModule(
  tree: Tree,
  compiler: TypeScript,
  main: string,
): RootModule | undefined {
  const source = parseSource(compiler, main, tree.readText(main));
  const names = importedNames(compiler, source);
  const className = search(compiler, source, (node) => {
    if (!compiler.isCallExpression(node)) return undefined;
    const { expression, arguments: args } = node;
    return compiler.isPropertyAccessExpression(expression) &&
      /^create/.test(expression.name.text) &&
      isExport(compiler, expression.expression, names, {
        from: '@nestjs/core',
        name: 'NestFactory',
      })
      ? leftmostName(compiler, args[0])
      : undefined;
  });
  if (className === undefined) return undefined;
  const known = names.find(({ local }) => local === className);
  if (!known) return { file: main, className };
  if (!known.from.startsWith('.')) return undefined;
  const file = resolveSource(tree, posix.join(posix.dirname(main), known.from));
  if (file === undefined) return undefined;
  const { imported } = known;
  return { file, className: imported === 'default' ? undefined : imported };
}

/** `AppModule` of `AppModule` and of `AppModule.with(…)`. */
function leftmostName(
  compiler: TypeScript,
  expression: ts.Expression | undefined,
): string | undefined {
  if (!expression) return undefined;
  if (compiler.isIdentifier(expression)) return expression.text;
  return compiler.isCallExpression(expression) ||
    compiler.isPropertyAccessExpression(expression)
    ? leftmostName(compiler, expression.expression)
    : undefined;
}
