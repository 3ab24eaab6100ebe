import { apiPath } from '../http/api-path.js';
import {
  type ClientContext,
  readOptionalText,
  readText,
} from './client-context.js';
import type { CallOptions, ScopeOptions } from './client-options.js';

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
    const folders = await this.#context.fetchAll(
      {
        method: 'GET',
        path: apiPath`/api/v2/folders`,
        query: {
          projectId: await this.#context.projectId(options),
          environment: place.environment,
          path: place.path,
          recursive: options.recursive ?? false,
        },
        signal: options.signal,
      },
      'folders',
    );
    return folders.map((raw) =>
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
    const raw = await this.#context.fetch(
      {
        method: 'POST',
        path: apiPath`/api/v2/folders`,
        body: {
          projectId: await this.#context.projectId(options),
          environment: place.environment,
          path: place.path,
          name: options.name,
          description: options.description,
        },
        signal: options.signal,
      },
      'folder',
    );
    return toFolder(
      raw,
      readOptionalText(raw, 'path') ?? join(place.path, options.name),
    );
  }
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
