import { type ApiPath, apiPath } from '../http/api-path.js';
import type { ApiCall } from '../http/api-call.js';
import { readArray, readObject } from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import { checkId, SLUG } from './name-checks.js';
import { ANY_TEXT, begin, check, type Shape } from './option-checks.js';
import { IN_PROJECT, type ProjectOptions } from './project-options.js';
import { type SecretTag, toTag } from './secret-record.js';

/**
 * Options of `tags.create` and `tags.update`.
 *
 * @example
 * ```ts
 * const fields: TagFields = { slug: 'payments', color: '#ff0000' };
 * const { id } = await client.tags.create(fields);
 * ```
 *
 * @publicApi
 */
export interface TagFields extends ProjectOptions {
  /** 1 to 64 lower-case letters, digits and hyphens. */
  slug: string;
  /** Any text, such as `#ff0000`. Default empty. */
  color?: string;
}

const TAG_FIELDS: Shape<TagFields> = {
  ...IN_PROJECT,
  slug: SLUG,
  color: ANY_TEXT,
};

/**
 * Tags of a project (contract: secrets §6). `secrets.attachTags` and
 * `secrets.detachTags` put them on secrets.
 *
 * @example
 * ```ts
 * const { slug } = await client.tags.create({ slug: 'payments' });
 * await client.secrets.attachTags('STRIPE_KEY', [slug]);
 * ```
 *
 * @publicApi
 */
export class TagsApi {
  readonly #context: ClientContext;

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** All tags, the oldest first. */
  async list(options: ProjectOptions = {}): Promise<SecretTag[]> {
    const limits = begin('tags.list', options, IN_PROJECT);
    return this.#context.withProject(options, (projectId) =>
      this.#context.read(
        {
          ...limits,
          method: 'GET',
          path: apiPath`/api/v1/projects/${projectId}/tags`,
        },
        (data) => readArray(data, 'tags').map(toTag),
      ),
    );
  }

  /** @throws InfisicalNotFoundError */
  async get(tagId: string, options: ProjectOptions = {}): Promise<SecretTag> {
    const limits = begin('tags.get', options, IN_PROJECT);
    checkId('tags.get', 'tagId', tagId);
    return this.one(options, (projectId) => ({
      ...limits,
      method: 'GET',
      path: onePath(projectId, tagId),
    }));
  }

  /** @throws InfisicalNotFoundError */
  async getBySlug(
    slug: string,
    options: ProjectOptions = {},
  ): Promise<SecretTag> {
    const limits = begin('tags.getBySlug', options, IN_PROJECT);
    check('tags.getBySlug', 'slug', slug, SLUG);
    return this.one(options, (projectId) => ({
      ...limits,
      method: 'GET',
      path: apiPath`/api/v1/projects/${projectId}/tags/slug/${slug}`,
    }));
  }

  /** @throws InfisicalValidationError when the slug is taken (status 400) */
  async create(fields: TagFields): Promise<SecretTag> {
    const limits = begin('tags.create', fields, TAG_FIELDS);
    check('tags.create', 'slug', fields.slug, SLUG);
    return this.one(fields, (projectId) => ({
      ...limits,
      method: 'POST',
      path: apiPath`/api/v1/projects/${projectId}/tags`,
      body: bodyOf(fields),
    }));
  }

  /**
   * Replaces slug and color.
   *
   * @throws InfisicalValidationError when the slug is taken or the tag does not exist (status 400)
   */
  async update(tagId: string, fields: TagFields): Promise<SecretTag> {
    const limits = begin('tags.update', fields, TAG_FIELDS);
    checkId('tags.update', 'tagId', tagId);
    check('tags.update', 'slug', fields.slug, SLUG);
    return this.one(fields, (projectId) => ({
      ...limits,
      method: 'PATCH',
      path: onePath(projectId, tagId),
      body: bodyOf(fields),
    }));
  }

  /**
   * Deletes a tag; secrets lose it.
   *
   * @throws InfisicalValidationError when the tag does not exist (status 400)
   */
  async delete(
    tagId: string,
    options: ProjectOptions = {},
  ): Promise<SecretTag> {
    const limits = begin('tags.delete', options, IN_PROJECT);
    checkId('tags.delete', 'tagId', tagId);
    return this.one(options, (projectId) => ({
      ...limits,
      method: 'DELETE',
      path: onePath(projectId, tagId),
    }));
  }

  private one(
    options: ProjectOptions,
    build: (projectId: string) => ApiCall,
  ): Promise<SecretTag> {
    return this.#context.withProject(options, (projectId) =>
      this.#context.read(build(projectId), (data) =>
        toTag(readObject(data, 'tag')),
      ),
    );
  }
}

function onePath(projectId: string, tagId: string): ApiPath {
  return apiPath`/api/v1/projects/${projectId}/tags/${tagId}`;
}

/** The color is required, but may be empty. */
function bodyOf({ slug, color = '' }: TagFields): Record<string, string> {
  return { slug, color };
}
