import { Controller, Get } from '@nestjs/common';
import { PaymentsService } from './payments.service.js';
import { WebhooksService } from './webhooks.service.js';

@Controller('payments')
export class PaymentsController {
  constructor(
    private readonly payments: PaymentsService,
    private readonly webhooks: WebhooksService,
  ) {}

  @Get()
  show() {
    return {
      folder: '/payments',
      API_KEY: this.payments.maskedApiKey,
      WEBHOOK_SECRET: this.webhooks.maskedSecret,
      webhookSecretVersion: this.webhooks.version,
    };
  }
}
