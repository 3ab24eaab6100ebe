import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { Injectable, Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { TerminusModule } from '@nestjs/terminus';
import { Keyv } from 'keyv';
import {
  createSymmetricKey,
  getSecretsToken,
  InfisicalAuthError,
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalConfigError,
  InfisicalModule,
  type InfisicalModuleOptions,
  InfisicalNetworkError,
  InfisicalPermissionError,
  loadSecrets,
  type LoadSecretsOptions,
  MissingSecretsError,
  Secret,
  type SecretsEvent,
  SecretsService,
  SnapshotRefusedError,
  type SnapshotStorage,
  type SnapshotStoreOptions,
} from 'nestjs-infisical';
import {
  InfisicalHealthIndicator,
  InfisicalHealthModule,
} from 'nestjs-infisical/terminus';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { OutageWatch } from '../../lib/secrets/snapshot-store/outage-watch.js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  demoOptions,
  failureOf,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import { CountedTransport, Traffic } from '../support/traffic.js';

const SECOND = 1_000;
const DAY = 24 * 3_600_000;
const IDENTITY = '33333333-3333-4333-8333-333333333333';
const VALUE = 'canary-of-a-secret';

describe('snapshotStore', () => {
  const key = createSymmetricKey();
  let emulator: InfisicalEmulator;
  let siteUrl: string;
  let clock: VirtualClock;
  let content: Map<string, string>;
  let store: SnapshotStorage;
  let warnings: string[];
  let open: { close(): Promise<unknown> }[];

  beforeAll(silenceNest);

  beforeEach(async () => {
    clock = new VirtualClock();
    emulator = await InfisicalEmulator.start({
      seed: seedWith({
        '/': { API_KEY: VALUE },
        '/mail': { SMTP_URL: 'smtp://first' },
      }),
    });
    siteUrl = emulator.url;
    content = new Map();
    store = new Keyv({ store: content });
    open = [];
    warnings = [];
    jest
      .spyOn(Logger.prototype, 'warn')
      .mockImplementation((text: unknown) => void warnings.push(String(text)));
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    silenceNest();
    emulator.trouble.clear();
    await inTime(Promise.all(open.map((one) => one.close())));
    await emulator.stop();
  });

  const options = (
    more: Partial<InfisicalModuleOptions> = {},
    own: Partial<SnapshotStoreOptions> = {},
  ): InfisicalModuleOptions => ({
    ...demoOptions({ url: siteUrl }),
    clock,
    random: () => 0.5,
    // Virtual time does not wait for real sockets.
    snapshotStore: { store, key, silence: false, ...own },
    ...more,
  });

  const clientOptions = () => {
    const { refresh: _, ...of } = demoOptions({ url: siteUrl });
    return of as InfisicalClientOptions;
  };

  async function boot(
    of: InfisicalModuleOptions,
    providers: (new (...args: never[]) => unknown)[] = [],
  ): Promise<TestingModule> {
    const module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(of),
        TerminusModule,
        InfisicalHealthModule,
      ],
      providers,
    }).compile();
    open.push(module);
    return module;
  }

  /** Lets time pass until the work is done. */
  async function inTime<T>(work: Promise<T>, limit = 120_000): Promise<T> {
    let isDone = false;
    const done = work.finally(() => (isDone = true));
    done.catch(() => undefined);
    const end = clock.monotonic() + limit;
    while (!isDone && clock.monotonic() < end) await clock.advance(50);
    return done;
  }

  /** Lets time pass until something holds. */
  async function until(holds: () => boolean, limit: number): Promise<void> {
    const end = clock.monotonic() + limit;
    while (!holds() && clock.monotonic() < end) await clock.advance(50);
  }

  /** An app that ran well once, and is gone. */
  async function ranBefore(more: Partial<InfisicalModuleOptions> = {}) {
    const module = await inTime(boot(options(more)));
    await until(() => content.size > 0, SECOND);
    await module.close();
  }

  const healthOf = async (module: TestingModule) => {
    const { infisical } = await module
      .get(InfisicalHealthIndicator)
      .isHealthy('infisical');
    return infisical;
  };

  /** Writes something else into the one entry. */
  function rewrite(change: (sealed: string) => string): void {
    for (const [at, entry] of content) {
      const { value, ...rest } = JSON.parse(entry) as { value: string };
      content.set(at, JSON.stringify({ value: change(value), ...rest }));
    }
  }

  describe('while the server is away', () => {
    it('starts an app within a second, degraded, with the last secrets', async () => {
      await ranBefore();
      await emulator.stop();
      await clock.advance(DAY);
      const start = clock.monotonic();
      const module = await inTime(boot(options()));
      expect(clock.monotonic() - start).toBeLessThan(SECOND);

      const secrets = module.get(SecretsService);
      expect(secrets.get('API_KEY')).toBe(VALUE);
      expect(secrets.status).toBe('stale');
      expect(secrets.lastError).toBeInstanceOf(InfisicalNetworkError);
      expect(secrets.age).toBeGreaterThanOrEqual(DAY);
      expect(await healthOf(module)).toMatchObject({
        state: 'degraded',
        scopes: [{ status: 'stale', restored: true }],
      });
      expect(warnings.join()).toMatch(
        /The server is away, so secrets come from the snapshot store, as they were 8640\d s ago/,
      );
    });

    it.each(['to the login', 'to the list'])(
      'does not wait for a server that hangs, and gives no answer %s',
      async (what) => {
        await ranBefore();
        emulator.rotate('API_KEY', 'newer');
        const path =
          what === 'to the list' ? '/api/v4/secrets' : '/api/v1/auth/**';
        const hang = emulator.trouble.add({ kind: 'hang', path });
        const traffic = new Traffic();
        const transport = new CountedTransport(traffic, siteUrl, path);
        const start = clock.monotonic();
        const module = await traffic.inTime(
          clock,
          boot(options({ transport }, { silence: undefined })),
        );
        expect(clock.monotonic() - start).toBeLessThan(SECOND);
        expect(module.get(SecretsService).get('API_KEY')).toBe(VALUE);
        expect(await healthOf(module)).toMatchObject({ state: 'degraded' });
        expect(warnings.join()).toMatch(
          /not answered within 800 ms \(snapshotStore\.silence\)/,
        );
        hang.end();
        await until(
          () => module.get(SecretsService).status === 'ready',
          120 * SECOND,
        );
        expect(module.get(SecretsService).get('API_KEY')).toBe('newer');
      },
    );

    it('replaces them, and is healthy, as soon as the server answers', async () => {
      await ranBefore();
      emulator.rotate('API_KEY', 'newer');
      await emulator.stop();
      const module = await inTime(boot(options()));
      const secrets = module.get(SecretsService);
      await clock.advance(90 * SECOND);
      expect(secrets.get('API_KEY')).toBe(VALUE);
      await emulator.start();
      await until(() => secrets.status === 'ready', 60 * SECOND);
      expect(secrets.get('API_KEY')).toBe('newer');
      const health = await healthOf(module);
      expect(health).toMatchObject({ state: 'up' });
      expect(JSON.stringify(health)).not.toContain('restored');
    });

    it.each(['reset', '503'] as const)(
      'counts a server that answers by %s as away',
      async (mode) => {
        await ranBefore();
        emulator.outage({ mode: mode === '503' ? 'error' : 'reset' } as object);
        const module = await inTime(boot(options()));
        expect(module.get(SecretsService).get('API_KEY')).toBe(VALUE);
      },
    );

    it('waits as long as `after` says for a second try', async () => {
      await ranBefore();
      await emulator.stop();
      const start = clock.monotonic();
      const starting = boot(options({}, { after: '5s' }));
      await clock.advance(SECOND);
      await emulator.start();
      const module = await inTime(starting);
      expect(module.get(SecretsService).status).toBe('ready');
      expect(clock.monotonic() - start).toBeLessThan(5 * SECOND);
    });

    it('has every folder of a recursive scope', async () => {
      const folders = { recursive: true };
      await ranBefore(folders);
      await emulator.stop();
      const module = await inTime(boot(options(folders)));
      const secrets = module.get(SecretsService);
      expect(secrets.keys()).toEqual(['API_KEY', 'SMTP_URL']);
    });

    it('has what a folder imports, gives it to no folder below, and replaces it all', async () => {
      const { refresh: _, ...of } = demoOptions({ url: siteUrl });
      const client = new InfisicalClient(of);
      open.push(client);
      await client.secrets.create('SHARED', {
        secretValue: 'imported',
        environment: 'staging',
      });
      await client.secretImports.create({
        from: { environment: 'staging', path: '/' },
      });
      const root = options({ path: '/', recursive: true });
      const bootBoth = (): Promise<TestingModule> =>
        Test.createTestingModule({
          imports: [
            InfisicalModule.forRoot(root),
            InfisicalModule.forFeature({ path: '/mail' }),
          ],
        }).compile();
      const first = await inTime(bootBoth());
      await until(() => content.size === 2, SECOND);
      await first.close();
      await emulator.stop();

      const module = await inTime(bootBoth());
      open.push(module);
      const ofRoot = module.get<SecretsService>(getSecretsToken());
      const mail = module.get<SecretsService>(getSecretsToken('/mail'));
      expect(ofRoot.get('SHARED')).toBe('imported');
      expect(ofRoot.keys()).toEqual(['API_KEY', 'SHARED', 'SMTP_URL']);
      expect(mail.keys()).toEqual(['SMTP_URL']);
      const statuses = (): string[] => [ofRoot.status, mail.status];
      expect(statuses()).toEqual(['stale', 'stale']);
      await emulator.start();
      await until(() => !statuses().includes('stale'), 60 * SECOND);
      expect(statuses()).toEqual(['ready', 'ready']);
    });

    it('finds its login by providers, as with the server', async () => {
      const auth = [
        {
          name: 'test',
          provide: () => ({
            auth: {
              universalAuth: {
                clientId: CLIENT_ID,
                clientSecret: CLIENT_SECRET,
              },
            },
          }),
        },
      ];
      await ranBefore({ auth });
      await emulator.stop();
      const module = await inTime(boot(options({ auth })));
      expect(module.get(SecretsService).get('API_KEY')).toBe(VALUE);
    });

    it('reports missing secrets as with the server', async () => {
      @Injectable()
      class Needy {
        @Secret('NOT_THERE') readonly one!: string;
      }
      await ranBefore();
      await emulator.stop();
      const error = await inTime(failureOf(boot(options(), [Needy])));
      expect(error).toBeInstanceOf(MissingSecretsError);
      expect(error.message).toMatch(/Needy.one wants NOT_THERE: not found/);
    });

    it('serves loadSecrets, and the module that takes over', async () => {
      const of = (): LoadSecretsOptions => {
        const { refresh: _, ...rest } = options();
        return { ...(rest as LoadSecretsOptions), required: ['API_KEY'] };
      };
      await ranBefore();
      await emulator.stop();
      const loaded = await inTime(loadSecrets(of()));
      expect(loaded.get('API_KEY')).toBe(VALUE);
      expect(warnings.join()).toMatch(/come from the snapshot store/);
      const module = await boot({ loaded, refresh: { interval: false } });
      const secrets = module.get(SecretsService);
      expect(secrets.status).toBe('stale');
      await emulator.start();
      await until(() => secrets.status === 'ready', 60 * SECOND);
      expect(secrets.status).toBe('ready');
    });

    it('serves a scope of a tenant that was loaded before', async () => {
      const first = await inTime(boot(options()));
      await inTime(first.get(SecretsService).scope({ path: '/mail' }));
      await until(() => content.size === 2, SECOND);
      await first.close();
      const second = await inTime(boot(options()));
      await emulator.stop();
      const mail = await inTime(
        second.get(SecretsService).scope({ path: '/mail' }),
      );
      expect(mail.get('SMTP_URL')).toBe('smtp://first');
      expect(mail.status).toBe('stale');
    });
  });

  describe('is not used', () => {
    it('by default', async () => {
      await ranBefore();
      await emulator.stop();
      const error = await inTime(
        failureOf(boot(options({ snapshotStore: undefined }))),
      );
      expect(error).toBeInstanceOf(InfisicalNetworkError);
    });

    it('for a server that is slow', async () => {
      await ranBefore();
      emulator.rotate('API_KEY', 'newer');
      const get = jest.spyOn(store, 'get');
      const latency = emulator.trouble.add({ kind: 'latency', delay: 300 });
      const slow = { after: 1, silence: '30s' } as const;
      const module = await boot(options({ clock: undefined }, slow));
      latency.end();
      expect(module.get(SecretsService).get('API_KEY')).toBe('newer');
      expect(get).not.toHaveBeenCalled();
    });

    it('when the server refuses the credentials', async () => {
      await ranBefore();
      const auth = {
        universalAuth: { clientId: CLIENT_ID, clientSecret: 'wrong' },
      };
      const error = await inTime(failureOf(boot(options({ auth }))));
      expect(error).toBeInstanceOf(InfisicalAuthError);
    });

    it('when the identity may not read any more', async () => {
      await ranBefore();
      emulator.trouble.add({
        kind: 'error',
        status: 403,
        path: '/api/v4/secrets',
      } as never);
      const error = await inTime(failureOf(boot(options())));
      expect(error).toBeInstanceOf(InfisicalPermissionError);
    });

    it('for a refusal, while another answer is late', async () => {
      const watch = new OutageWatch(clock, { after: 500, silence: undefined });
      const refused = new InfisicalPermissionError('no', {
        status: 403,
        code: 'PermissionDenied',
      });
      await failureOf(watch.observe({}, () => Promise.reject(refused)));
      const { outage, cancel } = watch.wait();
      let isAway = false;
      void outage.then(() => (isAway = true));
      await clock.advance(SECOND);
      expect(isAway).toBe(false);
      cancel();
    });

    it('when there is none: the failure is that of the server', async () => {
      await emulator.stop();
      const error = await inTime(failureOf(boot(options())));
      expect(error).toBeInstanceOf(InfisicalNetworkError);
    });
  });

  describe('refuses', () => {
    /** How a start ends that finds this snapshot while the server is away. */
    async function refusal(
      more: Partial<SnapshotStoreOptions> = {},
      root: Partial<InfisicalModuleOptions> = {},
    ): Promise<SnapshotRefusedError> {
      await emulator.stop();
      const error = await inTime(failureOf(boot(options(root, more))));
      expect(error).toBeInstanceOf(SnapshotRefusedError);
      expect(error.cause).toBeInstanceOf(InfisicalNetworkError);
      expect(error.message).toMatch(
        /^The stored snapshot of project .*, environment dev, path \/ /,
      );
      const told = inspect(error, { depth: 9 }) + warnings.join();
      expect(told).not.toContain(VALUE);
      expect(told).not.toContain(key);
      expect(warnings.join()).toContain('The stored snapshot of project');
      return error as SnapshotRefusedError;
    }

    it('one that was changed, anywhere', async () => {
      await ranBefore();
      rewrite((sealed) => {
        const parts = sealed.split('.');
        const text = Buffer.from(parts[6] ?? '', 'base64');
        text[5] = (text[5] ?? 0) ^ 1;
        return [...parts.slice(0, 6), text.toString('base64')].join('.');
      });
      expect((await refusal()).reason).toBe('tampered');
    });

    it('one whose time was changed', async () => {
      await ranBefore();
      rewrite((sealed) => {
        const parts = sealed.split('.');
        parts[3] = String(Number(parts[3]) + 60_000);
        return parts.join('.');
      });
      expect((await refusal()).reason).toBe('tampered');
    });

    it('one that is too old', async () => {
      await ranBefore();
      await clock.advance(2 * 3_600_000 + 1);
      expect((await refusal({ maxAge: '2h' })).reason).toBe('expired');
    });

    it.each<[string, () => Partial<InfisicalModuleOptions>]>([
      ['folder', () => ({ path: '/mail' })],
      ['environment', () => ({ environment: 'staging' })],
      ['project', () => ({ projectId: undefined, projectSlug: 'demo' })],
      ['scope', () => ({ recursive: true })],
      [
        'server',
        () => ({ siteUrl: siteUrl.replace('127.0.0.1', 'localhost') }),
      ],
    ])('one of another %s in its place', async (_what, other) => {
      await ranBefore();
      const [mine = ''] = content.keys();
      await ranBefore(other());
      expect(content.size).toBe(2);
      const [, foreign = ''] = content.values();
      content.set(mine, foreign);
      const error = await refusal();
      expect(error.reason).toBe('foreign');
      expect(error.message).toMatch(/another server, identity or scope/);
    });

    it('one of another identity in its place', async () => {
      await ranBefore();
      const [mine = ''] = content.keys();
      const client = new InfisicalClient(clientOptions());
      const token = await client.auth.getAccessToken();
      await client.close();
      await ranBefore({ auth: { accessToken: token.reveal() } });
      expect(content.size).toBe(2);
      const [, foreign = ''] = content.values();
      content.set(mine, foreign);
      expect((await refusal()).reason).toBe('foreign');
    });

    it('one that another key was used for', async () => {
      await ranBefore();
      const error = await refusal({ key: createSymmetricKey() });
      expect(error.reason).toBe('other-key');
      expect(error.message).toMatch(/Check snapshotStore.key/);
    });

    it('one that is none', async () => {
      await ranBefore();
      rewrite(() => 'something else');
      expect((await refusal()).reason).toBe('unreadable');
    });

    it('one from the future', async () => {
      clock.jump(DAY);
      await ranBefore();
      clock.jump(-DAY);
      expect((await refusal()).reason).toBe('from-the-future');
    });

    it('and goes on waiting, where the start is patient', async () => {
      await ranBefore();
      rewrite(() => 'something else');
      await emulator.stop();
      const startup = { policy: 'retry' as const };
      const starting = boot(options({ startup }));
      await clock.advance(20 * SECOND);
      await emulator.start();
      const module = await inTime(starting);
      expect(module.get(SecretsService).status).toBe('ready');
    });
  });

  it('has a snapshot of its own for each identity', async () => {
    await ranBefore();
    await emulator.stop();
    const auth = { accessToken: 'some.other.token' };
    const error = await inTime(failureOf(boot(options({ auth }))));
    expect(error).toBeInstanceOf(InfisicalNetworkError);
  });

  it('tells of it by events$, without values', async () => {
    await ranBefore();
    rewrite(() => 'something else');
    await emulator.stop();
    const loaded = boot(options({ startup: { policy: 'retry' } }));
    const seen: SecretsEvent[] = [];
    await clock.advance(20 * SECOND);
    await emulator.start();
    const module = await inTime(loaded);
    const secrets = module.get(SecretsService);
    secrets.events$.subscribe((event) => seen.push(event));
    store.set = () => Promise.reject(new Error(`no room for ${VALUE}`));
    emulator.rotate('API_KEY');
    await inTime(secrets.refresh());
    await until(() => seen.length > 1, 5 * SECOND);
    // The first one was before anyone could listen.
    expect(seen.map(({ kind }) => kind)).toEqual([
      'snapshot-refused',
      'snapshot-store-failed',
    ]);
    expect(inspect(seen, { depth: 9 })).not.toContain(VALUE);
  });

  it('keeps what the server tells later, too', async () => {
    const module = await inTime(boot(options()));
    const secrets = module.get(SecretsService);
    await until(() => content.size > 0, SECOND);
    emulator.rotate('API_KEY', 'newer');
    const before = [...content.values()];
    await inTime(secrets.refresh());
    await until(() => [...content.values()][0] !== before[0], SECOND);
    await module.close();
    await emulator.stop();
    const next = await inTime(boot(options()));
    expect(next.get(SecretsService).get('API_KEY')).toBe('newer');
  });

  it('tells the store now and then that nothing has changed', async () => {
    const module = await inTime(boot(options({}, { maxAge: '8h' })));
    const secrets = module.get(SecretsService);
    await until(() => content.size > 0, SECOND);
    const [first] = content.values();
    await inTime(secrets.refresh());
    await clock.advance(SECOND);
    expect([...content.values()]).toEqual([first]);
    await clock.advance(3_600_000);
    await inTime(secrets.refresh());
    await until(() => [...content.values()][0] !== first, SECOND);
    await clock.advance(7.5 * 3_600_000);
    await module.close();
    await emulator.stop();
    const next = await inTime(boot(options({}, { maxAge: '8h' })));
    expect(next.get(SecretsService).get('API_KEY')).toBe(VALUE);
  });

  it('stores nothing that can be read', async () => {
    const key = { recursive: true };
    await ranBefore(key);
    const raw = JSON.stringify([...content]);
    const told = [VALUE, 'API_KEY', 'SMTP_URL', 'smtp', CLIENT_ID, IDENTITY];
    for (const text of [...told, 'dev', '/mail', '22222222']) {
      expect(raw.includes(text) && text).toBe(false);
      const base64 = Buffer.from(text).toString('base64').slice(0, -4);
      if (base64.length > 6) expect(raw).not.toContain(base64);
    }
    expect(content.size).toBe(1);
  });

  describe('a store that fails', () => {
    it.each([
      ['throws', () => Promise.reject(new Error('secret connection string'))],
      ['hangs', () => new Promise<never>(() => undefined)],
      ['refuses', () => Promise.resolve(false)],
    ])('and %s keeps no app from its start', async (_how, answer) => {
      store = { get: answer, set: answer, delete: answer };
      const module = await inTime(boot(options()));
      expect(module.get(SecretsService).status).toBe('ready');
      await until(() => warnings.length > 0, 5 * SECOND);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/snapshot store could not be written/);
      expect(warnings[0]).not.toContain('connection string');
    });

    it('leaves the failure of the server to be told', async () => {
      store = new Keyv({ store: content });
      store.get = () => Promise.reject(new Error('gone'));
      await emulator.stop();
      const error = await inTime(failureOf(boot(options())));
      expect(error).toBeInstanceOf(InfisicalNetworkError);
      expect(warnings.join()).toMatch(/snapshot store could not be read/);
    });
  });

  describe('its key', () => {
    it('may be bytes, a file or a function', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'snapshot-key-'));
      const file = join(directory, 'key');
      await writeFile(file, `${key}\n`, { mode: 0o600 });
      await ranBefore();
      await emulator.stop();
      const forms = [Buffer.from(key, 'base64'), { file }, () => key];
      for (const form of forms) {
        const module = await inTime(boot(options({}, { key: form })));
        expect(module.get(SecretsService).get('API_KEY')).toBe(VALUE);
      }
      await rm(directory, { recursive: true });
    });

    it('keeps an app from its start when a function gives none', async () => {
      const error = await inTime(
        failureOf(boot(options({}, { key: () => 'short' }))),
      );
      expect(error).toBeInstanceOf(InfisicalConfigError);
      expect(error.message).toMatch(/snapshotStore.key must have 256 bits/);
      expect(error.message).not.toContain('short');
    });
  });

  it.each([
    [{ key: 'short' }, /key must have 256 bits/],
    [{ key: undefined }, /key is missing/],
    [{ key: { kmsKey: 'k' } }, /cannot be a key of the Infisical KMS/],
    [{ store: {} }, /store must be a Keyv instance/],
    [{ store: undefined }, /store must be a Keyv instance/],
    [{ maxAge: 'soon' }, /maxAge must be a duration/],
    [{ silence: true }, /silence must be a duration.* or false/],
    [{ ttl: 5 }, /has no option "ttl"/],
  ])('refuses %j', async (own, message) => {
    const error = await failureOf(
      boot(options({}, own as Partial<SnapshotStoreOptions>)),
    );
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(message);
  });

  it('is an option of loadSecrets, not of a module that takes over', async () => {
    const { refresh: _, ...of } = options();
    const loaded = await inTime(loadSecrets(of as LoadSecretsOptions));
    open.push(loaded);
    const error = await failureOf(
      boot({ loaded, snapshotStore: { store, key } }),
    );
    expect(error.message).toMatch(/Pass snapshotStore to loadSecrets/);
  });

  it('is nothing for a client without a module', () => {
    expect(
      () => new InfisicalClient({ snapshotStore: { store, key } } as object),
    ).toThrow(/has no option "snapshotStore"/);
  });
});
