import { Module } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { InfisicalModule } from 'nestjs-infisical';
import { AuditController } from './audit.controller.js';
import { AuditService } from './audit.service.js';

/** A second root: it could be another server, identity or project. Here it is another folder. */
@Module({
  imports: [
    InfisicalModule.forRootAsync({
      name: 'audit',
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        projectSlug: config.get<string>('INFISICAL_PROJECT_SLUG') || undefined,
        environment: config.get<string>('INFISICAL_ENVIRONMENT') || 'dev',
        path: '/audit',
        // Waits for a server that comes up after the app.
        startup: { policy: 'retry', timeout: '1m' },
      }),
    }),
  ],
  controllers: [AuditController],
  providers: [AuditService],
})
export class AuditModule {}
