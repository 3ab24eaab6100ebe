import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  InfisicalClient,
  InfisicalError,
  InfisicalHttpError,
  InfisicalNetworkError,
  InfisicalNotFoundError,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  PROJECT_ID,
  seedWith,
} from '../support/demo.js';
import { MONGO } from '../support/dynamic.js';

const OPERATIONS = 2000;
const AT_ONCE = 16;

/** Deadline of one call with all its tries, in milliseconds. */
const DEADLINE = 30_000;

/** What one operation came to. */
interface Outcome {
  readonly kind: string;
  readonly id: number;
  readonly took: number;
  readonly error?: Error;
}

/** The same numbers in every run. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe(`${OPERATIONS} mixed operations, ${AT_ONCE} at once, in trouble`, () => {
  let emulator: InfisicalEmulator;
  let client: InfisicalClient;
  const outcomes: Outcome[] = [];
  const wrong: string[] = [];

  const seeded = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [`KNOWN_${n}`, `value-${n}`]),
  );

  beforeAll(async () => {
    emulator = await InfisicalEmulator.start({
      seed: seedWith({ '/': {}, '/known': seeded, '/work': {} }),
      random: pseudoRandom(7),
    });
    client = new InfisicalClient({
      siteUrl: emulator.url,
      auth: {
        universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
      },
      projectId: PROJECT_ID,
      environment: 'dev',
      // So many tries that no read is left without an answer by bad luck.
      retry: { attempts: 10, baseDelay: 20, deadline: DEADLINE },
      random: pseudoRandom(8),
    });
    await client.kms.keys.create({ name: 'chaos' });
    await client.dynamicSecrets.create({
      name: 'mongo',
      provider: MONGO,
      defaultTTL: '1h',
    });
    for (let n = 0; n < OPERATIONS; n += 1) {
      if (isUpdate(n)) await client.secrets.create(`UP_${n}`, work('before'));
      if (isDelete(n)) await client.secrets.create(`GONE_${n}`, work('before'));
    }
    const { trouble } = emulator;
    trouble.add({ kind: 'latency', delay: 50, jitter: 50 });
    trouble.add({ kind: 'reset', rate: 0.025 });
    trouble.add({ kind: 'reset', when: 'after', rate: 0.025 });
    trouble.add({ kind: 'error', status: 503, rate: 0.05 });
    trouble.add({ kind: 'rate-limit', retryAfter: 0, rate: 0.02 });
    await runAll();
    trouble.clear();
  }, 120_000);

  afterAll(async () => {
    await client.close();
    await emulator.stop();
  });

  const isUpdate = (n: number): boolean => n % 10 === 4;
  const isDelete = (n: number): boolean => n % 10 === 5;
  const work = (
    secretValue: string,
  ): { secretValue: string; path: string } => ({ secretValue, path: '/work' });

  async function runAll(): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < OPERATIONS) await runOne(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async function runOne(id: number): Promise<void> {
    const startedAt = performance.now();
    const [kind, operation] = plan(id);
    const error = await operation().then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    outcomes.push({ kind, id, error, took: performance.now() - startedAt });
  }

  const known = Object.entries(seeded)
    .map(([name, value]) => `${name}=${value}`)
    .sort();

  function same(id: number, actual: unknown, expected: unknown): void {
    if (actual !== expected) {
      wrong.push(`#${id}: ${String(actual)} instead of ${String(expected)}`);
    }
  }

  function plan(id: number): [string, () => Promise<void>] {
    if (isUpdate(id)) {
      return [
        'update',
        async () => {
          const name = `UP_${id}`;
          const { version } = await client.secrets.update(name, work(`n${id}`));
          same(id, version, 2);
        },
      ];
    }
    if (isDelete(id)) {
      return [
        'delete',
        async () => {
          const name = `GONE_${id}`;
          const gone = await client.secrets.delete(name, { path: '/work' });
          same(id, gone.secretKey, name);
        },
      ];
    }
    switch (id % 10) {
      case 0:
        return [
          'create',
          async () => {
            const made = await client.secrets.create(
              `NEW_${id}`,
              work(`n${id}`),
            );
            same(id, made.secretKey, `NEW_${id}`);
          },
        ];
      case 1:
        return [
          'list',
          async () => {
            const list = await client.secrets.list({ path: '/known' });
            const lines = list.map(
              ({ secretKey, secretValue }) => `${secretKey}=${secretValue}`,
            );
            same(id, lines.sort().join(), known.join());
          },
        ];
      case 2:
        return [
          'kms',
          async () => {
            const ciphertext = await client.kms.encrypt('chaos', `text-${id}`);
            const text = await client.kms.decrypt('chaos', ciphertext);
            same(id, text.toString(), `text-${id}`);
          },
        ];
      case 3:
        return [
          'lease',
          async () => {
            const made = await client.dynamicSecrets.leases.create('mongo', {
              ttl: '10m',
            });
            same(id, typeof made.id, 'string');
          },
        ];
      default:
        return [
          'get',
          async () => {
            const name = `KNOWN_${id % 20}`;
            const { secretKey, secretValue } = await client.secrets.get(name, {
              path: '/known',
            });
            same(id, `${secretKey}=${secretValue}`, `${name}=value-${id % 20}`);
          },
        ];
    }
  }

  const failed = (...kinds: string[]): Outcome[] =>
    outcomes.filter(({ kind, error }) => error && kinds.includes(kind));

  it('really had trouble', () => {
    expect(outcomes).toHaveLength(OPERATIONS);
    const hit = (kind: string): number =>
      emulator.requests.filter(({ trouble }) => trouble?.includes(kind)).length;
    expect(hit('reset')).toBeGreaterThan(50);
    expect(hit('error')).toBeGreaterThan(50);
    expect(hit('rate-limit')).toBeGreaterThan(20);
  });

  it('give no wrong result', () => {
    expect(wrong).toEqual([]);
  });

  it('answer every read, whatever happens', () => {
    expect(failed('get', 'list', 'kms')).toEqual([]);
  });

  it('fail in writing only where the server may have done it, and say so', () => {
    const writes = failed('create', 'update', 'lease');
    expect(writes.length).toBeGreaterThan(0);
    for (const { error } of writes) {
      expect(error).toBeInstanceOf(InfisicalError);
      expect(
        error instanceof InfisicalNetworkError ||
          error instanceof InfisicalHttpError,
      ).toBe(true);
      expect(error).toMatchObject({ retryable: true });
    }
    for (const { error } of failed('delete')) {
      expect(error).toBeInstanceOf(InfisicalNotFoundError);
      expect(error?.message).toMatch(/the first one.*may have done it/);
    }
  });

  it('create nothing twice', () => {
    const sent = new Map<string, number>();
    for (const { method, path, status } of emulator.requests) {
      // 0: the connection was reset, perhaps after the work was done.
      if (method === 'POST' && (status === 200 || status === 0)) {
        sent.set(path, (sent.get(path) ?? 0) + 1);
      }
    }
    const twice = [...sent].filter(
      ([path, count]) => path.startsWith('/api/v4/secrets/') && count > 1,
    );
    expect(twice).toEqual([]);
    const leases = outcomes.filter(({ kind }) => kind === 'lease');
    expect(emulator.leases.length).toBeLessThanOrEqual(leases.length);
    expect(emulator.leases.length).toBeGreaterThanOrEqual(
      leases.filter(({ error }) => !error).length,
    );
    expect(sent.get('/api/v1/dynamic-secrets/leases')).toBeLessThanOrEqual(
      leases.length,
    );
  });

  it('leave what each of them said', async () => {
    const stored = new Map(
      (await client.secrets.list({ path: '/work' })).map((secret) => [
        secret.secretKey,
        secret.secretValue,
      ]),
    );
    for (const { kind, id, error } of outcomes) {
      if (kind === 'delete') expect(stored.has(`GONE_${id}`)).toBe(false);
      if (error) continue;
      if (kind === 'create') expect(stored.get(`NEW_${id}`)).toBe(`n${id}`);
      if (kind === 'update') expect(stored.get(`UP_${id}`)).toBe(`n${id}`);
    }
  });

  it('end inside their deadline', () => {
    // Two calls are behind the KMS round trip.
    const late = outcomes.filter(
      ({ kind, took }) => took > DEADLINE * (kind === 'kms' ? 2 : 1),
    );
    expect(late).toEqual([]);
  });
});
