import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  InfisicalEmulator,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { createHmac } from 'node:crypto';
import { EmulatorHttp, pick, PROJECT_ID } from '../support/emulator-http.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const URL_PATH = '/api/v1/webhooks';
const V4 = '/api/v4/secrets';
const KEY = 'key of the webhook';
const dev = { projectId: PROJECT_ID, environment: 'dev' };
const [project] = DEFAULT_EMULATOR_SEED.projects;

const SEED: EmulatorSeed = {
  ...DEFAULT_EMULATOR_SEED,
  projects: [
    {
      ...project,
      slug: 'demo',
      name: 'Demo',
      environments: [{ slug: 'dev', name: 'Development' }, 'prod'],
      folders: [
        { environment: 'dev', path: '/app' },
        { environment: 'dev', path: '/app/deep' },
      ],
      secrets: [{ environment: 'dev', values: { A: 'a', B: 'b' } }],
      imports: [
        {
          environment: 'prod',
          path: '/',
          from: { environment: 'dev', path: '/app' },
        },
      ],
    },
  ],
  users: [
    { email: 'ann@demo.test', projects: [{ slug: 'demo', role: 'admin' }] },
  ],
};

let clock: VirtualClock;
let emulator: InfisicalEmulator;
let receiver: WebhookReceiver;
/** A machine that writes. */
let http: EmulatorHttp;
/** A user that manages webhooks. */
let user: EmulatorHttp;

beforeEach(async () => {
  clock = new VirtualClock();
  receiver = await WebhookReceiver.start();
  emulator = await InfisicalEmulator.start({ seed: SEED, clock });
  http = new EmulatorHttp(emulator);
  await http.useLogin();
  user = new EmulatorHttp(emulator);
  user.token = emulator.userToken('ann@demo.test');
});
afterEach(async () => {
  await emulator.stop();
  await receiver.stop();
});

async function create(more: object = {}): Promise<string> {
  const answer = await user.post(URL_PATH, {
    ...dev,
    webhookUrl: receiver.url,
    ...more,
  });
  return pick(answer, 'webhook', 'id');
}

const write = (name: string, at: object = {}, by = http) =>
  by.post(`${V4}/${name}`, { ...dev, secretValue: 'value', ...at });

/** Lets the second pass that writes are gathered in, and what follows. */
async function pass(): Promise<void> {
  await clock.advance(1000);
  await emulator.idle();
}

async function status(): Promise<Record<string, unknown> | undefined> {
  const answer = await user.get(URL_PATH, { projectId: PROJECT_ID });
  return pick<Record<string, unknown>[]>(answer, 'webhooks')[0];
}

describe('deliveries', () => {
  it('§9.3 hold these keys in this order, and no name or value of a secret', async () => {
    await create();
    await write('NEW');
    await pass();
    expect(receiver.deliveries).toHaveLength(1);
    expect(receiver.deliveries[0]).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    expect(receiver.deliveries[0]?.text).toBe(
      JSON.stringify({
        event: 'secrets.modified',
        project: {
          workspaceId: PROJECT_ID,
          projectId: PROJECT_ID,
          projectName: 'Demo',
          environment: 'dev',
          environmentName: 'Development',
          secretPath: '/',
          changedBy: 'emulator',
          changedByActorType: 'identity',
        },
        timestamp: clock.now(),
      }),
    );
  });

  it('§9.2 are signed over the body text, with t=<ms>;<hex>', async () => {
    await create({ webhookSecretKey: KEY });
    await write('NEW');
    await pass();
    const [delivery] = receiver.deliveries;
    const hex = createHmac('sha256', KEY)
      .update(delivery?.text ?? '')
      .digest('hex');
    expect(delivery?.headers['x-infisical-signature']).toBe(
      `t=${clock.now()};${hex}`,
    );
    expect(receiver.bodies[0]?.timestamp).toBe(clock.now());
  });

  it('§9.2 carry no signature without a secret key', async () => {
    await create();
    await write('NEW');
    await pass();
    expect(receiver.deliveries[0]?.headers).not.toHaveProperty(
      'x-infisical-signature',
    );
  });

  it('§9.1 are one for all writes of a folder within a second', async () => {
    await create({ secretPath: '/**' });
    await write('N1');
    await write('N2', {}, user);
    await http.patch(`${V4}/A`, { ...dev, secretValue: 'x' });
    await write('N3', { secretPath: '/app/deep' });
    await clock.advance(999);
    await emulator.idle();
    expect(receiver.deliveries).toEqual([]);
    await clock.advance(1);
    await emulator.idle();
    const paths = receiver.bodies.map(
      (body) => (body.project as Record<string, unknown>).secretPath,
    );
    expect(paths.sort()).toEqual(['/', '/app/deep']);
    await http.delete(`${V4}/A`, dev);
    await pass();
    expect(receiver.deliveries).toHaveLength(3);
  });

  it('§9.1 go by environment, by a glob of the path, and by the filter', async () => {
    await create({ secretPath: '/app/*' });
    await create({ environment: 'prod' });
    await create({
      eventsFilter: [{ eventName: 'secrets.rotation-failed' }],
    });
    await write('N1');
    await write('N2', { secretPath: '/app' });
    await http.post(`${V4}/batch`, {
      ...dev,
      secretPath: '/app/deep',
      secrets: [{ secretKey: 'N3', secretValue: '' }],
    });
    await pass();
    const places = receiver.bodies.map(({ project: at }) => {
      const { environment, secretPath } = at as Record<string, string>;
      return `${environment} ${secretPath}`;
    });
    // prod imports dev:/app, so it has changed as well.
    expect(places.sort()).toEqual(['dev /app/deep', 'prod /']);
  });

  it('go on when the path of another webhook is no glob', async () => {
    await create({ secretPath: '/[z-a]' });
    await create();
    expect((await write('NEW')).status).toBe(200);
    await pass();
    expect(receiver.deliveries).toHaveLength(1);
  });

  it('§9.1 are not made for personal secrets', async () => {
    await create();
    await write('A', { type: 'personal' }, user);
    await pass();
    expect(receiver.deliveries).toEqual([]);
  });

  it('§9.1 are not tried again, and the failure is kept', async () => {
    await create();
    receiver.status = 500;
    await write('NEW');
    await pass();
    await clock.advance(60_000);
    await emulator.idle();
    expect(receiver.deliveries).toHaveLength(1);
    expect(await status()).toMatchObject({
      lastStatus: 'failed',
      lastRunErrorMessage: 'Request failed with status code 500',
    });
  });

  it('end after a disabling, and with the emulator', async () => {
    const id = await create();
    await user.patch(`${URL_PATH}/${id}`, { isDisabled: true });
    await write('N1');
    await pass();
    await user.patch(`${URL_PATH}/${id}`, { isDisabled: false });
    await write('N2');
    await emulator.stop();
    expect(clock.pending).toBe(0);
    await clock.advance(5000);
    expect(receiver.deliveries).toEqual([]);
  });
});

describe('management', () => {
  it('§9.4 answers 200 to a test that fails', async () => {
    const id = await create();
    const test = () => user.post(`${URL_PATH}/${id}/test`);
    expect((await test()).body).toMatchObject({
      webhook: { lastStatus: 'success', lastRunErrorMessage: null },
    });
    expect(Object.keys(receiver.bodies[0] ?? {})).toEqual([
      'event',
      'project',
      'timestamp',
    ]);
    expect(receiver.bodies[0]).toMatchObject({
      event: 'test',
      project: { workspaceId: PROJECT_ID, secretPath: '/' },
    });
    receiver.status = 404;
    const failed = await test();
    expect(failed.status).toBe(200);
    expect(failed.body).toMatchObject({ webhook: { lastStatus: 'failed' } });
  });

  it('delivers to loopback addresses only, unless told otherwise', async () => {
    const id = await create({ webhookUrl: 'http://192.0.2.1/hook' });
    const answer = await user.post(`${URL_PATH}/${id}/test`);
    expect(answer.body).toMatchObject({
      webhook: {
        lastStatus: 'failed',
        lastRunErrorMessage:
          'The emulator delivers webhooks to loopback addresses only',
      },
    });
  });

  it('§9.4 needs something to change, and a URL that is one', async () => {
    const id = await create();
    expect((await user.patch(`${URL_PATH}/${id}`, {})).status).toBe(422);
    const bad = await user.post(URL_PATH, { ...dev, webhookUrl: 'nowhere' });
    expect(bad.status).toBe(422);
  });

  it('§9.4 tells the URL in the list only, and the secret key never', async () => {
    const created = await user.post(URL_PATH, {
      ...dev,
      webhookUrl: receiver.url,
      webhookSecretKey: KEY,
    });
    expect(created.text).not.toContain(receiver.url);
    const list = await user.get(URL_PATH, {
      projectId: PROJECT_ID,
      environment: 'dev',
      secretPath: '/',
    });
    expect(list.text).toContain(receiver.url);
    expect(created.text + list.text).not.toContain(KEY);
  });
});
