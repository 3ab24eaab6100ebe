import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import {
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalConfigError,
  InfisicalModule,
  type InfisicalNetworkError,
  InfisicalTimeoutError,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import type { IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Agent, type Dispatcher, interceptors } from 'undici';
import {
  assertTransportSafe,
  normalizeSiteUrl,
} from '../../lib/http/site-url.js';
import { UndiciTransport } from '../../lib/http/undici.transport.js';
import {
  demoOptions,
  failureOf,
  PROJECT_ID,
  seedWith,
} from '../support/demo.js';
import { newAuthority, NetworkBench, TOKEN } from '../support/network.js';

const GET = ['GET', '/api/v1/thing'] as const;
const OK = { ok: 1 };

let bench: NetworkBench;

beforeEach(() => {
  bench = new NetworkBench();
});

afterEach(() => bench.stop());

describe('plain http', () => {
  it.each([
    'http://localhost:8080',
    'http://127.0.0.1',
    'http://127.3.2.1:80',
    'http://[::1]:8080',
    'https://infisical.test',
  ])('needs no word for %s', (siteUrl) => {
    bench.client({ siteUrl });
    expect(bench.warnings).toEqual([]);
  });

  it.each([
    'http://infisical:8080',
    'http://10.0.0.1',
    'http://localhost.evil.test',
    'http://127.0.0.1.evil.test',
    'http://0.0.0.0:8080',
    'HTTP://Infisical.test/api/',
  ])('is refused for %s, unless it is allowed', (siteUrl) => {
    const make = () => bench.client({ siteUrl });
    expect(make).toThrow(InfisicalConfigError);
    expect(make).toThrow(
      /is plain HTTP: credentials .* clear text.*allowInsecureHttp: true/,
    );
    expect(bench.warnings).toEqual([]);
    bench.client({ siteUrl, allowInsecureHttp: true });
    expect(bench.warnings).toEqual([
      expect.stringMatching(/is plain HTTP: .* clear text/),
    ]);
  });

  it('is refused also when the address comes from the environment, or later', () => {
    bench.set({ INFISICAL_SITE_URL: 'http://infisical:8080' });
    expect(() => bench.client({})).toThrow(/allowInsecureHttp/);
    const other = normalizeSiteUrl('http://other.test');
    expect(() => assertTransportSafe(other, {})).toThrow(InfisicalConfigError);
    const transport = new UndiciTransport(new URL('https://a.test'));
    expect(() => transport.with(other, {})).toThrow(InfisicalConfigError);
  });

  it.each(['yes', 1, null])('is not allowed by %p', (value) => {
    expect(() =>
      bench.client({ allowInsecureHttp: value as unknown as boolean }),
    ).toThrow(/allowInsecureHttp must be true or false/);
  });
});

describe('a dispatcher that was handed in', () => {
  let agent: Dispatcher;

  beforeEach(() => {
    agent = new Agent();
  });

  afterEach(() => agent.destroy());

  it('makes the requests with its own TLS, and stays open', async () => {
    const pair = newAuthority().issueCertificate({
      commonName: 'localhost',
      altNames: ['localhost'],
    });
    const siteUrl = await bench.https({
      cert: pair.certPem,
      key: pair.keyPem,
    });
    const own = new Agent({ connect: { ca: pair.caPem } });
    const client = bench.client({ siteUrl, dispatcher: own });
    expect(await client.request(...GET)).toEqual(OK);
    await client.close();
    await expect(client.request(...GET)).rejects.toThrow(/closed/);
    const second = bench.client({ siteUrl, dispatcher: own });
    expect(await second.request(...GET)).toEqual(OK);
    await own.destroy();
  });

  it('does not follow redirects, even if it would', async () => {
    const paths: unknown[] = [];
    const siteUrl = await bench.http((request, response) => {
      paths.push(request.url);
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const following = agent.compose(
      interceptors.redirect({ maxRedirections: 3 }),
    );
    const client = bench.client({ siteUrl, dispatcher: following });
    await expect(client.request(...GET)).rejects.toMatchObject({
      status: 307,
      code: 'Redirect',
    });
    expect(paths).toEqual(['/api/v1/thing']);
  });

  it('keeps the deadline and the size limit', async () => {
    const clock = new VirtualClock();
    let hanging: () => void;
    const asked = new Promise<void>((resolve) => (hanging = resolve));
    const siteUrl = await bench.http((request, response) => {
      if (request.url?.endsWith('bomb')) {
        const text = JSON.stringify({ text: 'a'.repeat(64 * 1024 * 1024) });
        response.writeHead(200, { 'content-encoding': 'gzip' });
        response.end(gzipSync(text));
      } else {
        response.writeHead(200).write('{');
        hanging();
      }
    });
    const client = bench.client({
      siteUrl,
      clock,
      dispatcher: agent,
      retry: { attempts: 1 },
    });
    await expect(client.request('GET', '/api/bomb')).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
    });
    const late = failureOf(client.request('GET', '/api/late'));
    await asked;
    await clock.advance(10_000);
    expect(await late).toBeInstanceOf(InfisicalTimeoutError);
  });

  it('is left by what is under way when the client closes', async () => {
    let hanging: () => void;
    const asked = new Promise<void>((resolve) => (hanging = resolve));
    const siteUrl = await bench.http(() => hanging());
    const client = bench.client({ siteUrl, dispatcher: agent });
    const failure = failureOf(client.request(...GET));
    await asked;
    await client.close();
    expect(((await failure) as InfisicalNetworkError).message).toMatch(
      /client was closed/,
    );
  });

  it('excludes what it brings itself', () => {
    const wrong: InfisicalClientOptions[] = [
      { dispatcher: agent, tls: { ca: 'x' } },
      { dispatcher: agent, proxy: 'http://localhost:1' },
      {
        dispatcher: agent,
        transport: new UndiciTransport(new URL('https://a')),
      },
      { transport: new UndiciTransport(new URL('https://a')), tls: {} },
    ];
    for (const options of wrong) {
      expect(() => bench.client(options)).toThrow(/exclude each other/);
    }
    const dispatcher = {} as Dispatcher;
    expect(() => bench.client({ dispatcher })).toThrow(/Dispatcher of undici/);
  });
});

describe('headers', () => {
  let seen: IncomingMessage['headers'];
  let siteUrl: string;

  beforeEach(async () => {
    siteUrl = await bench.http((request, response) => {
      seen = request.headers;
      response.end('{"ok":1}');
    });
  });

  it.each<[object, RegExp]>([
    [{ authorization: 'secret-text' }, /headers\.authorization is not allowed/],
    [{ Host: 'secret-text' }, /headers\.host is not allowed/],
    [{ 'content-length': 'secret-text' }, /headers\.content-length is not/],
    [{ 'Transfer-Encoding': 'secret-text' }, /transfer-encoding is not/],
    [{ connection: 'secret-text' }, /headers\.connection is not allowed/],
    [{ 'User-Agent': 'secret-text' }, /set `userAgent`/],
    [{ 'proxy-authorization': 'secret-text' }, /in `proxy`/],
    [{ 'x y': 'secret-text' }, /"x y", which is not a header name/],
    [{ 'x\r\ny': 'secret-text' }, /"x\\r\\ny", which is not a header name/],
    [{ '': 'secret-text' }, /"", which is not a header name/],
    [
      { 'x-a': 'secret-text\n' },
      /The value of "x-a" in headers cannot be sent/,
    ],
    [{ 'x-a': 'secret-text\u0000' }, /The value of "x-a" in headers/],
    [{ 'x-a': 'secret-text €' }, /The value of "x-a" in headers/],
    [{ 'x-a': 1 }, /The value of "x-a" in headers/],
    [['secret-text'], /headers must be an object/],
  ])('%j are refused up front, without the value', (headers, message) => {
    const make = () =>
      bench.client({ siteUrl, headers: headers as Record<string, string> });
    expect(make).toThrow(InfisicalConfigError);
    expect(make).toThrow(message);
    expect(make).not.toThrow(/secret-text/);
  });

  it.each(['', ' ', 'a\nb', '€', 1])('no user agent is %j', (userAgent) => {
    expect(() => bench.client({ userAgent: userAgent as string })).toThrow(
      /userAgent must be/,
    );
  });

  it('come from the environment, in the format of the CLI', async () => {
    bench.set({
      INFISICAL_CUSTOM_HEADERS: `  CF-Access-Client-Id=id.access x-team="a b" x-quote='c "d"'
        User-Agent=other Accept=text/html x-last=e=f`,
    });
    await bench.client({ siteUrl }).request(...GET);
    expect(seen).toMatchObject({
      'cf-access-client-id': 'id.access',
      'x-team': 'a b',
      'x-quote': 'c "d"',
      'x-last': 'e=f',
      'user-agent': 'nestjs-infisical',
      accept: 'application/json',
      authorization: `Bearer ${TOKEN}`,
    });
    await bench.client({ siteUrl, headers: { 'x-own': '1' } }).request(...GET);
    expect(seen['x-own']).toBe('1');
    expect(seen['x-team']).toBeUndefined();
  });

  it.each([
    'secret-text',
    'a=b secret-text',
    '=secret-text',
    'host=secret-text',
  ])(
    'of the environment are refused without their value: %s',
    (INFISICAL_CUSTOM_HEADERS) => {
      bench.set({ INFISICAL_CUSTOM_HEADERS });
      const make = () => bench.client({ siteUrl });
      expect(make).toThrow(/INFISICAL_CUSTOM_HEADERS/);
      expect(make).not.toThrow(/secret-text/);
    },
  );
});

describe('retries of the environment', () => {
  const attemptsOf = async (options: InfisicalClientOptions = {}) => {
    let count = 0;
    const siteUrl = await bench.http((_request, response) => {
      count++;
      response.writeHead(503).end('{}');
    });
    const client = bench.client({ siteUrl, retry: undefined, ...options });
    await failureOf(client.request(...GET));
    return count;
  };

  it('are counted as by the CLI, and the options win', async () => {
    bench.set({
      INFISICAL_RETRY_BASE_DELAY: '1ms',
      INFISICAL_RETRY_MAX_DELAY: '2ms',
      INFISICAL_RETRY_MAX_RETRIES: '5',
    });
    expect(await attemptsOf()).toBe(6);
    expect(await attemptsOf({ retry: { attempts: 2 } })).toBe(2);
    bench.set({ INFISICAL_RETRY_MAX_RETRIES: '0' });
    expect(await attemptsOf()).toBe(1);
  });

  it.each([
    ['INFISICAL_RETRY_MAX_RETRIES', '-1'],
    ['INFISICAL_RETRY_MAX_RETRIES', 'many'],
    ['INFISICAL_RETRY_BASE_DELAY', 'soon'],
    ['INFISICAL_RETRY_MAX_DELAY', '1h30m'],
  ])('name %s when it is %s', (name, value) => {
    bench.set({ [name]: value });
    expect(() => bench.client({})).toThrow(new RegExp(`^${name} must be`));
  });
});

describe('the scope of the environment', () => {
  let emulator: InfisicalEmulator;

  beforeEach(async () => {
    emulator = await InfisicalEmulator.start({
      seed: seedWith({ '/': { A: 'root' }, '/mail': { A: 'mail' } }),
    });
  });

  afterEach(() => emulator.stop());

  const unscoped = () => {
    const { siteUrl, auth } = demoOptions(emulator);
    return { siteUrl, auth };
  };

  it('is the last default of the client', async () => {
    const client = new InfisicalClient(unscoped());
    await expect(client.secrets.get('A')).rejects.toThrow(/No environment/);
    await client.close();
    bench.set({
      INFISICAL_PROJECT_ID: PROJECT_ID,
      INFISICAL_ENV: 'dev',
      INFISICAL_PATH: '/mail',
    });
    const found = bench.client(unscoped());
    expect((await found.secrets.get('A')).secretValue).toBe('mail');
    const option = await found.secrets.get('A', { path: '/' });
    expect(option.secretValue).toBe('root');
    bench.set({
      INFISICAL_PROJECT_ID: 'wrong',
      INFISICAL_ENVIRONMENT: 'wrong',
      INFISICAL_SECRET_PATH: '/wrong',
    });
    for (const project of [
      { projectId: PROJECT_ID },
      { projectSlug: 'demo' },
    ]) {
      const given = bench.client({
        ...unscoped(),
        ...project,
        environment: 'dev',
        path: '/',
      });
      expect((await given.secrets.get('A')).secretValue).toBe('root');
    }
  });

  it('is the root scope of the module', async () => {
    bench.set({
      INFISICAL_PROJECT_ID: PROJECT_ID,
      INFISICAL_ENVIRONMENT: 'dev',
      INFISICAL_SECRET_PATH: '/mail',
    });
    const module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot({
          ...unscoped(),
          refresh: { interval: false },
        }),
      ],
    }).compile();
    await module.init();
    expect(module.get(SecretsService, { strict: false }).get('A')).toBe('mail');
    await module.close();
  });
});

it('a client tells nothing of its network when it is printed', () => {
  const client = bench.client({
    siteUrl: 'https://a.test',
    proxy: 'http://user:pass-word@localhost:1',
    headers: { 'x-gateway': 'gateway-key' },
  });
  const printed = inspect(client, { depth: 9 }) + JSON.stringify(client);
  expect(printed).not.toMatch(/pass-word|gateway-key/);
});
