import type { Folder, Tree } from '../../lib/schematics/host.js';

/**
 * The files of an app in memory, as a schematic sees them. (The tree of the
 * Nest CLI's tools needs a module that Jest on Node.js 20 cannot load; the
 * consumer apps run the command on the real one.)
 */
export class MemoryTree implements Tree {
  readonly files: Map<string, string>;

  constructor(files: Readonly<Record<string, string>>) {
    this.files = new Map(Object.entries(files));
  }

  exists(path: string): boolean {
    return this.files.has(path);
  }

  readText(path: string): string {
    const text = this.files.get(path);
    if (text === undefined) throw new Error(`${path} does not exist.`);
    return text;
  }

  readJson(path: string): unknown {
    return JSON.parse(this.readText(path)) as unknown;
  }

  create(path: string, content: string): void {
    if (this.exists(path)) throw new Error(`${path} already exists.`);
    this.files.set(path, content);
  }

  overwrite(path: string, content: string): void {
    this.readText(path);
    this.files.set(path, content);
  }

  getDir(path: string): Folder {
    const below = [...this.files.keys()]
      .filter((file) => file.startsWith(`${path}/`))
      .map((file) => file.slice(path.length + 1).split('/'));
    const names = (isFile: boolean): string[] => [
      ...new Set(
        below
          .filter(({ length }) => (length === 1) === isFile)
          .map(([name = '']) => name),
      ),
    ];
    return { subdirs: names(false), subfiles: names(true) };
  }
}
