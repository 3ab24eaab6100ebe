import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalClient,
  InfisicalModule,
  type InfisicalModuleOptions,
  MissingSecretsError,
  type Random,
  type RefreshOptions,
  type SecretsEvent,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import {
  demoOptions,
  failureOf,
  type Folders,
  seedWith,
  silenceNest,
} from '../support/demo.js';
import { HeldTransport } from '../support/held-transport.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const ROOT_LIST = /v4\/secrets.*secretPath=%2F&/;
const MAIL_LIST = /v4\/secrets.*secretPath=%2Fmail&/;

const FOLDERS: Folders = {
  '/': { KEY: 'root-1', OTHER: 'other' },
  '/mail': { KEY: 'mail-1' },
};

@Injectable()
class MailService {
  constructor(readonly secrets: SecretsService) {}
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/mail' })],
  providers: [MailService],
})
class MailModule {}

@Injectable()
class RootService {
  constructor(readonly secrets: SecretsService) {}
}

describe('refresh', () => {
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let transport: HeldTransport;
  let module: TestingModule;
  let root: SecretsService;
  let mail: SecretsService;

  beforeAll(silenceNest);

  afterEach(async () => {
    transport.refused = undefined;
    await module.close();
    await emulator.stop();
  });

  async function boot(
    options: Partial<InfisicalModuleOptions> = {},
    random: Random = () => 0.5,
  ): Promise<void> {
    clock = new VirtualClock();
    emulator = await InfisicalEmulator.start({ seed: seedWith(FOLDERS) });
    transport = new HeldTransport(emulator.url);
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(
          demoOptions(emulator, {
            clock,
            random,
            transport,
            retry: { attempts: 1 },
            ...options,
          }),
        ),
        MailModule,
      ],
      providers: [RootService],
    }).compile();
    await module.init();
    root = module.get(RootService).secrets;
    mail = module.get(MailService, { strict: false }).secrets;
    transport.sent.length = 0;
  }

  /** Lets time pass, a second at a time, each with the answers that it brings. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= SECOND) {
      await clock.advance(Math.min(left, SECOND));
      await transport.idle();
    }
  }

  const count = (list: RegExp): number =>
    transport.sent.filter((target) => list.test(target)).length;

  describe('that a caller wants now', () => {
    it('is one request for all who ask at the same time', async () => {
      await boot();
      emulator.rotate('KEY', 'root-2');
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => root.refresh()),
      );
      expect(count(ROOT_LIST)).toBe(1);
      expect(answers.every(([change]) => change?.name === 'KEY')).toBe(true);
    });

    it('is one more for all who ask while one is under way, and sees what they know of', async () => {
      await boot();
      const release = transport.hold(ROOT_LIST);
      const first = root.refresh();
      await transport.idle();
      transport.letPass();
      emulator.rotate('KEY', 'root-2');
      const later = Array.from({ length: 50 }, () => root.refresh());
      await transport.idle();
      expect(count(ROOT_LIST)).toBe(1);
      await release();
      expect(await first).toEqual([]);
      await Promise.all(later);
      expect(root.get('KEY')).toBe('root-2');
      expect(count(ROOT_LIST)).toBe(2);
    });

    it('does not take the answer to what the task asked before', async () => {
      await boot({ refresh: { interval: '1m' } });
      const release = transport.hold(ROOT_LIST);
      await pass(MINUTE);
      expect(count(ROOT_LIST)).toBe(1);
      transport.letPass();
      emulator.rotate('KEY', 'root-2');
      const forced = root.refresh();
      await release();
      await forced;
      expect(root.get('KEY')).toBe('root-2');
    });

    it('is made at most once a second after a burst of 20', async () => {
      await boot();
      let ended = 0;
      const storm = async (): Promise<void> => {
        for (; ended < 90; ended++) await root.refresh();
      };
      const storming = storm();
      await clock.advance(0);
      for (let turn = 0; turn < 60; turn++) await transport.idle();
      expect(count(ROOT_LIST)).toBe(20);
      await pass(10 * SECOND);
      expect(count(ROOT_LIST)).toBe(30);
      await pass(MINUTE);
      await storming;
      expect(count(ROOT_LIST)).toBe(90);
    });

    it('can be given up by one caller without harm', async () => {
      await boot();
      const release = transport.hold(ROOT_LIST);
      const controller = new AbortController();
      const impatient = root.refresh({ signal: controller.signal });
      const patient = root.refresh();
      await transport.idle();
      controller.abort(new Error('enough'));
      await expect(impatient).rejects.toThrow('enough');
      expect(root.status).toBe('ready');
      await release();
      expect(await patient).toEqual([]);
    });
  });

  describe('of a scope that fails', () => {
    it('is tried again before the interval ends, at growing distances', async () => {
      await boot({ refresh: { interval: '10m' } }, () => 0.5);
      transport.refused = MAIL_LIST;
      await failureOf(mail.refresh());
      transport.sent.length = 0;
      const tries: number[] = [];
      for (let second = 1; second <= 300; second++) {
        await pass(SECOND);
        if (count(MAIL_LIST) > tries.length) tries.push(second);
      }
      // Half of 5 s, 10 s, 20 s …, after the try before.
      expect(tries).toEqual([3, 8, 18, 38, 78, 158]);
      transport.refused = undefined;
      await pass(160 * SECOND);
      expect(mail.status).toBe('ready');
    });

    it('is not made at each interval, and holds up no other', async () => {
      await boot({ refresh: { interval: '10s' } }, () => 0.5);
      transport.refused = MAIL_LIST;
      await pass(20 * MINUTE);
      expect(count(ROOT_LIST)).toBe(120);
      // 2.5 s, 5 s, 10 s … and then each minute, as half of the longest wait.
      expect(count(MAIL_LIST)).toBeLessThan(27);
      expect([root.status, mail.status]).toEqual(['ready', 'stale']);
      expect(mail.get('KEY')).toBe('mail-1');
      transport.refused = undefined;
      await pass(2 * MINUTE);
      expect(mail.status).toBe('ready');
    });

    it('is made as often as others again after a success', async () => {
      await boot({ refresh: { interval: '10s' } }, () => 0.5);
      transport.refused = MAIL_LIST;
      await pass(10 * MINUTE);
      transport.refused = undefined;
      await mail.refresh();
      transport.sent.length = 0;
      await pass(MINUTE);
      expect(count(MAIL_LIST)).toBe(6);
    });

    it('does not wait for one that gets no answer', async () => {
      await boot({ refresh: { interval: '10s' } });
      transport.hold(MAIL_LIST);
      await pass(25 * SECOND);
      expect(count(MAIL_LIST)).toBe(1);
      expect(count(ROOT_LIST)).toBe(2);
    });

    it('is asked for no more often than the interval when it was refused', async () => {
      await boot({ refresh: { interval: '1m' } }, () => 0.5);
      emulator.trouble.add({
        kind: 'error',
        status: 403,
        error: 'PermissionDenied',
        path: '/api/v4/secrets',
      });
      await pass(MINUTE);
      expect(mail.status).toBe('stale');
      transport.sent.length = 0;
      await pass(10 * MINUTE);
      expect(count(MAIL_LIST)).toBe(10);
      expect(mail.get('KEY')).toBe('mail-1');
      emulator.trouble.clear();
    });
  });

  describe('of secrets that are not found any more', () => {
    let told: SecretsEvent[];

    async function remove(
      removed: RefreshOptions['removed'],
      names = ['OTHER'],
    ): Promise<void> {
      await boot({ refresh: { interval: false, removed } });
      told = [];
      root.events$.subscribe((event) => told.push(event));
      for (const name of names) {
        await module.get(InfisicalClient).secrets.delete(name);
      }
    }

    it('drops them, and tells', async () => {
      await remove(undefined, ['OTHER', 'KEY']);
      await root.refresh();
      expect([root.status, root.keys()]).toEqual(['ready', []]);
      expect(told).toEqual([
        { kind: 'secrets-removed', names: ['KEY', 'OTHER'], kept: false },
      ]);
    });

    it('keeps their values when told to, and takes what comes after', async () => {
      await remove('keep');
      emulator.rotate('KEY', 'root-2');
      expect(await root.refresh()).toMatchObject([{ name: 'KEY' }]);
      expect([root.get('KEY'), root.get('OTHER')]).toEqual(['root-2', 'other']);
      await root.refresh();
      expect(root.status).toBe('ready');
      expect(told).toEqual([
        { kind: 'secrets-removed', names: ['OTHER'], kept: true },
      ]);
      await module
        .get(InfisicalClient)
        .secrets.create('OTHER', { secretValue: 'other-2' });
      await root.refresh();
      expect(root.get('OTHER')).toBe('other-2');
    });

    it('rejects the refresh as a whole when told to, until they are back', async () => {
      await remove('error');
      emulator.rotate('KEY', 'root-2');
      const error = await failureOf(root.refresh());
      expect(error).toBeInstanceOf(MissingSecretsError);
      expect(error.message).toContain('OTHER: not found');
      expect(root.status).toBe('stale');
      expect([root.get('KEY'), root.get('OTHER')]).toEqual(['root-1', 'other']);
      expect(told).toMatchObject([{ kind: 'refresh-rejected' }]);
      await module
        .get(InfisicalClient)
        .secrets.create('OTHER', { secretValue: 'other-2' });
      await root.refresh();
      expect([root.status, root.get('KEY'), root.get('OTHER')]).toEqual([
        'ready',
        'root-2',
        'other-2',
      ]);
    });

    it.each([
      ['drop', undefined],
      ['keep', 'root-1'],
    ] as const)(
      'does the same with values that are hidden: %s',
      async (removed, value) => {
        await remove(removed, []);
        transport.rewrite = (body) => {
          for (const secret of body.secrets as Record<string, unknown>[]) {
            if (secret.secretKey !== 'KEY') continue;
            secret.secretValue = '<hidden-by-infisical>';
            secret.secretValueHidden = true;
          }
        };
        emulator.rotate('OTHER', 'other-2');
        await root.refresh();
        expect([root.get('KEY'), root.get('OTHER')]).toEqual([
          value,
          'other-2',
        ]);
        expect(told).toEqual([
          {
            kind: 'secrets-removed',
            names: ['KEY'],
            kept: value !== undefined,
          },
        ]);
      },
    );
  });

  it('is not trusted from maxStale on, and can be read all the same', async () => {
    await boot({ refresh: { interval: '1m', maxStale: '5m' } });
    transport.refused = /secrets/;
    await pass(4 * MINUTE);
    expect(root.status).toBe('stale');
    await pass(90 * SECOND);
    expect([root.status, root.get('KEY')]).toEqual(['error', 'root-1']);
    transport.refused = undefined;
    await root.refresh();
    expect(root.status).toBe('ready');
  });

  it.each<[RefreshOptions, RegExp]>([
    [{ interval: '5m', maxStale: '5m' }, /maxStale must be longer/],
    [{ removed: 'ignore' as never }, /removed must be/],
    [{ maxAge: 1 } as never, /maxAge/],
  ])('refuses the options %o', async (refresh, message) => {
    await boot();
    const options = demoOptions(emulator, { refresh });
    const failed = failureOf(
      Test.createTestingModule({
        imports: [InfisicalModule.forRoot(options)],
      }).compile(),
    );
    expect((await failed).message).toMatch(message);
  });

  it('waits a random part of startup.jitter before the first request', async () => {
    await boot();
    const options = demoOptions(emulator, {
      clock,
      transport,
      random: () => 0.5,
      startup: { jitter: '20s' },
    });
    const second = Test.createTestingModule({
      imports: [InfisicalModule.forRoot(options)],
    }).compile();
    await pass(9 * SECOND);
    expect(transport.sent).toEqual([]);
    await pass(2 * SECOND);
    const started = await second;
    expect(transport.sent[0]).toContain('/login');
    await started.close();
  });

  it('never replaces a newer answer by an older one', async () => {
    await boot({ recursive: true, refresh: { interval: '1m' } });
    expect(mail.get('KEY')).toBe('mail-1');
    const release = transport.hold(/recursive=true/);
    await pass(MINUTE);
    emulator.rotate('KEY', 'mail-2', { secretPath: '/mail' });
    await mail.refresh();
    expect(mail.get('KEY')).toBe('mail-2');
    emulator.rotate('OTHER', 'other-2');
    await release();
    expect(mail.get('KEY')).toBe('mail-2');
    expect(mail.status).toBe('ready');
  });
});
