import { apiPath } from '../http/api-path.js';
import {
  readArray,
  readBody,
  readOptionalText,
  readText,
} from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions } from './client-options.js';
import { begin, CALL_OPTIONS } from './option-checks.js';
import { type Environment, toEnvironment } from './environments.api.js';

/** A project. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly description?: string;
  readonly environments: readonly Environment[];
}

/** Options of `projects.create`. */
export interface CreateProjectOptions extends CallOptions {
  name: string;
  description?: string;
  /** 5 to 36 characters. Default: made from the name. */
  slug?: string;
  /** Whether it starts with `dev`, `staging` and `prod`. Default true. */
  shouldCreateDefaultEnvs?: boolean;
}

/**
 * Projects of the organization (contract: secrets §8).
 *
 * @publicApi
 */
export class ProjectsApi {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** The projects that the identity is a member of. */
  async list(options: CallOptions = {}): Promise<Project[]> {
    const projects = await this.#context.fetchAll(
      {
        method: 'GET',
        path: apiPath`/api/v1/projects`,
        ...begin('projects.list', options, CALL_OPTIONS),
      },
      'projects',
    );
    return projects.map(toProject);
  }

  /** @throws InfisicalNotFoundError */
  async get(projectId: string, options: CallOptions = {}): Promise<Project> {
    return toProject(
      await this.#context.fetch(
        {
          method: 'GET',
          path: apiPath`/api/v1/projects/${projectId}`,
          ...begin('projects.get', options, CALL_OPTIONS),
        },
        'project',
      ),
    );
  }

  /** @throws InfisicalNotFoundError */
  async getBySlug(slug: string, options: CallOptions = {}): Promise<Project> {
    const { data } = await this.#context.call({
      method: 'GET',
      path: apiPath`/api/v1/projects/slug/${slug}`,
      ...begin('projects.getBySlug', options, CALL_OPTIONS),
    });
    // Not in an envelope, unlike all others.
    return toProject(readBody(data));
  }

  /** Creates a project; the identity becomes its admin. */
  async create(options: CreateProjectOptions): Promise<Project> {
    return toProject(
      await this.#context.fetch(
        {
          method: 'POST',
          path: apiPath`/api/v1/projects`,
          body: {
            projectName: options.name,
            projectDescription: options.description,
            slug: options.slug,
            shouldCreateDefaultEnvs: options.shouldCreateDefaultEnvs ?? true,
          },
          signal: options.signal,
        },
        'project',
      ),
    );
  }
}

function toProject(raw: Record<string, unknown>): Project {
  return {
    id: readText(raw, 'id'),
    name: readText(raw, 'name'),
    slug: readText(raw, 'slug'),
    description: readOptionalText(raw, 'description'),
    environments: readArray(raw, 'environments').map(toEnvironment),
  };
}
