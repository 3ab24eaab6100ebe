import { afterEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import {
  InfisicalClient,
  type InfisicalClientOptions,
  InfisicalHttpError,
  InfisicalModule,
  SecretsService,
  type Transport,
} from 'nestjs-infisical';
import { InfisicalEmulator, type EmulatorSeed } from 'nestjs-infisical/testing';
import { UndiciTransport } from '../../lib/http/undici.transport.js';
import {
  demoOptions,
  failureOf,
  seedWith,
  silenceNest,
} from '../support/demo.js';

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(seed: EmulatorSeed): Promise<InfisicalEmulator> {
  const emulator = await InfisicalEmulator.start({ seed });
  ends.push(() => emulator.stop());
  return emulator;
}

function clientOf(
  emulator: InfisicalEmulator,
  more: InfisicalClientOptions = {},
): InfisicalClient {
  const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
  const client = new InfisicalClient({
    ...{ siteUrl, auth, projectId, environment },
    ...more,
  });
  ends.push(() => client.close());
  return client;
}

describe('a secret', () => {
  it('has a value of its own in each project, environment and folder', async () => {
    const client = clientOf(await start(seedWith({ '/': {}, '/mail': {} })));
    const other = await client.projects.create({
      name: 'Other',
      slug: 'other-one',
    });
    const places = [
      {},
      { path: '/mail' },
      { environment: 'prod' },
      { projectId: other.id },
      { projectId: other.id, environment: 'staging' },
    ];
    for (const [index, place] of places.entries()) {
      await client.secrets.create('A', { secretValue: `${index}`, ...place });
    }
    await client.secrets.update('A', {
      secretValue: 'changed',
      ...places[2],
    });
    await client.secrets.delete('A', places[3]);
    const values = async (): Promise<string[]> => {
      const found: string[] = [];
      for (const place of places) {
        const [secret] = await client.secrets.list(place);
        found.push(secret?.secretValue ?? 'none');
      }
      return found;
    };
    expect(await values()).toEqual(['0', '1', 'changed', 'none', '4']);
    const bySlug = await client.secrets.get('A', {
      projectSlug: 'other-one',
      environment: 'staging',
    });
    expect(bySlug.secretValue).toBe('4');
  });

  it('gets other metadata in an update, and recipients of its reminder', async () => {
    const emulator = await start(seedWith({ '/': { A: 'a' } }));
    const inner = new UndiciTransport(new URL(emulator.url));
    const bodies: unknown[] = [];
    const transport: Transport = {
      send: (request) => {
        if (request.body) bodies.push(JSON.parse(request.body));
        return inner.send(request);
      },
      close: () => inner.close(),
    };
    const client = clientOf(emulator, { transport });
    await client.secrets.update('A', {
      secretMetadata: [{ key: 'owner', value: 'mail' }],
      secretReminderNote: 'rotate',
      secretReminderRepeatDays: 30,
      secretReminderRecipients: ['user-1', 'user-2'],
    });
    expect(bodies.at(-1)).toMatchObject({
      secretReminderRecipients: ['user-1', 'user-2'],
    });
    await client.secrets.update('A', {
      secretMetadata: [{ key: 'owner', value: 'payments' }],
    });
    const secret = await client.secrets.get('A');
    expect(secret).toMatchObject({
      secretValue: 'a',
      secretMetadata: [{ key: 'owner', value: 'payments' }],
      secretReminderNote: 'rotate',
      secretReminderRepeatDays: 30,
    });
  });

  it('of a folder with a policy is not said to be written before the approval', async () => {
    const { projects, identities } = seedWith({ '/': { A: 'a' } });
    const emulator = await start({
      identities,
      projects: projects.map((project) => ({
        ...project,
        approvalPolicies: [{ environment: 'dev' }],
      })),
      users: [
        { email: 'ann@x.io', projects: [{ slug: 'demo', role: 'admin' }] },
      ],
    });
    const ann = clientOf(emulator, {
      auth: { accessToken: emulator.userToken('ann@x.io') },
    });
    const writes = [
      ann.secrets.create('B', { secretValue: 'b' }),
      ann.secrets.update('A', { secretValue: 'b' }),
      ann.secrets.delete('A'),
      ann.secrets.createMany([{ secretKey: 'B', secretValue: 'b' }]),
    ];
    for (const write of writes) {
      const error = await failureOf(write);
      expect(error).toBeInstanceOf(InfisicalHttpError);
      expect(error).toMatchObject({ code: 'ApprovalRequired' });
      expect(error.message).toMatch(/Approve the request in Infisical/);
    }
    const [only, ...rest] = await ann.secrets.list();
    expect([only?.secretKey, only?.secretValue, rest]).toEqual(['A', 'a', []]);
  });
});

describe('values without a request', () => {
  it('come one by one, all at once, and at the time of the call', async () => {
    silenceNest();
    const emulator = await start(seedWith({ '/': { B: '2', A: '1' } }));
    const module = await Test.createTestingModule({
      imports: [InfisicalModule.forRoot(demoOptions(emulator))],
      providers: [{ provide: 'USER', useFactory: (s: SecretsService) => s, inject: [SecretsService] }], // prettier-ignore
    }).compile();
    ends.push(() => module.close());
    await module.init();
    const secrets = module.get<SecretsService>('USER');
    emulator.clearRequests();
    const value: string | undefined = secrets.get('A');
    expect(value).toBe('1');
    expect(Object.fromEntries(secrets.entries())).toEqual({ A: '1', B: '2' });
    expect(secrets.keys()).toEqual(['A', 'B']);
    expect(secrets.get('NOPE')).toBeUndefined();
    expect(() => secrets.getOrThrow('NOPE')).toThrow(/NOPE/);
    expect(emulator.requests).toEqual([]);
  });
});
