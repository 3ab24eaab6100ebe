import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Keyv } from 'keyv';
import {
  createSymmetricKey,
  InfisicalAuthError,
  type LoadedSecrets,
  loadSecrets,
  type LoadSecretsOptions,
  type SnapshotStorage,
  type SnapshotStoreOptions,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { partsOf } from '../../lib/secrets/loaded-secrets.js';
import {
  CLIENT_ID,
  demoOptions,
  failureOf,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import { CountedTransport, Traffic } from '../support/traffic.js';

const LIST = '/api/v4/secrets';
const SECOND = 1_000;

describe('snapshotStore.share', () => {
  const key = createSymmetricKey();
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let siteUrl: string;
  let traffic: Traffic;
  let warnings: string[];
  let open: { close(): Promise<unknown> }[];

  beforeAll(silenceNest);

  beforeEach(async () => {
    clock = new VirtualClock();
    traffic = new Traffic();
    emulator = await InfisicalEmulator.start({
      clock,
      cloud: true,
      seed: seedWith({ '/': { API_KEY: 'first' } }),
    });
    siteUrl = emulator.url;
    warnings = [];
    open = [];
  });

  afterEach(async () => {
    await inTime(Promise.all(open.map((one) => one.close())));
    await emulator.stop();
  });

  const logger = {
    log: () => undefined,
    warn: (text: string) => void warnings.push(text),
    error: () => undefined,
  };

  async function load(
    snapshotStore: SnapshotStoreOptions | undefined,
    more: LoadSecretsOptions = {},
  ): Promise<LoadedSecrets> {
    const { refresh: _, ...options } = demoOptions({ url: siteUrl });
    const loaded = await loadSecrets({
      ...(options as LoadSecretsOptions),
      clock,
      logger,
      transport: new CountedTransport(traffic, siteUrl),
      snapshotStore,
      ...more,
    });
    open.push(loaded);
    return loaded;
  }

  const inTime = <T>(work: Promise<T>): Promise<T> =>
    traffic.inTime(clock, work);

  const stateOf = (loaded: LoadedSecrets) => {
    const { store, scope } = partsOf(loaded);
    return { ...store.state(scope), age: store.age(store.state(scope)) };
  };

  const lists = () => emulator.count({ path: LIST });

  const sharing = (
    store: SnapshotStorage,
    share: SnapshotStoreOptions['share'] = true,
  ): SnapshotStoreOptions => ({ store: traffic.store(store), key, share });

  it('without it, a store spares no request', async () => {
    const store = new Keyv();
    await inTime(load({ store: traffic.store(store), key }));
    await inTime(load({ store: traffic.store(store), key }));
    expect(lists()).toBe(2);
  });

  it('takes no list that is older than `maxAge`, and tells the age of one that is not', async () => {
    const store = new Keyv();
    await inTime(load(sharing(store)));
    await clock.advance(20 * SECOND);
    const second = await inTime(load(sharing(store)));
    expect(lists()).toBe(1);
    expect(stateOf(second).age).toBeGreaterThanOrEqual(20 * SECOND);
    await clock.advance(20 * SECOND);
    const third = await inTime(load(sharing(store)));
    expect(lists()).toBe(2);
    expect(stateOf(third).age).toBeLessThan(SECOND);
  });

  it('lets one ask of those that take the turn at the same moment', async () => {
    const store = new Map<string, string>();
    const set = store.set.bind(store);
    // All of them find it free before the first word is there.
    store.set = (at, value) => {
      clock.setTimeout(() => set(at, value), 50);
      return store;
    };
    const together = { random: () => 0 };
    const starting = Array.from({ length: 10 }, () =>
      load(sharing(store), together),
    );
    await inTime(Promise.all(starting));
    expect(lists()).toBe(1);
  });

  it('asks the server at every refresh', async () => {
    const store = new Keyv();
    await inTime(load(sharing(store)));
    const second = await inTime(load(sharing(store)));
    emulator.rotate('API_KEY', 'newer');
    const { store: scopes, scope } = partsOf(second);
    await inTime(scopes.refresh([scopes.state(scope)], scopes.lifetime));
    expect(second.get('API_KEY')).toBe('newer');
    expect(stateOf(second).age).toBeLessThan(SECOND);
  });

  it('waits for a replica that has its turn, and no longer than `wait`', async () => {
    const content = new Map<string, string>();
    const set = content.set.bind(content);
    // This one never gets its list into the store.
    content.set = (at, value) =>
      at.includes(':snapshot:') ? content : set(at, value);
    await inTime(load(sharing(content)));
    const start = clock.monotonic();
    await inTime(load(sharing(content, { wait: '2s' })));
    expect(clock.monotonic() - start).toBeGreaterThanOrEqual(2 * SECOND);
    expect(clock.monotonic() - start).toBeLessThan(5 * SECOND);
    expect(lists()).toBe(2);
  });

  it('takes the turn of one that ended', async () => {
    const content = new Map<string, string>();
    const set = content.set.bind(content);
    content.set = (at, value) =>
      at.includes(':snapshot:') ? content : set(at, value);
    await inTime(load(sharing(content)));
    await clock.advance(11 * SECOND);
    const start = clock.monotonic();
    await inTime(load(sharing(content)));
    expect(clock.monotonic() - start).toBeLessThan(SECOND);
  });

  it('is no way around the login', async () => {
    const store = new Keyv();
    await inTime(load(sharing(store)));
    const auth = {
      universalAuth: { clientId: CLIENT_ID, clientSecret: 'wrong' },
    };
    const error = await inTime(failureOf(load(sharing(store), { auth })));
    expect(error).toBeInstanceOf(InfisicalAuthError);
  });

  it('takes no list of another login', async () => {
    const store = new Keyv();
    const first = await inTime(load(sharing(store)));
    const { client } = partsOf(first);
    const token = await inTime(client.auth.getAccessToken());
    const auth = { accessToken: token.reveal() };
    await inTime(load(sharing(store), { auth }));
    expect(lists()).toBe(2);
    await inTime(load(sharing(store), { auth }));
    expect(lists()).toBe(2);
  });

  it('tells of a list that was tampered with, and asks the server', async () => {
    const content = new Map<string, string>();
    await inTime(load(sharing(content)));
    for (const [at, sealed] of content) {
      content.set(at, sealed.replace(/.....$/, 'AAAA='));
    }
    const second = await inTime(load(sharing(content)));
    expect(second.get('API_KEY')).toBe('first');
    expect(lists()).toBe(2);
    expect(warnings.join()).toMatch(/was changed after it was written/);
  });

  it('does without a store that fails', async () => {
    const store = {
      get: () => Promise.reject(new Error('gone')),
      set: () => Promise.reject(new Error('gone')),
      delete: () => Promise.reject(new Error('gone')),
    };
    const loaded = await inTime(load(sharing(store)));
    expect(loaded.get('API_KEY')).toBe('first');
    expect(warnings).toHaveLength(1);
  });

  it('counts as restored while the server is away', async () => {
    const store = new Keyv();
    await inTime(load(sharing(store)));
    await emulator.stop();
    const second = await inTime(load(sharing(store)));
    expect(second.get('API_KEY')).toBe('first');
    expect(stateOf(second)).toMatchObject({
      status: 'stale',
      isRestored: true,
    });
    await emulator.start();
    const end = clock.monotonic() + 60 * SECOND;
    while (stateOf(second).status !== 'ready' && clock.monotonic() < end) {
      await traffic.idle();
      await clock.advance(250);
    }
    expect(stateOf(second)).toMatchObject({
      status: 'ready',
      isRestored: false,
    });
  });
});
