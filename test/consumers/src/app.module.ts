import { Injectable, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TerminusModule } from '@nestjs/terminus';
import { InfisicalModule, Secret, SecretsService } from 'nestjs-infisical';
import { InfisicalOpenTelemetryModule } from 'nestjs-infisical/opentelemetry';
import { InfisicalHealthModule } from 'nestjs-infisical/terminus';
import { options } from './options.js';
import { PaymentsModule } from './payments.module.js';

@Injectable()
export class AppService {
  @Secret('API_KEY') readonly apiKey!: string;

  constructor(readonly secrets: SecretsService) {}
}

@Module({
  imports: [
    PaymentsModule,
    InfisicalModule.forRoot(options),
    ScheduleModule.forRoot(),
    TerminusModule.forRoot({ logger: false }),
    InfisicalHealthModule,
    // Without an SDK it records nothing.
    InfisicalOpenTelemetryModule.forRoot(),
  ],
  providers: [AppService],
})
export class AppModule {}
