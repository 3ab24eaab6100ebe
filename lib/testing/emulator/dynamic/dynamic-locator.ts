import type { AccessControl } from '../access/access-control.js';
import type { PermissionTarget } from '../access/permission-rules.js';
import type { Caller } from '../auth/auth-gate.js';
import { badRequest, notFound } from '../http/api-error.js';
import { assertPath } from '../secrets/secret-locator.js';
import type { Folder, Project } from '../state/models.js';
import type { DynamicSecret } from './models.js';

export interface DynamicPlace {
  readonly projectSlug: string;
  readonly environmentSlug: string;
  readonly path: string;
}

const SUBJECT = 'dynamic-secrets';

/** Finds what a request names and asks for permission. */
export class DynamicLocator {
  constructor(
    private readonly access: AccessControl,
    private readonly hasPlan: boolean,
  ) {}

  /** The project, which the caller must be a member of. */
  project(caller: Caller, { projectSlug }: DynamicPlace): Project {
    return this.access.projectBySlug(caller, projectSlug);
  }

  /** Enterprise servers alone have dynamic secrets. */
  assertPlan(what: string): void {
    if (this.hasPlan) return;
    throw badRequest(
      `Failed to ${what} due to plan restriction. Upgrade plan to create dynamic secret.`,
    );
  }

  find(project: Project, place: DynamicPlace): Folder | undefined {
    assertPath(place.path);
    return project.environment(place.environmentSlug)?.folder(place.path);
  }

  folder(
    project: Project,
    place: DynamicPlace,
    text = `Folder with path '${place.path}' in environment '${place.environmentSlug}' not found`,
  ): Folder {
    const folder = this.find(project, place);
    if (folder) return folder;
    throw notFound(text);
  }

  /** Permission comes before the secret is known to exist. */
  require(
    caller: Caller,
    project: Project,
    place: DynamicPlace,
    action: string,
    name = '',
  ): void {
    const secret = project
      .environment(place.environmentSlug)
      ?.folder(place.path)
      ?.dynamicSecrets.get(name);
    const target = targetOf(place, secret);
    this.access.require(caller, project, action, SUBJECT, target);
  }

  mayRead(
    caller: Caller,
    project: Project,
    place: DynamicPlace,
    secret: DynamicSecret,
  ): boolean {
    const target = targetOf(place, secret);
    const action = 'read-root-credential';
    return this.access.allows(caller, project, action, SUBJECT, target);
  }
}

/** A dynamic secret as the conditions of a permission see it. */
function targetOf(
  { environmentSlug, path }: DynamicPlace,
  secret?: DynamicSecret,
): PermissionTarget {
  return {
    environment: environmentSlug,
    secretPath: path,
    metadata: secret?.settings.metadata ?? [],
  };
}
