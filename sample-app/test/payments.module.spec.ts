import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  getSecretsToken,
  MissingSecretsError,
  type SecretsService,
} from 'nestjs-infisical';
import {
  assertNoSecretLeaks,
  InfisicalTesting,
  InfisicalTestingModule,
} from 'nestjs-infisical/testing';
import { PaymentsController } from '../src/payments/payments.controller.js';
import { PaymentsModule } from '../src/payments/payments.module.js';
import { PaymentsService } from '../src/payments/payments.service.js';

const SECRETS = {
  API_KEY: 'pay_test_1234567890',
  WEBHOOK_SECRET: 'whsec_test_1234567890',
};

/** One module of the sample, with secrets from memory: no server, no socket. */
describe('PaymentsModule', () => {
  let module: TestingModule;

  beforeEach(async () => {
    module = await Test.createTestingModule({
      imports: [
        InfisicalTestingModule.forRoot({ secrets: { '/payments': SECRETS } }),
        PaymentsModule,
      ],
    }).compile();
    await module.init();
  });

  afterEach(() => module.close());

  it('has the secrets of its folder', () => {
    expect(module.get(PaymentsService).maskedApiKey).toBe('pa***90');
    expect(module.get(PaymentsController).show()).toMatchObject({
      API_KEY: 'pa***90',
      WEBHOOK_SECRET: 'wh***90',
    });
  });

  it('uses a new key after a refresh', async () => {
    const secrets = module.get<SecretsService>(getSecretsToken('/payments'), {
      strict: false,
    });
    module
      .get(InfisicalTesting)
      .setSecret('API_KEY', 'pay_new_123456789', '/payments');
    await secrets.refresh();
    expect(module.get(PaymentsService).maskedApiKey).toBe('pa***89');
  });

  it('prints no secret', async () => {
    await assertNoSecretLeaks(() => Logger.debug(module.get(PaymentsService)), {
      secrets: SECRETS,
    });
  });

  it('does not start with a secret that its schema refuses', async () => {
    const wrong = Test.createTestingModule({
      imports: [
        InfisicalTestingModule.forRoot({
          secrets: { '/payments': { ...SECRETS, WEBHOOK_SECRET: 'short' } },
        }),
        PaymentsModule,
      ],
    }).compile();
    await expect(wrong).rejects.toThrow(/WEBHOOK_SECRET: found, but/);
  });

  it('does not start without its key', async () => {
    const incomplete = Test.createTestingModule({
      imports: [InfisicalTestingModule.forRoot({}), PaymentsModule],
    }).compile();
    await expect(incomplete).rejects.toThrow(MissingSecretsError);
    await expect(incomplete).rejects.toThrow('PaymentsService.apiKey');
  });
});
