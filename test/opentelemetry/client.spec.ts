import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { InfisicalConfigError } from 'nestjs-infisical';
import { instrumentInfisicalClient } from 'nestjs-infisical/opentelemetry';
import { VirtualClock } from 'nestjs-infisical/testing';
import { clientBench } from '../support/client-bench.js';
import { PROJECT_ID } from '../support/demo.js';
import { HeldTransport } from '../support/held-transport.js';
import { TelemetryBench } from '../support/telemetry.js';

const LOGIN = { name: 'infisical auth.login', children: [] };
const DURATION = 'infisical.client.operation.duration';

describe('the telemetry of a client', () => {
  const { start, clientOf } = clientBench();
  let telemetry: TelemetryBench;

  beforeAll(() => TelemetryBench.enableContext());
  afterAll(() => TelemetryBench.disableContext());

  beforeEach(() => {
    telemetry = new TelemetryBench();
  });

  afterEach(() => telemetry.end());

  it('has a span for each call, in that of the request, and the login in that of its call', async () => {
    const emulator = await start({ '/': { A: 'a', B: 'b' } });
    const client = clientOf(emulator);
    await instrumentInfisicalClient(client, telemetry.providers);
    await telemetry.request('GET /orders', async () => {
      await client.secrets.get('A');
      await client.secrets.get('B');
    });
    expect(telemetry.tree()).toEqual([
      {
        name: 'GET /orders',
        children: [
          { name: 'infisical secrets.get', children: [LOGIN] },
          { name: 'infisical secrets.get', children: [] },
        ],
      },
    ]);
    const [get] = telemetry.named('infisical secrets.get');
    const server = {
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(emulator.url).port),
    };
    expect(get).toMatchObject({
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      instrumentationScope: { name: 'nestjs-infisical' },
      events: [],
    });
    expect(get?.attributes).toEqual({
      'infisical.operation': 'secrets.get',
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'url.template': '/api/v4/secrets/{id}',
      ...server,
    });
    const [login] = telemetry.named('infisical auth.login');
    expect(login?.attributes).toEqual({
      'infisical.operation': 'auth.login',
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'url.template': '/api/v1/auth/universal-auth/login',
      ...server,
    });
  });

  it('tells of each try, and counts them', async () => {
    const emulator = await start();
    const client = clientOf(emulator, { random: () => 0 });
    await instrumentInfisicalClient(client, telemetry.providers);
    emulator.trouble.add({
      kind: 'error',
      status: 503,
      path: '/api/v4/**',
      times: 2,
    });
    await client.secrets.list();
    const [list] = telemetry.named('infisical secrets.list');
    expect(list?.status.code).toBe(SpanStatusCode.UNSET);
    expect(list?.attributes).toMatchObject({
      'http.request.resend_count': 2,
      'http.response.status_code': 200,
    });
    expect(list?.attributes).not.toHaveProperty(['error.type']);
    expect(
      list?.events.map(({ name, attributes }) => ({ name, attributes })),
    ).toEqual(
      [1, 2].map((count) => ({
        name: 'infisical.retry',
        attributes: {
          'error.type': '503',
          'http.request.resend_count': count,
        },
      })),
    );
    const operation = { 'infisical.operation': 'secrets.list' };
    expect(await telemetry.points('infisical.client.retries')).toEqual([
      { attributes: { ...operation, 'error.type': '503' }, value: 2 },
    ]);
  });

  it('tells of waits for the limit of the server, and counts them', async () => {
    const clock = new VirtualClock();
    const emulator = await start(undefined, { clock });
    const transport = new HeldTransport(emulator.url);
    const client = clientOf(emulator, { clock, transport, random: () => 0 });
    await instrumentInfisicalClient(client, telemetry.providers);
    emulator.trouble.add({
      kind: 'rate-limit',
      retryAfter: 5,
      path: '/api/v4/**',
      times: 1,
    });
    const listing = client.secrets.list();
    for (let second = 0; second < 6; second++) {
      await transport.idle();
      await clock.advance(1_000);
    }
    await listing;
    const [list] = telemetry.named('infisical secrets.list');
    expect(list?.events).toMatchObject([
      { name: 'infisical.rate_limit', attributes: { 'infisical.wait': 5 } },
      { name: 'infisical.retry', attributes: { 'error.type': '429' } },
    ]);
    expect(await telemetry.points('infisical.client.rate_limit.waits')).toEqual(
      [{ attributes: { 'infisical.operation': 'secrets.list' }, value: 1 }],
    );
  });

  it('shows a new login inside of the call whose token was rejected', async () => {
    const emulator = await start();
    const client = clientOf(emulator);
    await instrumentInfisicalClient(client, telemetry.providers);
    await client.secrets.get('A');
    telemetry.forget();
    emulator.trouble.expireTokens();
    await client.secrets.get('A');
    expect(telemetry.tree()).toEqual([
      { name: 'infisical secrets.get', children: [LOGIN] },
    ]);
    const [get] = telemetry.named('infisical secrets.get');
    expect(get?.attributes).toMatchObject({
      'http.request.resend_count': 1,
      'http.response.status_code': 200,
    });
    expect(get?.events).toMatchObject([
      { name: 'infisical.retry', attributes: { 'error.type': '403' } },
    ]);
  });

  it('shows a renewal, and the fall-back to an older route', async () => {
    const clock = new VirtualClock();
    const emulator = await start(undefined, {
      clock,
      secretsApi: 'v3',
      login: { accessTokenTTL: 600, accessTokenMaxTTL: 6000 },
    });
    const client = clientOf(emulator, { clock });
    await instrumentInfisicalClient(client, telemetry.providers);
    await client.secrets.get('A');
    await clock.advance(10_000);
    await client.auth.renew();
    expect(telemetry.tree()).toEqual([
      { name: 'infisical secrets.get', children: [LOGIN] },
      { name: 'infisical secrets.get', children: [] },
      { name: 'infisical auth.renew', children: [] },
    ]);
    expect(
      telemetry.spans.map(({ attributes }) => attributes['url.template']),
    ).toEqual([
      '/api/v4/secrets/{id}',
      '/api/v1/auth/universal-auth/login',
      '/api/v3/secrets/raw/{id}',
      '/api/v1/auth/token/renew',
    ]);
  });

  it.each([
    {
      why: 'a refusal',
      break: { kind: 'error', status: 403, error: 'PermissionDenied' },
      type: '403',
      message: 'InfisicalPermissionError PermissionDenied',
      status: 403,
    },
    {
      why: 'a broken connection',
      break: { kind: 'reset' },
      type: 'InfisicalNetworkError',
      message: 'InfisicalNetworkError ECONNRESET',
      status: undefined,
    },
    {
      why: 'a web page',
      break: { kind: 'content-type', contentType: 'text/html', body: '<p>' },
      type: 'InfisicalHttpError',
      message: 'InfisicalHttpError UnreadableAnswer',
      status: 200,
    },
  ] as const)('tells class and code of $why, and no message', async (row) => {
    const emulator = await start();
    const client = clientOf(emulator, { retry: { attempts: 1 } });
    await instrumentInfisicalClient(client, telemetry.providers);
    emulator.trouble.add({ ...row.break, path: '/api/v4/**' });
    await expect(client.secrets.get('A')).rejects.toThrow();
    const [get] = telemetry.named('infisical secrets.get');
    expect(get?.status).toEqual({
      code: SpanStatusCode.ERROR,
      message: row.message,
    });
    expect(get?.attributes['error.type']).toBe(row.type);
    expect(get?.attributes['http.response.status_code']).toBe(row.status);
    expect(get?.events).toEqual([]);
    const failed = (await telemetry.points(DURATION)).filter(
      ({ attributes }) => 'error.type' in attributes,
    );
    expect(failed).toMatchObject([
      { attributes: { 'error.type': row.type }, value: { count: 1 } },
    ]);
  });

  it('ends the span of a call that is given up, whatever it is given up with', async () => {
    const emulator = await start();
    const client = clientOf(emulator);
    await client.secrets.list();
    await instrumentInfisicalClient(client, telemetry.providers);
    emulator.trouble.add({ kind: 'hang', path: '/api/v4/**' });
    for (const reason of [
      undefined,
      Object.assign(new Error('canary'), { name: 'canary', code: 'canary' }),
    ]) {
      const abort = new AbortController();
      const list = client.secrets.list({ signal: abort.signal });
      abort.abort(reason);
      await expect(list).rejects.toThrow();
    }
    expect(
      telemetry.spans.map(({ status, attributes }) => [
        status.message,
        attributes['error.type'],
      ]),
    ).toEqual([
      ['AbortError', 'AbortError'],
      ['_OTHER', '_OTHER'],
    ]);
  });

  it('has routes, without the ids and names in their paths', async () => {
    const emulator = await start();
    const client = clientOf(emulator);
    await instrumentInfisicalClient(client, telemetry.providers);
    const { id } = await client.kms.keys.create({ name: 'key-canary' });
    await client.kms.encrypt(id, 'value-canary');
    await client.kms.keys.rotate(id);
    await client.projects.get(PROJECT_ID);
    await client.request('GET', `/api/v1/projects/${PROJECT_ID}`);
    await client.folders.create({ name: 'folder-canary' });
    expect(
      telemetry.spans.map(({ name, attributes }) => [
        name.replace('infisical ', ''),
        attributes['url.template'],
      ]),
    ).toEqual([
      ['kms.keys.create', '/api/v1/kms/keys'],
      ['auth.login', '/api/v1/auth/universal-auth/login'],
      ['kms.encrypt', '/api/v1/kms/keys/{id}/encrypt'],
      ['kms.keys.rotate', '/api/v1/kms/keys/{id}/rotate'],
      ['projects.get', '/api/v1/projects/{id}'],
      ['request', undefined],
      ['folders.create', '/api/v2/folders'],
    ]);
    const exported = await telemetry.exported();
    for (const text of [id, PROJECT_ID, 'canary']) {
      expect(exported).not.toContain(text);
    }
  });

  it('measures calls and the token by the clock of the client', async () => {
    const clock = new VirtualClock();
    const emulator = await start(undefined, {
      clock,
      login: { accessTokenTTL: 600 },
    });
    const client = clientOf(emulator, { clock });
    await instrumentInfisicalClient(client, {
      ...telemetry.providers,
      name: 'billing',
    });
    expect(await telemetry.points('infisical.token.age')).toEqual([]);
    await client.secrets.list();
    await client.secrets.list();
    await clock.advance(90_000);
    const attributes = { 'infisical.client.name': 'billing' };
    expect(await telemetry.points('infisical.token.age')).toEqual([
      { attributes, value: 90 },
    ]);
    // Less the second that the token's claims may hide.
    expect(await telemetry.points('infisical.token.time_to_expiry')).toEqual([
      { attributes, value: 509 },
    ]);
    expect(await telemetry.points(DURATION)).toMatchObject([
      {
        attributes: { ...attributes, 'infisical.operation': 'auth.login' },
        value: { count: 1 },
      },
      {
        attributes: {
          ...attributes,
          'infisical.operation': 'secrets.list',
          'http.response.status_code': 200,
        },
        value: { count: 2, sum: 0 },
      },
    ]);
  });

  it('ends with the client, or when told, and each of two by itself', async () => {
    const emulator = await start();
    const client = clientOf(emulator);
    const other = new TelemetryBench();
    const stop = await instrumentInfisicalClient(client, telemetry.providers);
    await instrumentInfisicalClient(client, other.providers);
    await client.secrets.list();
    expect(telemetry.spans).toHaveLength(2);
    expect(other.spans).toHaveLength(2);
    stop();
    stop();
    await client.secrets.list();
    expect(telemetry.spans).toHaveLength(2);
    expect(other.spans).toHaveLength(3);
    const gauges = ['infisical.token.age', 'infisical.token.time_to_expiry'];
    expect(await telemetry.gauges()).toEqual([]);
    expect(await other.gauges()).toEqual(gauges);
    await client.close();
    expect(await other.gauges()).toEqual([]);
    await instrumentInfisicalClient(client, other.providers);
    await expect(client.secrets.list()).rejects.toThrow(/closed/);
    expect(other.spans).toHaveLength(3);
    await other.end();
  });

  it('goes to the global providers by default', async () => {
    trace.setGlobalTracerProvider(telemetry.tracerProvider);
    metrics.setGlobalMeterProvider(telemetry.meterProvider);
    try {
      const client = clientOf(await start());
      await instrumentInfisicalClient(client);
      await client.secrets.list();
      expect(telemetry.spans).toHaveLength(2);
      expect(await telemetry.points('infisical.token.age')).toHaveLength(1);
    } finally {
      trace.disable();
      metrics.disable();
    }
  });

  it.each([
    [{ tracer: 1 }, /has no option "tracer"\. Known options: name, tracerP/],
    [{ root: 'a' }, /has no option "root"/],
    [{ name: '' }, /name must be a non-empty string/],
    [{ tracerProvider: {} }, /tracerProvider must have a method getTracer/],
    [{ meterProvider: null }, /meterProvider must have a method getMeter/],
    [null, /its options must be an object/],
  ])('refuses the options %j', async (options, text) => {
    const client = clientOf(await start());
    const work = instrumentInfisicalClient(client, options as object);
    await expect(work).rejects.toThrow(InfisicalConfigError);
    await expect(work).rejects.toThrow(text);
  });
});
