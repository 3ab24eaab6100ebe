import {
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { Inject, Injectable, Module } from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  DynamicLeaseService,
  getInfisicalToken,
  getSecretsToken,
  getSecretToken,
  InfisicalClient,
  InfisicalConfigError,
  InfisicalHttpError,
  InfisicalModule,
  InfisicalNotFoundError,
  InfisicalValidationError,
  KmsService,
  MissingSecretsError,
  Secret,
  type SecretChange,
  SecretsService,
  TokenService,
} from 'nestjs-infisical';
import {
  getInfisicalTestingToken,
  InfisicalTesting,
  InfisicalTestingModule,
  type InfisicalTestingOptions,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { Socket } from 'node:net';
import { inspect } from 'node:util';
import { UndiciTransport } from '../../lib/http/undici.transport.js';
import { failureOf, silenceNest } from '../support/demo.js';

const CANARY = 'canary-71ab';

@Injectable()
class ApiService {
  @Secret('API_KEY') readonly apiKey!: string;
}

@Injectable()
class PaymentsService {
  @Secret('STRIPE_KEY') readonly stripeKey!: string;

  constructor(readonly secrets: SecretsService) {}
}

@Module({
  imports: [InfisicalModule.forFeature({ path: '/payments' })],
  providers: [PaymentsService],
  exports: [PaymentsService],
})
class PaymentsModule {}

const OPTIONS: InfisicalTestingOptions = {
  secrets: { API_KEY: CANARY, '/payments': { STRIPE_KEY: 'sk-test-1' } },
  leases: { 'app-db': { data: { DB_USERNAME: 'u1', DB_PASSWORD: 'p1' } } },
  kms: {
    data: 'aes-256-gcm',
    signer: 'ECC_NIST_P256',
    mac: { algorithm: 'HMAC_SHA_256' },
  },
};

let module: TestingModule | undefined;

async function start(
  options: InfisicalTestingOptions = OPTIONS,
  imports: NonNullable<
    Parameters<typeof Test.createTestingModule>[0]
  >['imports'] = [],
): Promise<TestingModule> {
  module = await Test.createTestingModule({
    imports: [
      InfisicalTestingModule.forRoot(options),
      PaymentsModule,
      ...imports,
    ],
    providers: [ApiService],
  }).compile();
  return module.init();
}

beforeAll(silenceNest);
afterEach(async () => {
  await module?.close();
  module = undefined;
  jest.restoreAllMocks();
});

describe('InfisicalTestingModule', () => {
  it('gives @Secret and SecretsService of the root and of features', async () => {
    const app = await start();
    expect(app.get(ApiService).apiKey).toBe(CANARY);
    const payments = app.get(PaymentsService);
    expect(payments.stripeKey).toBe('sk-test-1');
    expect(payments.secrets.entries()).toEqual([['STRIPE_KEY', 'sk-test-1']]);
    expect(payments.secrets.status).toBe('ready');
    expect(app.get(SecretsService).keys()).toEqual(['API_KEY']);
  });

  it('opens no socket, starts no timer and no task', async () => {
    const fail = (): never => {
      throw new Error('the network was used');
    };
    jest.spyOn(UndiciTransport.prototype, 'send').mockImplementation(fail);
    jest.spyOn(Socket.prototype, 'connect').mockImplementation(fail);
    const timeouts = jest.spyOn(globalThis, 'setTimeout');
    const intervals = jest.spyOn(globalThis, 'setInterval');
    const before = process.getActiveResourcesInfo();
    const app = await start(OPTIONS, [ScheduleModule.forRoot()]);
    const lease = await app.get(DynamicLeaseService).acquire('app-db');
    await app.get(SecretsService).refresh();
    await app.get(KmsService).encrypt('data', 'text');
    expect(process.getActiveResourcesInfo()).toEqual(before);
    expect(timeouts).not.toHaveBeenCalled();
    expect(intervals).not.toHaveBeenCalled();
    const registry = app.get(SchedulerRegistry);
    expect(registry.getTimeouts()).toEqual([]);
    expect(registry.getIntervals()).toEqual([]);
    expect(lease.current.data).toMatchObject({ DB_USERNAME: 'u1' });
    await app.close();
    module = undefined;
    expect(timeouts).not.toHaveBeenCalled();
  });

  it('reports missing secrets as in production, all at once', async () => {
    const failure = await failureOf(start({ secrets: { API_KEYS: CANARY } }));
    expect(failure).toBeInstanceOf(MissingSecretsError);
    const { problems } = failure as MissingSecretsError;
    expect(problems.map(({ name }) => name).sort()).toEqual([
      'API_KEY',
      'STRIPE_KEY',
    ]);
    expect(failure.message).toContain('Did you mean "API_KEYS"');
    expect(failure.message).toContain('/payments');
    expect(failure.message).not.toContain(CANARY);
  });

  it('lets single secrets be overridden, also those that do not exist', async () => {
    module = await Test.createTestingModule({
      imports: [
        InfisicalTestingModule.forRoot({ secrets: { API_KEY: 'memory' } }),
        PaymentsModule,
      ],
      providers: [ApiService],
    })
      .overrideProvider(getSecretToken('STRIPE_KEY', '/payments'))
      .useValue('overridden')
      .compile();
    expect(module.get(PaymentsService).stripeKey).toBe('overridden');
    expect(module.get(ApiService).apiKey).toBe('memory');
  });

  it('has secrets of other environments and projects, by scope', async () => {
    const app = await start({
      ...OPTIONS,
      environment: 'dev',
      scopes: [
        { environment: 'prod', secrets: { API_KEY: 'of prod' } },
        { projectSlug: 'other', path: '/a', secrets: { X: 'of other' } },
      ],
    });
    const secrets = app.get(SecretsService);
    const prod = await secrets.scope({ environment: 'prod' });
    expect(prod.get('API_KEY')).toBe('of prod');
    const other = await secrets.scope({ projectSlug: 'other', path: '/a' });
    expect(other.get('X')).toBe('of other');
    expect((await secrets.scope({ path: '/empty' })).keys()).toEqual([]);
    const all = await secrets.scope({ recursive: true });
    expect(all.keys()).toEqual(['API_KEY', 'STRIPE_KEY']);
    await expect(
      secrets.scope({ projectSlug: 'unknown' }),
    ).rejects.toBeInstanceOf(InfisicalNotFoundError);
  });

  it('has a token that is ready', async () => {
    const token = (await start()).get(TokenService);
    expect(token.state).toBe('ready');
    expect(token.isUsable).toBe(true);
  });
});

describe('InfisicalTesting', () => {
  it('changes a secret, which consumers see after a refresh', async () => {
    const app = await start();
    const payments = app.get(PaymentsService);
    const seen: SecretChange[] = [];
    payments.secrets.changes$.subscribe((change) => seen.push(change));
    const testing = app.get(InfisicalTesting);
    testing.setSecret('STRIPE_KEY', 'sk-test-2', '/payments');
    testing.setSecret('NEW', 'new', { path: '/payments' });
    expect(payments.secrets.get('STRIPE_KEY')).toBe('sk-test-1');
    const changes = await payments.secrets.refresh();
    expect(payments.secrets.get('STRIPE_KEY')).toBe('sk-test-2');
    expect(changes).toEqual(seen);
    expect(changes).toMatchObject([
      {
        name: 'STRIPE_KEY',
        kind: 'updated',
        version: 2,
        previousVersion: 1,
        scope: { environment: 'test', path: '/payments' },
      },
      { name: 'NEW', kind: 'added', version: 1 },
    ]);
    expect(testing.removeSecret('NEW', '/payments')).toBe(true);
    expect(testing.removeSecret('NEW', '/payments')).toBe(false);
    expect(await payments.secrets.refresh()).toMatchObject([
      { name: 'NEW', kind: 'removed' },
    ]);
    expect(await payments.secrets.refresh()).toEqual([]);
  });

  it('gives each app a memory of its own', async () => {
    const shared = InfisicalTestingModule.forRoot(OPTIONS);
    const create = () =>
      Test.createTestingModule({ imports: [shared] }).compile();
    const first = await create();
    first.get(InfisicalTesting).setSecret('API_KEY', 'changed');
    const second = await create();
    expect(second.get(SecretsService).get('API_KEY')).toBe(CANARY);
    await Promise.all([first.close(), second.close()]);
  });

  it('takes writes of the client', async () => {
    const app = await start();
    const client = app.get(InfisicalClient);
    await client.secrets.create('NEW', { secretValue: 'one' });
    await client.secrets.update('NEW', { secretValue: 'two' });
    const secret = await client.secrets.get('NEW');
    expect([secret.secretValue, secret.version]).toEqual(['two', 2]);
    await client.secrets.delete('NEW');
    await expect(client.secrets.get('NEW')).rejects.toBeInstanceOf(
      InfisicalNotFoundError,
    );
    await expect(
      client.secrets.create('API_KEY', { secretValue: 'x' }),
    ).rejects.toBeInstanceOf(InfisicalValidationError);
  });

  it('prints no value', async () => {
    const testing = (await start()).get(InfisicalTesting);
    const printed = [inspect(testing, { depth: 9 }), JSON.stringify(testing)];
    for (const text of printed) expect(text).not.toContain(CANARY);
  });

  it('says what is not covered', async () => {
    const client = (await start()).get(InfisicalClient);
    const failure = await failureOf(client.folders.list());
    expect(failure).toBeInstanceOf(InfisicalConfigError);
    expect(failure.message).toMatch(
      /no answer to GET \/api\/.*folders.*InfisicalEmulator/,
    );
  });
});

describe('leases of InfisicalTestingModule', () => {
  it('are created, shared and revoked when the app closes', async () => {
    const app = await start();
    const leases = app.get(DynamicLeaseService);
    const [one, two] = await Promise.all([
      leases.acquire('app-db'),
      leases.acquire('app-db'),
    ]);
    expect(one.current.leaseId).toBe(two.current.leaseId);
    expect(one.current.data).toMatchObject({ DB_PASSWORD: 'p1' });
    const testing = app.get(InfisicalTesting);
    expect(testing.leases).toEqual([
      { leaseId: one.current.leaseId, name: 'app-db' },
    ]);
    await app.close();
    module = undefined;
    expect(testing.leases).toEqual([]);
  });

  it('are refused as in production', async () => {
    const leases = (
      await start({
        ...OPTIONS,
        leases: { db: { data: { KEY: 'x' }, maxTTL: '2h', path: '/db' } },
      })
    ).get(DynamicLeaseService);
    await expect(leases.acquire('none')).rejects.toBeInstanceOf(
      InfisicalNotFoundError,
    );
    await expect(leases.acquire('db')).rejects.toBeInstanceOf(
      InfisicalNotFoundError,
    );
    await expect(
      leases.acquire('db', { path: '/db', ttl: '3h' }),
    ).rejects.toBeInstanceOf(InfisicalValidationError);
    const lease = await leases.acquire('db', { path: '/db', ttl: '2h' });
    expect(lease.current.data).toMatchObject({ KEY: 'x' });
  });

  it('rotate by a clock that is handed in', async () => {
    const clock = new VirtualClock();
    const app = await start({
      ...OPTIONS,
      clock,
      leases: { db: { data: (lease) => ({ PASSWORD: `p${lease}` }) } },
    });
    const lease = await app.get(DynamicLeaseService).acquire('db');
    expect(lease.current.data).toMatchObject({ PASSWORD: 'p1' });
    await clock.advance(3_600_000);
    expect(lease.current.data).toMatchObject({ PASSWORD: 'p2' });
    expect(app.get(InfisicalTesting).leases).toHaveLength(1);
  });
});

describe('KMS of InfisicalTestingModule', () => {
  it('encrypts and decrypts, also after a rotation', async () => {
    const kms = (await start()).get(KmsService);
    const ciphertext = await kms.encrypt('data', CANARY);
    expect(ciphertext).not.toContain(CANARY);
    const { id } = await kms.keys.getByName('data');
    expect((await kms.keys.rotate(id)).version).toBe(2);
    expect((await kms.decrypt('data', ciphertext)).toString()).toBe(CANARY);
    const later = await kms.encrypt('data', 'later');
    expect((await kms.decrypt(id, later)).toString()).toBe('later');
    const damaged = await failureOf(kms.decrypt('data', ciphertext.slice(4)));
    expect(damaged).toMatchObject({ status: 500 });
    expect(damaged).toBeInstanceOf(InfisicalHttpError);
  });

  it('signs and verifies, messages and digests', async () => {
    const kms = (await start()).get(KmsService);
    const options = { signingAlgorithm: 'ECDSA_SHA_256' } as const;
    const signature = await kms.sign('signer', 'text', options);
    expect(await kms.verify('signer', 'text', signature, options)).toBe(true);
    expect(await kms.verify('signer', 'other', signature, options)).toBe(false);
    const digest = Buffer.alloc(32, 7);
    const ofDigest = { ...options, isDigest: true };
    const signed = await kms.sign('signer', digest, ofDigest);
    expect(await kms.verify('signer', digest, signed, ofDigest)).toBe(true);
  });

  it('makes and verifies authentication codes', async () => {
    const kms = (await start()).get(KmsService);
    const mac = await kms.generateMac('mac', 'text');
    expect(await kms.verifyMac('mac', 'text', mac)).toBe(true);
    expect(await kms.verifyMac('mac', 'other', mac)).toBe(false);
  });

  it('refuses other uses and other keys', async () => {
    const kms = (await start()).get(KmsService);
    await expect(kms.encrypt('signer', 'text')).rejects.toThrow(
      'is for sign-verify, not for encrypt',
    );
    await expect(kms.encrypt('none', 'text')).rejects.toThrow('Name it in');
  });
});

describe('InfisicalTestingModule in an app', () => {
  @Injectable()
  class AuditService {
    constructor(
      @Inject(getSecretsToken({ root: 'audit' }))
      readonly secrets: SecretsService,
    ) {}
  }

  it('is one of several named roots', async () => {
    module = await Test.createTestingModule({
      imports: [
        InfisicalTestingModule.forRoot(OPTIONS),
        InfisicalTestingModule.forRoot({
          name: 'audit',
          secrets: { API_KEY: 'of audit' },
        }),
      ],
      providers: [ApiService, AuditService],
    }).compile();
    expect(module.get(ApiService).apiKey).toBe(CANARY);
    expect(module.get(AuditService).secrets.get('API_KEY')).toBe('of audit');
    const testing = module.get<InfisicalTesting>(
      getInfisicalTestingToken('audit'),
    );
    testing.setSecret('API_KEY', 'changed');
    const { secrets } = module.get(AuditService);
    await secrets.refresh();
    expect(secrets.get('API_KEY')).toBe('changed');
    expect(module.get(getInfisicalToken('audit'))).toBeInstanceOf(
      InfisicalClient,
    );
  });

  it('takes the place of a root that the test can name', async () => {
    const infisical = InfisicalModule.forRoot({
      siteUrl: 'https://nowhere.invalid',
    });
    @Module({ imports: [infisical, PaymentsModule], providers: [ApiService] })
    class AppModule {}
    module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideModule(infisical)
      .useModule(InfisicalTestingModule.forRoot(OPTIONS))
      .compile();
    expect(module.get(ApiService).apiKey).toBe(CANARY);
  });

  it('overrides a root that the test cannot name, and what makes its options', async () => {
    const useFactory = jest.fn(() => ({ siteUrl: 'https://nowhere.invalid' }));
    @Module({
      imports: [
        InfisicalModule.forRootAsync({ useFactory }),
        PaymentsModule,
        ScheduleModule.forRoot(),
      ],
      providers: [ApiService],
    })
    class AppModule {}
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const testing = InfisicalTestingModule.override(builder, OPTIONS);
    module = await builder.compile();
    await module.init();
    expect(useFactory).not.toHaveBeenCalled();
    expect(module.get(ApiService).apiKey).toBe(CANARY);
    expect(module.get(SchedulerRegistry).getTimeouts()).toEqual([]);
    testing.setSecret('API_KEY', 'changed');
    await module.get(SecretsService).refresh();
    expect(module.get(SecretsService).get('API_KEY')).toBe('changed');
  });

  it.each([
    [{ secrets: { PORT: 80 } }, /the value of "PORT" must be a text/],
    [{ secrets: { '/a': { PORT: 80 } } }, /"PORT" must be a text/],
    [{ scopes: [{ secrets: null }] }, /scopes\[0\].secrets must be values/],
    [{ leases: { db: {} } }, /leases\["db"\] must have data/],
    [{ kms: { key: 'aes' } }, /kms\["key"\] must be an algorithm/],
    [{ secret: {} }, /secret/],
  ])('refuses %j', (options, message) => {
    const forRoot = (): unknown =>
      InfisicalTestingModule.forRoot(options as never);
    expect(forRoot).toThrow(InfisicalConfigError);
    expect(forRoot).toThrow(message);
  });
});
