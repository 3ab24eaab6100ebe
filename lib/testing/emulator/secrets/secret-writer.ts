import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Folder, Project, Secret } from '../state/models.js';
import type { Store } from '../state/store.js';
import { approvalOf } from './approvals.js';
import { HIDDEN_VALUE, type SecretChange } from './secret-content.js';
import type { ProjectRef, SecretLocator } from './secret-locator.js';
import type { SecretMutations } from './secret-mutations.js';
import { rawView, tagsOf, targetOf } from './secret-views.js';
import { assertChange } from './write-guard.js';

type SecretType = 'shared' | 'personal';

interface Place extends ProjectRef {
  readonly environment: string;
  readonly secretPath: string;
  readonly secretName: string;
  readonly type: SecretType;
}

export interface WriteRequest extends Place, SecretChange {}

/** Creates, changes and deletes single secrets. */
export class SecretWriter {
  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
    private readonly locator: SecretLocator,
    private readonly mutations: SecretMutations,
  ) {}

  create(caller: Caller, request: WriteRequest) {
    const { secretName: name } = request;
    const folder = this.folder(caller, request, 'create', 'CreateSecret');
    const owner = ownerOf(caller, request.type, 'create');
    if (owner !== undefined)
      return this.override(caller, folder, owner, request);
    if (folder.secrets.has(name)) throw badRequest('Secret already exists');
    assertChange(this.access, caller, folder, request);
    const approval = approvalOf(this.store, caller, folder);
    if (approval) return { approval };
    const secret = this.mutations.add(folder, name, request);
    this.mutations.tell('create', folder, [name], caller);
    return { secret: rawView(secret, secret.current.value) };
  }

  update(caller: Caller, request: WriteRequest) {
    const folder = this.folder(caller, request, 'edit', 'UpdateSecret');
    const { secretName, type, newSecretName } = request;
    const owner = ownerOf(caller, type, 'create');
    const secret = secretAt(folder, secretName, owner);
    if (!secret) {
      const kind = owner === undefined ? 'Secret' : 'Personal secret';
      throw notFound(`${kind} with name ${secretName} not found`);
    }
    if (newSecretName && owner !== undefined) {
      throw badRequest('Personal secret cannot change the key name');
    }
    if (newSecretName && folder.secrets.has(newSecretName)) {
      throw badRequest('Secret with the new name already exists');
    }
    assertChange(this.access, caller, folder, request);
    const approval =
      owner === undefined ? approvalOf(this.store, caller, folder) : undefined;
    if (approval) return { approval };
    this.mutations.change(secret, request);
    if (owner === undefined) {
      this.mutations.tell('update', folder, [secret.current.key], caller);
    }
    return { secret: this.changedView(caller, secret, request) };
  }

  delete(caller: Caller, request: Place) {
    const folder = this.folder(caller, request, 'delete', 'DeleteSecret');
    const owner = ownerOf(caller, request.type, 'delete');
    const secret = secretAt(folder, request.secretName, owner);
    if (!secret) throw notFound('Secret not found');
    const approval =
      owner === undefined ? approvalOf(this.store, caller, folder) : undefined;
    if (approval) return { approval };
    this.mutations.remove(secret);
    if (owner === undefined) {
      this.mutations.tell('delete', folder, [secret.current.key], caller);
    }
    return { secret: this.deletedView(caller, secret) };
  }

  /** What was not sent is answered empty (contract: secrets §2.5). */
  changedView(caller: Caller, secret: Secret, change: SecretChange) {
    const hidden = !this.mayRead(caller, secret);
    const value = hidden ? HIDDEN_VALUE : (change.secretValue ?? '');
    return {
      ...rawView(secret, value),
      secretComment: change.secretComment ?? '',
      secretValueHidden: hidden,
    };
  }

  deletedView(caller: Caller, secret: Secret) {
    const hidden = !this.mayRead(caller, secret);
    const value = hidden ? HIDDEN_VALUE : secret.current.value;
    return { ...rawView(secret, value), secretValueHidden: hidden };
  }

  /** A personal secret stands beside a shared one of the same name. */
  private override(
    caller: Caller,
    folder: Folder,
    owner: string,
    request: WriteRequest,
  ) {
    const { secretName } = request;
    if (!folder.secrets.has(secretName)) {
      throw badRequest(
        'Failed to create personal secret override for no corresponding shared secret',
      );
    }
    if (folder.override(owner, secretName)) {
      throw badRequest('Secret already exists');
    }
    assertChange(this.access, caller, folder, request);
    const secret = this.mutations.add(folder, secretName, request, owner);
    return { secret: rawView(secret, secret.current.value) };
  }

  private mayRead(caller: Caller, secret: Secret): boolean {
    if (secret.owner !== undefined) return true;
    const { project } = secret.folder.environment;
    const target = targetOf(secret);
    return this.access.allows(caller, project, 'readValue', 'secrets', target);
  }

  private folder(
    caller: Caller,
    request: Place & SecretChange,
    action: string,
    error: string,
  ): Folder {
    const project = this.locator.project(caller, request);
    const { environment, secretPath, secretName } = request;
    const existing = project
      .environment(environment)
      ?.folder(secretPath)
      ?.secrets.get(secretName);
    this.access.require(caller, project, action, 'secrets', {
      environment,
      secretPath,
      secretName,
      secretTags: existing
        ? tagsOf(existing).map(({ slug }) => slug)
        : slugsOf(project, request.tagIds),
    });
    return this.locator.folder(project, environment, secretPath, error);
  }
}

/** The user a personal secret belongs to; undefined for a shared one. */
export function ownerOf(
  { user }: Caller,
  type: SecretType,
  action: 'create' | 'delete',
): string | undefined {
  if (type === 'shared') return undefined;
  if (user) return user.id;
  throw badRequest(`Must be user to ${action} personal secret`);
}

export function secretAt(
  folder: Folder,
  key: string,
  owner: string | undefined,
): Secret | undefined {
  return owner === undefined
    ? folder.secrets.get(key)
    : folder.override(owner, key);
}

function slugsOf(project: Project, tagIds: readonly string[] = []): string[] {
  return project.tags
    .filter(({ id }) => tagIds.includes(id))
    .map(({ slug }) => slug);
}
