import { randomUUID } from 'node:crypto';
import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { badRequest, databaseError, notFound } from '../http/api-error.js';
import { isUuid } from '../http/schemas.js';
import { environmentRef } from '../projects/project-views.js';
import { importGroups } from '../secrets/import-resolver.js';
import { assertPath } from '../secrets/secret-locator.js';
import { actorOf } from '../secrets/secret-mutations.js';
import { rawView, targetOf } from '../secrets/secret-views.js';
import type { Environment, Folder, SecretImport } from '../state/models.js';
import type { Store } from '../state/store.js';
import { importView } from './import-views.js';

export interface ImportPlace {
  readonly projectId: string;
  readonly environment: string;
  readonly path: string;
}

interface ImportSource {
  readonly environment: string;
  readonly path: string;
}

const SUBJECT = 'secret-imports';

/** Secret imports (contract: secrets §5). */
export class ImportService {
  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
  ) {}

  create(
    caller: Caller,
    at: ImportPlace & { import: ImportSource; isReplication: boolean },
  ) {
    const folder = this.folder(caller, at, 'create');
    if (at.isReplication) {
      throw badRequest(
        'Failed to create secret replication due to plan restriction. Upgrade plan to create secret replication.',
      );
    }
    const environment = this.source(caller, folder, at.import);
    assertNew(folder, environment, at.import.path);
    const now = this.store.now();
    const created: SecretImport = {
      id: randomUUID(),
      folder,
      environment,
      // A path that does not exist (yet) is accepted.
      path: at.import.path,
      isReplication: false,
      createdAt: now,
      updatedAt: now,
    };
    folder.imports.push(created);
    this.tell(caller, folder);
    return importView(created);
  }

  list(caller: Caller, at: ImportPlace) {
    return this.folder(caller, at, 'read').imports.map(importView);
  }

  get(caller: Caller, id: string) {
    if (!isUuid(id)) throw databaseError();
    const found = this.byId(id);
    if (!found) throw unknown(id);
    const { folder } = found;
    const { environment } = folder;
    this.access.require(caller, environment.project, 'read', SUBJECT, {
      environment: environment.slug,
      secretPath: folder.path,
    });
    return {
      ...importView(found),
      environment: environmentRef(environment),
      projectId: environment.project.id,
      secretPath: folder.path,
    };
  }

  update(
    caller: Caller,
    id: string,
    at: ImportPlace & {
      import: { environment?: string; path?: string; position?: number };
    },
  ) {
    const folder = this.folder(caller, at, 'edit');
    const found = folder.imports.find((one) => one.id === id);
    if (!found) throw unknown(id);
    const {
      environment: slug = found.environment.slug,
      path = found.path,
      position,
    } = at.import;
    const environment = this.source(caller, folder, {
      environment: slug,
      path,
    });
    assertNew(folder, environment, path, found);
    Object.assign(found, { environment, path, updatedAt: this.store.now() });
    if (position !== undefined) {
      folder.imports.splice(folder.imports.indexOf(found), 1);
      folder.imports.splice(position - 1, 0, found);
    }
    this.tell(caller, folder);
    return importView(found);
  }

  delete(caller: Caller, id: string, at: ImportPlace) {
    const folder = this.folder(caller, at, 'delete');
    const found = folder.imports.find((one) => one.id === id);
    if (!found) {
      throw notFound(`Secret import with folder ID '${id}' not found`);
    }
    const view = importView(found);
    folder.imports.splice(folder.imports.indexOf(found), 1);
    this.tell(caller, folder);
    return view;
  }

  /** The secrets that the imports bring, as they are stored. */
  secrets(caller: Caller, at: ImportPlace) {
    const folder = this.folder(caller, at, 'read');
    const { project } = folder.environment;
    return importGroups([folder]).map((group) => ({
      secretPath: group.path,
      environment: group.environment.slug,
      environmentInfo: environmentRef(group.environment),
      ...(group.folder && { folderId: group.folder.id }),
      secrets: group.secrets
        .filter((one) =>
          this.access.allows(
            caller,
            project,
            'readValue',
            'secrets',
            targetOf(one),
          ),
        )
        .map((one) => rawView(one, one.current.value)),
    }));
  }

  /** There are no replicated imports. */
  resync(caller: Caller, id: string, at: ImportPlace): never {
    const folder = this.folder(caller, at, 'edit');
    if (!folder.imports.some((one) => one.id === id)) throw unknown(id);
    throw badRequest('Import is not in replication mode');
  }

  private source(
    caller: Caller,
    folder: Folder,
    { environment: slug, path }: ImportSource,
  ): Environment {
    const { project } = folder.environment;
    const environment = project.environment(slug);
    if (!environment) throw notFound();
    this.access.require(caller, project, 'describeSecret', 'secrets', {
      environment: slug,
      secretPath: path,
    });
    const target = environment.folder(path);
    if (
      target === folder ||
      target?.imports.some((one) => one.environment.folder(one.path) === folder)
    ) {
      throw badRequest('Cyclic import not allowed');
    }
    return environment;
  }

  private folder(caller: Caller, at: ImportPlace, action: string): Folder {
    const project = this.access.projectById(caller, at.projectId);
    this.access.require(caller, project, action, SUBJECT, {
      environment: at.environment,
      secretPath: at.path,
    });
    assertPath(at.path);
    const folder = project.environment(at.environment)?.folder(at.path);
    if (folder) return folder;
    throw notFound(
      `Folder with path '${at.path}' in environment with slug '${at.environment}' not found`,
    );
  }

  private byId(id: string): SecretImport | undefined {
    for (const project of this.store.projects.values()) {
      for (const { imports } of project.folders()) {
        const found = imports.find((one) => one.id === id);
        if (found) return found;
      }
    }
    return undefined;
  }

  private tell(caller: Caller, folder: Folder): void {
    const actor = actorOf(caller);
    this.store.changes.emit('import-mutation', folder, [], actor);
  }
}

function unknown(id: string): Error {
  return notFound(`Secret import with ID '${id}' not found`);
}

/** The same source twice breaks a rule of the database. */
function assertNew(
  { imports }: Folder,
  environment: Environment,
  path: string,
  self?: SecretImport,
): void {
  const isThere = imports.some(
    (one) =>
      one !== self && one.environment === environment && one.path === path,
  );
  if (isThere) throw databaseError();
}
