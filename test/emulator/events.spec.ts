import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  InfisicalEmulator,
  VirtualClock,
} from 'nestjs-infisical/testing';
import {
  EmulatorHttp,
  errorOf,
  pick,
  PROJECT_ID,
} from '../support/emulator-http.js';
import { EventSource } from '../support/event-source.js';

const URL_PATH = '/api/v1/events/subscribe/project-events';
const V4 = '/api/v4/secrets';
const MINUTE = 60_000;
const dev = { projectId: PROJECT_ID, environment: 'dev' };
const [project] = DEFAULT_EMULATOR_SEED.projects;
const EVENTS = ['create', 'update', 'delete', 'import-mutation'];
const ALL = EVENTS.map((kind) => ({ event: `secret:${kind}` }));

const SEED: EmulatorSeed = {
  ...DEFAULT_EMULATOR_SEED,
  projects: [
    {
      ...project,
      slug: 'demo',
      environments: ['dev', 'prod'],
      folders: [{ environment: 'dev', path: '/app/deep' }],
      secrets: [{ environment: 'dev', values: { A: 'value of A' } }],
      imports: [
        {
          environment: 'prod',
          path: '/',
          from: { environment: 'dev', path: '/app' },
        },
      ],
      roles: [
        {
          slug: 'creations-of-app',
          permissions: [
            {
              action: 'subscribe-on-created',
              subject: 'secret-events',
              conditions: {
                environment: 'dev',
                secretPath: { $glob: '/app/**' },
              },
            },
          ],
        },
      ],
    },
    { slug: 'foreign', id: 'foreign-id', environments: ['dev'] },
  ],
  identities: [
    ...DEFAULT_EMULATOR_SEED.identities,
    {
      name: 'limited',
      projects: [{ slug: 'demo', role: 'creations-of-app' }],
      universalAuth: { clientId: 'limited', clientSecret: 's' },
    },
  ],
  users: [
    { email: 'ann@demo.test', projects: [{ slug: 'demo', role: 'viewer' }] },
  ],
};

let clock: VirtualClock;
let emulator: InfisicalEmulator;
let http: EmulatorHttp;
let sources: EventSource[];

beforeEach(async () => {
  sources = [];
  clock = new VirtualClock();
  emulator = await InfisicalEmulator.start({ seed: SEED, clock });
  http = new EmulatorHttp(emulator);
  await http.useLogin();
});
afterEach(async () => {
  for (const source of sources) source.close();
  await emulator.stop();
});

async function subscribe(
  register: unknown = ALL,
  token = http.token,
): Promise<EventSource> {
  const body = { projectId: PROJECT_ID, register };
  const source = await EventSource.open(emulator.url + URL_PATH, token, body);
  sources.push(source);
  return source;
}

const refused = (register: unknown, projectId = PROJECT_ID) =>
  http.post(URL_PATH, { projectId, register });

const write = (name: string, secretPath = '/') =>
  http.post(`${V4}/${name}`, { ...dev, secretPath, secretValue: 'value' });

describe('the event stream', () => {
  it('§10 starts with its headers before anything happens', async () => {
    const { response } = await subscribe();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
  });

  it('§10 sends exact frames, a batch as one, and never a value', async () => {
    const source = await subscribe();
    const now = clock.now();
    await write('NEW');
    await http.patch(`${V4}/A`, { ...dev, secretValue: 'changed' });
    const secrets = [{ secretKey: 'A' }, { secretKey: 'NEW' }];
    await http.delete(`${V4}/batch`, { ...dev, secrets });
    const frame = (event: string, ...keys: string[]) => {
      const payload = keys.map((secretKey) => ({
        environment: 'dev',
        secretPath: '/',
        secretKey,
      }));
      const data = {
        projectType: 'secret-manager',
        data: { eventType: event, payload },
      };
      return `id: ${now}\nevent: ${event}\ndata: ${JSON.stringify(data)}`;
    };
    expect(await source.frames(3)).toEqual([
      frame('secret:create', 'NEW'),
      frame('secret:update', 'A'),
      frame('secret:delete', 'A', 'NEW'),
    ]);
  });

  it('§10 sends an object, not a list, when imports change', async () => {
    const source = await subscribe([{ event: 'secret:import-mutation' }]);
    await write('NEW', '/app');
    const [frame = ''] = await source.frames(1);
    const data: unknown = JSON.parse(frame.split('data: ')[1] ?? '');
    expect(data).toEqual({
      projectType: 'secret-manager',
      data: {
        eventType: 'secret:import-mutation',
        payload: { environment: 'prod', secretPath: '/' },
      },
    });
  });

  it('§10 takes the path of a condition as a glob, the root by default', async () => {
    const conditions = (secretPath?: string) => ({
      environmentSlug: 'dev',
      ...(secretPath && { secretPath }),
    });
    const event = 'secret:create';
    const app = await subscribe([{ event, conditions: conditions('/app/*') }]);
    const root = await subscribe([{ event, conditions: conditions() }]);
    const prod = await subscribe([
      { event, conditions: { environmentSlug: 'prod', secretPath: '/**' } },
    ]);
    await write('IN_ROOT');
    await write('IN_APP', '/app');
    await write('IN_DEEP', '/app/deep');
    await emulator.stop();
    const keys = async (source: EventSource) =>
      [...(await source.end()).matchAll(/"secretKey":"(\w+)"/g)].map(
        ([, key]) => key,
      );
    expect(await keys(app)).toEqual(['IN_DEEP']);
    expect(await keys(root)).toEqual(['IN_ROOT']);
    expect(await keys(prod)).toEqual([]);
  });

  it('does not stand in the way of writes with a path that is no glob', async () => {
    const conditions = { environmentSlug: 'dev', secretPath: '/[z-a]' };
    await subscribe([{ event: 'secret:create', conditions }]);
    expect((await write('NEW')).status).toBe(200);
  });

  it('§10 pings every 15 seconds without a data line', async () => {
    const source = await subscribe();
    await clock.advance(30_000);
    expect(await source.frames(2)).toEqual(['event: ping', 'event: ping']);
  });

  it('§10 ends after an hour', async () => {
    const source = await subscribe();
    await clock.advance(60 * MINUTE - 1);
    expect(await source.frames(239)).toHaveLength(239);
    await clock.advance(1);
    expect(await source.end()).not.toContain('event: error');
  });

  it('§10 ends within a minute of losing the permission', async () => {
    const created = await http.post('/api/v1/projects', { projectName: 'x' });
    const projectId = pick(created, 'project', 'id');
    const source = await EventSource.open(emulator.url + URL_PATH, http.token, {
      projectId,
      register: ALL,
    });
    sources.push(source);
    await http.delete(`/api/v1/projects/${projectId}`, undefined, {
      isUnlisted: true,
    });
    await clock.advance(MINUTE);
    expect(await source.end()).toContain(
      'event: error\ndata: {"message":"Permission denied or refresh failed"}\n\n',
    );
  });

  it('ends cleanly with the emulator, and leaves no timer', async () => {
    const source = await subscribe();
    await emulator.stop();
    expect(await source.end()).toBe('');
    expect(clock.pending).toBe(0);
  });

  it('§10 is for users as well', async () => {
    const token = emulator.userToken('ann@demo.test');
    expect((await subscribe(ALL, token)).response.status).toBe(200);
  });
});

describe('a subscription that is refused', () => {
  it('§10 registers 1 to 10 events that exist', async () => {
    const one = { event: 'secret:create' };
    const conditions = { secretPath: '/' };
    for (const register of [
      [],
      Array.from({ length: 11 }, () => one),
      [{ event: 'secret:read' }],
      [{ ...one, conditions }],
    ]) {
      expect((await refused(register)).status).toBe(422);
    }
  });

  it('§10 asks permission for each item, without conditions for the environment ""', async () => {
    await http.useLogin('limited', 's');
    const conditions = { environmentSlug: 'dev', secretPath: '/app/x' };
    const allowed = await subscribe([{ event: 'secret:create', conditions }]);
    expect(allowed.response.status).toBe(200);
    const denied = await refused([{ event: 'secret:create' }]);
    expect(errorOf(denied)).toMatchObject({
      status: 403,
      error: 'PermissionDenied',
    });
    const other = await refused([{ event: 'secret:update', conditions }]);
    expect(other.status).toBe(403);
    expect((await refused(ALL, 'foreign-id')).status).toBe(403);
  });

  it('§10 answers 403 before 400 where the plan lacks the feature', async () => {
    const cheap = await InfisicalEmulator.start({
      seed: SEED,
      plan: { eventSubscriptions: false },
    });
    http = new EmulatorHttp(cheap);
    await http.useLogin('limited', 's');
    expect((await refused(ALL)).status).toBe(403);
    await http.useLogin();
    expect(errorOf(await refused(ALL))).toEqual({
      status: 400,
      error: 'BadRequest',
      message:
        'Event subscriptions are not available on your current plan. Please upgrade to access this feature.',
    });
    await cheap.stop();
  });

  it('§10 is the 101st of a project, until one ends', async () => {
    const all = await Promise.all(
      Array.from({ length: 100 }, () => subscribe()),
    );
    expect(errorOf(await refused(ALL))).toMatchObject({
      status: 429,
      error: 'RateLimitExceeded',
    });
    all[0]?.close();
    for (;;) {
      const source = await subscribe();
      if (source.response.status === 200) break;
      expect(source.response.status).toBe(429);
    }
  });
});
