import { afterEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import {
  DynamicLeaseService,
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalConfigError,
  InfisicalHttpError,
  InfisicalModule,
  InfisicalNetworkError,
  InfisicalNotFoundError,
  InfisicalTimeoutError,
  SecretsService,
} from 'nestjs-infisical';
import {
  type EmulatorSeedUniversalAuth,
  InfisicalEmulator,
  type InfisicalEmulatorOptions,
  VirtualClock,
} from 'nestjs-infisical/testing';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  demoOptions,
  failureOf,
  PROJECT_ID,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import { DynamicBench, HOUR } from '../support/dynamic.js';
import { NetworkBench } from '../support/network.js';

const LOGIN = '/api/v1/auth/universal-auth/login';
const RENEW = '/api/v1/auth/token/renew';
const LONG = { accessTokenTTL: 600, accessTokenMaxTTL: 6000 };
const CREDENTIALS = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };

/** The rest of what other clients get wrong. Each of these fails with the one that is named. */
describe('unlike other clients', () => {
  const ends: (() => unknown)[] = [];

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function start(
    options: InfisicalEmulatorOptions & {
      login?: Partial<EmulatorSeedUniversalAuth>;
    } = {},
  ): Promise<InfisicalEmulator> {
    const { login, ...rest } = options;
    const emulator = await InfisicalEmulator.start({
      seed: seedWith({ '/': { A: 'a' }, '/mail': { A: 'mail' } }, login),
      ...rest,
    });
    ends.push(() => emulator.stop());
    return emulator;
  }

  function clientOf(
    emulator: Pick<InfisicalEmulator, 'url'>,
    more: InfisicalClientOptions = {},
  ): InfisicalClient {
    const client = new InfisicalClient({
      siteUrl: emulator.url,
      auth: { universalAuth: CREDENTIALS },
      projectId: PROJECT_ID,
      environment: 'dev',
      ...more,
    });
    ends.push(() => client.close());
    return client;
  }

  const value = async (
    client: InfisicalClient,
    options: object = {},
  ): Promise<string> => (await client.secrets.get('A', options)).secretValue;

  function network(): NetworkBench {
    const bench = new NetworkBench();
    ends.push(() => bench.stop());
    return bench;
  }

  it('Python SDK: the address is optional', () => {
    expect(network().client({}).siteUrl).toBe('https://app.infisical.com');
  });

  it('every SDK but Python: no project is told before anything is sent, and of two the id wins', async () => {
    const emulator = await start();
    const none = clientOf(emulator, { projectId: undefined });
    await expect(none.secrets.list()).rejects.toThrow(InfisicalConfigError);
    await expect(none.secrets.get('A')).rejects.toThrow(/projectId/);
    expect(emulator.requests).toEqual([]);
    const both = clientOf(emulator, { projectSlug: 'of-nobody' });
    expect(await value(both)).toBe('a');
  });

  it('every SDK: a lease that is over is told by a typed error', async () => {
    const bench = await DynamicBench.start();
    ends.push(() => bench.emulator.stop());
    await bench.create('db');
    const client = clientOf(bench.emulator, { clock: bench.clock });
    const { leases } = client.dynamicSecrets;
    const { id } = await leases.create('db');
    await bench.pass(HOUR + 1000);
    await expect(leases.renew(id)).rejects.toMatchObject({
      constructor: InfisicalNotFoundError,
      operation: 'dynamicSecrets.leases.renew',
    });
  });

  it.each([403, 404, 500, 503])(
    'first SDKs: %i is an error, whatever the environment holds',
    async (status) => {
      const emulator = await start();
      const client = clientOf(emulator, { retry: { attempts: 1 } });
      emulator.trouble.add({
        ...{ kind: 'error', status, path: '/api/v4/secrets/**' },
      });
      process.env['A'] = 'wrong';
      ends.push(() => delete process.env['A']);
      await expect(client.secrets.get('A')).rejects.toMatchObject({ status });
    },
  );

  it('first SDKs, Python SDK: kept answers of two projects are two, by id and by slug', async () => {
    const emulator = await start();
    const client = clientOf(emulator, { cache: { ttl: '5m' } });
    const slug = 'other-one';
    const { id } = await client.projects.create({ name: 'Other', slug });
    const place = { projectId: id };
    await client.secrets.create('A', { secretValue: 'other', ...place });
    expect(await value(client)).toBe('a');
    expect(await value(client, place)).toBe('other');
    const names = clientOf(emulator, {
      ...{ projectId: undefined, cache: { ttl: '5m' } },
    });
    expect(await value(names, { projectSlug: 'demo' })).toBe('a');
    expect(await value(names, { projectSlug: slug })).toBe('other');
    expect(await value(names, { projectSlug: 'demo' })).toBe('a');
  });

  it('first Node SDK: a kept answer is not used after its time, also when the server is down', async () => {
    const clock = new VirtualClock();
    const emulator = await start();
    const client = clientOf(emulator, {
      ...{ clock, cache: { ttl: '1m' }, retry: { attempts: 1 } },
    });
    for (let n = 0; n < 5; n += 1) {
      expect(await value(client)).toBe('a');
      await clock.advance(11_000);
    }
    await emulator.stop();
    expect(await value(client)).toBe('a');
    await clock.advance(6_000);
    await expect(value(client)).rejects.toBeInstanceOf(InfisicalNetworkError);
  });

  it('httpx SDK, .NET SDK: the page of a proxy is a typed error', async () => {
    const bench = network();
    let requests = 0;
    const siteUrl = await bench.http((_request, response) => {
      requests += 1;
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<html><h1>502 Bad Gateway</h1></html>');
    });
    const client = bench.client({ siteUrl });
    const error = await failureOf(client.request('POST', '/api/v1/thing'));
    expect(error).toBeInstanceOf(InfisicalHttpError);
    expect(error).toMatchObject({ status: 502, retryable: true });
    expect(error.message).not.toContain('<h1>');
    expect(requests).toBe(1);
  });

  it('httpx SDK: a login under way blocks nobody', async () => {
    const emulator = await start();
    const client = clientOf(emulator);
    emulator.trouble.add({ kind: 'hang', path: LOGIN });
    const controller = new AbortController();
    const waiting = failureOf(
      client.secrets.list({ signal: controller.signal }),
    );
    await expect(client.secrets.list({ timeout: 20 })).rejects.toBeInstanceOf(
      InfisicalTimeoutError,
    );
    const { port } = new URL(emulator.url);
    expect((await fetch(`http://127.0.0.1:${port}/api/status`)).ok).toBe(true);
    controller.abort(new Error('enough'));
    expect((await waiting).message).toBe('enough');
  });

  it.each(['before', 'after'] as const)(
    'Node SDK 5, Go SDK: credentials are asked for once when the answer is late (%s they are made)',
    async (when) => {
      const bench = await DynamicBench.start();
      ends.push(() => bench.emulator.stop());
      await bench.create('db');
      const client = clientOf(bench.emulator, { retry: { baseDelay: 1 } });
      const { leases } = client.dynamicSecrets;
      await leases.list('db');
      const path = '/api/v1/dynamic-secrets/leases';
      bench.emulator.trouble.add({
        ...{ kind: 'hang', when, method: 'POST', path },
      });
      const late = leases.create('db', { timeout: 50 });
      await expect(late).rejects.toBeInstanceOf(InfisicalTimeoutError);
      bench.emulator.trouble.clear();
      bench.emulator.trouble.add({
        ...{ kind: 'reset', when, method: 'POST', path },
      });
      await expect(leases.create('db')).rejects.toMatchObject({
        constructor: InfisicalNetworkError,
        sent: true,
      });
      bench.emulator.trouble.clear();
      await bench.emulator.idle();
      expect(await leases.list('db')).toHaveLength(when === 'after' ? 2 : 0);
      const sent = bench.emulator.requests.filter(
        (one) => one.method === 'POST' && one.path === path,
      );
      expect(sent).toHaveLength(2);
    },
  );

  it('Go SDK: nobody sends the old token while a new one is fetched', async () => {
    const clock = new VirtualClock();
    const login = { accessTokenTTL: 60, accessTokenMaxTTL: 60 };
    const emulator = await start({ clock, login });
    const client = clientOf(emulator, { clock });
    await client.secrets.list();
    await clock.advance(61_000);
    const all = Array.from({ length: 20 }, () => value(client));
    expect(await Promise.all(all)).toEqual(Array<string>(20).fill('a'));
    expect(emulator.count({ path: LOGIN })).toBe(2);
    expect(emulator.count({ status: 401 })).toBe(0);
    expect(emulator.count({ status: 403 })).toBe(0);
  });

  it('Go SDK: retries that are not set are the default, and none is said by 1', async () => {
    const bench = network();
    let requests = 0;
    const siteUrl = await bench.http((_request, response) => {
      requests += 1;
      response.writeHead(503).end('{}');
    });
    const sent = async (retry: object): Promise<number> => {
      requests = 0;
      const client = bench.client({ siteUrl, retry });
      await failureOf(client.request('GET', '/api/v1/thing'));
      return requests;
    };
    expect(await sent({ baseDelay: 1 })).toBe(4);
    expect(await sent({ attempts: 1 })).toBe(1);
    expect(() => bench.client({ siteUrl, retry: { attempts: 0 } })).toThrow(
      /at least 1; 1 means that nothing is tried again/,
    );
  });

  it('agent: a refused renewal is followed by a login at once', async () => {
    const emulator = await start({
      login: LONG,
    });
    const client = clientOf(emulator);
    await client.secrets.list();
    emulator.trouble.add({
      ...{ kind: 'error', status: 401, error: 'UnauthorizedError' },
      path: RENEW,
    });
    await client.auth.renew();
    expect(await value(client)).toBe('a');
    expect(emulator.count({ path: RENEW })).toBe(1);
    expect(emulator.count({ path: LOGIN })).toBe(2);
  });

  it('agent: a renewal without an answer ends, and the token is replaced in time', async () => {
    silenceNest();
    const clock = new VirtualClock();
    const emulator = await start({ clock, login: LONG });
    const module = await Test.createTestingModule({
      imports: [InfisicalModule.forRoot(demoOptions(emulator, { clock }))],
    }).compile();
    ends.push(() => module.close());
    await module.init();
    const client = module.get(InfisicalClient);
    const trouble = emulator.trouble.add({ kind: 'hang', path: RENEW });
    for (let n = 0; n < 110; n += 1) await clock.advance(5_000);
    expect(trouble.hits).toBeGreaterThan(3);
    trouble.end();
    for (let n = 0; n < 20; n += 1) await clock.advance(5_000);
    expect(await value(client)).toBe('a');
    expect(emulator.count({ status: 401 })).toBe(0);
    expect(emulator.count({ status: 403 })).toBe(0);
  });

  it('c4nzin, Rytass, scheduler: no timer of ours keeps the process alive', async () => {
    silenceNest();
    const emulator = await start();
    const created: NodeJS.Timeout[] = [];
    const { setTimeout: real } = globalThis;
    globalThis.setTimeout = ((...args: Parameters<typeof real>) => {
      const timer = real(...args);
      created.push(timer);
      return timer;
    }) as typeof real;
    ends.push(() => {
      globalThis.setTimeout = real;
      return Promise.resolve();
    });
    // Node marks a timer that fired or was cleared.
    const holding = () =>
      created.filter(
        (timer) =>
          timer.hasRef() &&
          !(timer as unknown as { _destroyed: boolean })._destroyed,
      ).length;
    const module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(
          demoOptions(emulator, { refresh: { interval: '5m' } }),
        ),
      ],
    }).compile();
    ends.push(() => module.close());
    await module.init();
    await module.get(InfisicalClient).secrets.list();
    expect(created.length).toBeGreaterThan(0);
    expect(holding()).toBe(0);
    const other = setTimeout(() => undefined, 60_000);
    expect(holding()).toBe(1);
    clearTimeout(other);
  });

  it('razzkumar: an app starts when its secrets are there, however slow the server is', async () => {
    silenceNest();
    const emulator = await start();
    const trouble = emulator.trouble.add({
      ...{ kind: 'latency', delay: 150, path: '/api/v4/secrets' },
    });
    const module = await Test.createTestingModule({
      imports: [InfisicalModule.forRoot(demoOptions(emulator))],
      providers: [
        {
          provide: 'POOL',
          inject: [SecretsService],
          useFactory: (secrets: SecretsService) => secrets.get('A'),
        },
      ],
    }).compile();
    ends.push(() => module.close());
    expect(trouble.hits).toBe(1);
    expect(module.get<string>('POOL')).toBe('a');
  });

  it('Go SDK: a refresh is not answered by kept reads', async () => {
    silenceNest();
    const emulator = await start();
    const module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(
          demoOptions(emulator, { cache: { ttl: '1h' } }),
        ),
      ],
      providers: [
        {
          provide: 'USER',
          inject: [SecretsService],
          useFactory: (secrets: SecretsService) => secrets,
        },
      ],
    }).compile();
    ends.push(() => module.close());
    await module.init();
    const place = { environment: 'dev', secretName: 'A' };
    emulator.trouble.rotateSecret(place, 'rotated');
    const secrets = module.get<SecretsService>('USER');
    expect(secrets.get('A')).toBe('a');
    await secrets.refresh();
    expect(secrets.get('A')).toBe('rotated');
  });

  it('agent: the age of a token that is passed in is known', async () => {
    silenceNest();
    const clock = new VirtualClock();
    const emulator = await start({ clock, login: LONG });
    const first = clientOf(emulator, { clock });
    const { accessToken } = await first.auth.universalAuth.login(CREDENTIALS);
    await clock.advance(500_000);
    const auth = { accessToken: accessToken.reveal() };
    const module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(demoOptions(emulator, { clock, auth })),
      ],
    }).compile();
    ends.push(() => module.close());
    await module.init();
    for (let n = 0; n < 19; n += 1) await clock.advance(5_000);
    // 595 of its 600 seconds are over.
    expect(emulator.count({ path: RENEW, status: 200 })).toBe(1);
    for (let n = 0; n < 10; n += 1) await clock.advance(5_000);
    expect(await value(module.get(InfisicalClient))).toBe('a');
    expect(emulator.count({ path: LOGIN })).toBe(1);
  });

  it('Kubernetes operator: a lease that is gone is replaced, whatever the server says of it', async () => {
    silenceNest();
    const bench = await DynamicBench.start();
    ends.push(() => bench.emulator.stop());
    await bench.create('db', undefined, { maxTTL: '10h' });
    const module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(
          demoOptions(bench.emulator, {
            ...{ clock: bench.clock, random: () => 0.5 },
          }),
        ),
      ],
    }).compile();
    ends.push(() => module.close());
    await module.init();
    const ref = await module
      .get(DynamicLeaseService)
      .acquire('db', { mode: 'renew' });
    const { leaseId } = ref.current;
    const trouble = bench.emulator.trouble.add({
      ...{ kind: 'error', status: 404, error: 'NotFound', times: 1 },
      message: 'Words that nobody knows',
      path: '/api/v1/dynamic-secrets/leases/*/renew',
    });
    for (let n = 0; n < 45; n += 1) await bench.pass(60_000);
    expect(trouble.hits).toBe(1);
    expect(ref.current.generation).toBe(2);
    expect(ref.current.leaseId).not.toBe(leaseId);
    expect(ref.status).toBe('active');
  });
});
