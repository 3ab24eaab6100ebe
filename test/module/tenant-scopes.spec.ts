import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalClient,
  InfisicalConfigError,
  InfisicalError,
  InfisicalModule,
  type InfisicalModuleOptions,
  InfisicalNotFoundError,
  MissingSecretsError,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import {
  demoOptions,
  failureOf,
  type Folders,
  listedFolders,
  requestPaths,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import { RecordingTransport } from '../support/recording-transport.js';

const LOGIN = 'POST /api/v1/auth/universal-auth/login';

const FOLDERS: Folders = {
  '/': { KEY: 'root' },
  '/feature': { KEY: 'feature' },
  '/tenants/a': { KEY: 'a', ONLY_A: 'x' },
  '/tenants/a/deep': { DEEP: 'deep' },
  '/tenants/b': { KEY: 'b' },
  '/tenants/c': { KEY: 'c' },
};

@Injectable()
class FeatureService {
  constructor(readonly secrets: SecretsService) {}
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/feature' })],
  providers: [FeatureService],
})
class FeatureModule {}

@Injectable()
class RootService {
  constructor(readonly secrets: SecretsService) {}
}

describe('scopes of tenants', () => {
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let module: TestingModule;
  let secrets: SecretsService;
  let transport: RecordingTransport;

  beforeAll(silenceNest);

  afterEach(async () => {
    await module.close();
    await emulator.stop();
  });

  async function boot(
    options: Partial<InfisicalModuleOptions> = {},
    imports: object[] = [],
    folders = FOLDERS,
  ): Promise<void> {
    clock = new VirtualClock();
    emulator = await InfisicalEmulator.start({
      clock,
      seed: seedWith(folders),
    });
    transport = new RecordingTransport(emulator.url);
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(
          demoOptions(emulator, { clock, transport, ...options }),
        ),
        ...(imports as []),
      ],
      providers: [RootService],
    }).compile();
    await module.init();
    secrets = module.get(RootService).secrets;
    emulator.clearRequests();
  }

  const tenant = (id: string): Promise<SecretsService> =>
    secrets.scope({ path: `/tenants/${id}` });

  /** Lets a minute pass, and the refresh that it brings. */
  async function minute(): Promise<void> {
    await clock.advance(70_000);
    await transport.idle();
  }

  it('are loaded at the first call, one list for each', async () => {
    await boot();
    const [a, b] = await Promise.all([tenant('a'), tenant('b')]);
    expect(a.get('KEY')).toBe('a');
    expect(b.get('KEY')).toBe('b');
    expect((await tenant('a')).get('ONLY_A')).toBe('x');
    expect(secrets.get('KEY')).toBe('root');
    expect(secrets.has('ONLY_A')).toBe(false);
    expect(listedFolders(emulator)).toEqual(['/tenants/a', '/tenants/b']);
    expect(requestPaths(emulator)).not.toContain(LOGIN);
    expect(a.toJSON()).toEqual({
      environment: 'dev',
      path: '/tenants/a',
      status: 'ready',
    });
  });

  it('of one folder share a load and a snapshot', async () => {
    await boot();
    const services = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        secrets.scope({ path: i % 2 ? '/tenants/a' : 'tenants/a/' }),
      ),
    );
    expect(services.map((service) => service.get('KEY'))).toEqual(
      Array.from({ length: 20 }, () => 'a'),
    );
    expect(listedFolders(emulator)).toEqual(['/tenants/a']);
    await module
      .get(InfisicalClient)
      .secrets.update('KEY', { path: '/tenants/a', secretValue: 'new' });
    await services[0]!.refresh();
    expect(services[1]!.get('KEY')).toBe('new');
  });

  it('inherit from the service that is asked', async () => {
    await boot({}, [FeatureModule]);
    const feature = module.get(FeatureService, { strict: false }).secrets;
    const same = await feature.scope({ environment: 'dev' });
    expect(same.get('KEY')).toBe('feature');
    expect(emulator.requests).toEqual([]);
    const deep = await secrets.scope({ path: '/tenants/a', recursive: true });
    expect(deep.keys()).toEqual(['DEEP', 'KEY', 'ONLY_A']);
    const prod = await secrets.scope({ path: '/', environment: 'prod' });
    expect(prod.keys()).toEqual([]);
    const bySlug = await secrets.scope({
      projectSlug: 'demo',
      path: '/tenants/b',
    });
    expect(bySlug.get('KEY')).toBe('b');
    const nested = await (await tenant('a')).scope({ path: '/tenants/c' });
    expect(nested.get('KEY')).toBe('c');
  });

  it('are refreshed by the task of all others', async () => {
    await boot({ refresh: { interval: '1m' } });
    const a = await tenant('a');
    const changes: string[] = [];
    a.changes$.subscribe(({ name, kind, scope }) =>
      changes.push(`${kind} ${scope.path} ${name}`),
    );
    await module
      .get(InfisicalClient)
      .secrets.update('KEY', { path: '/tenants/a', secretValue: 'new' });
    emulator.clearRequests();
    await minute();
    expect(a.get('KEY')).toBe('new');
    expect(changes).toEqual(['updated /tenants/a KEY']);
    expect(listedFolders(emulator)).toEqual(['/', '/tenants/a']);
  });

  it('below a recursive scope cost no list of their own', async () => {
    await boot({ recursive: true, refresh: { interval: '1m' } });
    const [a, b] = await Promise.all([tenant('a'), tenant('b')]);
    expect([a.get('KEY'), b.get('KEY')]).toEqual(['a', 'b']);
    expect(listedFolders(emulator)).toEqual(['/']);
    expect(emulator.requests[0]?.status).toBe(304);
    emulator.clearRequests();
    await minute();
    expect(listedFolders(emulator)).toEqual(['/']);
  });

  it('make room for others, the one first that was neither asked for nor read', async () => {
    await boot({ tenantScopes: { max: 2 }, refresh: { interval: '1m' } });
    const a = await tenant('a');
    const b = await tenant('b');
    let isComplete = false;
    b.changes$.subscribe({ complete: () => (isComplete = true) });
    expect(a.get('KEY')).toBe('a');
    const c = await tenant('c');
    expect([a.get('KEY'), c.get('KEY')]).toEqual(['a', 'c']);
    const error = await failureOf(Promise.resolve().then(() => b.get('KEY')));
    expect(error).toBeInstanceOf(InfisicalError);
    expect(error.message).toMatch(
      /path \/tenants\/b\) was given up.*more than 2.*scope\(\).*tenantScopes.max/,
    );
    expect(isComplete).toBe(true);
    expect(b.status).toBe('error');
    expect(b.age).toBe(Infinity);
    await expect(b.refresh()).rejects.toThrow(/given up/);
    for (const read of [
      () => b.has('KEY'),
      () => b.keys(),
      () => b.entries(),
    ]) {
      expect(read).toThrow(/given up/);
    }
    expect((await b.fetch('KEY')).secretValue).toBe('b');
    emulator.clearRequests();
    await minute();
    expect(listedFolders(emulator)).toEqual(['/', '/tenants/a', '/tenants/c']);
    // Asked for again, it is there again.
    expect((await tenant('b')).get('KEY')).toBe('b');
    expect(() => b.get('KEY')).toThrow(/given up/);
    expect(secrets.get('KEY')).toBe('root');
  });

  it('never push out what the modules have', async () => {
    await boot({ tenantScopes: { max: 1 } }, [FeatureModule]);
    const feature = await secrets.scope({ path: '/feature' });
    for (const id of ['a', 'b', 'c']) await tenant(id);
    expect(feature.get('KEY')).toBe('feature');
    expect(secrets.get('KEY')).toBe('root');
    expect(listedFolders(emulator)).toEqual([
      '/tenants/a',
      '/tenants/b',
      '/tenants/c',
    ]);
  });

  it('one hundred are kept unless said otherwise', async () => {
    const ids = Array.from({ length: 101 }, (_, i) => `t${i}`);
    await boot({}, [], {
      '/': {},
      ...Object.fromEntries(
        ids.map((id) => [`/tenants/${id}`, { KEY: id }] as const),
      ),
    });
    const services = await Promise.all(ids.map(tenant));
    const kept = services.filter(({ status }) => status === 'ready');
    expect(kept).toHaveLength(100);
    expect(listedFolders(emulator)).toHaveLength(101);
  });

  it('that cannot be loaded harm no other, and may be asked for again', async () => {
    await boot({ refresh: { interval: '1m' }, retry: { attempts: 1 } });
    const a = await tenant('a');
    const results = await Promise.allSettled([
      tenant('nobody'),
      tenant('nobody'),
      tenant('b'),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    const reason = (results[0] as PromiseRejectedResult).reason as Error;
    expect(reason).toBeInstanceOf(InfisicalNotFoundError);
    expect(reason.message).toContain('path /tenants/nobody');
    expect(listedFolders(emulator)).toEqual([
      '/tenants/a',
      '/tenants/b',
      '/tenants/nobody',
    ]);
    emulator.clearRequests();
    await minute();
    expect(listedFolders(emulator)).toEqual(['/', '/tenants/a', '/tenants/b']);
    expect([secrets.status, a.status]).toEqual(['ready', 'ready']);
    await module
      .get(InfisicalClient)
      .folders.create({ name: 'nobody', path: '/tenants' });
    expect((await tenant('nobody')).keys()).toEqual([]);
  });

  it('that fail with a list of others leave these as they are', async () => {
    await boot({ recursive: true, retry: { attempts: 1 } });
    const outage = emulator.trouble.outage();
    const error = await failureOf(tenant('a'));
    expect(error).toMatchObject({ name: 'InfisicalNetworkError' });
    expect(secrets.status).toBe('ready');
    expect(secrets.lastError).toBeUndefined();
    outage.end();
    expect((await tenant('a')).get('KEY')).toBe('a');
  });

  it('whose folder goes are stale, and others are not', async () => {
    await boot({ refresh: { interval: '1m' } });
    const [whole, b] = await Promise.all([
      secrets.scope({ path: '/tenants/a', recursive: true }),
      tenant('b'),
    ]);
    const deep = await secrets.scope({ path: '/tenants/a/deep' });
    const client = module.get(InfisicalClient);
    const folders = await client.folders.list({ path: '/tenants' });
    await client.folders.delete(folders.find(({ name }) => name === 'a')!.id, {
      path: '/tenants',
      force: true,
    });
    await minute();
    expect([whole, deep, b, secrets].map(({ status }) => status)).toEqual([
      'stale',
      'stale',
      'ready',
      'ready',
    ]);
    expect(whole.get('KEY')).toBe('a');
  });

  it('are asked for one by one when the list of all is refused', async () => {
    await boot({ recursive: true, refresh: { interval: '1m' } });
    const a = await tenant('a');
    emulator.clearRequests();
    emulator.trouble.add({
      kind: 'error',
      status: 403,
      error: 'PermissionDenied',
      path: '/api/v4/secrets',
      times: 1,
    });
    await minute();
    expect(listedFolders(emulator)).toEqual(['/', '/tenants/a']);
    expect([secrets.status, a.status]).toEqual(['stale', 'ready']);
    expect(secrets.lastError).toMatchObject({ status: 403 });
  });

  it('an end of waiting for one is none for another', async () => {
    await boot();
    const a = await tenant('a');
    const controller = new AbortController();
    const ended = failureOf(a.refresh({ signal: controller.signal }));
    const shared = (await tenant('a')).refresh();
    controller.abort(new Error('no time'));
    expect((await ended).message).toBe('no time');
    expect(await shared).toEqual([]);
    expect(a.status).toBe('ready');
  });

  it('end with the app', async () => {
    await boot({ refresh: { interval: '1m' } });
    const a = await tenant('a');
    let isComplete = false;
    a.changes$.subscribe({ complete: () => (isComplete = true) });
    const underWay = failureOf(tenant('b'));
    await module.close();
    expect((await underWay).message).toMatch(/has shut down/);
    expect(isComplete).toBe(true);
    expect((await failureOf(tenant('c'))).message).toMatch(/has shut down/);
    const before = emulator.requests.length;
    await minute();
    expect(emulator.requests).toHaveLength(before);
  });

  it('tell what is missing in them', async () => {
    await boot();
    const a = await tenant('a');
    const b = await tenant('b');
    const error = await failureOf(
      Promise.resolve().then(() => b.getOrThrow('ONLY_A')),
    );
    expect(error).toBeInstanceOf(MissingSecretsError);
    expect(error.message).toContain('path /tenants/b');
    expect(a.getOrThrow('ONLY_A')).toBe('x');
  });

  it.each<[object, RegExp]>([
    [{ path: '/tenants/../x' }, /not a folder path/],
    [{ path: 7 }, /path must be/],
    [{ path: ' ' }, /path must be/],
    [{ environment: '' }, /environment must be/],
    [{ recursive: 1 }, /recursive must be/],
    [{ folder: '/x' }, /no option "folder"/],
  ])('refuse %j', async (options, message) => {
    await boot();
    const error = await failureOf(secrets.scope(options));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(message);
    expect(emulator.requests).toEqual([]);
  });
});
