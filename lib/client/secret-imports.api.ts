import { apiPath, normalizeFolderPath } from '../http/api-path.js';
import { readObject, readText } from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions, ScopeOptions } from './client-options.js';

/** Where an import takes secrets from. */
export interface ImportSource {
  /** Environment slug. */
  environment: string;
  path: string;
}

/** An import of another folder's secrets. */
export interface SecretImport {
  readonly id: string;
  readonly source: Readonly<ImportSource>;
  /** From 1; of several imports with the same name, the last one wins. */
  readonly position: number;
}

/** The importing folder; what is absent comes from the client's options. */
export type ImportPlace = ScopeOptions & CallOptions;

/** Options of `secretImports.create`. */
export interface CreateImportOptions extends ImportPlace {
  from: ImportSource;
}

/** Options of `secretImports.update`. What is absent stays as it is. */
export interface UpdateImportOptions extends ImportPlace {
  from?: Partial<ImportSource>;
  /** From 1. */
  position?: number;
}

/**
 * Imports of a folder (contract: secrets §5).
 *
 * @publicApi
 */
export class SecretImportsApi {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** The folder's imports in the order of their position. */
  async list(options: ImportPlace = {}): Promise<SecretImport[]> {
    const imports = await this.#context.fetchAll(
      {
        method: 'GET',
        path: apiPath`/api/v2/secret-imports`,
        query: await this.place(options),
        signal: options.signal,
      },
      'secretImports',
    );
    return imports.map(toImport);
  }

  /**
   * Adds an import as the last one. A source folder that does not exist is
   * accepted.
   *
   * @throws InfisicalValidationError when the two folders would import each other (status 400)
   */
  async create(options: CreateImportOptions): Promise<SecretImport> {
    return this.one('POST', apiPath`/api/v2/secret-imports`, options, {
      import: toSource(options.from),
    });
  }

  /** Changes source or position. */
  async update(
    importId: string,
    options: UpdateImportOptions,
  ): Promise<SecretImport> {
    return this.one(
      'PATCH',
      apiPath`/api/v2/secret-imports/${importId}`,
      options,
      { import: { ...toSource(options.from), position: options.position } },
    );
  }

  /** @throws InfisicalNotFoundError */
  async delete(
    importId: string,
    options: ImportPlace = {},
  ): Promise<SecretImport> {
    return this.one(
      'DELETE',
      apiPath`/api/v2/secret-imports/${importId}`,
      options,
    );
  }

  private async one(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    options: ImportPlace,
    body?: Record<string, unknown>,
  ): Promise<SecretImport> {
    return toImport(
      await this.#context.fetch(
        {
          method,
          path,
          body: { ...(await this.place(options)), ...body },
          signal: options.signal,
        },
        'secretImport',
      ),
    );
  }

  private async place(options: ScopeOptions): Promise<Record<string, string>> {
    return {
      projectId: await this.#context.projectId(options),
      ...this.#context.place(options),
    };
  }
}

function toSource(source: Partial<ImportSource> = {}): Partial<ImportSource> {
  const { environment, path } = source;
  return {
    environment,
    path: path === undefined ? undefined : normalizeFolderPath(path),
  };
}

function toImport(raw: Record<string, unknown>): SecretImport {
  return {
    id: readText(raw, 'id'),
    source: {
      environment: readText(readObject(raw, 'importEnv'), 'slug'),
      path: readText(raw, 'importPath'),
    },
    position: typeof raw.position === 'number' ? raw.position : 0,
  };
}
