import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalAuthError,
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalConfigError,
  InfisicalValidationError,
} from 'nestjs-infisical';
import { VirtualClock } from 'nestjs-infisical/testing';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { IDENTITY_ID } from '../support/auth-setup.js';
import { failureOf } from '../support/demo.js';
import { LoginBench } from '../support/logins.js';

const identityId = IDENTITY_ID;
const HEADER = 'x-identity-tls-cert-auth-client-cert';

let bench: LoginBench;
let proxy: Server;
let proxyUrl: string;
let clients: InfisicalClient[];
/** Paths of the requests through the proxy, and who made them. */
let seen: string[];

beforeEach(async () => {
  seen = [];
  clients = [];
  bench = await LoginBench.start(
    {
      tlsCertAuth: {
        allowedCommonNames: 'app, app-2',
        allowedAltNames: 'app.test',
      },
    },
    {},
    // Certificates are checked by this machine's calendar, too.
    { clock: new VirtualClock(Date.now()) },
  );
  proxy = await startProxy();
  proxyUrl = `https://localhost:${(proxy.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  proxy.closeAllConnections();
  proxy.close();
  await bench.stop();
});

const issue = (commonName: string) =>
  bench.setup.providers.tls.issueCertificate({
    commonName,
    altNames: [commonName, 'app.test'],
  });

/** Ends TLS, asks for a certificate, and hands it on in the header. */
async function startProxy(): Promise<Server> {
  const { certPem, keyPem, caPem } = issue('localhost');
  const { url } = bench.setup.emulator;
  const server = createServer(
    {
      cert: certPem,
      key: keyPem,
      ca: caPem,
      requestCert: true,
      // The server judges.
      rejectUnauthorized: false,
    },
    (incoming, outgoing) => {
      const { method, url: path = '', headers } = incoming;
      const peer = (incoming.socket as TLSSocket).getPeerX509Certificate();
      seen.push(`${path} ${peer?.subject ?? 'nobody'}`);
      const forwarded = request(
        new URL(path, url),
        {
          method,
          headers: {
            ...headers,
            ...(peer && { [HEADER]: encodeURIComponent(peer.toString()) }),
          },
        },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      incoming.pipe(forwarded);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}

function clientOf(options: InfisicalClientOptions): InfisicalClient {
  const client = new InfisicalClient({ random: () => 0, ...options });
  clients.push(client);
  return client;
}

const LOGIN = '/api/v1/auth/tls-cert-auth/login';

describe('TLS certificate auth', () => {
  it('uses the certificate of the client', async () => {
    const { certPem, keyPem, caPem } = issue('app');
    const tls = { ca: caPem, cert: certPem, key: keyPem };
    const auth = { tlsCertAuth: { identityId } };
    const one = clientOf({ siteUrl: proxyUrl, tls, auth });
    expect(await bench.read(one)).toEqual([]);
    expect(seen).toEqual([
      `${LOGIN} CN=app`,
      expect.stringMatching(/^\/api\/v4\/secrets\?.* CN=app$/),
    ]);
  });

  it('reads a certificate of its own at every login, for the login alone', async () => {
    let pair = issue('app');
    const { caPem: ca } = pair;
    const one = clientOf({
      siteUrl: bench.setup.emulator.url,
      tls: { ca },
      auth: { accessToken: 'unused' },
    });
    const options = {
      identityId,
      siteUrl: `${proxyUrl}/`,
      cert: () => pair.certPem,
      key: () => Promise.resolve(pair.keyPem),
    };
    await one.auth.tlsCertAuth.login(options);
    pair = issue('app-2');
    await one.auth.tlsCertAuth.login(options);
    expect(await bench.read(one)).toEqual([]);
    expect(seen).toEqual([`${LOGIN} CN=app`, `${LOGIN} CN=app-2`]);
  });

  it('tells refusals apart, and no key', async () => {
    const { certPem, keyPem, caPem } = issue('stranger');
    const tls = { ca: caPem };
    const attempt = (options: object, more: InfisicalClientOptions = {}) =>
      failureOf(
        bench.read(
          clientOf({
            siteUrl: proxyUrl,
            tls,
            auth: { tlsCertAuth: { identityId, ...options } },
            ...more,
          }),
        ),
      );
    const pair = { cert: certPem, key: keyPem };
    const stranger = await attempt(pair);
    expect(stranger).toBeInstanceOf(InfisicalAuthError);
    expect(stranger.message).toContain('common name not allowed');
    const { url } = bench.setup.emulator;
    const plain = await attempt({}, { siteUrl: url });
    expect(plain).toBeInstanceOf(InfisicalValidationError);
    expect(plain.message).toContain('Missing TLS certificate in header');
    expect(await attempt({})).toBeInstanceOf(InfisicalValidationError);
    const broken = await attempt({ cert: 'no-cert-pem', key: 'no-key-pem' });
    expect(broken).toBeInstanceOf(InfisicalConfigError);
    expect(broken.message).toContain('auth.tlsCertAuth.cert and key cannot');
    const printed = inspect([stranger, broken], { depth: 9 });
    for (const text of ['no-key-pem', ...keyPem.split('\n').slice(1, 3)]) {
      expect(printed).not.toContain(text);
    }
  });

  it.each([
    ['has expired', { validTo: -1 }, 'Certificate has expired.'],
    ['is not valid yet', { validFrom: 600 }, 'Certificate not yet valid.'],
    ['is an authority', { isCa: true }, 'a CA certificate cannot be used'],
    ['has another name', { altNames: ['x.test'] }, 'alternative name not'],
    ['is foreign', {}, 'Certificate not issued by the provided CA.'],
  ])('is refused when the certificate %s', async (title, options, text) => {
    const other = await LoginBench.start({}, {}, { clock: bench.clock });
    const { tls } = (title === 'is foreign' ? other : bench).setup.providers;
    const altNames = ['app.test'];
    const pair = tls.issueCertificate({
      commonName: 'app',
      altNames,
      ...options,
    });
    await other.stop();
    const one = clientOf({
      siteUrl: proxyUrl,
      tls: { ca: bench.setup.providers.tls.caPem },
      auth: {
        tlsCertAuth: { identityId, cert: pair.certPem, key: pair.keyPem },
      },
    });
    const failure = await failureOf(bench.read(one));
    expect(failure).toBeInstanceOf(InfisicalAuthError);
    expect(failure.message).toContain('Access denied: ');
    expect(failure.message).toContain(text);
  });

  it('wants certificate and key together, and https', () => {
    const refused = (options: object, text: string) => {
      const auth = { tlsCertAuth: { identityId, ...options } };
      expect(() => bench.client(auth)).toThrow(InfisicalConfigError);
      expect(() => bench.client(auth)).toThrow(text);
    };
    refused({ cert: 'a' }, 'auth.tlsCertAuth.key is missing');
    refused({ key: 'a' }, 'auth.tlsCertAuth.cert is missing');
    refused({ cert: '', key: 'a' }, 'auth.tlsCertAuth.cert is missing');
    refused({ siteUrl: 'http://a.test' }, 'auth.tlsCertAuth.siteUrl must');
    refused({ identityId: '' }, 'auth.tlsCertAuth.identityId is missing');
  });

  it('leaves a transport that was handed in alone', async () => {
    const { certPem: cert, keyPem: key } = issue('app');
    const auth = { tlsCertAuth: { identityId, cert, key } };
    const error = await failureOf(bench.read(bench.client(auth)));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toContain('A transport that was handed in');
  });
});
