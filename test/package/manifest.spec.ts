import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import {
  importsOf,
  packageOf,
  parse,
  reachable,
  readSources,
  ROOT,
  type Source,
} from './sources.js';

type Names = Record<string, string>;
type Condition = Record<'types' | 'default', string>;

interface Manifest {
  main: string;
  types: string;
  bin: Names;
  schematics: string;
  exports: Record<string, string | Record<string, Condition>>;
  typesVersions: Record<string, Record<string, string[]>>;
  dependencies: Names;
  peerDependencies: Names;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  devDependencies: Names;
}

const manifest = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
) as Manifest;
const sources = readSources();

/** The entries, and the rooms that they are. */
const ROOMS: Names = {
  '.': '',
  './client': 'client',
  './opentelemetry': 'opentelemetry',
  './pg': 'pg',
  './terminus': 'health',
  './testing': 'testing',
};
const ENTRIES = Object.values(ROOMS).map((room) =>
  posix.join(room, 'index.ts'),
);
/** Entries that are bridges to an optional peer: who imports one has the peer. */
const BRIDGES: Names = {
  'health/index.ts': '@nestjs/terminus',
  'opentelemetry/index.ts': '@opentelemetry/api',
  'pg/index.ts': 'pg',
};
/** Peers that are too large to develop with: the one function that is used has a declaration of its own. */
const UNDEVELOPED = ['@aws-sdk/credential-providers'];
const optional = Object.entries(manifest.peerDependenciesMeta)
  .filter(([, meta]) => meta.optional)
  .map(([name]) => name);
const required = [
  ...Object.keys(manifest.dependencies),
  ...Object.keys(manifest.peerDependencies),
].filter((name) => !optional.includes(name));

describe('the dependencies of package.json', () => {
  it('have every package that lib/ imports, be it for its types', () => {
    const known = [...required, ...optional];
    expect(packages().filter((name) => !known.includes(name))).toEqual([]);
  });

  it('have nothing that lib/ does not need', () => {
    const used = packages();
    const unused = [...required, ...optional].filter(
      (name) => !used.includes(name),
    );
    // Nest's decorators need it, without an import.
    expect(unused).toEqual(['reflect-metadata']);
  });

  it('have a version of every peer to develop with', () => {
    const missing = Object.keys(manifest.peerDependencies).filter(
      (name) => !(name in manifest.devDependencies),
    );
    expect(missing).toEqual(UNDEVELOPED);
  });

  it('mark only peers as optional', () => {
    expect(
      optional.filter((name) => !(name in manifest.peerDependencies)),
    ).toEqual([]);
  });
});

describe('the optional peers', () => {
  it.each(ENTRIES)('are imported on demand only from %s', (entry) => {
    const files = reachable([entry], sources, ({ kind }) => kind !== 'type');
    const wrong = sources
      .filter(({ file }) => files.has(file))
      .flatMap(({ file, imports }) =>
        imports.map(({ specifier, kind }) => ({ file, specifier, kind })),
      )
      .filter(
        ({ specifier, kind }) =>
          kind === 'value' &&
          specifier !== BRIDGES[entry] &&
          optional.includes(packageOf(specifier) ?? ''),
      );
    expect(files.size).toBeGreaterThan(1);
    expect(wrong).toEqual([]);
  });

  it('are not reached from the main entry, but for those of logins', () => {
    const files = reachable(['index.ts'], sources, () => true);
    const wrong = sources
      .filter(({ file }) => files.has(file))
      .filter(({ imports }) =>
        imports.some(({ specifier }) =>
          optional.includes(packageOf(specifier) ?? ''),
        ),
      );
    expect(wrong.map(({ file }) => file)).toEqual([
      'auth/aws-keys.ts',
      'auth/cli-login.ts',
    ]);
  });

  it('and Nest are not reached from the entry of the client', () => {
    const files = reachable(['client/index.ts'], sources, () => true);
    const nest = sources
      .filter(({ file }) => files.has(file))
      .flatMap(({ file, imports }) =>
        imports.map(({ specifier }) => `${file}: ${specifier}`),
      )
      .filter((edge) => /: (@nestjs\/|rxjs|reflect-metadata)/.test(edge));
    expect(files.has('client/infisical-client.ts')).toBe(true);
    expect(nest).toEqual([]);
  });

  it('are not in the public declarations, but for those of their bridge', () => {
    const declarations = emitDeclarations();
    const needed = (entry: string): string[] => {
      const files = reachable([entry], declarations, () => true);
      return declarations
        .filter(({ file }) => files.has(file))
        .flatMap(({ imports }) => imports)
        .filter(({ file }) => file === undefined)
        .map(({ specifier }) => packageOf(specifier))
        .filter((name) => name !== undefined);
    };
    expect(needed('index.ts')).toContain('@nestjs/common');
    for (const entry of ENTRIES) {
      const wrong = needed(entry).filter((name) => !required.includes(name));
      expect([...new Set(wrong)]).toEqual(
        entry in BRIDGES ? [BRIDGES[entry]] : [],
      );
    }
  }, 60_000);
});

describe('the exports of package.json', () => {
  const entries = Object.entries(manifest.exports).filter(
    (entry): entry is [string, Record<string, Condition>] =>
      typeof entry[1] !== 'string',
  );

  it('are the entries, and package.json itself', () => {
    expect(Object.keys(manifest.exports)).toEqual([
      ...Object.keys(ROOMS),
      './package.json',
    ]);
    expect(manifest.exports['./package.json']).toBe('./package.json');
  });

  it.each(entries)('%s: types before default, in each build', (path, entry) => {
    expect(Object.keys(entry)).toEqual(['module-sync', 'import', 'require']);
    expect(entry['import']).toEqual(entry['module-sync']);
    const source = posix.join(ROOMS[path] ?? '', 'index');
    for (const [condition, targets] of Object.entries(entry)) {
      const build = condition === 'require' ? 'cjs' : 'esm';
      expect(Object.entries(targets)).toEqual([
        ['types', `./dist/${build}/${source}.d.ts`],
        ['default', `./dist/${build}/${source}.js`],
      ]);
      expect(existsSync(join(ROOT, 'lib', `${source}.ts`))).toBe(true);
    }
  });

  it('leave `nest add` to `schematics`, which the CLI loads as CommonJS', () => {
    expect(manifest.schematics).toBe('./dist/cjs/schematics/collection.json');
    const { schematics } = JSON.parse(
      readFileSync(join(ROOT, 'lib/schematics/collection.json'), 'utf8'),
    ) as { schematics: Record<string, { factory: string; schema: string }> };
    expect(Object.keys(schematics)).toEqual(['nest-add']);
    const { factory = '', schema = '' } = schematics['nest-add'] ?? {};
    const source = factory.replace(/\.js#nestAdd$/, '.ts');
    for (const file of [source, schema]) {
      expect(existsSync(join(ROOT, 'lib/schematics', file))).toBe(true);
    }
  });

  it('leave the command line to `bin`', () => {
    expect(manifest.bin).toEqual({ 'nestjs-infisical': './dist/esm/cli.js' });
    const source = readFileSync(join(ROOT, 'lib/cli.ts'), 'utf8');
    expect(source).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('agree with what older resolvers read', () => {
    expect(manifest.main).toBe('./dist/cjs/index.js');
    expect(manifest.types).toBe('./dist/cjs/index.d.ts');
    expect(manifest.typesVersions['*']).toEqual({
      client: ['./dist/cjs/client/index.d.ts'],
      opentelemetry: ['./dist/cjs/opentelemetry/index.d.ts'],
      pg: ['./dist/cjs/pg/index.d.ts'],
      terminus: ['./dist/cjs/health/index.d.ts'],
      testing: ['./dist/cjs/testing/index.d.ts'],
    });
  });
});

/** Every package that lib/ imports. */
function packages(): string[] {
  const names = sources.flatMap(({ imports }) =>
    imports
      .filter(({ file }) => file === undefined)
      .map(({ specifier }) => packageOf(specifier)),
  );
  return [...new Set(names)].filter((name) => name !== undefined).sort();
}

/** The declaration files that the build would write, named as their sources. */
function emitDeclarations(): Source[] {
  const lib = posix.join(ROOT, 'lib');
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  ) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const program = ts.createProgram(
    ENTRIES.map((entry) => join(lib, entry)),
    {
      ...options,
      noEmit: false,
      noCheck: true,
      emitDeclarationOnly: true,
      sourceMap: false,
      outDir: lib,
    },
  );
  const declarations: Source[] = [];
  program.emit(undefined, (path, text) => {
    const file = posix.relative(lib, path).replace(/\.d\.ts$/, '.ts');
    const ast = parse(file, text);
    declarations.push({ file, ast, imports: importsOf(ast) });
  });
  return declarations;
}
