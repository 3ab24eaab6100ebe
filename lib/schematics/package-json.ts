import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Tree } from './host.js';
import { PACKAGE } from './module-edit.js';

const FILE = 'package.json';

/** What counts of a package.json. */
interface Manifest {
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** `@nestjs/schedule` of each major version of Nest. */
const SCHEDULE: Readonly<Record<string, string>> = { 11: '^6.0.0' };

const NEWEST_SCHEDULE = '^12.0.0';

/**
 * Adds the packages that the module cannot do without and the app does not
 * name yet.
 *
 * @returns their names
 * @throws Error when there is no package.json
 */
export function addDependencies(tree: Tree): string[] {
  if (!tree.exists(FILE)) {
    throw new Error(
      `There is no ${FILE} here. Run this in the folder of the app.`,
    );
  }
  const text = tree.readText(FILE);
  const manifest = tree.readJson(FILE) as Manifest;
  const known = {
    ...manifest.peerDependencies,
    ...manifest.devDependencies,
    ...manifest.dependencies,
  };
  const added = Object.entries(wanted(known['@nestjs/core'])).filter(
    ([name]) => !(name in known),
  );
  if (added.length === 0) return [];
  const dependencies = Object.fromEntries(
    Object.entries({
      ...manifest.dependencies,
      ...Object.fromEntries(added),
    }).sort(([one], [other]) => (one < other ? -1 : 1)),
  );
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  ';
  const changed = JSON.stringify({ ...manifest, dependencies }, null, indent);
  tree.overwrite(FILE, `${changed}${/\n$/.test(text) ? '\n' : ''}`);
  return added.map(([name]) => name);
}

function wanted(nest = ''): Record<string, string> {
  const major = /\d+/.exec(nest)?.[0] ?? '';
  return {
    '@nestjs/schedule': SCHEDULE[major] ?? NEWEST_SCHEDULE,
    [PACKAGE]: `^${ownVersion()}`,
    'reflect-metadata': '^0.2.0',
    rxjs: '^7.8.0',
  };
}

/** The version of this package, as the app finds it. */
function ownVersion(): string {
  const require = createRequire(join(process.cwd(), FILE));
  return (require(`${PACKAGE}/${FILE}`) as Manifest).version ?? '';
}
