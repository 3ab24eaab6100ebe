import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalClient,
  InfisicalModule,
  type InfisicalModuleOptions,
  SecretsService,
  TokenService,
  type TransportRequest,
  type TransportStream,
} from 'nestjs-infisical';
import {
  InfisicalEmulator,
  type InfisicalEmulatorOptions,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { UndiciTransport } from '../../lib/http/undici.transport.js';
import {
  demoOptions,
  type Folders,
  PROJECT_ID,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import { RecordingTransport } from '../support/recording-transport.js';

const LISTS = { path: '/api/v4/secrets' };
const STREAMS = { path: '/api/v1/events/subscribe/project-events' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Script = (request: TransportRequest) => Promise<TransportStream>;

/** The real transport, whose streams a test may script. */
class StreamTransport extends RecordingTransport {
  readonly #real: UndiciTransport;
  /** Times at which streams were asked for. */
  readonly openings: number[] = [];
  /** What was asked for. */
  readonly bodies: string[] = [];
  /** Streams that are open. */
  live = 0;
  /** Pieces with an event that came. */
  told = 0;
  script: Script | undefined;

  constructor(
    url: string,
    private readonly clock: VirtualClock,
  ) {
    super(url);
    this.#real = new UndiciTransport(new URL(url));
  }

  async open(request: TransportRequest): Promise<TransportStream> {
    this.openings.push(this.clock.monotonic());
    this.bodies.push(request.body ?? '');
    const open: Script = this.script ?? ((one) => this.#real.open(one));
    const { body, ...head } = await open(request);
    return { ...head, body: this.counted(body) };
  }

  override async close(): Promise<void> {
    await this.#real.close();
    await super.close();
  }

  private async *counted(
    body: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    this.live++;
    try {
      for await (const piece of body) {
        if (Buffer.from(piece).includes('data: ')) this.told++;
        yield piece;
      }
    } finally {
      this.live--;
    }
  }
}

let clock: VirtualClock;
let emulator: InfisicalEmulator;
let transport: StreamTransport;
let module: TestingModule | undefined;
let warnings: string[];

const logger: LoggerService = {
  log: () => undefined,
  warn: (line: string) => warnings.push(line),
  error: (line: string) => warnings.push(line),
};

async function start(
  folders: Folders = { '/': { KEY: 'old' } },
  more: Partial<InfisicalEmulatorOptions> = {},
): Promise<void> {
  const seed = seedWith(folders);
  emulator = await InfisicalEmulator.start({ seed, clock, ...more });
  transport = new StreamTransport(emulator.url, clock);
}

async function boot(
  more: Partial<InfisicalModuleOptions> = {},
  imports: DynamicModule[] = [],
): Promise<SecretsService> {
  module = await Test.createTestingModule({
    imports: [
      InfisicalModule.forRoot(
        demoOptions(emulator, {
          clock,
          transport,
          random: () => 0.5,
          refresh: { interval: '5m', push: true },
          ...more,
        }),
      ),
      ...imports,
    ],
  })
    .setLogger(logger)
    .compile();
  await module.init();
  return module.get(SecretsService);
}

/** Resolves when it is so. What is waited for goes over the loopback. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether an event has come. */
const isTold = (): boolean => transport.told > 0;

/** Boots, and waits for the first stream and the refresh that follows it. */
async function connect(
  ...settings: Parameters<typeof boot>
): Promise<SecretsService> {
  const secrets = await boot(...settings);
  await clock.advance(1);
  await until(() => transport.live === 1);
  await pass(1000);
  emulator.clearRequests();
  return secrets;
}

/** Lets time pass, and the requests that it begins end. */
async function pass(ms: number): Promise<void> {
  await clock.advance(ms);
  await transport.idle();
}

/** Lets time pass in steps, so that each request gets its answer in time. */
async function passSlowly(ms: number, step: number): Promise<void> {
  for (let left = ms; left > 0; left -= step) await pass(Math.min(left, step));
}

const stream = (
  body: AsyncIterable<Uint8Array>,
  status = 200,
): TransportStream => ({
  status,
  headers: { 'content-type': 'text/event-stream' },
  body,
});

async function* nothing(): AsyncGenerator<Uint8Array> {
  // It ends at once.
}

/** The body of a refusal. */
async function* answer(error: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(JSON.stringify({ error })));
}

/** A stream that is open and silent until it is aborted. */
async function* silence(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
  yield Buffer.from('');
}

beforeAll(silenceNest);

beforeEach(() => {
  clock = new VirtualClock();
  warnings = [];
  module = undefined;
});

afterEach(async () => {
  await module?.close();
  await emulator.stop();
});

describe('a change that the server tells of', () => {
  it('reaches the readers within a second', async () => {
    await start();
    const secrets = await connect();
    emulator.rotate('KEY', 'new');
    await until(isTold);
    await pass(999);
    expect(secrets.get('KEY')).toBe('new');
    expect(emulator.count(LISTS)).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('asks for the scopes that hold the folder, and for no others', async () => {
    await start({ '/': { A: '1' }, '/app': { A: '1' }, '/mail': { A: '1' } });
    await connect({}, [
      InfisicalModule.forFeature({ path: '/app' }),
      InfisicalModule.forFeature({ path: '/mail' }),
    ]);
    emulator.rotate('A', 'new', { secretPath: '/mail' });
    await until(isTold);
    await pass(1000);
    const listed = emulator.requests.map(({ query }) => query['secretPath']);
    expect(listed).toEqual(['/mail']);
  });

  it('is one of imports, too', async () => {
    await start();
    const secrets = await connect();
    const client = (module as TestingModule).get(InfisicalClient);
    await client.folders.create({ name: 'shared' });
    await client.secrets.create('MORE', {
      secretValue: 'imported',
      path: '/shared',
    });
    await client.secretImports.create({
      from: { environment: 'dev', path: '/shared' },
    });
    await until(isTold);
    await pass(1000);
    await pass(1000);
    expect(secrets.get('MORE')).toBe('imported');
  });

  it('is not missed between the first list and the stream', async () => {
    await start();
    const secrets = await boot();
    emulator.rotate('KEY', 'new');
    await clock.advance(1);
    await until(() => transport.live === 1);
    await pass(1000);
    expect(secrets.get('KEY')).toBe('new');
  });
});

describe('a refresh that fails after the server told of a change', () => {
  const pushOnly = { refresh: { interval: false as const, push: true } };
  let secrets: SecretsService;

  beforeEach(async () => {
    await start();
    secrets = await connect(pushOnly);
  });

  /** Lets the server tell of a change, and refuse to give it. */
  async function troubled(status: number): Promise<void> {
    const path = '/api/v4/secrets';
    emulator.trouble.add({ kind: 'error', status, path });
    emulator.rotate('KEY', 'new');
    await until(isTold);
    await pass(1000);
  }

  it('is tried again until it succeeds, also where there is no interval', async () => {
    await troubled(500);
    expect(secrets.status).toBe('stale');
    await passSlowly(10 * MINUTE, 1000);
    expect(secrets.get('KEY')).toBe('old');
    // Half of 5, 10, 20 … 300 s.
    expect(emulator.count(LISTS)).toBeGreaterThan(6);
    expect(emulator.count(LISTS)).toBeLessThan(12);
    emulator.trouble.clear();
    await passSlowly(3 * MINUTE, 1000);
    expect(secrets.get('KEY')).toBe('new');
    expect(secrets.status).toBe('ready');
    emulator.clearRequests();
    await passSlowly(30 * MINUTE, 5000);
    expect(emulator.count(LISTS)).toBe(0);
  });

  it('is tried again every five minutes when it was refused', async () => {
    await troubled(403);
    emulator.clearRequests();
    await passSlowly(16 * MINUTE, 5000);
    expect(emulator.count(LISTS)).toBe(3);
    emulator.trouble.clear();
    await passSlowly(5 * MINUTE, 5000);
    expect(secrets.get('KEY')).toBe('new');
  });

  it('waits for nothing when the app has got it meanwhile', async () => {
    await troubled(403);
    emulator.trouble.clear();
    await secrets.refresh();
    emulator.clearRequests();
    await passSlowly(30 * MINUTE, 5000);
    expect(emulator.count(LISTS)).toBe(0);
  });

  it('is another matter than a refresh() of the app, which is told', async () => {
    const trouble = { status: 403, path: '/api/v4/secrets', times: 1 };
    emulator.trouble.add({ kind: 'error', ...trouble });
    await expect(secrets.refresh()).rejects.toThrow('403');
    emulator.clearRequests();
    await passSlowly(30 * MINUTE, 5000);
    expect(emulator.count(LISTS)).toBe(0);
  });
});

describe('the stream', () => {
  beforeEach(() => start());

  it('is opened again when the server ends it after an hour, and nothing is lost', async () => {
    const secrets = await connect();
    await passSlowly(HOUR - 2000, 5000);
    expect(transport.openings).toHaveLength(1);
    await pass(3000);
    emulator.rotate('KEY', 'new');
    await passSlowly(5000, 500);
    await until(() => transport.live === 1);
    await pass(1000);
    expect(transport.openings).toHaveLength(2);
    expect(secrets.get('KEY')).toBe('new');
    expect(warnings).toEqual([]);
  });

  it('outlives its token', async () => {
    await connect();
    const tokens = (module as TestingModule).get(TokenService);
    emulator.expireTokens();
    await (module as TestingModule).get(SecretsService).refresh();
    expect(tokens.state).toBe('ready');
    await passSlowly(MINUTE, 5000);
    expect(transport.openings).toHaveLength(1);
  });

  it('is opened again when not even a heartbeat comes', async () => {
    transport.script = ({ signal }) => Promise.resolve(stream(silence(signal)));
    await boot();
    await passSlowly(44_000, 1000);
    expect(transport.openings).toHaveLength(1);
    await passSlowly(5000, 500);
    expect(transport.openings).toHaveLength(2);
  });

  it('is asked for in one environment and folder, so that few permissions are needed', async () => {
    await connect();
    const { projectId, register } = JSON.parse(transport.bodies[0] ?? '') as {
      projectId: string;
      register: { event: string; conditions: object }[];
    };
    expect(projectId).toBe(PROJECT_ID);
    expect(register).toHaveLength(4);
    for (const { conditions } of register) {
      expect(conditions).toEqual({ environmentSlug: 'dev', secretPath: '/' });
    }
  });

  it('is opened anew for a tenant in another folder, and refreshes it', async () => {
    const secrets = await connect();
    const client = (module as TestingModule).get(InfisicalClient);
    await client.folders.create({ name: 't1' });
    const created = { secretValue: 'old', path: '/t1' };
    await client.secrets.create('KEY', created);
    const tenant = await secrets.scope({ path: '/t1' });
    await pass(1000);
    await until(() => transport.openings.length === 2);
    expect(transport.bodies[1]).toContain('"/**"');
    await until(() => transport.live === 1);
    await pass(1000);
    emulator.rotate('KEY', 'new', { secretPath: '/t1' });
    await until(isTold);
    await pass(1000);
    expect(tenant.get('KEY')).toBe('new');
  });

  it('ends with the app, and leaves no timer', async () => {
    await connect();
    await module?.close();
    module = undefined;
    await until(() => transport.live === 0);
    await emulator.stop();
    expect(clock.pending).toBe(0);
  });

  it('is not there by default', async () => {
    await boot({ refresh: { interval: '5m' } });
    await pass(HOUR);
    expect(transport.openings).toEqual([]);
  });
});

describe('a stream that is refused', () => {
  it('for the plan is asked for once, and the interval goes on', async () => {
    await start(undefined, { plan: { eventSubscriptions: false } });
    const secrets = await boot();
    await passSlowly(HOUR, 5000);
    expect(emulator.count(STREAMS)).toBe(1);
    expect(warnings).toEqual([
      expect.stringMatching(/intervals go on.*current plan/),
    ]);
    emulator.rotate('KEY', 'new');
    await passSlowly(6 * MINUTE, 5000);
    expect(secrets.get('KEY')).toBe('new');
  });

  it('says that nothing refreshes the scopes where there is no interval', async () => {
    await start(undefined, { plan: { eventSubscriptions: false } });
    await boot({ refresh: { interval: false, push: true } });
    await clock.advance(1);
    await until(() => warnings.length > 0);
    expect(warnings[0]).toContain('set refresh.interval');
  });

  it.each([
    [403, 'PermissionDenied'],
    [404, 'Not Found'],
  ])('with %i %s is asked for once', async (status, error) => {
    await start();
    transport.script = () => Promise.resolve(stream(answer(error), status));
    await boot();
    await passSlowly(HOUR, 5000);
    expect(transport.openings).toHaveLength(1);
    expect(warnings).toHaveLength(1);
  });

  it('for more folders goes on for those that were granted', async () => {
    await start({ '/': { KEY: 'old' }, '/t1': { KEY: 'old' } });
    const secrets = await connect();
    transport.script = () => Promise.resolve(stream(nothing(), 403));
    await secrets.scope({ path: '/t1' });
    await pass(1000);
    transport.script = undefined;
    await passSlowly(5000, 500);
    await until(() => transport.live === 1);
    await pass(1000);
    expect(transport.openings).toHaveLength(3);
    expect(transport.bodies[2]).toBe(transport.bodies[0]);
    expect(warnings).toHaveLength(1);
    await passSlowly(HOUR / 2, 5000);
    expect(transport.openings).toHaveLength(3);
  });

  it('by a transport that cannot do it says so', async () => {
    await start();
    const plain = new RecordingTransport(emulator.url);
    await boot({ transport: plain });
    await clock.advance(1);
    await until(() => warnings.length > 0);
    expect(warnings).toEqual([expect.stringContaining('no open()')]);
  });
});

describe('a stream that flaps for an hour', () => {
  const scripts: Record<string, Script> = {
    'ends at once': () => Promise.resolve(stream(nothing())),
    'cannot be opened': () => Promise.reject(new Error('reset')),
    'is answered 503': () => Promise.resolve(stream(nothing(), 503)),
    'is answered 401': () => Promise.resolve(stream(nothing(), 401)),
    'is a page of a proxy': () =>
      Promise.resolve({ ...stream(nothing()), headers: {} }),
    'is silent': ({ signal }) => Promise.resolve(stream(silence(signal))),
    'ends when it has lived long': () => Promise.resolve(stream(life(301))),
    'ends at once, but for a long one now and then': () =>
      Promise.resolve(
        stream(transport.openings.length % 8 === 0 ? life(301) : nothing()),
      ),
    'ends when it has lived for a while': () =>
      Promise.resolve(stream(life(61))),
  };

  /** Beats for some seconds, and ends. */
  async function* life(seconds: number): AsyncGenerator<Uint8Array> {
    for (let left = seconds; left > 0; left -= 10) {
      const beat = Math.min(left, 10) * 1000;
      await new Promise((go) => clock.setTimeout(() => go(undefined), beat));
      yield Buffer.from('event: ping\n\n');
    }
  }

  it.each(Object.keys(scripts))(
    'costs at most 40 requests and 40 lists when it %s',
    async (name) => {
      for (const random of [() => 0, () => 0.99]) {
        clock = new VirtualClock();
        await start();
        transport.script = scripts[name];
        await boot({ refresh: { interval: false, push: true }, random });
        emulator.clearRequests();
        await passSlowly(HOUR, 1000);
        // The retry of a rejected token is one more request each.
        const each = name === 'is answered 401' ? 2 : 1;
        expect(transport.openings.length).toBeLessThanOrEqual(40 * each);
        expect(transport.openings.length).toBeGreaterThan(10);
        expect(emulator.count(LISTS)).toBeLessThanOrEqual(40);
        await module?.close();
        await emulator.stop();
      }
    },
  );

  it('is asked for less and less often', async () => {
    await start();
    transport.script = scripts['is answered 503'];
    await boot();
    await passSlowly(HOUR, 1000);
    const gaps = transport.openings.map(
      (at, index, all) => at - (all[index - 1] ?? 0),
    );
    // Three quarters of 1, 2, 4 … 300 s.
    expect(gaps[1]).toBeLessThan(1500);
    expect(gaps[4]).toBeGreaterThan(5000);
    expect(gaps.at(-1)).toBeGreaterThan(220_000);
  });

  it('is told of once, and heals by itself', async () => {
    await start();
    transport.script = scripts['is answered 503'];
    const secrets = await boot({ refresh: { interval: false, push: true } });
    await passSlowly(10 * MINUTE, 500);
    expect(warnings).toEqual([expect.stringContaining('again and again')]);
    emulator.rotate('KEY', 'new');
    transport.script = undefined;
    await passSlowly(6 * MINUTE, 500);
    expect(transport.live).toBe(1);
    expect(secrets.get('KEY')).toBe('new');
    expect(warnings).toHaveLength(1);
  });

  it('waits as long as the server asks', async () => {
    await start();
    transport.script = () =>
      Promise.resolve({
        ...stream(nothing(), 429),
        headers: { 'retry-after': '1800' },
      });
    await boot();
    await passSlowly(HOUR / 2 - 1000, 1000);
    expect(transport.openings).toHaveLength(1);
    await passSlowly(3000, 1000);
    expect(transport.openings).toHaveLength(2);
  });
});
