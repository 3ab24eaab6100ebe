import type { Caller } from '../auth/auth-gate.js';
import { forbidden, notFound, permissionDenied } from '../http/api-error.js';
import type { Project } from '../state/models.js';
import type { Store } from '../state/store.js';
import {
  isAllowed,
  type PermissionRule,
  type PermissionTarget,
  rulesFor,
} from './permission-rules.js';
import { rulesOf } from './roles.js';

/** Actions that the older `read` on secrets holds as well. */
const PARTS_OF_READ = ['describeSecret', 'readValue'];

/** Who may do what in which project. */
export class AccessControl {
  constructor(private readonly store: Store) {}

  /** Membership, before anything of the project is looked at. */
  requireMember(caller: Caller, project: Project): void {
    const { serviceToken } = caller;
    if (serviceToken && serviceToken.project.id !== project.id) {
      throw forbidden(
        `Service token not a part of the specified project with ID ${project.id}`,
      );
    }
    const isInScope = caller.organization.id === project.organization.id;
    if (isInScope && caller.identity.roles.has(project.id)) return;
    throw forbidden(
      `You are not a member of this project with ID ${project.id}. Please assign this identity to the project with the appropriate permissions, then try again.`,
      'ProjectMembershipNotFound',
    );
  }

  /** `at` is compared with the conditions of the caller's role. */
  allows(
    caller: Caller,
    project: Project,
    action: string,
    subject: string,
    at?: PermissionTarget,
  ): boolean {
    const rules = this.rules(caller, project);
    const ask = (one: string) => isAllowed(rules, one, subject, at);
    const isPartOfRead =
      subject === 'secrets' && PARTS_OF_READ.includes(action);
    return ask(action) || (isPartOfRead && ask('read'));
  }

  /** Whether an action is allowed everywhere, so that places need no look. */
  allowsAnywhere(
    caller: Caller,
    project: Project,
    action: string,
    subject: string,
  ): boolean {
    const rules = rulesFor(this.rules(caller, project), action, subject);
    return (
      rules.length > 0 &&
      rules.every(({ conditions, inverted }) => !conditions && !inverted)
    );
  }

  require(
    caller: Caller,
    project: Project,
    action: string,
    subject: string,
    at?: PermissionTarget,
  ): void {
    this.requireMember(caller, project);
    if (this.allows(caller, project, action, subject, at)) return;
    const rules = rulesFor(this.rules(caller, project), action, subject);
    throw permissionDenied(action, subject, rules.map(ruleView));
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

  private rules(caller: Caller, project: Project): readonly PermissionRule[] {
    const role = caller.identity.roles.get(project.id);
    return role ? rulesOf(role) : [];
  }
}

/** A rule as the body of a denial shows it (contract: auth §7). */
function ruleView({ action, inverted, subject, conditions }: PermissionRule) {
  return {
    action,
    inverted: inverted ?? false,
    subject,
    ...(conditions && { conditions }),
  };
}
