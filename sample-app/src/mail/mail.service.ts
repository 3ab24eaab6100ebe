import { Injectable } from '@nestjs/common';
import { Secret } from 'nestjs-infisical';
import { mask } from '../common/mask.js';

@Injectable()
export class MailService {
  @Secret('API_KEY') private readonly apiKey!: string;

  // A secret is a text; `parse` makes more of it. A text that cannot be parsed
  // stops the app at the start, like a secret that is missing.
  @Secret('SMTP_URL', { parse: (text) => new URL(text) })
  private readonly smtpUrl!: URL;

  get maskedApiKey(): string {
    return mask(this.apiKey);
  }

  get maskedSmtpUrl(): string {
    return mask(this.smtpUrl.href);
  }
}
