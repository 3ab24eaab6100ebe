import { describe, expect, it } from '@jest/globals';
import type {
  CreateDynamicSecretOptions,
  DynamicSecretProvider,
  InfisicalClient,
  KmsKey,
  LeaseWithCredentials,
  Redacted,
} from 'nestjs-infisical';

/**
 * What the compiler must say; `npm run typecheck` is the test. Nothing here is
 * run.
 */
export async function accepted(client: InfisicalClient): Promise<unknown[]> {
  const { dynamicSecrets, kms } = client;
  const { leases } = dynamicSecrets;
  const redis = {
    host: 'h',
    port: 6379,
    username: 'u',
    creationStatement: 'c',
    revocationStatement: 'r',
  };
  await dynamicSecrets.create({
    name: 'cache',
    provider: { type: 'redis', inputs: redis },
    defaultTTL: '1h',
  });
  // A type that this package does not know takes any inputs.
  await dynamicSecrets.create({
    name: 'queue',
    provider: { type: 'kafka', inputs: { bootstrapServers: [] } },
    defaultTTL: '1h',
  });
  // A variable of all known types passes, too.
  const options: CreateDynamicSecretOptions = {
    name: 'cache',
    provider: { type: 'redis', inputs: redis },
    defaultTTL: '1h',
  };
  await dynamicSecrets.create(options);
  await dynamicSecrets.update<'redis'>('cache', { inputs: { port: 6380 } });
  await dynamicSecrets.update('cache', { inputs: { anything: true } });

  const sql = await leases.create<'sql-database'>('db', { ttl: '1h' });
  const login: [string, string] = [sql.data.DB_USERNAME, sql.data.DB_PASSWORD];
  const ends: Date = sql.expireAt;
  const ssh = await leases.create<'ssh'>('ssh', {
    config: { principals: ['deploy'] },
  });
  const signed: string = ssh.data.SIGNED_KEY;
  const pods = await leases.create<'kubernetes'>('k8s', {
    config: { namespace: 'apps' },
  });
  const token: string = pods.data.TOKEN;
  const totp = await leases.create<'totp'>('otp');
  const seconds: number | undefined = totp.data.TIME_REMAINING;
  const other: unknown = (await leases.create('any')).data.WHATEVER;
  const material: Redacted<Buffer> = await kms.keys.exportPrivateKey('id');
  return [login, ends, signed, token, seconds, other, material];
}

export async function narrowed(
  provider: DynamicSecretProvider,
  lease: LeaseWithCredentials,
  key: KmsKey,
): Promise<unknown> {
  if (provider.type === 'sql-database') {
    const client: string = provider.inputs.client;
    // @ts-expect-error -- an input of another type
    void provider.inputs.principals;
    return client;
  }
  if (provider.type === 'totp' && provider.inputs.configType === 'url') {
    // @ts-expect-error -- an input of the other form
    void provider.inputs.period;
    return provider.inputs.url;
  }
  if (lease.isOf('ldap')) {
    const names: readonly string[] = lease.data.DN_ARRAY;
    // @ts-expect-error -- a field of another type
    void lease.data.DB_PASSWORD;
    return names;
  }
  const value: unknown = lease.data.DB_PASSWORD;
  // @ts-expect-error -- not known to be a text
  const text: string = lease.data.DB_PASSWORD;
  if (key.keyUsage === 'sign-verify') return key.encryptionAlgorithm;
  // @ts-expect-error -- no such usage
  if (key.keyUsage === 'wrap') return undefined;
  return Promise.resolve([value, text]);
}

export async function refused(client: InfisicalClient): Promise<void> {
  const { dynamicSecrets, kms } = client;
  const { leases } = dynamicSecrets;
  await dynamicSecrets.create({
    name: 'db',
    defaultTTL: '1h',
    // @ts-expect-error -- most of its inputs are missing
    provider: { type: 'sql-database', inputs: { client: 'postgres' } },
  });
  await dynamicSecrets.create({
    name: 'ssh',
    defaultTTL: '1h',
    // @ts-expect-error -- the inputs of another type
    provider: { type: 'ssh', inputs: { configType: 'url', url: 'u' } },
  });
  await dynamicSecrets.create({
    name: 'ssh',
    defaultTTL: '1h',
    // @ts-expect-error -- an input that the type has not
    provider: { type: 'ssh', inputs: { principals: ['a'], principal: 'a' } },
  });
  await dynamicSecrets.create({
    name: 'aws',
    defaultTTL: '1h',
    provider: {
      type: 'aws-iam',
      // @ts-expect-error -- a role is assumed by its name
      inputs: { method: 'assume-role', region: 'r', accessKey: 'a' },
    },
  });
  // @ts-expect-error -- a union of all known types has no unknown one
  const provider: DynamicSecretProvider = { type: 'kafka', inputs: {} };
  void provider;
  // @ts-expect-error -- a port is a number
  await dynamicSecrets.update<'redis'>('cache', { inputs: { port: '1' } });
  // @ts-expect-error -- SSH wants principals
  await leases.create<'ssh'>('ssh');
  // @ts-expect-error -- SSH wants principals
  await leases.create<'ssh'>('ssh', { ttl: '1h' });
  // @ts-expect-error -- a namespace is a text
  await leases.create<'kubernetes'>('k8s', { config: { namespace: 7 } });
  const { data } = await leases.create<'sql-database'>('db');
  // @ts-expect-error -- a field of another type
  void data.TOKEN;
  // @ts-expect-error -- credentials are not changed
  data.DB_PASSWORD = 'other';
  // @ts-expect-error -- a signature is bytes, base64 is not
  await kms.verify('k', 'x', 'base64', { signingAlgorithm: 'ECDSA_SHA_256' });
  // @ts-expect-error -- no such algorithm
  await kms.sign('k', 'x', { signingAlgorithm: 'ES256' });
  // @ts-expect-error -- no such algorithm
  await kms.keys.create({ name: 'k', encryptionAlgorithm: 'rsa-4096' });
}

describe('the types of dynamic secrets and KMS', () => {
  it('are checked by the compiler', () => {
    expect([accepted, narrowed, refused]).toHaveLength(3);
  });
});
