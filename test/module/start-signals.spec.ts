import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { InfisicalModuleOptions } from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Workshop } from '../simulator/workshop.js';
import { demoOptions, requestPaths, seedWith } from '../support/demo.js';

const LISTS = '/api/v4/secrets';
const LOGINS = '/api/v1/auth/universal-auth/login';
const REVOKE = '/api/v1/auth/token/revoke';

/** An app with shutdown hooks, which says how far it got. */
const MAIN = `
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InfisicalModule } from './lib/index.js';

const { root, hangsLater, listens } = JSON.parse(process.argv[2]);
const say = (text) => process.stdout.write(text + '\\n');
if (listens) {
  process.on('SIGTERM', () => say('own listener'));
}
class AppModule {}
Module({
  imports: [InfisicalModule.forRoot(root)],
  providers: hangsLater
    ? [{ provide: 'LATER', useFactory: () => { say('later'); return new Promise(() => setInterval(() => {}, 1e6)); } }]
    : [],
})(AppModule);
try {
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  app.enableShutdownHooks();
  await app.init();
  setInterval(() => {}, 1e6);
  say('started');
} catch (error) {
  say('failed: ' + error.message);
}
`;

interface Settings {
  root?: Partial<InfisicalModuleOptions>;
  /** Whether another provider never comes up. */
  hangsLater?: boolean;
  /** Whether the app has a listener of its own. */
  listens?: boolean;
}

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
  /** Milliseconds from the signal on. */
  took: number;
}

/** An app in a process of its own. */
class App {
  readonly #child: ChildProcess;
  readonly exit: Promise<Exit>;
  #out = '';
  #toldAt = 0;

  constructor(main: string, emulator: InfisicalEmulator, settings: Settings) {
    const root = demoOptions(emulator, {
      shutdown: { revokeToken: true },
      ...settings.root,
    });
    this.#child = spawn(
      process.execPath,
      [
        '--unhandled-rejections=strict',
        main,
        JSON.stringify({ ...settings, root }),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let err = '';
    this.#child.stdout?.on('data', (text) => (this.#out += text));
    this.#child.stderr?.on('data', (text) => (err += text));
    this.exit = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        const took = performance.now() - this.#toldAt;
        resolve({ code, signal, out: this.#out, err, took });
      });
    });
  }

  said(text: string): boolean {
    return this.#out.includes(text);
  }

  tell(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#toldAt ||= performance.now();
    this.#child.kill(signal);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(): void {
    if (this.isRunning) this.#child.kill('SIGKILL');
  }
}

describe('a signal to end', () => {
  let workshop: Workshop;
  let main: string;
  let emulator: InfisicalEmulator;
  let apps: App[];

  beforeAll(() => {
    workshop = new Workshop();
    main = join(workshop.directory, 'main.js');
    writeFileSync(main, MAIN);
  });
  afterAll(() => workshop.close());

  beforeEach(async () => {
    apps = [];
    emulator = await InfisicalEmulator.start({
      seed: seedWith({ '/': { A: 'a' } }),
    });
  });

  afterEach(async () => {
    for (const app of apps) app.kill();
    await emulator.stop();
  });

  function run(settings: Settings = {}): App {
    const app = new App(main, emulator, settings);
    apps.push(app);
    return app;
  }

  /** Waits for another process, which tells nobody. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (apps.some((app) => !app.isRunning)) {
        throw new Error(`It ended: ${JSON.stringify(await apps[0]?.exit)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Requests of this path never get an answer. Tells how many did not. */
  function hang(path: string): () => number {
    const trouble = emulator.trouble.add({ kind: 'hang', path });
    return () => trouble.hits;
  }

  function revoked(): number {
    return requestPaths(emulator).filter((path) => path === `POST ${REVOKE}`)
      .length;
  }

  it('while the first list hangs: the token is revoked, and the process gone', async () => {
    const hits = hang(LISTS);
    const app = run();
    await until(() => hits() > 0);
    app.tell();
    const { signal, err, took } = await app.exit;
    expect(signal).toBe('SIGTERM');
    expect(err).toBe('');
    expect(revoked()).toBe(1);
    expect(took).toBeLessThan(5_000);
  });

  it('while nothing answers any more: gone within the time of the shutdown', async () => {
    const hits = hang(LISTS);
    const revocations = hang(REVOKE);
    const app = run({
      root: { shutdown: { timeout: 700, revokeToken: true } },
    });
    await until(() => hits() > 0);
    app.tell();
    const { signal, err, took } = await app.exit;
    expect(signal).toBe('SIGTERM');
    expect(err).toBe('');
    expect(revocations()).toBe(1);
    expect(took).toBeGreaterThan(600);
    expect(took).toBeLessThan(5_000);
  });

  it('while the login hangs: there is nothing to give back', async () => {
    const hits = hang(LOGINS);
    const app = run();
    await until(() => hits() > 0);
    app.tell('SIGINT');
    const { signal, err, took } = await app.exit;
    expect(signal).toBe('SIGINT');
    expect(err).toBe('');
    expect(took).toBeLessThan(2_000);
  });

  it('ends the process at once where nothing is to be revoked', async () => {
    const hits = hang(LISTS);
    const app = run({ root: { shutdown: { timeout: '1m' } } });
    await until(() => hits() > 0);
    app.tell();
    const { signal, took } = await app.exit;
    expect(signal).toBe('SIGTERM');
    expect(took).toBeLessThan(2_000);
    expect(revoked()).toBe(0);
  });

  it('that comes twice interrupts nothing', async () => {
    const hits = hang(LISTS);
    const slow = emulator.trouble.add({
      kind: 'latency',
      delay: 600,
      path: REVOKE,
    });
    const app = run();
    await until(() => hits() > 0);
    app.tell();
    await until(() => slow.hits > 0);
    app.tell();
    app.tell('SIGINT');
    const { signal, err, took } = await app.exit;
    expect(took).toBeGreaterThan(550);
    expect(signal).toBe('SIGTERM');
    expect(err).toBe('');
    expect(revoked()).toBe(1);
  });

  it('while another provider hangs, after the secrets are loaded', async () => {
    const app = run({ hangsLater: true });
    await until(() => app.said('later') && emulator.requests.length > 1);
    // The list is on its way back, or there.
    app.tell();
    const { signal, err, took } = await app.exit;
    expect(signal).toBe('SIGTERM');
    expect(err).toBe('');
    expect(revoked()).toBe(1);
    expect(took).toBeLessThan(5_000);
  });

  it('to which the app listens itself ends its start, not its process', async () => {
    const hits = hang(LISTS);
    const app = run({
      listens: true,
      root: {
        startup: { minTimeToFailure: '1m' },
        shutdown: { revokeToken: true },
      },
    });
    await until(() => hits() > 0);
    app.tell();
    const { code, out, err, took } = await app.exit;
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain('own listener');
    expect(out).toContain('failed: The start was ended by SIGTERM');
    expect(revoked()).toBe(1);
    expect(took).toBeLessThan(5_000);
  });

  it('to an app that has started is Nest’s, once or twice', async () => {
    const app = run();
    await until(() => app.said('started'));
    const slow = emulator.trouble.add({
      kind: 'latency',
      delay: 600,
      path: REVOKE,
    });
    app.tell();
    await until(() => slow.hits > 0);
    app.tell();
    const { signal, err, took } = await app.exit;
    expect(took).toBeGreaterThan(550);
    expect(signal).toBe('SIGTERM');
    expect(err).toBe('');
    expect(revoked()).toBe(1);
  });
});
