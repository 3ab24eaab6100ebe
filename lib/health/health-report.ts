import type { LeaseSummary } from '../leases/dynamic-lease.service.js';
import type { TokenService } from '../renewal/token.service.js';
import type { ScopeState } from '../secrets/scope-state.js';
import type { ScopeStore } from '../secrets/scope-store.js';
import { errorFacts } from './error-facts.js';
import type {
  InfisicalHealth,
  InfisicalHealthState,
  InfisicalLeaseHealth,
  InfisicalScopeHealth,
  InfisicalTokenHealth,
} from './health.types.js';
import type { RootServices } from './root-services.js';

/** From the best to the worst. */
const STATES: readonly InfisicalHealthState[] = ['up', 'degraded', 'down'];

/**
 * How a root is, from memory: nothing is asked of the server, and no refresh
 * is started.
 *
 * @param maxStale milliseconds. Default: the store's
 */
export function reportOf(
  { token, store, leases }: RootServices,
  maxStale: number = store.maxStale,
): InfisicalHealth {
  const scopes = store.asked.filter(({ isTenant }) => !isTenant);
  const tenants = store.asked.filter(({ isTenant }) => isTenant);
  const held = leases.leases;
  return {
    state: worst([
      stateOfToken(token),
      ...scopes.map((scope) => stateOfScope(scope, store, maxStale)),
      ...tenants.map((state) =>
        store.statusOf(state) === 'ready' ? ('up' as const) : 'degraded',
      ),
      ...held.map(stateOfLease),
    ]),
    token: tellToken(token),
    scopes: scopes.map((scope) => tellScope(scope, store)),
    tenants: tenants.length > 0 ? tellTenants(tenants, store) : undefined,
    leases: held.map(tellLease),
  };
}

function worst(states: readonly InfisicalHealthState[]): InfisicalHealthState {
  return STATES.findLast((state) => states.includes(state)) ?? 'up';
}

function stateOfToken(token: TokenService): InfisicalHealthState {
  switch (token.state) {
    case 'closed':
      return 'down';
    case 'idle':
    case 'ready':
      return 'up';
    case 'refreshing':
      // Due by the calendar, or because the try before failed.
      return token.lastError ? 'degraded' : 'up';
    default:
      return token.isRefused ? 'down' : 'degraded';
  }
}

function stateOfScope(
  scope: ScopeState,
  store: ScopeStore,
  maxStale: number,
): InfisicalHealthState {
  if (!scope.snapshot || store.age(scope) > maxStale) return 'down';
  return scope.status === 'ready' ? 'up' : 'degraded';
}

function stateOfLease({
  status,
  lastError,
}: LeaseSummary): InfisicalHealthState {
  if (status === 'expired') return 'down';
  return lastError || status === 'expiring' ? 'degraded' : 'up';
}

function tellToken(token: TokenService): InfisicalTokenHealth {
  return {
    state: token.state,
    expiresInMs: whole(token.expiresIn),
    lastError: errorFacts(token.lastError),
  };
}

function tellScope(scope: ScopeState, store: ScopeStore): InfisicalScopeHealth {
  const { path, environment, recursive } = scope.scope;
  return {
    path,
    environment,
    recursive,
    status: store.statusOf(scope),
    ageMs: scope.snapshot && whole(store.age(scope)),
    restored: scope.isRestored || undefined,
    lastError: errorFacts(scope.lastError),
  };
}

function tellTenants(
  tenants: readonly ScopeState[],
  store: ScopeStore,
): InfisicalHealth['tenants'] {
  return {
    loaded: tenants.length,
    stale: tenants.filter((state) => store.statusOf(state) !== 'ready').length,
  };
}

function tellLease(lease: LeaseSummary): InfisicalLeaseHealth {
  return {
    name: lease.name,
    state: lease.status,
    generation: lease.generation,
    expiresInMs: whole(lease.expiresIn),
    lastError: errorFacts(lease.lastError),
  };
}

function whole(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms);
}
