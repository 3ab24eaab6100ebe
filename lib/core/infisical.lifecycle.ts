import {
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { contextOf, type InfisicalClient } from '../client/infisical-client.js';
import {
  InfisicalConfigError,
  InfisicalError,
} from '../common/infisical.error.js';
import { ConfigBridge } from '../config/config-bridge.js';
import type { ChangeHandlers } from '../decorators/change-handlers.js';
import type { RootObserver } from '../decorators/root-observer.js';
import type { SiteBinder } from '../decorators/site-binder.js';
import { EnvironmentLink } from './environment-link.js';
import { loggerContext, messages } from './infisical.messages.js';
import { ShutdownBudget } from './shutdown-budget.js';
import { type Beginner, whileItStarts } from './start-signals.js';
import { InfisicalHttpError } from '../http/errors.js';
import type {
  AcquireLeaseOptions,
  DynamicLeaseService,
} from '../leases/dynamic-lease.service.js';
import type { LeaseRef } from '../leases/lease-ref.js';
import type { ResolvedModuleOptions } from './module-options.js';
import type { TimerRegistry } from '../renewal/named-timer.js';
import { PushTask } from '../push/push.task.js';
import type { PushedRefresh } from '../push/pushed-refresh.js';
import { TokenRenewalTask } from '../renewal/token-renewal.task.js';
import type { TokenService } from '../renewal/token.service.js';
import { MissingSecretsError } from '../secrets/missing-secrets.error.js';
import { inheritScope, tellScope } from '../secrets/scope.js';
import type { ScopeMark } from '../secrets/scope-options.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import { NO_ENVIRONMENT } from '../secrets/secrets.service.js';
import { snapshotMessage } from '../secrets/snapshot-store/snapshot-messages.js';
import { SecretsRefreshTask } from '../secrets/secrets-refresh.task.js';
import { Startup } from '../secrets/startup.js';

/** The parts of the time at shutdown. */
const SHARES = {
  /** For methods with `@OnSecretChange` to end. */
  handlers: 1 / 4,
  /** For consumers of leases to let go. */
  consumers: 1 / 2,
  /** For the token, however long the leases take. */
  token: 1 / 8,
};

/** The parts of a root that its lifecycle looks after. */
export interface RootParts {
  readonly name: string | undefined;
  readonly options: ResolvedModuleOptions;
  readonly registry: TimerRegistry;
  readonly client: InfisicalClient;
  readonly token: TokenService;
  readonly store: ScopeStore;
  readonly binder: SiteBinder;
  readonly handlers: ChangeHandlers;
  readonly leases: DynamicLeaseService;
  readonly pushed: PushedRefresh;
  /** Who watches the root, if anyone does. */
  readonly observer: RootObserver | undefined;
  /** All modules of the app, to find its other roots. */
  readonly modules: ModulesContainer;
}

/** Loads the secrets of a root at bootstrap, starts its tasks, and cleans up at shutdown. */
export class InfisicalLifecycle
  implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  /** Private: credentials are in the options. */
  readonly #root: RootParts;
  readonly #logger: Logger;
  readonly #endWatch: (() => void) | undefined;
  #renewal: TokenRenewalTask | undefined;
  #refresh: SecretsRefreshTask | undefined;
  #push: PushTask | undefined;
  #environment: EnvironmentLink | undefined;
  #config: ConfigBridge | undefined;
  /** Ends the care for what signals would interrupt. */
  #isStarted: (() => void) | undefined;
  #busy = 0;
  #firstAttempt: Promise<void> | undefined;
  #shutdown: Promise<void> | undefined;
  readonly #startup: Startup;

  constructor(root: RootParts) {
    this.#root = root;
    this.#logger = new Logger(loggerContext(root.name));
    this.#endWatch = root.observer?.watch(root);
    const { startup, client } = root.options;
    const { clock, random = Math.random } = client;
    this.#startup = new Startup(startup, clock, random, (text) =>
      this.#logger.warn(text),
    );
    root.store.events$.subscribe((event) => {
      if (event.kind === 'value-kept') {
        this.#logger.warn(messages.valueKept(event.problem));
      } else if (event.kind === 'secrets-removed') {
        this.#logger.warn(messages.secretsRemoved(event.names, event.kept));
      } else if (event.kind === 'handler-failed') {
        this.#logger.error(messages.handlerFailed(event.handler, event.error));
      }
      const text = snapshotMessage(event);
      if (text) this.#logger.warn(text);
      // Who asked for the refresh tells of one that was rejected.
    });
  }

  /** Where features get their scopes. */
  get binder(): SiteBinder {
    return this.#root.binder;
  }

  /**
   * Logs in and loads all scopes of the root at once, within the start-up time.
   *
   * @throws the first reason why the app cannot start; all its roots are closed then
   */
  async start(): Promise<void> {
    const { client, store, registry, options } = this.#root;
    const { clock, random = Math.random } = options.client;
    const startedAt = clock.monotonic();
    this.#isStarted = whileItStarts(this.beginner);
    await this.orClose(() =>
      this.#startup.run((signal) => {
        const attempt = this.bind(signal);
        this.#firstAttempt ??= attempt;
        return attempt;
      }),
    );
    const { http, tokens } = contextOf(client);
    this.#renewal = new TokenRenewalTask(tokens, registry, clock);
    this.#refresh = new SecretsRefreshTask(
      store,
      registry,
      clock,
      random,
      options.refresh.interval,
      (error) => this.#logger.warn(messages.refreshFailed(error)),
    );
    this.#refresh.start();
    if (options.refresh.push) this.startPush();
    const { loaded } = store;
    this.#logger.log(
      messages.loaded(
        http.origin,
        loaded.length,
        loaded.reduce((sum, { snapshot }) => sum + (snapshot?.size ?? 0), 0),
        Math.round(clock.monotonic() - startedAt),
        store.restored.length,
      ),
    );
  }

  /** Loads the scope of a feature, unless {@link start} did. */
  async startFeature(mark: ScopeMark): Promise<void> {
    const load = async (): Promise<void> => {
      await mark.made;
      await this.#startup.run((signal) =>
        this.binder.bindFeature(mark, signal),
      );
    };
    // A lazily loaded module that fails is no reason to close the root.
    if (this.binder.isLate(mark)) await this.orClose(load);
    else await load();
  }

  /**
   * Takes a lease that classes want injected, within the start-up time.
   *
   * @param wanting who they are, for the error
   */
  async acquireLease(
    name: string,
    options: AcquireLeaseOptions,
    wanting: readonly string[],
  ): Promise<LeaseRef> {
    let lease: LeaseRef | undefined;
    await this.orClose(async () => {
      try {
        lease = await this.#startup.run(() =>
          this.#root.leases.acquire(name, options),
        );
      } catch (error) {
        if (!(error instanceof InfisicalHttpError)) throw error;
        throw error.about(`@InjectLease("${name}") in ${wanting.join(', ')}`);
      }
    });
    return lease as LeaseRef;
  }

  /** From now on methods with `@OnSecretChange` are called, and the objects of `infisicalConfig`, which are all there by now, follow. */
  async onApplicationBootstrap(): Promise<void> {
    this.linkConfig();
    const open = (): Promise<void> => {
      const skipped = this.#root.handlers.open();
      if (skipped.length > 0) {
        this.#logger.warn(messages.handlersSkipped(skipped));
      }
      return Promise.resolve();
    };
    await this.orClose(open);
    this.#isStarted?.();
  }

  /** What these methods need may be gone from now on. */
  onModuleDestroy(): void {
    this.#root.handlers.close();
  }

  /** Leases first, then the token, then the connections, within one budget. Repeating is harmless. */
  onApplicationShutdown(): Promise<void> {
    this.#shutdown ??= this.stop();
    return this.#shutdown;
  }

  /** Nest calls no hooks of an app that could not start, so its roots are closed here. */
  private async orClose(work: () => Promise<void>): Promise<void> {
    this.#busy++;
    try {
      await work();
    } catch (thrown) {
      const roots = [...this.#root.modules.values()]
        .map(({ providers }) => providers.get(InfisicalLifecycle)?.instance)
        .filter((instance) => instance instanceof InfisicalLifecycle);
      const error = await withProblemsOf(roots, thrown as Error);
      await Promise.all(roots.map((root) => root.onApplicationShutdown()));
      await this.#startup.holdBack(error);
      throw error;
    } finally {
      this.#busy--;
    }
  }

  /** What a signal finds before Nest listens to it. */
  private get beginner(): Beginner {
    const { leases, options, token } = this.#root;
    const isBusy = (): boolean => this.#busy > 0;
    return {
      get isBusy() {
        return isBusy();
      },
      get hasTraces() {
        const hasToken = options.revokeToken && token.isUsable;
        return hasToken || leases.leases.length > 0;
      },
      end: (signal) => {
        this.#startup.end(new InfisicalError(messages.endedBy(signal)));
        return this.onApplicationShutdown();
      },
    };
  }

  private async bind(signal: AbortSignal): Promise<void> {
    const { client, store, binder } = this.#root;
    const login = contextOf(client).tokens.acquire(signal);
    // Scopes that are made until the login is through are loaded with the others.
    await store.withLogin(login, (patience) => binder.bind(signal, patience));
    store.lifetime.throwIfAborted();
    await this.linkEnvironment(signal);
  }

  /** What this root has found missing or invalid, if it has begun to look. */
  /** @internal */
  async problems(): Promise<MissingSecretsError | undefined> {
    try {
      await this.#firstAttempt;
    } catch (error) {
      if (error instanceof MissingSecretsError) return error;
    }
    return undefined;
  }

  /** Makes the variables of `processEnv`. */
  private async linkEnvironment(signal: AbortSignal): Promise<void> {
    const { client, store, options } = this.#root;
    if (!options.processEnv) return;
    const { scope: said = {}, ...attach } = options.processEnv;
    const { environment = '', ...defaults } =
      contextOf(client).options.defaults;
    const { recursive } = options;
    const root = { ...defaults, environment, recursive };
    const scope = inheritScope(root, said);
    if (!scope.environment) throw new InfisicalConfigError(NO_ENVIRONMENT);
    const state = store.state(scope);
    await store.load([state], signal);
    store.lifetime.throwIfAborted();
    if (!state.snapshot) throw tellScope(state.lastError as Error, scope);
    this.#environment = new EnvironmentLink(state, attach, (attachment) =>
      this.#logger.log(messages.attachedToEnv(attachment)),
    );
    this.#environment.start();
  }

  private startPush(): void {
    const { store, client, pushed, registry, options } = this.#root;
    const { clock, random = Math.random } = options.client;
    const isPolled = options.refresh.interval !== undefined;
    const warn = (text: string): void => this.#logger.warn(text);
    this.#push = new PushTask(store, client, pushed, registry, clock, random, {
      onOpen: (environment, folders) =>
        this.#logger.log(messages.pushOpen(environment, folders)),
      onRefusal: (environment, folders, error) =>
        warn(messages.pushRefused(environment, folders, isPolled, error)),
      onTrouble: (environment, error) =>
        warn(messages.pushBroken(environment, isPolled, error)),
      onTooMany: (environment, most) =>
        warn(messages.pushTooMany(environment, most, isPolled)),
    });
    this.#push.start();
  }

  private linkConfig(): void {
    // Nest calls a hook for each token that stands for this.
    if (this.#config) return;
    const { modules, client, store } = this.#root;
    this.#config = new ConfigBridge(modules, client, store, (name, error) =>
      this.#logger.warn(messages.configRefused(name, error)),
    );
    this.#config.start();
  }

  private async stop(): Promise<void> {
    const { client, store, token, handlers, pushed, options } = this.#root;
    const { clock } = options.client;
    this.#refresh?.stop();
    this.#push?.stop();
    pushed.stop();
    this.#renewal?.stop();
    this.#environment?.stop();
    this.#config?.stop();
    handlers.close();
    const budget = new ShutdownBudget(clock, options.shutdownTimeout);
    try {
      const unfinished = await handlers.drain(
        options.shutdownTimeout * SHARES.handlers,
      );
      if (unfinished > 0) {
        this.#logger.warn(messages.handlersUnfinished(unfinished));
      }
      store.complete();
      await this.clean(budget);
    } finally {
      budget.end();
      await client.close();
      token.complete();
      this.#endWatch?.();
      this.#isStarted?.();
    }
  }

  private async clean(budget: ShutdownBudget): Promise<void> {
    const { client, leases, options } = this.#root;
    const failures = await leases.revokeAll(
      budget.until(options.revokeToken ? 1 - SHARES.token : 1),
      options.shutdownTimeout * SHARES.consumers,
    );
    for (const { leaseId, error } of failures) {
      this.#logger.warn(messages.leaseNotRevoked(leaseId, error));
    }
    if (!options.revokeToken) return;
    try {
      await contextOf(client).tokens.revoke(budget.until(1));
    } catch (error) {
      this.#logger.warn(messages.tokenNotRevoked(error as Error));
    }
  }
}

/** The error; of missing secrets, one for all roots that look for theirs at the same time. */
async function withProblemsOf(
  roots: readonly InfisicalLifecycle[],
  error: Error,
): Promise<Error> {
  if (!(error instanceof MissingSecretsError)) return error;
  const found = await Promise.all(roots.map((root) => root.problems()));
  const errors = new Set(found.filter((one) => one !== undefined)).add(error);
  if (errors.size === 1) return error;
  const problems = [...errors].flatMap((one) => one.problems);
  return new MissingSecretsError(problems, { cause: error.cause });
}
