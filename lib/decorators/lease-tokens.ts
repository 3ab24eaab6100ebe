import { InfisicalConfigError } from '../common/infisical.error.js';
import { assertKnownOptions } from '../common/known-options.js';
import { rootName, rootToken } from '../common/root-name.js';
import type { AcquireLeaseOptions } from '../leases/dynamic-lease.service.js';

/**
 * Options of `@InjectLease`: those of `DynamicLeaseService#acquire` without
 * `prove`, for which the class takes `LeaseRef#onProof`.
 *
 * @example
 * ```ts
 * const ofOrders: InjectLeaseOptions = {
 *   path: '/orders',
 *   overlap: { transaction: '10s' },
 * };
 *
 * export class Orders {
 *   constructor(@InjectLease('db', ofOrders) readonly lease: LeaseRef) {}
 * }
 * ```
 *
 * @publicApi
 */
export interface InjectLeaseOptions extends Omit<AcquireLeaseOptions, 'prove'> {
  /** Name of the root whose login takes the lease, as in `forRoot({ name })`. Default: the default root. */
  root?: string;
}

/** A lease whose token someone has asked for. */
export interface LeaseToken {
  readonly token: string;
  readonly name: string;
  /** Undefined for the default root. */
  readonly root: string | undefined;
  readonly options: Omit<InjectLeaseOptions, 'root'>;
}

const OPTION_NAMES: readonly (keyof InjectLeaseOptions)[] = [
  'root',
  'ttl',
  'config',
  'mode',
  'overlap',
  'idleTimeout',
  'projectId',
  'projectSlug',
  'environment',
  'path',
];

const tokens = new Map<string, LeaseToken>();

/**
 * Injection token of the `LeaseRef` of a dynamic secret: for the `inject` of a
 * factory, or for `overrideProvider()` in tests. It is the one of
 * `@InjectLease` with the same options. Call it before the app is created, as
 * only modules that are scanned after that have a provider of it.
 *
 * @param name name of the dynamic secret
 * @throws InfisicalConfigError when the name is empty or an option is wrong
 *
 * @example
 * ```ts
 * import { AppModule } from './app.module.js';
 *
 * const current = { data: { DB_USERNAME: 'app', DB_PASSWORD: 'test' } };
 * const module = await Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(getLeaseToken('orders-db'))
 *   .useValue({ current })
 *   .compile();
 * ```
 *
 * @publicApi
 */
export function getLeaseToken(
  name: string,
  options: InjectLeaseOptions = {},
): string {
  if (typeof name !== 'string' || !name.trim()) {
    throw new InfisicalConfigError(
      '@InjectLease needs the name of a dynamic secret, as in @InjectLease("orders-db").',
    );
  }
  const what = `@InjectLease(${name})`;
  assertKnownOptions(options, OPTION_NAMES, what);
  const { root: given, ...rest } = options;
  const root = rootName(given, `${what}: root`);
  const said = OPTION_NAMES.filter(
    (option) => option !== 'root' && rest[option as never] !== undefined,
  ).map((option) => [option, rest[option as never] as unknown]);
  const base = `${rootToken('INFISICAL_LEASE', root)}:${name}`;
  const token = said.length > 0 ? `${base}:${JSON.stringify(said)}` : base;
  tokens.set(token, { token, name, root, options: rest });
  return token;
}

/** The tokens of a root that were asked for by now. */
export function leaseTokensOf(root: string | undefined): LeaseToken[] {
  return [...tokens.values()].filter((one) => one.root === root);
}
