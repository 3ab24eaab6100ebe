import { Module } from '@nestjs/common';
import { InfisicalModule } from 'nestjs-infisical';
import { MailController } from './mail.controller.js';
import { MailService } from './mail.service.js';

/** The same as PaymentsModule with another folder: `API_KEY` is the mail provider's here. */
@Module({
  imports: [InfisicalModule.forFeature({ path: '/mail' })],
  controllers: [MailController],
  providers: [MailService],
})
export class MailModule {}
