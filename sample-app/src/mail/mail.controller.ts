import { Controller, Get } from '@nestjs/common';
import { MailService } from './mail.service.js';

@Controller('mail')
export class MailController {
  constructor(private readonly mail: MailService) {}

  @Get()
  show() {
    return {
      folder: '/mail',
      API_KEY: this.mail.maskedApiKey,
      SMTP_URL: this.mail.maskedSmtpUrl,
      connections: this.mail.connections,
      reconnects: this.mail.reconnects,
    };
  }
}
