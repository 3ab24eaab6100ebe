import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QUIET, run } from './harness.mjs';

/** Builds the package unless the build is newer than all of its sources. */
export async function build(root) {
  if (isBuilt(fileURLToPath(root))) return;
  await run('npm', ['run', 'build'], { cwd: fileURLToPath(root) });
}

/** Packs the package. Gives the tarball, and the paths of the files in it. */
export async function pack(root, folder) {
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--pack-destination', folder, ...QUIET],
    { cwd: fileURLToPath(root) },
  );
  const listed = JSON.parse(stdout);
  // A list, or in npm 12 an object by name.
  const { filename, files } = Object.values(listed)[0];
  return {
    tarball: join(folder, filename),
    files: files.map(({ path }) => path),
  };
}

function isBuilt(root) {
  // What the build writes last.
  const last = join(root, 'dist/cjs/package.json');
  if (!existsSync(last)) return false;
  const builtAt = statSync(last).mtimeMs;
  return readdirSync(join(root, 'lib'), { recursive: true })
    .map((file) => join(root, 'lib', file))
    .concat(join(root, 'tsconfig.json'))
    .every((file) => statSync(file).mtimeMs < builtAt);
}
