import { Module } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { InfisicalHealthIndicator } from './infisical-health.indicator.js';

/**
 * Provides the {@link InfisicalHealthIndicator} to the module that imports it,
 * next to its `TerminusModule`.
 *
 * @example
 * ```ts
 * import { HealthController } from './health.controller.js';
 *
 * @Module({
 *   imports: [TerminusModule, InfisicalHealthModule],
 *   controllers: [HealthController],
 * })
 * export class HealthModule {}
 * ```
 *
 * @publicApi
 */
@Module({
  // Its own, so that no second TerminusModule stands beside the app's.
  providers: [HealthIndicatorService, InfisicalHealthIndicator],
  exports: [InfisicalHealthIndicator],
})
export class InfisicalHealthModule {}
