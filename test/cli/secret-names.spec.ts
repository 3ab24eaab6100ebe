import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { typesFile } from '../../lib/cli/secret-name-files.js';
import { ROOT } from '../package/sources.js';

/** What the package's declarations need. */
const PACKAGES = ['@nestjs', '@types', 'rxjs', 'undici', 'reflect-metadata'];

const APP = `
import {
  getSecretToken, type KnownSecretName, loadSecrets, Secret, SecretsService,
} from 'nestjs-infisical';

class Service {
  @Secret('DATABASE_URL') readonly right!: string;
  @Secret('DB_URRL') readonly wrong!: string;
  @Secret('odd-name', { parse: Number, default: 3 }) readonly odd!: number;
}

export function read(secrets: SecretsService, text: string) {
  secrets.get('DATABASE_URL');
  secrets.get('DB_URRL');
  secrets.getOrThrow('DB_URRL');
  secrets.has('DB_URRL');
  secrets.ref('DB_URRL');
  void secrets.fetch('DB_URRL');
  getSecretToken('DB_URRL');
  void loadSecrets({}).then((loaded) => loaded.getOrThrow('DB_URRL'));
  secrets.get(text as KnownSecretName);
  secrets.get(text);
  return Service;
}
`;

const [MODULE, COMMON_JS] = [
  {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  },
  {
    module: ts.ModuleKind.CommonJS,
    // "node10", as most apps of Nest 11 have it.
    moduleResolution: ts.ModuleResolutionKind.Node10,
    ignoreDeprecations: '6.0',
  },
] as const;

/** Compiled against the package's declarations, as they would be installed. */
describe('names of secrets that are declared', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nestjs-infisical-names-'));
    install(folder);
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  /** Lines of the app that do not compile. */
  function wrongLines(
    kind: 'module' | 'commonjs',
    options: ts.CompilerOptions,
    declarations: Record<string, string>,
  ): string[] {
    const app = join(folder, kind);
    rmSync(app, { recursive: true, force: true });
    mkdirSync(app);
    const files = Object.entries({ ...declarations, 'app.ts': APP });
    for (const [name, text] of files) writeFileSync(join(app, name), text);
    writeFileSync(join(app, 'package.json'), JSON.stringify({ type: kind }));
    const program = ts.createProgram(
      files.map(([name]) => join(app, name)),
      {
        ...options,
        target: ts.ScriptTarget.ES2022,
        strict: true,
        skipLibCheck: true,
        experimentalDecorators: true,
        noEmit: true,
        types: ['node'],
        typeRoots: [join(folder, 'node_modules/@types')],
      },
    );
    return ts
      .getPreEmitDiagnostics(program)
      .map(({ file, start = 0, messageText }) => {
        const at = file?.text.slice(0, start).split('\n').length ?? 0;
        const text = file?.text.split('\n')[at - 1]?.trim() ?? '';
        const message = ts.flattenDiagnosticMessageText(messageText, ' ');
        return file && basename(file.fileName) === 'app.ts' ? text : message;
      });
  }

  const WRONG = [
    "@Secret('DB_URRL') readonly wrong!: string;",
    "secrets.get('DB_URRL');",
    "secrets.getOrThrow('DB_URRL');",
    "secrets.has('DB_URRL');",
    "secrets.ref('DB_URRL');",
    "void secrets.fetch('DB_URRL');",
    "getSecretToken('DB_URRL');",
    "void loadSecrets({}).then((loaded) => loaded.getOrThrow('DB_URRL'));",
    'secrets.get(text);',
  ];

  it.each([
    ['an ES module (nodenext)', 'module', MODULE],
    ['a CommonJS app (nodenext)', 'commonjs', MODULE],
    ['a CommonJS app (node10)', 'commonjs', COMMON_JS],
  ] as const)(
    'are the only ones in %s',
    (_name, kind, options) => {
      const names = typesFile(['DATABASE_URL', 'odd-name'], 'the command');
      const declared = { 'infisical-secrets.d.ts': names };
      expect(wrongLines(kind, options, declared)).toEqual(WRONG);
    },
    60_000,
  );

  it('may come from several files, which need not be declarations', () => {
    const one = typesFile(['DATABASE_URL'], 'one');
    const other = typesFile(['odd-name', 'DB_URRL'], 'other');
    const declared = { 'one.d.ts': one, 'other.ts': other };
    expect(wrongLines('module', MODULE, declared)).toEqual([
      'secrets.get(text);',
    ]);
  }, 60_000);

  it('are all, as long as none is declared', () => {
    expect(wrongLines('module', MODULE, {})).toEqual([]);
  }, 60_000);
});

/** Puts the package's declarations into a folder of packages, in both builds. */
function install(folder: string): void {
  const target = join(folder, 'node_modules/nestjs-infisical');
  mkdirSync(join(target, 'dist/cjs'), { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(target, 'package.json'));
  writeFileSync(join(target, 'dist/cjs/package.json'), '{"type":"commonjs"}');
  for (const name of PACKAGES) {
    symlinkSync(
      join(ROOT, 'node_modules', name),
      join(folder, 'node_modules', name),
    );
  }
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  ) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const program = ts.createProgram([join(ROOT, 'lib/index.ts')], {
    ...options,
    noEmit: false,
    noCheck: true,
    emitDeclarationOnly: true,
    sourceMap: false,
    rootDir: join(ROOT, 'lib'),
    outDir: target,
  });
  program.emit(undefined, (path, text) => {
    for (const build of ['esm', 'cjs']) {
      const file = join(target, 'dist', build, relative(target, path));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  });
}
