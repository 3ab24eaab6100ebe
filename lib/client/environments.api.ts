import { apiPath } from '../http/api-path.js';
import { readArray, readObject, readText } from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions } from './client-options.js';
import type { ProjectOptions } from './tags.api.js';

/** An environment of a project. */
export interface Environment {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
}

/** Options of `environments.create`. */
export interface CreateEnvironmentOptions extends ProjectOptions {
  name: string;
  /** 1 to 64 lower-case letters, digits and hyphens. */
  slug: string;
  /** Place in the list, from 1. Default: the last. */
  position?: number;
}

/** Options of `environments.update`. What is absent stays as it is. */
export interface UpdateEnvironmentOptions extends ProjectOptions {
  name?: string;
  slug?: string;
  position?: number;
}

/**
 * Environments of a project (contract: secrets §7).
 *
 * @publicApi
 */
export class EnvironmentsApi {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** All environments in their order. They are part of the project: the server has no list of its own. */
  async list(options: ProjectOptions = {}): Promise<Environment[]> {
    const id = await this.#context.projectId(options);
    const project = await this.#context.fetch(
      {
        method: 'GET',
        path: apiPath`/api/v1/projects/${id}`,
        signal: options.signal,
      },
      'project',
    );
    return readArray(project, 'environments').map(toEnvironment);
  }

  /** @throws InfisicalNotFoundError */
  async get(
    environmentId: string,
    options: ProjectOptions = {},
  ): Promise<Environment> {
    const id = await this.#context.projectId(options);
    return this.one(
      'GET',
      apiPath`/api/v1/projects/${id}/environments/${environmentId}`,
      options,
    );
  }

  /** @throws InfisicalValidationError when the slug is taken (status 400) or not allowed (422) */
  async create(options: CreateEnvironmentOptions): Promise<Environment> {
    const id = await this.#context.projectId(options);
    const { name, slug, position } = options;
    return this.one(
      'POST',
      apiPath`/api/v1/projects/${id}/environments`,
      options,
      {
        name,
        slug,
        position,
      },
    );
  }

  /** @throws InfisicalNotFoundError */
  async update(
    environmentId: string,
    options: UpdateEnvironmentOptions,
  ): Promise<Environment> {
    const id = await this.#context.projectId(options);
    const { name, slug, position } = options;
    return this.one(
      'PATCH',
      apiPath`/api/v1/projects/${id}/environments/${environmentId}`,
      options,
      { name, slug, position },
    );
  }

  /** Deletes an environment with all its folders and secrets. */
  async delete(
    environmentId: string,
    options: ProjectOptions = {},
  ): Promise<Environment> {
    const id = await this.#context.projectId(options);
    return this.one(
      'DELETE',
      apiPath`/api/v1/projects/${id}/environments/${environmentId}`,
      options,
    );
  }

  private async one(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    { signal }: CallOptions,
    body?: Record<string, unknown>,
  ): Promise<Environment> {
    const { data } = await this.#context.call({ method, path, body, signal });
    return toEnvironment(readObject(data, 'environment'));
  }
}

/** Reads an environment. */
export function toEnvironment(raw: Record<string, unknown>): Environment {
  return {
    id: readText(raw, 'id'),
    name: readText(raw, 'name'),
    slug: readText(raw, 'slug'),
  };
}
