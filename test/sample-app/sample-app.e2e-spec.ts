import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { SECRETS_REFRESH_TASK, TOKEN_RENEWAL_TASK } from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { createHmac } from 'node:crypto';
import { mask } from '../../sample-app/src/common/mask.js';
import type { AdminConnection } from '../../sample-app/src/demo/demo-orders.js';
import { DEMO_LOGIN } from '../../sample-app/src/demo/demo-project.js';
import { Demo } from '../../sample-app/src/demo/demo.js';
import type { PostgresHandle } from '../../sample-app/src/demo/postgres.fork.js';
import { startMessage } from '../../sample-app/src/start-message.js';
import { isolateEnvironment } from './support/environment.js';
import { postgresHere, queryAs, rolesOfLeases } from './support/postgres.js';
import { readSecrets, Sample, withClient } from './support/sample.js';

describe('the sample app', () => {
  const environment = isolateEnvironment();
  const never = new AbortController().signal;
  const printed: string[] = [];
  let postgres: PostgresHandle;
  let demo: Demo;
  let emulator: InfisicalEmulator;
  let sample: Sample;
  let admin: AdminConnection;
  let secrets: Map<string, string>;

  beforeAll(async () => {
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      jest.spyOn(console, method).mockImplementation((...args: unknown[]) => {
        printed.push(args.map(String).join(' '));
      });
    }
    // As with `npm run emulator` elsewhere, so that the test can look into it.
    emulator = await InfisicalEmulator.start();
    environment.set({
      INFISICAL_SITE_URL: emulator.url,
      INFISICAL_CLIENT_ID: DEMO_LOGIN.clientId,
      INFISICAL_CLIENT_SECRET: DEMO_LOGIN.clientSecret,
    });
    postgres = postgresHere();
    demo = new Demo(() => postgres);
    const report = await demo.start(never);
    admin = await postgres.ready;
    secrets = await readSecrets();
    sample = await Sample.start();
    printed.push(
      startMessage({ ...report, port: 3000, siteUrl: emulator.url }),
    );
  }, 60_000);

  afterAll(async () => {
    await sample?.close();
    await demo?.stop();
    await emulator?.stop();
    environment.restore();
    jest.restoreAllMocks();
  }, 30_000);

  function secretOf(path: string, name: string): string {
    return secrets.get(`${path} ${name}`) as string;
  }

  it('shows the root secrets masked, and the routes', async () => {
    const { status, json } = await sample.ask('/');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      secrets: {
        APP_NAME: mask(secretOf('/', 'APP_NAME')),
        SESSION_SECRET: mask(secretOf('/', 'SESSION_SECRET')),
        LIBRARY_API_KEY: mask(secretOf('/', 'LIBRARY_API_KEY')),
      },
      routes: expect.arrayContaining(['GET /health', 'GET /orders']) as unknown,
    });
  });

  it('gives each feature its own API_KEY', async () => {
    const payments = await sample.ask('/payments');
    const mail = await sample.ask('/mail');
    expect(payments.json).toMatchObject({
      API_KEY: mask(secretOf('/payments', 'API_KEY')),
      WEBHOOK_SECRET: mask(secretOf('/payments', 'WEBHOOK_SECRET')),
    });
    expect(mail.json).toMatchObject({
      API_KEY: mask(secretOf('/mail', 'API_KEY')),
      SMTP_URL: mask(secretOf('/mail', 'SMTP_URL')),
    });
    expect(payments.json.API_KEY).not.toBe(mail.json.API_KEY);
  });

  it('finds the secrets of a tenant when a request comes', async () => {
    const acme = await sample.ask('/tenants/acme');
    expect(acme.json).toEqual({
      folder: '/tenants/acme',
      API_KEY: mask(secretOf('/tenants/acme', 'API_KEY')),
    });
    const globex = await sample.ask('/tenants/globex');
    expect(globex.json.API_KEY).not.toBe(acme.json.API_KEY);
    const nobody = await sample.ask('/tenants/nobody');
    expect(nobody.status).toBe(404);
    const outside = await sample.ask('/tenants/..%2Fmail');
    expect(outside.status).toBe(400);
  });

  it('asks the client for the environments', async () => {
    const { json } = await sample.ask('/environments');
    expect(json).toEqual({ environments: ['dev', 'staging', 'prod'] });
  });

  it('signs with the key of a second root', async () => {
    const { status, json } = await sample.ask('/audit', { text: 'hello' });
    expect(status).toBe(201);
    const key = secretOf('/audit', 'SIGNING_KEY');
    expect(json).toEqual({
      text: 'hello',
      signature: createHmac('sha256', key).update('hello').digest('hex'),
    });
  });

  it('takes a limit that is known before the app exists', async () => {
    const text = 'x'.repeat(70_000);
    const { status } = await sample.ask('/notes', { text });
    expect(status).toBe(413);
  });

  it('gives one login to everything before and in the first root, and one to the second', () => {
    const logins = emulator.requests.filter(({ path }) =>
      path.endsWith('/universal-auth/login'),
    );
    // The demo, this test, and the two roots.
    expect(logins).toHaveLength(4);
  });

  it('uses changed secrets after a refresh, without a restart', async () => {
    await withClient(async (client) => {
      await client.secrets.update('API_KEY', {
        path: '/payments',
        secretValue: 'pay_changed_987654321',
      });
      await client.secrets.update('SMTP_URL', {
        path: '/mail',
        secretValue: 'smtp://mailer:changed@smtp.example.com:25',
      });
      await client.secrets.update('APP_NAME', { secretValue: 'Tea and cake' });
    });
    secrets = await readSecrets();
    for (const folder of [undefined, '/payments', '/mail']) {
      await sample.refresh(folder);
    }
    const payments = await sample.ask('/payments');
    expect(payments.json.API_KEY).toBe('pa***21');
    const mail = await sample.ask('/mail');
    expect(mail.json).toMatchObject({
      SMTP_URL: mask(secretOf('/mail', 'SMTP_URL')),
      connections: 5,
      reconnects: 1,
    });
    const root = await sample.ask('/');
    expect(root.json.secrets).toMatchObject({
      APP_NAME: mask('Tea and cake'),
    });
  });

  it('reports token, scopes and leases at /health', async () => {
    const { status, json } = await sample.ask('/health');
    expect(status).toBe(200);
    const ms = expect.any(Number) as unknown;
    const { infisical } = json.details as { infisical: { scopes: object[] } };
    expect(json.status).toBe('ok');
    expect(infisical).toMatchObject({
      status: 'up',
      state: 'up',
      token: { state: 'ready', expiresInMs: ms },
      leases: [{ name: 'sample-orders', state: 'active', expiresInMs: ms }],
    });
    expect(infisical.scopes).toHaveLength(3);
    for (const path of ['/', '/payments', '/mail']) {
      expect(infisical.scopes).toContainEqual({
        path,
        environment: 'dev',
        recursive: false,
        status: 'ready',
        ageMs: ms,
      });
    }
  });

  it('encrypts and decrypts notes', async () => {
    const text = 'tea at five ☕';
    const encrypted = await sample.ask('/notes', { text });
    expect(encrypted.status).toBe(201);
    expect(encrypted.text).not.toContain(text);
    await expect(
      sample.ask('/notes/decrypt', encrypted.json),
    ).resolves.toMatchObject({ status: 200, json: { text } });
  });

  it.each([
    ['/notes', {}],
    ['/notes', { text: '' }],
    ['/notes', { text: 'x'.repeat(1001) }],
    ['/notes/decrypt', { ciphertext: 'not base64!' }],
    ['/notes/decrypt', { ciphertext: 'aGVsbG8=' }],
    ['/orders', { item: 'tea', quantity: 0 }],
    ['/orders', { item: 'tea', quantity: '2' }],
    ['/orders', { item: '  ', quantity: 2 }],
  ])('answers 400 to POST %s %j', async (path, body) => {
    const { status } = await sample.ask(path, body);
    expect(status).toBe(400);
  });

  it('keeps orders in a real database, as the role of a lease', async () => {
    const order = { item: 'green tea', quantity: 2 };
    await expect(sample.ask('/orders', order)).resolves.toMatchObject({
      status: 201,
      json: order,
    });
    await expect(sample.ask('/orders')).resolves.toMatchObject({
      status: 200,
      json: [order],
    });
    await expect(
      queryAs(admin, 'SELECT item, quantity FROM sample.orders'),
    ).resolves.toEqual([order]);
    await expect(rolesOfLeases(admin)).resolves.toHaveLength(1);
    expect(emulator.leases).toHaveLength(1);
  });

  it('has its upkeep in the scheduler of Nest', () => {
    expect(sample.get(SchedulerRegistry).getTimeouts()).toEqual(
      expect.arrayContaining([
        TOKEN_RENEWAL_TASK,
        SECRETS_REFRESH_TASK,
        expect.stringContaining('sample-orders'),
      ]),
    );
  });

  it('leaves neither role nor lease behind when it closes', async () => {
    await sample.close();
    expect(emulator.leases).toEqual([]);
    await expect(rolesOfLeases(admin)).resolves.toEqual([]);
  });

  it('is provisioned again without touching what is there', async () => {
    await withClient((client) =>
      client.secrets.update('APP_NAME', { secretValue: 'Edited by someone' }),
    );
    environment.set({
      DATABASE_ADMIN_USER: admin.user,
      DATABASE_ADMIN_PASSWORD: admin.password,
    });
    await new Demo(() => postgres).start(never);
    await expect(readSecrets()).resolves.toEqual(
      new Map([...secrets, ['/ APP_NAME', 'Edited by someone']]),
    );
    await expect(
      queryAs(admin, 'SELECT item FROM sample.orders'),
    ).resolves.toHaveLength(1);
  });

  it('never showed a secret', () => {
    const shown = [...sample.shown, ...printed].join('\n');
    const canaries = [
      ...secrets.values(),
      admin.password,
      DEMO_LOGIN.clientSecret,
    ];
    expect(canaries).toHaveLength(13);
    expect(sample.shown.length).toBeGreaterThan(15);
    expect(printed.join()).toContain(`${admin.host}:${admin.port}`);
    // Not toContain: its message would print what it looks for.
    expect(canaries.filter((canary) => shown.includes(canary))).toHaveLength(0);
  });
});
