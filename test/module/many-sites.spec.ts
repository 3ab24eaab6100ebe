import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  type ModuleMetadata,
  Module,
  type Type,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { InfisicalModule, InjectSecret, Secret } from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import {
  demoOptions,
  type Folders,
  listedFolders,
  requestPaths,
  seedWith,
  silenceNest,
} from '../support/demo.js';

const FEATURES = 50;
const CLASSES_EACH = 10;

/** What a feature module may have besides its classes: few, whatever the number of classes. */
const PROVIDERS_EACH = 12;

interface Holder {
  readonly property: string;
  readonly parameter: string;
}

const paths = Array.from({ length: FEATURES }, (_, i) => `/feature-${i}`);
const folders: Folders = Object.fromEntries(
  paths.map((path) => [
    path,
    Object.fromEntries(
      Array.from({ length: CLASSES_EACH }, (_, i) => [
        `${path.slice(1)}_${i}`,
        `${path} ${i}`,
      ]),
    ),
  ]),
);
const holders = new Map<string, Type<Holder>[]>(
  paths.map((path) => [path, Object.keys(folders[path] ?? {}).map(holderOf)]),
);
const features = paths.map((path) =>
  featureOf(path, { providers: holders.get(path) }),
);

/** A class with the secret as a property and as a parameter. */
function holderOf(name: string): Type<Holder> {
  @Injectable()
  class Some implements Holder {
    @Secret(name) readonly property!: string;
    constructor(@InjectSecret(name) readonly parameter: string) {}
  }
  return Some;
}

function featureOf(path: string, metadata: ModuleMetadata): Type<object> {
  @Module({ imports: [InfisicalModule.forFeature({ path })], ...metadata })
  class FeatureModule {}
  return FeatureModule;
}

describe('500 decorated classes in 50 features', () => {
  let emulator: InfisicalEmulator;
  let module: TestingModule | undefined;

  beforeAll(silenceNest);

  afterEach(async () => {
    await module?.close();
    await emulator.stop();
  });

  it('cost one login, one list for each folder, and no providers of their own', async () => {
    emulator = await InfisicalEmulator.start({ seed: seedWith(folders) });
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on('warning', onWarning);
    module = await Test.createTestingModule({
      imports: [InfisicalModule.forRoot(demoOptions(emulator)), ...features],
    }).compile();
    process.off('warning', onWarning);

    for (const [path, types] of holders) {
      types.forEach((type, i) => {
        expect(module?.get(type, { strict: false })).toMatchObject({
          property: `${path} ${i}`,
          parameter: `${path} ${i}`,
        });
      });
    }
    expect(listedFolders(emulator)).toEqual([...paths].sort());
    expect(requestPaths(emulator)).toHaveLength(FEATURES + 1);
    const given = [...module.get(ModulesContainer).values()]
      .filter(({ metatype }) => metatype === InfisicalModule)
      .map(({ providers }) => providers.size);
    expect(given).toHaveLength(FEATURES + 1);
    expect(Math.max(...given)).toBeLessThan(PROVIDERS_EACH);
    // Such as MaxListenersExceededWarning.
    expect(warnings).toEqual([]);
  });
});
