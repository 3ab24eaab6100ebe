import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  DynamicLeaseService,
  InfisicalModule,
  type LeaseRef,
  rotatingResource,
  type RotatingResourceOptions,
} from 'nestjs-infisical';
import { demoOptions, failureOf, silenceNest } from '../support/demo.js';
import { DynamicBench, MINUTE } from '../support/dynamic.js';
import { RecordingTransport } from '../support/recording-transport.js';

/** Shorter than the deadline of a request. */
const STEP = 5_000;

class Connection {
  isClosed = false;
  works = true;

  constructor(readonly user: string) {}

  close(): void {
    this.isClosed = true;
  }
}

let bench: DynamicBench;
let transport: RecordingTransport;
let module: TestingModule;
let lease: LeaseRef<'mongo-db'>;
let made: Connection[];

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
  await bench.create('db', undefined, { defaultTTL: '30m' });
  lease = await module.get(DynamicLeaseService).acquire<'mongo-db'>('db');
  made = [];
});

afterEach(async () => {
  const closed = module.close();
  await pass(3 * STEP);
  await closed;
  expect(bench.emulator.leases).toEqual([]);
  expect(made.filter(({ isClosed }) => !isClosed)).toEqual([]);
  await bench.emulator.stop();
});

async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= STEP) {
    await bench.clock.advance(Math.min(STEP, left));
    await transport.idle();
  }
  await transport.idle();
  await bench.emulator.idle();
}

function open(
  more: Partial<RotatingResourceOptions<'mongo-db', Connection>> = {},
) {
  return rotatingResource<'mongo-db', Connection>({
    lease,
    create: ({ data }) => {
      const connection = new Connection(data.DB_USERNAME);
      made.push(connection);
      return connection;
    },
    close: (connection) => connection.close(),
    ...more,
  });
}

const user = () => lease.current.data.DB_USERNAME;
const alive = () => bench.emulator.leases.length;

describe('rotatingResource', () => {
  it('has a resource with the credentials in use, always', async () => {
    const resource = await open();
    for (let generation = 1; generation < 6; generation++) {
      expect(resource.generation).toBe(generation);
      expect(resource.current.user).toBe(user());
      expect(resource.current.isClosed).toBe(false);
      expect(made).toHaveLength(generation);
      await pass(20 * MINUTE + STEP);
    }
    expect(alive()).toBe(1);
  });

  it('changes over in the same step as the credentials', async () => {
    const resource = await open();
    const seen: boolean[] = [];
    lease.onRotation((next) => {
      seen.push(resource.current.user === next.data.DB_USERNAME);
    });
    await pass(21 * MINUTE);
    expect(seen).toEqual([true]);
  });

  it('closes the old one, and has its lease revoked, when the last work with it has ended', async () => {
    const resource = await open();
    const first = resource.current;
    let end!: () => void;
    const work = resource.use(
      (connection) =>
        new Promise<string>((resolve) => {
          end = () => resolve(`${connection.user} ${connection.isClosed}`);
        }),
    );
    await pass(21 * MINUTE);
    expect(resource.current).not.toBe(first);
    expect([first.isClosed, alive()]).toEqual([false, 2]);
    end();
    expect(await work).toBe(`${first.user} false`);
    await pass(STEP);
    expect([first.isClosed, alive()]).toEqual([true, 1]);
  });

  it('closes it at the end of its credentials, whatever still runs', async () => {
    const resource = await open({ drain: () => new Promise(() => undefined) });
    const first = resource.current;
    await pass(29 * MINUTE);
    expect(first.isClosed).toBe(false);
    await pass(MINUTE);
    expect(first.isClosed).toBe(true);
    expect(alive()).toBe(1);
  });

  it('proves before anybody sees it, and closes what does not work', async () => {
    let works = true;
    const resource = await open({
      prove: (connection) => {
        connection.works = works;
        if (!works) throw new Error('no such user');
      },
    });
    const first = user();
    works = false;
    await pass(20 * MINUTE + STEP);
    expect(user()).toBe(first);
    expect(made.length).toBeGreaterThan(2);
    expect(made.filter(({ isClosed }) => !isClosed)).toEqual([
      resource.current,
    ]);
    works = true;
    await pass(MINUTE);
    expect(resource.generation).toBe(2);
    expect(resource.current.works).toBe(true);
  });

  it('fails as the first one does, and leaves nothing behind', async () => {
    const failing = open({
      prove: () => {
        throw new Error('no such user');
      },
    });
    expect((await failureOf(failing)).message).toBe('no such user');
    expect(made.map(({ isClosed }) => isClosed)).toEqual([true]);
    await pass(21 * MINUTE);
    expect(made).toHaveLength(1);
  });

  it('is closed before the lease is revoked when the app ends', async () => {
    const order: string[] = [];
    const resource = await open({
      drain: () => order.push(`drained with ${alive()}`),
      close: (connection) => {
        order.push(`closed with ${alive()}`);
        connection.close();
      },
    });
    const closed = module.close();
    await pass(3 * STEP);
    await closed;
    expect(order).toEqual(['drained with 1', 'closed with 1']);
    expect(() => resource.current).toThrow(/is closed/);
    await expect(resource.use(() => 1)).rejects.toThrow(/is closed/);
  });
});
