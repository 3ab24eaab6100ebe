import { Module } from '@nestjs/common';
import { InfisicalModule } from 'nestjs-infisical';
import { PaymentsController } from './payments.controller.js';
import { PaymentsService } from './payments.service.js';
import { WebhooksService } from './webhooks.service.js';

/**
 * Everything in this module sees the secrets of the folder /payments, and
 * nothing else: `API_KEY` is the payment provider's here.
 */
@Module({
  imports: [InfisicalModule.forFeature({ path: '/payments' })],
  controllers: [PaymentsController],
  providers: [PaymentsService, WebhooksService],
})
export class PaymentsModule {}
