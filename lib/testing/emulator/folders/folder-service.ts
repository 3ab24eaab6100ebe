import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { badRequest, databaseError, notFound } from '../http/api-error.js';
import { isUuid } from '../http/schemas.js';
import { approvalOf } from '../secrets/approvals.js';
import { compareText } from '../secrets/import-resolver.js';
import { assertPath } from '../secrets/secret-locator.js';
import type { Environment, Folder, Project } from '../state/models.js';
import type { Store } from '../state/store.js';
import { folderView } from './folder-views.js';

interface Place {
  readonly projectId: string;
  readonly environment: string;
  readonly path: string;
}

interface FolderChange {
  readonly name: string;
  readonly description?: string | null;
}

const SUBJECT = 'secret-folders';

/** Folders (contract: secrets §4). */
export class FolderService {
  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
  ) {}

  create(
    caller: Caller,
    place: Place & { name: string; description?: string | null },
  ) {
    const environment = this.environment(caller, place, 'create');
    assertPath(place.path);
    const now = this.store.now();
    if (environment.folder(place.path)?.children.has(place.name)) {
      throw badRequest(
        `Folder with name '${place.name}' already exists in path '${place.path}'`,
      );
    }
    const parent = environment.ensureFolder(place.path, now);
    const folder = parent.ensureChild(place.name, now);
    folder.description = place.description ?? null;
    this.store.changes.touch();
    return { ...folderView(folder), path: folder.path };
  }

  /** An unknown path is an empty list here, not an error. */
  list(
    caller: Caller,
    place: Place & { recursive: boolean; lastSecretModified?: string },
  ) {
    const project = this.access.projectById(caller, place.projectId);
    const environment = project.environment(place.environment);
    if (!environment) {
      throw notFound(`Environment with slug '${place.environment}' not found`);
    }
    assertPath(place.path);
    const top = environment.folder(place.path);
    if (!top) return [];
    const since = place.lastSecretModified
      ? new Date(place.lastSecretModified)
      : undefined;
    const found = place.recursive
      ? [...top.tree()].filter((folder) => folder !== top)
      : [...top.children.values()];
    return found
      .filter(
        ({ lastSecretModified }) =>
          !since || (lastSecretModified && lastSecretModified >= since),
      )
      .sort((a, b) => depth(a) - depth(b) || compareText(a.name, b.name))
      .map((folder) => ({
        ...folderView(folder),
        ...(place.recursive && {
          relativePath:
            top.path === '/' ? folder.path : folder.path.slice(top.path.length),
        }),
      }));
  }

  get(caller: Caller, id: string) {
    if (!isUuid(id)) throw databaseError();
    const folder = this.store.folderById(id);
    if (!folder) throw unknownFolder(id);
    const { environment } = folder;
    this.access.requireMember(caller, environment.project);
    return {
      ...folderView(folder),
      path: folder.path,
      projectId: environment.project.id,
      environment: {
        envId: environment.id,
        envName: environment.name,
        envSlug: environment.slug,
      },
    };
  }

  update(caller: Caller, idOrName: string, place: Place & FolderChange) {
    const environment = this.environment(caller, place, 'edit');
    const folder = this.changeable(environment, idOrName, place);
    this.change(folder, place);
    return { ...folderView(folder), path: folder.path };
  }

  /** All or nothing. */
  updateMany(
    caller: Caller,
    project: Project,
    changes: readonly (Omit<Place, 'projectId'> &
      FolderChange & { id: string })[],
  ) {
    const plan = changes.map((change) => {
      const place = { ...change, projectId: project.id };
      const environment = this.environment(caller, place, 'edit');
      return {
        folder: this.changeable(environment, change.id, place),
        change,
      };
    });
    const targets = plan.map(
      ({ folder, change }) => `${folder.parent?.id}/${change.name}`,
    );
    if (new Set(targets).size !== targets.length) throw nameTaken();
    for (const { folder, change } of plan) this.change(folder, change);
    return plan.map(({ folder }) => folderView(folder));
  }

  delete(caller: Caller, idOrName: string, place: Place & { force: boolean }) {
    const environment = this.environment(caller, place, 'delete');
    const parent = this.parent(environment, place, 'DeleteFolder');
    const folder = child(parent, idOrName);
    if (!folder) {
      throw caller.user
        ? notFound('Target folder not found')
        : unknownFolder(idOrName);
    }
    const isProtected = [...folder.tree()].some(
      (one) => approvalOf(this.store, caller, one) && one.secrets.size > 0,
    );
    if (isProtected) {
      throw badRequest(
        'The folder holds secrets that are protected by a change policy',
        'DeleteFolderProtectedByPolicy',
      );
    }
    if (!place.force && !isEmpty(folder)) {
      throw badRequest(
        `Cannot delete folder "${folder.name}" because it contains resources. Use forceDelete=true to delete it forcefully.`,
        'deleteFolder',
      );
    }
    parent.children.delete(folder.name);
    this.store.changes.touch();
    return folderView(folder);
  }

  private changeable(
    environment: Environment,
    idOrName: string,
    place: Place & FolderChange,
  ): Folder {
    const parent = this.parent(environment, place, 'UpdateFolder');
    const folder = child(parent, idOrName);
    if (!folder) throw unknownFolder(idOrName);
    const taken = parent.children.get(place.name);
    if (taken && taken !== folder) throw nameTaken();
    return folder;
  }

  private change(folder: Folder, { name, description }: FolderChange): void {
    const siblings = folder.parent?.children;
    siblings?.delete(folder.name);
    folder.name = name;
    siblings?.set(name, folder);
    if (description !== undefined) folder.description = description;
    folder.version++;
    folder.updatedAt = this.store.now();
    this.store.changes.touch();
  }

  private environment(
    caller: Caller,
    place: Place,
    action: string,
  ): Environment {
    const project = this.access.projectById(caller, place.projectId);
    this.access.require(caller, project, action, SUBJECT, {
      environment: place.environment,
      secretPath: place.path,
    });
    const environment = project.environment(place.environment);
    if (environment) return environment;
    throw notFound(`Environment with slug '${place.environment}' not found`);
  }

  private parent(
    environment: Environment,
    place: Place,
    error: string,
  ): Folder {
    assertPath(place.path);
    const parent = environment.folder(place.path);
    if (parent) return parent;
    throw notFound(
      `Folder with path '${place.path}' in environment with slug '${environment.slug}' not found`,
      error,
    );
  }
}

function unknownFolder(id: string): Error {
  return notFound(`Folder with ID '${id}' not found`);
}

function nameTaken(): Error {
  return badRequest('Folder with specified name already exists');
}

/** The name is tried first, then the id. */
function child(parent: Folder, idOrName: string): Folder | undefined {
  return (
    parent.children.get(idOrName) ??
    [...parent.children.values()].find(({ id }) => id === idOrName)
  );
}

function isEmpty(folder: Folder): boolean {
  const { children, secrets, dynamicSecrets, imports } = folder;
  const size = children.size + secrets.size + dynamicSecrets.size;
  return size + imports.length === 0;
}

function depth(folder: Folder): number {
  return folder.path.split('/').length;
}
