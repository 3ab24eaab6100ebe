import type { RuleFactory } from '@angular-devkit/schematics';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ENVIRONMENT_LOGINS } from '../../lib/auth/environment-logins.js';
import { nestAdd } from '../../lib/schematics/nest-add.js';
import type { NestAddOptions } from '../../lib/schematics/nest-add.options.js';
import { loadTypeScript } from '../../lib/schematics/typescript.js';
import { ROOT } from '../package/sources.js';
import { MemoryTree as Tree } from '../support/memory-tree.js';

const MAIN = `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  await app.listen(process.env.PORT ?? 3000);
}
bootstrap();
`;

const APP = `import { Module } from '@nestjs/common';
import { AppController } from './app.controller';

@Module({
  imports: [],
  controllers: [AppController],
})
export class AppModule {}
`;

const MANIFEST = {
  name: 'shop',
  dependencies: {
    '@nestjs/core': '^11.0.1',
    'nestjs-infisical': '^0.1.0',
    'reflect-metadata': '^0.2.2',
    rxjs: '^7.8.1',
  },
};

type Files = Record<string, string | object>;

let said: string[];
let tasks: unknown[];

beforeEach(() => {
  said = [];
  tasks = [];
});

/** A new app, with files of its own in place of those of the Nest CLI. */
function app(files: Files = {}): Tree {
  const all: Files = {
    'package.json': MANIFEST,
    'nest-cli.json': { sourceRoot: 'src' },
    'src/main.ts': MAIN,
    'src/app.module.ts': APP,
    ...files,
  };
  return new Tree(
    Object.fromEntries(
      Object.entries(all).map(([path, content]) => [
        path,
        typeof content === 'string'
          ? content
          : `${JSON.stringify(content, null, 2)}\n`,
      ]),
    ),
  );
}

/** Without files of this name. */
function without(tree: Tree, ...paths: string[]): Tree {
  for (const path of paths) tree.files.delete(path);
  return tree;
}

// The type that the Nest CLI wants.
const rule: RuleFactory<NestAddOptions> = nestAdd;

function add(tree: Tree, options: NestAddOptions = {}): Tree {
  // With what the CLI always passes.
  void rule;
  nestAdd({ sourceRoot: 'src', ...options })(tree, {
    logger: {
      info: (message) => said.push(message),
      warn: (message) => said.push(message),
    },
    addTask: (task) => tasks.push(task.toConfiguration()),
  });
  return tree;
}

/** The root module after the command. */
function moduleAfter(text: string, options?: NestAddOptions): string {
  const tree = add(app({ 'src/app.module.ts': text }), options);
  const changed = tree.readText('src/app.module.ts');
  expect(errorsOf(changed)).toEqual([]);
  return changed;
}

/** What the compiler has against the syntax of a text. */
function errorsOf(text: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: { experimentalDecorators: true },
  });
  return diagnostics.map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, '\n'),
  );
}

/** A module whose decorator gets this. */
const decorated = (metadata: string, before = ''): string =>
  `import { Module } from '@nestjs/common';\n${before}\n@Module(${metadata})\nexport class AppModule {}\n`;

describe('nest add: the root module', () => {
  it('gets InfisicalModule, and keeps everything else', () => {
    const tree = add(app());
    expect(tree.readText('src/app.module.ts'))
      .toBe(`import { Module } from '@nestjs/common';
import { AppController } from './app.controller';
import { InfisicalModule } from 'nestjs-infisical';

@Module({
  imports: [
    InfisicalModule.forRoot({
      // What is absent comes from the environment: see .env.example.
    }),
  ],
  controllers: [AppController],
})
export class AppModule {}
`);
  });

  it('gets the options of the command line, and no others', () => {
    const text = moduleAfter(APP, {
      siteUrl: 'https://infisical.example.com',
      projectSlug: 'shop',
      environment: "d'ev",
      path: '/payments',
    });
    expect(text).toContain(`InfisicalModule.forRoot({
      // What is absent comes from the environment: see .env.example.
      siteUrl: 'https://infisical.example.com',
      projectSlug: 'shop',
      environment: 'd\\'ev',
      path: '/payments',
    }),`);
  });

  it('is not changed by a second run, nor is anything else', () => {
    const once = add(app(), { environment: 'dev', projectId: 'id' });
    const before = new Map(once.files);
    said.length = 0;
    const twice = add(once, { environment: 'prod', module: 'x.ts' });
    expect(twice.files).toEqual(before);
    expect(said).toEqual([
      'src/app.module.ts has InfisicalModule already, and stays as it is. Without effect: --module, --environment.',
    ]);
  });

  it.each([
    ['forRoot elsewhere', 'InfisicalModule.forRoot({})', 'InfisicalModule'],
    ['forRootAsync', 'InfisicalModule.forRootAsync(source)', 'InfisicalModule'],
    ['another name', 'Vault.forRoot({})', 'InfisicalModule as Vault'],
    ['a namespace', 'vault.InfisicalModule.forRoot({})', '* as vault'],
  ])('is left alone where there is a root already: %s', (_, call, name) => {
    const from = name.startsWith('*') ? name : `{ ${name} }`;
    const core = `import ${from} from 'nestjs-infisical';\nexport const root = ${call};\n`;
    const tree = add(app({ 'src/core/core.module.ts': core }));
    expect(tree.readText('src/app.module.ts')).toBe(APP);
    expect(tree.readText('src/core/core.module.ts')).toBe(core);
    expect(said[0]).toMatch(/^src\/core\/core.module.ts has InfisicalModule/);
    expect(tree.exists('.env.example')).toBe(true);
  });

  it.each([
    [
      'a test',
      'src/app.module.spec.ts',
      "import { InfisicalModule } from 'nestjs-infisical';\nInfisicalModule.forRoot({});",
    ],
    [
      'a comment',
      'src/notes.ts',
      '// nestjs-infisical: InfisicalModule.forRoot({})',
    ],
    [
      'a feature',
      'src/pay.ts',
      "import { InfisicalModule } from 'nestjs-infisical';\nInfisicalModule.forFeature({ path: '/' });",
    ],
    [
      'another package',
      'src/old.ts',
      "// nestjs-infisical\nimport { InfisicalModule } from 'other';\nInfisicalModule.forRoot({});",
    ],
  ])('does not take %s for a root', (_, path, text) => {
    const tree = add(app({ [path]: text }));
    expect(tree.readText('src/app.module.ts')).toContain('InfisicalModule');
  });

  it.each<[string, string, string]>([
    [
      'several lines',
      '{\n  imports: [\n    A, // first\n    B, // last\n  ],\n}',
      '    B, // last\n    InfisicalModule.forRoot({',
    ],
    [
      'several lines without a comma',
      '{\n  imports: [\n    A,\n    B // last\n  ]\n}',
      '    B, // last\n    InfisicalModule.forRoot({',
    ],
    [
      'one line',
      '{\n  imports: [A, B],\n}',
      '  imports: [\n    A,\n    B,\n    InfisicalModule.forRoot({',
    ],
    [
      'one line with a comment',
      '{\n  imports: [A, B /* last */],\n}',
      '[A, B, InfisicalModule.forRoot({',
    ],
    [
      'one line in all',
      '{ imports: [A], providers: [] }',
      '[\n  A,\n  InfisicalModule.forRoot({',
    ],
    [
      'no imports',
      '{\n  providers: [A],\n}',
      '{\n  imports: [\n    InfisicalModule.forRoot({',
    ],
    [
      'no imports on one line',
      '{ providers: [A] }',
      '{\n  imports: [\n    InfisicalModule.forRoot({',
    ],
    ['an empty object', '{}', '{\n  imports: [\n    InfisicalModule.forRoot({'],
    ['no object', '', '{\n  imports: [\n    InfisicalModule.forRoot({'],
    [
      'only a comment',
      '{\n  imports: [\n    // none yet\n  ],\n}',
      '    // none yet\n    InfisicalModule.forRoot({',
    ],
    [
      'a shorthand',
      '{ imports }',
      '{ imports: [...imports, InfisicalModule.forRoot({',
    ],
    [
      'a name',
      '{ imports: SHARED }',
      'imports: [...SHARED, InfisicalModule.forRoot({',
    ],
    [
      'a choice',
      '{ imports: isDev ? [A] : [B] }',
      'imports: [...(isDev ? [A] : [B]), InfisicalModule.forRoot({',
    ],
    [
      'a type',
      '{\n  imports: [A] as const,\n}',
      '    A,\n    InfisicalModule.forRoot({',
    ],
    [
      'a quoted name',
      "{\n  'imports': [A],\n}",
      '    A,\n    InfisicalModule.forRoot({',
    ],
    [
      'elements over several lines',
      '{\n  imports: [\n    A.forRoot({\n      b: [1],\n    }),\n  ],\n}',
      '    }),\n    InfisicalModule.forRoot({',
    ],
  ])('imports of %s', (_, metadata, expected) => {
    const text = moduleAfter(decorated(metadata));
    expect(text).toContain(expected);
    expect(text.match(/InfisicalModule/g)).toHaveLength(2);
    expect(text).not.toMatch(/,\s*,/);
  });

  it('is written as the file is: tabs, quotes, no semicolons, line ends', () => {
    const text = moduleAfter(
      'import { Module } from "@nestjs/common"\r\n\r\n@Module({\r\n\timports: [],\r\n})\r\nexport class AppModule {}\r\n',
      { environment: 'dev' },
    );
    expect(text).toContain(
      'import { InfisicalModule } from "nestjs-infisical"\r\n',
    );
    expect(text).toContain('\r\n\t\t\tenvironment: "dev",\r\n\t\t}),\r\n\t],');
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('uses an import of the package that is there', () => {
    const beside = moduleAfter(
      decorated(
        '{ imports: [] }',
        "import { Secret } from 'nestjs-infisical';",
      ),
    );
    expect(beside).toContain(
      "import { InfisicalModule, Secret } from 'nestjs-infisical';",
    );
    const renamed = moduleAfter(
      decorated(
        '{ imports: [] }',
        "import { InfisicalModule as Vault } from 'nestjs-infisical';",
      ),
    );
    expect(renamed).toContain('Vault.forRoot({');
    const types = moduleAfter(
      decorated(
        '{ imports: [] }',
        "import type { SecretChange } from 'nestjs-infisical';",
      ),
    );
    expect(types).toContain(
      "import { InfisicalModule } from 'nestjs-infisical';",
    );
  });

  it.each([
    [
      'a namespace of Nest',
      "import * as nest from '@nestjs/common';\n@nest.Module({ imports: [] })\nexport class AppModule {}\n",
    ],
    [
      'a renamed decorator',
      "import { Module as M } from '@nestjs/common';\n@M({ imports: [] })\nexport class AppModule {}\n",
    ],
    [
      'a default export',
      "import { Module } from '@nestjs/common';\n@Module({ imports: [] })\nexport default class AppModule {}\n",
    ],
    [
      'other decorators',
      "import { Global, Module } from '@nestjs/common';\n@Global()\n@Module({ imports: [] })\nexport class AppModule {}\n",
    ],
  ])('is found with %s', (_, text) => {
    expect(moduleAfter(text)).toContain('InfisicalModule.forRoot({');
  });

  it.each([
    [
      'metadata from elsewhere',
      decorated('metadata'),
      /what @Module\(\) gets is not written there/,
    ],
    [
      'spread metadata',
      decorated('{ ...base }'),
      /@Module\(\) spreads what may have imports/,
    ],
    [
      'a getter',
      decorated('{ get imports() { return []; } }'),
      /no plain property/,
    ],
  ])(
    'is not guessed at with %s; the error has what to write',
    (_, text, reason) => {
      const tree = app({ 'src/app.module.ts': text });
      const failed = () => add(tree, { environment: 'dev' });
      expect(failed).toThrow(reason);
      expect(failed).toThrow(
        /Import InfisicalModule from 'nestjs-infisical'[^]*InfisicalModule\.forRoot\(\{[^]*environment: 'dev',/,
      );
    },
  );

  it.each([
    [
      "import { InfisicalModule } from 'other-sdk';",
      /another InfisicalModule, from "other-sdk"/,
    ],
    [
      "import type { InfisicalModule } from 'nestjs-infisical';",
      /imports InfisicalModule as a type/,
    ],
  ])('has the name free: %s', (line, reason) => {
    const tree = app({
      'src/app.module.ts': decorated('{ imports: [] }', line),
    });
    expect(() => add(tree)).toThrow(reason);
  });
});

describe('nest add: where the root module is', () => {
  const API = APP.replace('AppModule', 'ApiModule');
  const apiMain = (from: string): string =>
    MAIN.replaceAll('AppModule', 'ApiModule').replace('./app.module', from);

  it('is what main hands to NestFactory', () => {
    const tree = add(
      app({
        'src/main.ts': apiMain('./api/api.module'),
        'src/api/api.module.ts': API,
      }),
    );
    expect(tree.readText('src/api/api.module.ts')).toContain('forRoot');
    expect(tree.readText('src/app.module.ts')).toBe(APP);
  });

  it.each([
    [
      'an import that ends in .js',
      MAIN.replace('./app.module', './app.module.js'),
    ],
    [
      'options before it',
      MAIN.replace('create(AppModule)', 'create(AppModule.with(loaded))'),
    ],
    [
      'a standalone app',
      MAIN.replace('create(AppModule)', 'createApplicationContext(AppModule)'),
    ],
    ['a default import', MAIN.replace('{ AppModule }', 'AppModule')],
    ['no NestFactory', 'export {};\n'],
  ])('is found with %s', (_, main) => {
    const tree = add(app({ 'src/main.ts': main }));
    expect(tree.readText('src/app.module.ts')).toContain('forRoot');
  });

  it('may be in main itself', () => {
    const main = `${MAIN.replace("import { AppModule } from './app.module';\n", "import { Module } from '@nestjs/common';\n@Module({ imports: [] })\nclass AppModule {}\n")}`;
    const tree = add(
      without(app({ 'src/main.ts': main }), 'src/app.module.ts'),
    );
    expect(tree.readText('src/main.ts')).toContain('InfisicalModule.forRoot');
  });

  it('is that of a JavaScript app', () => {
    const tree = add(
      without(
        app({ 'src/main.js': MAIN, 'src/app.module.js': APP }),
        'src/main.ts',
        'src/app.module.ts',
      ),
    );
    expect(tree.readText('src/app.module.js')).toContain('forRoot');
  });

  it('is the file that is named, from the app or its sources', () => {
    for (const module of ['src/other.module.ts', 'other.module']) {
      const tree = add(app({ 'src/other.module.ts': API }), { module });
      expect(tree.readText('src/other.module.ts')).toContain('forRoot');
      expect(tree.readText('src/app.module.ts')).toBe(APP);
    }
  });

  it('is an error where there is none, with the places that were looked at', () => {
    const empty = without(app(), 'src/main.ts', 'src/app.module.ts');
    expect(() => add(empty)).toThrow(
      'No root module was found: src/main.ts is not there, and neither is src/app.module.ts. Name its file: --module <file>, or the app of a monorepo: --project <name>.',
    );
    expect(() =>
      add(without(app({ 'src/main.ts': 'export {};' }), 'src/app.module.ts')),
    ).toThrow(/src\/main\.ts hands none to NestFactory/);
    expect(() => add(app(), { module: 'nope' })).toThrow(
      '--module nope: there is no such file, neither here nor in src.',
    );
    expect(() =>
      add(app({ 'src/app.module.ts': 'export class AppModule {}' })),
    ).toThrow(
      'src/app.module.ts has no class AppModule with @Module() of @nestjs/common. Name the file of the root module: --module <file>.',
    );
  });

  describe('in a monorepo', () => {
    const monorepo = (): Tree =>
      app({
        'nest-cli.json': {
          monorepo: true,
          sourceRoot: 'apps/shop/src',
          projects: {
            shop: { root: 'apps/shop', sourceRoot: 'apps/shop/src' },
            api: {
              root: 'apps/api',
              sourceRoot: 'apps/api/src',
              entryFile: 'server',
            },
          },
        },
        'apps/shop/src/main.ts': MAIN,
        'apps/shop/src/app.module.ts': APP,
        'apps/api/src/server.ts': apiMain('./api.module'),
        'apps/api/src/api.module.ts': API,
      });

    it('is that of the project', () => {
      const tree = add(monorepo(), { project: 'api' });
      expect(tree.readText('apps/api/src/api.module.ts')).toContain('forRoot');
      expect(tree.readText('apps/shop/src/app.module.ts')).toBe(APP);
      expect(tree.exists('.env.example')).toBe(true);
    });

    it('is that of the sources which the CLI asked for', () => {
      const tree = add(monorepo(), { sourceRoot: 'apps/api/src' });
      expect(tree.readText('apps/api/src/api.module.ts')).toContain('forRoot');
    });

    it('is that of the main app without either', () => {
      const tree = add(monorepo(), { sourceRoot: 'undefined' });
      expect(tree.readText('apps/shop/src/app.module.ts')).toContain('forRoot');
    });

    it('adds to each app once', () => {
      const both = add(add(monorepo(), { project: 'api' }), {
        project: 'shop',
      });
      expect(both.readText('apps/shop/src/app.module.ts')).toContain('forRoot');
      const env = both.readText('.env.example');
      expect(env.match(/INFISICAL_SITE_URL/g)).toHaveLength(1);
    });

    it('is an error for a project that is not there', () => {
      expect(() => add(monorepo(), { project: 'web' })).toThrow(
        `nest-cli.json has no project "web". It has "shop", "api". (Infisical's project is --project-id or --project-slug.)`,
      );
      expect(() => add(app(), { project: 'web' })).toThrow(
        /names one of several apps in nest-cli\.json, and there are none/,
      );
    });
  });
});

describe('nest add: package.json', () => {
  const dependencies = (tree: Tree) =>
    (tree.readJson('package.json') as typeof MANIFEST).dependencies;

  it.each([
    ['^11.0.1', '^6.0.0'],
    ['^12.0.1', '^12.0.0'],
    ['latest', '^12.0.0'],
  ])('gets the scheduler of Nest %s, and it is installed', (nest, version) => {
    const tree = add(
      app({
        'package.json': {
          ...MANIFEST,
          dependencies: { ...MANIFEST.dependencies, '@nestjs/core': nest },
        },
      }),
    );
    expect(dependencies(tree)).toEqual({
      ...MANIFEST.dependencies,
      '@nestjs/core': nest,
      '@nestjs/schedule': version,
    });
    expect(Object.keys(dependencies(tree))).toEqual(
      Object.keys(dependencies(tree)).sort(),
    );
    expect(tasks).toEqual([expect.objectContaining({ name: 'node-package' })]);
  });

  it('gets what is missing of the peers, and the package itself', () => {
    const tree = add(app({ 'package.json': { name: 'shop' } }));
    expect(dependencies(tree)).toEqual({
      '@nestjs/schedule': '^12.0.0',
      'nestjs-infisical': `^${ownVersion()}`,
      'reflect-metadata': '^0.2.0',
      rxjs: '^7.8.0',
    });
  });

  it('is left as it is written when it has all of them', () => {
    const text = `{"dependencies":${JSON.stringify({ ...MANIFEST.dependencies, '@nestjs/schedule': '6' })}}`;
    const tree = add(app({ 'package.json': text }));
    expect(tree.readText('package.json')).toBe(text);
    expect(tasks).toEqual([]);
  });

  it('keeps its indentation', () => {
    const text = JSON.stringify(MANIFEST, null, 4);
    const tree = add(app({ 'package.json': text }));
    expect(tree.readText('package.json')).toMatch(/^ {8}"rxjs": [^]*[^\n]$/m);
  });

  it('is not installed with --skip-install, and the message says so', () => {
    add(app(), { skipInstall: true });
    expect(tasks).toEqual([]);
    expect(said[0]).toContain(
      '1. Install what package.json now names: @nestjs/schedule.',
    );
  });

  it('must be there', () => {
    expect(() => add(without(app(), 'package.json'))).toThrow(
      'There is no package.json here. Run this in the folder of the app.',
    );
  });
});

describe('nest add: .env.example', () => {
  it('has a variable for everything that each login needs', () => {
    const text = add(app()).readText('.env.example');
    for (const { identity, needs } of ENVIRONMENT_LOGINS) {
      for (const names of [
        ...(identity ? [identity] : []),
        ...Object.values(needs),
      ]) {
        expect(
          names.some((name) => new RegExp(`^(# )?${name}=$`, 'm').test(text)),
        ).toBe(true);
      }
    }
    expect(text).toMatch(/^INFISICAL_PROJECT_ID=$/m);
    expect(text).toMatch(/^INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=$/m);
    expect(text).toMatch(/^# INFISICAL_AUTH_METHOD=$/m);
  });

  it('has no variable of what stands in the code', () => {
    const tree = add(app(), { projectSlug: 'shop', path: '/api' });
    const text = tree.readText('.env.example');
    expect(text).not.toMatch(/PROJECT_ID|SECRET_PATH/);
    expect(text).toMatch(/^INFISICAL_ENVIRONMENT=dev$/m);
  });

  it('keeps what is there, be it commented out', () => {
    const known =
      'PORT=3000\n#INFISICAL_PROJECT_ID=shop\nexport INFISICAL_TOKEN=';
    const tree = add(app({ '.env.example': known }));
    const text = tree.readText('.env.example');
    expect(text.startsWith(`${known}\n\n# Infisical: where`)).toBe(true);
    expect(text.match(/INFISICAL_PROJECT_ID/g)).toHaveLength(1);
    expect(text.match(/INFISICAL_TOKEN/g)).toHaveLength(1);
  });
});

describe('nest add: the command', () => {
  it('says what is left to do', () => {
    add(app());
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('Infisical is in src/app.module.ts.');
    expect(said[0]).toMatch(
      /1\. Copy \.env\.example to \.env[^]*nestjs-infisical doctor[^]*enableShutdownHooks/,
    );
  });

  it('has the options of its schema', () => {
    const names: Record<keyof NestAddOptions, true> = {
      project: true,
      sourceRoot: true,
      module: true,
      siteUrl: true,
      projectId: true,
      projectSlug: true,
      environment: true,
      path: true,
      skipInstall: true,
    };
    const schema = JSON.parse(
      readFileSync(join(ROOT, 'lib/schematics/nest-add.schema.json'), 'utf8'),
    ) as { properties: object; additionalProperties: boolean };
    expect(Object.keys(schema.properties)).toEqual(Object.keys(names));
    expect(schema.additionalProperties).toBe(false);
  });

  it('needs a TypeScript, and passes over one that is only a compiler', () => {
    expect(() => loadTypeScript(['/', ''])).toThrow(
      /^The root module cannot be read: .* Run: npm install --save-dev typescript@5$/,
    );
    expect(loadTypeScript(['', join(ROOT, 'package.json')]).version).toBe(
      ts.version,
    );
  });
});

function ownVersion(): string {
  const text = readFileSync(join(ROOT, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
