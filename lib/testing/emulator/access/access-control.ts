import type { Caller } from '../auth/auth-gate.js';
import { forbidden, notFound, permissionDenied } from '../http/api-error.js';
import type { Project } from '../state/models.js';
import type { Store } from '../state/store.js';

/** What a viewer may do; an administrator may do everything. */
const VIEWER_ACTIONS = new Set([
  'read',
  'describeSecret',
  'readValue',
  'read-root-credential',
]);

/** Who may do what in which project. */
export class AccessControl {
  constructor(private readonly store: Store) {}

  /** Membership, before anything of the project is looked at. */
  requireMember(caller: Caller, project: Project): void {
    if (caller.identity.roles.has(project.id)) return;
    throw forbidden(
      `You are not a member of this project with ID ${project.id}. Please assign this identity to the project with the appropriate permissions, then try again.`,
      'ProjectMembershipNotFound',
    );
  }

  allows(caller: Caller, project: Project, action: string): boolean {
    const role = caller.identity.roles.get(project.id);
    return (
      role === 'admin' || (role === 'viewer' && VIEWER_ACTIONS.has(action))
    );
  }

  require(
    caller: Caller,
    project: Project,
    action: string,
    subject: string,
  ): void {
    this.requireMember(caller, project);
    if (!this.allows(caller, project, action)) {
      throw permissionDenied(action, subject);
    }
  }

  projectById(caller: Caller, id: string): Project {
    const project = this.store.projects.get(id);
    if (!project) throw notFound(`Project with ID '${id}' not found`);
    this.requireMember(caller, project);
    return project;
  }

  projectBySlug(caller: Caller, slug: string): Project {
    const project = this.store.projectBySlug(slug);
    if (!project) throw notFound(`Project with slug '${slug}' not found`);
    this.requireMember(caller, project);
    return project;
  }
}
