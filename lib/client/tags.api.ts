import { apiPath } from '../http/api-path.js';
import { readOptionalText, readText } from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions, ScopeOptions } from './client-options.js';
import type { SecretTag } from './secret-record.js';

/** Project of a call; what is absent comes from the client's options. */
export type ProjectOptions = Pick<ScopeOptions, 'projectId' | 'projectSlug'> &
  CallOptions;

/** Options of `tags.create` and `tags.update`. */
export interface TagFields extends ProjectOptions {
  /** 1 to 64 lower-case letters, digits and hyphens. */
  slug: string;
  /** Any text, such as `#ff0000`. Default empty. */
  color?: string;
}

/**
 * Tags of a project (contract: secrets §6).
 *
 * @publicApi
 */
export class TagsApi {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** All tags, the oldest first. */
  async list(options: ProjectOptions = {}): Promise<SecretTag[]> {
    const id = await this.#context.projectId(options);
    const tags = await this.#context.fetchAll(
      {
        method: 'GET',
        path: apiPath`/api/v1/projects/${id}/tags`,
        signal: options.signal,
      },
      'tags',
    );
    return tags.map(toTag);
  }

  /** @throws InfisicalNotFoundError */
  async get(tagId: string, options: ProjectOptions = {}): Promise<SecretTag> {
    const id = await this.#context.projectId(options);
    return this.one(
      'GET',
      apiPath`/api/v1/projects/${id}/tags/${tagId}`,
      options,
    );
  }

  /** @throws InfisicalNotFoundError */
  async getBySlug(
    slug: string,
    options: ProjectOptions = {},
  ): Promise<SecretTag> {
    const id = await this.#context.projectId(options);
    return this.one(
      'GET',
      apiPath`/api/v1/projects/${id}/tags/slug/${slug}`,
      options,
    );
  }

  /** @throws InfisicalValidationError when the slug is taken (status 400) or not allowed (422) */
  async create(fields: TagFields): Promise<SecretTag> {
    const id = await this.#context.projectId(fields);
    return this.one('POST', apiPath`/api/v1/projects/${id}/tags`, fields, {
      slug: fields.slug,
      // Required, but may be empty.
      color: fields.color ?? '',
    });
  }

  /** Replaces slug and color. */
  async update(tagId: string, fields: TagFields): Promise<SecretTag> {
    const id = await this.#context.projectId(fields);
    return this.one(
      'PATCH',
      apiPath`/api/v1/projects/${id}/tags/${tagId}`,
      fields,
      { slug: fields.slug, color: fields.color ?? '' },
    );
  }

  /** Deletes a tag; secrets lose it. */
  async delete(
    tagId: string,
    options: ProjectOptions = {},
  ): Promise<SecretTag> {
    const id = await this.#context.projectId(options);
    return this.one(
      'DELETE',
      apiPath`/api/v1/projects/${id}/tags/${tagId}`,
      options,
    );
  }

  private async one(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    { signal }: CallOptions,
    body?: Record<string, string>,
  ): Promise<SecretTag> {
    return toTag(
      await this.#context.fetch({ method, path, body, signal }, 'tag'),
    );
  }
}

function toTag(raw: Record<string, unknown>): SecretTag {
  return {
    id: readText(raw, 'id'),
    slug: readText(raw, 'slug'),
    color: readOptionalText(raw, 'color'),
  };
}
