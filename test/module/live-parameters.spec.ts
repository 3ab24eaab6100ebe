import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import {
  getSecretToken,
  InfisicalModule,
  InjectSecret,
  MissingSecretsError,
  Secret,
} from 'nestjs-infisical';
import { type TestApp, testApps } from '../support/apps.js';
import { failureOf } from '../support/demo.js';

@Injectable()
class Holder {
  @Secret('KEY') readonly property!: string;

  constructor(
    @InjectSecret('KEY') readonly key: string,
    @InjectSecret('LIMIT', { parse: Number }) readonly limit: number,
    @InjectSecret('KEY', { path: '/' }) readonly keyOfRoot: string,
    @InjectSecret('ABSENT', { default: 'none' }) readonly byDefault: string,
    @InjectSecret('ABSENT', { optional: true }) readonly optional?: string,
  ) {}
}

/** Has the constructor of its parent. */
@Injectable()
class Child extends Holder {}

@Injectable()
class Detached extends Holder {
  constructor(@InjectSecret('OTHER') readonly other: string) {
    super(other, 0, other, other);
  }
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/payments' })],
  providers: [Holder, Child],
})
class PaymentsModule {}

describe('@InjectSecret', () => {
  const apps = testApps();
  let module: TestingModule | undefined;

  async function boot(
    app: TestApp,
    payments: Record<string, string>,
  ): Promise<TestingModule> {
    await apps.start({
      '/': { KEY: 'of-root', OTHER: 'other' },
      '/payments': payments,
    });
    return (module = await apps.boot(app));
  }

  it('has the scope and the formats of @Secret, also in a subclass', async () => {
    await boot(
      { imports: [PaymentsModule] },
      { KEY: 'of-payments', LIMIT: '25' },
    );
    for (const type of [Holder, Child]) {
      expect(module?.get(type, { strict: false })).toMatchObject({
        property: 'of-payments',
        key: 'of-payments',
        limit: 25,
        keyOfRoot: 'of-root',
        byDefault: 'none',
        optional: undefined,
      });
    }
  });

  it('joins the one report, with class and parameter', async () => {
    const error = await failureOf(
      boot({ imports: [PaymentsModule] }, { LIMIT: 'canary' }),
    );
    expect(error).toBeInstanceOf(MissingSecretsError);
    expect(error.message).toContain(
      'Holder.constructor[0] wants KEY: not found',
    );
    expect(error.message).toContain('Holder.property wants KEY: not found');
    expect(error.message).toContain(
      'Holder.constructor[1] wants LIMIT: found, but its value is not valid',
    );
    expect(error.message).not.toContain('canary');
  });

  it('does not want what the constructor of a parent wants', async () => {
    await boot({ providers: [Detached] }, {});
    expect(module?.get(Detached)).toMatchObject({ other: 'other' });
  });

  it('is what a test has put in its place', async () => {
    await boot(
      {
        imports: [PaymentsModule],
        override: (builder) =>
          builder
            .overrideProvider(getSecretToken('KEY', '/payments'))
            .useValue('of-the-test'),
      },
      { KEY: 'of-payments', LIMIT: '25' },
    );
    expect(module?.get(Holder, { strict: false }).key).toBe('of-the-test');
  });

  it('refuses live, and other places than constructors', () => {
    expect(() => InjectSecret('KEY', { live: true } as object)).toThrow(
      '@InjectSecret(KEY) has no option "live"',
    );
    expect(() => InjectSecret('KEY')({}, 'method', 0)).toThrow(
      '@InjectSecret(KEY) is for parameters of constructors',
    );
  });
});
