import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import {
  Controller,
  type DynamicModule,
  Headers,
  type INestApplication,
  type LoggerService,
  Module,
  Post,
  type RawBodyRequest,
  Req,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  InfisicalModule,
  type InfisicalModuleOptions,
  InfisicalWebhookModule,
  InfisicalWebhookReceiver,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { createHmac } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  demoOptions,
  failureOf,
  type Folders,
  PROJECT_ID,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import { EmulatorHttp } from '../support/emulator-http.js';
import { SkewedClock } from '../support/skewed-clock.js';
import { RecordingTransport } from '../support/recording-transport.js';

const KEY = 'key of the webhook';
const LISTS = { path: '/api/v4/secrets' };
const MINUTE = 60_000;
const SECRET = 'canary-of-a-value';

/** A controller of the app, in place of the module's. */
@Controller('own')
class OwnController {
  constructor(readonly receiver: InfisicalWebhookReceiver) {}

  @Post()
  take(
    @Req() { rawBody }: RawBodyRequest<IncomingMessage>,
    @Headers('x-infisical-signature') signature: string,
  ): void {
    this.receiver.receive(rawBody, signature);
  }
}

const HOSTS = [
  { name: 'Express', adapter: () => [] },
  { name: 'Fastify', adapter: () => [new FastifyAdapter()] },
];

interface AppSettings {
  root?: Partial<InfisicalModuleOptions>;
  webhook?: DynamicModule;
  rawBody?: boolean;
  controllers?: (typeof OwnController)[];
}

let clock: VirtualClock;
let emulator: InfisicalEmulator;
let transport: RecordingTransport;
let apps: INestApplication[];
let lines: string[];
let adapter: () => FastifyAdapter[] = () => [];

const logger: LoggerService = {
  log: () => undefined,
  warn: (line: string) => lines.push(line),
  error: (line: string) => lines.push(line),
};

async function start(folders: Folders): Promise<void> {
  const users = [
    { email: 'ann@demo.test', projects: [{ slug: 'demo', role: 'admin' }] },
  ];
  const seed = { ...seedWith(folders), users };
  emulator = await InfisicalEmulator.start({ seed, clock });
  transport = new RecordingTransport(emulator.url);
}

async function boot(settings: AppSettings = {}): Promise<INestApplication> {
  const { root, webhook, rawBody = true, controllers } = settings;
  @Module({
    imports: [
      InfisicalModule.forRoot(
        demoOptions(emulator, { clock, transport, random: () => 0.9, ...root }),
      ),
      webhook ?? InfisicalWebhookModule.forRoot({ secret: KEY }),
    ],
    controllers,
  })
  class AppModule {}
  const [own] = adapter();
  const options = { rawBody, logger, abortOnError: false };
  const app = own
    ? await NestFactory.create(AppModule, own, options)
    : await NestFactory.create(AppModule, options);
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

function urlOf(app: INestApplication, path = 'infisical/webhook'): string {
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return `http://127.0.0.1:${port}/${path}`;
}

/** Tells the emulator where to deliver, as a user does in the dashboard. */
async function subscribe(webhookUrl: string, secretPath = '/'): Promise<void> {
  const user = new EmulatorHttp(emulator);
  user.token = emulator.userToken('ann@demo.test');
  const { status } = await user.post('/api/v1/webhooks', {
    projectId: PROJECT_ID,
    environment: 'dev',
    webhookUrl,
    webhookSecretKey: KEY,
    secretPath,
  });
  expect(status).toBe(200);
}

/** Lets the second pass in which the server gathers changes, and its deliveries. */
async function deliver(): Promise<void> {
  await clock.advance(1000);
  await emulator.idle();
}

/** Lets time pass, and the requests that it begins end. */
async function pass(ms: number): Promise<void> {
  await clock.advance(ms);
  await transport.idle();
}

const modified = (more: object = {}) => ({
  event: 'secrets.modified',
  project: { projectId: PROJECT_ID, environment: 'dev', secretPath: '/' },
  timestamp: clock.now(),
  ...more,
});

interface Delivery {
  body?: object;
  text?: string;
  key?: string;
  header?: string | null;
}

/** Sends what Infisical might send, or somebody else. */
async function send(
  app: INestApplication,
  { body = modified(), text, key = KEY, header }: Delivery = {},
  path?: string,
): Promise<{ status: number; text: string }> {
  const content = text ?? JSON.stringify(body);
  const mac = createHmac('sha256', key).update(content).digest('hex');
  const { timestamp } = body as { timestamp?: number };
  const signature = header ?? `t=${timestamp};${mac}`;
  const answer = await fetch(urlOf(app, path), {
    method: 'POST',
    body: content,
    headers: {
      'content-type': 'application/json',
      ...(header !== null && { 'x-infisical-signature': signature }),
    },
  });
  return { status: answer.status, text: await answer.text() };
}

const statusOf = async (app: INestApplication, delivery?: Delivery) =>
  (await send(app, delivery)).status;

beforeAll(silenceNest);

beforeEach(() => {
  clock = new VirtualClock();
  apps = [];
  lines = [];
  adapter = () => [];
});

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await emulator.stop();
});

describe.each(HOSTS)('a webhook on $name', (host) => {
  beforeEach(async () => {
    adapter = host.adapter;
    await start({ '/': { KEY: 'old' } });
  });

  it('brings a changed value to the readers within a second', async () => {
    const app = await boot();
    const secrets = app.get(SecretsService);
    await subscribe(urlOf(app));
    emulator.rotate('KEY', 'new');
    await deliver();
    await pass(999);
    expect(secrets.get('KEY')).toBe('new');
    expect(lines).toEqual([]);
  });

  it('answers before the refresh begins, and tells nothing', async () => {
    const app = await boot();
    emulator.clearRequests();
    expect(await send(app)).toEqual({ status: 200, text: '' });
    expect(emulator.count(LISTS)).toBe(0);
  });

  it('refuses what was not signed with the key', async () => {
    const app = await boot();
    emulator.clearRequests();
    const refused = await send(app, { key: 'another' });
    expect(refused.status).toBe(401);
    expect(refused.text).not.toMatch(/signature|hmac|key/i);
    expect(await statusOf(app, { header: null })).toBe(401);
    await pass(MINUTE);
    expect(emulator.count(LISTS)).toBe(0);
  });

  it('says what is missing when the app keeps no raw bodies', async () => {
    const app = await boot({ rawBody: false });
    expect(await statusOf(app)).toBe(500);
    expect(await statusOf(app)).toBe(500);
    expect(lines).toEqual([expect.stringContaining('{ rawBody: true }')]);
  });
});

describe('a delivery', () => {
  beforeEach(() => start({ '/': { KEY: 'old' }, '/app': { KEY: 'old' } }));

  it.each([
    ['no header', null],
    ['an empty one', ''],
    ['no time', 'a'.repeat(64)],
    ['a short hash', `t=1;${'a'.repeat(63)}`],
    ['a hash that is not hex', `t=1;${'x'.repeat(64)}`],
    ['another hash', `t=1;${'a'.repeat(64)}`],
    ['a list of hashes', `t=1;${'a'.repeat(64)};${'b'.repeat(64)}`],
  ])('is answered 401 with %s', async (_, header) => {
    expect(await statusOf(await boot(), { header })).toBe(401);
  });

  it('is refused when a byte of it was changed', async () => {
    const app = await boot();
    const body = modified();
    const mac = createHmac('sha256', KEY).update(JSON.stringify(body));
    const header = `t=${clock.now()};${mac.digest('hex')}`;
    const text = JSON.stringify(body).replace('"dev"', '"prd"');
    expect(await statusOf(app, { text, header })).toBe(401);
  });

  it.each([
    ['an hour ahead', 60 * MINUTE],
    ['an hour behind', -60 * MINUTE],
    ['a day ahead', 24 * 60 * MINUTE],
    ['a day behind', -24 * 60 * MINUTE],
  ])('is accepted by a machine whose clock is %s', async (_name, skew) => {
    const app = await boot({ root: { clock: new SkewedClock(clock, skew) } });
    expect(await statusOf(app, { body: modified() })).toBe(200);
    const old = modified({ timestamp: clock.now() - 6 * MINUTE });
    expect(await statusOf(app, { body: old })).toBe(401);
  });

  it('is accepted while it is young, by either clock', async () => {
    const app = await boot();
    const at = (age: number) =>
      statusOf(app, { body: modified({ timestamp: clock.now() - age }) });
    expect(await at(5 * MINUTE)).toBe(200);
    expect(await at(-5 * MINUTE)).toBe(200);
    expect(await at(5 * MINUTE + 1)).toBe(401);
    expect(await at(-5 * MINUTE - 1)).toBe(401);
  });

  it('may be as old as maxAge says', async () => {
    const webhook = InfisicalWebhookModule.forRoot({
      secret: KEY,
      maxAge: '10s',
    });
    const app = await boot({ webhook });
    const at = (age: number) =>
      statusOf(app, { body: modified({ timestamp: clock.now() - age }) });
    expect(await at(10_000)).toBe(200);
    expect(await at(10_001)).toBe(401);
  });

  it('has the time that is signed, not one that was put into the header', async () => {
    const app = await boot();
    const body = modified();
    const text = JSON.stringify(body);
    const mac = createHmac('sha256', KEY).update(text).digest('hex');
    await clock.advance(6 * MINUTE);
    const header = `t=${clock.now()};${mac}`;
    expect(await statusOf(app, { text, header })).toBe(401);
  });

  it('is accepted once', async () => {
    const app = await boot();
    const body = modified();
    expect(await statusOf(app, { body })).toBe(200);
    expect(await statusOf(app, { body })).toBe(401);
    await clock.advance(5 * MINUTE);
    expect(await statusOf(app, { body })).toBe(401);
    await clock.advance(1);
    expect(await statusOf(app, { body })).toBe(401);
  });

  it.each([
    ['no JSON', 'secrets.modified'],
    ['no object', 'null'],
    ['no time', '{"text":"A secret value has been added or modified."}'],
  ])('is answered 400 when it is signed and holds %s', async (_, text) => {
    const app = await boot();
    const mac = createHmac('sha256', KEY).update(text).digest('hex');
    // A body parser may be the one to refuse it, which never sees the key.
    const header = `t=${clock.now()};${mac}`;
    expect(await statusOf(app, { text, header })).toBe(400);
  });

  it('that tells of no place is answered 400', async () => {
    const body = modified({ project: { projectName: 'Demo' } });
    expect(await statusOf(await boot(), { body })).toBe(400);
  });

  it.each(['test', 'secrets.rotation-failed', 'event.of.the.future'])(
    'of the event %s is accepted and changes nothing',
    async (event) => {
      const app = await boot();
      emulator.clearRequests();
      expect(await statusOf(app, { body: modified({ event }) })).toBe(200);
      await pass(MINUTE);
      expect(emulator.count(LISTS)).toBe(0);
    },
  );

  it('of an older server names the project workspaceId', async () => {
    const app = await boot();
    emulator.clearRequests();
    const project = {
      workspaceId: PROJECT_ID,
      environment: 'dev',
      secretPath: '/',
    };
    await send(app, { body: modified({ project }) });
    await pass(1000);
    expect(emulator.count(LISTS)).toBe(1);
  });

  it.each([
    ['another folder', { secretPath: '/app' }],
    ['another environment', { environment: 'prod' }],
    ['another project', { projectId: 'another' }],
  ])('about %s asks for nothing', async (_, elsewhere) => {
    const app = await boot();
    emulator.clearRequests();
    const project = { ...modified().project, ...elsewhere };
    expect(await statusOf(app, { body: modified({ project }) })).toBe(200);
    await pass(MINUTE);
    expect(emulator.count(LISTS)).toBe(0);
  });

  it('about a folder below a recursive scope refreshes that', async () => {
    const app = await boot({ root: { recursive: true } });
    await subscribe(urlOf(app), '/**');
    emulator.rotate('KEY', 'new', { secretPath: '/app' });
    emulator.clearRequests();
    await deliver();
    await pass(1000);
    expect(emulator.count(LISTS)).toBe(1);
  });

  it('reaches a root that knows its project by slug', async () => {
    const app = await boot({
      root: { projectId: undefined, projectSlug: 'demo' },
    });
    await subscribe(urlOf(app));
    emulator.rotate('KEY', 'new');
    await deliver();
    await pass(1000);
    expect(app.get(SecretsService).get('KEY')).toBe('new');
  });
});

describe('a storm of deliveries', () => {
  beforeEach(() => start({ '/': { KEY: 'old' } }));

  it('is one refresh when it comes within a moment', async () => {
    const app = await boot();
    emulator.clearRequests();
    for (let index = 0; index < 20; index++) {
      expect(await statusOf(app, { body: modified({ index }) })).toBe(200);
    }
    await pass(1000);
    expect(emulator.count(LISTS)).toBe(1);
  });

  it('is ten refreshes at once and ten a minute, however long it lasts', async () => {
    const app = await boot();
    emulator.clearRequests();
    for (let second = 0; second < 300; second++) {
      await send(app, { body: modified({ second }) });
      await pass(1000);
    }
    expect(emulator.count(LISTS)).toBeGreaterThan(50);
    expect(emulator.count(LISTS)).toBeLessThanOrEqual(10 + 5 * 10);
  });

  it('never ends with an old value', async () => {
    const app = await boot();
    for (let round = 0; round < 30; round++) {
      emulator.rotate('KEY', `value ${round}`);
      await send(app, { body: modified({ round }) });
      await pass(300);
    }
    await pass(6_000);
    await pass(6_000);
    expect(app.get(SecretsService).get('KEY')).toBe('value 29');
  });
});

describe('a refresh that fails after a delivery', () => {
  it('is tried again until it succeeds', async () => {
    await start({ '/': { KEY: 'old' } });
    const app = await boot();
    emulator.trouble.add({ kind: 'reset', path: '/api/v4/secrets' });
    emulator.rotate('KEY', 'new');
    await send(app);
    for (let minute = 0; minute < 5; minute++) await pass(MINUTE);
    expect(app.get(SecretsService).status).toBe('stale');
    emulator.trouble.clear();
    for (let minute = 0; minute < 5; minute++) await pass(MINUTE);
    expect(app.get(SecretsService).get('KEY')).toBe('new');
    await app.close();
    expect(clock.pending).toBe(0);
  });
});

describe('a change that is told while a list is under way', () => {
  beforeEach(() => start({ '/': { KEY: 'old' } }));

  it('is not lost in the answer to that list', async () => {
    const app = await boot();
    const secrets = app.get(SecretsService);
    // The answer is made at once, and arrives late.
    const late = new Promise<void>((resolve) => {
      const original = transport.send.bind(transport);
      let isFirst = true;
      transport.send = async (request) => {
        if (!isFirst) return original(request);
        isFirst = false;
        const answer = await original(request);
        emulator.rotate('KEY', 'new');
        resolve();
        await new Promise((go) => clock.setTimeout(() => go(undefined), 2000));
        return answer;
      };
    });
    const polled = secrets.refresh();
    await late;
    expect(await statusOf(app)).toBe(200);
    await pass(1000);
    await clock.advance(1000);
    await polled;
    await transport.idle();
    await pass(0);
    expect(secrets.get('KEY')).toBe('new');
  });
});

describe('InfisicalWebhookModule', () => {
  beforeEach(() => start({ '/': { KEY: 'old', HOOK: KEY } }));

  it('takes the key from the secrets themselves', async () => {
    const webhook = InfisicalWebhookModule.forRootAsync({
      path: 'hooks/one',
      inject: [SecretsService],
      useFactory: (secrets: SecretsService) => ({
        secret: secrets.getOrThrow('HOOK'),
      }),
    });
    const app = await boot({ webhook });
    expect((await send(app, {}, 'hooks/one')).status).toBe(200);
    expect((await send(app, { key: 'x' }, 'hooks/one')).status).toBe(401);
    expect((await send(app)).status).toBe(404);
  });

  it('takes several keys, while one is being replaced', async () => {
    const webhook = InfisicalWebhookModule.forRoot({ secret: ['next', KEY] });
    const app = await boot({ webhook });
    expect(await statusOf(app)).toBe(200);
    expect(await statusOf(app, { key: 'next' })).toBe(200);
    expect(await statusOf(app, { key: 'other' })).toBe(401);
  });

  it('leaves the route to a controller of the app', async () => {
    const webhook = InfisicalWebhookModule.forRoot({
      secret: KEY,
      path: false,
    });
    const app = await boot({ webhook, controllers: [OwnController] });
    expect((await send(app, {}, 'own')).status).toBe(201);
    expect((await send(app, { header: null }, 'own')).status).toBe(401);
    expect((await send(app)).status).toBe(404);
  });

  it('refreshes the root that it names', async () => {
    const webhook = InfisicalWebhookModule.forRoot({
      secret: KEY,
      root: 'other',
    });
    const error = await failureOf(boot({ webhook }));
    expect(error.message).toContain('forRoot({ name: "other" })');
  });

  it.each([
    ['no secret', {}, /secret must be/],
    ['an empty one', { secret: '' }, /secret must be/],
    ['none of several', { secret: [] }, /secret must be/],
    ['no age', { secret: SECRET, maxAge: 0 }, /maxAge/],
    ['no path', { secret: SECRET, path: ' ' }, /path must be/],
    ['an unknown option', { secret: SECRET, key: SECRET }, /key/],
  ])('refuses %s', (_, options, message) => {
    const make = () =>
      InfisicalWebhookModule.forRoot(options as { secret: string });
    expect(make).toThrow(message);
    expect(make).not.toThrow(SECRET);
  });

  it('tells of refused deliveries once a minute, without what was in them', async () => {
    const app = await boot();
    const forged = { text: `{"x":"${SECRET}"}`, key: 'another' };
    for (let count = 0; count < 3; count++) await send(app, forged);
    expect(lines).toEqual([expect.stringContaining('does not fit')]);
    await clock.advance(MINUTE);
    await send(app, forged);
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain(SECRET);
    expect(lines.join()).not.toContain(KEY);
  });
});
