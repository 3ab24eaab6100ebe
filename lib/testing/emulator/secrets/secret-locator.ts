import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Folder, Project } from '../state/models.js';
import type { Store } from '../state/store.js';

/** How a secrets request names its project. */
export interface ProjectRef {
  readonly projectId?: string;
  readonly projectSlug?: string;
}

/** Finds the project and folder of a secrets request, in the order of checks. */
export class SecretLocator {
  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
  ) {}

  /** The project, if the caller is a member (contract: secrets §2.6). */
  project(caller: Caller, { projectId, projectSlug }: ProjectRef): Project {
    if (!projectId && projectSlug) {
      return ofSecrets(this.access.projectBySlug(caller, projectSlug));
    }
    const project = this.store.projects.get(projectId ?? '');
    if (!project) {
      throw notFound(
        `Project with ID '${projectId ?? ''}' not found during bot lookup. Are you sure you are using the correct project ID?`,
      );
    }
    this.access.requireMember(caller, project);
    return ofSecrets(project);
  }

  /** The folder a list starts at. */
  listFolder(
    project: Project,
    slug: string,
    path: string,
    recursive: boolean,
  ): Folder {
    const environment = project.environment(slug);
    if (!environment && recursive) {
      throw notFound(
        `Environment with slug '${slug}' in project with ID ${project.id} not found`,
      );
    }
    assertPath(path);
    const folder = environment?.folder(path);
    if (folder) return folder;
    throw notFound(
      `Folder with path '${path}' in environment '${slug}' was not found. Please ensure the environment slug and secret path is correct.`,
      'SecretPathNotFound',
    );
  }

  /** The folder of a single secret; `error` names the operation. */
  folder(project: Project, slug: string, path: string, error: string): Folder {
    assertPath(path);
    const folder = project.environment(slug)?.folder(path);
    if (folder) return folder;
    throw notFound(
      `Folder with path '${path}' in environment with slug '${slug}' not found`,
      error,
    );
  }

  /** The folder of a batch. */
  batchFolder(project: Project, slug: string, path: string): Folder {
    const environment = project.environment(slug);
    if (!environment) {
      throw notFound(
        `Environment with slug '${slug}' in project with ID '${project.id}' not found`,
      );
    }
    assertPath(path);
    const folder = environment.folder(path);
    if (!folder) throw notFound('Folder not found');
    return folder;
  }
}

function ofSecrets(project: Project): Project {
  const { type } = project;
  if (type === 'secret-manager') return project;
  throw badRequest(
    `The project is of type ${type}. Operations of type secret-manager are not allowed.`,
  );
}

export function assertPath(path: string): void {
  if (/^[A-Za-z0-9_\-/]*$/.test(path)) return;
  throw badRequest(
    'Invalid secret path. Only alphanumeric characters, dashes, and underscores are allowed.',
  );
}
