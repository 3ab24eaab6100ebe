import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../package/sources.js';
import { compilerOptions, readEntries } from './public-symbols.js';

/** Options whose own options are told of elsewhere, or belong to another package. */
const WHOLE = [
  'auth',
  'clock',
  'dispatcher',
  'loaded',
  'logger',
  'parse',
  'schema',
  'transport',
];

const DOCS = join(ROOT, 'docs');
const LIB = posix.join(ROOT.replaceAll(sep, '/'), 'lib/');
const pages = new Map(
  readdirSync(DOCS)
    .filter((file) => file.endsWith('.md'))
    .map((file) => [file, readFileSync(join(DOCS, file), 'utf8')]),
);

const entries = readEntries();
const program = ts.createProgram(
  entries.map(({ source }) => source),
  compilerOptions(entries),
);
const checker = program.getTypeChecker();

describe('the pages in docs/', () => {
  it.each([
    [
      'InfisicalModuleOptions',
      ['module.md', 'network.md', 'process-env.md', 'snapshot-store.md'],
    ],
    ['SnapshotStoreOptions', ['snapshot-store.md']],
    ['InfisicalModuleExtras', ['module.md']],
    ['InfisicalClientOptions', ['module.md', 'network.md']],
    ['InfisicalFeatureOptions', ['module.md']],
    ['SecretOptions', ['secrets.md']],
    [
      'LoadSecretsOptions',
      ['before-nest.md', 'module.md', 'network.md', 'snapshot-store.md'],
    ],
    [
      'InfisicalConfigOptions',
      [
        'config-bridge.md',
        'before-nest.md',
        'module.md',
        'network.md',
        'snapshot-store.md',
      ],
    ],
    ['AcquireLeaseOptions', ['leases.md']],
    ['InjectLeaseOptions', ['leases.md']],
    ['LeasedClientOptions', ['leases.md']],
    ['RotatingResourceOptions', ['leases.md']],
    ['InfisicalHealthOptions', ['health.md']],
    ['InfisicalTestingOptions', ['testing.md']],
    ['InfisicalWebhookOptions', ['push.md']],
    ['InfisicalWebhookExtras', ['push.md']],
    ['LoginOptions', ['authentication.md']],
  ])('name every option of %s', (name, files) => {
    const text = files.map((file) => pages.get(file) ?? '').join('\n');
    const names = optionsOf(name);
    expect(names.length).toBeGreaterThan(1);
    expect(names.filter((option) => !isNamed(option, text))).toEqual([]);
  });

  it('are all in the list of index.md, which has no others', () => {
    const listed = linksOf(pages.get('index.md') ?? '');
    expect([...listed, 'index.md'].sort()).toEqual([...pages.keys()].sort());
  });

  it('link to pages and headings that are there', () => {
    const wrong = [...pages].flatMap(([file, text]) =>
      [...text.matchAll(/\]\(([^)#\s]*)(#[^)\s]*)?\)/g)]
        .filter(([, path = '']) => !/^(https?:|\.\.\/)/.test(path))
        .filter(([, path = '', anchor]) => {
          const target = pages.get(path === '' ? file : path);
          return (
            target === undefined ||
            (anchor !== undefined && !anchorsOf(target).includes(anchor))
          );
        })
        .map(([link]) => `${file}: ${link}`),
    );
    expect(wrong).toEqual([]);
  });

  it('begin with an example', () => {
    const without = [...pages]
      .filter(
        ([file, text]) =>
          file !== 'index.md' && !/^```(ts|bash)$/m.test(text.slice(0, 400)),
      )
      .map(([file]) => file);
    expect(without).toEqual([]);
  });
});

/** The names of an interface's options, such as `path` and `retry.attempts`. */
function optionsOf(name: string): string[] {
  const declared = program
    .getSourceFiles()
    .flatMap(({ statements }) => [...statements])
    .filter((one) => ts.isInterfaceDeclaration(one))
    .find((one) => one.name.text === name);
  if (!declared) throw new Error(`There is no interface ${name}.`);
  return checker
    .getTypeAtLocation(declared)
    .getProperties()
    .flatMap((property) => {
      const option = property.getName();
      const own = WHOLE.includes(option) || name === 'LoginOptions';
      return [option, ...(own ? [] : nested(property, option))];
    });
}

/** The options of an option that is an object of this package. */
function nested(property: ts.Symbol, option: string): string[] {
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(property));
  return (type.isUnion() ? type.types : [type])
    .filter((one) => {
      const file = one.symbol?.declarations?.[0]?.getSourceFile().fileName;
      const isObject =
        (one.symbol?.flags ?? 0) &
        (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeLiteral);
      return (
        isObject &&
        file?.startsWith(LIB) &&
        one.getCallSignatures().length === 0
      );
    })
    .flatMap((one) => one.getProperties())
    .map((one) => `${option}.${one.getName()}`);
}

/** Whether code in a page has the option: by its whole name, or by the last part of it. */
function isNamed(option: string, text: string): boolean {
  const last = option.split('.').at(-1) ?? '';
  const code = [...text.matchAll(/```[^]*?```|`[^`\n]+`/g)]
    .map(([found]) => found)
    .join('\n');
  return new RegExp(`(?<![\\w$])${last}(?![\\w$])`).test(code);
}

function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, file = '']) => file);
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = '']) =>
      `#${heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-')}`,
  );
}
