import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Folder, Secret } from '../state/models.js';
import type { Store } from '../state/store.js';
import { approvalOf } from './approvals.js';
import type { SecretChange } from './secret-content.js';
import type { ProjectRef, SecretLocator } from './secret-locator.js';
import type { SecretMutations } from './secret-mutations.js';
import { tagsOf, targetOf } from './secret-views.js';

interface TransferRequest extends ProjectRef {
  readonly sourceEnvironment: string;
  readonly sourceSecretPath: string;
  readonly destinationEnvironment: string;
  readonly destinationSecretPath: string;
  readonly secretIds: readonly string[];
  readonly shouldOverwrite: boolean;
}

interface Attributes {
  readonly value: boolean;
  readonly comment: boolean;
  readonly tags: boolean;
  readonly metadata: boolean;
  readonly skipMultilineEncoding: boolean;
}

interface Plan {
  readonly source: Folder;
  readonly target: Folder;
  readonly secrets: readonly Secret[];
  /** Those whose name the target has already. */
  readonly taken: readonly Secret[];
}

const EVERYTHING: Attributes = {
  value: true,
  comment: true,
  tags: true,
  metadata: true,
  skipMultilineEncoding: true,
};

/** Brings secrets from one folder to another; all or none. */
export class SecretTransfer {
  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
    private readonly locator: SecretLocator,
    private readonly mutations: SecretMutations,
  ) {}

  move(caller: Caller, request: TransferRequest) {
    const plan = this.plan(caller, request, 'delete');
    const { source, target, secrets } = plan;
    const needsApproval = (folder: Folder) =>
      approvalOf(this.store, caller, folder) !== undefined;
    const isDestinationUpdated = !needsApproval(target);
    const isSourceUpdated = isDestinationUpdated && !needsApproval(source);
    if (isDestinationUpdated) {
      for (const secret of secrets) this.put(secret, target, EVERYTHING);
      this.tell(caller, plan);
    }
    if (isSourceUpdated) {
      for (const secret of secrets) this.mutations.remove(secret);
      this.mutations.tell('delete', source, keysOf(secrets), caller);
    }
    return { isSourceUpdated, isDestinationUpdated };
  }

  duplicate(
    caller: Caller,
    request: TransferRequest & { attributesToCopy: Attributes },
  ) {
    const plan = this.plan(caller, request, 'readValue');
    const { target, secrets } = plan;
    const approval = approvalOf(this.store, caller, target);
    const results = secrets.map((secret) => ({
      sourceSecretId: secret.id,
      sourceSecretKey: secret.current.key,
      ...(approval
        ? { approval }
        : {
            destinationSecretId: this.put(
              secret,
              target,
              request.attributesToCopy,
            ).id,
          }),
    }));
    if (!approval) this.tell(caller, plan);
    return { results };
  }

  private plan(caller: Caller, request: TransferRequest, action: string): Plan {
    const project = this.locator.project(caller, request);
    const allow = (what: string, place: Folder, name: string) =>
      this.access.require(caller, project, what, 'secrets', {
        environment: place.environment.slug,
        secretPath: place.path,
        secretName: name,
      });
    const source = this.locator.folder(
      project,
      request.sourceEnvironment,
      request.sourceSecretPath,
      'NotFound',
    );
    const target = this.locator.folder(
      project,
      request.destinationEnvironment,
      request.destinationSecretPath,
      'NotFound',
    );
    const secrets = [...source.secrets.values()].filter(({ id }) =>
      request.secretIds.includes(id),
    );
    for (const secret of secrets) {
      const at = targetOf(secret);
      this.access.require(caller, project, action, 'secrets', at);
    }
    if (secrets.length !== new Set(request.secretIds).size) {
      throw notFound('One or more secrets to move were not found');
    }
    const taken = secrets.filter(({ current }) =>
      target.secrets.has(current.key),
    );
    for (const { current } of secrets) {
      const exists = target.secrets.has(current.key);
      allow(exists ? 'edit' : 'create', target, current.key);
    }
    if (taken.length > 0 && (!request.shouldOverwrite || source === target)) {
      throw badRequest(
        `Failed to move secrets. The following secrets already exist in the destination: ${keysOf(taken).join(',')}`,
      );
    }
    return { source, target, secrets, taken };
  }

  private put(secret: Secret, target: Folder, copy: Attributes): Secret {
    const { current } = secret;
    const change: SecretChange = {
      secretValue: copy.value ? current.value : '',
      secretComment: copy.comment ? current.comment : '',
      secretMetadata: copy.metadata ? [...current.metadata] : [],
      tagIds: copy.tags ? tagsOf(secret).map(({ id }) => id) : [],
      skipMultilineEncoding: copy.skipMultilineEncoding
        ? current.skipMultilineEncoding
        : null,
    };
    const known = target.secrets.get(current.key);
    if (!known) return this.mutations.add(target, current.key, change);
    this.mutations.change(known, change);
    return known;
  }

  private tell(caller: Caller, { target, secrets, taken }: Plan): void {
    const created = secrets.filter((secret) => !taken.includes(secret));
    this.mutations.tell('create', target, keysOf(created), caller);
    this.mutations.tell('update', target, keysOf(taken), caller);
  }
}

function keysOf(secrets: readonly Secret[]): string[] {
  return secrets.map(({ current }) => current.key);
}
