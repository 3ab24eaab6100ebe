import { type ApiPath, apiPath } from '../http/api-path.js';
import type { ApiAnswer, ApiCall } from '../http/api-call.js';
import {
  readArray,
  readObject,
  readOptionalText,
  readOptionalTimestamp,
  readText,
  readTimestamp,
} from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions } from './client-options.js';
import {
  type CreateFolderOptions,
  DELETE_FOLDER,
  type DeleteFolderOptions,
  type Folder,
  FOLDERS,
  LIST_FOLDERS,
  type ListFoldersOptions,
  UPDATE_MANY_FOLDER,
  type UpdateFolderOptions,
  type UpdateManyFolder,
  WRITE_FOLDER,
} from './folder-options.js';
import { checkId, checkInner, FOLDER_NAME } from './name-checks.js';
import {
  begin,
  CALL_OPTIONS,
  check,
  PROJECT_OPTIONS,
} from './option-checks.js';
import type { ProjectOptions } from './project-options.js';

type FoldersVersion = 'v2' | 'v1';

/**
 * Folders of an environment (contract: secrets §4). `path` is the parent.
 *
 * @example
 * ```ts
 * await client.folders.create({ name: 'payments', path: '/services' });
 * const services = await client.folders.list({ path: '/services' });
 * ```
 *
 * @publicApi
 */
export class FoldersApi {
  readonly #context: ClientContext;

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Folders below a path. An unknown path has none.
   *
   * @throws InfisicalNotFoundError when the environment does not exist
   */
  async list(options: ListFoldersOptions = {}): Promise<Folder[]> {
    const limits = begin('folders.list', options, LIST_FOLDERS);
    const { environment, path } = this.#context.place(options);
    const { recursive = false, lastSecretModified: since } = options;
    const answer = await this.#context.withProject(options, (projectId) =>
      this.onVersion((version) => ({
        ...limits,
        method: 'GET',
        path: foldersPath(version),
        query: {
          [projectKey(version)]: projectId,
          environment,
          path,
          recursive,
          lastSecretModified:
            since === undefined ? undefined : new Date(since).toISOString(),
        },
      })),
    );
    return readArray(answer.data, 'folders').map((raw) => {
      // Only a recursive list tells it.
      const below = readOptionalText(raw, 'relativePath');
      return toFolder(
        raw,
        join(path, below ?? readText(raw, 'name')),
        environment,
      );
    });
  }

  /**
   * Creates a folder and its missing parents.
   *
   * @throws InfisicalValidationError when it exists (status 400)
   */
  async create(options: CreateFolderOptions): Promise<Folder> {
    return this.write('folders.create', options, (version) => ({
      method: 'POST',
      path: foldersPath(version),
    }));
  }

  /** @throws InfisicalNotFoundError */
  async get(folderId: string, options: CallOptions = {}): Promise<Folder> {
    const limits = begin('folders.get', options, CALL_OPTIONS);
    checkId('folders.get', 'folderId', folderId);
    const answer = await this.onVersion((version) => ({
      ...limits,
      method: 'GET',
      path: folderPath(version, folderId),
    }));
    const raw = readObject(answer.data, 'folder');
    const environment = readObject(raw, 'environment');
    return toFolder(
      raw,
      readText(raw, 'path'),
      readText(environment, 'envSlug'),
    );
  }

  /**
   * Renames or describes a folder. It cannot be moved.
   *
   * @throws InfisicalNotFoundError
   * @throws InfisicalValidationError when the name is taken (status 400)
   */
  async update(
    folderId: string,
    options: UpdateFolderOptions,
  ): Promise<Folder> {
    checkId('folders.update', 'folderId', folderId);
    return this.write('folders.update', options, (version) => ({
      method: 'PATCH',
      path: folderPath(version, folderId),
    }));
  }

  /**
   * Renames or describes several folders of a project, as one transaction.
   *
   * @throws InfisicalNotFoundError when one does not exist: none is changed
   * @throws InfisicalValidationError when a name is taken (status 400): none is changed
   */
  async updateMany(
    folders: readonly UpdateManyFolder[],
    options: ProjectOptions = {},
  ): Promise<Folder[]> {
    const operation = 'folders.updateMany';
    const limits = begin(operation, options, PROJECT_OPTIONS);
    check(operation, 'folders', folders, FOLDERS);
    const changes = folders.map((folder, index) => {
      const where = `folders[${index}]`;
      checkInner(operation, where, folder, UPDATE_MANY_FOLDER, ['id', 'name']);
      const { id, name, description } = folder;
      return { id, name, description, ...this.#context.place(folder) };
    });
    const answer = await this.#context.withProject(options, (projectId) =>
      this.#context.callWithFallback(
        {
          ...limits,
          method: 'PATCH',
          path: apiPath`/api/v2/folders/batch`,
          body: { projectId, folders: changes },
        },
        // v1 wants the slug (contract: secrets §4).
        async () => ({
          ...limits,
          method: 'PATCH',
          path: apiPath`/api/v1/folders/batch`,
          body: {
            projectSlug: await this.#context.projectSlug({
              ...options,
              projectId,
            }),
            folders: changes,
          },
        }),
      ),
    );
    return readArray(answer.answer.data, 'folders').map((raw) => {
      const id = readText(raw, 'id');
      const change = changes.find((one) => one.id === id);
      return toFolder(
        raw,
        join(change?.path ?? '/', readText(raw, 'name')),
        change?.environment ?? '',
      );
    });
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
    const limits = begin('folders.delete', options, DELETE_FOLDER);
    checkId('folders.delete', 'nameOrId', nameOrId);
    const place = this.#context.place(options);
    const answer = await this.#context.withProject(options, (projectId) =>
      this.onVersion((version) => ({
        ...limits,
        method: 'DELETE',
        path: folderPath(version, nameOrId),
        body: {
          [projectKey(version)]: projectId,
          ...place,
          // v1 always deletes what is inside, too.
          forceDelete: options.force ?? false,
        },
      })),
    );
    const raw = readObject(answer.data, 'folder');
    const path = join(place.path, readText(raw, 'name'));
    return toFolder(raw, path, place.environment);
  }

  /** Sends name and description of one folder. */
  private async write(
    operation: string,
    options: CreateFolderOptions | UpdateFolderOptions,
    route: (version: FoldersVersion) => Pick<ApiCall, 'method' | 'path'>,
  ): Promise<Folder> {
    const limits = begin(operation, options, WRITE_FOLDER);
    check(operation, 'name', options.name, FOLDER_NAME);
    const place = this.#context.place(options);
    const answer = await this.#context.withProject(options, (projectId) =>
      this.onVersion((version) => ({
        ...limits,
        ...route(version),
        body: {
          [projectKey(version)]: projectId,
          ...place,
          name: options.name,
          description: options.description,
        },
      })),
    );
    const raw = readObject(answer.data, 'folder');
    return toFolder(raw, readText(raw, 'path'), place.environment);
  }

  private async onVersion(
    build: (version: FoldersVersion) => ApiCall,
  ): Promise<ApiAnswer> {
    const { answer } = await this.#context.callWithFallback(build('v2'), () =>
      build('v1'),
    );
    return answer;
  }
}

function foldersPath(version: FoldersVersion): ApiPath {
  return version === 'v2' ? apiPath`/api/v2/folders` : apiPath`/api/v1/folders`;
}

function folderPath(version: FoldersVersion, folder: string): ApiPath {
  return version === 'v2'
    ? apiPath`/api/v2/folders/${folder}`
    : apiPath`/api/v1/folders/${folder}`;
}

function projectKey(version: FoldersVersion): string {
  return version === 'v2' ? 'projectId' : 'workspaceId';
}

function join(parent: string, child: string): string {
  return `${parent}/${child}`.replace(/\/{2,}/g, '/');
}

function toFolder(
  raw: Record<string, unknown>,
  path: string,
  environment: string,
): Folder {
  return {
    id: readText(raw, 'id'),
    name: readText(raw, 'name'),
    description: readOptionalText(raw, 'description'),
    path,
    environment,
    createdAt: readTimestamp(raw, 'createdAt'),
    updatedAt: readTimestamp(raw, 'updatedAt'),
    lastSecretModified: readOptionalTimestamp(raw, 'lastSecretModified'),
  };
}
