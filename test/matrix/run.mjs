// The suite with every supported Nest on every supported Node.js, and the
// packed package in apps on these:
//   npm run test:matrix
//   npm run test:matrix -- --nest 11 --nest 12.0.1 --node 24
//   npm run test:matrix -- --nest 11 test/adapters
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nameOf, planLegs } from './legs.mjs';
import { NestCopy, NEWEST } from './nest-copy.mjs';
import { NodeRuntime } from './node-runtime.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** How long a leg may take, in ms. */
const LEG_TIMEOUT = 1_800_000;

/** The folders that have a version of Nest. */
class Places {
  #made = new Map();

  constructor(parent) {
    this.parent = parent;
  }

  /** Fails each time when the version could not be installed. */
  get(nest) {
    if (nest === NEWEST) return ROOT;
    if (!this.#made.has(nest)) this.#made.set(nest, this.#make(nest));
    return this.#made.get(nest);
  }

  async #make(nest) {
    const copy = new NestCopy(ROOT, this.parent, nest);
    await copy.prepare();
    return copy.folder;
  }
}

/** Runs a leg, and adds to `row` what is known of it, even when it fails. */
async function runLeg(leg, row, places, paths) {
  const node = await NodeRuntime.get(leg.node);
  if (!leg.nest) {
    const { stdout } = await node.run(['-p', 'process.versions.node']);
    row.node = stdout.trim();
    await test(row, node, ['test/consumers/run.mjs'], ROOT);
    return;
  }
  const folder = await places.get(leg.nest);
  await load(row, node, folder);
  const args = [...(await jestArgs(folder)), '--ci', ...paths];
  await test(row, node, args, folder);
}

/** Adds the versions that a program in a folder gets. */
async function load(row, node, cwd) {
  const { stdout } = await node.run(['test/matrix/versions.mjs'], { cwd });
  Object.assign(row, JSON.parse(stdout));
  console.log(row);
}

/** Shows a run of tests, and adds its counts. */
async function test(row, node, args, cwd) {
  const output = await node
    .run(args, {
      cwd,
      env: { FORCE_COLOR: '0' },
      timeout: LEG_TIMEOUT,
      isShown: true,
    })
    // It has the output too.
    .catch((error) => error);
  const { stdout, stderr } = output;
  const counts = /^(?:Tests|consumers): +(.*)$/m.exec(stdout + stderr);
  row.tests = counts?.[1] ?? 'none';
  if (output instanceof Error) throw output;
}

/** What `npm test` gives to `node`. */
async function jestArgs(folder) {
  const text = await readFile(join(folder, 'package.json'), 'utf8');
  const [program, ...args] = JSON.parse(text).scripts.test.split(' ');
  if (program !== 'node') throw new Error('`npm test` does not start `node`.');
  return args;
}

async function runAll(legs, places, paths) {
  const table = {};
  let failed = 0;
  for (const [index, leg] of legs.entries()) {
    const name = nameOf(leg);
    console.log(`\n# ${name} (${index + 1} of ${legs.length})`);
    const row = {};
    const start = performance.now();
    let result = 'ok';
    try {
      await runLeg(leg, row, places, paths);
    } catch (error) {
      failed += 1;
      result = 'FAILED';
      // What a program said is above.
      console.log(`FAILED: ${error.message}`);
    }
    const seconds = Math.round((performance.now() - start) / 1000);
    table[name] = { result, ...row, seconds };
  }
  console.table(table);
  const passed = legs.length - failed;
  console.log(`matrix: ${passed} legs passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nest: { type: 'string', multiple: true },
    node: { type: 'string', multiple: true },
  },
});
const legs = await planLegs(ROOT, values, positionals.length > 0);
const folder = await mkdtemp(join(tmpdir(), 'nestjs-infisical-matrix-'));
// The tests of a root user start PostgreSQL as another user, from this folder.
await chmod(folder, 0o755);
try {
  await runAll(legs, new Places(folder), positionals);
} finally {
  await rm(folder, { recursive: true, force: true });
}
