import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalClient,
  InfisicalModule,
  type InfisicalModuleOptions,
  SecretsService,
  type TimerHandle,
  TOKEN_RENEWAL_TASK,
  TokenService,
} from 'nestjs-infisical';
import {
  type EmulatorGeneration,
  type EmulatorSeedUniversalAuth,
  InfisicalEmulator,
  VirtualClock,
} from 'nestjs-infisical/testing';
import {
  demoOptions,
  requestPaths,
  seedWith,
  silenceNest,
} from '../support/demo.js';

const LOGIN = 'POST /api/v1/auth/universal-auth/login';
const RENEW = 'POST /api/v1/auth/token/renew';

@Injectable()
class Jobs {
  ticks = 0;

  @Interval(5)
  tick(): void {
    this.ticks++;
  }
}

describe('token renewal', () => {
  let clock: VirtualClock;
  let emulator: InfisicalEmulator;
  let module: TestingModule;

  beforeAll(silenceNest);

  afterEach(async () => {
    await module.close();
    await emulator.stop();
  });

  async function boot(
    generation: EmulatorGeneration,
    token: Partial<EmulatorSeedUniversalAuth>,
    options: Partial<InfisicalModuleOptions> = {},
    time = new VirtualClock(),
  ): Promise<void> {
    clock = time;
    emulator = await InfisicalEmulator.start({
      clock,
      generation,
      seed: seedWith({ '/': { A: 'a' } }, token),
    });
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(demoOptions(emulator, { clock, ...options })),
      ],
    }).compile();
    await module.init();
  }

  function count(request: string): number {
    return requestPaths(emulator).filter((path) => path === request).length;
  }

  function rejections(): number {
    return emulator.requests.filter(
      ({ status }) => status === 401 || status === 403,
    ).length;
  }

  describe.each<EmulatorGeneration>(['gen1', 'middle', 'gen2'])(
    '%s',
    (generation) => {
      it.each([
        [
          'a maximum life of 20 s',
          { accessTokenTTL: 3, accessTokenMaxTTL: 20 },
        ],
        ['no maximum life', { accessTokenTTL: 3, accessTokenMaxTTL: 0 }],
        [
          'a maximum life of one TTL',
          { accessTokenTTL: 3, accessTokenMaxTTL: 3 },
        ],
        [
          'a period',
          { accessTokenPeriod: 3, accessTokenTTL: 0, accessTokenMaxTTL: 0 },
        ],
      ])(
        'a TTL of 3 s and %s: 60 s of reads and writes without a failed call',
        async (_name, token) => {
          await boot(generation, token);
          const client = module.get(InfisicalClient);
          for (let call = 0; call < 300; call++) {
            await clock.advance(200);
            if (call % 3 === 0) {
              await client.secrets.update('A', {
                secretValue: `value-${call}`,
              });
            } else {
              const { secretValue } = await client.secrets.get('A');
              expect(secretValue).toBe(`value-${call - (call % 3)}`);
            }
          }
          expect(clock.monotonic()).toBe(60_000);
          // Renewed in time: no request even met an expired token.
          expect(rejections()).toBe(0);
          // And no storm: a token of 2 to 3 s is replaced every 1.2 s at most.
          expect(count(LOGIN) + count(RENEW)).toBeLessThan(60);
          expect(module.get(TokenService).state).toBe('ready');
        },
      );

      it('is renewed while the app is idle', async () => {
        await boot(generation, { accessTokenTTL: 3, accessTokenMaxTTL: 20 });
        for (let second = 0; second < 60; second++) await clock.advance(1_000);
        expect(module.get(TokenService).isUsable).toBe(true);
        expect(rejections()).toBe(0);
      });
    },
  );

  it('is renewed by timers that fire a moment early, as those of Node do', async () => {
    class EarlyClock extends VirtualClock {
      override setTimeout(callback: () => void, delay: number): TimerHandle {
        return super.setTimeout(callback, Math.max(0, delay - 0.7));
      }
    }
    const token = { accessTokenTTL: 3, accessTokenMaxTTL: 20 };
    await boot('gen2', token, {}, new EarlyClock());
    for (let second = 0; second < 60; second++) await clock.advance(1_000);
    expect(module.get(TokenService).isUsable).toBe(true);
    expect(rejections()).toBe(0);
  });

  it('uses renewals where they extend, and logins only at the maximum life', async () => {
    await boot(
      'gen2',
      { accessTokenTTL: 60, accessTokenMaxTTL: 600 },
      { random: () => 0.5 },
    );
    for (let i = 0; i < 60; i++) await clock.advance(10_000);
    expect(count(LOGIN)).toBe(2);
    expect(count(RENEW)).toBeGreaterThan(10);
  });

  it('logs in again when the token was revoked, once for all callers', async () => {
    await boot('gen2', {});
    const client = module.get(InfisicalClient);
    const { accessToken } = await client.auth.universalAuth.login({
      clientId: '11111111-1111-4111-8111-111111111111',
      clientSecret: 'emulator-client-secret',
    });
    await fetch(`${emulator.url}/api/v1/auth/token/revoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ accessToken: accessToken.reveal() }),
    });
    emulator.clearRequests();
    const values = await Promise.all(
      Array.from({ length: 20 }, () => client.secrets.get('A')),
    );
    expect(values.map(({ secretValue }) => secretValue)).toEqual(
      Array.from({ length: 20 }, () => 'a'),
    );
    expect(count(LOGIN)).toBe(1);
  });

  it('survives the use limit of a token', async () => {
    await boot('gen2', { accessTokenNumUsesLimit: 3 });
    const client = module.get(InfisicalClient);
    for (let i = 0; i < 10; i++) await client.secrets.get('A');
    expect(count(LOGIN)).toBeGreaterThan(2);
  });

  it('does not log in again for a missing permission', async () => {
    await boot('gen2', {});
    const client = module.get(InfisicalClient);
    await expect(
      client.secrets.get('A', {
        projectId: '99999999-9999-4999-8999-999999999999',
      }),
    ).rejects.toMatchObject({ status: 404 });
    expect(count(LOGIN)).toBe(1);
  });

  it('shows its state, never the token', async () => {
    await boot('gen2', { accessTokenTTL: 60, accessTokenMaxTTL: 600 });
    const token = module.get(TokenService);
    const events: string[] = [];
    token.events$.subscribe(({ kind }) => events.push(kind));
    expect(token.state).toBe('ready');
    expect(token.expiresAt?.getTime()).toBeGreaterThan(clock.now() + 50_000);
    for (let i = 0; i < 6; i++) await clock.advance(10_000);
    // The login happened before the subscription: it is replayed.
    expect(events).toEqual(['loggedIn', 'renewed']);
    expect(JSON.stringify(token)).not.toMatch(/eyJ/);
  });

  it('rides out an outage at renewal time', async () => {
    await boot(
      'gen2',
      { accessTokenTTL: 60, accessTokenMaxTTL: 600 },
      {
        retry: { attempts: 1 },
      },
    );
    const token = module.get(TokenService);
    const client = module.get(InfisicalClient);
    await clock.advance(30_000);
    await emulator.stop();
    for (let i = 0; i < 20; i++) await clock.advance(1_000);
    expect(token.lastError).toMatchObject({ name: 'InfisicalNetworkError' });
    expect(token.isUsable).toBe(true);
    await emulator.start();
    for (let i = 0; i < 15; i++) await clock.advance(1_000);
    expect(token.state).toBe('ready');
    expect(token.lastError).toBeUndefined();
    expect((await client.secrets.get('A')).secretValue).toBe('a');
  });

  it('stands in the app’s own registry, and does not double the app’s jobs', async () => {
    emulator = await InfisicalEmulator.start({ seed: seedWith({}) });
    module = await Test.createTestingModule({
      imports: [
        ScheduleModule.forRoot(),
        InfisicalModule.forRoot(
          demoOptions(emulator, { refresh: { interval: '1m' } }),
        ),
      ],
      providers: [Jobs],
    }).compile();
    await module.init();
    const registry = module.get(SchedulerRegistry, { strict: false });
    expect(registry.getTimeouts()).toContain(TOKEN_RENEWAL_TASK);
    expect(registry.getTimeouts()).toContain('infisical:secrets-refresh');
    // One interval of the app, not two: @Interval names are unique per explorer.
    expect(registry.getIntervals()).toHaveLength(1);
    await module.close();
    expect(registry.getTimeouts()).toEqual([]);
  });

  it('has no timer left after the app is closed', async () => {
    await boot('gen2', { accessTokenTTL: 60 }, { refresh: { interval: '1m' } });
    const secrets = module.get(SecretsService);
    expect(secrets.get('A')).toBe('a');
    await module.close();
    const before = emulator.requests.length;
    await clock.advance(3_600_000);
    expect(emulator.requests).toHaveLength(before);
    await expect(module.get(InfisicalClient).secrets.get('A')).rejects.toThrow(
      /closed/,
    );
  });

  it('refreshes the secrets from time to time', async () => {
    await boot('gen2', {}, { refresh: { interval: '1m' } });
    const secrets = module.get(SecretsService);
    await module.get(InfisicalClient).secrets.update('A', { secretValue: 'b' });
    await clock.advance(50_000);
    expect(secrets.get('A')).toBe('a');
    await clock.advance(20_000);
    expect(secrets.get('A')).toBe('b');
    expect(secrets.age).toBeLessThan(20_000);
  });
});
