import { ENVIRONMENTS, placeOf, type SimulatedScope } from './folders.js';
import { plainScheduleOf } from './plain-schedule.js';
import type {
  Schedule,
  ScheduledEvent,
  ServerSettings,
  Where,
  World,
} from './schedule.js';
import { SeededRandom } from './seeded-random.js';

const SCOPES: readonly SimulatedScope[] = [
  { environment: 'dev', path: '/', recursive: true },
  { environment: 'dev', path: '/', recursive: false },
  { environment: 'dev', path: '/app', recursive: true },
  { environment: 'dev', path: '/app/db', recursive: false },
  { environment: 'dev', path: '/jobs', recursive: false },
  { environment: 'prod', path: '/', recursive: false },
  { environment: 'prod', path: '/app', recursive: true },
  { environment: 'prod', path: '/app/db', recursive: false },
];

/** The schedule of a seed, with all that may be in it: always the same. */
export function scheduleOf(seed: number): Schedule {
  const plain = plainScheduleOf(seed);
  // Chance of its own, so that the plain part stays what it is.
  const random = new SeededRandom(seed + 3_000_000);
  const isOfParts = random.chance(0.04);
  const world = {
    ...worldOf(random, plain),
    ...(isOfParts
      ? { scopes: SCOPES.slice(0, 4), auth: 'login' as const }
      : {}),
  };
  const events: ScheduledEvent[] = isOfParts
    ? [{ kind: 'permission-lost', ...later(random), where: RECURSIVE }]
    : [
        ...plain.events.map((event) => somewhere(random, event, world)),
        ...moreEvents(random, plain, world),
      ];
  return {
    ...plain,
    ...world,
    server: {
      ...plain.server,
      ...limitsOf(random, plain, world),
    },
    events: events.sort((a, b) => a.at - b.at),
  };
}

/** What may be allowed for a part, and not for the whole. */
const RECURSIVE: Where = { recursive: true };

function later(random: SeededRandom): { at: number; until: number } {
  const at = random.between(15_000, 300_000);
  return { at, until: at + random.between(30_000, 1_200_000) };
}

/** Limits of which the server tells, and which leave room for what goes on all the time. */
function limitsOf(
  random: SeededRandom,
  { server, refreshInterval, events }: Schedule,
  { scopes }: World,
): Partial<ServerSettings> {
  const isShort = [server, ...events.map(settingsIn)].some(
    ({ period, ttl }) => (period || ttl || 600) < 60,
  );
  if (isShort || !random.chance(0.15)) return {};
  const lists = (scopes.length * 60_000) / refreshInterval;
  const othersLoad = random.pick([0, 0, 3]);
  return {
    rateLimit: Math.ceil(2.5 * lists) + 6 + othersLoad,
    othersLoad,
    limitsAreTold: random.chance(0.8),
  };
}

function settingsIn(event: ScheduledEvent): Partial<ServerSettings> {
  return event.kind === 'reconfigure' ? event.settings : {};
}

function worldOf(random: SeededRandom, { refreshInterval }: Schedule): World {
  return {
    scopes: scopesOf(random),
    hasImports: random.chance(0.15),
    auth: random.chance(0.12) ? random.pick(['given', 'given-anew']) : 'login',
    removed: random.pick(['drop', 'drop', 'keep', 'error']),
    hasSchema: random.chance(0.3),
    maxStale: random.chance(0.3)
      ? refreshInterval * random.pick([1.2, 2, 4])
      : Infinity,
  };
}

function scopesOf(random: SeededRandom): SimulatedScope[] {
  const first = random.pick(SCOPES);
  const scopes = new Map([[placeOf(first), first]]);
  const count = random.chance(0.4) ? random.whole(2, 4) : 1;
  while (scopes.size < count) {
    const next = random.pick(SCOPES);
    scopes.set(placeOf(next), next);
  }
  return [...scopes.values()];
}

/** What concerns lists may concern some of them only. */
function somewhere(
  random: SeededRandom,
  event: ScheduledEvent,
  { scopes }: World,
): ScheduledEvent {
  switch (event.kind) {
    case 'permission-lost':
    case 'folder-gone':
      return scopes.length > 1 && random.chance(0.7)
        ? { ...event, where: whereOf(random) }
        : event;
    case 'change-secrets':
      return {
        ...event,
        environment: random.pick([...ENVIRONMENTS, undefined]),
      };
    default:
      return event;
  }
}

function whereOf(random: SeededRandom): Where {
  return random.chance(0.5)
    ? { environment: random.pick(ENVIRONMENTS) }
    : { recursive: random.chance(0.7) };
}

function moreEvents(
  random: SeededRandom,
  plain: Schedule,
  { hasSchema }: World,
): ScheduledEvent[] {
  const span = Math.max(60_000, ...plain.events.map(({ at }) => at));
  // What is refused ends a start for good, so it comes after it.
  const at = (): number => Math.max(15_000, random.between(0, span));
  const lasting = (): number =>
    plain.refreshInterval * random.pick([0.3, 1, 3]) * random.between(0.5, 1.5);
  const events: ScheduledEvent[] = [];
  const add = (kind: 'secrets-cut' | 'secrets-spoilt'): void => {
    const from = at();
    const environment = random.pick(ENVIRONMENTS);
    events.push({ kind, at: from, until: from + lasting(), environment });
  };
  if (random.chance(0.12)) add('secrets-cut');
  if (hasSchema && random.chance(0.3)) add('secrets-spoilt');
  if (random.chance(0.12)) {
    const callers = random.pick([1, 3, 60]);
    const rounds = random.pick([1, 1, 40]);
    events.push({ kind: 'force-refresh', at: at(), callers, rounds });
  }
  return events;
}
