import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const FOLDERS = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  '/usr/local/sbin',
  '/usr/sbin',
];

/** The first of these programs that this machine has. */
export function findProgram(...names: string[]): string | undefined {
  return names
    .flatMap((name) => FOLDERS.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

/** A server program that runs in a folder of its own. */
export class SystemServer {
  private child: ChildProcess | undefined;
  private output = '';

  private constructor(readonly folder: string) {}

  static async prepare(name: string): Promise<SystemServer> {
    const prefix = join(tmpdir(), `nestjs-infisical-${name}-`);
    return new SystemServer(await mkdtemp(prefix));
  }

  /** Runs a program to its end, which must be a good one. */
  async complete(program: string, args: readonly string[]): Promise<void> {
    const child = this.spawn(program, args);
    const code = await new Promise((resolve) => child.on('close', resolve));
    if (code !== 0) throw new Error(`${program} failed: ${this.output}`);
  }

  /** Resolves as soon as the program has written that it is ready. */
  async start(
    program: string,
    args: readonly string[],
    ready: RegExp,
  ): Promise<void> {
    this.output = '';
    const child = this.spawn(program, args);
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (ready.test(this.output)) resolve();
      };
      child.stdout?.on('data', look);
      child.stderr?.on('data', look);
      child.on('close', () =>
        reject(new Error(`${program} ended: ${this.output}`)),
      );
    });
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child && child.exitCode === null) {
      const closed = new Promise((resolve) => child.on('close', resolve));
      child.kill();
      await closed;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  private spawn(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (data: Buffer) => {
      this.output += data.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => collect(Buffer.from(error.message)));
    return child;
  }
}
