import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { InfisicalModule } from 'nestjs-infisical';
import { HealthController } from './health.controller.js';
import { InfisicalHealthIndicator } from './infisical.health.js';

/**
 * The features are imported once more to look at their scopes. That costs no
 * request: the same folder is the same snapshot.
 */
@Module({
  imports: [
    TerminusModule.forRoot({ logger: false }),
    InfisicalModule.forFeature({ path: '/payments' }),
    InfisicalModule.forFeature({ path: '/mail' }),
  ],
  controllers: [HealthController],
  providers: [InfisicalHealthIndicator],
})
export class HealthModule {}
