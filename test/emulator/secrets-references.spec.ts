import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  InfisicalEmulator,
  type InfisicalEmulatorOptions,
} from 'nestjs-infisical/testing';
import {
  EmulatorHttp,
  errorOf,
  pick,
  PROJECT_ID,
} from '../support/emulator-http.js';

const V4 = '/api/v4/secrets';
const dev = { projectId: PROJECT_ID, environment: 'dev' };
const [project] = DEFAULT_EMULATOR_SEED.projects;
const [admin] = DEFAULT_EMULATOR_SEED.identities;

/** Each refers to the next one twice: 2^40 leaves. */
const DOUBLING = Object.fromEntries(
  Array.from({ length: 40 }, (_, at) => [
    `X${at}`,
    at === 39 ? 'leaf' : `\${X${at + 1}}\${X${at + 1}}`,
  ]),
);

const SEED: EmulatorSeed = {
  projects: [
    {
      ...project,
      slug: 'demo',
      environments: ['dev'],
      roles: [
        {
          slug: 'no-vault',
          permissions: [
            {
              action: ['describeSecret', 'readValue', 'edit'],
              subject: 'secrets',
            },
            {
              action: ['describeSecret', 'readValue'],
              subject: 'secrets',
              inverted: true,
              conditions: { secretPath: '/vault' },
            },
          ],
        },
      ],
      secrets: [
        {
          environment: 'dev',
          values: {
            PLAIN: 'p',
            REF: '${dev.vault.KEY}',
            OTHER: '<${@other-project.dev.shared.OUT}>',
            CLOSED: '${@other-project.dev.CLOSED}',
            MISSING: 'x-${NOPE}-y',
            A: '${B}',
            B: '${A}',
            SELF: 'p-${SELF}-s',
          },
        },
        { environment: 'dev', path: '/vault', values: { KEY: 'k' } },
        { environment: 'dev', path: '/doubling', values: DOUBLING },
      ],
    },
    {
      slug: 'other-project',
      id: 'other-id',
      environments: ['dev'],
      secrets: [
        {
          environment: 'dev',
          path: '/shared',
          // Both names are known to the project that refers to it.
          values: { OUT: '${PLAIN} and ${dev.vault.KEY}', PLAIN: 'in' },
        },
        { environment: 'dev', values: { CLOSED: 'c' } },
      ],
      sharedFolders: [{ environment: 'dev', path: '/shared', with: 'demo' }],
    },
  ],
  identities: [
    { ...admin, name: 'admin', projects: [{ slug: 'demo', role: 'admin' }] },
    {
      name: 'limited',
      projects: [{ slug: 'demo', role: 'no-vault' }],
      universalAuth: { clientId: 'limited', clientSecret: 's' },
    },
  ],
};

let emulator: InfisicalEmulator;
let http: EmulatorHttp;

async function start(options: InfisicalEmulatorOptions = {}): Promise<void> {
  await emulator.stop();
  emulator = await InfisicalEmulator.start({ seed: SEED, ...options });
  http = new EmulatorHttp(emulator);
  await http.useLogin();
}

async function value(name: string, query: object = {}): Promise<string> {
  const answer = await http.get(`${V4}/${name}`, { ...dev, ...query });
  return pick(answer, 'secret', 'secretValue');
}

beforeEach(async () => {
  emulator = await InfisicalEmulator.start({ seed: SEED });
  http = new EmulatorHttp(emulator);
  await http.useLogin();
});
afterEach(() => emulator.stop());

describe('references to what the caller may not read', () => {
  const text =
    "You do not have permission to read secret 'KEY' in environment 'dev' at path '/vault', which is referenced by secret 'REF' in environment 'dev' at path '/'";

  beforeEach(() => http.useLogin('limited', 's'));

  it('§2.10 fail a single get with 403 and are not left blank', async () => {
    expect(await value('PLAIN')).toBe('p');
    expect(errorOf(await http.get(`${V4}/REF`, dev))).toEqual({
      status: 403,
      error: 'ForbiddenError',
      message: text,
    });
    expect(await value('REF', { expandSecretReferences: 'false' })).toBe(
      '${dev.vault.KEY}',
    );
  });

  it('§2.6 fail a list with all of them in details', async () => {
    const answer = await http.get(V4, dev);
    expect(errorOf(answer)).toEqual({
      status: 403,
      error: 'ForbiddenError',
      message: 'Failed to expand one or more secret references',
    });
    expect(pick<unknown>(answer, 'details')).toEqual([text]);
    const raw = { ...dev, expandSecretReferences: 'false' };
    expect((await http.get(V4, raw)).status).toBe(200);
    const hidden = { ...dev, viewSecretValue: 'false' };
    expect((await http.get(V4, hidden)).status).toBe(200);
  });

  it('§2.10 cannot be written when the secret is there and may not be described', async () => {
    const write = (secretValue: string) =>
      http.patch(`${V4}/PLAIN`, { ...dev, secretValue });
    expect(errorOf(await write('${dev.vault.KEY}'))).toMatchObject({
      status: 403,
      error: 'PermissionDenied',
    });
    // One that leads nowhere is accepted.
    expect((await write('${dev.vault.NONE}')).status).toBe(200);
  });
});

describe('references to another project', () => {
  it('§2.10 stay as they are without the setting of the organization', async () => {
    expect(await value('OTHER')).toBe('<${@other-project.dev.shared.OUT}>');
  });

  it('§2.10 are replaced, but not expanded further, in shared folders only', async () => {
    await start({ crossProjectReferences: true });
    expect(await value('OTHER')).toBe('<${PLAIN} and ${dev.vault.KEY}>');
    expect(await value('CLOSED')).toBe('${@other-project.dev.CLOSED}');
  });
});

describe('references that lead nowhere', () => {
  it.each([
    ['MISSING', 'x-${NOPE}-y', 'x--y'],
    ['A', '${B}', ''],
    ['SELF', 'p-p-${SELF}-s-s', 'p-p--s-s'],
  ])('§2.10 %s stays %s, or turns into "%s"', async (name, kept, emptied) => {
    expect(await value(name)).toBe(kept);
    await start({ missingReferences: 'empty' });
    expect(await value(name)).toBe(emptied);
  });
});

it('stops an expansion that would grow without end', async () => {
  const text = await value('X0', { secretPath: '/doubling' });
  expect(text.length).toBeLessThan(2_000_000);
  expect(await value('X39', { secretPath: '/doubling' })).toBe('leaf');
  expect(await value('X35', { secretPath: '/doubling' })).toBe(
    'leaf'.repeat(16),
  );
});
