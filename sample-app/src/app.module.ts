import { Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { InfisicalModule } from 'nestjs-infisical';
import { AppController } from './app.controller.js';
import { InfisicalExceptionFilter } from './common/infisical-exception.filter.js';
import { HealthModule } from './health/health.module.js';
import { MailModule } from './mail/mail.module.js';
import { NotesModule } from './notes/notes.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { PaymentsModule } from './payments/payments.module.js';

@Module({
  imports: [
    // The environment of the process only: which server is used is decided
    // before this module is made, so a .env file would come too late.
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }),

    // The library's own tasks (token renewal, secret refresh, one per lease)
    // are named timers in Nest's SchedulerRegistry: with this module in the
    // app, `schedulerRegistry.getTimeouts()` lists them.
    ScheduleModule.forRoot(),

    InfisicalModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        // No `siteUrl` and no `auth`: without them the library reads
        // INFISICAL_SITE_URL, INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and so on, and
        // no credential passes through our own code.
        projectId: config.get<string>('INFISICAL_PROJECT_ID') || undefined,
        projectSlug: config.get<string>('INFISICAL_PROJECT_SLUG') || undefined,
        environment: config.get<string>('INFISICAL_ENVIRONMENT') || 'dev',
        refresh: { interval: '1m' },
      }),
    }),

    PaymentsModule,
    MailModule,
    NotesModule,
    OrdersModule,
    HealthModule,
  ],
  controllers: [AppController],
  providers: [
    // Answers 400 to what a `@Body({ schema })` does not allow.
    { provide: APP_PIPE, useClass: StandardSchemaValidationPipe },
    { provide: APP_FILTER, useClass: InfisicalExceptionFilter },
  ],
})
export class AppModule {}
