import { Injectable } from '@nestjs/common';
import { type SecretRef, SecretsService } from 'nestjs-infisical';
import { mask } from '../common/mask.js';

/**
 * The other way to a secret: by name, from this module's `SecretsService`. A
 * reference follows every refresh: `value` is the current one, from memory. A
 * secret that does not exist ends the start, as with `@Secret`.
 */
@Injectable()
export class WebhooksService {
  private readonly secret: SecretRef<string>;

  constructor(secrets: SecretsService) {
    this.secret = secrets.ref('WEBHOOK_SECRET');
  }

  get maskedSecret(): string {
    return mask(this.secret.value);
  }

  get version(): number | undefined {
    return this.secret.version;
  }
}
