import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  dataOf,
  DynamicBench,
  faults,
  leaseId,
  LEASES,
  MINUTE,
  PLACE,
  SECRETS,
} from '../support/dynamic.js';
import { type Answer, errorOf, pick } from '../support/emulator-http.js';
import { badRequest, notFound } from '../support/kms.js';
import { findProgram } from '../support/system-server.js';

let bench: DynamicBench;
beforeAll(async () => {
  bench = await DynamicBench.start();
});
afterAll(() => bench.emulator.stop());

const server = {
  host: 'db.example.com',
  port: 1234,
  username: 'admin',
  password: 'admin-password',
};
const statements = {
  creationStatement: 'CREATE {{username}} {{password}} {{expiration}}',
  revocationStatement: 'DROP {{username}}',
};
const database = { database: 'app' };
const pem = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
    .trim();

/** Inputs of every type that needs nothing behind it, all of them needed. */
const INPUTS: Record<string, object> = {
  'sql-database': { client: 'mssql', ...server, ...database, ...statements },
  clickhouse: { ...server, ...database, ...statements },
  cassandra: { ...server, localDataCenter: 'dc1', ...statements },
  'aws-elasticache': {
    clusterName: 'c',
    accessKeyId: 'a',
    secretAccessKey: 's',
    region: 'r',
    ...statements,
  },
  'aws-memorydb': {
    clusterName: 'c',
    auth: { type: 'iam', accessKeyId: 'a', secretAccessKey: 's' },
    region: 'r',
    ...statements,
  },
  'azure-sql-database': {
    ...server,
    ...database,
    ...statements,
    masterCreationStatement: 'CREATE LOGIN {{username}}',
  },
  'sap-hana': { ...server, ...statements },
  'sap-ase': { ...server, ...database, ...statements },
  vertica: { ...server, ...database, ...statements },
  snowflake: {
    accountId: 'a',
    orgId: 'o',
    username: 'u',
    password: 'p',
    ...statements,
  },
  'mongo-db-atlas': {
    adminPublicKey: 'a',
    adminPrivateKey: 'b',
    groupId: 'g',
    roles: [{ databaseName: 'app', roleName: 'read' }],
    scopes: [],
  },
  'mongo-db': {
    host: 'h',
    username: 'u',
    password: 'p',
    database: 'app',
    roles: ['read'],
  },
  'elastic-search': {
    host: 'h',
    port: 9200,
    roles: ['r'],
    auth: { type: 'user', username: 'u', password: 'p' },
  },
  'rabbit-mq': {
    ...server,
    virtualHost: {
      name: '/',
      permissions: { read: '.*', write: '.*', configure: '.*' },
    },
  },
  milvus: server,
  couchbase: {
    url: 'https://couch.example.com',
    orgId: 'o',
    projectId: 'p',
    clusterId: 'c',
    roles: ['read'],
    auth: { apiKey: 'k' },
  },
  'aws-iam': { accessKey: 'a', secretAccessKey: 's', region: 'eu-central-1' },
  'azure-entra-id': {
    tenantId: 't',
    userId: 'user-1',
    email: 'ada@example.com',
    applicationId: 'a',
    clientSecret: 's',
  },
  ldap: {
    url: 'ldap://ldap.example.com',
    binddn: 'cn=admin',
    bindpass: 'p',
    creationLdif: 'dn: uid={{Username}},dc=example\nchangetype: add',
    revocationLdif: 'dn: uid={{Username}},dc=example\nchangetype: delete',
  },
  'gcp-iam': { serviceAccountEmail: 'app@project.iam.gserviceaccount.com' },
  github: { appId: 1, installationId: 2, privateKey: pem() },
  'ibm-api-connect': {
    clientId: 'a',
    clientSecret: 'b',
    instanceUrl: 'c',
    apiKey: 'd',
    orgId: 'e',
    catalogId: 'f',
    consumerOrgId: 'g',
    appId: 'h',
  },
  tailscale: {
    authType: 'auth_keys',
    auth: { method: 'api_key', apiKey: 'k' },
  },
  totp: { configType: 'manual', secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' },
  kubernetes: {
    credentialType: 'static',
    url: 'https://cluster.example.com',
    clusterToken: 't',
    namespace: 'apps',
    serviceAccountName: 'app',
    audiences: [],
  },
  ssh: { principals: ['deploy', 'root'] },
};

const USER = ['DB_USERNAME', 'DB_PASSWORD'];
const KEYS: Record<string, string[]> = {
  couchbase: ['username', 'password'],
  'aws-iam': ['ACCESS_KEY', 'SECRET_ACCESS_KEY', 'USERNAME'],
  'azure-entra-id': ['email', 'password'],
  ldap: ['USERNAME', 'PASSWORD', 'DN_ARRAY'],
  'gcp-iam': ['SERVICE_ACCOUNT_EMAIL', 'TOKEN'],
  github: ['TOKEN', 'EXPIRES_AT', 'PERMISSIONS', 'REPOSITORY_SELECTION'],
  'ibm-api-connect': ['CLIENT_ID', 'CLIENT_SECRET'],
  tailscale: ['AUTH_KEY', 'KEY_ID'],
  totp: ['TOTP', 'TIME_REMAINING'],
  kubernetes: ['TOKEN'],
  ssh: ['PRIVATE_KEY', 'SIGNED_KEY'],
};

let count = 0;
/** Creates a dynamic secret of a type and gives its name. */
async function make(type: string, more: object = {}): Promise<string> {
  const name = `${type}-${count++}`;
  const inputs = { ...INPUTS[type], ...more };
  const answer = await bench.create(name, { type, inputs });
  if (answer.status !== 200) throw new Error(answer.text);
  return name;
}

function attempt(type: string, more: object): Promise<Answer> {
  const inputs = { ...INPUTS[type], ...more };
  return bench.create('refused', { type, inputs });
}

const config = { config: { principals: ['deploy'] } };
const leased = async (
  type: string,
  more: object = {},
  lease: object = config,
) => bench.lease(await make(type, more), lease);

describe.each(Object.keys(INPUTS))('%s', (type) => {
  it('§2.4 needs its inputs, gives its data and is revoked', async () => {
    const inputs = INPUTS[type] ?? {};
    for (const key of Object.keys(inputs)) {
      const answer = await attempt(type, { [key]: undefined });
      expect(faults(answer)[0]).toMatch(/^provider\.inputs/);
    }
    const name = await make(type);
    const answer = await bench.lease(name, config);
    expect(Object.keys(dataOf(answer))).toEqual(KEYS[type] ?? USER);
    expect(answer.body).toMatchObject({ dynamicSecret: { name, type } });
    const again = await bench.lease(name, config);
    if (type !== 'totp') expect(dataOf(again)).not.toEqual(dataOf(answer));
    const id = leaseId(answer);
    expect((await bench.revoke(id)).body).toMatchObject({
      lease: { status: null },
    });
    expect(errorOf(await bench.renew(id))).toEqual(
      notFound(`Dynamic secret lease with ID '${id}' not found`),
    );
    const read = await bench.read(name);
    expect(pick<object>(read, 'dynamicSecret', 'inputs')).toMatchObject(inputs);
  });
});

describe('a renewal', () => {
  it.each([
    ['github', 'Github dynamic secret does not support renewal'],
    ['tailscale', 'Tailscale dynamic secret does not support renewal'],
  ])('§2.4 is refused by %s', async (type, text) => {
    const id = leaseId(await leased(type));
    expect(errorOf(await bench.renew(id))).toEqual(badRequest(text));
  });

  it.each(['aws-iam', 'gcp-iam', 'ssh', 'totp', 'kubernetes', 'ldap'])(
    '§2.4 of %s moves the expiry and gives no credentials',
    async (type) => {
      const answer = await leased(type);
      const before = Date.parse(pick(answer, 'lease', 'expireAt'));
      const renewed = await bench.renew(leaseId(answer), { ttl: '10m' });
      expect(Object.keys(renewed.body)).toEqual(['lease']);
      expect(Date.parse(pick(renewed, 'lease', 'expireAt'))).toBe(
        before + 10 * MINUTE,
      );
    },
  );
});

describe('the entity of a lease', () => {
  it.each([
    ['azure-entra-id', 'user-1'],
    ['kubernetes', 'app'],
  ])('§2.4 of %s is %s', async (type, entity) => {
    const answer = await leased(type);
    expect(pick(answer, 'lease', 'externalEntityId')).toBe(entity);
  });

  it('§2.4 of a database is the user name', async () => {
    const answer = await leased('mongo-db');
    expect(pick(answer, 'lease', 'externalEntityId')).toBe(
      dataOf(answer)['DB_USERNAME'],
    );
  });
});

describe('aws-iam', () => {
  it('§2.4 adds the method that older clients do not send', async () => {
    const answer = await bench.read(await make('aws-iam'));
    expect(pick(answer, 'dynamicSecret', 'inputs', 'method')).toBe(
      'access-key',
    );
    expect(pick(answer, 'dynamicSecret', 'inputs', 'credentialType')).toBe(
      'iam-user',
    );
    expect(faults(await attempt('aws-iam', { method: 'assume-role' }))).toEqual(
      ['provider.inputs.roleArn: Required'],
    );
  });

  it('§2.4 gives no session below 900 seconds', async () => {
    const name = await make('aws-iam', {
      credentialType: 'temporary-credentials',
    });
    const short = await bench.lease(name, { ttl: '899s' });
    expect(short.status).toBe(400);
    expect(short.body.message).toMatch(
      /^Failed to create temporary credentials: /,
    );
    const answer = await bench.lease(name, { ttl: '900s' });
    expect(Object.keys(dataOf(answer))).toEqual([
      'ACCESS_KEY',
      'SECRET_ACCESS_KEY',
      'SESSION_TOKEN',
    ]);
  });
});

describe('totp', () => {
  it('§2.4 gives the codes of RFC 6238, and a number of seconds', async () => {
    const at = Date.UTC(2005, 2, 18, 1, 58, 29);
    const past = await DynamicBench.start({}, at);
    const codes: unknown[] = [];
    const sha = (bytes: number) =>
      Buffer.from('1234567890'.repeat(7)).subarray(0, bytes);
    const urls = [
      ['SHA1', 20],
      ['SHA256', 32],
      ['SHA512', 64],
    ].map(([algorithm, bytes]) => {
      const secret = base32(sha(Number(bytes)));
      return `otpauth://totp/a?secret=${secret}&digits=8&algorithm=${String(algorithm)}`;
    });
    for (const [index, url] of urls.entries()) {
      const inputs = { configType: 'url', url };
      await past.create(`otp-${index}`, { type: 'totp', inputs });
      codes.push(dataOf(await past.lease(`otp-${index}`)));
    }
    expect(codes).toEqual([
      { TOTP: '07081804', TIME_REMAINING: 1 },
      { TOTP: '68084774', TIME_REMAINING: 1 },
      { TOTP: '25091201', TIME_REMAINING: 1 },
    ]);
    await past.emulator.stop();
  });

  it('needs a secret that can be read', async () => {
    const url = 'otpauth://totp/a?digits=6';
    expect(faults(await attempt('totp', { configType: 'url', url }))).toEqual([
      'provider.inputs.url: OTP URL must contain secret field',
    ]);
    const answer = await attempt('totp', { secret: '!!!' });
    expect(answer.status).toBe(400);
  });
});

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0'));
  return (bits.join('').match(/.{1,5}/g) ?? [])
    .map((five) => parseInt(five.padEnd(5, '0'), 2))
    .map((index) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[index])
    .join('');
}

describe('kubernetes', () => {
  const dynamic = {
    credentialType: 'dynamic',
    namespace: 'apps, jobs',
    roleType: 'role',
    role: 'reader',
  };
  const claims = (answer: Answer) => {
    const [, body = ''] = String(dataOf(answer)['TOKEN']).split('.');
    return JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
  };

  it('§2.4 takes the first namespace, or one of the list', async () => {
    const name = await make('kubernetes', dynamic);
    const first = await bench.lease(name);
    const account = pick(first, 'lease', 'externalEntityId');
    expect(account).toMatch(/^dynamic-secret-sa-[a-z]{10}$/);
    expect(claims(first)).toMatchObject({
      sub: `system:serviceaccount:apps:${account}`,
    });
    const leaseIn = (namespace: string) =>
      bench.http.post(`${LEASES}/kubernetes`, {
        ...PLACE,
        dynamicSecretName: name,
        config: { namespace },
      });
    const second = await leaseIn('jobs');
    expect(claims(second)).toMatchObject({
      sub: expect.stringMatching(/^system:serviceaccount:jobs:/) as unknown,
    });
    expect(second.body).toMatchObject({
      lease: { config: { namespace: 'jobs' } },
    });
    const other = await leaseIn('kube-system');
    expect(other.status).toBe(400);
    expect(other.body.message).toMatch(
      /Namespace kube-system is not allowed\. Allowed namespaces: apps, jobs$/,
    );
    expect((await leaseIn('')).status).toBe(422);
  });

  it('§2.4 gives no token below 600 seconds', async () => {
    const name = await make('kubernetes');
    expect((await bench.lease(name, { ttl: '599s' })).status).toBe(400);
    expect((await bench.lease(name, { ttl: '600s' })).status).toBe(200);
  });

  it('§2.4 by API needs a URL and a token, by gateway a gateway', async () => {
    const none = { url: undefined, clusterToken: undefined };
    expect(faults(await attempt('kubernetes', none))).toHaveLength(2);
    const gateway = { authMethod: 'gateway', ...none };
    expect(faults(await attempt('kubernetes', gateway))).toHaveLength(1);
  });
});

describe('ssh', () => {
  it('§2.4 leases for principals that are asked for and allowed', async () => {
    const name = await make('ssh');
    expect(errorOf(await bench.lease(name))).toEqual(
      badRequest(
        'SSH lease requires at least one principal in config.principals',
      ),
    );
    const others = { config: { principals: ['deploy', 'mallory'] } };
    expect(errorOf(await bench.lease(name, others))).toEqual(
      badRequest('Requested principals not in allowed list: mallory'),
    );
  });

  it('§2.3 shows its authority’s public key alone', async () => {
    const name = await make('ssh');
    const read = await bench.read(name);
    const inputs = pick<Record<string, unknown>>(
      read,
      'dynamicSecret',
      'inputs',
    );
    expect(Object.keys(inputs)).toEqual([
      'principals',
      'keyAlgorithm',
      'caPublicKey',
    ]);
    const id = pick(read, 'dynamicSecret', 'id');
    const key = await bench.http.get(`${SECRETS}/ssh-ca-public-key/${id}`);
    expect(key.body).toEqual({ caPublicKey: inputs['caPublicKey'] });
    const script = await bench.http.get(`${SECRETS}/ssh-ca-setup/${id}`);
    expect(script.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(script.text).toContain(inputs['caPublicKey']);
    // Changing the inputs does not change the authority.
    await bench.update(name, { inputs: { principals: ['root'] } });
    const after = await bench.http.get(`${SECRETS}/ssh-ca-public-key/${id}`);
    expect(after.body).toEqual(key.body);
    const unknown = '99999999-9999-4999-8999-999999999999';
    const missing = await bench.http.get(
      `${SECRETS}/ssh-ca-public-key/${unknown}`,
    );
    expect(missing.status).toBe(404);
    const bad = await bench.http.get(`${SECRETS}/ssh-ca-setup/no-uuid`);
    expect(bad.status).toBe(422);
  });

  const keygen = findProgram('ssh-keygen');
  (keygen ? it : it.skip)(
    'certifies real keys (needs ssh-keygen)',
    async () => {
      const name = await make('ssh');
      const answer = await bench.lease(name, config);
      const { PRIVATE_KEY, SIGNED_KEY } = dataOf(answer) as Record<
        string,
        string
      >;
      const folder = mkdtempSync(join(tmpdir(), 'nestjs-infisical-ssh-'));
      const run = (...args: string[]) =>
        execFileSync(keygen ?? '', args, { cwd: folder }).toString();
      try {
        writeFileSync(join(folder, 'key'), PRIVATE_KEY ?? '', { mode: 0o600 });
        writeFileSync(join(folder, 'key-cert.pub'), `${SIGNED_KEY}\n`);
        const [, own] = run('-y', '-f', 'key').trim().split(' ');
        const listing = run('-L', '-f', 'key-cert.pub');
        const serial = pick(answer, 'lease', 'externalEntityId');
        expect(listing).toMatch(/user certificate/);
        expect(listing).toContain(`Serial: ${serial}`);
        expect(listing).toMatch(/Principals: \n\s+deploy\n/);
        const fingerprint = /Public key: \S+ (SHA256:\S+)/.exec(listing)?.[1];
        writeFileSync(join(folder, 'key.pub'), `ssh-ed25519 ${own}\n`);
        expect(run('-l', '-f', 'key.pub')).toContain(fingerprint);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

describe('ldap', () => {
  it('§2.4 answers an array of entries, rendered', async () => {
    const data = dataOf(await leased('ldap'));
    expect(data['DN_ARRAY']).toEqual([
      `uid=${String(data['USERNAME'])},dc=example`,
    ]);
  });

  it('§2.4 with one user changes the password only', async () => {
    const data = dataOf(
      await leased('ldap', {
        credentialType: 'static',
        rotationLdif: 'dn: cn=app,dc=example\nchangetype: modify',
      }),
    );
    expect(data).toMatchObject({
      USERNAME: 'app',
      DN_ARRAY: ['cn=app,dc=example'],
    });
  });
});

describe('the other types', () => {
  it('§2.4 github lives an hour, whatever the TTL', async () => {
    const answer = await leased('github', {}, { ttl: '5m' });
    expect(dataOf(answer)['EXPIRES_AT']).toBe(
      new Date(bench.clock.now() + 60 * MINUTE).toISOString(),
    );
    expect(dataOf(answer)['PERMISSIONS']).toBeInstanceOf(Object);
    const unreadable = await attempt('github', { privateKey: 'no key' });
    expect(unreadable.body.message).toMatch(
      /^Failed to connect with provider: /,
    );
  });

  it('§2.4 tailscale leases clients as well', async () => {
    const more = { authType: 'oauth_keys', scopes: ['all:read'] };
    const answer = await leased('tailscale', more);
    expect(Object.keys(dataOf(answer))).toEqual(['CLIENT_ID', 'CLIENT_SECRET']);
    expect(
      faults(await attempt('tailscale', { ...more, scopes: [] })),
    ).toHaveLength(1);
  });

  it('§2.4 oracle user names are upper-case, passwords 30 characters', async () => {
    const { DB_USERNAME, DB_PASSWORD } = dataOf(
      await leased('sql-database', { client: 'oracledb' }),
    );
    expect(DB_USERNAME).toMatch(/^[A-Z0-9]{32}$/);
    expect(DB_PASSWORD).toHaveLength(30);
  });

  it('§2.4 holds couchbase passwords to its own rules', async () => {
    const required = { lowercase: 1, uppercase: 1, digits: 1, symbols: 0 };
    const passwordRequirements = { length: 7, required };
    expect(
      faults(await attempt('couchbase', { passwordRequirements })),
    ).toHaveLength(2);
  });

  it('§2.3 refuses a type nobody has', async () => {
    const answer = await bench.create('x', { type: 'oauth', inputs: {} });
    expect(answer.status).toBe(422);
    expect(pick<{ code: string }[]>(answer, 'message')[0]?.code).toBe(
      'invalid_union_discriminator',
    );
  });

  it('§2.2 lists the users of an Entra ID tenant', async () => {
    const path = `${SECRETS}/entra-id/users`;
    const login = { tenantId: 't', applicationId: 'a', clientSecret: 's' };
    const answer = await bench.http.post(path, login);
    const [user] = JSON.parse(answer.text) as Record<string, string>[];
    expect(Object.keys(user ?? {})).toEqual(['name', 'id', 'email']);
    expect((await bench.http.post(path, {})).status).toBe(422);
  });
});
