import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Folder, Secret } from '../state/models.js';
import type { SecretChange } from './secret-content.js';
import type { ProjectRef, SecretLocator } from './secret-locator.js';
import { rawView } from './secret-views.js';
import type { SecretWriter } from './secret-writer.js';

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

/** Batches: everything is checked before anything is written. */
export class SecretBatch {
  constructor(
    private readonly access: AccessControl,
    private readonly locator: SecretLocator,
    private readonly writer: SecretWriter,
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
    assertNoTags(request.secrets);
    const secrets = request.secrets.map((item) =>
      this.writer.add(folder, item.secretKey, item),
    );
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
    const missing = plan.filter(({ secret }) => !secret);
    const { mode = 'failOnNotFound' } = request;
    if (missing.length > 0 && mode === 'failOnNotFound') {
      const keys = missing.map(({ item }) => item.secretKey).join(', ');
      const path = missing[0]?.place.path;
      throw notFound(`Secret does not exist: ${keys} in path ${path}`);
    }
    if (missing.length > 0 && mode === 'upsert') {
      for (const { item, place } of missing) {
        this.access.require(caller, project, 'create', 'secrets', {
          environment: slug,
          secretPath: place.path,
          secretName: item.secretKey,
        });
      }
    }
    const newNames = new Set<string>();
    for (const { item, place } of plan) {
      if (!item.newSecretName) continue;
      const target = `${place.id}:${item.newSecretName}`;
      if (place.secrets.has(item.newSecretName) || newNames.has(target)) {
        throw badRequest('Secret with the new name already exists');
      }
      newNames.add(target);
    }
    assertNoTags(request.secrets);
    const changed = plan.flatMap(({ item, place, secret }) => {
      if (secret) {
        this.writer.change(secret, item);
        return [this.writer.changedView(secret, item)];
      }
      if (mode !== 'upsert') return [];
      const added = this.writer.add(place, item.secretKey, {
        ...item,
        newSecretName: undefined,
      });
      return [this.writer.changedView(added, item)];
    });
    return { secrets: changed };
  }

  delete(caller: Caller, request: BatchRequest) {
    const folder = this.folder(caller, request, 'delete');
    if (request.secrets.some((item) => item.type === 'personal')) {
      throw badRequest('Must be user to delete personal secret');
    }
    const found = request.secrets
      .map((item) => folder.secrets.get(item.secretKey))
      .filter((secret): secret is Secret => secret !== undefined);
    if (found.length !== request.secrets.length) {
      // It names those that are there (contract: secrets §2.6).
      const keys = found.map(({ current }) => current.key).join(',');
      throw notFound(`One or more secrets does not exist: ${keys}`);
    }
    for (const secret of found) this.writer.remove(secret);
    return {
      secrets: found.map((secret) => this.writer.deletedView(caller, secret)),
    };
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

function assertNoTags(items: readonly BatchItem[]): void {
  if (items.some((item) => item.tagIds?.length)) {
    throw notFound('Tag not found. Found ');
  }
}
