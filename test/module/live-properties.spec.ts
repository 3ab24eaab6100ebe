import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module, Scope, type Type } from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  getSecretToken,
  InfisicalClient,
  InfisicalModule,
  Secret,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import { demoOptions, seedWith, silenceNest } from '../support/demo.js';
import { NativeLiveFields } from './fixtures/native-fields.mjs';

@Injectable()
class Holder {
  @Secret('KEY', { live: true }) readonly key!: string;
  @Secret('LIMIT', { parse: Number, live: true }) readonly limit!: number;
  @Secret('KEY') readonly keyOfStart!: string;
  @Secret('ABSENT', { live: true, optional: true }) readonly absent?: string;
}

@Injectable()
class Child extends Holder {
  @Secret('OTHER', { live: true }) declare readonly key: string;
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest extends Holder {}

@Injectable({ scope: Scope.TRANSIENT })
class PerUse extends Holder {}

Injectable()(NativeLiveFields);
Secret('KEY', { live: true })(NativeLiveFields.prototype, 'apiKey');
Secret('LIMIT', { live: true, parse: Number })(
  NativeLiveFields.prototype,
  'limit',
);

@Injectable()
class Feature {
  @Secret('KEY', { live: true }) readonly key!: string;
  @Secret('KEY', { live: true, path: '/' }) readonly keyOfRoot!: string;
  @Inject(SecretsService) readonly secrets!: SecretsService;
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/payments' })],
  providers: [Feature],
})
class PaymentsModule {}

@Module({
  providers: [
    Holder,
    Child,
    PerRequest,
    PerUse,
    NativeLiveFields,
    { provide: 'ALIAS', useExisting: Holder },
  ],
})
class AppPart {}

@Module({ providers: [Feature] })
class RootUseOfFeature {}

describe('@Secret with live', () => {
  let emulator: InfisicalEmulator;
  let module: TestingModule;

  beforeAll(silenceNest);
  afterEach(async () => {
    await module.close();
    await emulator.stop();
  });

  async function boot(
    imports: Type[] = [AppPart],
    overridden?: string,
  ): Promise<void> {
    emulator = await InfisicalEmulator.start({
      seed: seedWith({
        '/': { KEY: 'canary-1', LIMIT: '25', OTHER: 'other-1' },
        '/payments': { KEY: 'of-payments-1' },
      }),
    });
    const building = Test.createTestingModule({
      imports: [InfisicalModule.forRoot(demoOptions(emulator)), ...imports],
    });
    if (overridden !== undefined) {
      building.overrideProvider(getSecretToken('KEY')).useValue(overridden);
    }
    module = await building.compile();
  }

  async function rotate(
    name: string,
    secretValue: string,
    path = '/',
  ): Promise<void> {
    const client = module.get(InfisicalClient);
    await client.secrets.update(name, { secretValue, path });
  }

  it('gives all singletons the new values, before anyone is told', async () => {
    await boot();
    const secrets = module.get(SecretsService);
    const [holder, child, native] = [
      module.get(Holder),
      module.get(Child),
      module.get(NativeLiveFields),
    ];
    const read = (): unknown[] => [
      holder.key,
      holder.limit,
      child.key,
      child.limit,
      native.apiKey,
      native.limit,
      secrets.get('KEY'),
    ];
    const before = ['canary-1', 25, 'other-1', 25, 'canary-1', 25, 'canary-1'];
    const after = ['canary-2', 26, 'other-2', 26, 'canary-2', 26, 'canary-2'];
    expect(read()).toEqual(before);
    const seen: unknown[] = [];
    secrets.changes$.subscribe(() => seen.push(read()));
    await rotate('KEY', 'canary-2');
    await rotate('LIMIT', '26');
    await rotate('OTHER', 'other-2');
    expect(read()).toEqual(before);
    await secrets.refresh();
    expect(seen).toEqual([after, after, after]);
    expect(holder.keyOfStart).toBe('canary-1');
  });

  it('gives request-scoped and transient instances what is current when they are created', async () => {
    await boot();
    const old = [
      await module.resolve(PerRequest, ContextIdFactory.create()),
      await module.resolve(PerUse),
    ];
    await rotate('KEY', 'canary-2');
    await module.get(SecretsService).refresh();
    const young = [
      await module.resolve(PerRequest, ContextIdFactory.create()),
      await module.resolve(PerUse),
    ];
    expect(old.map(({ key }) => key)).toEqual(['canary-1', 'canary-1']);
    expect(young.map(({ key }) => key)).toEqual(['canary-2', 'canary-2']);
    expect(young.map((one) => one.keyOfStart)).toEqual([
      'canary-1',
      'canary-1',
    ]);
  });

  it('follows the scope that the property is of, and that one only', async () => {
    await boot([PaymentsModule, AppPart]);
    const feature = module.get(Feature, { strict: false });
    await rotate('KEY', 'of-payments-2', '/payments');
    await rotate('KEY', 'canary-2');
    await feature.secrets.refresh();
    expect([feature.key, feature.keyOfRoot, module.get(Holder).key]).toEqual([
      'of-payments-2',
      'canary-1',
      'canary-1',
    ]);
    await module.get(SecretsService).refresh();
    expect([feature.keyOfRoot, module.get(Holder).key]).toEqual([
      'canary-2',
      'canary-2',
    ]);
  });

  it('keeps apart the instances of one class in two scopes', async () => {
    await boot([PaymentsModule, RootUseOfFeature]);
    const ofPayments = module
      .select(PaymentsModule)
      .get(Feature, { strict: true });
    const ofRoot = module
      .select(RootUseOfFeature)
      .get(Feature, { strict: true });
    await rotate('KEY', 'of-payments-2', '/payments');
    await ofPayments.secrets.refresh();
    expect([ofPayments.key, ofRoot.key]).toEqual(['of-payments-2', 'canary-1']);
  });

  it('keeps the old value when the new one is refused or removed, and tells the place', async () => {
    await boot();
    const secrets = module.get(SecretsService);
    const problems: unknown[] = [];
    secrets.events$.subscribe((event) => problems.push(event));
    await rotate('LIMIT', 'canary-9');
    await module.get(InfisicalClient).secrets.delete('KEY');
    await secrets.refresh();
    expect([module.get(Holder).key, module.get(Holder).limit]).toEqual([
      'canary-1',
      25,
    ]);
    expect(problems).toContainEqual({
      kind: 'value-kept',
      problem: expect.objectContaining({
        name: 'LIMIT',
        reason: 'invalid',
        className: 'Holder',
        property: 'limit',
      }),
    });
    expect(problems).toContainEqual({
      kind: 'value-kept',
      problem: expect.objectContaining({ name: 'KEY', reason: 'missing' }),
    });
    expect(JSON.stringify(problems)).not.toContain('canary');
  });

  it('gets a secret that was optional as soon as it is there', async () => {
    await boot();
    const client = module.get(InfisicalClient);
    await client.secrets.create('ABSENT', { secretValue: 'here' });
    await module.get(SecretsService).refresh();
    expect(module.get(Holder).absent).toBe('here');
    await client.secrets.delete('ABSENT');
    await module.get(SecretsService).refresh();
    expect(module.get(Holder).absent).toBeUndefined();
  });

  it('stays what a test has put in its place', async () => {
    await boot([AppPart], 'of-the-test');
    await rotate('KEY', 'canary-2');
    await module.get(SecretsService).refresh();
    expect(module.get(Holder).key).toBe('of-the-test');
  });

  it('does not show when the instance is printed, after a change either', async () => {
    await boot();
    await rotate('KEY', 'canary-2');
    await module.get(SecretsService).refresh();
    const holder = module.get(Holder);
    expect(holder.key).toBe('canary-2');
    expect(inspect(holder, { depth: 9 })).not.toContain('canary');
    expect(JSON.stringify({ ...holder })).not.toContain('canary');
  });

  it('refuses another value of the option', async () => {
    await boot([]);
    expect(() => Secret('KEY', { live: 'yes' as never })).toThrow(
      '@Secret(KEY): live must be true or false',
    );
  });
});
