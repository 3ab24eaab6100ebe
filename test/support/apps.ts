import { afterEach, beforeAll } from '@jest/globals';
import type { LoggerService, ModuleMetadata } from '@nestjs/common';
import {
  Test,
  type TestingModule,
  type TestingModuleBuilder,
} from '@nestjs/testing';
import {
  InfisicalModule,
  type InfisicalModuleOptions,
  type LoadedSecrets,
  loadSecrets,
  type LoadSecretsOptions,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { demoOptions, type Folders, seedWith, silenceNest } from './demo.js';

/** An app of a test: what its root module has, and its root of Infisical. */
export interface TestApp extends ModuleMetadata {
  /** Options besides those that reach the emulator; false for an app that brings its own root. */
  root?: Partial<InfisicalModuleOptions> | false;
  /** Loaded by {@link TestApps.load}, for the root. */
  loaded?: LoadedSecrets;
  logger?: LoggerService;
  override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
}

/** The emulator of a test, and the apps that run on it. All of them end with the test. */
export class TestApps {
  readonly #open: { close(): Promise<unknown> }[] = [];
  #emulator: InfisicalEmulator | undefined;

  get emulator(): InfisicalEmulator {
    if (!this.#emulator) throw new Error('Call start() first.');
    return this.#emulator;
  }

  /** Starts the emulator, with secrets by folder in `dev`. */
  async start(folders: Folders = {}): Promise<InfisicalEmulator> {
    this.#emulator = await InfisicalEmulator.start({ seed: seedWith(folders) });
    return this.#emulator;
  }

  /** Options for `loadSecrets` and `infisicalConfig`. */
  loadOptions(more: Partial<LoadSecretsOptions> = {}): LoadSecretsOptions {
    const { refresh: _, ...options } = demoOptions(this.emulator);
    return { ...(options as LoadSecretsOptions), ...more };
  }

  async load(more: Partial<LoadSecretsOptions> = {}): Promise<LoadedSecrets> {
    const loaded = await loadSecrets(this.loadOptions(more));
    this.#open.push(loaded);
    return loaded;
  }

  /** Starts an app. */
  async boot(app: TestApp = {}): Promise<TestingModule> {
    const { root, loaded, logger, override, imports = [], ...rest } = app;
    const options = loaded
      ? { loaded, refresh: { interval: false as const }, ...root }
      : root !== false && demoOptions(this.emulator, root);
    let builder = Test.createTestingModule({
      ...rest,
      imports: options
        ? [InfisicalModule.forRoot(options), ...imports]
        : imports,
    });
    if (logger) builder.setLogger(logger);
    if (override) builder = override(builder);
    const module = await builder.compile();
    this.#open.push(module);
    return module.init();
  }

  /** Something else that ends with the test. */
  keep<T extends { close(): Promise<unknown> }>(one: T): T {
    this.#open.push(one);
    return one;
  }

  /** Ends everything. */
  async end(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((one) => one.close()));
    await this.#emulator?.stop();
    this.#emulator = undefined;
  }
}

/** The apps of the tests of this file, without Nest's lines. */
export function testApps(): TestApps {
  const apps = new TestApps();
  beforeAll(silenceNest);
  afterEach(() => apps.end());
  return apps;
}
