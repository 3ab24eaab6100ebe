import type { OnApplicationBootstrap } from '@nestjs/common';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { describeRoot } from '../common/root-name.js';
import type { RootObserver, WatchedRoot } from '../decorators/root-observer.js';
import type { DynamicLeaseService } from '../leases/dynamic-lease.service.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import { errorType } from './error-type.js';
import { observeGauge } from './gauge.js';
import type { Telemetry } from './telemetry-options.js';
import { watchClient } from './watch-client.js';

/** Watches calls, token, snapshots and leases of a root. */
export class RootTelemetry implements RootObserver, OnApplicationBootstrap {
  readonly #telemetry: Telemetry;
  readonly #root: string | undefined;
  #isUsed = false;

  constructor(telemetry: Telemetry, root: string | undefined) {
    this.#telemetry = telemetry;
    this.#root = root;
  }

  watch({ client, store, leases }: WatchedRoot): () => void {
    this.#isUsed = true;
    const ends = [
      watchClient(client, this.#telemetry),
      ...watchScopes(this.#telemetry, store),
      ...watchLeases(this.#telemetry, leases),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** @throws InfisicalConfigError when there is no such root */
  onApplicationBootstrap(): void {
    if (this.#isUsed) return;
    throw new InfisicalConfigError(
      `InfisicalOpenTelemetryModule.forRoot watches nothing: there is no ${describeRoot(this.#root)} in this app, or it is watched already. Import it in the root module, or pass the \`root\` that is there.`,
    );
  }
}

/**
 * An environment is all that is told of a scope: folders name tenants and what
 * an app deals with, and there may be any number of them.
 */
function watchScopes(telemetry: Telemetry, store: ScopeStore): (() => void)[] {
  const { meter, common } = telemetry;
  const refreshes = meter.createCounter('infisical.snapshot.refreshes', {
    description: 'Tries to load or refresh a scope, by outcome.',
    unit: '{refresh}',
  });
  const subscription = store.refreshes$.subscribe(
    ({ state, outcome, error }) => {
      refreshes.add(1, {
        'infisical.environment': state.scope.environment,
        'infisical.outcome': outcome,
        ...(error && { 'error.type': errorType(error) }),
        ...common,
      });
    },
  );
  return [
    () => subscription.unsubscribe(),
    observeGauge(
      telemetry,
      'infisical.snapshot.age',
      {
        description:
          'Time since the server last confirmed a snapshot: of the oldest one of the environment.',
        unit: 's',
      },
      (observe) => {
        const oldest = new Map<string, number>();
        for (const state of store.loaded) {
          const { environment } = state.scope;
          const known = oldest.get(environment) ?? 0;
          oldest.set(environment, Math.max(known, store.age(state)));
        }
        for (const [environment, age] of oldest) {
          observe(age / 1000, { 'infisical.environment': environment });
        }
      },
    ),
  ];
}

function watchLeases(
  telemetry: Telemetry,
  leases: DynamicLeaseService,
): (() => void)[] {
  const { meter, common } = telemetry;
  const rotations = meter.createCounter('infisical.leases.rotations', {
    description: 'Managed leases that were replaced by new credentials.',
    unit: '{rotation}',
  });
  const subscription = leases.events$.subscribe(({ kind }) => {
    if (kind === 'rotated') rotations.add(1, common);
  });
  return [
    () => subscription.unsubscribe(),
    observeGauge(
      telemetry,
      'infisical.leases.active',
      { description: 'Managed leases that work now.', unit: '{lease}' },
      (observe) =>
        observe(
          leases.leases.filter(
            ({ status }) => status === 'active' || status === 'expiring',
          ).length,
        ),
    ),
  ];
}
