import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type Clock,
  InfisicalModule,
  InjectSecrets,
  Secret,
  SecretsService,
  type TimerHandle,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import {
  demoOptions,
  failureOf,
  seedWith,
  silenceNest,
} from '../support/demo.js';

const APPS = 100;

/** How many of them are there at the same time. */
const AT_ONCE = 10;

/** Real time, and which of its timers are pending; Node does not report background timers. */
class CountingClock implements Clock {
  readonly pending = new Set<TimerHandle>();

  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  setTimeout(
    callback: () => void,
    delay: number,
    options?: { background?: boolean },
  ): TimerHandle {
    const timer = setTimeout(() => {
      this.pending.delete(timer);
      callback();
    }, delay);
    if (options?.background) timer.unref();
    this.pending.add(timer);
    return timer;
  }

  clearTimeout(timer: TimerHandle): void {
    this.pending.delete(timer);
    clearTimeout(timer as NodeJS.Timeout);
  }
}

@Injectable()
class Consumer {
  @Secret('KEY') readonly key!: string;
  constructor(
    readonly secrets: SecretsService,
    @InjectSecrets({ root: 'second' }) readonly second: SecretsService,
  ) {}
}

@Injectable()
class FeatureConsumer {
  @Secret('KEY') readonly key!: string;
}

@Module({
  imports: [
    InfisicalModule.forFeatureAsync({
      useFactory: () => ({ path: '/feature' }),
    }),
  ],
  providers: [FeatureConsumer],
})
class FeatureModule {}

/** Sockets, servers and timers that keep the process alive, by kind. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (/Socket|TCP|Timeout|FSWatcher|Connect/.test(kind)) {
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
  }
  return counts;
}

function listeners(): number {
  return process
    .eventNames()
    .reduce((sum, name) => sum + process.listenerCount(name), 0);
}

/** Lets both ends of closed connections hear of it. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('apps that are closed', () => {
  let emulator: InfisicalEmulator;

  beforeAll(silenceNest);
  afterEach(() => emulator.stop());

  it(`leave no timer, socket or listener, ${APPS} of them`, async () => {
    emulator = await InfisicalEmulator.start({
      seed: seedWith({
        '/': { KEY: 'value' },
        '/feature': { KEY: 'feature' },
        '/tenant': { KEY: 'tenant' },
      }),
    });
    const clock = new CountingClock();

    function appModule(environment: string) {
      const options = demoOptions(emulator, {
        clock,
        refresh: { interval: '1m' },
        shutdown: { revokeToken: true },
      });
      @Module({
        imports: [
          InfisicalModule.forRoot(options),
          InfisicalModule.forRootAsync({
            name: 'second',
            inject: [SecretsService],
            useFactory: () => ({ ...options, environment }),
          }),
          FeatureModule,
        ],
        providers: [Consumer],
      })
      class AppModule {}
      return AppModule;
    }

    async function live(): Promise<void> {
      const app = await NestFactory.createApplicationContext(appModule('dev'), {
        logger: false,
        abortOnError: false,
      });
      const { secrets, second } = app.get(Consumer);
      expect(app.get(FeatureConsumer, { strict: false }).key).toBe('feature');
      expect(second.get('KEY')).toBe('value');
      const tenant = await secrets.scope({ path: '/tenant' });
      expect(tenant.get('KEY')).toBe('tenant');
      expect(clock.pending.size).toBeGreaterThan(0);
      await app.close();
      await app.close();
    }

    async function fail(): Promise<void> {
      const error = await failureOf(
        NestFactory.createApplicationContext(appModule('nope'), {
          logger: false,
          abortOnError: false,
        }),
      );
      expect(error.message).toMatch(/'nope'/);
    }

    // What is there for good, such as the emulator's own.
    await live();
    await settle();
    const before = { resources: resources(), listeners: listeners() };
    expect(clock.pending.size).toBe(0);
    for (let done = 0; done < APPS; done += AT_ONCE) {
      const lives = Array.from({ length: AT_ONCE - 1 }, live);
      await Promise.all([...lives, fail()]);
    }
    await settle();
    expect(clock.pending.size).toBe(0);
    const grown = Object.entries(resources()).filter(
      ([kind, count]) => count > (before.resources[kind] ?? 0),
    );
    expect(grown).toEqual([]);
    expect(listeners()).toBe(before.listeners);
  }, 60_000);
});
