import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InfisicalTimeoutError } from 'nestjs-infisical';
import { VirtualClock } from 'nestjs-infisical/testing';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { failureOf } from '../support/demo.js';
import { NetworkBench, TOKEN } from '../support/network.js';

const GET = ['GET', '/api/v1/thing'] as const;
const POST = ['POST', '/api/v1/thing', { body: { a: 1 } }] as const;
const OK = { ok: 1 };
const TOO_MUCH = 33 * 1024 * 1024;

let bench: NetworkBench;

beforeEach(() => {
  bench = new NetworkBench();
});

afterEach(() => bench.stop());

/** A server that notes its requests and sockets. */
async function serve(
  answer: (response: ServerResponse, count: number) => void,
) {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const siteUrl = await bench.http((request, response) => {
    requests.push(request);
    sockets.add(request.socket);
    request.resume();
    answer(response, requests.length);
  });
  return { siteUrl, requests, sockets };
}

const end = (response: ServerResponse) => response.end('{"ok":1}');

describe('an answer', () => {
  it.each([
    ['never begins', () => undefined],
    ['never ends', (response: ServerResponse) => response.write('{"a":')],
    [
      'never ends to be inflated',
      (response: ServerResponse) => {
        response.setHeader('content-encoding', 'gzip');
        response.write(gzipSync('{"ok":1}').subarray(0, 12));
      },
    ],
  ])('that %s meets the deadline', async (_title, answer) => {
    const clock = new VirtualClock();
    let begun: () => void;
    const asked = new Promise<void>((resolve) => (begun = resolve));
    const { siteUrl } = await serve((response) => {
      answer(response);
      begun();
    });
    const client = bench.client({
      siteUrl,
      clock,
      timeout: '3s',
      retry: { attempts: 1 },
    });
    const failure = failureOf(client.request(...GET));
    await asked;
    await clock.advance(3_000);
    expect(await failure).toBeInstanceOf(InfisicalTimeoutError);
  });

  it.each([
    ['as it is', undefined, (text: string) => text],
    ['in gzip', 'gzip', gzipSync],
    ['in brotli', 'br', brotliCompressSync],
  ])('of more than 32 MiB is not read (%s)', async (_title, coding, pack) => {
    const body = pack(JSON.stringify('a'.repeat(TOO_MUCH)));
    const { siteUrl, requests } = await serve((response) => {
      if (coding) response.setHeader('content-encoding', coding);
      response.end(body);
    });
    const client = bench.client({ siteUrl });
    await expect(client.request(...GET)).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
      retryable: false,
    });
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['by its length', { 'content-length': '100' }],
    ['in chunks', {}],
    ['in gzip', { 'content-encoding': 'gzip' }],
  ])(
    'that breaks off (%s) is asked for again, but not by POST',
    async (_title, headers) => {
      const { siteUrl, requests } = await serve((response, count) => {
        if (count % 2 === 0) return end(response);
        response.writeHead(200, headers);
        response.write(
          'content-encoding' in headers
            ? gzipSync('{"ok":1}').subarray(0, 12)
            : '{"ok"',
          () => response.destroy(),
        );
      });
      const client = bench.client({ siteUrl });
      expect(await client.request(...GET)).toEqual(OK);
      expect(requests).toHaveLength(2);
      await expect(client.request(...POST)).rejects.toMatchObject({
        name: 'InfisicalNetworkError',
        sent: true,
        retryable: true,
      });
      expect(requests).toHaveLength(3);
    },
  );

  it.each([301, 302, 303, 307, 308])(
    '%i is not followed, and the token stays here',
    async (status) => {
      const other = await serve(end);
      const { siteUrl, requests } = await serve((response) =>
        response
          .writeHead(status, { location: `${other.siteUrl}/api/v1/thing` })
          .end(),
      );
      const client = bench.client({ siteUrl });
      for (const method of ['GET', 'POST'] as const) {
        await expect(client.request(method, GET[1])).rejects.toMatchObject({
          status,
          code: 'Redirect',
          retryable: false,
          hint: expect.stringMatching(/set siteUrl to the final address/),
        });
      }
      expect(requests).toHaveLength(2);
      expect(requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
      expect(other.requests).toEqual([]);
    },
  );
});

describe('connections', () => {
  it('are used again, and none is left after close()', async () => {
    const { siteUrl, requests, sockets } = await serve(end);
    const client = bench.client({ siteUrl });
    for (let i = 0; i < 50; i++) await client.request(...GET);
    // The pool opens a second one when the first is not yet free again.
    expect(sockets.size).toBeLessThanOrEqual(2);
    await Promise.all(Array.from({ length: 50 }, () => client.request(...GET)));
    expect(requests).toHaveLength(100);
    expect(sockets.size).toBeLessThanOrEqual(16);
    const open = [...sockets].filter(({ destroyed }) => !destroyed);
    const gone = Promise.all(open.map((socket) => once(socket, 'close')));
    await client.close();
    await gone;
  });

  it('that the server closes after each answer do no harm', async () => {
    const { siteUrl, sockets } = await serve((response) =>
      end(response.setHeader('connection', 'close')),
    );
    const client = bench.client({ siteUrl });
    for (let i = 0; i < 5; i++) {
      expect(await client.request(...GET)).toEqual(OK);
      expect(await client.request(...POST)).toEqual(OK);
    }
    expect(sockets.size).toBe(10);
  });

  it('end with the client, and what is under way says so', async () => {
    let begun: () => void;
    const asked = new Promise<void>((resolve) => (begun = resolve));
    const { siteUrl, requests } = await serve(() => begun());
    const client = bench.client({ siteUrl });
    const failure = failureOf(client.request(...GET));
    await asked;
    await client.close();
    expect((await failure).message).toMatch(/client was closed/);
    expect(requests).toHaveLength(1);
  });
});
