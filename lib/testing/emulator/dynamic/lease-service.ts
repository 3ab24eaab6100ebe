import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { badRequest, databaseError, notFound } from '../http/api-error.js';
import { isUuid, parseTtl } from '../http/schemas.js';
import type { Folder, Project } from '../state/models.js';
import type { Store } from '../state/store.js';
import {
  type DynamicPlace,
  findFolder,
  SUBJECT,
  targetOf,
} from './dynamic-secret-service.js';
import type { LeaseStore } from './lease-store.js';
import { Lease } from './models.js';
import { renderUsername } from './template.js';

interface LeaseRequest extends DynamicPlace {
  readonly dynamicSecretName: string;
  /** Absent or empty: the default TTL of the secret. */
  readonly ttl?: string;
  readonly config?: unknown;
}

/** Leases of dynamic secrets (contract: leases §3). */
export class LeaseService {
  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
    private readonly leases: LeaseStore,
  ) {}

  async create(caller: Caller, request: LeaseRequest) {
    const project = this.access.projectBySlug(caller, request.projectSlug);
    const folder = this.folder(project, request);
    const { dynamicSecretName: name } = request;
    const secret = folder.dynamicSecrets.get(name);
    if (!secret) {
      throw notFound(
        `Dynamic secret with name '${name}' in folder with path '${request.path}' not found`,
      );
    }
    const target = targetOf(request, secret);
    this.access.require(caller, project, 'lease', SUBJECT, target);
    const { defaultTTL, maxTTL, provider } = secret.init;
    const ttl = parseTtl(request.ttl || defaultTTL);
    // Nothing is capped; an unreadable TTL is NaN and passes.
    if (maxTTL && ttl > parseTtl(maxTTL)) {
      throw badRequest('TTL cannot be larger than max TTL');
    }
    const now = this.store.now();
    const expireAt = new Date(now.getTime() + ttl);
    const username = renderUsername(secret.init.usernameTemplate, {
      identityName: caller.identity.name,
      dynamicSecretName: secret.name,
      dynamicSecretType: secret.init.type,
      now: Math.floor(now.getTime() / 1000),
    });
    const { entityId, data } = await provider.create({ expireAt, username });
    const lease = new Lease(secret, entityId, expireAt, request.config, now);
    this.leases.add(lease);
    return { lease: lease.view(), dynamicSecret: secret.view(), data };
  }

  get(caller: Caller, id: string, place: DynamicPlace) {
    const lease = this.find(
      caller,
      id,
      place,
      `Folder with path '${place.path}' not found`,
    );
    return { ...lease.view(), dynamicSecret: lease.dynamicSecret.view() };
  }

  /** Counts from the old `expireAt`, not from now; nothing is capped. */
  async renew(
    caller: Caller,
    id: string,
    request: DynamicPlace & { ttl?: string },
  ) {
    const lease = this.find(caller, id, request);
    const { defaultTTL, maxTTL, provider } = lease.dynamicSecret.init;
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
    await provider.renew(lease.externalEntityId, expireAt);
    lease.expireAt = expireAt;
    lease.updatedAt = this.store.now();
    this.leases.arm(lease);
    return lease.view();
  }

  /** A failed revocation is a success with a status (contract: leases §3.3). */
  async revoke(
    caller: Caller,
    id: string,
    request: DynamicPlace & { isForced: boolean },
  ) {
    const lease = this.find(caller, id, request);
    if (request.isForced) await this.leases.revokeForced(lease);
    else await this.leases.revoke(lease);
    return lease.view();
  }

  private find(
    caller: Caller,
    id: string,
    place: DynamicPlace,
    folderText?: string,
  ): Lease {
    const project = this.access.projectBySlug(caller, place.projectSlug);
    const folder = this.folder(project, place, folderText);
    if (!isUuid(id)) throw databaseError();
    const lease = this.leases.get(id);
    if (lease?.dynamicSecret.init.folder !== folder) {
      throw notFound(`Dynamic secret lease with ID '${id}' not found`);
    }
    const target = targetOf(place, lease.dynamicSecret);
    this.access.require(caller, project, 'lease', SUBJECT, target);
    return lease;
  }

  private folder(
    project: Project,
    place: DynamicPlace,
    text = `Folder with path '${place.path}' in environment with slug '${place.environmentSlug}' not found`,
  ): Folder {
    const folder = findFolder(project, place);
    if (folder) return folder;
    throw notFound(text);
  }
}
