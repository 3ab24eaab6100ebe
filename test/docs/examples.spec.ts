import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../package/sources.js';
import { type CodeBlock, codeBlocks } from './code-blocks.js';
import { ExampleCompiler } from './compile-examples.js';
import {
  compilerOptions,
  publicSymbols,
  readEntries,
} from './public-symbols.js';

const entries = readEntries();
const program = ts.createProgram(
  entries.map(({ source }) => source),
  compilerOptions(entries),
);
const symbols = publicSymbols(entries, program);
const compiler = new ExampleCompiler(symbols, program);

describe('every public symbol', () => {
  it('has a doc comment, marked @publicApi, with an @example', () => {
    const without = symbols
      .filter(
        ({ tags, examples }) =>
          !tags?.includes('publicApi') ||
          !tags.includes('example') ||
          examples.length === 0,
      )
      .map(({ place, name }) => `${place}: ${name}`);
    expect(symbols.length).toBeGreaterThan(400);
    expect([...new Set(without)]).toEqual([]);
  });

  it('has its examples between ```ts and ```', () => {
    expect([...new Set(symbols.flatMap(({ unfenced }) => unfenced))]).toEqual(
      [],
    );
  });
});

// Editors show the rest of an example as a tag, from such a line on.
it('no line of an example in a doc comment begins with @', () => {
  const wrong = symbols
    .flatMap(({ examples, memberExamples }) => [...examples, ...memberExamples])
    .filter(({ code }) => /^\s*@/m.test(code))
    .map(({ file, line }) => `${file}:${line}`);
  expect([...new Set(wrong)]).toEqual([]);
});

describe('the examples compile', () => {
  it('of doc comments', () => {
    const blocks = symbols.flatMap(({ examples, memberExamples }) => [
      ...examples,
      ...memberExamples,
    ]);
    expect(compiler.problems(unique(blocks))).toEqual([]);
  }, 120_000);

  it('of README.md and all other pages', () => {
    const blocks = pages().flatMap((file) =>
      codeBlocks(file, readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(blocks.length).toBeGreaterThan(10);
    expect(compiler.problems(blocks)).toEqual([]);
  }, 120_000);
});

describe('an example is refused', () => {
  const problems = (code: string, ...marks: string[]) =>
    compiler.problems([{ file: 'page.md', line: 10, code, marks }]);

  it.each([
    ['an option that is not there', `new InfisicalClient({ sitUrl: 'x' });`],
    ['a value of another type', `await client.secrets.get(1);`],
    ['a method that is not there', `secrets.getOrDie('A');`],
    ['a name that is nowhere', `payments.charge();`],
    [
      'what an entry does not export',
      `import { Nope } from 'nestjs-infisical';`,
    ],
    ['an entry that is not there', `import { A } from 'nestjs-infisical/a';`],
    ['broken syntax', `const client = {;`],
  ])('for %s', (_what, code) => {
    expect(problems(code)).not.toEqual([]);
    expect(problems(`// first\n${code}`)[0]).toMatch(/^page\.md:11: /);
  });

  it('for a mark that nobody knows', () => {
    expect(problems('', 'class-bdy')).toEqual([
      'page.md:10: what is "class-bdy" after ```ts?',
    ]);
  });

  it('for a wrong decorator in a class body', () => {
    const live = `@Secret('A', { live: 1 }) private readonly a!: string;`;
    expect(problems(live, 'class-body')).not.toEqual([]);
    expect(problems(live.replace('1', 'true'), 'class-body')).toEqual([]);
  });

  it('not for what it may leave out', () => {
    const code = `
      import { payments } from './payments.js';
      const { secretValue } = await client.secrets.get('A', { path: '/b' });
      payments.charge(secretValue, secrets.getOrThrow('C'));`;
    expect(problems(code)).toEqual([]);
  });

  it('not for what another one adds to a module', () => {
    const code = `declare module 'nestjs-infisical' {
      interface InfisicalSecretNames { A: string }
    }`;
    const get = `secrets.get('B');`;
    const [augmenting, plain] = [code, get].map((code) => ({
      file: 'page.md',
      line: 1,
      code,
      marks: [],
    }));
    expect(compiler.problems([augmenting!, plain!])).toEqual([]);
    expect(problems(`${code}\n${get}`)).toEqual([
      expect.stringContaining(`'"B"' is not assignable`),
    ]);
  });
});

/** A symbol of several entries has its examples once. */
function unique(blocks: readonly CodeBlock[]): CodeBlock[] {
  return [
    ...new Map(
      blocks.map((block) => [`${block.file}:${block.line}`, block]),
    ).values(),
  ];
}

function pages(): string[] {
  const below = ['docs', 'lib', 'sample-app'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file.replaceAll(sep, '/')}`)
      .filter((file) => file.endsWith('.md')),
  );
  return ['README.md', ...below];
}
