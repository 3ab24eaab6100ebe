import {
  Controller,
  HttpCode,
  Inject,
  Post,
  type RawBodyRequest,
  Req,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import { InfisicalWebhookReceiver } from './webhook-receiver.js';

/** The part of a request that Express and Fastify have in common. */
type WebhookRequest = RawBodyRequest<{
  readonly headers: IncomingHttpHeaders;
}>;

/** A controller with the one route. */
export function webhookControllerAt(path: string): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  class InfisicalWebhookController {
    constructor(
      @Inject(InfisicalWebhookReceiver)
      private readonly receiver: InfisicalWebhookReceiver,
    ) {}

    @Post()
    @HttpCode(200)
    receive(@Req() { rawBody, headers }: WebhookRequest): void {
      this.receiver.receive(rawBody, headers['x-infisical-signature']);
    }
  }
  return InfisicalWebhookController;
}
