import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  DynamicLeaseService,
  InfisicalModule,
  type InfisicalModuleOptions,
  type LeaseRef,
} from 'nestjs-infisical';
import { demoOptions, silenceNest } from '../support/demo.js';
import { DynamicBench } from '../support/dynamic.js';
import { RecordingTransport } from '../support/recording-transport.js';

const LEASES = '/api/v1/dynamic-secrets/leases/**';
const REVOKE = '/api/v1/auth/token/revoke';
const TIMEOUT = 8_000;

let bench: DynamicBench;
let transport: RecordingTransport;
let module: TestingModule;
let order: string[];
let warnings: string[];

/** A pool of connections, as an app closes it: when Nest shuts down. */
@Injectable()
class Pool implements OnApplicationShutdown {
  lease: LeaseRef | undefined;
  constructor(private readonly leases: DynamicLeaseService) {}

  async open(): Promise<void> {
    this.lease = await this.leases.acquire('db');
    this.lease.onClose(() => {
      order.push(`consumer closed, ${revocations()} revoked`);
      return Promise.resolve();
    });
  }

  onApplicationShutdown(): void {
    order.push(`pool closed, ${revocations()} revoked`);
  }
}

@Module({ providers: [Pool] })
class DatabaseModule {}

beforeEach(async () => {
  silenceNest();
  order = [];
  warnings = [];
  bench = await DynamicBench.start();
  transport = new RecordingTransport(bench.emulator.url);
  await bench.create('db', undefined, { defaultTTL: '30m', maxTTL: '2h' });
  await boot({ shutdown: { timeout: TIMEOUT, revokeToken: true } });
});

afterEach(async () => {
  await close();
  await bench.emulator.stop();
});

async function boot(options: Partial<InfisicalModuleOptions>): Promise<void> {
  const root = demoOptions(bench.emulator, {
    clock: bench.clock,
    transport,
    ...options,
  });
  module = await Test.createTestingModule({
    imports: [InfisicalModule.forRoot(root), DatabaseModule],
  })
    .setLogger({
      log: () => undefined,
      error: () => undefined,
      warn: (line: string) => warnings.push(line),
    })
    .compile();
  await module.init();
  await module.get(Pool, { strict: false }).open();
  bench.emulator.clearRequests();
}

/** Closes the app; how long that took in virtual milliseconds. */
async function close(): Promise<number> {
  const from = bench.clock.monotonic();
  let isOver = false;
  const closed = module.close().then(() => (isOver = true));
  for (let i = 0; i < 500 && !isOver; i++) {
    await bench.clock.advance(100);
    if (!isOver) await bench.emulator.idle().catch(() => undefined);
  }
  await closed;
  return bench.clock.monotonic() - from;
}

function revocations(): number {
  return bench.emulator.requests.filter(
    ({ method, path }) => method === 'DELETE' || path === REVOKE,
  ).length;
}

function sent(): string[] {
  return bench.emulator.requests.map(
    ({ method, route }) => `${method} ${route}`,
  );
}

describe('at shutdown', () => {
  it('pools are drained, then leases revoked, then the token', async () => {
    await close();
    expect(order).toEqual([
      'pool closed, 0 revoked',
      'consumer closed, 0 revoked',
    ]);
    expect(sent()).toEqual([
      'DELETE /api/v1/dynamic-secrets/leases/:leaseId',
      `POST ${REVOKE}`,
    ]);
    expect(bench.emulator.leases).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('leases that cannot be revoked leave time for the token', async () => {
    bench.emulator.trouble.add({ kind: 'hang', path: LEASES });
    const took = await close();
    expect(took).toBeLessThanOrEqual(TIMEOUT);
    const { status } = bench.emulator.requests.at(-1) ?? {};
    expect(sent().at(-1)).toBe(`POST ${REVOKE}`);
    expect(status).toBe(200);
    expect(warnings).toEqual([expect.stringContaining('was not revoked')]);
  });

  it('all of it ends in time, whatever hangs, and says what is left', async () => {
    bench.emulator.trouble.add({ kind: 'hang' });
    const held = module.get(Pool, { strict: false }).lease?.hold();
    const took = await close();
    expect(took).toBeGreaterThan(TIMEOUT / 2);
    expect(took).toBeLessThanOrEqual(TIMEOUT + 100);
    expect(warnings).toEqual([
      expect.stringMatching(/^Lease .+ was not revoked at shutdown/),
      expect.stringContaining('The access token was not revoked at shutdown'),
    ]);
    held?.();
  });

  it('closing twice, and while it closes, is closing once', async () => {
    const first = module.close();
    const second = module.close();
    await close();
    await Promise.all([first, second]);
    await module.close();
    expect(sent()).toEqual([
      'DELETE /api/v1/dynamic-secrets/leases/:leaseId',
      `POST ${REVOKE}`,
    ]);
  });
});
