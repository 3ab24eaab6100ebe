import { Test, type TestingModule } from '@nestjs/testing';
import {
  getSecretToken,
  InfisicalClient,
  InfisicalConfigError,
  SecretsService,
} from 'nestjs-infisical';
import * as client from 'nestjs-infisical/client';
import { InfisicalHealthIndicator } from 'nestjs-infisical/terminus';
import {
  InfisicalEmulator,
  InfisicalTestingModule,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { AppModule, AppService } from './app.module.js';
import { PaymentsService } from './payments.module.js';

describe('an app under its test runner', () => {
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

  it('is healthy', async () => {
    module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const indicator = module.get(InfisicalHealthIndicator, { strict: false });
    const { infisical } = await indicator.isHealthy('infisical');
    expect(infisical.status).toBe('up');
  });

  it('has one class of each name in all entries', async () => {
    expect(client.InfisicalClient).toBe(InfisicalClient);
    expect(client.InfisicalConfigError).toBe(InfisicalConfigError);
    module = await Test.createTestingModule({
      imports: [
        InfisicalTestingModule.forRoot({ secrets: { API_KEY: 'of a test' } }),
      ],
      providers: [AppService],
    }).compile();
    const { apiKey, secrets } = module.get(AppService);
    expect(apiKey).toBe('of a test');
    expect(secrets).toBe(module.get(SecretsService));
    expect(typeof new VirtualClock().now()).toBe('number');
  });
});
