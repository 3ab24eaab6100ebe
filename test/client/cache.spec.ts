import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CacheOptions,
  InfisicalClient,
  InfisicalConfigError,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { demoOptions, seedWith } from '../support/demo.js';

describe('cache of the client', () => {
  let emulator: InfisicalEmulator;
  let clock: VirtualClock;
  let client: InfisicalClient;

  beforeEach(async () => {
    clock = new VirtualClock();
    emulator = await InfisicalEmulator.start({
      seed: seedWith({ '/': { A: 'a', B: 'b' }, '/mail': { A: 'mail' } }),
    });
  });

  afterEach(async () => {
    await client.close();
    await emulator.stop();
  });

  function open(cache?: CacheOptions): void {
    const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
    client = new InfisicalClient({
      siteUrl,
      auth,
      projectId,
      environment,
      cache,
      clock,
    });
  }

  function reads(): number {
    return emulator.requests.filter(
      ({ method, path }) => method === 'GET' && path.includes('/secrets'),
    ).length;
  }

  async function value(name = 'A'): Promise<string> {
    return (await client.secrets.get(name)).secretValue;
  }

  it('is off unless asked for', async () => {
    open();
    await value();
    await value();
    expect(reads()).toBe(2);
  });

  it('answers from memory for its time, however often it is used', async () => {
    open({ ttl: '60s' });
    await value();
    await clock.advance(40_000);
    await value();
    await clock.advance(19_000);
    expect(await value()).toBe('a');
    expect(reads()).toBe(1);
    await clock.advance(1_000);
    await value();
    expect(reads()).toBe(2);
  });

  it('starts its time anew with each use when it slides', async () => {
    open({ ttl: '60s', sliding: true });
    await value();
    for (let i = 0; i < 5; i++) {
      await clock.advance(50_000);
      await value();
    }
    expect(reads()).toBe(1);
    await clock.advance(60_000);
    await value();
    expect(reads()).toBe(2);
  });

  it('tells questions apart by everything that changes the answer', async () => {
    open({ ttl: '60s' });
    const read = client.secrets;
    const questions = [
      () => read.get('A'),
      () => read.get('B'),
      () => read.get('A', { path: '/mail' }),
      () => read.get('A', { viewSecretValue: false }),
      () => read.get('A', { version: 1 }),
      () => read.get('A', { includeImports: false }),
      () => read.get('A', { expandSecretReferences: false }),
      () => read.list(),
      () => read.list({ recursive: true }),
      () => read.list({ path: '/mail' }),
      () => read.list({ environment: 'prod' }),
    ];
    for (const question of questions) await question();
    expect(reads()).toBe(questions.length);
    for (const question of questions) await question();
    expect(reads()).toBe(questions.length);
    // The same place in other words.
    await read.get('A', { path: 'mail/', environment: 'dev' });
    expect(reads()).toBe(questions.length);
    expect((await read.get('A', { path: '/mail' })).secretValue).toBe('mail');
    expect(
      (await read.get('A', { viewSecretValue: false })).secretValueHidden,
    ).toBe(true);
  });

  it('forgets at every write, also of others than secrets', async () => {
    open({ ttl: '60s' });
    expect(await value()).toBe('a');
    await client.secrets.update('A', { secretValue: 'new' });
    expect(await value()).toBe('new');
    await client.secrets.list();
    await client.secretImports.create({
      from: { environment: 'dev', path: '/mail' },
    });
    const before = reads();
    await client.secrets.list();
    expect(reads()).toBe(before + 1);
    await client.kms.keys.create({ name: 'k' });
    await client.secrets.list();
    expect(reads()).toBe(before + 1);
  });

  it('does not keep what a write overtook', async () => {
    open({ ttl: '60s' });
    await value();
    await client.secrets.update('A', { secretValue: 'x' });
    const [, seen] = await Promise.all([
      client.secrets.update('A', { secretValue: 'y' }),
      value(),
    ]);
    expect(['x', 'y']).toContain(seen);
    expect(await value()).toBe('y');
  });

  it('shares one request among equal reads, and does not keep a failure', async () => {
    open({ ttl: '60s' });
    await Promise.all(Array.from({ length: 10 }, () => value()));
    expect(reads()).toBe(1);
    await expect(value('LATER')).rejects.toMatchObject({ status: 404 });
    await fetch(`${emulator.url}/api/status`);
    await client.request('POST', '/api/v4/secrets/LATER', {
      body: {
        projectId: '22222222-2222-4222-8222-222222222222',
        environment: 'dev',
        secretValue: 'there',
      },
    });
    expect(await value('LATER')).toBe('there');
  });

  it('lets one of the waiting callers go without the others', async () => {
    open({ ttl: '60s' });
    const controller = new AbortController();
    const impatient = client.secrets.get('A', { signal: controller.signal });
    const patient = value();
    controller.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    expect(await patient).toBe('a');
  });

  it('gives each caller a list of its own', async () => {
    open({ ttl: '60s' });
    (await client.secrets.list()).length = 0;
    expect(await client.secrets.list()).toHaveLength(2);
  });

  it('keeps a thousand answers', async () => {
    open({ ttl: '60s' });
    await value('A');
    for (let version = 0; version < 1000; version++) {
      await client.secrets
        .get('B', { path: `/none-${version}` })
        .catch(() => undefined);
    }
    const before = reads();
    await value('A');
    // Failures are not kept, so the first answer is still there.
    expect(reads()).toBe(before);
  });

  it('refuses what is no duration', () => {
    open();
    expect(() => new InfisicalClient({ cache: { ttl: 'soon' } })).toThrow(
      InfisicalConfigError,
    );
  });
});
