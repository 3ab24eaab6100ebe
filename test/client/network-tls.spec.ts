import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalConfigError,
  type InfisicalClientOptions,
  type InfisicalNetworkError,
  type TlsOptions,
} from 'nestjs-infisical';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { failureOf } from '../support/demo.js';
import {
  answerOk,
  foreignAuthority,
  newAuthority,
  NetworkBench,
} from '../support/network.js';

const GET = ['GET', '/api/v1/thing'] as const;
const OK = { ok: 1 };

type Pair = ReturnType<ReturnType<typeof newAuthority>['issueCertificate']>;

let bench: NetworkBench;
let authority: ReturnType<typeof newAuthority>;
let folder: string;

beforeEach(() => {
  bench = new NetworkBench();
  authority = newAuthority();
  folder = mkdtempSync(join(tmpdir(), 'nestjs-infisical-tls-'));
});

afterEach(async () => {
  await bench.stop();
  rmSync(folder, { recursive: true });
});

const issue = (
  name = 'localhost',
  more: { validFrom?: number; validTo?: number } = {},
): Pair =>
  authority.issueCertificate({ commonName: name, altNames: [name], ...more });

const serverOptions = ({ certPem, keyPem }: Pair) => ({
  cert: certPem,
  key: keyPem,
});

function fileOf(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The failure of one call, which may be tried three times. */
async function failure(
  options: InfisicalClientOptions,
): Promise<InfisicalNetworkError> {
  const client = bench.client({ ...options, retry: { attempts: 3 } });
  return (await failureOf(client.request(...GET))) as InfisicalNetworkError;
}

describe('a certificate that is not accepted', () => {
  it.each([
    [
      'is of an unknown authority',
      () => issue(),
      {},
      /certificate of the server is not trusted: pass your certificate authority in `tls.caFile` or `tls.ca`/,
    ],
    [
      'is for another host',
      () => issue('other.test'),
      undefined,
      /for other names \(DNS:other\.test\): use one of them as the host in `siteUrl`/,
    ],
    [
      'has expired',
      () => issue('localhost', { validTo: -60 }),
      undefined,
      /has expired: renew it there.*clock/,
    ],
    [
      'is not valid yet',
      () => issue('localhost', { validFrom: 3_600 }),
      undefined,
      /not valid yet: check the clock/,
    ],
  ])('%s', async (_title, pair, tls, advice) => {
    let connections = 0;
    const siteUrl = await bench.https(
      serverOptions(pair()),
      answerOk,
      () => connections++,
    );
    const error = await failure({
      siteUrl,
      tls: tls ?? { ca: authority.caPem },
    });
    expect(error).toMatchObject({
      name: 'InfisicalNetworkError',
      sent: false,
      retryable: false,
    });
    expect(error.message).toMatch(advice);
    expect(error.message).toContain(siteUrl);
    expect(connections).toBe(1);
  });

  it('is refused whatever the environment says, and that is told once', async () => {
    bench.set({
      INFISICAL_VERIFY_SSL: 'False',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    });
    const siteUrl = await bench.https(serverOptions(issue()));
    expect(await failure({ siteUrl })).toMatchObject({ retryable: false });
    expect(bench.warnings).toEqual([
      expect.stringMatching(
        /INFISICAL_VERIFY_SSL=False is ignored.*tls\.caFile/,
      ),
    ]);
  });
});

describe('a port that speaks something else', () => {
  it('https to an http port', async () => {
    const siteUrl = await bench.http();
    const error = await failure({
      siteUrl: siteUrl.replace('http:', 'https:'),
    });
    expect(error).toMatchObject({ sent: false, retryable: false });
    expect(error.message).toMatch(/does not speak TLS: use http:\/\//);
  });

  it('http to an https port', async () => {
    const siteUrl = await bench.https(serverOptions(issue()));
    const error = await failure({
      siteUrl: siteUrl.replace('https:', 'http:'),
    });
    expect(error.message).toMatch(
      /if the port speaks TLS, `siteUrl` must start with https:\/\//,
    );
  });

  it('http to a port that answers with a TLS alert', async () => {
    const siteUrl = await bench.raw((socket) =>
      socket.once('data', () =>
        socket.end(Buffer.from('15030100020246', 'hex')),
      ),
    );
    const error = await failure({ siteUrl });
    expect(error).toMatchObject({ retryable: false });
    expect(error.message).toMatch(/not HTTP: if the port speaks TLS/);
  });

  it('nothing, before the handshake is done: nothing was sent', async () => {
    let connections = 0;
    const siteUrl = await bench.raw((socket) => {
      connections++;
      socket.once('data', () => socket.destroy());
    });
    const client = bench.client({
      siteUrl: siteUrl.replace('http:', 'https:'),
      retry: { attempts: 3, baseDelay: 1 },
    });
    const error = await failureOf(client.request('POST', GET[1]));
    expect(error).toMatchObject({ sent: false, retryable: true });
    expect(connections).toBe(3);
  });

  it('TLS 1.1', async () => {
    const siteUrl = await bench.https({
      ...serverOptions(issue()),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const error = await failure({ siteUrl, tls: { ca: authority.caPem } });
    expect(error).toMatchObject({ sent: false, retryable: false });
    expect(error.message).toMatch(/has no TLS 1\.2 or newer/);
  });
});

describe('the certificate authority', () => {
  let siteUrl: string;
  let caFile: string;

  beforeEach(async () => {
    siteUrl = await bench.https(serverOptions(issue()));
    caFile = fileOf('ca.pem', authority.caPem);
  });

  const read = (options: InfisicalClientOptions = {}) =>
    bench.client({ siteUrl, ...options }).request(...GET);

  it('comes as text, as bytes, and from a file', async () => {
    const { caPem } = authority;
    expect(await read({ tls: { ca: caPem } })).toEqual(OK);
    expect(await read({ tls: { ca: Buffer.from(caPem) } })).toEqual(OK);
    expect(await read({ tls: { caFile } })).toEqual(OK);
  });

  it('comes from the environment, unless it is an option', async () => {
    const other = newAuthority().caPem;
    const escaped = authority.caPem.replaceAll('\n', '\\n');
    for (const value of [authority.caPem, escaped, caFile]) {
      bench.set({ INFISICAL_SSL_CERTIFICATE: value, SSL_CERT_FILE: 'x' });
      expect(await read()).toEqual(OK);
    }
    await expect(read({ tls: { ca: other } })).rejects.toMatchObject({
      retryable: false,
    });
    bench.set({ INFISICAL_SSL_CERTIFICATE: '', SSL_CERT_FILE: caFile });
    expect(await read()).toEqual(OK);
    bench.set({ INFISICAL_SSL_CERTIFICATE: other });
    expect(await read({ tls: { caFile } })).toEqual(OK);
  });

  it('of NODE_EXTRA_CA_CERTS counts besides SSL_CERT_FILE', async () => {
    const other = fileOf('other.pem', foreignAuthority());
    bench.set({ SSL_CERT_FILE: other, NODE_EXTRA_CA_CERTS: caFile });
    expect(await read()).toEqual(OK);
    bench.set({ SSL_CERT_FILE: caFile, NODE_EXTRA_CA_CERTS: 'not/there' });
    expect(await read()).toEqual(OK);
  });

  it('of a file that is replaced counts for the next connection', async () => {
    const client = bench.client({
      siteUrl,
      tls: { caFile: fileOf('rotating.pem', newAuthority().caPem) },
    });
    await expect(client.request(...GET)).rejects.toThrow(/not trusted/);
    fileOf('rotating.pem', `# new\n${authority.caPem}`);
    expect(await client.request(...GET)).toEqual(OK);
  });
});

describe('the client certificate', () => {
  let seen: (string | undefined)[];
  let siteUrl: string;

  beforeEach(async () => {
    seen = [];
    siteUrl = await bench.https(
      {
        ...serverOptions(issue()),
        ca: authority.caPem,
        requestCert: true,
        maxVersion: 'TLSv1.2',
      },
      (request, response) => {
        const { socket } = request as unknown as { socket: TLSSocket };
        seen.push(socket.getPeerX509Certificate()?.subject);
        response.setHeader('connection', 'close').end('{"ok":1}');
      },
    );
  });

  const read = (tls: TlsOptions) =>
    bench
      .client({ siteUrl, tls: { ca: authority.caPem, ...tls } })
      .request(...GET);

  it('comes as text, from files, and with an encrypted key', async () => {
    const { certPem: cert, keyPem: key } = issue('app');
    expect(await read({ cert, key })).toEqual(OK);
    const certFile = fileOf('cert.pem', cert);
    const keyFile = fileOf('key.pem', key);
    expect(await read({ certFile, keyFile })).toEqual(OK);
    const passphrase = 'pass-phrase';
    const encrypted = encrypt(key, passphrase);
    expect(await read({ certFile, key: encrypted, passphrase })).toEqual(OK);
    expect(seen).toEqual(['CN=app', 'CN=app', 'CN=app']);
  });

  it('of files that are replaced is used for the next connection, and the old one while they do not match', async () => {
    const first = issue('app-1');
    const second = issue('app-2');
    const certFile = fileOf('cert.pem', first.certPem);
    const keyFile = fileOf('key.pem', first.keyPem);
    const client = bench.client({
      siteUrl,
      tls: { ca: authority.caPem, certFile, keyFile },
    });
    await client.request(...GET);
    fileOf('cert.pem', `${second.certPem}\n`);
    await client.request(...GET);
    fileOf('key.pem', `${second.keyPem}\n`);
    await client.request(...GET);
    expect(seen).toEqual(['CN=app-1', 'CN=app-1', 'CN=app-2']);
  });

  it('that is missing or foreign is told apart from trust', async () => {
    const ca = authority.caPem;
    const missing = await failure({ siteUrl, tls: { ca } });
    expect(missing.message).toMatch(/set `tls.cert` and `tls.key`/);
    expect(missing).toMatchObject({ retryable: false });
  });
});

describe('TLS options that cannot be used', () => {
  const pair = () => {
    const { certPem: cert, keyPem: key } = issue('app');
    return { cert, key };
  };

  it.each<[string, () => object, RegExp]>([
    [
      'a certificate alone',
      () => ({ cert: pair().cert }),
      /^tls\.key .*missing/,
    ],
    ['a key alone', () => ({ keyFile: 'x' }), /^tls\.cert .*missing/],
    [
      'a file that is not there',
      () => ({ caFile: join(folder, 'none.pem') }),
      /^tls\.caFile ".*none\.pem" cannot be read/,
    ],
    [
      'a folder',
      () => ({ ...pair(), key: undefined, keyFile: folder }),
      /^tls\.keyFile .* cannot be read/,
    ],
    [
      'a file without PEM',
      () => ({ caFile: fileOf('ca.der', 'secret-text') }),
      /^tls\.caFile holds no readable certificate/,
    ],
    ['text without PEM', () => ({ ca: 'secret-text' }), /^tls\.ca holds no/],
    [
      'a broken PEM',
      () => ({
        ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      }),
      /^tls\.ca holds no/,
    ],
    [
      'a certificate that is none',
      () => ({ ...pair(), cert: 'secret-text' }),
      /^tls\.cert holds no/,
    ],
    [
      'a key that is none',
      () => ({ ...pair(), key: 'secret-text' }),
      /^tls\.key cannot be read: pass a private key in PEM, with tls\.passphrase/,
    ],
    [
      'a key of another certificate',
      () => ({ ...pair(), key: pair().key }),
      /^tls\.cert and tls\.key do not belong together/,
    ],
    [
      'a wrong passphrase',
      () => ({
        ...pair(),
        key: encrypt(pair().key, 'right'),
        passphrase: 'secret-text',
      }),
      /^tls\.key cannot be read.*the tls\.passphrase that opens it/,
    ],
    [
      'a passphrase alone',
      () => ({ passphrase: 'x' }),
      /^tls\.passphrase must/,
    ],
    ['both forms', () => ({ ca: 'x', caFile: 'y' }), /exclude each other/],
    ['a wrong type', () => ({ ca: 1 }), /^tls\.ca must be PEM/],
    ['an empty file name', () => ({ caFile: ' ' }), /^tls\.caFile must be/],
    ['a misspelt one', () => ({ insecure: true }), /no option "insecure"/],
  ])('%s', (_title, tls, message) => {
    for (const siteUrl of ['https://a.test', 'http://localhost:1']) {
      const make = () => bench.client({ siteUrl, tls: tls() });
      let error: unknown;
      try {
        make();
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(InfisicalConfigError);
      expect((error as Error).message).toMatch(message);
      const printed = inspect(error, { depth: 9 });
      expect(printed).not.toContain('secret-text');
    }
  });

  it.each(['SSL_CERT_FILE', 'INFISICAL_SSL_CERTIFICATE'])(
    'a wrong %s is named, where there is TLS',
    (name) => {
      bench.set({ [name]: join(folder, 'none.pem') });
      expect(() => bench.client({ siteUrl: 'https://a.test' })).toThrow(
        new RegExp(`^${name} ".*none.pem" cannot be read`),
      );
      bench.client({ siteUrl: 'http://localhost:1' });
    },
  );
});

/** The key in encrypted PEM. */
function encrypt(key: string, passphrase: string): string {
  return createPrivateKey(key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase,
  }) as string;
}
