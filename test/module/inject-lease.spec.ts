import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import { Inject, Injectable, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  DynamicLeaseService,
  getLeaseToken,
  InfisicalConfigError,
  InfisicalModule,
  InfisicalNotFoundError,
  InjectLease,
  type LeaseCredentials,
  LeaseRef,
} from 'nestjs-infisical';
import {
  getInfisicalTestingToken,
  InfisicalEmulator,
  InfisicalTesting,
  InfisicalTestingModule,
  VirtualClock,
} from 'nestjs-infisical/testing';
import { demoOptions, failureOf, silenceNest } from '../support/demo.js';
import { DynamicBench } from '../support/dynamic.js';

const SLOW = { overlap: { transaction: '10m' } } as const;

@Injectable()
class Orders {
  readonly user: string;
  @InjectLease('events', { path: '/events' })
  readonly events!: LeaseRef<{ TOKEN: string }>;

  constructor(
    @InjectLease('orders') readonly lease: LeaseRef<'sql-database'>,
    @InjectLease('orders', SLOW) readonly slow: LeaseRef<'sql-database'>,
  ) {
    this.user = lease.current.data.DB_USERNAME;
  }
}

@Injectable()
class Reports {
  constructor(
    @InjectLease('orders') readonly lease: LeaseRef<'sql-database'>,
    @Inject('reports-user') readonly user: string,
  ) {}
}

const reportsUser = {
  provide: 'reports-user',
  inject: [getLeaseToken('orders')],
  useFactory: ({ current }: LeaseRef<'sql-database'>) =>
    current.data.DB_USERNAME,
};

@Injectable()
export class Unused {
  constructor(@InjectLease('nobody-has-it') readonly lease: LeaseRef) {}
}

@Injectable()
class Billing {
  constructor(
    @InjectLease('invoices', { root: 'billing' }) readonly lease: LeaseRef,
  ) {}
}

@Injectable()
class Missing {
  constructor(
    @InjectLease('orders-db') readonly lease: LeaseRef,
    @InjectLease('nope') readonly nope: LeaseRef,
  ) {}
}

const data = (lease: number) => ({
  DB_USERNAME: `user${lease}`,
  DB_PASSWORD: 'p',
});
const LEASES = {
  orders: { data },
  events: { data: { TOKEN: 't' }, path: '/events' },
};

let module: TestingModule | undefined;

beforeAll(silenceNest);
afterEach(async () => {
  await module?.close();
  module = undefined;
});

describe('@InjectLease, with the leases of InfisicalTestingModule', () => {
  async function start(
    clock?: VirtualClock,
    providers: unknown[] = [Orders, Reports, reportsUser],
  ): Promise<TestingModule> {
    module = await Test.createTestingModule({
      imports: [InfisicalTestingModule.forRoot({ leases: LEASES, clock })],
      providers: providers as Type[],
    }).compile();
    return module.init();
  }

  it('has the credentials in the constructor, in properties and in factories', async () => {
    const app = await start();
    const orders = app.get(Orders);
    expect(orders.lease).toBeInstanceOf(LeaseRef);
    expect(orders.user).toBe(orders.lease.current.data.DB_USERNAME);
    expect(orders.events.current.data.TOKEN).toBe('t');
    expect(app.get(Reports).user).toBe(orders.user);
  });

  it('shares a lease among all who want the same one', async () => {
    const app = await start();
    const { lease, slow } = app.get(Orders);
    expect(app.get(Reports).lease.current).toBe(lease.current);
    expect(slow.current).not.toBe(lease.current);
    const more = await app.get(DynamicLeaseService).acquire('orders');
    expect(more.current).toBe(lease.current);
    expect(app.get(InfisicalTesting).leases).toHaveLength(3);
  });

  it('takes none for classes that are not part of the app', async () => {
    const app = await start(undefined, [Reports, reportsUser]);
    const { leases } = app.get(InfisicalTesting);
    expect(leases.map(({ name }) => name)).toEqual(['orders']);
  });

  it('follows rotations, and revokes when the app closes', async () => {
    const clock = new VirtualClock();
    const app = await start(clock, [Reports, reportsUser]);
    const { lease } = app.get(Reports);
    const told: LeaseCredentials<object>[] = [];
    lease.changes$.subscribe((credentials) => told.push(credentials));
    const first = lease.current;
    await clock.advance(3_600_000);
    expect(lease.current.generation).toBe(2);
    expect(lease.current.data).not.toEqual(first.data);
    expect(told).toEqual([lease.current]);
    const testing = app.get(InfisicalTesting);
    await app.close();
    module = undefined;
    expect(testing.leases).toEqual([]);
  });

  it('can be overridden, without a lease', async () => {
    const current = { data: { DB_USERNAME: 'mine', DB_PASSWORD: 'x' } };
    module = await Test.createTestingModule({
      imports: [InfisicalTestingModule.forRoot({ leases: {} })],
      providers: [Reports, reportsUser],
    })
      .overrideProvider(getLeaseToken('orders'))
      .useValue({ current })
      .compile();
    expect(module.get(Reports).user).toBe('mine');
  });

  it('takes it with the login of a named root', async () => {
    module = await Test.createTestingModule({
      imports: [
        InfisicalTestingModule.forRoot({}),
        InfisicalTestingModule.forRoot({
          name: 'billing',
          leases: { invoices: { data: { KEY: 'of billing' } } },
        }),
      ],
      providers: [Billing],
    }).compile();
    const { lease } = module.get(Billing);
    expect(lease.current.data).toMatchObject({ KEY: 'of billing' });
    const billing = module.get<InfisicalTesting>(
      getInfisicalTestingToken('billing'),
    );
    expect(billing.leases).toHaveLength(1);
    expect(module.get(InfisicalTesting).leases).toEqual([]);
  });
});

describe('@InjectLease, at a start that fails', () => {
  let bench: DynamicBench;

  beforeEach(async () => {
    bench = await DynamicBench.start();
  });
  afterEach(() => bench.emulator.stop());

  function boot(emulator: InfisicalEmulator): Promise<TestingModule> {
    return Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(
          demoOptions(emulator, { startup: { minTimeToFailure: false } }),
        ),
      ],
      providers: [Missing],
    }).compile();
  }

  it('tells who wanted what, and leaves no lease behind', async () => {
    await bench.create('orders-db');
    const error = await failureOf(boot(bench.emulator));
    expect(error).toBeInstanceOf(InfisicalNotFoundError);
    expect(error.message).toContain("'nope'");
    expect(error.message).toContain('@InjectLease("nope") in Missing');
    await until(() => bench.emulator.leases.length === 0);
  });

  it('prints the numbers of an overlap that cannot be held', async () => {
    await bench.create('orders-db', undefined, { defaultTTL: '1m' });
    await bench.create('nope');
    const error = await failureOf(boot(bench.emulator));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(/lives 60 s \(TTL\).*90 s are needed/);
    await until(() => bench.emulator.leases.length === 0);
  });
});

describe('getLeaseToken', () => {
  it.each([
    ['', {}, /needs the name of a dynamic secret/],
    ['db', { prove: () => undefined }, /has no option "prove"/],
    ['db', { root: 'no/name' }, /root must be a name/],
  ])('refuses %j with %j', (name, options, message) => {
    const call = (): unknown => getLeaseToken(name, options as never);
    expect(call).toThrow(InfisicalConfigError);
    expect(call).toThrow(message);
  });

  it('is the same for the same options, in any order', () => {
    const one = getLeaseToken('db', { ttl: '1h', path: '/a', root: 'default' });
    expect(getLeaseToken('db', { path: '/a', ttl: '1h' })).toBe(one);
    expect(getLeaseToken('db')).not.toBe(one);
  });
});

/** Lets I/O go on until it is so; Jest's timeout is the limit. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
