import { randomUUID } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { toMilliseconds } from '../../common/duration.js';
import { normalizeFolderPath } from '../../http/api-path.js';
import { badRequest, notFound } from '../emulator/http/api-error.js';
import type { MemoryRequest, MemoryRoute } from './memory-transport.js';
import type { TestingDynamicSecret } from './testing-options.js';

interface DynamicSecret extends TestingDynamicSecret {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** How many leases there were. */
  count: number;
}

interface MemoryLease {
  readonly id: string;
  readonly secret: DynamicSecret;
  readonly createdAt: number;
  readonly config: unknown;
  expireAt: number;
}

const BASE = '/api/v1/dynamic-secrets';

/** Dynamic secrets and their leases, with the routes of leases. */
export class MemoryLeases {
  readonly #secrets = new Map<string, DynamicSecret>();
  readonly #leases = new Map<string, MemoryLease>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a dynamic secret, or changes what its next leases are. */
  set(name: string, secret: TestingDynamicSecret): void {
    const { id = randomUUID(), count = 0 } = this.#secrets.get(name) ?? {};
    const createdAt = this.#clock.now();
    this.#secrets.set(name, { ...secret, name, id, createdAt, count });
  }

  /** Leases that were created and not revoked. */
  get active(): readonly { leaseId: string; name: string }[] {
    return [...this.#leases.values()].map(({ id, secret }) => ({
      leaseId: id,
      name: secret.name,
    }));
  }

  get routes(): readonly MemoryRoute[] {
    return [
      {
        method: 'POST',
        path: `${BASE}/leases`,
        answer: (request) => this.create(request),
      },
      {
        method: 'GET',
        path: `${BASE}/:name/leases`,
        answer: ({ params: { name = '' }, query }) => {
          const secret = this.find(name, Object.fromEntries(query));
          const leases = [...this.#leases.values()].filter(
            (lease) => lease.secret.name === secret.name,
          );
          return { body: { leases: leases.map(leaseView) } };
        },
      },
      {
        method: 'GET',
        path: `${BASE}/leases/:id`,
        answer: ({ params: { id = '' } }) => {
          const lease = this.lease(id);
          const dynamicSecret = secretView(lease.secret);
          return { body: { lease: { ...leaseView(lease), dynamicSecret } } };
        },
      },
      {
        method: 'POST',
        path: `${BASE}/leases/:id/renew`,
        answer: ({ params: { id = '' }, body }) => {
          const lease = this.lease(id);
          // Added to the old expiry (contract: leases §3.3).
          const expireAt = lease.expireAt + ttlOf(lease.secret, body.ttl);
          assertWithin(lease.secret, expireAt - lease.createdAt);
          lease.expireAt = expireAt;
          return { body: { lease: leaseView(lease) } };
        },
      },
      {
        method: 'DELETE',
        path: `${BASE}/leases/:id`,
        answer: ({ params: { id = '' } }) => {
          const lease = this.lease(id);
          this.#leases.delete(id);
          return { body: { lease: leaseView(lease) } };
        },
      },
    ];
  }

  private create({ body }: MemoryRequest) {
    const secret = this.find(String(body.dynamicSecretName), body);
    const ttl = ttlOf(secret, body.ttl);
    assertWithin(secret, ttl);
    const createdAt = this.#clock.now();
    const expireAt = createdAt + ttl;
    const { config } = body;
    const data = dataOf(secret, ++secret.count);
    const lease = { id: randomUUID(), secret, createdAt, expireAt, config };
    this.#leases.set(lease.id, lease);
    return {
      body: {
        lease: leaseView(lease),
        dynamicSecret: secretView(secret),
        data,
      },
    };
  }

  private find(
    name: string,
    { environmentSlug, path }: Readonly<Record<string, unknown>>,
  ): DynamicSecret {
    const secret = this.#secrets.get(name);
    const isHere =
      (secret?.environment ?? environmentSlug) === environmentSlug &&
      (secret?.path === undefined ||
        normalizeFolderPath(secret.path) === normalizeFolderPath(String(path)));
    if (secret && isHere) return secret;
    throw notFound(
      `Dynamic secret with name '${name}' in folder with path '${String(path)}' not found`,
    );
  }

  private lease(id: string): MemoryLease {
    const lease = this.#leases.get(id);
    if (lease) return lease;
    throw notFound(`Dynamic secret lease with ID '${id}' not found`);
  }
}

function ttlOf({ defaultTTL = '1h' }: DynamicSecret, ttl: unknown): number {
  return toMilliseconds(typeof ttl === 'string' ? ttl : defaultTTL, 'ttl');
}

function assertWithin({ maxTTL = '24h' }: DynamicSecret, life: number): void {
  if (life <= toMilliseconds(maxTTL, 'maxTTL')) return;
  throw badRequest('TTL cannot be larger than max TTL');
}

function dataOf({ data }: DynamicSecret, lease: number) {
  return typeof data === 'function' ? data(lease) : data;
}

function typeOf({ type, data }: DynamicSecret): string {
  if (type !== undefined) return type;
  const isDatabase =
    typeof data === 'object' && 'DB_USERNAME' in data && 'DB_PASSWORD' in data;
  return isDatabase ? 'sql-database' : 'testing';
}

function leaseView({ id, secret, createdAt, expireAt, config }: MemoryLease) {
  const created = new Date(createdAt).toISOString();
  return {
    id,
    version: 1,
    expireAt: new Date(expireAt).toISOString(),
    createdAt: created,
    updatedAt: created,
    externalEntityId: id,
    dynamicSecretId: secret.id,
    status: null,
    statusDetails: null,
    config: config ?? null,
  };
}

function secretView(secret: DynamicSecret) {
  const { id, name, defaultTTL = '1h', maxTTL = '24h', createdAt } = secret;
  const created = new Date(createdAt).toISOString();
  return {
    id,
    name,
    type: typeOf(secret),
    version: 1,
    defaultTTL,
    maxTTL,
    folderId: id,
    status: null,
    statusDetails: null,
    metadata: [],
    createdAt: created,
    updatedAt: created,
  };
}
