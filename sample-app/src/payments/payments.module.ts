import { Module } from '@nestjs/common';
import { InfisicalModule } from 'nestjs-infisical';
import { z } from 'zod';
import { PaymentsController } from './payments.controller.js';
import { PaymentsService } from './payments.service.js';
import { WebhooksService } from './webhooks.service.js';

/**
 * Everything in this module sees the secrets of the folder /payments, and
 * nothing else: `API_KEY` is the payment provider's here. The schema is checked
 * at the start and at each refresh.
 */
@Module({
  imports: [
    InfisicalModule.forFeature({
      path: '/payments',
      schema: z.object({
        API_KEY: z.string().startsWith('pay_'),
        WEBHOOK_SECRET: z.string().min(16),
      }),
    }),
  ],
  controllers: [PaymentsController],
  providers: [PaymentsService, WebhooksService],
})
export class PaymentsModule {}
