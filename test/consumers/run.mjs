// Installs the packed package into apps outside of the repository, type-checks
// them and runs them against the emulator:
//   node test/consumers/run.mjs
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBackend } from './backend.mjs';
import { Consumer } from './consumer.mjs';
import { Checks } from './harness.mjs';
import { checkNestAdd, GeneratedApp } from './nest-add.mjs';
import { build, pack } from './package-under-test.mjs';

const ROOT = new URL('../../', import.meta.url);

const EXPECTED = {
  root: 'root key',
  rootNames: ['API_KEY', 'LEVEL'],
  feature: 'payments key',
  featureNames: ['API_KEY', 'RETRIES'],
  parsed: 3,
  defaulted: 'eu',
  fromService: 'payments key',
  decrypted: 'four – 4 ✓',
  fetched: 1,
  token: 'ready',
  client: true,
  health: 'up',
};

const JEST = 'node_modules/jest/bin/jest.js';

const checks = new Checks();
const check = (name, work) => checks.check(name, work);

async function main(folder) {
  await build(ROOT);
  const packed = await check('npm pack', () => pack(ROOT, folder));
  if (!packed) return;
  await check('the pack has the builds and nothing else', () =>
    assert.deepEqual(
      packed.files.filter((path) => !isExpected(path)),
      [],
    ),
  );
  const backend = await startBackend(ROOT);
  try {
    const make = (name) =>
      new Consumer(name, folder, packed.tarball, backend.env);
    const generate = (name, cli) =>
      checkNestAdd(
        new GeneratedApp(name, folder, cli, packed.tarball, backend.env),
        check,
      );
    // Each lane keeps about one core busy.
    await Promise.all([
      checkEsm(make('esm-nest12')).then(() =>
        generate('nest-add-nest11', '@nestjs/cli@11'),
      ),
      checkCommonJs(make('cjs-nest11'))
        .then(() => checkPlain(make('plain-node')))
        .then(() => generate('nest-add-nest12', '@nestjs/cli@12')),
    ]);
  } finally {
    await backend.stop();
  }
}

async function checkEsm(app) {
  if (!(await install(app))) return;
  await check(`${app.name}: compiles (nodenext)`, () => app.compile());
  await check(`${app.name}: our declarations (nodenext)`, () =>
    app.checkDeclarations(),
  );
  await check(`${app.name}: our declarations (bundler)`, () =>
    app.checkDeclarations(
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
    ),
  );
  await checkRun(app);
  await checkTests(app, {
    'Jest for ES modules': ['--experimental-vm-modules', JEST, '--ci'],
    Vitest: ['node_modules/vitest/vitest.mjs', 'run'],
  });
}

/** As the Nest CLI creates it. */
async function checkCommonJs(app) {
  const node10 = [
    ...['--module', 'commonjs', '--moduleResolution', 'node10'],
    ...['--resolvePackageJsonExports', 'false'],
  ];
  const node16 = ['--module', 'node16', '--moduleResolution', 'node16'];
  if (!(await install(app, { isCommonJs: true }))) return;
  await check(`${app.name}: compiles (nodenext)`, () => app.compile());
  await check(`${app.name}: our declarations (nodenext)`, () =>
    app.checkDeclarations(),
  );
  for (const [name, args] of Object.entries({ node10, node16 })) {
    await check(`${app.name}: type-checks (${name})`, () =>
      app.typeCheck(...args),
    );
    await check(`${app.name}: our declarations (${name})`, () =>
      app.checkDeclarations(...args),
    );
  }
  await checkRun(app);
  await check(`${app.name}: require() and import() give the same`, async () => {
    const { stderr } = await app.node('same-classes.js');
    assert.equal(stderr, '');
  });
  await checkTests(app, { 'plain CommonJS Jest': [JEST, '--ci'] });
}

/** The client in a folder that has no Nest at all. */
async function checkPlain(app) {
  await check(`${app.name}: installs without Nest`, () => app.installAlone());
  await check(
    `${app.name}: ten lines read a secret and leave no handle`,
    async () => {
      const { stdout, stderr } = await app.node('script.mjs');
      assert.equal(stdout, '8\nnothing left\n');
      assert.equal(stderr, '');
    },
  );
  await check(
    `${app.name}: require() of the client loads no Nest`,
    async () => {
      const { stdout } = await app.node('script.cjs');
      assert.match(stdout, /^function false (cjs|esm)\n$/);
    },
  );
}

/** The specs under some test runners, without and with what the emulator needs. */
async function checkTests(app, runners) {
  const runAll = async (spec) => {
    for (const [name, args] of Object.entries(runners)) {
      const ended = await check(`${app.name}: ${name}, ${spec}`, () =>
        app.node(...args, `src/${spec}.spec.ts`),
      );
      if (ended)
        console.log(countsOf(ended).replace(/^/gm, `    ${app.name}: `));
    }
  };
  await runAll('app');
  await check(`${app.name}: installs what the emulator needs`, () =>
    app.installEmulator(),
  );
  await runAll('emulator');
}

/** The lines of a test runner that have its counts. */
function countsOf({ stdout, stderr }) {
  const lines = `${stdout}\n${stderr}`.split('\n');
  return lines.filter((line) => /^ *Tests:? /.test(line)).join('\n');
}

async function install(app, options) {
  const done = await check(
    `${app.name}: installs without conflicts`,
    async () => {
      await app.install(options);
      return true;
    },
  );
  if (!done) return false;
  const versions = ['@nestjs/core', 'typescript', 'nestjs-infisical'].map(
    (name) => `${name} ${app.version(name)}`,
  );
  console.log(
    `    ${app.name}: Node.js ${process.version}, ${versions.join(', ')}`,
  );
  await check(`${app.name}: has no optional peer`, () => app.assertLean());
  return true;
}

/** Runs the app once, and checks everything that it reports. */
async function checkRun(app) {
  const report = await check(`${app.name}: runs, and ends by itself`, () =>
    app.start(),
  );
  if (!report) return;
  for (const [name, expected] of Object.entries(EXPECTED)) {
    await check(`${app.name}: ${name} is ${JSON.stringify(expected)}`, () =>
      assert.deepEqual(report[name], expected),
    );
  }
  await check(`${app.name}: printing does not show secrets`, () =>
    assert.doesNotMatch(report.printed, /key/),
  );
  await check(`${app.name}: the emulator names the package to install`, () =>
    assert.match(
      report.emulator,
      /^InfisicalConfigError: .*npm install fastify$/,
    ),
  );
}

function isExpected(path) {
  return (
    /^(package\.json|LICENSE|README\.md|CHANGELOG\.md)$/.test(path) ||
    /^dist\/(esm|cjs)\/.+\.(js|js\.map|d\.ts|d\.ts\.map)$/.test(path) ||
    path === 'dist/cjs/package.json' ||
    /^dist\/cjs\/schematics\/(collection|nest-add\.schema)\.json$/.test(path)
  );
}

const folder = await mkdtemp(join(tmpdir(), 'nestjs-infisical-consumers-'));
try {
  await main(folder);
} catch (error) {
  await check('the run', () => Promise.reject(error));
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(`consumers: ${checks.passed} passed, ${checks.failed} failed`);
process.exitCode = checks.failed === 0 ? 0 : 1;
