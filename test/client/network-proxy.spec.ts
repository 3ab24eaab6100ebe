import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalConfigError,
  type InfisicalNetworkError,
  InfisicalTimeoutError,
} from 'nestjs-infisical';
import { VirtualClock } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import { environmentProxies } from '../../lib/client/environment-defaults.js';
import { proxyChoice } from '../../lib/http/proxy.js';
import { failureOf } from '../support/demo.js';
import { freePort } from '../support/free-port.js';
import { newAuthority, NetworkBench } from '../support/network.js';

const GET = ['GET', '/api/v1/thing'] as const;
const POST = ['POST', '/api/v1/thing', { body: { a: 1 } }] as const;
const OK = { ok: 1 };

let bench: NetworkBench;

beforeEach(() => {
  bench = new NetworkBench();
});

afterEach(() => bench.stop());

const networkFailure = (promise: Promise<unknown>) =>
  failureOf(promise) as Promise<InfisicalNetworkError>;

describe('a proxy', () => {
  it('carries https through a tunnel, and sees neither path nor token', async () => {
    const tls = newAuthority();
    const { certPem, keyPem, caPem } = tls.issueCertificate({
      commonName: 'localhost',
      altNames: ['localhost'],
    });
    const siteUrl = await bench.https({ cert: certPem, key: keyPem });
    const proxy = await bench.proxy();
    const client = bench.client({
      siteUrl,
      proxy: proxy.url,
      tls: { ca: caPem },
    });
    for (let i = 0; i < 5; i++) {
      expect(await client.request(...GET)).toEqual(OK);
      expect(await client.request(...POST)).toEqual(OK);
    }
    expect(new Set(proxy.asked)).toEqual(new Set([new URL(siteUrl).host]));
    // The pool opens a second one when the first is not yet free again.
    expect(proxy.asked.length).toBeLessThanOrEqual(2);
  });

  it('carries plain http through a tunnel, too', async () => {
    const siteUrl = await bench.http();
    const proxy = await bench.proxy();
    const client = bench.client({ siteUrl, proxy: proxy.url });
    expect(await client.request(...GET)).toEqual(OK);
    expect(proxy.asked).toEqual([new URL(siteUrl).host]);
  });

  it('gets credentials of its URL or options, and the server does not', async () => {
    const seen: unknown[] = [];
    const siteUrl = await bench.http((request, response) => {
      seen.push(request.headers['proxy-authorization']);
      response.end('{"ok":1}');
    });
    const proxy = await bench.proxy({ credentials: 'us er:pa:ss@1' });
    const { port } = proxy;
    for (const option of [
      `http://us%20er:pa%3Ass%401@localhost:${port}`,
      { url: proxy.url, username: 'us er', password: 'pa:ss@1' },
      `us%20er:pa%3Ass%401@localhost:${port}`,
    ]) {
      const client = bench.client({ siteUrl, proxy: option });
      expect(await client.request(...GET)).toEqual(OK);
      expect(inspect(client, { depth: 9, showHidden: true })).not.toMatch(
        /pa:ss|pa%3A/,
      );
    }
    expect(proxy.asked).toHaveLength(3);
    expect(seen).toEqual([undefined, undefined, undefined]);
  });

  it('may speak https, and is checked against its own authority', async () => {
    const siteUrl = await bench.http();
    const pair = newAuthority().issueCertificate({
      commonName: 'localhost',
      altNames: ['localhost'],
    });
    const proxy = await bench.proxy(
      {},
      { cert: pair.certPem, key: pair.keyPem },
    );
    const trusting = bench.client({
      siteUrl,
      proxy: { url: proxy.url, ca: pair.caPem },
    });
    expect(await trusting.request(...GET)).toEqual(OK);
    const strict = bench.client({
      siteUrl,
      proxy: proxy.url,
      tls: { ca: pair.caPem },
    });
    const error = await networkFailure(strict.request(...GET));
    expect(error).toMatchObject({ sent: false, retryable: false });
    expect(error.message).toMatch(
      /the proxy localhost:\d+ .*certificate of the proxy is not trusted.*proxy\.caFile/,
    );
    expect(proxy.asked).toHaveLength(1);
  });

  it('that speaks https is checked by its own name, not by the server’s', async () => {
    const pair = newAuthority().issueCertificate({
      commonName: 'localhost',
      altNames: ['localhost'],
    });
    const proxy = await bench.proxy(
      { refuse: 403 },
      { cert: pair.certPem, key: pair.keyPem },
    );
    const client = bench.client({
      siteUrl: 'https://other.test',
      proxy: { url: proxy.url, ca: pair.caPem },
    });
    expect(await networkFailure(client.request(...GET))).toMatchObject({
      code: 'PROXY_403',
    });
    expect(proxy.asked).toEqual(['other.test:443']);
  });

  it.each([
    [407, false, /wants credentials: set `proxy.username`/, 1],
    [403, false, /does not allow CONNECT to localhost:\d+/, 1],
    [502, true, /cannot reach localhost:\d+/, 3],
  ])(
    'that answers %i is named, with what to do',
    async (refuse, retryable, advice, tries) => {
      const siteUrl = await bench.http();
      const proxy = await bench.proxy({ refuse });
      const client = bench.client({
        siteUrl,
        proxy: `http://user:pass-word@localhost:${proxy.port}`,
        retry: { attempts: 3, baseDelay: 1 },
      });
      const error = await networkFailure(client.request(...POST));
      expect(error).toMatchObject({
        name: 'InfisicalNetworkError',
        code: `PROXY_${refuse}`,
        sent: false,
        retryable,
      });
      expect(error.message).toMatch(advice);
      expect(error.message).toContain(
        `the proxy localhost:${proxy.port} answered ${refuse}`,
      );
      expect(inspect(error, { depth: 9 })).not.toContain('pass-word');
      // Nothing reached the server, so that a POST may be tried again.
      expect(proxy.asked).toHaveLength(tries);
    },
  );

  it('that is not there is told from a server that is not there', async () => {
    const siteUrl = await bench.http();
    const port = await freePort();
    const client = bench.client({
      siteUrl,
      proxy: `http://127.0.0.1:${port}`,
      retry: { attempts: 2, baseDelay: 1 },
    });
    const error = await networkFailure(client.request(...POST));
    expect(error).toMatchObject({
      code: 'ECONNREFUSED',
      sent: false,
      retryable: true,
    });
    expect(error.message).toContain(
      `the proxy 127.0.0.1:${port} gave no answer (ECONNREFUSED). Nothing listens there: check host and port of \`proxy\``,
    );
  });

  it('is tried again, and a POST goes through once it works', async () => {
    const requests: unknown[] = [];
    const siteUrl = await bench.http((request, response) => {
      requests.push(request.method);
      request.resume();
      response.end('{"ok":1}');
    });
    const proxy = await bench.proxy({ refuse: 503 });
    proxy.onAsked = () => delete proxy.behaviour.refuse;
    const client = bench.client({ siteUrl, proxy: proxy.url });
    expect(await client.request(...POST)).toEqual(OK);
    expect(requests).toEqual(['POST']);
  });

  it('that never answers meets the deadline, and no socket is left', async () => {
    const siteUrl = await bench.http();
    const clock = new VirtualClock();
    const proxy = await bench.proxy({ silent: true });
    const asked = new Promise<void>((resolve) => (proxy.onAsked = resolve));
    const client = bench.client({
      siteUrl,
      clock,
      proxy: proxy.url,
      timeout: '3s',
      retry: { attempts: 1 },
    });
    const failure = failureOf(client.request(...GET));
    await asked;
    await clock.advance(3_000);
    expect(await failure).toBeInstanceOf(InfisicalTimeoutError);
    expect(await proxy.connections()).toBe(1);
    await client.close();
    while ((await proxy.connections()) > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it.each([
    'socks5://localhost:1080',
    'http://user:pass-word@',
    'http://user:pass-word@localhost:99999',
    'http://user:pass%word@localhost:1',
    'http://user:pass-word@localhost:1/path',
    '',
    { url: 'http://localhost:1', password: 'pass-word' },
    { url: 'http://localhost:1', user: 'x' },
    { url: 'https://localhost:1', ca: 'no PEM' },
    { url: 'http://localhost:1', noProxy: 1 },
    true,
    null,
  ])('is refused up front when it is wrong (%#)', (proxy) => {
    const make = () =>
      bench.client({ siteUrl: 'https://a.test', proxy: proxy as string });
    expect(make).toThrow(InfisicalConfigError);
    expect(make).toThrow(/proxy/);
    expect(make).not.toThrow(/pass.?word@/);
  });
});

describe('the proxy of the environment', () => {
  /** Host and port of the proxy on the way to a site. */
  function wayTo(
    siteUrl: string,
    variables: Record<string, string>,
    option?: false,
  ): string | undefined {
    bench.set(variables);
    const choice = proxyChoice(option, environmentProxies(), []);
    return choice(new URL(siteUrl))?.address;
  }

  const DIRECT = undefined;
  const PROXY = 'proxy.test:80';
  const A = 'https://a.invalid';

  it.each([
    [A, { HTTPS_PROXY: 'proxy.test' }, PROXY],
    [A, { https_proxy: 'proxy.test' }, PROXY],
    [A, { https_proxy: 'proxy.test', HTTPS_PROXY: 'socks5://x' }, PROXY],
    [A, { ALL_PROXY: 'proxy.test' }, PROXY],
    [A, { HTTP_PROXY: 'proxy.test' }, DIRECT],
    ['http://a.invalid:81', { HTTP_PROXY: 'proxy.test' }, PROXY],
    ['http://a.invalid', { HTTPS_PROXY: 'proxy.test' }, DIRECT],
    [
      'http://a.invalid',
      { HTTP_PROXY: 'proxy.test', REQUEST_METHOD: 'GET' },
      DIRECT,
    ],
    [
      'http://a.invalid',
      { http_proxy: 'proxy.test', REQUEST_METHOD: 'GET' },
      PROXY,
    ],
    [A, { HTTPS_PROXY: 'proxy.test', NO_PROXY: '*' }, DIRECT],
    [A, { HTTPS_PROXY: 'proxy.test', NO_PROXY: 'b.test, a.invalid' }, DIRECT],
    [A, { HTTPS_PROXY: 'proxy.test', no_proxy: '.invalid' }, DIRECT],
    [A, { HTTPS_PROXY: 'proxy.test', no_proxy: '*.INVALID' }, DIRECT],
    [A, { HTTPS_PROXY: 'proxy.test', NO_PROXY: 'valid' }, PROXY],
    [A, { HTTPS_PROXY: 'proxy.test', NO_PROXY: 'a.invalid:443' }, DIRECT],
    [A, { HTTPS_PROXY: 'proxy.test', NO_PROXY: 'a.invalid:80' }, PROXY],
    [
      'https://192.0.2.7',
      {
        HTTPS_PROXY: 'proxy.test',
        NO_PROXY: '192.0.3.0/24,2.7,x/24,192.0.2.7/99',
      },
      PROXY,
    ],
  ])('decides for %s with %j: %s', (site, variables, way) => {
    expect(wayTo(site, variables)).toBe(way);
  });

  it.each(['192.0.2.0/24', '192.0.2.7', '192.0.2.7:443'])(
    'is not used for an address that NO_PROXY has as %s',
    (NO_PROXY) => {
      bench.set({ HTTPS_PROXY: 'socks5://not-even-read', NO_PROXY });
      bench.client({ siteUrl: 'https://192.0.2.7' });
      bench.set({ NO_PROXY: '' });
      expect(() => bench.client({ siteUrl: 'https://192.0.2.7' })).toThrow(
        /HTTPS_PROXY names a proxy of a kind that is not supported/,
      );
    },
  );

  it('is not used with proxy: false', () => {
    expect(wayTo(A, { HTTPS_PROXY: 'proxy.test' }, false)).toBe(DIRECT);
  });

  it('is never used for this machine', async () => {
    const siteUrl = await bench.http();
    const proxy = await bench.proxy();
    bench.set({ HTTP_PROXY: proxy.url, ALL_PROXY: proxy.url });
    for (const site of [siteUrl, siteUrl.replace('localhost', '127.0.0.1')]) {
      const client = bench.client({ siteUrl: site, retry: { attempts: 1 } });
      await client.request(...GET).catch(() => undefined);
    }
    expect(proxy.asked).toEqual([]);
    const asked = bench.client({ siteUrl, proxy: proxy.url });
    await asked.request(...GET);
    expect(proxy.asked).toHaveLength(1);
    const excluded = bench.client({
      siteUrl,
      proxy: { url: proxy.url, noProxy: ['.test', 'localhost'] },
    });
    await excluded.request(...GET);
    expect(proxy.asked).toHaveLength(1);
  });
});
