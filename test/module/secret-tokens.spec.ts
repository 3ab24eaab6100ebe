import { describe, expect, it } from '@jest/globals';
import {
  Inject,
  Injectable,
  Module,
  Optional,
  Scope,
  type Type,
} from '@nestjs/common';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import type { TestingModule } from '@nestjs/testing';
import {
  getSecretsToken,
  getSecretToken,
  InfisicalModule,
  InjectSecret,
  MissingSecretsError,
  Secret,
  type SecretsService,
} from 'nestjs-infisical';
import { type TestApp, testApps } from '../support/apps.js';
import { failureOf, listedFolders } from '../support/demo.js';

/** No @Secret names what these want. */
@Module({
  imports: [InfisicalModule.forFeature({ path: '/mail' })],
  providers: [
    {
      provide: 'MAILER',
      inject: [getSecretToken('SMTP_URL', '/mail'), getSecretToken('FROM')],
      useFactory: (url: string, from: string) => ({ url, from }),
    },
  ],
})
class MailModule {}

@Injectable()
class OptionalHolder {
  constructor(
    @Inject(getSecretToken('SMTP_URL', '/mail')) readonly url: string,
    @Optional()
    @Inject(getSecretToken('ABSENT'))
    readonly absent: string | undefined,
  ) {}
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @Secret('KEY') readonly property!: string;
  constructor(@InjectSecret('KEY') readonly parameter: string) {}
}

@Injectable({ scope: Scope.TRANSIENT })
class Transient {
  constructor(@InjectSecret('KEY') readonly parameter: string) {}
}

@Injectable()
class Shared {
  constructor(
    @InjectSecret('KEY') readonly parameter: string,
    readonly transient: Transient,
  ) {}
}

@Injectable()
class Unlisted {
  constructor(@InjectSecret('KEY') readonly parameter: string) {}
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/one' })],
  providers: [Shared, Transient, PerRequest],
})
class OneModule {}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/two' })],
  providers: [Shared, Transient],
})
class TwoModule {}

@Module({ providers: [Shared, Transient] })
class RootModule {}

describe('getSecretToken', () => {
  const apps = testApps();
  let module: TestingModule | undefined;

  async function boot(
    app: TestApp,
    root: Record<string, string> = { FROM: 'root@test' },
  ): Promise<TestingModule> {
    await apps.start({
      '/': { KEY: 'of-root', ...root },
      '/mail': { SMTP_URL: 'smtp://mail' },
      '/one': { KEY: 'of-one' },
      '/two': { KEY: 'of-two' },
    });
    return (module = await apps.boot(app));
  }

  it('is for factories, also for a name that no @Secret names', async () => {
    await boot({ imports: [MailModule] });
    expect(module?.get('MAILER', { strict: false })).toEqual({
      url: 'smtp://mail',
      from: 'root@test',
    });
    expect(listedFolders(apps.emulator)).toEqual(['/', '/mail']);
  });

  it('reports what is not there together with all others', async () => {
    const error = await failureOf(boot({ imports: [MailModule] }, {}));
    expect(error).toBeInstanceOf(MissingSecretsError);
    expect(error.message).toContain('MAILER.inject[1] wants FROM: not found');
  });

  it('is undefined where an optional one is not there', async () => {
    const mail = InfisicalModule.forFeature({ path: '/mail' });
    await boot({ imports: [mail], providers: [OptionalHolder] });
    expect(module?.get(OptionalHolder)).toMatchObject({
      url: 'smtp://mail',
      absent: undefined,
    });
  });

  it('is what a test has put in its place', async () => {
    await boot({
      imports: [MailModule],
      override: (builder) =>
        builder
          .overrideProvider(getSecretToken('SMTP_URL', '/mail'))
          .useValue('smtp://test'),
    });
    expect(module?.get('MAILER', { strict: false })).toMatchObject({
      url: 'smtp://test',
    });
  });

  it('and parameters are of the module that a class is in, also of a class in two', async () => {
    await boot({ imports: [OneModule, TwoModule, RootModule] });
    const of = (type: Type<object>): Shared | undefined =>
      module?.select(type).get(Shared, { strict: true });
    expect([
      of(OneModule)?.parameter,
      of(OneModule)?.transient.parameter,
      of(TwoModule)?.parameter,
      of(TwoModule)?.transient.parameter,
      of(RootModule)?.parameter,
      of(RootModule)?.transient.parameter,
    ]).toEqual(['of-one', 'of-one', 'of-two', 'of-two', 'of-root', 'of-root']);
  });

  it('parameters of request-scoped classes have what the app started with', async () => {
    await boot({ imports: [OneModule] });
    const secrets = module?.get<SecretsService>(getSecretsToken('/one'), {
      strict: false,
    });
    apps.emulator.rotate('KEY', 'rotated', { secretPath: '/one' });
    await secrets?.refresh();
    expect(secrets?.get('KEY')).toBe('rotated');
    const contextId = ContextIdFactory.create();
    expect(
      await module?.select(OneModule).resolve(PerRequest, contextId),
    ).toMatchObject({ property: 'of-one', parameter: 'of-one' });
  });

  it('parameters of a class that no module has are refused where there are several scopes', async () => {
    await boot({ imports: [OneModule] });
    const error = await failureOf(
      (module as TestingModule).get(ModuleRef).create(Unlisted),
    );
    expect(error.message).toContain(
      '@InjectSecret(KEY) of Unlisted has no scope',
    );
  });
});
