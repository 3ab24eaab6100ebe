import { addVariables, ENV_EXAMPLE, namesInfisical } from './env-example.js';
import { INSTALL_TASK, type SchematicContext, type Tree } from './host.js';
import { addRoot, hasRoot, type RootOptions } from './module-edit.js';
import type { NestAddOptions } from './nest-add.options.js';
import { addDependencies } from './package-json.js';
import { findRootModule } from './root-module.js';
import { sourcesBelow } from './source-files.js';
import { loadTypeScript, type TypeScript } from './typescript.js';
import { findWorkspace } from './workspace.js';

/** Options of the command that become options of `forRoot`, in this order. */
const ROOT_OPTIONS = [
  'siteUrl',
  'projectId',
  'projectSlug',
  'environment',
  'path',
] as const satisfies readonly (keyof NestAddOptions)[];

/**
 * `nest add nestjs-infisical`: brings the module into an app. Run again, it
 * changes nothing.
 */
export function nestAdd(options: NestAddOptions) {
  return (tree: Tree, context: SchematicContext): void => {
    const compiler = loadTypeScript();
    const workspace = findWorkspace(tree, options);
    const given = givenOptions(options);
    const present = sourcesBelow(tree, workspace.sourceRoot).find((file) =>
      hasRoot(compiler, file, tree.readText(file)),
    );
    const file =
      present ?? addModule(tree, compiler, options, given, workspace);
    const added = addDependencies(tree);
    if (added.length > 0 && !options.skipInstall) {
      context.addTask(INSTALL_TASK);
    }
    // What the code says of an app that has it already is not known here.
    if (present === undefined || !namesInfisical(tree)) {
      addVariables(tree, Object.keys(given));
    }
    if (present === undefined) {
      context.logger.info(nextSteps(file, options, added));
    } else {
      context.logger.info(presentText(present, given, options));
    }
  };
}

/** Writes the root into the root module. */
function addModule(
  tree: Tree,
  compiler: TypeScript,
  options: NestAddOptions,
  given: RootOptions,
  workspace: ReturnType<typeof findWorkspace>,
): string {
  const { file, className } = findRootModule(
    tree,
    compiler,
    workspace,
    options.module,
  );
  const text = tree.readText(file);
  // It may be outside of the folder of the sources.
  if (!hasRoot(compiler, file, text)) {
    tree.overwrite(file, addRoot(compiler, file, text, className, given));
  }
  return file;
}

function givenOptions(options: NestAddOptions): RootOptions {
  return Object.fromEntries(
    ROOT_OPTIONS.map((name) => [name, options[name]?.trim()] as const).filter(
      (entry): entry is [(typeof ROOT_OPTIONS)[number], string] =>
        Boolean(entry[1]),
    ),
  );
}

function presentText(
  file: string,
  given: RootOptions,
  { module }: NestAddOptions,
): string {
  const unused = Object.keys({ ...(module && { module }), ...given }).map(
    (name) => `--${name.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`)}`,
  );
  const text = `${file} has InfisicalModule already, and stays as it is.`;
  return unused.length === 0
    ? text
    : `${text} Without effect: ${unused.join(', ')}.`;
}

function nextSteps(
  file: string,
  { skipInstall }: NestAddOptions,
  added: readonly string[],
): string {
  const steps = [
    ...(skipInstall && added.length > 0
      ? [`Install what package.json now names: ${added.join(', ')}.`]
      : []),
    `Copy ${ENV_EXAMPLE} to .env, fill in a login, and keep .env out of git.`,
    'Look whether everything can be reached, with these variables set: npx nestjs-infisical doctor',
    "Declare a secret in any provider: @Secret('DATABASE_URL') private readonly databaseUrl!: string;",
    'Call app.enableShutdownHooks() in main, so that leases are revoked when the app ends.',
    'Start the app: npx nest start --env-file .env',
  ];
  return [
    '',
    `Infisical is in ${file}. What is left to do:`,
    ...steps.map((step, index) => `  ${index + 1}. ${step}`),
    '',
  ].join('\n');
}
