import { afterEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalNetworkError,
  InfisicalTimeoutError,
} from 'nestjs-infisical';
import { VirtualClock } from 'nestjs-infisical/testing';
import { getEventListeners, getMaxListeners } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  count: number,
) => void;

/** A token that never expires, unsigned: the fake server does not look at it. */
const TOKEN = `x.${Buffer.from('{}').toString('base64url')}.y`;

describe('transport', () => {
  let server: Server | undefined;
  let client: InfisicalClient | undefined;

  afterEach(async () => {
    await client?.close();
    server?.closeAllConnections();
    await new Promise((done) =>
      server ? server.close(done) : done(undefined),
    );
    client = undefined;
    server = undefined;
  });

  async function serve(
    handler: Handler,
    options: InfisicalClientOptions = {},
  ): Promise<{ client: InfisicalClient; requests: string[] }> {
    const requests: string[] = [];
    server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      request.resume();
      handler(request, response, requests.length);
    });
    await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
    client = new InfisicalClient({
      siteUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      auth: { accessToken: TOKEN },
      retry: { baseDelay: 1 },
      ...options,
    });
    return { client, requests };
  }

  function json(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  const GET = ['GET', '/api/v1/thing'] as const;
  const POST = ['POST', '/api/v1/thing', { body: { a: 1 } }] as const;

  it.each([502, 503, 504])('tries a read again after %i', async (status) => {
    const { client, requests } = await serve((_request, response, count) =>
      count < 3 ? json(response, status, {}) : json(response, 200, { ok: 1 }),
    );
    expect(await client.request(...GET)).toEqual({ ok: 1 });
    expect(requests).toHaveLength(3);
  });

  it.each([400, 401, 403, 404, 422, 500])(
    'does not try again after %i',
    async (status) => {
      const { client, requests } = await serve((_request, response) =>
        json(response, status, { reqId: 'req-1', statusCode: status }),
      );
      await expect(client.request(...GET)).rejects.toMatchObject({ status });
      expect(requests).toHaveLength(1);
    },
  );

  it.each([502, 503, 504])(
    'never sends a POST twice after %i',
    async (status) => {
      const { client, requests } = await serve((_request, response) =>
        json(response, status, {}),
      );
      await expect(client.request(...POST)).rejects.toMatchObject({
        status,
        retryable: true,
      });
      expect(requests).toHaveLength(1);
    },
  );

  it('tries a read again when the connection breaks, a POST not', async () => {
    const { client, requests } = await serve((request, response, count) =>
      count === 1 || request.method === 'POST'
        ? request.destroy()
        : json(response, 200, { ok: 1 }),
    );
    expect(await client.request(...GET)).toEqual({ ok: 1 });
    expect(requests).toHaveLength(2);
    await expect(client.request(...POST)).rejects.toMatchObject({
      name: 'InfisicalNetworkError',
      sent: true,
    });
    expect(requests).toHaveLength(3);
  });

  it('sends a POST again that provably did not reach the server', async () => {
    const { client } = await serve(() => undefined);
    const { port } = server!.address() as AddressInfo;
    await new Promise((done) => server!.close(done));
    const call = client.request(...POST);
    call.catch(() => undefined);
    server = undefined;
    const error = await call.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InfisicalNetworkError);
    expect(error).toMatchObject({ sent: false, retryable: true });
    expect((error as Error).message).toContain(`127.0.0.1:${port}`);
  });

  it('waits as long as a 429 asks, in the header or in the text, by virtual time', async () => {
    const clock = new VirtualClock();
    const { client, requests } = await serve(
      (_request, response, count) => {
        if (count === 1) {
          response.setHeader('retry-after', '7');
          json(response, 429, {
            reqId: 'r',
            error: 'RateLimitExceeded',
            message: 'x',
          });
        } else if (count === 2) {
          json(response, 429, {
            reqId: 'r',
            error: 'RateLimitExceeded',
            message: 'Rate limit exceeded. Please try again in 11 seconds',
          });
        } else json(response, 200, { ok: 1 });
      },
      { clock, retry: { deadline: '60s', baseDelay: 1 } },
    );
    let done: unknown;
    const call = client.request(...POST).then((body) => (done = body));
    while (requests.length < 1) await clock.advance(0);
    for (let i = 0; i < 6; i++) await clock.advance(1_000);
    expect(requests).toHaveLength(1);
    while (requests.length < 2) await clock.advance(100);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(7_000);
    while (!done) await clock.advance(100);
    await call;
    expect(clock.monotonic()).toBeGreaterThanOrEqual(18_000);
  });

  it('has one deadline over headers and body', async () => {
    const clock = new VirtualClock();
    const { client, requests } = await serve(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"never":');
      },
      { clock, timeout: '3s', retry: { attempts: 1 } },
    );
    const call = client.request(...GET).catch((thrown: unknown) => thrown);
    while (requests.length < 1) await clock.advance(0);
    await clock.advance(3_000);
    const error = await call;
    expect(error).toBeInstanceOf(InfisicalTimeoutError);
    expect(error).toMatchObject({ timeoutMs: 3_000 });
  });

  it('lets one signal end any number of calls, and lets go of it', async () => {
    const { client } = await serve((_request, response) =>
      json(response, 200, { ok: 1 }),
    );
    const { signal } = new AbortController();
    await Promise.all(
      Array.from({ length: 30 }, () => client.request(...GET, { signal })),
    );
    // Node warns of a leak above ten listeners, unless told that there is none.
    expect(getMaxListeners(signal)).toBe(Infinity);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('gives up at the deadline of the whole call, with the last reason', async () => {
    const clock = new VirtualClock();
    const { client, requests } = await serve(
      (_request, response) => json(response, 503, {}),
      {
        clock,
        random: () => 0.9,
        retry: { attempts: 100, baseDelay: '1s', deadline: '20s' },
      },
    );
    let error: unknown;
    const call = client
      .request(...GET)
      .catch((thrown: unknown) => (error = thrown));
    while (!error) await clock.advance(500);
    await call;
    expect(error).toMatchObject({ status: 503 });
    expect(clock.monotonic()).toBeLessThanOrEqual(20_500);
    expect(requests.length).toBeLessThan(8);
  });

  it('reads compressed answers, and stops at 32 MiB after inflation', async () => {
    const { client } = await serve((request, response) => {
      const size = request.url?.endsWith('bomb') ? 64 * 1024 * 1024 : 1000;
      const body = gzipSync(JSON.stringify({ text: 'a'.repeat(size) }));
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(body);
    });
    const small = await client.request<{ text: string }>('GET', '/api/small');
    expect(small.text).toHaveLength(1000);
    await expect(client.request('GET', '/api/bomb')).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
    });
  });

  it('reports a truncated body as a broken connection', async () => {
    const { client } = await serve(
      (_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"a":1');
        response.destroy();
      },
      { retry: { attempts: 1 } },
    );
    await expect(client.request(...GET)).rejects.toMatchObject({
      name: 'InfisicalNetworkError',
    });
  });

  it('keeps hostile keys of an answer away from prototypes', async () => {
    const { client } = await serve((_request, response) => {
      response.writeHead(200);
      response.end(
        '{"secrets":[{"id":"1","secretKey":"__proto__","secretValue":"x","secretValueHidden":false,"secretComment":"","workspace":"p","environment":"dev","version":1,"type":"shared","createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.000Z","polluted":1}],"__proto__":{"polluted":1}}',
      );
    });
    const [secret] = await client.secrets.list({
      projectId: 'p',
      environment: 'dev',
    });
    expect(secret?.secretKey).toBe('__proto__');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('sends custom headers and its own user agent', async () => {
    let seen: IncomingMessage['headers'] = {};
    const { client } = await serve(
      (request, response) => {
        seen = request.headers;
        json(response, 200, {});
      },
      { headers: { 'CF-Access-Client-Id': 'id' }, userAgent: 'tests/1' },
    );
    await client.request(...GET);
    expect(seen).toMatchObject({
      'cf-access-client-id': 'id',
      'user-agent': 'tests/1',
      authorization: `Bearer ${TOKEN}`,
    });
    expect(seen['content-type']).toBeUndefined();
  });

  it('asks for folders on v1 where the server has no v2', async () => {
    const createdAt = '2026-01-01T00:00:00.000Z';
    const times = { createdAt, updatedAt: createdAt };
    const { client, requests } = await serve((request, response) =>
      request.url?.includes('/v2/')
        ? json(response, 404, {
            message: 'Route GET:/api/v2/folders not found',
            error: 'Not Found',
            statusCode: 404,
          })
        : json(response, 200, {
            folders: [{ id: '1', name: 'mail', ...times }],
          }),
    );
    const scope = { projectId: 'p', environment: 'dev' };
    expect(await client.folders.list(scope)).toEqual([
      { id: '1', name: 'mail', path: '/mail', environment: 'dev', ...times },
    ]);
    expect(requests[1]).toMatch(/^GET \/api\/v1\/folders\?workspaceId=p&/);
  });

  it('keeps a path prefix of the site URL', async () => {
    const { requests } = await serve((_request, response) =>
      json(response, 200, {}),
    );
    const { port } = server!.address() as AddressInfo;
    const prefixed = new InfisicalClient({
      siteUrl: `http://127.0.0.1:${port}/infisical/`,
      auth: { accessToken: TOKEN },
    });
    await prefixed.request(...GET);
    await prefixed.close();
    expect(requests).toEqual(['GET /infisical/api/v1/thing']);
  });
});
