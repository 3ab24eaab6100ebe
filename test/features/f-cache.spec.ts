import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InfisicalClient } from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { demoOptions, seedWith } from '../support/demo.js';

describe('the cache of the client', () => {
  let emulator: InfisicalEmulator;
  let client: InfisicalClient;

  beforeEach(async () => {
    emulator = await InfisicalEmulator.start({ seed: seedWith({ '/': {} }) });
    const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
    client = new InfisicalClient({
      ...{ siteUrl, auth, projectId, environment },
      cache: { ttl: '1h' },
    });
  });

  afterEach(async () => {
    await client.close();
    await emulator.stop();
  });

  it('holds a thousand answers, and lets go of the one used longest ago', async () => {
    const tag = (n: number) => ({ tagSlugs: [`tag-${n}`] });
    const requestsOf = async (n: number): Promise<number> => {
      const before = emulator.requests.length;
      await client.secrets.list(tag(n));
      return emulator.requests.length - before;
    };
    await client.projects.list();
    for (let n = 0; n < 1000; n += 1) await client.secrets.list(tag(n));
    // All are there, and the first one is now the one used latest.
    expect([await requestsOf(999), await requestsOf(0)]).toEqual([0, 0]);
    expect(await requestsOf(1000)).toBe(1);
    expect([await requestsOf(0), await requestsOf(2)]).toEqual([0, 0]);
    expect(await requestsOf(1)).toBe(1);
  });
});
