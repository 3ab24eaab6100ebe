import type {
  FaultKind,
  Schedule,
  ScheduledEvent,
  ServerSettings,
  World,
} from './schedule.js';
import { SeededRandom } from './seeded-random.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds: none, short ones, those of a reasonable server, the default of 30 days, and ten years. */
const TTLS = [0, 60, 120, 300, 900, 3600, 7200, 2_592_000, 315_360_000];
const SHORT_TTLS = [1, 2, 5, 30];

export const PLAIN_WORLD: World = {
  scopes: [{ environment: 'dev', path: '/', recursive: false }],
  hasImports: false,
  auth: 'login',
  removed: 'drop',
  hasSchema: false,
  maxStale: Infinity,
};

/** A schedule of the seed in the plainest world: one folder, and nothing that is optional. */
export function plainScheduleOf(seed: number): Schedule {
  const random = new SeededRandom(seed);
  const server = serverOf(random);
  const span = spanOf(server, random);
  const refreshInterval =
    span > DAY ? DAY : Math.max(10_000, span / random.pick([4, 8, 16]));
  const count = random.chance(0.08) ? 0 : random.whole(1, 6);
  const events = Array.from({ length: count }, () =>
    eventOf(random, span, server),
  );
  return {
    ...PLAIN_WORLD,
    seed,
    server,
    refreshInterval,
    callEvery: random.chance(0.3) ? Math.max(span / 20, 700) : 0,
    events: events.sort((a, b) => a.at - b.at),
  };
}

function serverOf(random: SeededRandom): ServerSettings {
  const generation = random.pick(['gen1', 'middle', 'gen2', 'gen2'] as const);
  const ttl = random.pick(random.chance(0.12) ? SHORT_TTLS : TTLS);
  const base = ttl || 600;
  const hasPeriod = random.chance(0.1) && ttl >= 5;
  return {
    generation,
    ttl,
    maxTtl: random.pick([0, base, base * 1.5, base * 3, base * 10]),
    period: hasPeriod ? ttl : 0,
    uses: random.chance(0.1) ? random.whole(3, 40) : 0,
    api: random.chance(0.2) ? 'v3' : 'v4',
    etags: random.chance(0.8),
    latency: random.pick([1, 5, 20, 150]),
    skew: random.pick([0, 0, 400, -90_000, 3_600_000, -DAY]),
    // The plans of the cloud; renewals of short lives would not fit.
    rateLimit:
      random.chance(0.15) && base >= 60 ? random.pick([90, 120, 200]) : 0,
    othersLoad: 0,
    limitsAreTold: false,
  };
}

/** How long it is watched: some lives of a token, or days where it lives for long. */
function spanOf({ ttl }: ServerSettings, random: SeededRandom): number {
  if (ttl > 7200 && random.chance(0.5)) return 40 * DAY;
  const lives = (ttl || 600) * 1000 * random.between(2, 5);
  return Math.min(2 * HOUR, Math.max(3 * MINUTE, lives));
}

function eventOf(
  random: SeededRandom,
  span: number,
  server: ServerSettings,
): ScheduledEvent {
  const at = random.between(0, span);
  const until =
    at + random.pick([0.5, 5, 20, 90, 600]) * 1000 * random.between(0.5, 2);
  // What ends a start for good comes after it.
  const later = Math.max(at, 15_000);
  const unlucky = { at: later, until: until - at + later };
  const draw = random.next();
  if (draw < 0.58) {
    return {
      kind: 'fault',
      at,
      until,
      fault: random.pick<FaultKind>([
        'slow',
        'status',
        'status',
        'rate-limit',
        'page',
        'reset-before',
        'reset-after',
        'hang',
        'truncated',
      ]),
      routes: random.pick(['all', 'all', 'auth', 'secrets']),
      share: random.pick([0.3, 0.7, 1, 1]),
      status: random.pick([500, 502, 503, 504]),
    };
  }
  if (draw < 0.68) {
    // Long enough to lock the identity of a client that does not wait.
    const lasting = later + random.between(30, 3600) * 1000;
    return { kind: 'wrong-credentials', at: later, until: lasting };
  }
  if (draw < 0.71) {
    return { kind: 'locked-by-others', at: later, until: later + 300_000 };
  }
  if (draw < 0.75) return { kind: 'permission-lost', ...unlucky };
  if (draw < 0.78) return { kind: 'folder-gone', ...unlucky };
  if (draw < 0.83) return { kind: 'revoke-tokens', at };
  if (draw < 0.89) return { kind: 'change-secrets', at };
  if (draw < 0.93) {
    const ms = random.pick([2, 45, 600, 7200, 90_000]) * 1000;
    return { kind: 'suspend', at, ms };
  }
  if (draw < 0.96) {
    return { kind: 'jump', at, ms: random.pick([-DAY, -5000, 5000, HOUR]) };
  }
  const ttl = random.pick([Math.max(2, server.ttl), 60, 600]);
  return {
    kind: 'reconfigure',
    at,
    settings: random.pick([
      { generation: 'gen1' as const },
      { generation: 'gen2' as const },
      { maxTtl: random.pick([0, ttl, ttl * 2]) },
      { ttl, maxTtl: 0 },
      { api: 'v3' as const },
    ]),
  };
}
