import { Module } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { InfisicalHealthIndicator } from './infisical-health.indicator.js';

/**
 * Provides the {@link InfisicalHealthIndicator} to the module that imports it,
 * next to its `TerminusModule`.
 *
 * @example
 * ```ts
 * // Of the module that has the health controller:
 * const imports = [TerminusModule, InfisicalHealthModule];
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
