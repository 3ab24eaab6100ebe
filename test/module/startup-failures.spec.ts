import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  InfisicalAuthError,
  InfisicalConfigError,
  InfisicalHttpError,
  InfisicalModule,
  type InfisicalModuleOptions,
  InfisicalNetworkError,
  InfisicalNotFoundError,
  InfisicalPermissionError,
  InfisicalTimeoutError,
  Secret,
} from 'nestjs-infisical';
import {
  DEFAULT_EMULATOR_SEED,
  InfisicalEmulator,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  demoOptions,
  failureOf,
  silenceNest,
} from '../support/demo.js';

const WRONG_SECRET = 'wrong-client-secret-canary';

@Injectable()
class Service {
  @Secret('ANYTHING', { optional: true }) readonly anything?: string;
}

describe('an app that cannot get its secrets', () => {
  let emulator: InfisicalEmulator | undefined;
  let server: Server | undefined;

  beforeAll(silenceNest);

  afterEach(async () => {
    await emulator?.stop();
    server?.closeAllConnections();
    await new Promise((done) =>
      server ? server.close(done) : done(undefined),
    );
    emulator = undefined;
    server = undefined;
  });

  async function bootError(options: InfisicalModuleOptions): Promise<Error> {
    const error = await failureOf(
      Test.createTestingModule({
        imports: [InfisicalModule.forRoot(options)],
        providers: [Service],
      }).compile(),
    );
    const printed = inspect(error, { depth: 10, showHidden: true });
    for (const secret of [WRONG_SECRET, CLIENT_SECRET]) {
      expect(printed + JSON.stringify(error)).not.toContain(secret);
    }
    return error;
  }

  /** A server of our own that answers as it is told. */
  async function fakeServer(listener: RequestListener): Promise<string> {
    server = createServer(listener);
    await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('wrong client secret: an auth error that says what to check, after one login', async () => {
    emulator = await InfisicalEmulator.start();
    const error = await bootError(
      demoOptions(emulator, {
        auth: {
          universalAuth: { clientId: CLIENT_ID, clientSecret: WRONG_SECRET },
        },
      }),
    );
    expect(error).toBeInstanceOf(InfisicalAuthError);
    expect(error).toMatchObject({ status: 401, retryable: false });
    expect(error.message).toMatch(/Check client id and client secret/);
    expect(emulator.requests).toHaveLength(1);
  });

  it('unknown project: not found, with the option to check', async () => {
    emulator = await InfisicalEmulator.start();
    const error = await bootError(
      demoOptions(emulator, {
        projectId: '99999999-9999-4999-8999-999999999999',
      }),
    );
    expect(error).toBeInstanceOf(InfisicalNotFoundError);
    expect(error.message).toMatch(/Check projectId or projectSlug/);
  });

  it('a folder that the identity may not read: a permission error that names it', async () => {
    const [project] = DEFAULT_EMULATOR_SEED.projects;
    const [identity] = DEFAULT_EMULATOR_SEED.identities;
    emulator = await InfisicalEmulator.start({
      seed: {
        projects: [project!],
        identities: [
          { ...identity!, projects: [{ slug: 'demo', role: 'no-access' }] },
        ],
      },
    });
    const error = await bootError(demoOptions(emulator));
    expect(error).toBeInstanceOf(InfisicalPermissionError);
    expect(error).toMatchObject({ status: 403, code: 'PermissionDenied' });
    expect(error.message).toMatch(/environment dev, path \//);
    expect(
      emulator.requests.filter(({ path }) => path.endsWith('/login')),
    ).toHaveLength(1);
  });

  it('unreachable host: a network error that names the address', async () => {
    const url = await fakeServer(() => undefined);
    await new Promise((done) => server!.close(done));
    server = undefined;
    const error = await bootError({
      ...demoOptions({ url }),
      retry: { baseDelay: 1 },
    });
    expect(error).toBeInstanceOf(InfisicalNetworkError);
    expect(error).toMatchObject({ code: 'ECONNREFUSED', sent: false });
    expect(error.message).toContain(url);
    expect(error.message).toMatch(/check host and port of `siteUrl`/);
  });

  it.each([
    'infisical.example.com',
    'ftp://infisical.example.com',
    '',
    'https://',
  ])('site URL %p: a configuration error', async (siteUrl) => {
    const error = await bootError({ ...demoOptions({ url: '' }), siteUrl });
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(/siteUrl/);
  });

  it('user info in the site URL: refused, and not repeated', async () => {
    const error = await bootError({
      ...demoOptions({ url: '' }),
      siteUrl: `https://user:${WRONG_SECRET}@host`,
    });
    expect(error).toBeInstanceOf(InfisicalConfigError);
  });

  it('garbage in place of JSON: an error that points at siteUrl', async () => {
    const url = await fakeServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>Some app</title>');
    });
    const error = await bootError(demoOptions({ url }));
    expect(error).toBeInstanceOf(InfisicalHttpError);
    expect(error).toMatchObject({ code: 'UnreadableAnswer' });
    expect(error.message).toMatch(/siteUrl/);
  });

  it('JSON of something else: likewise', async () => {
    const url = await fakeServer((_request, response) =>
      response.end('{"ok":1}'),
    );
    const error = await bootError(demoOptions({ url }));
    expect(error).toMatchObject({ code: 'UnreadableAnswer' });
  });

  it('an error page of something else: an error that points at siteUrl', async () => {
    const url = await fakeServer((_request, response) => {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>');
    });
    const error = await bootError(demoOptions({ url }));
    expect(error).toMatchObject({ status: 404, code: 'UnexpectedAnswer' });
    expect(error.message).toMatch(/not Infisical’s own: check siteUrl/);
  });

  it('a redirect is not followed, so no credential goes elsewhere', async () => {
    const seen: string[] = [];
    const url = await fakeServer((request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const error = await bootError(demoOptions({ url }));
    expect(error).toMatchObject({ status: 307, code: 'Redirect' });
    expect(seen).toEqual(['/api/v1/auth/universal-auth/login']);
  });

  it('a server that echoes credentials: they do not reach the error', async () => {
    const url = await fakeServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const sent = (JSON.parse(body) as { clientSecret: string })
          .clientSecret;
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({
            reqId: `req-${sent}`,
            statusCode: 400,
            error: `Bad ${sent}`,
            message: `You sent ${body}`,
            details: [{ action: sent }],
          }),
        );
      });
    });
    await bootError(demoOptions({ url }));
  });

  it('a server that never answers: a timeout within startup.timeout, by virtual time', async () => {
    let asked!: () => void;
    const request = new Promise<void>((resolve) => (asked = resolve));
    const url = await fakeServer(() => asked());
    const clock = new VirtualClock();
    const boot = bootError({
      ...demoOptions({ url }),
      clock,
      startup: { timeout: '2s' },
    });
    await request;
    await clock.advance(2_000);
    const error = await boot;
    expect(error).toBeInstanceOf(InfisicalTimeoutError);
    expect(error.message).toMatch(/2000 ms \(startup.timeout\)/);
    expect(clock.monotonic()).toBe(2_000);
  });

  it.each([
    [{ siteURL: 'https://x' }, /no option "siteURL"/],
    [{ environment: undefined }, /No environment/],
    [{ environment: ' ' }, /environment must be a non-empty string/],
    [{ projectId: undefined }, /No project/],
    [{ path: '/a b' }, /not a folder path/],
    [{ timeout: '1h30m' }, /timeout must be a duration/],
    [{ auth: {} }, /exactly one key/],
    [{ auth: { universalAuth: { clientId: 'x' } } }, /clientSecret is missing/],
    [{ auth: { magicAuth: {} } }, /magicAuth is not a login method/],
    [{ headers: { Authorization: 'x' } }, /headers.authorization/],
    [{ retry: { attempts: 0 } }, /retry.attempts/],
    [{ refresh: { interval: 10 } }, /refresh.interval/],
    [{ refresh: { every: '1m' } }, /refresh has no option "every"/],
    [{ startup: { polycy: 'retry' } }, /startup has no option "polycy"/],
    [{ retry: { retries: 3 } }, /retry has no option "retries"/],
    [{ tls: { insecure: true } }, /tls has no option "insecure"/],
  ])('wrong option %j: a configuration error', async (wrong, message) => {
    emulator = await InfisicalEmulator.start();
    const error = await bootError({
      ...demoOptions(emulator),
      ...(wrong as object),
    });
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(message);
  });

  it('plain HTTP to another machine is warned about, once it is allowed', async () => {
    const warnings: string[] = [];
    await failureOf(
      Test.createTestingModule({
        imports: [
          InfisicalModule.forRoot({
            ...demoOptions({ url: 'http://infisical.invalid' }),
            allowInsecureHttp: true,
            transport: {
              send: () => Promise.reject(new InfisicalConfigError('stop here')),
              close: () => Promise.resolve(),
            },
          }),
        ],
      })
        .setLogger({
          log: () => undefined,
          error: () => undefined,
          warn: (message: string) => warnings.push(message),
        })
        .compile(),
    );
    expect(warnings.join()).toMatch(/infisical.invalid is plain HTTP/);
  });
});
