// The tests with other versions of Nest, and the packed package on other
// versions of Node.js:
//   npm run test:matrix
//   npm run test:matrix -- --nest 11 --nest 12.0.0 --node 22
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Checks, run } from '../consumers/harness.mjs';
import { NestCopy } from './nest-copy.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const checks = new Checks();

/** The oldest and the latest version of each major that package.json allows. */
async function supportedNest() {
  const text = await readFile(join(ROOT, 'package.json'), 'utf8');
  const range = JSON.parse(text).peerDependencies['@nestjs/core'];
  return range.split('||').flatMap((part) => {
    const oldest = part.trim().replace('^', '');
    return [oldest, oldest.split('.')[0]];
  });
}

async function testNest(version, folder) {
  const copy = new NestCopy(ROOT, folder, version);
  const name = `Nest ${version}`;
  const versions = await checks.check(`${name}: installs`, async () => {
    await copy.copy();
    await copy.install();
    return copy.installed();
  });
  if (!versions) return;
  show(`Node.js ${process.version}, ${versions}`);
  await checks.check(`${name}: lib/ type-checks`, () => copy.typeCheck());
  show(await checks.check(`${name}: tests`, () => copy.test()));
}

async function testNode(version) {
  const node = ['-y', '-p', `node@${version}`, 'node'];
  const ended = await checks.check(`Node.js ${version}: consumers`, () =>
    run('npx', [...node, 'test/consumers/run.mjs'], {
      cwd: ROOT,
      timeout: 900_000,
    }),
  );
  const lines = ended?.stdout.split('\n') ?? [];
  show(lines.filter((line) => /^consumers:|Node\.js v/.test(line)).join('\n'));
}

/** Prints details below a check. */
function show(text) {
  if (text) console.log(text.replace(/^\s*/gm, '    '));
}

const { values } = parseArgs({
  options: {
    nest: { type: 'string', multiple: true },
    node: { type: 'string', multiple: true },
  },
});
const isSelected = Boolean(values.nest ?? values.node);
const nest = values.nest ?? (isSelected ? [] : await supportedNest());
const node = values.node ?? (isSelected ? [] : ['22', '24']);

const folder = await mkdtemp(join(tmpdir(), 'nestjs-infisical-matrix-'));
// The tests of a root user start PostgreSQL as another user, from this folder.
await chmod(folder, 0o755);
try {
  for (const version of nest) await testNest(version, folder);
  for (const version of node) await testNode(version);
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(`matrix: ${checks.passed} passed, ${checks.failed} failed`);
process.exitCode = checks.failed === 0 ? 0 : 1;
