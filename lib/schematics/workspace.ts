import { posix } from 'node:path';
import type { Tree } from './host.js';
import type { NestAddOptions } from './nest-add.options.js';

/** Where the sources of an app are. */
export interface Workspace {
  /** Without a slash at the end, such as `src` or `apps/api/src`. */
  readonly sourceRoot: string;
  /** File that starts the app, without its ending: `main`. */
  readonly entry: string;
}

/** What counts of nest-cli.json. */
interface NestConfig {
  sourceRoot?: string;
  entryFile?: string;
  root?: string;
  projects?: Record<string, NestConfig>;
}

const CONFIG_FILES = ['nest-cli.json', '.nest-cli.json', '.nestcli.json'];

/**
 * The app that is meant: the one that is named, else what the CLI says, else
 * that of nest-cli.json.
 *
 * @throws Error when there is no such app
 */
export function findWorkspace(tree: Tree, options: NestAddOptions): Workspace {
  const config = readConfig(tree);
  const { projects = {} } = config;
  const name = options.project;
  if (name && Object.keys(projects).length > 0) {
    const project = Object.hasOwn(projects, name) ? projects[name] : undefined;
    if (!project) {
      throw new Error(
        `nest-cli.json has no project ${quote(name)}. It has ${Object.keys(projects).map(quote).join(', ')}. (Infisical's project is --project-id or --project-slug.)`,
      );
    }
    return workspaceOf(project, posix.join(project.root ?? '', 'src'));
  }
  if (name) {
    throw new Error(
      `--project ${name} names one of several apps in nest-cli.json, and there are none. Infisical's project is --project-id or --project-slug.`,
    );
  }
  // The CLI says "undefined" where nest-cli.json has none.
  const given =
    options.sourceRoot === 'undefined' ? undefined : options.sourceRoot;
  const project = Object.values(projects).find(
    ({ sourceRoot }) => given !== undefined && sourceRoot === given,
  );
  return workspaceOf(
    { ...config, ...project, sourceRoot: given ?? config.sourceRoot },
    'src',
  );
}

function workspaceOf(config: NestConfig, fallback: string): Workspace {
  const { sourceRoot = fallback, entryFile = 'main' } = config;
  return {
    sourceRoot: posix.normalize(sourceRoot).replace(/\/+$/, ''),
    entry: entryFile,
  };
}

function readConfig(tree: Tree): NestConfig {
  const file = CONFIG_FILES.find((name) => tree.exists(name));
  return file === undefined ? {} : (tree.readJson(file) as NestConfig);
}

function quote(name: string): string {
  return `"${name}"`;
}
