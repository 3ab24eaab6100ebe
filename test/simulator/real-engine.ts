import { SchedulerRegistry } from '@nestjs/schedule';
import type { AuthOptions } from '../../lib/auth/auth-method.js';
import { usableLife } from '../../lib/auth/token.state.js';
import type { TokenManager } from '../../lib/auth/token-manager.js';
import {
  contextOf,
  InfisicalClient,
} from '../../lib/client/infisical-client.js';
import {
  type SleepAwareClock,
  sleepAware,
} from '../../lib/common/sleep-aware-clock.js';
import { TokenRenewalTask } from '../../lib/renewal/token-renewal.task.js';
import type { ScopeState } from '../../lib/secrets/scope-state.js';
import { ScopeStore } from '../../lib/secrets/scope-store.js';
import { SecretsRefreshTask } from '../../lib/secrets/secrets-refresh.task.js';
import type { Snapshot } from '../../lib/secrets/snapshot.js';
import { Startup } from '../../lib/secrets/startup.js';
import type { StandardSchema } from '../../lib/secrets/standard-schema.js';
import type { Engine, EngineParts } from './engine.js';

/** An app that waits for its server this long. Milliseconds. */
const STARTUP_TIMEOUT = 600_000;

/** Accepts whole numbers. */
const NUMBERS: StandardSchema<object> = {
  '~standard': {
    version: 1,
    vendor: 'simulator',
    validate: (texts) => {
      const values = texts as Record<string, string>;
      const wrong = Object.keys(values).filter(
        (name) => !/^\d+$/.test(values[name] ?? ''),
      );
      return wrong.length === 0
        ? { value: values }
        : { issues: wrong.map((name) => ({ message: 'no', path: [name] })) };
    },
  },
};

interface Shown {
  readonly of: Snapshot;
  readonly values: ReadonlyMap<string, string>;
}

/** The client, its token and its refresh, put together as `lib/core` does. */
export class RealEngine implements Engine {
  readonly #client: InfisicalClient;
  readonly #tokens: TokenManager;
  readonly #store: ScopeStore;
  readonly #states: readonly ScopeState[];
  readonly #startup: Startup;
  readonly #parts: EngineParts & { readonly clock: SleepAwareClock };
  readonly #registry = new SchedulerRegistry();
  #renewal: TokenRenewalTask | undefined;
  #refresh: SecretsRefreshTask | undefined;
  readonly #shown: Shown[] = [];

  constructor(parts: EngineParts) {
    const clock = sleepAware(parts.clock);
    this.#parts = { ...parts, clock };
    const { random, transport, world } = parts;
    this.#client = new InfisicalClient({
      siteUrl: 'https://infisical.test',
      auth: authOf(parts),
      projectId: 'project',
      environment: 'dev',
      logger: { log: () => undefined, warn: () => undefined },
      clock,
      random,
      transport,
    });
    this.#tokens = contextOf(this.#client).tokens;
    this.#store = new ScopeStore(this.#client, clock);
    const { maxStale, removed } = world;
    this.#store.follow({ maxStale, removed });
    this.#states = world.scopes.map((scope) =>
      this.#store.state({ projectId: 'project', ...scope }),
    );
    if (world.hasSchema) {
      for (const state of this.#states) this.#store.demand(state, NUMBERS);
    }
    this.#startup = new Startup(
      {
        policy: 'retry',
        timeout: STARTUP_TIMEOUT,
        limitedTimeout: STARTUP_TIMEOUT,
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
      await this.#store.withLogin(this.#tokens.acquire(signal), () =>
        this.#store.load(this.#states, signal),
      );
      const missing = this.#states.find(({ snapshot }) => !snapshot);
      if (missing) throw missing.lastError as Error;
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

  read(scope: number): ReadonlyMap<string, string> | undefined {
    const { snapshot } = this.state(scope);
    if (!snapshot) return undefined;
    let shown = this.#shown[scope];
    if (shown?.of !== snapshot) {
      const values = new Map(Object.entries(snapshot.texts()));
      shown = { of: snapshot, values };
      this.#shown[scope] = shown;
    }
    return shown.values;
  }

  async call(): Promise<void> {
    await this.#client.request('GET', '/api/v1/identities/details');
  }

  async refresh(scope: number): Promise<void> {
    const { signal } = new AbortController();
    await this.#store.force(this.state(scope), signal);
  }

  get hasToken(): boolean {
    const now = this.#parts.clock.monotonic();
    return usableLife(this.#tokens.state, now) !== undefined;
  }

  isFresh(scope: number): boolean {
    return this.#store.statusOf(this.state(scope)) === 'ready';
  }

  age(scope: number): number {
    return this.#store.age(this.state(scope));
  }

  get tokenError(): Error | undefined {
    return this.#tokens.lastError;
  }

  refreshError(scope: number): Error | undefined {
    return this.state(scope).lastError;
  }

  async stop(): Promise<void> {
    this.#renewal?.stop();
    this.#refresh?.stop();
    this.#store.complete();
    await this.#client.close();
  }

  private state(scope: number): ScopeState {
    return this.#states[scope] as ScopeState;
  }
}

function authOf(parts: EngineParts): AuthOptions {
  const { world, clientId, clientSecret, givenToken } = parts;
  switch (world.auth) {
    case 'login':
      return { universalAuth: { clientId, clientSecret } };
    case 'given':
      return { accessToken: givenToken() };
    case 'given-anew':
      return { accessToken: givenToken };
  }
}
