import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { readSources, type Source, visit } from './sources.js';

/**
 * The rooms of `lib/`, from the top floor down. A room imports from the floors
 * below it only; rooms of one floor do not know each other.
 */
const FLOORS = [
  // What the Nest CLI runs.
  ['schematics'],
  ['cli.ts'],
  ['cli'],
  ['index.ts'],
  // What stands on the module; the emulator stands on nothing.
  ['testing'],
  ['infisical.module.ts', 'webhook'],
  ['core'],
  ['config'],
  // Bridges, each with an entry of its own.
  ['health', 'opentelemetry', 'pg'],
  ['push'],
  ['decorators'],
  ['secrets'],
  ['leases', 'kms'],
  ['renewal'],
  // From here on without Nest.
  ['client'],
  ['auth'],
  ['http'],
  ['crypto'],
  ['testing/emulator'],
  ['common'],
];

/** The rooms that work without Nest. */
const FRAMEWORK_FREE = ['client', 'auth', 'http', 'crypto', 'common'];

const sources = readSources();

describe('the rooms of lib/', () => {
  it('are all on a floor', () => {
    const known = FLOORS.flat();
    const rooms = new Set(sources.map(({ file }) => roomOf(file)));
    expect([...rooms].filter((room) => !known.includes(room))).toEqual([]);
  });

  it('import from the floors below only', () => {
    const wrong = crossings().filter(
      ({ from, to }) => floorOf(to) <= floorOf(from),
    );
    expect(wrong).toEqual([]);
  });

  it('leave testing alone, and the emulator needs nothing but common', () => {
    const wrong = crossings().filter(
      ({ from, to }) =>
        to === 'testing' ||
        // The command line runs the emulator.
        (to === 'testing/emulator' && !['cli.ts', 'testing'].includes(from)) ||
        (from === 'testing/emulator' && to !== 'common'),
    );
    expect(wrong).toEqual([]);
  });

  it('know nothing of Nest and RxJS below renewal', () => {
    const wrong = sources
      .filter(({ file }) => FRAMEWORK_FREE.includes(roomOf(file)))
      .flatMap(({ file, imports }) =>
        imports.map(({ specifier }) => ({ file, specifier })),
      )
      .filter(({ specifier }) =>
        /^(@nestjs\/|rxjs(\/|$)|reflect-metadata$)/.test(specifier),
      );
    expect(wrong).toEqual([]);
  });
});

describe('the files of lib/', () => {
  it('import files that exist', () => {
    const known = new Set(sources.map(({ file }) => file));
    const wrong = sources
      .flatMap(({ imports }) => imports)
      .filter(({ file }) => file !== undefined && !known.has(file));
    expect(wrong).toEqual([]);
  });

  it('have no circular imports, not even of types', () => {
    expect(cycles(sources)).toEqual([]);
  });

  it('read process.env in one place, and hand it out in one', () => {
    const reading = filesWith((node) => isMember(node, 'process', 'env'));
    expect(reading).toEqual([
      'auth/environment.ts',
      // Writes secrets into it for who asks for that; reads no settings.
      'client/process-env.ts',
    ]);
    const importing = sources.filter(({ imports }) =>
      imports.some(({ specifier }) => /^(node:)?process$/.test(specifier)),
    );
    expect(importing.map(({ file }) => file)).toEqual([]);
  });

  it('do not write to the console', () => {
    const writing = filesWith(
      (node) => ts.isIdentifier(node) && node.text === 'console',
    );
    const allowed = [
      'testing/emulator/cli.ts',
      // Listens to it.
      'testing/leaks/output-capture.ts',
    ];
    expect(writing.filter((file) => !allowed.includes(file))).toEqual([]);
  });
});

describe('the check for circular imports', () => {
  const source = (file: string, ...files: string[]): Source => ({
    file,
    imports: files.map((to) => ({ specifier: to, kind: 'type', file: to })),
    ast: ts.createSourceFile(file, '', ts.ScriptTarget.ES2022),
  });

  it('finds a circle behind a straight way', () => {
    const straight = source('a', 'b', 'c');
    const found = cycles([straight, source('b', 'c'), source('c', 'b')]);
    expect(found).toEqual([['b', 'c', 'b']]);
  });

  it('accepts two ways to one file', () => {
    const found = cycles([source('a', 'b', 'c'), source('b', 'c')]);
    expect(found).toEqual([]);
  });
});

function roomOf(file: string): string {
  if (file.startsWith('testing/emulator/')) return 'testing/emulator';
  return file.split('/')[0] ?? file;
}

function floorOf(room: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(room));
}

/** Every import from one room of another. */
function crossings() {
  return sources.flatMap(({ file, imports }) =>
    imports
      .filter((one) => one.file !== undefined)
      .map((one) => ({
        file,
        specifier: one.specifier,
        from: roomOf(file),
        to: roomOf(one.file ?? ''),
      }))
      .filter(({ from, to }) => from !== to),
  );
}

/** Circles of imports, each as the way around it. */
function cycles(all: readonly Source[]): string[][] {
  const byFile = new Map(all.map((source) => [source.file, source]));
  const done = new Set<string>();
  const found: string[][] = [];
  const walk = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file);
    if (start >= 0) {
      found.push([...way.slice(start), file]);
      return;
    }
    if (done.has(file)) return;
    for (const one of byFile.get(file)?.imports ?? []) {
      if (one.file !== undefined) walk(one.file, [...way, file]);
    }
    done.add(file);
  };
  for (const { file } of all) walk(file, []);
  return found;
}

function filesWith(matches: (node: ts.Node) => boolean): string[] {
  return sources
    .filter(({ ast }) => {
      let isFound = false;
      visit(ast, (node) => {
        isFound ||= matches(node);
      });
      return isFound;
    })
    .map(({ file }) => file);
}

/** Whether a node is `object.member` or `object['member']`. */
function isMember(node: ts.Node, object: string, member: string): boolean {
  if (ts.isPropertyAccessExpression(node)) {
    return node.expression.getText() === object && node.name.text === member;
  }
  return (
    ts.isElementAccessExpression(node) && node.expression.getText() === object
  );
}
