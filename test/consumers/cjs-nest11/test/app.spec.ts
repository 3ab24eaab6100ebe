import { Test, type TestingModule } from '@nestjs/testing';
import {
  getSecretToken,
  InfisicalConfigError,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { AppModule, AppService } from '../src/app.module.js';
import { PaymentsService } from '../src/payments.module.js';

describe('an app under plain CommonJS Jest', () => {
  let module: TestingModule | undefined;
  afterEach(() => module?.close());

  it('gets its secrets', async () => {
    module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    await module.init();
    expect(module.get(AppService).apiKey).toBe('root key');
    const payments = module.get(PaymentsService, { strict: false });
    expect(payments.apiKey).toBe('payments key');
    expect(payments.secrets).toBeInstanceOf(SecretsService);
    expect(await payments.thereAndBack('text')).toBe('text');
  });

  it('gets an overridden secret', async () => {
    module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(getSecretToken('API_KEY', '/payments'))
      .useValue('fake')
      .compile();
    await module.init();
    const payments = module.get(PaymentsService, { strict: false });
    expect(payments.apiKey).toBe('fake');
    expect(module.get(AppService).apiKey).toBe('root key');
  });

  it('is told which packages the emulator needs', async () => {
    const start = new InfisicalEmulator().start();
    await expect(start).rejects.toBeInstanceOf(InfisicalConfigError);
    await expect(start).rejects.toThrow('npm install fastify');
  });

  it('has the testing entry', () => {
    expect(typeof new VirtualClock().now()).toBe('number');
  });
});
