import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  InfisicalEmulator,
} from 'nestjs-infisical/testing';
import { stringify } from 'yaml';
import { readOptions } from '../../lib/testing/emulator/cli-options.js';
import { EmulatorHttp, pick } from '../support/emulator-http.js';

const started: InfisicalEmulator[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});

async function start(seed: EmulatorSeed | string): Promise<InfisicalEmulator> {
  const emulator = await InfisicalEmulator.start({ seed });
  started.push(emulator);
  return emulator;
}

const failure = async (seed: string): Promise<string> => {
  const error = await start(seed).catch((one: Error) => one);
  expect(error).toMatchObject({ name: 'InfisicalConfigError' });
  return (error as Error).message;
};

describe('a seed as text', () => {
  it('is YAML or JSON', async () => {
    for (const text of [
      stringify(DEFAULT_EMULATOR_SEED),
      JSON.stringify(DEFAULT_EMULATOR_SEED),
    ]) {
      const http = new EmulatorHttp(await start(text));
      await http.useLogin();
    }
  });

  it.each<[string, string, string]>([
    [
      'a value',
      'projects:\n  - slug: Not A Slug\n    environments: [dev]\nidentities: []\n',
      'line 2, column 5: seed.projects.0.slug: must be lower-case',
    ],
    [
      'an unknown key',
      'projects:\n  - slug: demo\n    environments: []\n    colour: 1\nidentities: []\n',
      'line 4, column 5: seed.projects.0: unknown key colour',
    ],
    [
      'a missing key',
      'projects:\n  - name: Demo\nidentities: []\n',
      'line 2, column 5: seed.projects.0.slug: Required',
    ],
    [
      'a name that leads nowhere',
      'projects:\n  - slug: demo\n    environments: [dev]\nidentities:\n  - name: me\n    projects:\n      - slug: other\n        role: admin\n',
      'line 7, column 9: seed.identities.0.projects.0.slug: no project "other"',
    ],
    [
      'a role that is not there',
      'projects:\n  - slug: demo\n    environments: [dev]\nidentities:\n  - name: me\n    projects:\n      - { slug: demo, role: boss }\n',
      'line 7, column 23: seed.identities.0.projects.0.role: project "demo" has no role "boss"',
    ],
    [
      'JSON',
      '{\n  "projects": [\n    { "slug": 7, "environments": [] }\n  ],\n  "identities": []\n}\n',
      'line 3, column 7: seed.projects.0.slug: Expected string',
    ],
    ['a text', 'nothing', 'line 1, column 1: seed: Expected object'],
  ])('tells the place of %s', async (_name, text, message) => {
    expect(await failure(text)).toContain(message);
  });

  it('tells every place', async () => {
    const text = await failure('projects: 1\nidentities: 2\n');
    expect(text).toContain('line 1, column 1: seed.projects:');
    expect(text).toContain('line 2, column 1: seed.identities:');
  });

  it('tells where YAML is broken, and never what is there', async () => {
    const text = await failure('projects: []\nsecret: "hunter2\n- x: [\n');
    expect(text).toMatch(/line \d+, column \d+: [A-Z_]+/);
    expect(text).not.toContain('hunter2');
    expect(await failure('projects: *nowhere\n')).not.toContain('nowhere');
  });

  it('tells what is wrong with a provider of a dynamic secret', async () => {
    const text = await failure(`projects:
  - slug: demo
    environments: [dev]
    dynamicSecrets:
      - environment: dev
        name: db
        defaultTTL: 1h
        provider:
          type: sql-database
          inputs:
            port: many
identities: []
`);
    expect(text).toContain(
      'line 11, column 13: seed.projects.0.dynamicSecrets.0.provider.inputs.port:',
    );
  });

  it('tells what is wrong with a permission', async () => {
    const seed = (permission: object) =>
      stringify({
        projects: [
          {
            slug: 'demo',
            environments: [],
            roles: [{ slug: 'r', permissions: [permission] }],
          },
        ],
        identities: [],
      });
    const at = 'seed.projects.0.roles.0.permissions.0';
    expect(await failure(seed({ action: 'read', subject: 'cows' }))).toContain(
      `${at}: unknown subject "cows"`,
    );
    expect(
      await failure(seed({ action: 'milk', subject: 'secrets' })),
    ).toContain(`${at}: unknown action "milk" on secrets`);
    expect(
      await failure(
        seed({
          action: 'read',
          subject: 'secrets',
          conditions: { planet: 'earth' },
        }),
      ),
    ).toContain(`${at}.conditions: unknown key planet`);
  });
});

it('the seed in the documentation is one', async () => {
  const page = new URL('../../lib/testing/emulator/README.md', import.meta.url);
  const text = readFileSync(page, 'utf8');
  const [, seed = ''] = /```yaml\n(.*?)```/s.exec(text) ?? [];
  const emulator = await start(seed);
  expect(emulator.exportState()).toMatchObject({
    projects: [{ slug: 'shop', kmsKeys: [{}], dynamicSecrets: [{}] }],
    identities: [{ name: 'shop-api' }],
    users: [{}],
    serviceTokens: [{ name: 'ci' }],
  });
});

describe('the exported state', () => {
  const seed: EmulatorSeed = {
    subOrganizations: [{ slug: 'sub', name: 'Sub' }],
    projects: [
      {
        slug: 'one',
        name: 'One',
        description: 'the first',
        environments: [{ slug: 'dev', name: 'Development' }, 'prod'],
        roles: [
          {
            slug: 'reader',
            permissions: [
              {
                action: ['describeSecret', 'readValue'],
                subject: 'secrets',
                conditions: { secretPath: { $glob: '/app/**' } },
              },
            ],
          },
        ],
        tags: [{ slug: 'blue', color: '#00f' }],
        folders: [
          { environment: 'dev', path: '/empty/deep', description: 'why' },
        ],
        secrets: [
          {
            environment: 'dev',
            path: '/app',
            values: {
              PLAIN: 'x',
              RICH: {
                value: 'y\n',
                comment: 'c',
                skipMultilineEncoding: true,
                metadata: [{ key: 'k', value: 'v', isEncrypted: true }],
                tags: ['blue'],
              },
            },
          },
        ],
        imports: [
          {
            environment: 'prod',
            path: '/',
            from: { environment: 'dev', path: '/app' },
          },
        ],
        kmsKeys: [{ name: 'aes' }, { name: 'ec', algorithm: 'ECC_NIST_P256' }],
        dynamicSecrets: [
          {
            environment: 'dev',
            path: '/app',
            name: 'shell',
            provider: { type: 'ssh', inputs: { principals: ['root'] } },
            defaultTTL: '1h',
            maxTTL: '2h',
            metadata: [{ key: 'team', value: 'a' }],
          },
        ],
        sharedFolders: [{ environment: 'dev', path: '/app', with: 'two' }],
      },
      { slug: 'two', environments: ['dev'] },
    ],
    identities: [
      {
        name: 'admin',
        projects: [
          { slug: 'one', role: 'admin' },
          { slug: 'two', role: 'viewer' },
        ],
        universalAuth: { clientId: 'a', clientSecret: 'secret-a' },
      },
      {
        name: 'reader',
        projects: [{ slug: 'one', role: 'reader' }],
        universalAuth: { clientId: 'b', clientSecret: 'secret-b' },
        awsAuth: { allowedAccountIds: '1,2' },
      },
    ],
    serviceTokens: [
      {
        secret: 'abcd',
        name: 'token',
        project: 'one',
        scopes: [{ environment: 'dev', secretPath: '/' }],
        permissions: ['read'],
        expiresIn: 1000,
      },
    ],
    users: [{ email: 'a@b.cd', projects: [{ slug: 'two', role: 'admin' }] }],
  };

  it('is a seed from which another emulator goes on', async () => {
    const first = await start(seed);
    const http = new EmulatorHttp(first);
    await http.useLogin('a', 'secret-a');
    const project = await http.get('/api/v1/projects/slug/one');
    const projectId = pick(project, 'id');
    const dev = { projectId, environment: 'dev', secretPath: '/app' };
    await http.post('/api/v4/secrets/NEW', { ...dev, secretValue: 'new' });
    const keyId = async (name: string, from: EmulatorHttp) =>
      pick(
        await from.get(`/api/v1/kms/keys/key-name/${name}`, { projectId }),
        'key',
        'id',
      );
    const aes = `/api/v1/kms/keys/${await keyId('aes', http)}`;
    await http.post(`${aes}/rotate`);
    const data = Buffer.from('hello').toString('base64');
    const encrypted = await http.post(`${aes}/encrypt`, { plaintext: data });
    const ec = `/api/v1/kms/keys/${await keyId('ec', http)}`;
    const signing = { signingAlgorithm: 'ECDSA_SHA_256', data };
    const signed = await http.post(`${ec}/sign`, signing);

    const state = first.exportState();
    const second = await start(JSON.stringify(state));
    expect(second.exportState()).toEqual(state);
    const next = new EmulatorHttp(second);
    await next.useLogin('b', 'secret-b');
    const read = await next.get('/api/v4/secrets/RICH', dev);
    expect(read.body.secret).toMatchObject({
      secretValue: 'y\n',
      secretComment: 'c',
      skipMultilineEncoding: true,
      secretMetadata: [{ key: 'k', value: 'v', isEncrypted: true }],
      tags: [{ slug: 'blue', color: '#00f' }],
    });
    const refused = await next.get('/api/v4/secrets', {
      ...dev,
      secretPath: '/empty',
    });
    expect(refused.status).toBe(403);
    await next.useLogin('a', 'secret-a');
    const imported = await next.get('/api/v4/secrets/NEW', {
      projectId,
      environment: 'prod',
    });
    expect(pick(imported, 'secret', 'secretValue')).toBe('new');
    const leased = await next.post('/api/v1/dynamic-secrets/leases', {
      projectSlug: 'one',
      environmentSlug: 'dev',
      path: '/app',
      dynamicSecretName: 'shell',
      config: { principals: ['root'] },
    });
    expect(Object.keys(pick(leased, 'data'))).toContain('SIGNED_KEY');
    const decrypted = await next.post(`${aes}/decrypt`, {
      ciphertext: pick(encrypted, 'ciphertext'),
    });
    expect(pick(decrypted, 'plaintext')).toBe(data);
    const verified = await next.post(`${ec}/verify`, {
      ...signing,
      signature: pick(signed, 'signature'),
    });
    expect(verified.body.signatureValid).toBe(true);
  });

  it('is the default seed of a fresh emulator, with everything said', async () => {
    const state = (await start(DEFAULT_EMULATOR_SEED)).exportState();
    expect(state).toMatchObject({
      projects: [{ slug: 'demo', environments: [{}, {}, {}] }],
      identities: [DEFAULT_EMULATOR_SEED.identities[0] ?? {}],
    });
    // A copy: changing it changes nothing.
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it('needs an emulator that was started', () => {
    expect(() => new InfisicalEmulator().exportState()).toThrow(/start\(\)/);
  });
});

describe('the flags of the command line', () => {
  it('are those of the options', async () => {
    const flags =
      '--port 1 --host ::1 --generation gen1 --secrets-api v3 --kms k1 --control --missing-references empty --cross-project-references --no-event-subscriptions --external-webhooks --max-lease-limit 3 --cloud pro';
    expect(await readOptions(flags.split(' '))).toEqual({
      port: 1,
      host: '::1',
      generation: 'gen1',
      secretsApi: 'v3',
      kms: 'k1',
      control: true,
      missingReferences: 'empty',
      crossProjectReferences: true,
      plan: { eventSubscriptions: false },
      externalWebhooks: true,
      maxLeaseLimit: 3,
      cloud: { plan: 'pro' },
    });
    expect(await readOptions([])).toEqual({});
  });
});
