import { type InjectionToken, Logger, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { contextOf, InfisicalClient } from '../client/infisical-client.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { describeRoot, rootToken } from '../common/root-name.js';
import {
  type RootObserver,
  rootObserverToken,
} from '../decorators/root-observer.js';
import { getInfisicalToken } from '../decorators/root-tokens.js';
import { leaseTokensOf } from '../decorators/lease-tokens.js';
import { ChangeHandlers } from '../decorators/change-handlers.js';
import { ScopeResolver } from '../decorators/scope-resolver.js';
import { SiteBinder } from '../decorators/site-binder.js';
import { siteProviders, siteTokens } from '../decorators/site.providers.js';
import { INFISICAL_BOUND } from '../decorators/site-tokens.js';
import { KmsService } from '../kms/kms.service.js';
import { DynamicLeaseService } from '../leases/dynamic-lease.service.js';
import { PushedRefresh } from '../push/pushed-refresh.js';
import {
  INFISICAL_SCHEDULER,
  schedulerProvider,
  type TimerRegistry,
} from '../renewal/named-timer.js';
import { TokenService } from '../renewal/token.service.js';
import {
  INFISICAL_SCOPE_MARK,
  type ScopeMark,
} from '../secrets/scope-options.js';
import { ScopeStore } from '../secrets/scope-store.js';
import { SnapshotFallback } from '../secrets/snapshot-store/snapshot-fallback.js';
import { getSecretsToken } from '../secrets/secrets.tokens.js';
import { SecretsService } from '../secrets/secrets.service.js';
import { TenantScopes } from '../secrets/tenant-scopes.js';
import { InfisicalLifecycle } from './infisical.lifecycle.js';
import { leaseProviders } from './lease.providers.js';
import { loggerContext, messages } from './infisical.messages.js';
import {
  INFISICAL_OPTIONS,
  type ResolvedModuleOptions,
} from './module-options.js';

/** Token of a root's lifecycle once its scopes are loaded. Features wait for it. */
function startedToken(root: string | undefined): string {
  return rootToken('INFISICAL_STARTED', root);
}

/**
 * What a root provides, besides its options. What is exported stands under
 * tokens with the root's name, so that several roots can be in one app.
 */
export function rootProviders(name: string | undefined): Provider[] {
  const client = getInfisicalToken(name);
  const token = getInfisicalToken(name, TokenService);
  const leases = getInfisicalToken(name, DynamicLeaseService);
  return [
    schedulerProvider(name),
    {
      provide: client,
      useFactory: ({ client: options, loaded }: ResolvedModuleOptions) =>
        loaded?.client ??
        new InfisicalClient({
          logger: new Logger(loggerContext(name)),
          ...options,
        }),
      inject: [INFISICAL_OPTIONS],
    },
    {
      provide: token,
      useFactory: (of: InfisicalClient, options: ResolvedModuleOptions) =>
        new TokenService(contextOf(of).tokens, options.client.clock),
      inject: [client, INFISICAL_OPTIONS],
    },
    {
      provide: getInfisicalToken(name, KmsService),
      useFactory: (of: InfisicalClient) => new KmsService(of),
      inject: [client],
    },
    {
      provide: leases,
      useFactory: (
        of: InfisicalClient,
        registry: TimerRegistry,
        options: ResolvedModuleOptions,
      ) => {
        const { clock, random = Math.random } = options.client;
        return new DynamicLeaseService(of, registry, clock, random);
      },
      inject: [client, INFISICAL_SCHEDULER, INFISICAL_OPTIONS],
    },
    {
      provide: ScopeStore,
      useFactory: (of: InfisicalClient, options: ResolvedModuleOptions) => {
        const store = options.loaded?.store ?? newStore(of, options);
        store.follow(options.refresh);
        return store;
      },
      inject: [client, INFISICAL_OPTIONS],
    },
    {
      provide: SiteBinder,
      useFactory: (
        modules: ModulesContainer,
        store: ScopeStore,
        of: InfisicalClient,
        { recursive, schema, maxTenants }: ResolvedModuleOptions,
      ) => {
        const { defaults, hasOwnPath } = contextOf(of).options;
        const tenants = new TenantScopes(store, maxTenants);
        const root = { ...defaults, name, recursive, schema, hasOwnPath };
        const scopes = new ScopeResolver(root);
        return new SiteBinder(modules, store, tenants, of, scopes);
      },
      inject: [ModulesContainer, ScopeStore, client, INFISICAL_OPTIONS],
    },
    {
      provide: ChangeHandlers,
      useFactory: (
        modules: ModulesContainer,
        store: ScopeStore,
        binder: SiteBinder,
        { client: { clock } }: ResolvedModuleOptions,
      ) => new ChangeHandlers(modules, store, binder, clock),
      inject: [ModulesContainer, ScopeStore, SiteBinder, INFISICAL_OPTIONS],
    },
    {
      provide: PushedRefresh,
      useFactory: (
        store: ScopeStore,
        of: InfisicalClient,
        registry: TimerRegistry,
        options: ResolvedModuleOptions,
      ) => {
        const { clock, random = Math.random } = options.client;
        const logger = new Logger(loggerContext(name));
        return new PushedRefresh(store, of, registry, clock, random, (error) =>
          logger.warn(messages.refreshFailed(error)),
        );
      },
      inject: [ScopeStore, client, INFISICAL_SCHEDULER, INFISICAL_OPTIONS],
    },
    {
      provide: InfisicalLifecycle,
      useFactory: (
        options: ResolvedModuleOptions,
        registry: TimerRegistry,
        of: InfisicalClient,
        tokenService: TokenService,
        store: ScopeStore,
        binder: SiteBinder,
        leaseService: DynamicLeaseService,
        modules: ModulesContainer,
        handlers: ChangeHandlers,
        pushed: PushedRefresh,
        observer: RootObserver | undefined,
      ) =>
        new InfisicalLifecycle({
          name,
          options,
          registry,
          client: of,
          token: tokenService,
          store,
          binder,
          leases: leaseService,
          modules,
          handlers,
          pushed,
          observer,
        }),
      inject: [
        INFISICAL_OPTIONS,
        INFISICAL_SCHEDULER,
        client,
        token,
        ScopeStore,
        SiteBinder,
        leases,
        ModulesContainer,
        ChangeHandlers,
        PushedRefresh,
        { token: rootObserverToken(name), optional: true },
      ],
    },
    {
      provide: startedToken(name),
      useFactory: async (lifecycle: InfisicalLifecycle) => {
        await lifecycle.start();
        return lifecycle;
      },
      inject: [InfisicalLifecycle],
    },
    {
      provide: INFISICAL_BOUND,
      useFactory: ({ binder }: InfisicalLifecycle) => binder,
      inject: [startedToken(name)],
    },
    ...leaseProviders(name, startedToken(name)),
    ...scopeProviders({ root: name, isFeature: false }),
  ];
}

function newStore(
  client: InfisicalClient,
  { client: given, snapshotStore: options }: ResolvedModuleOptions,
): ScopeStore {
  const { clock, random = Math.random } = given;
  const fallback =
    options && new SnapshotFallback({ client, options, clock, random });
  return new ScopeStore(client, clock, fallback);
}

/** What modules without a scope of their own see of a root. */
export function rootExports(name: string | undefined): InjectionToken[] {
  const services = [
    InfisicalClient,
    TokenService,
    KmsService,
    DynamicLeaseService,
  ].map((service) => getInfisicalToken(name, service));
  const mark = { root: name, isFeature: false };
  return [
    ...services,
    startedToken(name),
    ...leaseTokensOf(name).map(({ token }) => token),
    ...scopeTokens(mark),
    // The nearest scope of modules without a feature is the default root's.
    ...(name === undefined ? nearestTokens() : []),
  ];
}

/**
 * What a feature module provides.
 *
 * @param made tokens to wait for until the mark's scope is known
 */
export function featureProviders(
  mark: ScopeMark,
  made: readonly symbol[] = [],
): Provider[] {
  const { root, label } = mark;
  return [
    {
      provide: INFISICAL_BOUND,
      useFactory: async (lifecycle: InfisicalLifecycle | undefined) => {
        if (!lifecycle) {
          throw new InfisicalConfigError(
            `InfisicalModule.forFeature for "${label}" needs ${describeRoot(root)} or forRootAsync: import one of them in the root module of the app, and leave isGlobal on.`,
          );
        }
        await lifecycle.startFeature(mark);
        return lifecycle.binder;
      },
      inject: [{ token: startedToken(root), optional: true }, ...made],
    },
    ...scopeProviders(mark),
  ];
}

/** What a feature module exports. */
export function featureExports(mark: ScopeMark): InjectionToken[] {
  return [...nearestTokens(), ...scopeTokens(mark)];
}

/** What tells an importing module which scope it is in. */
function nearestTokens(): InjectionToken[] {
  return [INFISICAL_SCOPE_MARK, SecretsService];
}

function scopeTokens(mark: ScopeMark): InjectionToken[] {
  return [serviceToken(mark), ...siteTokens(mark)];
}

function serviceToken({ root, label }: ScopeMark): string {
  return getSecretsToken({ root, scope: label });
}

function scopeProviders(mark: ScopeMark): Provider[] {
  const token = serviceToken(mark);
  const isNearest = mark.isFeature || mark.root === undefined;
  return [
    { provide: INFISICAL_SCOPE_MARK, useValue: mark },
    {
      provide: token,
      useFactory: (binder: SiteBinder) => binder.secretsOf(mark),
      inject: [INFISICAL_BOUND],
    },
    ...(isNearest ? [{ provide: SecretsService, useExisting: token }] : []),
    ...siteProviders(mark),
  ];
}
