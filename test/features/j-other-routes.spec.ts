import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type InfisicalClient,
  InfisicalValidationError,
} from 'nestjs-infisical';
import { CLIENT_ID, CLIENT_SECRET } from '../support/demo.js';
import { NetworkBench } from '../support/network.js';

/** A route of Infisical that has no method of its own here. */
const SIGN = '/api/v1/ssh/certificates/sign';
const LIST = '/api/v1/pki/certificates';

interface Received {
  readonly line: string;
  readonly token?: string;
  readonly body: unknown;
}

describe('client.request', () => {
  let bench: NetworkBench;
  let client: InfisicalClient;
  let received: Received[];
  let logins: number;
  let answers: [status: number, body: object][];

  beforeEach(async () => {
    bench = new NetworkBench();
    [received, logins, answers] = [[], 0, []];
    const siteUrl = await bench.http((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const body: unknown = text ? JSON.parse(text) : undefined;
        const { method, url = '', headers } = request;
        let answer: [number, object] = [200, { ok: true }];
        if (url.endsWith('/login')) {
          const accessToken = `token-${++logins}`;
          const life = { expiresIn: 600, accessTokenMaxTTL: 600 };
          answer = [200, { accessToken, ...life, tokenType: 'Bearer' }];
        } else {
          const token = headers.authorization?.replace('Bearer ', '');
          received.push({ line: `${method} ${url}`, token, body });
          answer = answers.shift() ?? answer;
        }
        response.writeHead(answer[0], { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer[1]));
      });
    });
    client = bench.client({
      siteUrl,
      auth: {
        universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
      },
    });
  });

  afterEach(() => bench.stop());

  it('reaches any route with query, body and the login of the client', async () => {
    const body = { publicKey: 'ssh-ed25519 AAAA', principals: ['deploy'] };
    answers = [[200, { signedKey: 'signed' }]];
    const signed = await client.request<{ signedKey: string }>('POST', SIGN, {
      body,
    });
    expect(signed.signedKey).toBe('signed');
    await client.request('GET', LIST, { query: { limit: 5, offset: 10 } });
    expect(received).toEqual([
      { line: `POST ${SIGN}`, token: 'token-1', body },
      { line: `GET ${LIST}?limit=5&offset=10`, token: 'token-1' },
    ]);
    expect(logins).toBe(1);
  });

  it('logs in again, tries reads again, and has typed errors', async () => {
    answers = [
      [403, { reqId: 'a', error: 'TokenError', message: 'expired' }],
      [503, {}],
    ];
    expect(await client.request('GET', LIST)).toEqual({ ok: true });
    expect(received.map(({ token }) => token)).toEqual([
      'token-1',
      'token-2',
      'token-2',
    ]);
    const issue = { path: ['publicKey'], code: 'custom', message: 'Invalid' };
    answers = [
      [422, { reqId: 'b', error: 'ValidationFailure', message: [issue] }],
    ];
    await expect(
      client.request('POST', SIGN, { body: {} }),
    ).rejects.toMatchObject({
      constructor: InfisicalValidationError,
      reqId: 'b',
      details: [{ path: 'publicKey', code: 'custom', message: 'Invalid' }],
    });
  });
});
