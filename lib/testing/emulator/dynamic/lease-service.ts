import type { Caller } from '../auth/auth-gate.js';
import type { EmulatorContext } from '../context.js';
import { badRequest, databaseError, notFound } from '../http/api-error.js';
import { isUuid, parseTtl } from '../http/schemas.js';
import type { Folder, Project } from '../state/models.js';
import type { DynamicLocator, DynamicPlace } from './dynamic-locator.js';
import { type DynamicSecret, Lease } from './models.js';
import { usernameFor } from './usernames.js';

interface LeaseRequest extends DynamicPlace {
  readonly dynamicSecretName: string;
  /** Absent or empty: the default TTL of the secret. */
  readonly ttl?: string;
  readonly config?: unknown;
}

type Services = Pick<
  EmulatorContext,
  'store' | 'leaseStore' | 'providerFaults' | 'maxLeaseLimit'
>;

/** Leases of dynamic secrets (contract: leases §3). */
export class LeaseService {
  constructor(
    private readonly services: Services,
    private readonly locator: DynamicLocator,
  ) {}

  async create(caller: Caller, request: LeaseRequest) {
    const { store, leaseStore, providerFaults } = this.services;
    const project = this.locator.project(caller, request);
    this.locator.assertPlan('create lease');
    const secret = this.secret(this.folder(project, request), request);
    const { dynamicSecretName: name } = request;
    this.locator.require(caller, project, request, 'lease', name);
    this.assertRoom(secret);
    const { defaultTTL, maxTTL, provider } = secret.settings;
    const ttl = parseTtl(request.ttl || defaultTTL);
    // Nothing is capped; an unreadable TTL is NaN and passes.
    if (maxTTL && ttl > parseTtl(maxTTL)) {
      throw badRequest('TTL cannot be larger than max TTL');
    }
    const now = store.now();
    const expireAt = new Date(now.getTime() + ttl);
    const username = usernameFor(secret, caller, now);
    const { config } = request;
    providerFaults.check('create', name);
    const credential = await provider.create({
      now,
      expireAt,
      username,
      config,
    });
    assertStorable(expireAt);
    const { entityId, data } = credential;
    const lease = new Lease(secret, entityId, expireAt, config, now);
    leaseStore.add(lease);
    return { lease: lease.view(), dynamicSecret: secret.view(), data };
  }

  get(caller: Caller, id: string, place: DynamicPlace) {
    const folderText = `Folder with path '${place.path}' not found`;
    const project = this.locator.project(caller, place);
    const lease = this.find(caller, project, id, place, folderText);
    return { ...lease.view(), dynamicSecret: lease.dynamicSecret.view() };
  }

  /** Counts from the old `expireAt`, not from now; nothing is capped. */
  async renew(
    caller: Caller,
    id: string,
    request: DynamicPlace & { ttl?: string },
  ) {
    const { store, leaseStore, providerFaults } = this.services;
    const project = this.locator.project(caller, request);
    this.locator.assertPlan('renew lease');
    const lease = this.find(caller, project, id, request);
    const { defaultTTL, maxTTL, provider, name } = lease.dynamicSecret.settings;
    const ttl = parseTtl(request.ttl || defaultTTL);
    const expireAt = new Date(lease.expireAt.getTime() + ttl);
    if (maxTTL) {
      const end = lease.createdAt.getTime() + parseTtl(maxTTL);
      if (expireAt.getTime() > end) {
        throw badRequest(
          'The requested renewal would exceed the maximum allowed lease duration. Please choose a shorter TTL',
        );
      }
    }
    providerFaults.check('renew', name);
    await provider.renew(lease.externalEntityId, expireAt);
    assertStorable(expireAt);
    lease.expireAt = expireAt;
    lease.updatedAt = store.now();
    leaseStore.arm(lease);
    return lease.view();
  }

  /** A failed revocation is a success with a status (contract: leases §3.3). */
  async revoke(
    caller: Caller,
    id: string,
    request: DynamicPlace & { isForced: boolean },
  ) {
    const { leaseStore } = this.services;
    const project = this.locator.project(caller, request);
    const lease = this.find(caller, project, id, request);
    if (request.isForced) await leaseStore.revokeForced(lease);
    else await leaseStore.revoke(lease);
    return lease.view();
  }

  private secret(folder: Folder, request: LeaseRequest): DynamicSecret {
    const { dynamicSecretName: name, path } = request;
    const secret = folder.dynamicSecrets.get(name);
    if (secret) return secret;
    throw notFound(
      `Dynamic secret with name '${name}' in folder with path '${path}' not found`,
    );
  }

  private assertRoom({ leases }: DynamicSecret): void {
    const { maxLeaseLimit } = this.services;
    if (maxLeaseLimit === undefined || leases.size < maxLeaseLimit) return;
    throw badRequest(`Max lease limit reached. Limit: ${maxLeaseLimit}`);
  }

  private find(
    caller: Caller,
    project: Project,
    id: string,
    place: DynamicPlace,
    folderText?: string,
  ): Lease {
    const folder = this.folder(project, place, folderText);
    if (!isUuid(id)) throw databaseError();
    const lease = this.services.leaseStore.get(id);
    if (lease?.dynamicSecret.folder !== folder) {
      throw notFound(`Dynamic secret lease with ID '${id}' not found`);
    }
    const { name } = lease.dynamicSecret;
    this.locator.require(caller, project, place, 'lease', name);
    return lease;
  }

  private folder(
    project: Project,
    place: DynamicPlace,
    text = `Folder with path '${place.path}' in environment with slug '${place.environmentSlug}' not found`,
  ): Folder {
    return this.locator.folder(project, place, text);
  }
}

/** The date of a TTL nobody can read cannot be stored (contract: KMS §0.1). */
function assertStorable(date: Date): void {
  if (Number.isNaN(date.getTime())) throw databaseError();
}
