import { Injectable } from '@nestjs/common';
import { SecretsService } from 'nestjs-infisical';
import { mask } from '../common/mask.js';

/**
 * The other way to a secret: by name, from this module's `SecretsService`.
 * Reading at the moment of use means that a value changed in Infisical is used
 * after the next refresh, without a restart; a `@Secret` property keeps the
 * value of the start.
 */
@Injectable()
export class WebhooksService {
  constructor(private readonly secrets: SecretsService) {}

  get maskedSecret(): string {
    return mask(this.secrets.getOrThrow('WEBHOOK_SECRET'));
  }
}
