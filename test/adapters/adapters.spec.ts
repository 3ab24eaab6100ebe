import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import {
  InfisicalClient,
  InfisicalModule,
  MissingSecretsError,
  Secret,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import {
  demoOptions,
  failureOf,
  listedFolders,
  requestPaths,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import {
  appModule,
  Feature,
  type Report,
  Singleton,
} from './support/app.module.js';
import { HOSTS, type RunningApp } from './support/hosts.js';

const LOGIN = 'POST /api/v1/auth/universal-auth/login';
const REVOKE = 'POST /api/v1/auth/token/revoke';

@Injectable()
class Needy {
  @Secret('NOT_THERE') readonly secret!: string;
}

describe.each(HOSTS)('an app $name', ({ start }) => {
  let emulator: InfisicalEmulator;
  let clock: VirtualClock;
  let app: RunningApp | undefined;

  beforeAll(silenceNest);

  beforeEach(async () => {
    clock = new VirtualClock();
    emulator = await InfisicalEmulator.start({
      seed: seedWith({ '/': { KEY: 'root-1' }, '/payments': { KEY: 'pay-1' } }),
    });
  });

  afterEach(async () => {
    await app?.context.close();
    app = undefined;
    await emulator.stop();
  });

  async function boot(): Promise<RunningApp> {
    const shutdown = { revokeToken: true };
    const options = demoOptions(emulator, { clock, shutdown });
    app = await start(appModule(options));
    return app;
  }

  /** One answer by each way into the app. */
  async function answers({ ask }: RunningApp): Promise<Report[]> {
    const all: Report[] = [];
    for (const one of Object.values(ask)) all.push(await one());
    expect(all.length).toBeGreaterThan(0);
    return all;
  }

  async function rotate({ context }: RunningApp): Promise<void> {
    const { secrets } = context.get(InfisicalClient);
    await secrets.update('KEY', { secretValue: 'root-2' });
    await secrets.update('KEY', { secretValue: 'pay-2', path: '/payments' });
    await context.get(Singleton).secrets.refresh();
    await context.get(Feature, { strict: false }).secrets.refresh();
  }

  it('has its secrets before anything is answered, with one login', async () => {
    const running = await boot();
    expect(running.context.get(Singleton).keyAtInit).toBe('root-1');
    for (const { singleton } of await answers(running)) {
      expect(singleton).toEqual({
        key: 'root-1',
        live: 'root-1',
        now: 'root-1',
      });
    }
    expect(requestPaths(emulator).filter((path) => path === LOGIN)).toEqual([
      LOGIN,
    ]);
  });

  it('gives a feature the secrets of its scope', async () => {
    for (const { feature } of await answers(await boot())) {
      expect(feature).toEqual({ key: 'pay-1', live: 'pay-1', now: 'pay-1' });
    }
    expect(listedFolders(emulator)).toEqual(['/', '/payments']);
  });

  it('hands changed secrets to live properties and to methods', async () => {
    const running = await boot();
    await rotate(running);
    for (const { singleton, feature } of await answers(running)) {
      expect(singleton).toEqual({
        key: 'root-1',
        live: 'root-2',
        now: 'root-2',
      });
      expect(feature).toEqual({ key: 'pay-1', live: 'pay-2', now: 'pay-2' });
    }
    expect(running.context.get(Singleton).changed).toEqual(['root-2']);
  });

  it('gives every request an instance of its own, from memory', async () => {
    const running = await boot();
    const before = [...(await answers(running)), ...(await answers(running))];
    for (const { request } of before) {
      expect(request).toMatchObject({ key: 'root-1', live: 'root-1' });
    }
    await rotate(running);
    const count = emulator.requests.length;
    const after = await answers(running);
    for (const { request } of after) {
      expect(request).toMatchObject({ live: 'root-2', now: 'root-2' });
    }
    expect(emulator.requests.length).toBe(count);
    const all = [...before, ...after].map(({ request }) => request.instance);
    expect(new Set(all).size).toBe(all.length);
  });

  it('ends in order: secrets stay readable, then timers and token are gone', async () => {
    const running = await boot();
    const singleton = running.context.get(Singleton);
    expect(clock.pending).toBeGreaterThan(0);
    await running.context.close();
    expect(singleton.keyAtShutdown).toBe('root-1');
    expect(clock.pending).toBe(0);
    expect(requestPaths(emulator).at(-1)).toBe(REVOKE);
    // Nobody listens any more. A standalone context never did.
    if ('inside' in running.ask) return;
    for (const ask of Object.values(running.ask)) {
      await expect(ask()).rejects.toThrow();
    }
  });

  it('does not start without a secret that it needs', async () => {
    @Module({
      imports: [InfisicalModule.forRoot(demoOptions(emulator, { clock }))],
      providers: [Needy],
    })
    class NeedyModule {}
    const error = await failureOf(start(NeedyModule));
    expect(error).toBeInstanceOf(MissingSecretsError);
    expect(error.message).toContain('NOT_THERE');
    expect(clock.pending).toBe(0);
  });
});
