import { Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import {
  type HealthIndicatorResult,
  HealthIndicatorService,
  type HealthIndicatorStatus,
} from '@nestjs/terminus';
import { toMilliseconds } from '../common/duration.js';
import {
  InfisicalConfigError,
  InfisicalError,
} from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import { reportOf } from './health-report.js';
import type {
  InfisicalHealth,
  InfisicalHealthOptions,
  InfisicalHealthProblem,
} from './health.types.js';
import { servicesOf } from './root-services.js';

/** What is used of Terminus' session. Terminus 11 knows no `degraded`. */
interface Session<Key extends string> {
  up: Verdict<Key>;
  degraded?: Verdict<Key>;
  down: Verdict<Key>;
}

type Verdict<Key extends string> = (
  details: Record<string, unknown>,
) => HealthIndicatorResult<
  Key,
  HealthIndicatorStatus,
  InfisicalHealth | InfisicalHealthProblem
>;

const OPTION_NAMES: readonly (keyof InfisicalHealthOptions)[] = [
  'root',
  'maxStale',
  'degradedIsDown',
];

/**
 * The health of a root for Terminus, from memory. It asks no server anything,
 * and there is no secret in its answer.
 *
 * Provided by {@link InfisicalHealthModule}, or listed in the providers of a
 * module that imports `TerminusModule`.
 *
 * @example
 * ```ts
 * // In a controller, behind @HealthCheck():
 * function check(
 *   health: HealthCheckService,
 *   infisical: InfisicalHealthIndicator,
 * ) {
 *   return health.check([() => infisical.isHealthy('infisical')]);
 * }
 * ```
 *
 * @publicApi
 */
@Injectable()
export class InfisicalHealthIndicator {
  readonly #indicators: HealthIndicatorService;
  readonly #modules: ModulesContainer;

  /** @internal */
  constructor(indicators: HealthIndicatorService, modules: ModulesContainer) {
    this.#indicators = indicators;
    this.#modules = modules;
  }

  /**
   * How the root is. `degraded` is Terminus' own status of that name since
   * Terminus 12, and `up` in Terminus 11; both answer 200, and `state` in the
   * details tells. Never rejects: a wrong option is `down`, with a message.
   *
   * @param key name of the entry in the health answer
   */
  isHealthy<const Key extends string>(
    key: Key,
    options: InfisicalHealthOptions = {},
  ): Promise<
    HealthIndicatorResult<
      Key,
      HealthIndicatorStatus,
      InfisicalHealth | InfisicalHealthProblem
    >
  > {
    const report = this.report(options);
    const details = { ...report };
    const session = this.#indicators.check(key) as Session<Key>;
    switch (report.state) {
      case 'up':
        return Promise.resolve(session.up(details));
      case 'degraded':
        return Promise.resolve(
          options.degradedIsDown
            ? session.down(details)
            : (session.degraded?.(details) ?? session.up(details)),
        );
      case 'down':
        return Promise.resolve(session.down(details));
    }
  }

  private report(
    options: InfisicalHealthOptions,
  ): InfisicalHealth | InfisicalHealthProblem {
    try {
      const maxStale = maxStaleOf(options);
      return reportOf(servicesOf(this.#modules, options.root), maxStale);
    } catch (error) {
      return {
        state: 'down',
        message:
          error instanceof InfisicalError
            ? error.message
            : 'The state of Infisical could not be read. If a test replaces TokenService or DynamicLeaseService, replace this indicator too.',
      };
    }
  }
}

/** @throws InfisicalConfigError naming the first wrong option */
function maxStaleOf(options: InfisicalHealthOptions): number | undefined {
  assertKnownOptions(options, OPTION_NAMES, 'isHealthy');
  const { maxStale, degradedIsDown } = options;
  if (degradedIsDown !== undefined && typeof degradedIsDown !== 'boolean') {
    throw new InfisicalConfigError(
      'isHealthy: degradedIsDown must be true or false.',
    );
  }
  return maxStale === undefined
    ? undefined
    : toMilliseconds(maxStale, 'maxStale');
}
