import { apiPath } from '../http/api-path.js';
import type { ApiCall } from '../http/api-call.js';
import {
  readArray,
  readBody,
  readObject,
  readOptionalFlag,
  readOptionalText,
  readText,
} from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions } from './client-options.js';
import { type Environment, toEnvironment } from './environments.api.js';
import { checkId, listOf, slug } from './name-checks.js';
import {
  ANY_TEXT,
  begin,
  CALL_OPTIONS,
  type Check,
  check,
  FLAG,
  orNull,
  type Shape,
  TEXT,
  TEXTS,
} from './option-checks.js';
import { IN_PROJECT, type ProjectOptions } from './project-options.js';

/**
 * A project.
 *
 * @example
 * ```ts
 * const project: Project = await client.projects.getBySlug('shop');
 * const slugs = project.environments.map(({ slug }) => slug);
 * ```
 *
 * @publicApi
 */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly description?: string;
  /** Product, such as `secret-manager`, `kms` or `cert-manager`. */
  readonly type?: string;
  /** Organization id. */
  readonly orgId: string;
  readonly hasDeleteProtection?: boolean;
  readonly environments: readonly Environment[];
}

/**
 * Options of `projects.list`.
 *
 * @example
 * ```ts
 * const options: ListProjectsOptions = { type: 'kms' };
 * const projects = await client.projects.list(options);
 * ```
 *
 * @publicApi
 */
export interface ListProjectsOptions extends CallOptions {
  /** Only projects of this product, such as `secret-manager`. */
  type?: string;
}

/**
 * Options of `projects.create`.
 *
 * @example
 * ```ts
 * const options: CreateProjectOptions = {
 *   name: 'Web shop',
 *   slug: 'web-shop',
 *   hasDeleteProtection: true,
 * };
 * const { id } = await client.projects.create(options);
 * ```
 *
 * @publicApi
 */
export interface CreateProjectOptions extends CallOptions {
  name: string;
  description?: string;
  /** 5 to 36 lower-case letters, digits and hyphens. Default: made from the name. */
  slug?: string;
  /** Product. Default `secret-manager`. */
  type?: string;
  /** Slug of a project template. Default `default`. */
  template?: string;
  /** Id of the KMS key that encrypts the project. Default: one of the organization. */
  kmsKeyId?: string;
  /** Whether it starts with `dev`, `staging` and `prod`. Default true. */
  shouldCreateDefaultEnvs?: boolean;
  /** Whether it cannot be deleted before this is switched off. Default false. */
  hasDeleteProtection?: boolean;
}

/**
 * Options of `projects.update`. What is absent stays as it is.
 *
 * @example
 * ```ts
 * const options: UpdateProjectOptions = {
 *   description: null,
 *   hasDeleteProtection: true,
 * };
 * await client.projects.update(projectId, options);
 * ```
 *
 * @publicApi
 */
export interface UpdateProjectOptions extends CallOptions {
  name?: string;
  /** null for none. */
  description?: string | null;
  /** Lower-case letters, digits, hyphens and underscores. Whoever knows the project by its old slug does not find it any more. */
  slug?: string;
  hasDeleteProtection?: boolean;
}

/**
 * Options of `projects.inviteMembers`; at least one address or name.
 *
 * @example
 * ```ts
 * const options: InviteMembersOptions = {
 *   emails: ['ada@example.com'],
 *   roleSlugs: ['viewer'],
 * };
 * await client.projects.inviteMembers(options);
 * ```
 *
 * @publicApi
 */
export interface InviteMembersOptions extends ProjectOptions {
  /** Addresses of users of the organization. */
  emails?: readonly string[];
  /** Names of users of the organization. */
  usernames?: readonly string[];
  /** What they become, such as `admin`, `member` or `viewer`. Default: what the server chooses. */
  roleSlugs?: readonly string[];
}

/**
 * A user who became a member of a project.
 *
 * @example
 * ```ts
 * const invited: ProjectMembership[] = await client.projects.inviteMembers({
 *   emails: ['ada@example.com'],
 * });
 * const userIds = invited.map(({ userId }) => userId);
 * ```
 *
 * @publicApi
 */
export interface ProjectMembership {
  readonly id: string;
  readonly userId: string;
}

const PROJECT_SLUG: Check = {
  expected:
    'a slug: 1 to 64 lower-case letters and digits, in groups joined by single hyphens or underscores',
  accepts: (value) =>
    typeof value === 'string' &&
    value.length <= 64 &&
    /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/.test(value),
};

const LIST_PROJECTS: Shape<ListProjectsOptions> = {
  ...CALL_OPTIONS,
  type: TEXT,
};

const CREATE_PROJECT: Shape<CreateProjectOptions> = {
  ...CALL_OPTIONS,
  name: TEXT,
  description: ANY_TEXT,
  slug: slug(5, 36),
  type: TEXT,
  template: TEXT,
  kmsKeyId: TEXT,
  shouldCreateDefaultEnvs: FLAG,
  hasDeleteProtection: FLAG,
};

const UPDATE_PROJECT: Shape<UpdateProjectOptions> = {
  ...CALL_OPTIONS,
  name: TEXT,
  description: orNull(ANY_TEXT),
  slug: PROJECT_SLUG,
  hasDeleteProtection: FLAG,
};

const INVITE_MEMBERS: Shape<InviteMembersOptions> = {
  ...IN_PROJECT,
  emails: TEXTS,
  usernames: TEXTS,
  roleSlugs: listOf('role slugs', TEXT),
};

/**
 * Projects of the organization (contract: secrets §8).
 *
 * @example
 * ```ts
 * const { id } = await client.projects.create({ name: 'Web shop' });
 * const environments = await client.environments.list({ projectId: id });
 * ```
 *
 * @publicApi
 */
export class ProjectsApi {
  readonly #context: ClientContext;

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** The projects that the identity is a member of. */
  async list(options: ListProjectsOptions = {}): Promise<Project[]> {
    const limits = begin('projects.list', options, LIST_PROJECTS);
    return this.#context.read(
      {
        ...limits,
        method: 'GET',
        path: apiPath`/api/v1/projects`,
        query: { type: options.type },
      },
      (data) => readArray(data, 'projects').map(toProject),
    );
  }

  /** @throws InfisicalNotFoundError */
  async get(projectId: string, options: CallOptions = {}): Promise<Project> {
    const limits = begin('projects.get', options, CALL_OPTIONS);
    checkId('projects.get', 'projectId', projectId);
    return this.one({
      ...limits,
      method: 'GET',
      path: apiPath`/api/v1/projects/${projectId}`,
    });
  }

  /** @throws InfisicalNotFoundError */
  async getBySlug(slug: string, options: CallOptions = {}): Promise<Project> {
    const limits = begin('projects.getBySlug', options, CALL_OPTIONS);
    check('projects.getBySlug', 'slug', slug, PROJECT_SLUG);
    return this.#context.read(
      {
        ...limits,
        method: 'GET',
        path: apiPath`/api/v1/projects/slug/${slug}`,
      },
      // Not in an envelope, unlike all others.
      (data) => toProject(readBody(data)),
    );
  }

  /** Creates a project; the identity becomes its admin. */
  async create(options: CreateProjectOptions): Promise<Project> {
    const limits = begin('projects.create', options, CREATE_PROJECT);
    check('projects.create', 'name', options.name, TEXT);
    return this.one({
      ...limits,
      method: 'POST',
      path: apiPath`/api/v1/projects`,
      body: {
        projectName: options.name,
        projectDescription: options.description,
        slug: options.slug,
        type: options.type,
        template: options.template,
        kmsKeyId: options.kmsKeyId,
        shouldCreateDefaultEnvs: options.shouldCreateDefaultEnvs ?? true,
        hasDeleteProtection: options.hasDeleteProtection ?? false,
      },
    });
  }

  /**
   * Changes a project.
   *
   * @throws InfisicalNotFoundError
   * @throws InfisicalValidationError when the slug is taken (status 400)
   */
  async update(
    projectId: string,
    options: UpdateProjectOptions,
  ): Promise<Project> {
    const limits = begin('projects.update', options, UPDATE_PROJECT);
    checkId('projects.update', 'projectId', projectId);
    const { name, description, slug, hasDeleteProtection } = options;
    return this.changed({
      ...limits,
      method: 'PATCH',
      path: apiPath`/api/v1/projects/${projectId}`,
      body: { name, description, slug, hasDeleteProtection },
    });
  }

  /**
   * Deletes a project with everything in it.
   *
   * @throws InfisicalNotFoundError
   * @throws InfisicalPermissionError also when it has delete protection
   */
  async delete(projectId: string, options: CallOptions = {}): Promise<Project> {
    const limits = begin('projects.delete', options, CALL_OPTIONS);
    checkId('projects.delete', 'projectId', projectId);
    return this.changed({
      ...limits,
      method: 'DELETE',
      path: apiPath`/api/v1/projects/${projectId}`,
    });
  }

  /**
   * Makes users of the organization members of a project. Who is a member
   * already is passed over. A machine identity cannot list members.
   *
   * @returns the new memberships
   * @throws InfisicalPermissionError
   */
  async inviteMembers(
    options: InviteMembersOptions,
  ): Promise<ProjectMembership[]> {
    const operation = 'projects.inviteMembers';
    const limits = begin(operation, options, INVITE_MEMBERS);
    const { emails = [], usernames = [], roleSlugs } = options;
    check(
      operation,
      'emails or usernames',
      [...emails, ...usernames],
      SOMEBODY,
    );
    return this.#context.withProject(options, (projectId) =>
      this.#context.read(
        {
          ...limits,
          method: 'POST',
          path: apiPath`/api/v2/workspace/${projectId}/memberships`,
          body: { emails, usernames, roleSlugs },
        },
        (data) =>
          readArray(data, 'memberships').map((raw) => ({
            id: readText(raw, 'id'),
            userId: readText(raw, 'userId'),
          })),
      ),
    );
  }

  private one(call: ApiCall): Promise<Project> {
    return this.#context.read(call, (data) =>
      toProject(readObject(data, 'project')),
    );
  }

  private async changed(call: ApiCall): Promise<Project> {
    try {
      return await this.one(call);
    } finally {
      // Also after a failure: the server may have done it.
      this.#context.forgetProjects();
    }
  }
}

const SOMEBODY = listOf('users', TEXT);

function toProject(raw: Record<string, unknown>): Project {
  return {
    id: readText(raw, 'id'),
    name: readText(raw, 'name'),
    slug: readText(raw, 'slug'),
    description: readOptionalText(raw, 'description'),
    type: readOptionalText(raw, 'type'),
    orgId: readText(raw, 'orgId'),
    hasDeleteProtection: readOptionalFlag(raw, 'hasDeleteProtection'),
    environments: readArray(raw, 'environments').map(toEnvironment),
  };
}
