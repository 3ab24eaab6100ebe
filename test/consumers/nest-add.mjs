import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { QUIET, run } from './harness.mjs';

/** What a generated app has for its tests and its style, which is not needed here. */
const NEEDLESS =
  /jest|vitest|eslint|oxlint|prettier|supertest|globals|swc|source-map|tsconfig-paths|vite/;

/** What the app is changed to, to show that a secret is there. */
const SERVICE = `import { Injectable } from '@nestjs/common';
import { Secret } from 'nestjs-infisical';

@Injectable()
export class AppService {
  @Secret('API_KEY') private readonly apiKey!: string;

  getHello(): string {
    return \`a key of \${this.apiKey.length} characters\`;
  }
}
`;

/** How long an app may take to answer, in ms. */
const START_TIMEOUT = 60_000;

/** An app as the Nest CLI generates it, that gets the package by `nest add`. */
export class GeneratedApp {
  constructor(name, parent, cli, tarball, env) {
    this.name = name;
    this.parent = join(parent, name);
    this.folder = join(this.parent, 'shop');
    this.cli = cli;
    this.tarball = tarball;
    this.env = env;
  }

  async generate() {
    await mkdir(this.parent);
    await writeFile(join(this.parent, 'package.json'), '{ "private": true }');
    await run('npm', ['install', '--no-package-lock', ...QUIET, this.cli], {
      cwd: this.parent,
    });
    await run(
      'npx',
      ['nest', 'new', 'shop', '-p', 'npm', '--skip-git', '--skip-install'],
      { cwd: this.parent },
    );
    const manifest = JSON.parse(await this.read('package.json'));
    for (const name of Object.keys(manifest.devDependencies)) {
      if (NEEDLESS.test(name)) delete manifest.devDependencies[name];
    }
    await this.write('package.json', JSON.stringify(manifest, null, 2));
    const compiler = await this.read('tsconfig.json');
    await this.write(
      'tsconfig.json',
      compiler.replace(/"(vitest|jest)(\/globals)?", /, ''),
    );
    await this.install(this.tarball);
  }

  install(...packages) {
    return run(
      'npm',
      ['install', '--no-package-lock', '--strict-peer-deps', ...QUIET].concat(
        packages,
      ),
      { cwd: this.folder },
    );
  }

  /** Without its installation, which would take the package from the registry. */
  async add(...args) {
    const { stdout, stderr } = await run(
      'npx',
      ['nest', 'add', 'nestjs-infisical', '--skip-install', ...args],
      { cwd: this.folder, env: { NO_COLOR: '1' }, isAnyExitFine: true },
    );
    return stdout + stderr;
  }

  /** Everything that the command may write. */
  async files() {
    const names = ['package.json', 'src/app.module.ts', '.env.example'];
    return Promise.all(names.map((name) => this.read(name)));
  }

  async build() {
    await this.write('src/app.service.ts', SERVICE);
    await run('npx', ['nest', 'build'], { cwd: this.folder });
  }

  /** What the running app answers. */
  async answer() {
    const port = await freePort();
    const app = spawn(process.execPath, ['dist/main.js'], {
      cwd: this.folder,
      env: { ...process.env, ...this.env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    app.stdout.on('data', (text) => (output += text));
    app.stderr.on('data', (text) => (output += text));
    const ended = once(app, 'exit');
    try {
      for (const end = Date.now() + START_TIMEOUT; Date.now() < end;) {
        if (app.exitCode !== null) break;
        try {
          const answer = await fetch(`http://127.0.0.1:${port}/`);
          return await answer.text();
        } catch {
          await sleep(100);
        }
      }
      throw new Error(`The app does not answer:\n${output}`);
    } finally {
      app.kill('SIGKILL');
      await ended;
    }
  }

  read(path) {
    return readFile(join(this.folder, path), 'utf8');
  }

  write(path, text) {
    return writeFile(join(this.folder, path), text);
  }
}

/** The whole way from `nest new` to an app that has its secrets. */
export async function checkNestAdd(app, check) {
  const isThere = await check(`${app.name}: is generated`, async () => {
    await app.generate();
    return true;
  });
  if (!isThere) return;
  const { DEMO_PROJECT_ID } = app.env;
  const options = ['--project-id', DEMO_PROJECT_ID, '--environment', 'dev'];
  await check(`${app.name}: nest add brings the module`, async () => {
    const output = await app.add(...options);
    assert.match(output, /Infisical is in src\/app\.module\.ts/);
    assert.match(output, /package\.json now names: @nestjs\/schedule/);
    const [manifest, module, env] = await app.files();
    assert.match(manifest, /"@nestjs\/schedule"/);
    assert.match(module, /InfisicalModule\.forRoot\(\{[^]*environment: 'dev'/);
    assert.match(env, /^INFISICAL_SITE_URL=/m);
  });
  await check(`${app.name}: nest add again changes nothing`, async () => {
    const before = await app.files();
    assert.match(await app.add(), /stays as it is/);
    assert.deepEqual(await app.files(), before);
  });
  await check(`${app.name}: nest add refuses an unknown option`, async () => {
    assert.match(await app.add('--enviroment', 'dev'), /enviroment/);
  });
  await check(
    `${app.name}: nest add tells of what it cannot find`,
    async () => {
      const output = await app.add('--project', 'api');
      assert.match(output, /--project api names one of several apps/);
      assert.doesNotMatch(output, /\.js:\d+/);
    },
  );
  await check(`${app.name}: builds`, async () => {
    await app.install();
    await app.build();
  });
  await check(`${app.name}: starts, and has its secret`, async () => {
    assert.equal(await app.answer(), 'a key of 8 characters');
  });
}

async function freePort() {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
