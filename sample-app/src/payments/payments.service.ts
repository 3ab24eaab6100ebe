import { Injectable } from '@nestjs/common';
import { Secret } from 'nestjs-infisical';
import { mask } from '../common/mask.js';

/**
 * The shortest way to a secret: a property. When the secret does not exist the
 * app does not start, and the error names this class and property. This one is
 * `live`: it gets the new value when a refresh finds one.
 */
@Injectable()
export class PaymentsService {
  @Secret('API_KEY', { live: true }) private readonly apiKey!: string;

  get maskedApiKey(): string {
    return mask(this.apiKey);
  }
}
