import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalConfigError,
  InfisicalNotFoundError,
  InfisicalTimeoutError,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  PROJECT_ID,
  seedWith,
} from '../support/demo.js';

/** What every call has in common: checks before it, its deadline, its name in errors. */
describe('a call', () => {
  let emulator: InfisicalEmulator;
  let client: InfisicalClient;

  beforeEach(async () => {
    emulator = await InfisicalEmulator.start({ seed: seedWith({ '/': {} }) });
    client = clientOf();
  });

  afterEach(async () => {
    await client.close();
    await emulator.stop();
  });

  function clientOf(more: InfisicalClientOptions = {}): InfisicalClient {
    return new InfisicalClient({
      siteUrl: emulator.url,
      auth: {
        universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
      },
      projectId: PROJECT_ID,
      environment: 'dev',
      ...more,
    });
  }

  it('tells its name in the error of the server', async () => {
    await expect(client.secrets.get('NOPE')).rejects.toMatchObject({
      constructor: InfisicalNotFoundError,
      operation: 'secrets.get',
    });
  });

  it('tells that the login failed, not the call behind it', async () => {
    const wrong = clientOf({
      auth: { universalAuth: { clientId: CLIENT_ID, clientSecret: 'wrong' } },
    });
    await expect(wrong.secrets.list()).rejects.toMatchObject({
      operation: 'auth.login',
      status: 401,
    });
    await wrong.close();
  });

  it('ends at its own deadline, whatever that of the client is', async () => {
    await client.secrets.list();
    emulator.trouble.add({ kind: 'hang' });
    await expect(client.secrets.list({ timeout: 20 })).rejects.toMatchObject({
      constructor: InfisicalTimeoutError,
      operation: 'secrets.list',
      timeoutMs: 20,
    });
  });

  it('waits for a cached read no longer than it says', async () => {
    const cached = clientOf({ cache: { ttl: '1m' } });
    await cached.secrets.list();
    emulator.trouble.add({ kind: 'hang' });
    await expect(
      cached.secrets.list({ path: '/', recursive: true, timeout: '20ms' }),
    ).rejects.toBeInstanceOf(InfisicalTimeoutError);
    await cached.close();
  });

  it('stops waiting for the look-up of a slug', async () => {
    const bySlug = clientOf({ projectId: undefined, projectSlug: 'demo' });
    await bySlug.projects.list();
    emulator.trouble.add({ kind: 'hang' });
    const controller = new AbortController();
    const reason = new Error('enough');
    const call = bySlug.secrets.list({ signal: controller.signal });
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await bySlug.close();
  });

  it.each([
    [{ secretPath: '/a' }, '"secretPath": it is called "path" here'],
    [{ workspaceId: 'x' }, '"workspaceId": it is called "projectId" here'],
    [{ pth: '/a' }, 'has no option "pth". Known options:'],
    [{ recursive: 'true' }, 'recursive must be true or false; got a string'],
    [{ tagSlugs: 'a' }, 'tagSlugs must be an array of non-empty strings'],
    [
      { environment: '' },
      'environment must be a non-empty string; got an empty',
    ],
    [{ environment: null }, 'environment must be a non-empty string; got null'],
    [{ timeout: 'soon' }, 'timeout must be a duration'],
    [{ signal: {} }, 'signal must be an AbortSignal; got an object'],
  ])('refuses %j before anything is sent', async (options, text) => {
    const error = await client.secrets.list(options as object).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error?.message).toContain(text);
    expect(error?.message).toContain('secrets.list');
    expect(emulator.requests).toHaveLength(0);
  });
});

describe('options of the first SDKs', () => {
  const logger = (): {
    lines: string[];
    log(): void;
    warn(m: string): void;
  } => {
    const lines: string[] = [];
    return { lines, log: () => undefined, warn: (line) => lines.push(line) };
  };

  it('still log in, and warn once each', async () => {
    const emulator = await InfisicalEmulator.start();
    const warnings = logger();
    const options: InfisicalClientOptions = {
      siteUrl: emulator.url,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      cacheTtl: 300,
      projectId: PROJECT_ID,
      environment: 'dev',
      logger: warnings,
    };
    for (const client of [
      new InfisicalClient(options),
      new InfisicalClient(options),
    ]) {
      await client.secrets.list();
      await client.secrets.list();
      await client.close();
    }
    expect(emulator.count({ path: '/api/v4/secrets' })).toBe(2);
    expect(warnings.lines).toHaveLength(3);
    expect(warnings.lines.join()).toMatch(
      /clientId is deprecated.*universalAuth/,
    );
    expect(warnings.lines.join()).not.toContain(CLIENT_SECRET);
    await emulator.stop();
  });

  it('do not go together with those of today', () => {
    expect(
      () =>
        new InfisicalClient({ accessToken: 'x', auth: { accessToken: 'y' } }),
    ).toThrow(/More than one login/);
    expect(
      () => new InfisicalClient({ cacheTtl: 1, cache: { ttl: 1 } }),
    ).toThrow(/leave cacheTtl out/);
  });
});
