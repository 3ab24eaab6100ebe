import {
  type FactoryProvider,
  Logger,
  type Provider,
  type Type,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { contextOf, InfisicalClient } from '../client/infisical-client.js';
import { systemClock } from '../common/clock.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { SiteBinder } from '../decorators/site-binder.js';
import { siteProviders, siteTokens } from '../decorators/site.providers.js';
import { INFISICAL_BOUND } from '../decorators/site-tokens.js';
import { normalizeFolderPath } from '../http/api-path.js';
import { InfisicalLifecycle } from './infisical.lifecycle.js';
import { LOGGER_CONTEXT } from './infisical.messages.js';
import { KmsService } from '../kms/kms.service.js';
import { DynamicLeaseService } from '../leases/dynamic-lease.service.js';
import {
  INFISICAL_OPTIONS,
  type ResolvedModuleOptions,
} from './module-options.js';
import {
  INFISICAL_SCHEDULER,
  schedulerProvider,
} from '../renewal/named-timer.js';
import { TokenService } from '../renewal/token.service.js';
import {
  INFISICAL_SCOPE_MARK,
  type InfisicalFeatureOptions,
  type ScopeMark,
} from '../secrets/scope-options.js';
import { ScopeStore } from '../secrets/scope-store.js';
import { getSecretsToken } from '../secrets/secrets.tokens.js';
import { SecretsService } from '../secrets/secrets.service.js';

/** Token of the lifecycle once the app's scopes are loaded. Features wait for it. */
const INFISICAL_STARTED = Symbol('INFISICAL_STARTED');

const clientProvider: FactoryProvider = {
  provide: InfisicalClient,
  useFactory: ({ client }: ResolvedModuleOptions) =>
    new InfisicalClient({ logger: new Logger(LOGGER_CONTEXT), ...client }),
  inject: [INFISICAL_OPTIONS],
};

const tokenServiceProvider: FactoryProvider = {
  provide: TokenService,
  useFactory: (client: InfisicalClient, options: ResolvedModuleOptions) =>
    new TokenService(
      contextOf(client).tokens,
      options.client.clock ?? systemClock,
    ),
  inject: [InfisicalClient, INFISICAL_OPTIONS],
};

const scopeStoreProvider: FactoryProvider = {
  provide: ScopeStore,
  useFactory: (client: InfisicalClient, options: ResolvedModuleOptions) =>
    new ScopeStore(client, options.client.clock ?? systemClock),
  inject: [InfisicalClient, INFISICAL_OPTIONS],
};

const siteBinderProvider: FactoryProvider = {
  provide: SiteBinder,
  useFactory: (
    modules: ModulesContainer,
    store: ScopeStore,
    client: InfisicalClient,
    { recursive }: ResolvedModuleOptions,
  ) => {
    const { defaults, hasOwnPath } = contextOf(client).options;
    return new SiteBinder(modules, store, client, {
      ...defaults,
      recursive,
      hasOwnPath,
    });
  },
  inject: [ModulesContainer, ScopeStore, InfisicalClient, INFISICAL_OPTIONS],
};

const leaseServiceProvider: FactoryProvider = {
  provide: DynamicLeaseService,
  useFactory: (
    client: InfisicalClient,
    registry: SchedulerRegistry,
    {
      client: { clock = systemClock, random = Math.random },
    }: ResolvedModuleOptions,
  ) => new DynamicLeaseService(client, registry, clock, random),
  inject: [InfisicalClient, INFISICAL_SCHEDULER, INFISICAL_OPTIONS],
};

const startedProvider: FactoryProvider = {
  provide: INFISICAL_STARTED,
  useFactory: async (lifecycle: InfisicalLifecycle) => {
    await lifecycle.start();
    return lifecycle;
  },
  inject: [InfisicalLifecycle],
};

/** What the root module provides, besides its options and the sites' values. */
export function rootProviders(): Provider[] {
  return [
    schedulerProvider,
    clientProvider,
    tokenServiceProvider,
    scopeStoreProvider,
    siteBinderProvider,
    leaseServiceProvider,
    KmsService,
    InfisicalLifecycle,
    startedProvider,
    {
      provide: INFISICAL_BOUND,
      useFactory: (_started: InfisicalLifecycle, binder: SiteBinder) => binder,
      inject: [INFISICAL_STARTED, SiteBinder],
    },
    ...scopeProviders({}),
  ];
}

/** What modules without a scope of their own see of the root. */
export function rootExports(): (symbol | Type)[] {
  return [
    InfisicalClient,
    TokenService,
    KmsService,
    DynamicLeaseService,
    SiteBinder,
    INFISICAL_STARTED,
  ];
}

/** What a feature module provides. */
export function featureProviders(feature: InfisicalFeatureOptions): Provider[] {
  return [
    {
      provide: INFISICAL_BOUND,
      useFactory: async (
        lifecycle: InfisicalLifecycle | undefined,
        binder: SiteBinder,
      ) => {
        if (!lifecycle) {
          throw new InfisicalConfigError(
            'InfisicalModule.forFeature needs InfisicalModule.forRoot or forRootAsync: import one of them in the root module of the app.',
          );
        }
        // Does nothing unless this module was loaded after bootstrap.
        await lifecycle.startLazily();
        return binder;
      },
      inject: [
        { token: INFISICAL_STARTED, optional: true },
        { token: SiteBinder, optional: true },
      ],
    },
    ...scopeProviders({
      feature,
      label: feature.name ?? normalizeFolderPath(feature.path),
    }),
  ];
}

/** What every module with a scope exports. */
export function scopeExports(
  mark: ScopeMark,
): (symbol | string | typeof SecretsService)[] {
  return [
    INFISICAL_SCOPE_MARK,
    SecretsService,
    getSecretsToken(mark.label),
    ...siteTokens(mark),
  ];
}

function scopeProviders(mark: ScopeMark): Provider[] {
  const token = getSecretsToken(mark.label);
  return [
    { provide: INFISICAL_SCOPE_MARK, useValue: mark },
    {
      provide: token,
      useFactory: (binder: SiteBinder) => binder.secretsOf(mark),
      inject: [INFISICAL_BOUND],
    },
    { provide: SecretsService, useExisting: token },
    ...siteProviders(mark),
  ];
}
