import { apiPath } from '../http/api-path.js';
import type { ApiAnswer, ApiCall } from '../http/http-client.js';
import {
  readArray,
  readObject,
  readOptionalText,
  readText,
} from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions, ScopeOptions } from './client-options.js';
import { begin, CALL_OPTIONS } from './option-checks.js';

/** A folder. */
export interface Folder {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** Path of the folder itself. */
  readonly path: string;
}

/** Options of `folders.list`. */
export interface ListFoldersOptions extends ScopeOptions, CallOptions {
  /** All levels below `path`. Default false. */
  recursive?: boolean;
}

/** Options of `folders.create`. */
export interface CreateFolderOptions extends ScopeOptions, CallOptions {
  /** Letters, digits, dashes and underscores. */
  name: string;
  description?: string;
}

/** Options of `folders.update`. */
export interface UpdateFolderOptions extends ScopeOptions, CallOptions {
  /** The new name; the server wants one at every update. */
  name: string;
  description?: string;
}

/** Options of `folders.delete`. */
export interface DeleteFolderOptions extends ScopeOptions, CallOptions {
  /** Delete what is in it, too. Default false. */
  force?: boolean;
}

/**
 * Folders of an environment (contract: secrets §4). `path` is the parent.
 *
 * @publicApi
 */
export class FoldersApi {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Folders below a path. An unknown path has none.
   *
   * @throws InfisicalNotFoundError when the environment does not exist
   */
  async list(options: ListFoldersOptions = {}): Promise<Folder[]> {
    const place = this.#context.place(options);
    const projectId = await this.#context.projectId(options);
    const answer = await this.onVersion((version) => ({
      method: 'GET',
      path: foldersPath(version),
      query: {
        [projectKey(version)]: projectId,
        ...place,
        recursive: options.recursive ?? false,
      },
      signal: options.signal,
    }));
    return readArray(answer.data, 'folders').map((raw) =>
      toFolder(
        raw,
        join(
          place.path,
          readOptionalText(raw, 'relativePath') ?? readText(raw, 'name'),
        ),
      ),
    );
  }

  /**
   * Creates a folder and its missing parents.
   *
   * @throws InfisicalValidationError when it exists (status 400) or the name is not allowed (422)
   */
  async create(options: CreateFolderOptions): Promise<Folder> {
    const place = this.#context.place(options);
    const projectId = await this.#context.projectId(options);
    const answer = await this.onVersion((version) => ({
      method: 'POST',
      path: foldersPath(version),
      body: {
        [projectKey(version)]: projectId,
        ...place,
        name: options.name,
        description: options.description,
      },
      signal: options.signal,
    }));
    const raw = readObject(answer.data, 'folder');
    return toFolder(
      raw,
      readOptionalText(raw, 'path') ?? join(place.path, options.name),
    );
  }

  /** @throws InfisicalNotFoundError */
  async get(folderId: string, options: CallOptions = {}): Promise<Folder> {
    const limits = begin('folders.get', options, CALL_OPTIONS);
    const answer = await this.onVersion((version) => ({
      method: 'GET',
      path: folderPath(version, folderId),
      ...limits,
    }));
    const raw = readObject(answer.data, 'folder');
    return toFolder(raw, readText(raw, 'path'));
  }

  /**
   * Renames a folder.
   *
   * @throws InfisicalNotFoundError
   * @throws InfisicalValidationError when the name is taken (status 400) or not allowed (422)
   */
  async update(
    folderId: string,
    options: UpdateFolderOptions,
  ): Promise<Folder> {
    const place = this.#context.place(options);
    const projectId = await this.#context.projectId(options);
    const answer = await this.onVersion((version) => ({
      method: 'PATCH',
      path: folderPath(version, folderId),
      body: {
        [projectKey(version)]: projectId,
        ...place,
        name: options.name,
        description: options.description,
      },
      signal: options.signal,
    }));
    const raw = readObject(answer.data, 'folder');
    return toFolder(
      raw,
      readOptionalText(raw, 'path') ?? join(place.path, options.name),
    );
  }

  /**
   * Deletes a folder of the parent `path`, by name or id.
   *
   * @throws InfisicalNotFoundError
   * @throws InfisicalValidationError when it is not empty and `force` is not set (status 400)
   */
  async delete(
    nameOrId: string,
    options: DeleteFolderOptions = {},
  ): Promise<Folder> {
    const place = this.#context.place(options);
    const projectId = await this.#context.projectId(options);
    const answer = await this.onVersion((version) => ({
      method: 'DELETE',
      path: folderPath(version, nameOrId),
      body: {
        [projectKey(version)]: projectId,
        ...place,
        // v1 always deletes what is inside, too.
        forceDelete: options.force ?? false,
      },
      signal: options.signal,
    }));
    const raw = readObject(answer.data, 'folder');
    return toFolder(raw, join(place.path, readText(raw, 'name')));
  }

  private async onVersion(
    build: (version: 'v2' | 'v1') => ApiCall,
  ): Promise<ApiAnswer> {
    const { answer } = await this.#context.callWithFallback(build('v2'), () =>
      build('v1'),
    );
    return answer;
  }
}

function foldersPath(version: 'v2' | 'v1'): string {
  return version === 'v2' ? apiPath`/api/v2/folders` : apiPath`/api/v1/folders`;
}

function folderPath(version: 'v2' | 'v1', folder: string): string {
  return version === 'v2'
    ? apiPath`/api/v2/folders/${folder}`
    : apiPath`/api/v1/folders/${folder}`;
}

function projectKey(version: 'v2' | 'v1'): string {
  return version === 'v2' ? 'projectId' : 'workspaceId';
}

function join(parent: string, child: string): string {
  return `${parent}/${child}`.replace(/\/{2,}/g, '/');
}

function toFolder(raw: Record<string, unknown>, path: string): Folder {
  return {
    id: readText(raw, 'id'),
    name: readText(raw, 'name'),
    description: readOptionalText(raw, 'description'),
    path,
  };
}
