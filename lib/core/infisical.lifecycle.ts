import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { contextOf, InfisicalClient } from '../client/infisical-client.js';
import { systemClock } from '../common/clock.js';
import { SiteBinder } from '../decorators/site-binder.js';
import { LOGGER_CONTEXT, messages } from './infisical.messages.js';
import { DynamicLeaseService } from '../leases/dynamic-lease.service.js';
import {
  INFISICAL_OPTIONS,
  type ResolvedModuleOptions,
} from './module-options.js';
import { INFISICAL_SCHEDULER } from '../renewal/named-timer.js';
import { TokenRenewalTask } from '../renewal/token-renewal.task.js';
import { TokenService } from '../renewal/token.service.js';
import { ScopeStore } from '../secrets/scope-store.js';
import { SecretsRefreshTask } from '../secrets/secrets-refresh.task.js';

/** Loads the secrets at bootstrap, starts the tasks, and cleans up at shutdown. */
@Injectable()
export class InfisicalLifecycle implements OnApplicationShutdown {
  /** Private: credentials are in it. */
  readonly #options: ResolvedModuleOptions;
  readonly #logger = new Logger(LOGGER_CONTEXT);
  #renewal: TokenRenewalTask | undefined;
  #refresh: SecretsRefreshTask | undefined;
  #shutdown: Promise<void> | undefined;

  constructor(
    @Inject(INFISICAL_OPTIONS) options: ResolvedModuleOptions,
    @Inject(INFISICAL_SCHEDULER) private readonly registry: SchedulerRegistry,
    private readonly client: InfisicalClient,
    private readonly token: TokenService,
    private readonly store: ScopeStore,
    private readonly binder: SiteBinder,
    private readonly leases: DynamicLeaseService,
  ) {
    this.#options = options;
  }

  /**
   * Logs in and loads all scopes of the app at once, within the start-up time.
   *
   * @throws the first reason why the app cannot start; the client is closed then
   */
  async start(): Promise<void> {
    const { tokens, http } = contextOf(this.client);
    const { clock = systemClock, random = Math.random } = this.#options.client;
    const startedAt = clock.monotonic();
    try {
      await this.withinStartup((signal) =>
        Promise.all([tokens.acquire(signal), this.binder.bind(signal)]),
      );
    } catch (error) {
      await this.client.close();
      throw error;
    }
    this.#renewal = new TokenRenewalTask(tokens, this.registry, clock);
    if (this.#options.refreshInterval !== undefined) {
      this.#refresh = new SecretsRefreshTask(
        this.store,
        this.registry,
        clock,
        random,
        this.#options.refreshInterval,
        (error) => this.#logger.warn(messages.refreshFailed(error)),
      );
      this.#refresh.start();
    }
    const { loaded } = this.store;
    this.#logger.log(
      messages.loaded(
        http.origin,
        loaded.length,
        loaded.reduce((sum, { snapshot }) => sum + (snapshot?.size ?? 0), 0),
        Math.round(clock.monotonic() - startedAt),
      ),
    );
  }

  /** Loads the scopes of modules that were loaded lazily. */
  async startLazily(): Promise<void> {
    await this.withinStartup((signal) => this.binder.bind(signal));
  }

  /** Leases first, then the token, then the connections, within one budget. Repeating is harmless. */
  onApplicationShutdown(): Promise<void> {
    this.#shutdown ??= this.stop();
    return this.#shutdown;
  }

  private async stop(): Promise<void> {
    const { clock = systemClock } = this.#options.client;
    this.#refresh?.stop();
    this.#renewal?.stop();
    const budget = new AbortController();
    const timer = clock.setTimeout(
      () => budget.abort(new Error('shutdown.timeout has passed')),
      this.#options.shutdownTimeout,
    );
    try {
      await this.clean(budget.signal);
    } finally {
      clock.clearTimeout(timer);
      this.store.complete();
      this.token.complete();
      await this.client.close();
    }
  }

  private async clean(signal: AbortSignal): Promise<void> {
    const failures = await this.leases.revokeAll(
      signal,
      this.#options.shutdownTimeout / 2,
    );
    for (const { leaseId, error } of failures) {
      this.#logger.warn(messages.leaseNotRevoked(leaseId, error));
    }
    if (!this.#options.revokeToken) return;
    try {
      await contextOf(this.client).tokens.revoke(signal);
    } catch (error) {
      this.#logger.warn(messages.tokenNotRevoked(error as Error));
    }
  }

  private async withinStartup(
    work: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    const { clock = systemClock } = this.#options.client;
    const { startupTimeout } = this.#options;
    const controller = new AbortController();
    const timer = clock.setTimeout(
      () => controller.abort(messages.startupTimeout(startupTimeout)),
      startupTimeout,
    );
    try {
      await work(controller.signal);
    } finally {
      clock.clearTimeout(timer);
    }
  }
}
