import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SecretsService } from 'nestjs-infisical';
import { mask } from '../common/mask.js';

const WEBHOOK_SECRET = 'WEBHOOK_SECRET';

/**
 * The other way to a secret: by name, from this module's `SecretsService`.
 * Reading at the moment of use means that a value changed in Infisical is used
 * after the next refresh, without a restart; a `@Secret` property keeps the
 * value of the start.
 */
@Injectable()
export class WebhooksService implements OnModuleInit {
  constructor(private readonly secrets: SecretsService) {}

  /** Nothing declares this secret, so whether it exists is checked by hand. */
  onModuleInit(): void {
    this.secrets.getOrThrow(WEBHOOK_SECRET);
  }

  get maskedSecret(): string {
    return mask(this.secrets.getOrThrow(WEBHOOK_SECRET));
  }
}
