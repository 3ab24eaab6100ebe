import type { AccessControl } from '../access/access-control.js';
import type { Caller } from '../auth/auth-gate.js';
import { badRequest, notFound } from '../http/api-error.js';
import type { Environment, Project } from '../state/models.js';
import type { Store } from '../state/store.js';

const SUBJECT = 'environments';

interface EnvironmentChange {
  readonly name?: string;
  readonly slug?: string;
  readonly position?: number;
}

/** What can be done with environments (contract: secrets §7). */
export class EnvironmentService {
  /** Deleted ones that can be restored. */
  private readonly deleted = new Set<Environment>();

  constructor(
    private readonly store: Store,
    private readonly access: AccessControl,
  ) {}

  create(
    caller: Caller,
    projectId: string,
    init: EnvironmentChange & { name: string; slug: string },
  ): Environment {
    const project = this.project(caller, projectId, 'create');
    assertFree(project, init.slug, 'CreateEnvironment');
    const now = this.store.now();
    const environment = project.addEnvironment(init.slug, init.name, now);
    if (init.position) place(environment, init.position);
    this.store.changes.touch();
    return environment;
  }

  get(caller: Caller, projectId: string, id: string): Environment {
    const project = this.project(caller, projectId, 'read');
    return byId(project, id);
  }

  /** By its id alone, as a deprecated route has it. */
  find(caller: Caller, id: string): Environment {
    for (const project of this.store.projects.values()) {
      if (project.environments.some((one) => one.id === id)) {
        return this.get(caller, project.id, id);
      }
    }
    throw notFound(`Environment with ID '${id}' not found`);
  }

  update(
    caller: Caller,
    projectId: string,
    id: string,
    change: EnvironmentChange,
  ): Environment {
    const project = this.project(caller, projectId, 'edit');
    const environment = byId(project, id);
    const { name, slug, position } = change;
    if (slug !== undefined && slug !== environment.slug) {
      assertFree(project, slug, 'UpdateEnvironment');
      environment.slug = slug;
    }
    if (name !== undefined) environment.name = name;
    if (position) place(environment, position);
    environment.updatedAt = this.store.now();
    this.store.changes.touch();
    return environment;
  }

  delete(
    caller: Caller,
    projectId: string,
    id: string,
    isHard: boolean,
  ): Environment {
    const project = this.project(caller, projectId, 'delete');
    const environment = byId(project, id);
    const { slug } = environment;
    if (project.approvalPolicies.some((one) => one.environment === slug)) {
      throw badRequest(
        'Environment is in use by a secret approval policy',
        'DeleteEnvironment',
      );
    }
    project.environments.splice(project.environments.indexOf(environment), 1);
    number(project);
    // What imported it does not any more.
    for (const { imports } of project.folders()) {
      const kept = imports.filter((one) => one.environment !== environment);
      imports.splice(0, imports.length, ...kept);
    }
    if (!isHard) this.deleted.add(environment);
    this.store.changes.touch();
    return environment;
  }

  restore(caller: Caller, projectId: string, id: string): Environment {
    const project = this.project(caller, projectId, 'edit');
    const environment = [...this.deleted].find(
      (one) => one.id === id && one.project === project,
    );
    if (!environment) throw unknown(project, id);
    assertFree(project, environment.slug, 'RestoreEnvironment');
    this.deleted.delete(environment);
    project.environments.push(environment);
    number(project);
    this.store.changes.touch();
    return environment;
  }

  private project(caller: Caller, id: string, action: string): Project {
    const project = this.access.projectById(caller, id);
    this.access.require(caller, project, action, SUBJECT);
    return project;
  }
}

function byId(project: Project, id: string): Environment {
  const environment = project.environments.find((one) => one.id === id);
  if (environment) return environment;
  throw unknown(project, id);
}

function unknown(project: Project, id: string): Error {
  return notFound(
    `Environment with id '${id}' in project with ID '${project.id}' not found`,
  );
}

function assertFree(project: Project, slug: string, error: string): void {
  if (!project.environment(slug)) return;
  throw badRequest('Environment with slug already exist', error);
}

/** Puts an environment at a position, counted from 1; the others shift. */
function place(environment: Environment, position: number): void {
  const { environments } = environment.project;
  environments.splice(environments.indexOf(environment), 1);
  environments.splice(position - 1, 0, environment);
  number(environment.project);
}

function number({ environments }: Project): void {
  environments.forEach((environment, index) => {
    environment.position = index + 1;
  });
}
