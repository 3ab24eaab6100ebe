import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type Type } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { Test, type TestingModule } from '@nestjs/testing';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  infisicalConfig,
  InfisicalModule,
  InjectSecret,
  loadSecrets,
  OnSecretChange,
  Secret,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { demoOptions, seedWith, silenceNest } from '../support/demo.js';

const MODULES = 1_000;

/** What Nest, undici and the compiler keep for good is there after so many. */
const WARM_UP = 150;

/** Apps at one time. */
const ABREAST = 8;

const MEBIBYTE = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

@Injectable()
class PaymentsService {
  @Secret('KEY', { live: true }) readonly key!: string;
  constructor(@InjectSecret('KEY') readonly first: string) {}

  @OnSecretChange('*')
  changed(): void {
    // Nothing to do: what counts is that it is called for.
  }
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/payments' })],
  providers: [PaymentsService],
})
class PaymentsModule {}

/** A secret in a class of its own, as tests define them. */
function localClass(): Type<{ readonly key: string }> {
  @Injectable()
  class Local {
    @Secret('KEY', { live: true }) readonly key!: string;
    constructor(@InjectSecret('KEY') readonly first: string) {}
  }
  return Local;
}

/** What keeps a process alive, or is told of its events. */
function held(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const resource of process.getActiveResourcesInfo()) {
    counts[resource] = (counts[resource] ?? 0) + 1;
  }
  for (const event of process.eventNames()) {
    counts[`on ${String(event)}`] = process.listenerCount(event);
  }
  return counts;
}

/** Bytes in use when everything that nobody has is gone. */
async function heapInUse(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    // Finalisers and closed sockets take a turn of the loop.
    await new Promise(setImmediate);
    collect();
  }
  return process.memoryUsage().heapUsed;
}

describe('apps that come and go', () => {
  let emulator: InfisicalEmulator | undefined;

  beforeAll(silenceNest);

  afterEach(async () => {
    await emulator?.stop();
    emulator = undefined;
  });

  async function start(): Promise<InfisicalEmulator> {
    emulator = await InfisicalEmulator.start({
      seed: seedWith({ '/': { KEY: 'of-root' }, '/payments': { KEY: 'a' } }),
    });
    return emulator;
  }

  async function boot({ url }: InfisicalEmulator): Promise<TestingModule> {
    const { refresh: _, ...options } = demoOptions({ url });
    const loaded = await loadSecrets(options);
    const module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot({
          ignoreEnvFile: true,
          load: [infisicalConfig({ loaded })],
        }),
        // With its tasks of renewal and refresh.
        InfisicalModule.forRoot({ loaded }),
        PaymentsModule,
      ],
    }).compile();
    return module.init();
  }

  /** The emulator's own memory is gone when this ends. */
  async function comeAndGo(count: number): Promise<void> {
    const server = await start();
    let left = count;
    const one = async (): Promise<void> => {
      while (left-- > 0) {
        const module = await boot(server);
        expect(module.get(ConfigService).get('KEY')).toBe('of-root');
        expect(module.get(PaymentsService, { strict: false }).key).toBe('a');
        await module.close();
      }
    };
    await Promise.all(Array.from({ length: ABREAST }, one));
    await server.stop();
    emulator = undefined;
  }

  it('peers §3 row 17: leave no timer, socket or listener behind, and less than 5 MB in 1 000', async () => {
    await comeAndGo(WARM_UP);
    const heapBefore = await heapInUse();
    const heldBefore = held();
    await comeAndGo(MODULES);
    const grown = (await heapInUse()) - heapBefore;
    const more = Object.entries(held()).map(
      ([what, count]) => [what, count - (heldBefore[what] ?? 0)] as const,
    );
    // What the run itself has at this moment comes and goes.
    expect(more.filter(([, count]) => count > 5)).toEqual([]);
    expect(grown).toBeLessThan(5 * MEBIBYTE);
  }, 300_000);

  it('do not hold classes that nobody has any more', async () => {
    const server = await start();
    // Nest keeps classes that it has built once, so it builds none of these.
    const types = Array.from({ length: 20 }, () => new WeakRef(localClass()));
    const module = await boot(server);
    await module.close();
    await heapInUse();
    const left = types.filter((type) => type.deref() !== undefined);
    // The latest one may still be on a stack.
    expect(left.length).toBeLessThanOrEqual(1);
  });
});
