import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { InfisicalHealthIndicator } from 'nestjs-infisical/terminus';

@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly infisical: InfisicalHealthIndicator,
  ) {}

  /** A stale snapshot is old but whole, so the app goes on working for an hour: degraded, not down. */
  @Get()
  @HealthCheck()
  check() {
    return this.health.check([
      () => this.infisical.isHealthy('infisical', { maxStale: '1h' }),
    ]);
  }
}
