import type { AccessControl } from '../access/access-control.js';
import type { PermissionTarget } from '../access/permission-rules.js';
import type { Caller } from '../auth/auth-gate.js';
import type { Background } from '../background.js';
import { badRequest, notFound } from '../http/api-error.js';
import { assertPath } from '../secrets/secret-locator.js';
import type { Folder, Project } from '../state/models.js';
import type { Store } from '../state/store.js';
import type { ProviderInput } from './dynamic-schemas.js';
import type { LeaseStore } from './lease-store.js';
import {
  DynamicSecret,
  FAILED_TO_DELETE,
  REVOCATION_IN_PROCESS,
} from './models.js';
import { PostgresProvider } from './postgres-provider.js';
import type { LeaseProvider } from './provider.js';

export const SUBJECT = 'dynamic-secrets';

export interface DynamicPlace {
  readonly projectSlug: string;
  readonly environmentSlug: string;
  readonly path: string;
}

interface CreateRequest extends DynamicPlace {
  readonly name: string;
  readonly provider: ProviderInput;
  readonly defaultTTL: string;
  readonly maxTTL?: string | null;
  readonly usernameTemplate?: string | null;
  readonly metadata?: { key: string; value: string }[];
}

/** Dynamic secrets themselves; their leases have their own service. */
export class DynamicSecretService {
  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
    private readonly leases: LeaseStore,
    private readonly background: Background,
  ) {}

  async create(caller: Caller, request: CreateRequest) {
    const project = this.project(caller, request, 'create-root-credential');
    const folder = this.folder(project, request);
    if (folder.dynamicSecrets.has(request.name)) {
      throw badRequest(
        'Provided dynamic secret already exists under the folder',
      );
    }
    const provider = createProvider(request.provider);
    await provider.validateConnection();
    const secret = new DynamicSecret(
      {
        folder,
        name: request.name,
        type: request.provider.type,
        defaultTTL: request.defaultTTL,
        maxTTL: request.maxTTL || null,
        usernameTemplate: request.usernameTemplate ?? null,
        metadata: request.metadata ?? [],
        provider,
      },
      this.store.now(),
    );
    folder.dynamicSecrets.set(secret.name, secret);
    return { ...secret.view(), inputs: provider.inputs };
  }

  list(caller: Caller, place: DynamicPlace) {
    const project = this.access.projectBySlug(caller, place.projectSlug);
    const folder = this.folder(project, place);
    // What the caller may not read is left out silently.
    return [...folder.dynamicSecrets.values()]
      .filter((secret) =>
        this.access.allows(
          caller,
          project,
          'read-root-credential',
          SUBJECT,
          targetOf(place, secret),
        ),
      )
      .map((secret) => secret.view());
  }

  get(caller: Caller, name: string, place: DynamicPlace) {
    const project = this.project(caller, place, 'read-root-credential', name);
    this.project(caller, place, 'edit-root-credential', name);
    const folder = this.folder(project, place);
    const secret = folder.dynamicSecrets.get(name);
    if (!secret) {
      // The closing quote of the name is missing there too.
      throw notFound(
        `Dynamic secret with name '${name} in folder '${place.path}' not found`,
      );
    }
    return { ...secret.view(), inputs: secret.init.provider.inputs };
  }

  delete(
    caller: Caller,
    name: string,
    request: DynamicPlace & { isForced: boolean },
  ) {
    const project = this.project(
      caller,
      request,
      'delete-root-credential',
      name,
    );
    const folder = this.folder(project, request);
    const secret = this.require(folder, name, request.path);
    const outstanding = [...secret.leases.values()];
    if (request.isForced) {
      // Nothing is revoked at the provider.
      for (const lease of outstanding) this.leases.remove(lease);
    }
    if (request.isForced || outstanding.length === 0) {
      folder.dynamicSecrets.delete(name);
      return secret.view();
    }
    secret.status = REVOCATION_IN_PROCESS;
    secret.updatedAt = this.store.now();
    const answer = secret.view();
    this.background.run(() => this.revokeAndRemove(secret));
    return answer;
  }

  require(folder: Folder, name: string, path: string): DynamicSecret {
    const secret = folder.dynamicSecrets.get(name);
    if (secret) return secret;
    throw notFound(
      `Dynamic secret with name '${name}' in folder '${path}' not found`,
    );
  }

  leasesOf(caller: Caller, name: string, place: DynamicPlace) {
    const project = this.project(caller, place, 'lease', name);
    const folder = this.folder(project, place);
    const secret = this.require(folder, name, place.path);
    return [...secret.leases.values()].map((lease) => lease.view());
  }

  private async revokeAndRemove(secret: DynamicSecret): Promise<void> {
    const outcomes = await Promise.all(
      [...secret.leases.values()].map((lease) => this.leases.revoke(lease)),
    );
    const failure = outcomes.find((outcome) => outcome !== undefined);
    if (failure) {
      secret.status = FAILED_TO_DELETE;
      secret.statusDetails = failure.message.slice(0, 255);
      return;
    }
    secret.init.folder.dynamicSecrets.delete(secret.name);
  }

  private project(
    caller: Caller,
    place: DynamicPlace,
    action: string,
    name?: string,
  ): Project {
    const project = this.access.projectBySlug(caller, place.projectSlug);
    const secret = project
      .environment(place.environmentSlug)
      ?.folder(place.path)
      ?.dynamicSecrets.get(name ?? '');
    const target = targetOf(place, secret);
    this.access.require(caller, project, action, SUBJECT, target);
    return project;
  }

  private folder(project: Project, place: DynamicPlace): Folder {
    const folder = findFolder(project, place);
    if (folder) return folder;
    throw notFound(
      `Folder with path '${place.path}' in environment '${place.environmentSlug}' not found`,
    );
  }
}

/** A dynamic secret as the conditions of a permission see it. */
export function targetOf(
  { environmentSlug, path }: DynamicPlace,
  secret?: DynamicSecret,
): PermissionTarget {
  return {
    environment: environmentSlug,
    secretPath: path,
    metadata: secret?.init.metadata ?? [],
  };
}

export function findFolder(
  project: Project,
  { environmentSlug, path }: DynamicPlace,
): Folder | undefined {
  assertPath(path);
  return project.environment(environmentSlug)?.folder(path);
}

function createProvider(provider: ProviderInput): LeaseProvider {
  if (provider.type !== 'sql-database') {
    throw badRequest(
      `The dynamic secret type ${provider.type} is not emulated yet`,
    );
  }
  if (provider.inputs.client !== 'postgres') {
    throw badRequest(
      `The SQL client ${provider.inputs.client} is not emulated yet, only postgres is`,
    );
  }
  return new PostgresProvider(provider.inputs);
}
