import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  doctor,
  type DoctorCheck,
  type DoctorReport,
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalConfigError,
  type ScopeOptions,
} from 'nestjs-infisical';
import {
  type EmulatorPermission,
  InfisicalEmulator,
  type InfisicalEmulatorOptions,
  VirtualClock,
} from 'nestjs-infisical/testing';
import type { RequestListener } from 'node:http';
import { inspect } from 'node:util';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  demoOptions,
  failureOf,
  PROJECT_ID,
  requestPaths,
  seedWith,
} from '../support/demo.js';
import { freePort } from '../support/free-port.js';
import { newAuthority, NetworkBench } from '../support/network.js';

const CANARY = 'canary-value-of-a-secret';
/** In seconds. */
const DAY = 86_400;

let bench: NetworkBench;
let clock: VirtualClock;
const ends: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  bench = new NetworkBench();
  clock = new VirtualClock();
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await bench.stop();
});

async function emulate(
  more: InfisicalEmulatorOptions = {},
): Promise<InfisicalEmulator> {
  const emulator = await InfisicalEmulator.start({
    clock,
    seed: seedWith({
      '/': { A: CANARY, B: CANARY },
      '/mail': { KEY: CANARY },
      '/mail/empty': {},
    }),
    ...more,
  });
  ends.push(() => emulator.stop());
  return emulator;
}

function optionsOf(
  emulator: InfisicalEmulator,
  more: InfisicalClientOptions = {},
): InfisicalClientOptions {
  const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
  return { siteUrl, auth, projectId, environment, clock, ...more };
}

/** The demo identity with these rules, and nothing else. */
function ruled(permissions: EmulatorPermission[]): InfisicalEmulatorOptions {
  const seed = seedWith({ '/': { A: CANARY, B: CANARY } });
  const [identity] = seed.identities;
  if (!identity) throw new Error('no identity');
  identity.projects = [{ slug: 'demo', role: 'no-access', permissions }];
  return { seed };
}

function checkOf(report: DoctorReport, name: string): DoctorCheck {
  const found = report.checks.find((check) => check.name === name);
  if (!found) throw new Error(`no check ${name}: ${inspect(report)}`);
  return found;
}

const statuses = ({ checks }: DoctorReport): string[] =>
  checks.map(({ name, status }) => `${name}: ${status}`);

/** The check of one scope. */
async function scopeCheck(
  emulator: InfisicalEmulator,
  scope: ScopeOptions = {},
): Promise<DoctorCheck> {
  const report = await doctor(optionsOf(emulator), { scopes: [scope] });
  const last = report.checks.at(-1);
  if (!last) throw new Error('no check');
  return last;
}

describe('the doctor of a healthy client', () => {
  it('finds nothing, and says what it saw', async () => {
    const emulator = await emulate();
    const client = new InfisicalClient(optionsOf(emulator));
    ends.push(() => client.close());
    const report = await client.doctor({
      scopes: [{}, { path: '/mail' }, { projectSlug: 'demo', path: 'mail' }],
    });
    expect(report.ok).toBe(true);
    expect(report.siteUrl).toBe(emulator.url);
    expect(
      report.checks.map(({ name, status, detail }) => [name, status, detail]),
    ).toEqual([
      ['site URL', 'ok', emulator.url],
      ['connection', 'ok', 'direct, no TLS'],
      ['server', 'ok', '/api/status answers'],
      ['clock', 'ok', "within 0 s of the server's"],
      ['login', 'ok', 'universalAuth, from options'],
      ['token', 'ok', '30 days left of 30 days, renewable for 30 days'],
      ['secrets API', 'ok', 'v4'],
      ['folders API', 'ok', 'v2'],
      ['KMS API', 'ok', 'encryption, signing, key export, MAC, rotation'],
      ['scope dev:/', 'ok', '2 secrets'],
      ['scope dev:/mail', 'ok', '1 secret'],
      ['scope demo, dev:mail', 'ok', '1 secret'],
    ]);
    expect(report.checks.map(({ ms }) => ms)).toEqual(
      report.checks.map(() => 0),
    );
  });

  it('looks at the client’s own folder, and leaves the client open', async () => {
    const emulator = await emulate();
    const client = new InfisicalClient(optionsOf(emulator, { path: '/mail' }));
    ends.push(() => client.close());
    const report = await doctor(client);
    expect(statuses(report).at(-1)).toBe('scope dev:/mail: ok');
    expect((await client.secrets.list()).length).toBe(1);
  });

  it('looks at no folder when the client has none', async () => {
    const emulator = await emulate();
    const { siteUrl, auth } = demoOptions(emulator);
    const report = await doctor({ siteUrl, auth, clock });
    expect(report.ok).toBe(true);
    expect(report.checks.at(-1)).toMatchObject({
      name: 'scope',
      status: 'skipped',
      hint: 'Name the scopes to look at.',
    });
  });

  it('shows nothing secret', async () => {
    const emulator = await emulate();
    const client = new InfisicalClient(optionsOf(emulator));
    ends.push(() => client.close());
    const report = await client.doctor();
    const token = (await client.auth.getAccessToken()).reveal();
    const printed = inspect(report, { depth: 9 }) + JSON.stringify(report);
    for (const secret of [CANARY, CLIENT_SECRET, token]) {
      expect(printed).not.toContain(secret);
    }
    expect(printed).toContain('2 secrets');
  });
});

describe('the doctor about the server', () => {
  it('skips what needs a connection that is not there', async () => {
    const report = await doctor({
      siteUrl: `http://localhost:${await freePort()}`,
      auth: { accessToken: 'a.b.c' },
      projectId: PROJECT_ID,
      environment: 'dev',
      retry: { attempts: 1 },
    });
    expect(report.ok).toBe(false);
    expect(statuses(report)).toEqual([
      'site URL: ok',
      'connection: failed',
      'server: skipped',
      'clock: skipped',
      'login: skipped',
      'token: skipped',
      'secrets API: skipped',
      'folders API: skipped',
      'KMS API: skipped',
      'scope dev:/: skipped',
    ]);
    expect(checkOf(report, 'connection').detail).toMatch(
      /ECONNREFUSED.*check host and port/,
    );
    expect(checkOf(report, 'server').detail).toBe(
      'needs connection, which failed',
    );
    expect(checkOf(report, 'clock').detail).toBe(
      'needs server, which was skipped',
    );
  });

  it('sends no credentials to what is not Infisical', async () => {
    const asked: string[] = [];
    const siteUrl = await bench.http((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.setHeader('content-type', 'text/html').end('<html>');
    });
    const report = await doctor({
      siteUrl,
      auth: {
        universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
      },
    });
    expect(asked).toEqual(['GET /api/status']);
    expect(checkOf(report, 'connection').status).toBe('ok');
    expect(checkOf(report, 'server')).toMatchObject({
      status: 'failed',
      hint: expect.stringContaining('Check that siteUrl is the address'),
    });
    expect(checkOf(report, 'login').status).toBe('skipped');
  });

  it('says a hint once', async () => {
    const siteUrl = await bench.http((_request, response) => {
      response.writeHead(301, { location: 'https://x.test/' }).end();
    });
    const report = await doctor({ siteUrl, auth: { accessToken: 'a.b.c' } });
    const { detail, hint } = checkOf(report, 'server');
    expect(hint).toMatch(/^Redirects are not followed/);
    expect(detail).toMatch(/301/);
    expect(detail).not.toContain('Redirects are not followed');
  });

  it('warns of a path, and of a certificate that ends soon', async () => {
    const authority = newAuthority();
    const report = async (validTo: number): Promise<DoctorReport> => {
      const { certPem, keyPem } = authority.issueCertificate({
        commonName: 'localhost',
        altNames: ['localhost'],
        validTo,
      });
      const siteUrl = await bench.https(
        { cert: certPem, key: keyPem },
        statusAnswer,
      );
      return doctor({
        siteUrl: `${siteUrl}/behind/`,
        auth: { accessToken: 'a.b.c' },
        tls: { ca: authority.caPem },
      });
    };
    const fine = await report(60 * DAY);
    expect(checkOf(fine, 'connection')).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(
        /^direct, TLSv1\.3, certificate until \d{4}-\d\d-\d\d \(60 days left\)$/,
      ),
    });
    expect(checkOf(fine, 'site URL')).toMatchObject({
      status: 'warning',
      hint: expect.stringMatching(/^"\/behind" is put in front/),
    });
    const short = await report(3 * DAY);
    expect(checkOf(short, 'connection')).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('(3 days left)'),
      hint: expect.stringContaining('Renew the certificate'),
    });
    const untrusted = await doctor({
      siteUrl: fine.siteUrl?.replace('/behind', ''),
      auth: { accessToken: 'a.b.c' },
    });
    expect(checkOf(untrusted, 'connection')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('tls.caFile'),
    });
  });

  it('names the proxy, without its password', async () => {
    const proxy = await bench.proxy({ credentials: 'user:hush-hush' });
    const emulator = await emulate();
    const report = await doctor(
      optionsOf(emulator, {
        proxy: proxy.url.replace('//', '//user:hush-hush@'),
      }),
    );
    expect(checkOf(report, 'connection').detail).toBe(
      `by the proxy localhost:${proxy.port}, no TLS`,
    );
    expect(JSON.stringify(report)).not.toContain('hush-hush');
  });

  it('warns of plain HTTP to another machine', async () => {
    const report = await doctor({
      siteUrl: 'http://infisical.test',
      allowInsecureHttp: true,
      auth: { accessToken: 'a.b.c' },
      logger: { log: () => undefined, warn: () => undefined },
      transport: {
        send: () => Promise.reject(new Error('no network')),
        close: () => Promise.resolve(),
      },
      retry: { attempts: 1 },
    });
    expect(checkOf(report, 'site URL').status).toBe('warning');
  });

  it.each([
    [42_000, 'this machine is 42 s ahead of the server'],
    [-3_600_000, 'this machine is 60 min behind the server'],
  ])('tells a clock that is %i ms off', async (offset, detail) => {
    const emulator = await emulate();
    const off = new VirtualClock(clock.now() + offset);
    const report = await doctor(optionsOf(emulator, { clock: off }));
    expect(checkOf(report, 'clock')).toMatchObject({
      status: 'warning',
      detail,
      hint: expect.stringContaining('NTP'),
    });
  });

  it('reads the Date header when the body has none', async () => {
    const siteUrl = await bench.http((_request, response) => {
      response.setHeader('date', new Date(clock.now() + 90_000).toUTCString());
      response.setHeader('content-type', 'application/json').end('{}');
    });
    const auth = { accessToken: 'a.b.c' };
    const report = await doctor({ siteUrl, auth, clock });
    expect(checkOf(report, 'server').status).toBe('warning');
    expect(checkOf(report, 'clock').detail).toBe(
      'this machine is 90 s behind the server',
    );
  });
});

describe('the doctor about the login', () => {
  it('says what is wrong, after one try', async () => {
    const emulator = await emulate();
    const report = await doctor(
      optionsOf(emulator, {
        auth: {
          universalAuth: { clientId: CLIENT_ID, clientSecret: 'wrong-one' },
        },
      }),
    );
    expect(checkOf(report, 'login')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('Invalid credentials'),
      hint: expect.stringContaining('Check client id and client secret'),
    });
    expect(statuses(report)).toContain('secrets API: ok');
    expect(statuses(report).at(-1)).toBe('scope dev:/: skipped');
    const logins = requestPaths(emulator).filter((one) => /login/.test(one));
    expect(logins).toHaveLength(1);
    expect(JSON.stringify(report)).not.toContain('wrong-one');
  });

  it('names the variables that won', async () => {
    const emulator = await emulate();
    bench.set({
      INFISICAL_SITE_URL: emulator.url,
      INFISICAL_CLIENT_ID: CLIENT_ID,
      INFISICAL_CLIENT_SECRET: CLIENT_SECRET,
      INFISICAL_PROJECT_ID: PROJECT_ID,
      INFISICAL_ENVIRONMENT: 'dev',
    });
    const report = await doctor({ clock });
    expect(report.ok).toBe(true);
    expect(checkOf(report, 'login').detail).toBe(
      'universalAuth, from environment (INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET)',
    );
  });

  it('looks at the server that the credentials belong to', async () => {
    const emulator = await emulate();
    const { auth } = demoOptions(emulator);
    if (!auth || Array.isArray(auth)) throw new Error('no auth');
    const report = await doctor({
      auth: [
        {
          name: 'vault',
          provide: () => ({ auth, siteUrl: emulator.url }) as never,
        },
      ],
      clock,
    });
    expect(report.siteUrl).toBe(emulator.url);
    expect(checkOf(report, 'site URL').detail).toBe(emulator.url);
    expect(checkOf(report, 'login').detail).toBe(
      'universalAuth, from vault (universalAuth)',
    );
  });

  it('lists where credentials were looked for, also without a server', async () => {
    const report = await doctor({
      siteUrl: `http://localhost:${await freePort()}`,
      retry: { attempts: 1 },
      auth: [{ name: 'empty', provide: () => ({ reason: 'nothing in it' }) }],
    });
    expect(checkOf(report, 'login')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('- empty: nothing in it'),
    });
  });

  it('shows a given token to the server', async () => {
    const emulator = await emulate();
    const stale = optionsOf(emulator, { auth: { accessToken: 'a.b.c' } });
    const report = await doctor(stale);
    expect(checkOf(report, 'login').status).toBe('ok');
    expect(checkOf(report, 'token')).toMatchObject({
      status: 'failed',
      hint: expect.stringContaining('Pass a fresh auth.accessToken'),
    });
    expect(statuses(report).at(-1)).toBe('scope dev:/: skipped');
  });

  it.each([
    [
      'lives for seconds',
      { accessTokenTTL: 30 },
      false,
      /Raise the access token TTL/,
    ],
    [
      'cannot be replaced',
      { accessTokenTTL: 3600, accessTokenMaxTTL: 7200 },
      true,
      /no credentials to log in with/,
    ],
  ])('warns of a token that %s', async (_what, login, isGiven, hint) => {
    const emulator = await emulate({
      seed: seedWith({ '/': { A: CANARY } }, login),
    });
    const options = optionsOf(emulator);
    const source = new InfisicalClient(options);
    ends.push(() => source.close());
    const accessToken = (await source.auth.getAccessToken()).reveal();
    const report = await doctor({
      ...options,
      ...(isGiven && { auth: { accessToken } }),
    });
    expect(checkOf(report, 'token')).toMatchObject({
      status: 'warning',
      hint: expect.stringMatching(hint),
    });
    expect(report.ok).toBe(true);
  });
});

describe('the doctor about API generations', () => {
  it('warns of an old server', async () => {
    const report = await doctor(
      optionsOf(await emulate({ secretsApi: 'v3', kms: 'k1' })),
    );
    expect(checkOf(report, 'secrets API')).toMatchObject({
      status: 'warning',
      detail: 'v3',
    });
    expect(checkOf(report, 'KMS API').detail).toBe(
      'encryption and signing; no key export, no MAC, no rotation',
    );
    expect(checkOf(report, 'scope dev:/').detail).toBe('2 secrets');
  });

  it('fails when the server lacks the generation that was chosen', async () => {
    const emulator = await emulate({ secretsApi: 'v3', kms: 'k2' });
    const report = await doctor(optionsOf(emulator, { apiVersion: 'v4' }));
    expect(checkOf(report, 'secrets API')).toMatchObject({
      status: 'failed',
      hint: "Set apiVersion to 'auto', or upgrade the server.",
    });
    expect(checkOf(report, 'KMS API').detail).toBe(
      'encryption, signing, key export; no MAC, no rotation',
    );
    expect(checkOf(report, 'scope dev:/').status).toBe('skipped');
  });

  it('asks without a token, and for nothing that changes something', async () => {
    const emulator = await emulate();
    await doctor(optionsOf(emulator));
    const probes = emulator.requests.filter(({ status }) => status === 401);
    expect(probes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/v4/secrets',
      'GET /api/v2/folders',
      'POST /api/v1/kms/keys/00000000-0000-0000-0000-000000000000/generate-mac',
    ]);
  });
});

describe('the doctor about a scope', () => {
  it('tells a wrong environment from a wrong path and from an empty folder', async () => {
    const emulator = await emulate();
    expect(await scopeCheck(emulator, { environment: 'production' })).toEqual(
      expect.objectContaining({
        name: 'scope production:/',
        status: 'failed',
        detail: 'there is no environment "production"',
        hint: 'The project has dev, staging, prod. The slug is wanted, not the name.',
      }),
    );
    expect(await scopeCheck(emulator, { path: '/mail/Empty/x' })).toEqual(
      expect.objectContaining({
        status: 'failed',
        detail: 'there is no folder /mail/Empty/x in the environment "dev"',
        hint: '/mail has the folders empty. Case matters.',
      }),
    );
    expect(await scopeCheck(emulator, { path: '/mail/empty' })).toEqual(
      expect.objectContaining({
        status: 'warning',
        detail: 'the folder is there, and has no secrets',
      }),
    );
    expect(await scopeCheck(emulator, { environment: 'prod' })).toEqual(
      expect.objectContaining({ status: 'warning' }),
    );
  });

  it('counts imported secrets', async () => {
    const emulator = await emulate();
    const client = new InfisicalClient(optionsOf(emulator));
    ends.push(() => client.close());
    await client.secretImports.create({
      path: '/mail',
      from: { environment: 'dev', path: '/' },
    });
    expect((await scopeCheck(emulator, { path: '/mail' })).detail).toBe(
      '3 secrets, 2 of them imported',
    );
  });

  it('says who may not read what', async () => {
    const secrets = (...action: string[]): EmulatorPermission[] => [
      { action, subject: 'secrets' },
    ];
    const nothing = await scopeCheck(await emulate(ruled([])));
    expect(nothing).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('403'),
      hint: expect.stringContaining('Give the machine identity a role'),
    });
    const names = await scopeCheck(
      await emulate(ruled(secrets('describeSecret'))),
    );
    expect(names).toMatchObject({
      status: 'failed',
      detail: 'the names of 2 secrets may be read, but not their values',
    });
    const all = await scopeCheck(
      await emulate(ruled(secrets('describeSecret', 'readValue'))),
    );
    expect(all).toMatchObject({ status: 'ok', detail: '2 secrets' });
  });

  it('tells a folder that may be read from what its references lead to', async () => {
    const rules: EmulatorPermission[] = [
      {
        action: ['describeSecret', 'readValue'],
        subject: 'secrets',
        conditions: { secretPath: '/' },
      },
    ];
    const options = ruled(rules);
    const { seed } = options;
    if (typeof seed !== 'object') throw new Error('no seed');
    const [project] = seed.projects;
    if (!project) throw new Error('no project');
    project.secrets = [
      { environment: 'dev', path: '/', values: { A: '${dev.far.B}' } },
      { environment: 'dev', path: '/far', values: { B: CANARY } },
    ];
    expect(await scopeCheck(await emulate(options))).toMatchObject({
      status: 'failed',
      hint: expect.stringContaining('that its references lead to'),
    });
  });

  it('tells an unknown project', async () => {
    const emulator = await emulate();
    const unknown = await scopeCheck(emulator, { projectSlug: 'nowhere' });
    expect(unknown).toMatchObject({
      name: 'scope nowhere, dev:/',
      status: 'failed',
      hint: expect.stringContaining('Check projectId or projectSlug'),
    });
  });
});

describe('the doctor itself', () => {
  it('makes options that are no client a failed check', async () => {
    const report = await doctor({ siteUrl: 'infisical.example' });
    expect(report.ok).toBe(false);
    expect(report).not.toHaveProperty('siteUrl');
    expect(report.checks[0]).toMatchObject({
      name: 'options',
      status: 'failed',
      detail: expect.stringContaining('siteUrl must start with https://'),
    });
    expect(new Set(report.checks.slice(1).map(({ status }) => status))).toEqual(
      new Set(['skipped']),
    );
  });

  it('refuses options of its own that are wrong', async () => {
    const emulator = await emulate();
    const options = optionsOf(emulator);
    const wrong = { scopes: [{ secretPath: '/' }] } as never;
    const error = await failureOf(doctor(options, wrong));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toContain('scopes[0].secretPath');
    const none = await failureOf(doctor(options, { scope: [] } as never));
    expect(none.message).toContain('doctor has no option "scope"');
  });

  it('ends with its signal', async () => {
    const silent: RequestListener = () => controller.abort(new Error('enough'));
    const controller = new AbortController();
    const siteUrl = await bench.http(silent);
    const work = doctor(
      { siteUrl, auth: { accessToken: 'a.b.c' } },
      { signal: controller.signal },
    );
    await expect(work).rejects.toThrow('enough');
  });
});

const statusAnswer: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ date: new Date(), message: 'Ok' }));
};
