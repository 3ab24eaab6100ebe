import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  DynamicLeaseService,
  type DynamicLeaseEvent,
  InfisicalConfigError,
  InfisicalModule,
} from 'nestjs-infisical';
import { inspect } from 'node:util';
import { demoOptions, failureOf, silenceNest } from '../support/demo.js';
import { DynamicBench, HOUR, MINUTE } from '../support/dynamic.js';
import { RecordingTransport } from '../support/recording-transport.js';

const CREATE = { method: 'POST', path: '/api/v1/dynamic-secrets/leases' };
const GCP = {
  type: 'gcp-iam',
  inputs: { serviceAccountEmail: 'app@example.iam.gserviceaccount.com' },
};

/** Shorter than the deadline of a request. */
const STEP = 5_000;

let bench: DynamicBench;
let transport: RecordingTransport;
let module: TestingModule;
let leases: DynamicLeaseService;

beforeEach(async () => {
  silenceNest();
  bench = await DynamicBench.start();
  transport = new RecordingTransport(bench.emulator.url);
  module = await Test.createTestingModule({
    imports: [
      InfisicalModule.forRoot(
        demoOptions(bench.emulator, {
          clock: bench.clock,
          transport,
          random: () => 0.5,
        }),
      ),
    ],
  }).compile();
  await module.init();
  leases = module.get(DynamicLeaseService);
  await bench.create('db', undefined, { defaultTTL: '30m', maxTTL: '2h' });
});

afterEach(async () => {
  const closed = module.close();
  await pass(3 * STEP);
  await closed;
  expect(bench.emulator.leases).toEqual([]);
  await bench.emulator.stop();
});

/** Lets time pass in steps, and each request come to its end in its step. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= STEP) {
    await bench.clock.advance(Math.min(STEP, left));
    await transport.idle();
  }
  await transport.idle();
  await bench.emulator.idle();
}

/** Work that needs time to pass. */
async function during<T>(work: Promise<T>, ms: number): Promise<T> {
  const settled = work.then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error;
    },
  );
  await pass(ms);
  return (await settled)();
}

const alive = () => bench.emulator.leases.length;
const creations = () => bench.emulator.count(CREATE);

describe('the overlap', () => {
  it('that the asked TTL cannot hold is refused before a lease is made, with the numbers and what to change', async () => {
    const error = await failureOf(leases.acquire('db', { ttl: '1m' }));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toBe(
      'A lease of the dynamic secret "db" lives 60 s (TTL), which cannot hold two overlaps of old and new credentials of 45 s (transaction 30 s + connect 5 s + skew 5 s + margin 5 s): 90 s are needed. Ask for a longer life (ttl, and maxTTL of the dynamic secret), or for a shorter overlap (overlap: { transaction, connect, skew, margin }) if your transactions are shorter.',
    );
    expect(creations()).toBe(0);
    expect(leases.leases).toEqual([]);
  });

  it('that the default TTL cannot hold is refused by the first lease, which is revoked', async () => {
    const error = await failureOf(
      leases.acquire('db', { overlap: { transaction: '20m' } }),
    );
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toContain('lives 1800 s (TTL)');
    expect(error.message).toContain('transaction 1200 s');
    expect(creations()).toBe(1);
    expect(alive()).toBe(0);
    expect(leases.leases).toEqual([]);
  });

  it('brings the replacement forward', async () => {
    const ref = await leases.acquire('db', { overlap: '14m' });
    await pass(15 * MINUTE);
    expect(ref.current.generation).toBe(1);
    await pass(2 * MINUTE);
    expect(ref.current.generation).toBe(2);
  });

  it.each([
    [{ overlap: { transactions: '1s' } }, /overlap has no option/],
    [{ overlap: { skew: 'soon' } }, /overlap.skew must be a duration/],
    [{ overlap: -1 }, /overlap must be a duration/],
    [{ idleTimeout: 'soon' }, /idleTimeout must be a duration/],
  ])('%j is refused', async (options, message) => {
    const error = await failureOf(leases.acquire('db', options as never));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(message);
  });
});

describe('new credentials', () => {
  it('are proven before anybody sees them, again and again', async () => {
    const proven: number[] = [];
    const ref = await leases.acquire('db', {
      prove: ({ generation }) => {
        proven.push(generation);
        // A replica learns of the role late.
        if (generation === 2 && proven.length < 5) {
          throw new Error('no such role');
        }
      },
    });
    expect(proven).toEqual([1]);
    const seen: string[] = [];
    ref.events$.subscribe(({ kind }) => seen.push(kind));
    ref.changes$.subscribe(({ generation }) => seen.push(`to ${generation}`));
    const first = ref.current;
    await pass(20 * MINUTE + 1_000);
    expect(ref.current).toBe(first);
    expect(alive()).toBe(2);
    expect(leases.leases[0]?.lastError?.message).toMatch(
      /did not prove to work: Error: no such role/,
    );
    await pass(MINUTE);
    expect(proven).toEqual([1, 2, 2, 2, 2]);
    expect(ref.current.generation).toBe(2);
    expect(seen).toEqual([
      'created',
      'error',
      'error',
      'error',
      'rotated',
      'to 2',
    ]);
    expect(leases.leases[0]?.lastError).toBeUndefined();
    expect(alive()).toBe(1);
  });

  it('that never work are revoked and made anew, at a bounded rate, while the old ones are used to their end', async () => {
    const ref = await leases.acquire('db', {
      prove: ({ generation }) => {
        if (generation > 1) throw new Error('no such role');
      },
    });
    await pass(30 * MINUTE - STEP);
    expect(ref.current.generation).toBe(1);
    expect(ref.status).toBe('expiring');
    expect(alive()).toBeLessThanOrEqual(2);
    expect(creations()).toBeLessThan(8);
    expect(creations()).toBeGreaterThan(3);
  });

  it('whose proof does not end count as failed', async () => {
    let hangs = true;
    const ref = await leases.acquire('db', {
      prove: ({ generation }) =>
        generation > 1 && hangs ? new Promise(() => undefined) : undefined,
    });
    await pass(20 * MINUTE + 2 * STEP);
    expect(leases.leases[0]?.lastError?.message).toContain('overlap.connect');
    hangs = false;
    await pass(MINUTE);
    expect(ref.current.generation).toBe(2);
  });

  it('that never work at the start are an error without them, and are revoked', async () => {
    let data: Record<string, unknown> = {};
    const work = leases.acquire('db', {
      prove: (credentials) => {
        data = credentials.data;
        throw Object.assign(
          new Error(
            `password authentication failed for "${data['DB_USERNAME'] as string}"`,
          ),
          { code: '28P01' },
        );
      },
    });
    const error = await failureOf(during(work, 2 * MINUTE));
    expect(error.message).toMatch(/authentication failed.*28P01/);
    expect(inspect(error, { depth: 9 })).not.toContain(data['DB_USERNAME']);
    expect(alive()).toBe(0);
    expect(leases.leases).toEqual([]);
  });

  it('are proven for a consumer who comes late, too', async () => {
    await leases.acquire('db');
    let tries = 0;
    const late = leases.acquire('db', {
      prove: () => {
        if (++tries < 3) throw new Error('not yet');
      },
    });
    const ref = await during(late, 2 * STEP);
    expect(tries).toBe(3);
    expect(ref.current.generation).toBe(1);
    expect(creations()).toBe(1);
  });

  it('of types that cannot be extended are made in any mode', async () => {
    await bench.create('token', GCP, { defaultTTL: '1h', maxTTL: '10h' });
    const ref = await leases.acquire<'gcp-iam'>('token', { mode: 'renew' });
    const { TOKEN } = ref.current.data;
    await pass(41 * MINUTE);
    expect(ref.current.generation).toBe(2);
    expect(ref.current.data.TOKEN).not.toBe(TOKEN);
  });
});

describe('an old lease', () => {
  it('is revoked when the last one has let go of it', async () => {
    const ref = await leases.acquire('db');
    const other = await leases.acquire('db');
    const [one, two] = [ref.hold(), other.hold(1)];
    await pass(21 * MINUTE);
    expect(ref.current.generation).toBe(2);
    one();
    one();
    await pass(STEP);
    expect(alive()).toBe(2);
    two();
    await pass(STEP);
    expect(alive()).toBe(1);
  });

  it('tells its holders before its end, and is forgotten then', async () => {
    const ref = await leases.acquire('db');
    let cutAt: number | undefined;
    const from = bench.clock.now();
    ref.hold(1, () => (cutAt = bench.clock.now() - from));
    await pass(29 * MINUTE);
    expect(cutAt).toBeUndefined();
    await pass(MINUTE);
    expect(cutAt).toBe(30 * MINUTE - 5_000);
    expect(leases.leases[0]?.lastError?.message).toMatch(
      /1 user of old credentials .* did not let go in time/,
    );
    expect(alive()).toBe(1);
    // Of one that is over there is nothing to hold.
    const late = await new Promise((resolve) => ref.hold(1, () => resolve(1)));
    expect(late).toBe(1);
  });
});

describe('a creation', () => {
  it('whose answer is lost is found by its mark, and nobody else’s is taken for it', async () => {
    const ref = await leases.acquire('db');
    const other = await bench.lease('db');
    bench.emulator.trouble.add({
      ...{ kind: 'reset', when: 'after', times: 1 },
      ...CREATE,
    });
    await pass(21 * MINUTE);
    expect(ref.current.generation).toBe(2);
    // The one in use and the one of somebody else.
    expect(alive()).toBe(2);
    expect(creations()).toBe(4);
    await bench.revoke((other.body as { lease: { id: string } }).lease.id);
  });

  it('whose answer is lost at the start leaves nothing behind', async () => {
    bench.emulator.trouble.add({
      ...{ kind: 'reset', when: 'after', times: 1 },
      ...CREATE,
    });
    await failureOf(leases.acquire('db'));
    await pass(STEP);
    expect(alive()).toBe(0);
    expect(creations()).toBe(1);
  });

  it('above a maximum that was lowered asks for the maximum', async () => {
    const ref = await leases.acquire('db', { ttl: '1h' });
    bench.emulator.trouble.lowerLeaseMaxTtl('10m', 'db');
    await pass(41 * MINUTE);
    expect(ref.current.generation).toBe(2);
    const { expiresAt } = ref.current;
    expect(expiresAt.getTime() - bench.clock.now()).toBeLessThan(10 * MINUTE);
    expect(leases.leases[0]?.lastError).toBeUndefined();
  });

  it('of a dynamic secret that was deleted is tried now and then, and works when it is back', async () => {
    const ref = await leases.acquire('db');
    await bench.update('db', { newName: 'away' });
    const before = creations();
    await pass(40 * MINUTE);
    expect(ref.status).toBe('expired');
    expect(creations() - before).toBeLessThan(60);
    await bench.update('away', { newName: 'db' });
    await pass(2 * MINUTE);
    expect(ref.status).toBe('active');
  });
});

describe('credentials that are refused in use', () => {
  it('are replaced once, whoever tells it how often', async () => {
    const ref = await leases.acquire('db');
    await pass(MINUTE);
    for (let n = 0; n < 10; n++) ref.reportDead(1);
    expect(leases.leases[0]?.lastError?.message).toMatch(/are refused where/);
    await pass(STEP);
    expect(ref.current.generation).toBe(2);
    for (let n = 0; n < 10; n++) {
      ref.reportDead(1);
      ref.reportDead(2);
    }
    await pass(STEP);
    expect(ref.current.generation).toBe(2);
    await pass(30_000);
    expect(ref.current.generation).toBe(3);
    expect(creations()).toBe(3);
    expect(alive()).toBe(1);
  });
});

describe('the end of a life', () => {
  it('is told in advance and when it comes, and to who asks late', async () => {
    const ref = await leases.acquire('db');
    const kinds: string[] = [];
    leases.events$.subscribe(({ kind }) => kinds.push(kind));
    bench.emulator.outage();
    await pass(29 * MINUTE + 30_000);
    expect(ref.status).toBe('expiring');
    await pass(MINUTE);
    expect(ref.status).toBe('expired');
    bench.emulator.trouble.clear();
    await pass(2 * MINUTE);
    expect(ref.status).toBe('active');
    const told = kinds.filter((kind) => kind !== 'error');
    expect(told).toEqual(['created', 'expiring', 'expired', 'rotated']);
    const late: DynamicLeaseEvent[] = [];
    leases.events$.subscribe((event) => late.push(event));
    expect(late).toMatchObject([
      { kind: 'rotated', name: 'db', generation: ref.current.generation },
    ]);
  });
});

describe('a lease without consumers', () => {
  it('is kept for who comes next, as long as it is asked to', async () => {
    const options = { idleTimeout: '5m' };
    const ref = await leases.acquire('db', options);
    const { leaseId } = ref.current;
    await ref.release();
    await pass(4 * MINUTE);
    const again = await leases.acquire('db', options);
    expect(again.current.leaseId).toBe(leaseId);
    await pass(6 * MINUTE);
    expect(alive()).toBe(1);
    await again.release();
    await pass(5 * MINUTE + STEP);
    expect(alive()).toBe(0);
    expect(leases.leases).toEqual([]);
  });

  it('is not replaced, and not taken up when it is about to end', async () => {
    const options = { idleTimeout: '3h' };
    await (await leases.acquire('db', options)).release();
    await pass(29 * MINUTE + 30_000);
    expect(creations()).toBe(1);
    const again = await leases.acquire('db', options);
    expect(again.status).toBe('active');
    expect(creations()).toBe(2);
    await pass(STEP);
    expect(alive()).toBe(1);
  });
});

describe('at shutdown', () => {
  it('consumers close first, then the lease is revoked', async () => {
    const ref = await leases.acquire('db');
    const letGo = ref.hold();
    const order: string[] = [];
    ref.onClose(async () => {
      await Promise.resolve();
      order.push(`closed with ${alive()} alive`);
    });
    const closed = module.close().then(() => order.push('app closed'));
    await pass(1_000);
    expect(alive()).toBe(1);
    letGo();
    await pass(1_000);
    await closed;
    expect(order).toEqual(['closed with 1 alive', 'app closed']);
    expect(alive()).toBe(0);
  });

  it('who does not let go is not waited for', async () => {
    const ref = await leases.acquire('db');
    ref.hold();
    await during(module.close(), HOUR / 240);
    expect(alive()).toBe(0);
  });

  it('a proof under way is no reason to wait, and its lease is revoked, too', async () => {
    const work = failureOf(
      leases.acquire('db', { prove: () => new Promise(() => undefined) }),
    );
    await pass(STEP);
    expect(alive()).toBe(1);
    await during(module.close(), 2 * STEP);
    expect((await work).message).toMatch(/shutting down/);
    expect(alive()).toBe(0);
  });
});
