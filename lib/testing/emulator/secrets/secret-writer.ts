import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { badRequest, notFound } from '../http/api-error.js';
import { type Folder, Secret } from '../state/models.js';
import type { Store } from '../state/store.js';
import { renameReferences } from './references.js';
import {
  contentChange,
  emptyContent,
  HIDDEN_VALUE,
  type SecretChange,
} from './secret-content.js';
import type { ProjectRef, SecretLocator } from './secret-locator.js';
import { rawView, targetOf } from './secret-views.js';

type SecretType = 'shared' | 'personal';

interface Place extends ProjectRef {
  readonly environment: string;
  readonly secretPath: string;
}

export interface WriteRequest extends Place, SecretChange {
  readonly secretName: string;
  readonly type: SecretType;
}

/** Creates, changes and deletes single secrets. */
export class SecretWriter {
  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
    private readonly locator: SecretLocator,
  ) {}

  create(caller: Caller, request: WriteRequest): Secret {
    const folder = this.folder(caller, request, 'create', 'CreateSecret');
    if (request.type === 'personal') {
      throw badRequest('Must be user to create personal secret');
    }
    if (folder.secrets.has(request.secretName)) {
      throw badRequest('Secret already exists');
    }
    return this.add(folder, request.secretName, request);
  }

  update(caller: Caller, request: WriteRequest) {
    const folder = this.folder(caller, request, 'edit', 'UpdateSecret');
    const { secretName, type, newSecretName } = request;
    if (type === 'personal') {
      throw badRequest('Must be user to create personal secret');
    }
    const secret = folder.secrets.get(secretName);
    if (!secret) throw notFound(`Secret with name ${secretName} not found`);
    if (newSecretName && folder.secrets.has(newSecretName)) {
      throw badRequest('Secret with the new name already exists');
    }
    this.change(secret, request);
    return this.changedView(secret, request);
  }

  delete(
    caller: Caller,
    request: Place & { secretName: string; type: SecretType },
  ) {
    const folder = this.folder(caller, request, 'delete', 'DeleteSecret');
    if (request.type === 'personal') {
      throw badRequest('Must be user to delete personal secret');
    }
    const secret = folder.secrets.get(request.secretName);
    if (!secret) throw notFound('Secret not found');
    this.remove(secret);
    return this.deletedView(caller, secret);
  }

  /** Adds a secret that is known not to exist. */
  add(folder: Folder, key: string, change: SecretChange): Secret {
    assertTags(change.tagIds);
    const now = this.store.now();
    const content = { ...emptyContent(), ...contentChange(change), key };
    const secret = new Secret(folder, content, now);
    folder.secrets.set(key, secret);
    folder.lastSecretModified = now;
    return secret;
  }

  /** Changes a secret and, on a rename, whatever refers to it. */
  change(secret: Secret, change: SecretChange): void {
    assertTags(change.tagIds);
    const now = this.store.now();
    const { folder } = secret;
    const { newSecretName } = change;
    if (newSecretName) {
      for (const holder of this.secretsOf(folder)) {
        const value = renameReferences(holder, secret, newSecretName);
        if (value !== undefined && holder !== secret) {
          holder.change({ value }, now);
        }
      }
      folder.secrets.delete(secret.current.key);
    }
    secret.change(contentChange(change), now);
    folder.secrets.set(secret.current.key, secret);
    folder.lastSecretModified = now;
  }

  remove(secret: Secret): void {
    secret.folder.secrets.delete(secret.current.key);
    secret.folder.lastSecretModified = this.store.now();
  }

  /** What was not sent is answered empty (contract: secrets §2.5). */
  changedView(secret: Secret, change: SecretChange) {
    return {
      ...rawView(secret, change.secretValue ?? ''),
      secretComment: change.secretComment ?? '',
      secretValueHidden: false,
    };
  }

  deletedView(caller: Caller, secret: Secret) {
    const { project } = secret.folder.environment;
    const hidden = !this.access.allows(
      caller,
      project,
      'readValue',
      'secrets',
      targetOf(secret),
    );
    const value = hidden ? HIDDEN_VALUE : secret.current.value;
    return { ...rawView(secret, value), secretValueHidden: hidden };
  }

  private folder(
    caller: Caller,
    request: Place & { readonly secretName: string },
    action: string,
    error: string,
  ): Folder {
    const project = this.locator.project(caller, request);
    const { environment, secretPath } = request;
    this.access.require(caller, project, action, 'secrets', {
      environment,
      secretPath,
      secretName: request.secretName,
    });
    return this.locator.folder(project, environment, secretPath, error);
  }

  private *secretsOf(folder: Folder): Generator<Secret> {
    for (const one of folder.environment.project.folders()) {
      yield* one.secrets.values();
    }
  }
}

/** There are no tags yet, so every tag id is unknown. */
function assertTags(tagIds: readonly string[] | undefined): void {
  if (tagIds?.length) throw notFound('Tag not found. Found ');
}
