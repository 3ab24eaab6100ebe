import {
  type DynamicModule,
  Module,
  StandardSchemaValidationPipe,
} from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import {
  infisicalConfig,
  InfisicalModule,
  type LoadedSecrets,
} from 'nestjs-infisical';
import { InfisicalOpenTelemetryModule } from 'nestjs-infisical/opentelemetry';
import { z } from 'zod';
import { AppController } from './app.controller.js';
import { AuditModule } from './audit/audit.module.js';
import { InfisicalExceptionFilter } from './common/infisical-exception.filter.js';
import { EnvironmentsModule } from './environments/environments.module.js';
import { HealthModule } from './health/health.module.js';
import { MailModule } from './mail/mail.module.js';
import { NotesModule } from './notes/notes.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { TenantsModule } from './tenants/tenants.module.js';

@Module({})
export class AppModule {
  /** @param loaded the secrets of the root scope, see create-app.ts */
  static with(loaded: LoadedSecrets): DynamicModule {
    return {
      module: AppModule,
      imports: [
        // The environment of the process only: which server is used is decided
        // before this module is made, so a .env file would come too late. The
        // secrets of the root scope are in ConfigService, too.
        ConfigModule.forRoot({
          isGlobal: true,
          ignoreEnvFile: true,
          load: [
            infisicalConfig({
              loaded,
              schema: z.looseObject({ APP_NAME: z.string().min(1) }),
            }),
          ],
        }),

        // The library's own tasks (token renewal, secret refresh, one per lease)
        // are named timers in Nest's SchedulerRegistry: with this module in the
        // app, `schedulerRegistry.getTimeouts()` lists them.
        ScheduleModule.forRoot(),

        InfisicalModule.forRoot({
          loaded,
          refresh: { interval: '1m' },
          // For libraries that read nothing but the environment.
          processEnv: { include: ['LIBRARY_*'] },
        }),

        // Spans and metrics, for whatever OpenTelemetry SDK the process has set up.
        InfisicalOpenTelemetryModule.forRoot(),

        PaymentsModule,
        MailModule,
        NotesModule,
        OrdersModule,
        TenantsModule,
        EnvironmentsModule,
        AuditModule,
        HealthModule,
      ],
      controllers: [AppController],
      providers: [
        // Answers 400 to what a `@Body({ schema })` does not allow.
        { provide: APP_PIPE, useClass: StandardSchemaValidationPipe },
        { provide: APP_FILTER, useClass: InfisicalExceptionFilter },
      ],
    };
  }
}
