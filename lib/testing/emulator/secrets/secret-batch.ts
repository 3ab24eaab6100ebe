import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Folder, Secret } from '../state/models.js';
import type { Store } from '../state/store.js';
import { approvalOf } from './approvals.js';
import type { SecretChange } from './secret-content.js';
import type { ProjectRef, SecretLocator } from './secret-locator.js';
import type { SecretMutations } from './secret-mutations.js';
import { rawView } from './secret-views.js';
import { ownerOf, secretAt, type SecretWriter } from './secret-writer.js';
import { assertChange } from './write-guard.js';

interface BatchPlace extends ProjectRef {
  readonly environment: string;
  readonly secretPath: string;
}

export interface BatchItem extends SecretChange {
  readonly secretKey: string;
  readonly secretPath?: string;
  readonly type?: 'shared' | 'personal';
}

export type BatchMode = 'failOnNotFound' | 'upsert' | 'ignore';

export interface BatchRequest extends BatchPlace {
  readonly secrets: readonly BatchItem[];
  readonly mode?: BatchMode;
}

/** One write of a batch, and where it goes. */
interface Planned {
  readonly item: BatchItem;
  readonly place: Folder;
  readonly secret: Secret | undefined;
}

/** Batches: everything is checked before anything is written. */
export class SecretBatch {
  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
    private readonly locator: SecretLocator,
    private readonly writer: SecretWriter,
    private readonly mutations: SecretMutations,
  ) {}

  create(caller: Caller, request: BatchRequest) {
    const folder = this.folder(caller, request, 'create');
    const taken = request.secrets.filter((item) =>
      folder.secrets.has(item.secretKey),
    );
    if (taken.length > 0) {
      const keys = taken.map((item) => item.secretKey).join(',');
      throw badRequest(`Secret already exists: ${keys}`);
    }
    assertUnique(request.secrets);
    for (const item of request.secrets) {
      assertChange(this.access, caller, folder, item);
    }
    const approval = approvalOf(this.store, caller, folder);
    if (approval) return { approval };
    const secrets = request.secrets.map((item) =>
      this.mutations.add(folder, item.secretKey, item),
    );
    this.mutations.tell('create', folder, keysOf(secrets), caller);
    return {
      secrets: secrets.map((secret) => rawView(secret, secret.current.value)),
    };
  }

  update(caller: Caller, request: BatchRequest) {
    const folder = this.folder(caller, request, 'edit');
    const { project, slug } = folder.environment;
    const plan = request.secrets.map((item) => {
      const place = item.secretPath
        ? this.locator.batchFolder(project, slug, item.secretPath)
        : folder;
      return { item, place, secret: place.secrets.get(item.secretKey) };
    });
    this.assertPlan(caller, plan, request.mode ?? 'failOnNotFound');
    const approval = approvalOf(this.store, caller, folder);
    if (approval) return { approval };
    const views = plan.map((planned) => this.put(caller, planned, request));
    for (const place of new Set(plan.map((planned) => planned.place))) {
      const here = plan.filter((planned) => planned.place === place);
      const keys = (known: boolean) =>
        here
          .filter(({ secret }) => Boolean(secret) === known)
          .map(({ item, secret }) => secret?.current.key ?? item.secretKey);
      this.mutations.tell('update', place, keys(true), caller);
      if (request.mode === 'upsert') {
        this.mutations.tell('create', place, keys(false), caller);
      }
    }
    return { secrets: views.filter((view) => view !== undefined) };
  }

  delete(caller: Caller, request: BatchRequest) {
    const folder = this.folder(caller, request, 'delete');
    const found = request.secrets
      .map(({ secretKey, type = 'shared' }) =>
        secretAt(folder, secretKey, ownerOf(caller, type, 'delete')),
      )
      .filter((secret): secret is Secret => secret !== undefined);
    if (found.length !== request.secrets.length) {
      // It names those that are there (contract: secrets §2.6).
      const keys = keysOf(found).join(',');
      throw notFound(`One or more secrets does not exist: ${keys}`);
    }
    const shared = found.filter(({ owner }) => owner === undefined);
    const approval =
      shared.length > 0 ? approvalOf(this.store, caller, folder) : undefined;
    if (approval) return { approval };
    for (const secret of found) this.mutations.remove(secret);
    this.mutations.tell('delete', folder, keysOf(shared), caller);
    return {
      secrets: found.map((secret) => this.writer.deletedView(caller, secret)),
    };
  }

  private put(
    caller: Caller,
    { item, place, secret }: Planned,
    { mode }: BatchRequest,
  ) {
    if (secret) {
      this.mutations.change(secret, item);
      return this.writer.changedView(caller, secret, item);
    }
    if (mode !== 'upsert') return undefined;
    const change = { ...item, newSecretName: undefined };
    const added = this.mutations.add(place, item.secretKey, change);
    return this.writer.changedView(caller, added, item);
  }

  private assertPlan(
    caller: Caller,
    plan: readonly Planned[],
    mode: BatchMode,
  ): void {
    const missing = plan.filter(({ secret }) => !secret);
    if (missing.length > 0 && mode === 'failOnNotFound') {
      const keys = missing.map(({ item }) => item.secretKey).join(', ');
      const path = missing[0]?.place.path;
      throw notFound(`Secret does not exist: ${keys} in path ${path}`);
    }
    if (mode === 'upsert') {
      for (const { item, place } of missing) {
        const { project, slug } = place.environment;
        this.access.require(caller, project, 'create', 'secrets', {
          environment: slug,
          secretPath: place.path,
          secretName: item.secretKey,
        });
      }
      for (const place of new Set(missing.map((one) => one.place))) {
        const here = missing.filter((one) => one.place === place);
        assertUnique(here.map(({ item }) => item));
      }
    }
    const newNames = new Set<string>();
    for (const { item, place } of plan) {
      assertChange(this.access, caller, place, item);
      if (!item.newSecretName) continue;
      const target = `${place.id}:${item.newSecretName}`;
      if (place.secrets.has(item.newSecretName) || newNames.has(target)) {
        throw badRequest('Secret with the new name already exists');
      }
      newNames.add(target);
    }
  }

  private folder(
    caller: Caller,
    request: BatchRequest,
    action: string,
  ): Folder {
    const project = this.locator.project(caller, request);
    const { environment } = request;
    for (const {
      secretKey,
      secretPath = request.secretPath,
    } of request.secrets) {
      this.access.require(caller, project, action, 'secrets', {
        environment,
        secretPath,
        secretName: secretKey,
      });
    }
    const { secretPath } = request;
    return this.locator.batchFolder(project, environment, secretPath);
  }
}

function assertUnique(items: readonly BatchItem[]): void {
  const keys = items.map((item) => item.secretKey);
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
  if (twice.length > 0) {
    throw badRequest(`Secret already exists: ${twice.join(',')}`);
  }
}

function keysOf(secrets: readonly Secret[]): string[] {
  return secrets.map(({ current }) => current.key);
}
