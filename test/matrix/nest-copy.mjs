import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { QUIET, run } from '../consumers/harness.mjs';

/** The packages of Nest that have the versions of its core. */
const NEST = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  '@nestjs/testing',
];

/** The versions of Nest's other packages that go with a major of Nest. */
const COMPANIONS = {
  11: {
    '@nestjs/config': '^4.0.0',
    '@nestjs/schedule': '^6.0.0',
    '@nestjs/terminus': '^11.0.0',
  },
  12: {
    '@nestjs/config': '^12.0.0',
    '@nestjs/schedule': '^12.0.0',
    '@nestjs/terminus': '^12.0.0',
  },
};

/** The major that the repository itself has. */
export const NEWEST = '12';

/** A copy of the repository with another version of Nest. */
export class NestCopy {
  /** @param version a major such as `11` for its latest, or one version */
  constructor(root, parent, version) {
    this.root = root;
    this.version = version;
    this.folder = join(parent, `nest-${version}`);
  }

  /** Makes the copy, with packages of its own, and type-checks it. */
  async prepare() {
    await this.copy();
    await this.install();
    await this.typeCheck();
  }

  /** Copies what is, or could be, in Git, as it is in the work tree. */
  async copy() {
    const { stdout } = await run(
      'git',
      ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
      { cwd: this.root },
    );
    for (const file of stdout.split('\0').filter(Boolean)) {
      if (!existsSync(join(this.root, file))) continue;
      const to = join(this.folder, file);
      await mkdir(dirname(to), { recursive: true });
      await cp(join(this.root, file), to);
    }
  }

  async install() {
    const path = join(this.folder, 'package.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    Object.assign(manifest.devDependencies, this.wanted());
    if (this.version.split('.')[0] !== NEWEST) {
      // The sample app is written for the newest Nest.
      manifest.jest.testPathIgnorePatterns.push('<rootDir>/test/sample-app/');
    }
    await writeFile(path, JSON.stringify(manifest, null, 2));
    await run('npm', ['install', ...QUIET], { cwd: this.folder });
  }

  /** The library alone: a test may use what only the newest Nest declares. */
  async typeCheck() {
    await run(
      process.execPath,
      [
        'node_modules/typescript/bin/tsc',
        '--noEmit',
        '-p',
        'lib/tsconfig.esm.json',
      ],
      { cwd: this.folder },
    );
  }

  wanted() {
    const { version } = this;
    const [major] = version.split('.');
    const isMajor = major === version;
    const exact = isMajor ? `^${major}.0.0` : version;
    // Not every package of Nest has every version.
    const near = isMajor ? exact : `>=${major}.0.0 <=${version}`;
    return {
      ...Object.fromEntries(NEST.map((name) => [name, near])),
      '@nestjs/common': exact,
      '@nestjs/core': exact,
      ...COMPANIONS[major],
    };
  }
}
