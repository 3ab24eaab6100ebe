import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DEFAULT_EMULATOR_SEED,
  type EmulatorSeed,
  InfisicalEmulator,
} from 'nestjs-infisical/testing';
import {
  EmulatorHttp,
  errorOf,
  pick,
  PROJECT_ID,
} from '../support/emulator-http.js';

const V4 = '/api/v4/secrets';
const V3 = '/api/v3/secrets/raw';
const dev = { projectId: PROJECT_ID, environment: 'dev' };
const v3dev = { workspaceId: PROJECT_ID, environment: 'dev' };
const guarded = { ...dev, secretPath: '/guarded' };
const [project] = DEFAULT_EMULATOR_SEED.projects;

const SEED: EmulatorSeed = {
  ...DEFAULT_EMULATOR_SEED,
  projects: [
    {
      ...project,
      slug: 'demo',
      environments: ['dev'],
      secrets: [
        { environment: 'dev', values: { A: 'shared', REF: '<${A}>' } },
        { environment: 'dev', path: '/guarded', values: { G: 'g' } },
      ],
      approvalPolicies: [{ environment: 'dev', secretPath: '/guarded' }],
    },
  ],
  users: ['ann', 'bob'].map((name) => ({
    email: `${name}@demo.test`,
    projects: [{ slug: 'demo', role: 'admin' }],
  })),
};

let emulator: InfisicalEmulator;
let http: EmulatorHttp;
let machine: string;

beforeEach(async () => {
  emulator = await InfisicalEmulator.start({ seed: SEED });
  http = new EmulatorHttp(emulator);
  machine = await http.useLogin();
  http.token = emulator.userToken('ann@demo.test');
});
afterEach(() => emulator.stop());

const personal = { ...dev, type: 'personal' };
const override = (value = 'mine', name = 'A') =>
  http.post(`${V4}/${name}`, { ...personal, secretValue: value });

async function list(query: object, base = V4): Promise<string[]> {
  const at = base === V4 ? dev : v3dev;
  const answer = await http.get(base, { ...at, ...query });
  return pick<{ secretKey: string; type: string; secretValue: string }[]>(
    answer,
    'secrets',
  )
    .map((one) => `${one.secretKey} ${one.type} ${one.secretValue}`)
    .sort();
}

const badRequest = (message: string) => ({
  status: 400,
  error: 'BadRequest',
  message,
});

describe('personal secrets', () => {
  it('§2.7 exist only beside a shared secret of the same name', async () => {
    expect(errorOf(await override('x', 'NO'))).toEqual(
      badRequest(
        'Failed to create personal secret override for no corresponding shared secret',
      ),
    );
    const created = await override();
    expect(created.body).toMatchObject({
      secret: { type: 'personal', secretValue: 'mine' },
    });
    expect(errorOf(await override())).toEqual(
      badRequest('Secret already exists'),
    );
  });

  it('§2.7 answers the shared secret unless the personal one is asked for', async () => {
    await override();
    const get = async (query: object) =>
      pick(
        await http.get(`${V4}/A`, { ...dev, ...query }),
        'secret',
        'secretValue',
      );
    expect(await get({})).toBe('shared');
    expect(await get({ type: 'personal' })).toBe('mine');
    http.token = emulator.userToken('bob@demo.test');
    expect(errorOf(await http.get(`${V4}/A`, personal))).toEqual({
      status: 404,
      error: 'NotFound',
      message: "Secret with name 'A' not found",
    });
  });

  it('§2.7 v3 lists both side by side, v4 the shared ones', async () => {
    await override();
    const shared = ['A shared shared', 'REF shared <${A}>'];
    expect(await list({}, V3)).toEqual(['A personal mine', ...shared]);
    expect(await list({ expandSecretReferences: 'false' })).toEqual(shared);
  });

  it('§2.7 includePersonalOverrides puts them in place of the shared, also in references', async () => {
    await override();
    expect(await list({ includePersonalOverrides: 'true' })).toEqual([
      'A personal mine',
      'REF shared <mine>',
    ]);
    expect(await list({})).toEqual(['A shared shared', 'REF shared <shared>']);
    http.token = machine;
    expect(await list({ includePersonalOverrides: 'true' })).toEqual([
      'A shared shared',
      'REF shared <shared>',
    ]);
  });

  it('§2.10 a single get in v4 prefers them in references', async () => {
    await override();
    const answer = await http.get(`${V4}/REF`, dev);
    expect(pick(answer, 'secret', 'secretValue')).toBe('<mine>');
  });

  it('§2.7 keeps the value of an own personal secret in a list without values', async () => {
    await override();
    expect(
      await list({
        includePersonalOverrides: 'true',
        viewSecretValue: 'false',
      }),
    ).toEqual(['A personal mine', 'REF shared <hidden-by-infisical>']);
  });

  it('§2.6 refuses the personal secret of someone else by id', async () => {
    const id = pick(await override(), 'secret', 'id');
    expect((await http.get(`${V4}/id/${id}`)).body).toMatchObject({
      secret: { secretValue: 'mine', type: 'personal' },
    });
    for (const token of [machine, emulator.userToken('bob@demo.test')]) {
      const answer = await http.get(`${V4}/id/${id}`, {}, { token });
      expect(answer.status).toBe(403);
    }
  });

  it('§2.6 names the personal secret that is not there', async () => {
    expect(errorOf(await http.patch(`${V4}/A`, personal))).toEqual({
      status: 404,
      error: 'NotFound',
      message: 'Personal secret with name A not found',
    });
  });

  it('§2.7 changes and deletes them without touching the shared one', async () => {
    await override();
    await http.patch(`${V4}/A`, { ...personal, secretValue: 'new' });
    const old = await http.get(`${V4}/A`, { ...personal, version: '1' });
    expect(pick(old, 'secret', 'secretValue')).toBe('mine');
    expect((await http.delete(`${V4}/A`, personal)).body).toMatchObject({
      secret: { secretValue: 'new', type: 'personal' },
    });
    expect(await list({})).toContain('A shared shared');
  });

  it('§2.7 are not for machines', async () => {
    http.token = machine;
    const create = badRequest('Must be user to create personal secret');
    expect(errorOf(await override())).toEqual(create);
    expect(errorOf(await http.patch(`${V4}/A`, personal))).toEqual(create);
    const drop = badRequest('Must be user to delete personal secret');
    expect(errorOf(await http.delete(`${V4}/A`, personal))).toEqual(drop);
    const secrets = [{ secretKey: 'A', type: 'personal' }];
    expect(
      errorOf(await http.delete(`${V4}/batch`, { ...dev, secrets })),
    ).toEqual(drop);
  });
});

describe('approval policies', () => {
  it('§2.5 answers 200 with an approval, and changes nothing, for users', async () => {
    const value = { secretValue: 'x' };
    const batch = { ...guarded, secrets: [{ secretKey: 'G', ...value }] };
    const answers = [
      await http.post(`${V4}/N`, { ...guarded, ...value }),
      await http.patch(`${V4}/G`, { ...guarded, ...value }),
      await http.delete(`${V4}/G`, guarded),
      await http.patch(`${V4}/batch`, batch),
      await http.delete(`${V4}/batch`, batch),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({
        approval: { status: 'open', hasMerged: false },
      });
      expect(answer.body).not.toHaveProperty('secret');
    }
    expect(await list({ secretPath: '/guarded' })).toEqual(['G shared g']);
  });

  it('§2.5 never sends a machine to approval', async () => {
    http.token = machine;
    const answer = await http.patch(`${V4}/G`, {
      ...guarded,
      secretValue: 'x',
    });
    expect(pick(answer, 'secret', 'secretValue')).toBe('x');
  });

  it('§4 stops users, not machines, from deleting the folder', async () => {
    const drop = () => http.delete('/api/v1/folders/guarded', v3dev);
    expect(errorOf(await drop())).toMatchObject({
      status: 400,
      error: 'DeleteFolderProtectedByPolicy',
    });
    http.token = machine;
    expect((await drop()).status).toBe(200);
  });
});

describe('kinds of tokens', () => {
  it('§3 gives the versions to users only, newest first', async () => {
    await http.patch(`${V4}/A`, { ...dev, secretValue: 'second' });
    const id = pick(await http.get(`${V4}/A`, dev), 'secret', 'id');
    const url = `/api/v1/secret/${id}/secret-versions`;
    const query = { offset: '0', limit: '1' };
    const versions = pick<unknown[]>(
      await http.get(url, query),
      'secretVersions',
    );
    expect(versions).toMatchObject([
      { id, version: 2, secretValue: 'second', secretValueHidden: false },
    ]);
    expect((await http.get(url, { offset: '0' })).status).toBe(422);
    const refused = await http.get(url, query, { token: machine });
    expect(errorOf(refused)).toEqual({
      status: 403,
      error: `Forbidden access to ${url}?offset=0&limit=1`,
      message: 'You are not allowed to access this resource',
    });
  });

  it('§9.4 takes no machine for webhooks', async () => {
    const answer = await http.get(
      '/api/v1/webhooks',
      { projectId: PROJECT_ID },
      { token: machine },
    );
    expect(answer.status).toBe(403);
  });

  it('mints tokens for seeded users only, good for ten days', async () => {
    expect(() => emulator.userToken('eve@demo.test')).toThrow(
      'The emulator has no user "eve@demo.test".',
    );
    const [, payload = ''] = emulator.userToken('ann@demo.test').split('.');
    const claims = JSON.parse(
      Buffer.from(payload, 'base64url').toString(),
    ) as Record<string, number>;
    expect(claims).toMatchObject({ authTokenType: 'accessToken' });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(864_000);
    const renewed = await http.post(
      '/api/v1/auth/token/renew',
      { accessToken: http.token },
      { token: undefined },
    );
    expect(errorOf(renewed)).toEqual(
      badRequest('Token is not an identity access token'),
    );
  });
});
