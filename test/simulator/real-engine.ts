import { SchedulerRegistry } from '@nestjs/schedule';
import { usableLife } from '../../lib/auth/token.state.js';
import type { TokenManager } from '../../lib/auth/token-manager.js';
import {
  contextOf,
  InfisicalClient,
} from '../../lib/client/infisical-client.js';
import { TokenRenewalTask } from '../../lib/renewal/token-renewal.task.js';
import type { ScopeState } from '../../lib/secrets/scope-state.js';
import { ScopeStore } from '../../lib/secrets/scope-store.js';
import { SecretsRefreshTask } from '../../lib/secrets/secrets-refresh.task.js';
import type { Snapshot } from '../../lib/secrets/snapshot.js';
import { Startup } from '../../lib/secrets/startup.js';
import type { Engine, EngineParts } from './engine.js';

/** An app that waits for its server this long. Milliseconds. */
const STARTUP_TIMEOUT = 600_000;

/** The client, its token and its refresh, put together as `lib/core` does. */
export class RealEngine implements Engine {
  readonly #client: InfisicalClient;
  readonly #tokens: TokenManager;
  readonly #store: ScopeStore;
  readonly #state: ScopeState;
  readonly #startup: Startup;
  readonly #parts: EngineParts;
  readonly #registry = new SchedulerRegistry();
  #renewal: TokenRenewalTask | undefined;
  #refresh: SecretsRefreshTask | undefined;
  #shown: { of: Snapshot; values: ReadonlyMap<string, string> } | undefined;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    const { clock, random, transport, clientId, clientSecret } = parts;
    this.#client = new InfisicalClient({
      siteUrl: 'https://infisical.test',
      auth: { universalAuth: { clientId, clientSecret } },
      projectId: 'project',
      environment: 'dev',
      logger: { log: () => undefined, warn: () => undefined },
      clock,
      random,
      transport,
    });
    this.#tokens = contextOf(this.#client).tokens;
    this.#store = new ScopeStore(this.#client, clock);
    this.#state = this.#store.state({
      projectId: 'project',
      environment: 'dev',
      path: '/',
      recursive: false,
    });
    this.#startup = new Startup(
      {
        policy: 'retry',
        timeout: STARTUP_TIMEOUT,
        minTimeToFailure: 0,
        jitter: 0,
      },
      clock,
      random,
      () => undefined,
    );
  }

  async start(): Promise<void> {
    const { clock, random, refreshInterval } = this.#parts;
    await this.#startup.run(async (signal) => {
      await this.#store.load([this.#state], signal);
      if (!this.#state.snapshot) throw this.#state.lastError as Error;
    });
    this.#renewal = new TokenRenewalTask(this.#tokens, this.#registry, clock);
    this.#refresh = new SecretsRefreshTask(
      this.#store,
      this.#registry,
      clock,
      random,
      refreshInterval,
      () => undefined,
    );
    this.#refresh.start();
  }

  read(): ReadonlyMap<string, string> | undefined {
    const { snapshot } = this.#state;
    if (!snapshot) return undefined;
    if (this.#shown?.of !== snapshot) {
      const values = new Map(Object.entries(snapshot.texts()));
      this.#shown = { of: snapshot, values };
    }
    return this.#shown.values;
  }

  async call(): Promise<void> {
    await this.#client.request('GET', '/api/v1/identities/details');
  }

  get hasToken(): boolean {
    const now = this.#parts.clock.monotonic();
    return usableLife(this.#tokens.state, now) !== undefined;
  }

  get isFresh(): boolean {
    return this.#state.status === 'ready';
  }

  get tokenError(): Error | undefined {
    return this.#tokens.lastError;
  }

  get refreshError(): Error | undefined {
    return this.#state.lastError;
  }

  async stop(): Promise<void> {
    this.#renewal?.stop();
    this.#refresh?.stop();
    this.#store.complete();
    await this.#client.close();
  }
}
