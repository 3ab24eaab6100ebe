import { Injectable } from '@nestjs/common';
import { InjectSecret, OnSecretChange, Secret } from 'nestjs-infisical';
import { z } from 'zod';
import { mask } from '../common/mask.js';

@Injectable()
export class MailService {
  // A secret is a text; `parse` makes more of it, and `schema` says what is
  // right. A text that cannot be parsed stops the app at the start, like a
  // secret that is missing.
  @Secret('SMTP_URL', { parse: URL, live: true })
  private readonly smtpUrl!: URL;

  @Secret('SMTP_CONNECTIONS', {
    parse: Number,
    schema: z.number().int().positive(),
    default: 5,
  })
  readonly connections!: number;

  /** How often the connections were made anew. */
  reconnects = 0;

  // The same for a parameter of a constructor.
  constructor(@InjectSecret('API_KEY') private readonly apiKey: string) {}

  /** Called after a refresh that changed one of them, when all have the new values. */
  @OnSecretChange('SMTP_*')
  reconnect(): void {
    this.reconnects += 1;
  }

  get maskedApiKey(): string {
    return mask(this.apiKey);
  }

  get maskedSmtpUrl(): string {
    return mask(this.smtpUrl.href);
  }
}
