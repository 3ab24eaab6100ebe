import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { LazyModuleLoader } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  getSecretsToken,
  getSecretToken,
  InfisicalConfigError,
  type InfisicalFeatureFactory,
  type InfisicalFeatureScope,
  InfisicalModule,
  type InfisicalModuleOptions,
  InjectSecrets,
  MissingSecretsError,
  Secret,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { readFileSync } from 'node:fs';
import {
  demoOptions,
  failureOf,
  listedFolders,
  requestPaths,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import { RecordingTransport } from '../support/recording-transport.js';

const LOGIN = 'POST /api/v1/auth/universal-auth/login';
const LIST = 'GET /api/v4/secrets';

@Injectable()
class Holder {
  @Secret('KEY') readonly key!: string;
  constructor(readonly secrets: SecretsService) {}
}

@Injectable()
class FolderOfConfig implements InfisicalFeatureFactory {
  createInfisicalFeature(): InfisicalFeatureScope {
    return { path: '/one' };
  }
}

@Module({ providers: [FolderOfConfig], exports: [FolderOfConfig] })
class FolderModule {}

/** A module with a holder and these imports. */
function moduleWith(imports: NonNullable<ModuleMetadata['imports']>) {
  @Module({ imports, providers: [Holder], exports: [InfisicalModule] })
  class FeatureModule {}
  return FeatureModule;
}

describe('features', () => {
  let emulator: InfisicalEmulator;
  let module: TestingModule | undefined;

  beforeAll(silenceNest);

  beforeEach(async () => {
    emulator = await InfisicalEmulator.start({
      seed: seedWith({
        '/': { KEY: 'root', FOLDER: '/two' },
        '/one': { KEY: 'one' },
        '/two': { KEY: 'two' },
        '/one/deep': { KEY: 'deep' },
      }),
    });
  });

  afterEach(async () => {
    await module?.close();
    module = undefined;
    await emulator.stop();
  });

  async function boot(
    imports: NonNullable<ModuleMetadata['imports']>,
    options: Partial<InfisicalModuleOptions> = {},
  ): Promise<TestingModule> {
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(demoOptions(emulator, options)),
        ...imports,
      ],
    }).compile();
    await module.init();
    return module;
  }

  function holderIn(feature: new () => unknown): Holder {
    return module!.select(feature).get(Holder, { strict: true });
  }

  function bootError(
    imports: NonNullable<ModuleMetadata['imports']>,
    options: Partial<InfisicalModuleOptions> = {},
  ): Promise<Error> {
    return failureOf(
      Test.createTestingModule({
        imports: [
          InfisicalModule.forRoot(demoOptions(emulator, options)),
          ...imports,
        ],
      }).compile(),
    );
  }

  describe('forFeatureAsync', () => {
    it.each<[string, Parameters<typeof InfisicalModule.forFeatureAsync>[0]]>([
      [
        'useFactory with imports and inject',
        {
          imports: [
            ConfigModule.forRoot({
              ignoreEnvFile: true,
              load: [() => ({ FOLDER: '/one' })],
            }),
          ],
          inject: [ConfigService],
          useFactory: (config: ConfigService) => ({
            path: config.getOrThrow<string>('FOLDER'),
          }),
        },
      ],
      [
        'useFactory with a promise',
        { useFactory: () => Promise.resolve({ path: '/one' }) },
      ],
      ['useClass', { useClass: FolderOfConfig }],
      ['useExisting', { imports: [FolderModule], useExisting: FolderOfConfig }],
      [
        'extraProviders',
        {
          extraProviders: [{ provide: 'FOLDER', useValue: '/one' }],
          inject: ['FOLDER'],
          useFactory: (path: string) => ({ path }),
        },
      ],
    ])('%s', async (_form, options) => {
      const feature = moduleWith([InfisicalModule.forFeatureAsync(options)]);
      await boot([feature]);
      expect(holderIn(feature).key).toBe('one');
      expect(holderIn(feature).secrets.get('KEY')).toBe('one');
      expect(requestPaths(emulator)).toEqual([LOGIN, LIST]);
      expect(listedFolders(emulator)).toEqual(['/one']);
    });

    it('is loaded together with all others', async () => {
      const transport = new RecordingTransport(emulator.url);
      const one = moduleWith([
        InfisicalModule.forFeatureAsync({
          useFactory: () => Promise.resolve({ path: '/one' }),
        }),
      ]);
      const two = moduleWith([InfisicalModule.forFeature({ path: '/two' })]);
      await boot([one, two], { transport });
      expect(listedFolders(emulator)).toEqual(['/one', '/two']);
      const [login, ...lists] = transport.exchanges;
      expect(login?.ended).toBeLessThan(lists[0]!.began);
      expect(Math.max(...lists.map(({ began }) => began))).toBeLessThan(
        Math.min(...lists.map(({ ended }) => ended)),
      );
    });

    it('may need secrets of the root, and is listed after them', async () => {
      const feature = moduleWith([
        InfisicalModule.forFeatureAsync({
          inject: [SecretsService],
          useFactory: (secrets: SecretsService) => ({
            path: secrets.getOrThrow('FOLDER'),
          }),
        }),
      ]);
      await boot([feature]);
      expect(holderIn(feature).key).toBe('two');
      expect(listedFolders(emulator)).toEqual(['/', '/two']);
    });

    it('has a name for tokens, also when it is late', async () => {
      const late = moduleWith([
        InfisicalModule.forFeatureAsync({
          name: 'late',
          inject: [getSecretsToken()],
          useFactory: (secrets: SecretsService) => ({
            path: secrets.getOrThrow('FOLDER'),
          }),
        }),
      ]);
      @Injectable()
      class ByName {
        constructor(@InjectSecrets('late') readonly secrets: SecretsService) {}
      }
      @Module({ imports: [late], providers: [ByName] })
      class ByNameModule {}
      module = await Test.createTestingModule({
        imports: [InfisicalModule.forRoot(demoOptions(emulator)), ByNameModule],
      })
        .overrideProvider(getSecretToken('KEY', 'late'))
        .useValue('overridden')
        .compile();
      const byName = module.get(ByName, { strict: false });
      expect(byName.secrets.get('KEY')).toBe('two');
      expect(holderIn(late).key).toBe('overridden');
    });

    it('two without a name do not meet', async () => {
      const [one, two] = ['/one', '/two'].map((path) =>
        moduleWith([
          InfisicalModule.forFeatureAsync({ useFactory: () => ({ path }) }),
        ]),
      );
      await boot([one!, two!]);
      expect(holderIn(one!).key).toBe('one');
      expect(holderIn(two!).key).toBe('two');
    });

    it('one definition serves two apps', async () => {
      let path = '/one';
      const feature = moduleWith([
        InfisicalModule.forFeatureAsync({ useFactory: () => ({ path }) }),
      ]);
      const first = await boot([feature]);
      path = '/two';
      await boot([feature]);
      expect(first.select(feature).get(Holder, { strict: true }).key).toBe(
        'one',
      );
      expect(holderIn(feature).key).toBe('two');
      await first.close();
    });

    it('is of another root', async () => {
      const feature = moduleWith([
        InfisicalModule.forFeatureAsync({
          root: 'second',
          useFactory: () => ({ path: '/one' }),
        }),
      ]);
      module = await Test.createTestingModule({
        imports: [
          InfisicalModule.forRoot({ ...demoOptions(emulator), name: 'second' }),
          feature,
        ],
      }).compile();
      expect(holderIn(feature).key).toBe('one');
    });

    it('reports what is missing, in time and late', async () => {
      @Injectable()
      class Wants {
        @Secret('NOT_THERE') readonly missing!: string;
      }
      const wanting = (
        options: Parameters<typeof InfisicalModule.forFeatureAsync>[0],
      ) => {
        @Module({
          imports: [InfisicalModule.forFeatureAsync(options)],
          providers: [Wants],
        })
        class WantingModule {}
        return WantingModule;
      };
      for (const feature of [
        wanting({ useFactory: () => ({ path: '/two' }) }),
        wanting({
          inject: [getSecretsToken()],
          useFactory: (secrets: SecretsService) => ({
            path: secrets.getOrThrow('FOLDER'),
          }),
        }),
      ]) {
        const error = await bootError([feature]);
        expect(error).toBeInstanceOf(MissingSecretsError);
        expect((error as MissingSecretsError).problems).toMatchObject([
          { className: 'Wants', name: 'NOT_THERE', path: '/two' },
        ]);
      }
    });

    it.each([
      ['in time', []],
      ['late', [getSecretsToken()]],
    ])('closes the root when its factory fails %s', async (_when, inject) => {
      const error = await bootError(
        [
          moduleWith([
            InfisicalModule.forFeatureAsync({
              inject,
              useFactory: () => Promise.reject(new Error('no folder today')),
            }),
          ]),
        ],
        { shutdown: { revokeToken: true } },
      );
      expect(error.message).toBe('no folder today');
      const isLate = inject.length > 0;
      expect(requestPaths(emulator)).toEqual(
        isLate ? [LOGIN, LIST, 'POST /api/v1/auth/token/revoke'] : [],
      );
    });

    it.each<[string, unknown, RegExp]>([
      ['nothing', undefined, /needs a path/],
      ['no path', { environment: 'dev' }, /needs a path/],
      ['a path that cannot be one', { path: '/../x' }, /not a folder path/],
      ['an unknown option', { path: '/', recursiv: true }, /"recursiv"/],
      ['a name', { path: '/', name: 'x' }, /name stands beside useFactory/],
      ['a root', { path: '/', root: 'x' }, /root stands beside useFactory/],
      ['an empty environment', { path: '/', environment: '' }, /environment/],
      ['a wrong flag', { path: '/', recursive: 'yes' }, /recursive must be/],
    ])('refuses a factory that makes %s', async (_case, made, message) => {
      const error = await bootError([
        moduleWith([
          InfisicalModule.forFeatureAsync({
            useFactory: () => made as InfisicalFeatureScope,
          }),
        ]),
      ]);
      expect(error).toBeInstanceOf(InfisicalConfigError);
      expect(error.message).toMatch(message);
    });

    it('refuses a class without the method', async () => {
      const error = await bootError([
        moduleWith([
          InfisicalModule.forFeatureAsync({ useClass: Object as never }),
        ]),
      ]);
      expect(error.message).toMatch(/no method createInfisicalFeature/);
    });
  });

  it.each<[string, object, RegExp]>([
    ['none of the forms', {}, /exactly one of/],
    [
      'two of the forms',
      { useFactory: () => ({ path: '/' }), useClass: FolderOfConfig },
      /exactly one of/,
    ],
    [
      'two others of the forms',
      { useExisting: FolderOfConfig, useClass: FolderOfConfig },
      /exactly one of/,
    ],
    ['a factory that is none', { useFactory: '/one' }, /must be a function/],
    ['a class that is none', { useClass: {} }, /must be a class/],
    [
      'inject without a factory',
      { useClass: FolderOfConfig, inject: [ConfigService] },
      /inject is for useFactory/,
    ],
    [
      'an unknown option',
      { useClass: FolderOfConfig, import: [] },
      /no option "import"/,
    ],
  ])('the async forms refuse %s', (_case, options, message) => {
    for (const use of [
      () => InfisicalModule.forFeatureAsync(options),
      () => InfisicalModule.forRootAsync(options),
    ]) {
      expect(use).toThrow(InfisicalConfigError);
      expect(use).toThrow(message);
    }
  });

  it('refuses a name that is none', () => {
    for (const name of ['', ' ', 7]) {
      const names = { name: name as string };
      expect(() => InfisicalModule.forFeature({ path: '/', ...names })).toThrow(
        /name must be/,
      );
      expect(() =>
        InfisicalModule.forFeatureAsync({
          useClass: FolderOfConfig,
          ...names,
        }),
      ).toThrow(/name must be/);
    }
  });

  it('inherits the root’s environment and project, not its path and flags', async () => {
    const feature = moduleWith([InfisicalModule.forFeature({ path: '/one' })]);
    await boot([feature], { path: '/two', recursive: true });
    expect(holderIn(feature).secrets.keys()).toEqual(['KEY']);
    expect(holderIn(feature).key).toBe('one');
    const list = emulator.requests.find(
      ({ query }) => query.secretPath === '/one',
    );
    expect(list?.query).toMatchObject({
      environment: 'dev',
      projectId: '22222222-2222-4222-8222-222222222222',
      recursive: 'false',
    });
  });

  it('has all folders below its own when it is recursive', async () => {
    const feature = moduleWith([
      InfisicalModule.forFeature({ path: '/one', recursive: true }),
    ]);
    const deep = moduleWith([
      InfisicalModule.forFeature({ path: '/one/deep' }),
    ]);
    await boot([feature, deep]);
    expect(holderIn(feature).key).toBe('one');
    expect(holderIn(deep).key).toBe('deep');
    expect(listedFolders(emulator)).toEqual(['/one']);
  });

  it('the same feature twice is one scope and one list', async () => {
    const first = moduleWith([InfisicalModule.forFeature({ path: '/one' })]);
    const second = moduleWith([InfisicalModule.forFeature({ path: 'one/' })]);
    const third = moduleWith([
      InfisicalModule.forFeatureAsync({ useFactory: () => ({ path: '/one' }) }),
    ]);
    await boot([first, second, third]);
    for (const feature of [first, second, third]) {
      expect(holderIn(feature).key).toBe('one');
    }
    expect(requestPaths(emulator)).toEqual([LOGIN, LIST]);
  });

  it('the nearest feature wins over that of an imported module', async () => {
    const inner = moduleWith([InfisicalModule.forFeature({ path: '/two' })]);
    const outer = moduleWith([
      InfisicalModule.forFeature({ path: '/one' }),
      inner,
    ]);
    await boot([outer]);
    expect(holderIn(inner).key).toBe('two');
    expect(holderIn(outer).key).toBe('one');
    expect(holderIn(outer).secrets.get('KEY')).toBe('one');
  });

  it('an order of imports that Nest would take the farther feature by is refused', async () => {
    const inner = moduleWith([InfisicalModule.forFeature({ path: '/two' })]);
    const outer = moduleWith([
      inner,
      InfisicalModule.forFeature({ path: '/one' }),
    ]);
    const error = await bootError([outer]);
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(
      /Holder in FeatureModule would get the scope "\/two".*forFeature for "\/one".*List forFeature before/,
    );
  });

  it('an imported module keeps its scope from its importers unless it exports it', async () => {
    @Module({
      imports: [InfisicalModule.forFeature({ path: '/two' })],
      providers: [Holder],
    })
    class Keeping {}
    @Module({ imports: [Keeping], providers: [Holder] })
    class Importing {}
    await boot([Importing]);
    expect(holderIn(Importing).key).toBe('root');
    expect(holderIn(Keeping).key).toBe('two');
  });

  describe('in lazily loaded modules', () => {
    it.each([
      ['forFeature', InfisicalModule.forFeature({ path: '/one' })],
      [
        'forFeatureAsync',
        InfisicalModule.forFeatureAsync({
          name: '/one',
          useFactory: () => Promise.resolve({ path: '/one' }),
        }),
      ],
    ])('%s has its @Secret sites', async (_form, feature) => {
      await boot([]);
      emulator.clearRequests();
      @Injectable()
      class Lazy {
        @Secret('KEY') readonly key!: string;
        @Secret('KEY', { path: '/two' }) readonly other!: string;
        constructor(@InjectSecrets('/one') readonly secrets: SecretsService) {}
      }
      @Module({ imports: [feature], providers: [Lazy] })
      class LazyModule {}
      const loader = module!.get(LazyModuleLoader);
      const lazy = await loader.load(() => LazyModule);
      expect(lazy.get(Lazy).key).toBe('one');
      expect(lazy.get(Lazy).other).toBe('two');
      expect(lazy.get(Lazy).secrets.get('KEY')).toBe('one');
      expect(listedFolders(emulator)).toEqual(['/one', '/two']);
      await loader.load(() => LazyModule);
      expect(emulator.requests).toHaveLength(2);
    });

    it('one that fails at the same time harms no other', async () => {
      await boot([]);
      @Injectable()
      class Bad {
        @Secret('NOT_THERE') readonly missing!: string;
      }
      @Module({
        imports: [InfisicalModule.forFeature({ path: '/two' })],
        providers: [Bad],
      })
      class BadModule {}
      @Injectable()
      class Good {
        @Secret('KEY') readonly key!: string;
      }
      @Module({
        imports: [InfisicalModule.forFeature({ path: '/one' })],
        providers: [Good],
      })
      class GoodModule {}
      const loader = module!.get(LazyModuleLoader);
      const bad = failureOf(loader.load(() => BadModule));
      const good = loader.load(() => GoodModule);
      expect(await bad).toBeInstanceOf(MissingSecretsError);
      expect((await good).get(Good).key).toBe('one');
    });

    const itWhenReloadable = isReloadable() ? it : it.skip;
    itWhenReloadable(
      'one that fails may be loaded again, and harms no other',
      async () => {
        await boot([], { retry: { attempts: 1 } });
        @Injectable()
        class Lazy {
          @Secret('KEY') readonly key!: string;
        }
        @Module({
          imports: [InfisicalModule.forFeature({ path: '/one' })],
          providers: [Lazy],
        })
        class LazyModule {}
        const loader = module!.get(LazyModuleLoader);
        const outage = emulator.trouble.outage();
        const error = await failureOf(loader.load(() => LazyModule));
        expect(error).toMatchObject({ name: 'InfisicalNetworkError' });
        outage.end();
        const root = module!.get(SecretsService);
        expect(root.status).toBe('ready');
        const lazy = await loader.load(() => LazyModule);
        expect(lazy.get(Lazy).key).toBe('one');
        expect(await root.refresh()).toEqual([]);
      },
    );
  });
});

/** Nest 12 keeps the ruins of a module that failed to load, until 12.4.2. */
function isReloadable(): boolean {
  const path = '../../node_modules/@nestjs/core/package.json';
  const text = readFileSync(new URL(path, import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  const [major, minor, patch] = version.split('.').map(Number);
  if (major !== 12) return true;
  return minor! > 4 || (minor === 4 && patch! >= 2);
}
