import { type ApiPath, apiPath } from '../http/api-path.js';
import type { ApiCall } from '../http/api-call.js';
import {
  readArray,
  readObject,
  readOptionalWhole,
  readText,
} from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import { checkId, SLUG, textUpTo } from './name-checks.js';
import { begin, check, FLAG, type Shape, whole } from './option-checks.js';
import { IN_PROJECT, type ProjectOptions } from './project-options.js';

/**
 * An environment of a project.
 *
 * @example
 * ```ts
 * const environments: Environment[] = await client.environments.list();
 * logger.log(environments.map(({ slug }) => slug).join(', '));
 * ```
 *
 * @publicApi
 */
export interface Environment {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  /** Place in the list, from 1. Lists and projects do not tell it: they are in that order. */
  readonly position?: number;
}

/**
 * Options of `environments.create`.
 *
 * @example
 * ```ts
 * const options: CreateEnvironmentOptions = {
 *   name: 'Quality assurance',
 *   slug: 'qa',
 *   position: 2,
 * };
 * await client.environments.create(options);
 * ```
 *
 * @publicApi
 */
export interface CreateEnvironmentOptions extends ProjectOptions {
  /** 1 to 255 characters. */
  name: string;
  /** 1 to 64 lower-case letters, digits and hyphens. */
  slug: string;
  /** Place in the list, from 1; the others shift. Default: the last. */
  position?: number;
}

/**
 * Options of `environments.update`. What is absent stays as it is.
 *
 * @example
 * ```ts
 * const [first] = await client.environments.list();
 * const options: UpdateEnvironmentOptions = { name: 'Development' };
 * if (first) await client.environments.update(first.id, options);
 * ```
 *
 * @publicApi
 */
export interface UpdateEnvironmentOptions extends ProjectOptions {
  /** 1 to 255 characters. */
  name?: string;
  /** 1 to 64 lower-case letters, digits and hyphens. */
  slug?: string;
  /** Place in the list, from 1; the others shift. */
  position?: number;
}

/**
 * Options of `environments.delete`.
 *
 * @example
 * ```ts
 * const { id } = await client.environments.create({
 *   name: 'Try',
 *   slug: 'try',
 * });
 * const options: DeleteEnvironmentOptions = { hardDelete: true };
 * await client.environments.delete(id, options);
 * ```
 *
 * @publicApi
 */
export interface DeleteEnvironmentOptions extends ProjectOptions {
  /** Leave nothing to restore. Default false; older servers always do (contract: secrets §7). */
  hardDelete?: boolean;
}

const NAME = textUpTo(255);

const WRITE_ENVIRONMENT: Shape<
  CreateEnvironmentOptions & UpdateEnvironmentOptions
> = {
  ...IN_PROJECT,
  name: NAME,
  slug: SLUG,
  position: whole(1),
};

const DELETE_ENVIRONMENT: Shape<DeleteEnvironmentOptions> = {
  ...IN_PROJECT,
  hardDelete: FLAG,
};

/**
 * Environments of a project (contract: secrets §7).
 *
 * @example
 * ```ts
 * const { id } = await client.environments.create({ name: 'QA', slug: 'qa' });
 * await client.environments.update(id, { position: 1 });
 * const slugs = (await client.environments.list()).map(({ slug }) => slug);
 * ```
 *
 * @publicApi
 */
export class EnvironmentsApi {
  readonly #context: ClientContext;

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** All environments in their order. They are part of the project: the server has no list of its own. */
  async list(options: ProjectOptions = {}): Promise<Environment[]> {
    const limits = begin('environments.list', options, IN_PROJECT);
    return this.#context.withProject(options, (projectId) =>
      this.#context.read(
        {
          ...limits,
          method: 'GET',
          path: apiPath`/api/v1/projects/${projectId}`,
        },
        (data) =>
          readArray(readObject(data, 'project'), 'environments').map(
            toEnvironment,
          ),
      ),
    );
  }

  /** @throws InfisicalNotFoundError */
  async get(
    environmentId: string,
    options: ProjectOptions = {},
  ): Promise<Environment> {
    const limits = begin('environments.get', options, IN_PROJECT);
    checkId('environments.get', 'environmentId', environmentId);
    return this.one(options, (projectId) => ({
      ...limits,
      method: 'GET',
      path: onePath(projectId, environmentId),
    }));
  }

  /** @throws InfisicalValidationError when the slug is taken (status 400) */
  async create(options: CreateEnvironmentOptions): Promise<Environment> {
    const operation = 'environments.create';
    const limits = begin(operation, options, WRITE_ENVIRONMENT);
    const { name, slug, position } = options;
    check(operation, 'name', name, NAME);
    check(operation, 'slug', slug, SLUG);
    return this.one(options, (projectId) => ({
      ...limits,
      method: 'POST',
      path: apiPath`/api/v1/projects/${projectId}/environments`,
      body: { name, slug, position },
    }));
  }

  /**
   * Changes name, slug or position.
   *
   * @throws InfisicalNotFoundError
   * @throws InfisicalValidationError when the slug is taken (status 400)
   */
  async update(
    environmentId: string,
    options: UpdateEnvironmentOptions,
  ): Promise<Environment> {
    const limits = begin('environments.update', options, WRITE_ENVIRONMENT);
    checkId('environments.update', 'environmentId', environmentId);
    const { name, slug, position } = options;
    return this.one(options, (projectId) => ({
      ...limits,
      method: 'PATCH',
      path: onePath(projectId, environmentId),
      body: { name, slug, position },
    }));
  }

  /**
   * Deletes an environment with all its folders and secrets.
   *
   * @throws InfisicalNotFoundError
   * @throws InfisicalValidationError when an approval policy names it (status 400)
   */
  async delete(
    environmentId: string,
    options: DeleteEnvironmentOptions = {},
  ): Promise<Environment> {
    const limits = begin('environments.delete', options, DELETE_ENVIRONMENT);
    checkId('environments.delete', 'environmentId', environmentId);
    return this.one(options, (projectId) => ({
      ...limits,
      method: 'DELETE',
      path: onePath(projectId, environmentId),
      query: { hardDelete: options.hardDelete ?? false },
    }));
  }

  /**
   * Brings a deleted environment back, as the last one. Newer servers only.
   *
   * @throws InfisicalNotFoundError when it was deleted for good, or the server cannot restore
   * @throws InfisicalValidationError when its slug is taken by now (status 400)
   */
  async restore(
    environmentId: string,
    options: ProjectOptions = {},
  ): Promise<Environment> {
    const limits = begin('environments.restore', options, IN_PROJECT);
    checkId('environments.restore', 'environmentId', environmentId);
    return this.one(options, (projectId) => ({
      ...limits,
      method: 'POST',
      path: apiPath`/api/v1/projects/${projectId}/environments/${environmentId}/restore`,
    }));
  }

  private one(
    options: ProjectOptions,
    build: (projectId: string) => ApiCall,
  ): Promise<Environment> {
    return this.#context.withProject(options, (projectId) =>
      this.#context.read(build(projectId), (data) =>
        toEnvironment(readObject(data, 'environment')),
      ),
    );
  }
}

/** Reads an environment. */
export function toEnvironment(raw: Record<string, unknown>): Environment {
  return {
    id: readText(raw, 'id'),
    name: readText(raw, 'name'),
    slug: readText(raw, 'slug'),
    position: readOptionalWhole(raw, 'position'),
  };
}

function onePath(projectId: string, environmentId: string): ApiPath {
  return apiPath`/api/v1/projects/${projectId}/environments/${environmentId}`;
}
