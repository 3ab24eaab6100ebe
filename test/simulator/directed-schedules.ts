import { PLAIN_WORLD } from './plain-schedule.js';
import type { Schedule, ServerSettings, Window } from './schedule.js';

/** A plain world in which nothing happens. */
export function quiet(server: Partial<ServerSettings>): Schedule {
  return {
    ...PLAIN_WORLD,
    seed: 1,
    server: {
      generation: 'gen2',
      ttl: 300,
      maxTtl: 0,
      period: 0,
      uses: 0,
      api: 'v4',
      etags: true,
      latency: 20,
      skew: 0,
      rateLimit: 0,
      othersLoad: 0,
      limitsAreTold: false,
      ...server,
    },
    refreshInterval: 60_000,
    callEvery: 0,
    events: [],
  };
}

/** Hits every request; in seconds. */
export function fault(
  kind: Extract<Window, { kind: 'fault' }>['fault'],
  routes: 'all' | 'auth' | 'secrets',
  from: number,
  to: number,
): Extract<Window, { kind: 'fault' }> {
  return {
    kind: 'fault',
    at: from * 1000,
    until: to * 1000,
    fault: kind,
    routes,
    share: 1,
    status: 503,
  };
}
