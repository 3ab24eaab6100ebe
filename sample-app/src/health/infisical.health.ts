import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import {
  DynamicLeaseService,
  getSecretsToken,
  InjectSecrets,
  SecretsService,
  TokenService,
} from 'nestjs-infisical';

/** How things stand with Infisical. None of it is secret, and none of it asks the server. */
@Injectable()
export class InfisicalHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly tokenService: TokenService,
    private readonly leaseService: DynamicLeaseService,
    @Inject(getSecretsToken()) private readonly root: SecretsService,
    @InjectSecrets('/payments') private readonly payments: SecretsService,
    @InjectSecrets('/mail') private readonly mail: SecretsService,
  ) {}

  token() {
    const { isUsable, state, expiresAt } = this.tokenService;
    const indicator = this.indicators.check('token');
    const details = { state, expiresAt };
    return isUsable ? indicator.up(details) : indicator.down(details);
  }

  /** A stale snapshot is old but whole, so the app goes on working: degraded, not down. */
  secrets() {
    const scopes = {
      '/': describe(this.root),
      '/payments': describe(this.payments),
      '/mail': describe(this.mail),
    };
    const indicator = this.indicators.check('secrets');
    const isFresh = Object.values(scopes).every(
      ({ status }) => status === 'ready',
    );
    return isFresh ? indicator.up({ scopes }) : indicator.degraded({ scopes });
  }

  leases() {
    const leases = this.leaseService.leases.map(
      ({ name, status, expiresAt }) => ({ name, status, expiresAt }),
    );
    const indicator = this.indicators.check('leases');
    const areAlive = leases.every(({ status }) => status === 'active');
    return areAlive ? indicator.up({ leases }) : indicator.down({ leases });
  }
}

function describe({ status, age }: SecretsService) {
  return { status, ageMs: Math.round(age) };
}
