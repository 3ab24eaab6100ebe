import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import type { Campaign, CampaignPlan } from './campaign.js';

/** Rooms of `lib/` that the engine does not need. */
const LEFT_OUT = ['lib/testing', 'lib/schematics', 'lib/cli'];

const ROOT = process.cwd();

/**
 * The library and the simulator as plain JavaScript in a directory of their
 * own: campaigns run there in processes of their own, fast and strict about
 * unhandled rejections, and a mutant changes nobody's sources.
 */
export class Workshop {
  readonly #directory = mkdtempSync(join(tmpdir(), 'simulator-'));

  constructor() {
    writeFileSync(join(this.#directory, 'package.json'), '{"type":"module"}');
    symlinkSync(
      resolve(ROOT, 'node_modules'),
      join(this.#directory, 'node_modules'),
      'junction',
    );
    for (const file of [...sources('lib'), ...sources('test/simulator')]) {
      this.write(file, readFileSync(resolve(ROOT, file), 'utf8'));
    }
  }

  /** Where the library is as plain JavaScript, in `lib/index.js`. */
  get directory(): string {
    return this.#directory;
  }

  /** Puts another text in the place of a source file. */
  write(file: string, text: string): void {
    const { outputText } = ts.transpileModule(text, {
      fileName: file,
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        useDefineForClassFields: false,
        isolatedModules: true,
      },
    });
    const target = join(this.#directory, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }

  /** Puts the source file's own text back. */
  restore(file: string): void {
    this.write(file, readFileSync(resolve(ROOT, file), 'utf8'));
  }

  /**
   * Runs a campaign.
   *
   * @throws when its process ends in another way, such as by an unhandled rejection
   */
  run(plan: CampaignPlan): Promise<Campaign> {
    const child = spawn(
      process.execPath,
      [
        '--unhandled-rejections=strict',
        join(this.#directory, 'test/simulator/run.js'),
        JSON.stringify(plan),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const texts = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (texts.out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (texts.err += text));
    return new Promise((done, fail) => {
      child.on('error', fail);
      child.on('close', (code) => {
        if (code === 0) done(JSON.parse(texts.out) as Campaign);
        else fail(new Error(`The campaign ended with ${code}: ${texts.err}`));
      });
    });
  }

  close(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function sources(directory: string): string[] {
  return readdirSync(resolve(ROOT, directory), { withFileTypes: true }).flatMap(
    (entry) => {
      const path = `${directory}/${entry.name}`;
      if (LEFT_OUT.includes(path)) return [];
      if (entry.isDirectory()) return sources(path);
      return /(?<!\.d|\.spec)\.ts$/.test(path) ? [path] : [];
    },
  );
}
