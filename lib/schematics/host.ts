/**
 * What a schematic needs of `@angular-devkit/schematics`, which comes with the
 * Nest CLI and need not be a dependency of the app, nor of this package.
 */
export interface Tree {
  exists(path: string): boolean;
  readText(path: string): string;
  /** Comments are allowed. */
  readJson(path: string): unknown;
  create(path: string, content: string): void;
  overwrite(path: string, content: string): void;
  getDir(path: string): Folder;
}

/** A folder of the app. */
export interface Folder {
  readonly subdirs: readonly string[];
  readonly subfiles: readonly string[];
}

/** The run of a schematic. */
export interface SchematicContext {
  readonly logger: {
    info(message: string): void;
    warn(message: string): void;
  };
  addTask(task: { toConfiguration(): TaskConfiguration }): unknown;
}

/** Something that the CLI does when the files are written. */
interface TaskConfiguration {
  name: string;
  options: object;
}

/** Installs what package.json names, with the package manager of the app. */
export const INSTALL_TASK = {
  toConfiguration: (): TaskConfiguration => ({
    name: 'node-package',
    options: { command: 'install' },
  }),
};
