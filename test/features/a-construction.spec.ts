import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NetworkBench } from '../support/network.js';

let bench: NetworkBench;

beforeEach(() => {
  bench = new NetworkBench();
});

afterEach(() => bench.stop());

describe('the address of the server', () => {
  it('is that of the cloud, unless it is given', () => {
    expect(bench.client({}).siteUrl).toBe('https://app.infisical.com');
    const siteUrl = 'https://eu.infisical.com';
    expect(bench.client({ siteUrl }).siteUrl).toBe(siteUrl);
  });

  it.each([
    'https://infisical.test',
    'https://infisical.test/',
    'https://infisical.test//',
    'https://infisical.test/api',
    'https://infisical.test/api/',
    '  HTTPS://Infisical.test:443/api/ \n',
  ])('may be written as %j', (siteUrl) => {
    expect(bench.client({ siteUrl }).siteUrl).toBe('https://infisical.test');
    bench.set({ INFISICAL_DOMAIN: siteUrl });
    expect(bench.client({}).siteUrl).toBe('https://infisical.test');
  });
});

describe('what the package brings along', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const read = (...path: string[]) =>
    JSON.parse(
      readFileSync(join(root, ...path, 'package.json'), 'utf8'),
    ) as Record<string, unknown> & { dependencies?: Record<string, string> };

  /** Everything that is installed with it, and where. */
  function installed(names: string[], found = new Set<string>()): Set<string> {
    for (const name of names) {
      if (found.has(name)) continue;
      found.add(name);
      const { dependencies = {} } = read('node_modules', name);
      installed(Object.keys(dependencies), found);
    }
    return found;
  }

  it('runs on any processor and libc: nothing native, nothing to compile', () => {
    const names = installed(Object.keys(read().dependencies ?? {}));
    expect(names.has('undici')).toBe(true);
    for (const name of names) {
      const { os, cpu, libc, gypfile, scripts } = read('node_modules', name);
      expect({ name, os, cpu, libc, gypfile }).toEqual({ name });
      expect(Object.keys(scripts ?? {})).not.toContain('install');
      expect(Object.keys(scripts ?? {})).not.toContain('postinstall');
      const folder = join(root, 'node_modules', name);
      expect(existsSync(join(folder, 'binding.gyp'))).toBe(false);
      const files = readdirSync(folder, { recursive: true }).map(String);
      expect(files.filter((file) => file.endsWith('.node'))).toEqual([]);
    }
  });
});
