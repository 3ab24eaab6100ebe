import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalConfigError,
  InfisicalModule,
  InfisicalNetworkError,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import {
  demoOptions,
  requestPaths,
  seedWith,
  silenceNest,
} from '../support/demo.js';

let emulator: InfisicalEmulator;
let module: TestingModule;

async function start(): Promise<SecretsService> {
  emulator = await InfisicalEmulator.start({
    seed: seedWith({ '/': { KEY: 'one' }, '/payments': { KEY: 'two' } }),
  });
  const options = demoOptions(emulator, { retry: { attempts: 1 } });
  module = await Test.createTestingModule({
    imports: [InfisicalModule.forRoot(options)],
  }).compile();
  await module.init();
  const secrets = module.get(SecretsService);
  await secrets.refresh();
  emulator.clearRequests();
  return secrets;
}

beforeAll(silenceNest);
afterEach(async () => {
  await module.close();
  await emulator.stop();
});

describe('the shortcuts of InfisicalEmulator', () => {
  it('rotate a secret, by default to a random value', async () => {
    const secrets = await start();
    const value = emulator.rotate('KEY');
    expect(value.length).toBeGreaterThan(20);
    expect(await secrets.refresh()).toMatchObject([
      { name: 'KEY', kind: 'updated', version: 2 },
    ]);
    expect(secrets.get('KEY')).toBe(value);
    expect(emulator.rotate('KEY', 'new')).toBe('new');
    emulator.rotate('KEY', 'elsewhere', { secretPath: '/payments' });
    await secrets.refresh();
    expect(secrets.get('KEY')).toBe('new');
    const payments = await secrets.scope({ path: '/payments' });
    expect(payments.get('KEY')).toBe('elsewhere');
    expect(() => emulator.rotate('NONE')).toThrow(InfisicalConfigError);
  });

  it('expire the tokens, so that the client logs in again', async () => {
    const secrets = await start();
    emulator.expireTokens();
    emulator.rotate('KEY', 'later');
    await secrets.refresh();
    expect(secrets.get('KEY')).toBe('later');
    expect(requestPaths(emulator)).toEqual([
      'GET /api/v4/secrets',
      'POST /api/v1/auth/universal-auth/login',
      'GET /api/v4/secrets',
    ]);
  });

  it('begin and end an outage', async () => {
    const secrets = await start();
    const outage = emulator.outage();
    await expect(secrets.refresh()).rejects.toBeInstanceOf(
      InfisicalNetworkError,
    );
    expect(secrets.status).toBe('stale');
    outage.end();
    await secrets.refresh();
    expect(secrets.status).toBe('ready');
  });
});
