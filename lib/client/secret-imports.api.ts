import {
  type ApiPath,
  apiPath,
  normalizeFolderPath,
} from '../http/api-path.js';
import type { ApiCall } from '../http/api-call.js';
import {
  readArray,
  readObject,
  readOptionalFlag,
  readOptionalText,
  readText,
  readWhole,
} from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions, ScopeOptions } from './client-options.js';
import { checkId, checkInner } from './name-checks.js';
import {
  ANY_TEXT,
  begin,
  CALL_OPTIONS,
  check,
  FLAG,
  OBJECT,
  SCOPE_OPTIONS,
  type Shape,
  TEXT,
  whole,
} from './option-checks.js';
import { LISTED, SecretRecord } from './secret-record.js';

/**
 * Where an import takes secrets from.
 *
 * @example
 * ```ts
 * const from: ImportSource = { environment: 'prod', path: '/common' };
 * await client.secretImports.create({ path: '/payments', from });
 * ```
 *
 * @publicApi
 */
export interface ImportSource {
  /** Environment slug. */
  environment: string;
  path: string;
}

/**
 * An import of another folder's secrets.
 *
 * @example
 * ```ts
 * const imports: SecretImport[] = await client.secretImports.list();
 * const sources = imports.map(({ source }) => source.path);
 * ```
 *
 * @publicApi
 */
export interface SecretImport {
  readonly id: string;
  readonly source: Readonly<ImportSource>;
  /** From 1; of several imports with the same name, the last one wins. */
  readonly position: number;
  /** Whether the source's secrets are copied rather than looked up. */
  readonly isReplication: boolean;
  /** How the last copying went; absent when there was none. */
  readonly isReplicationSuccess?: boolean;
  /** The server's word on a failed copying. */
  readonly replicationStatus?: string;
}

/**
 * An import, and the folder that it belongs to.
 *
 * @example
 * ```ts
 * import { importId } from './imports.js';
 *
 * const { source, target }: SecretImportDetail =
 *   await client.secretImports.get(importId);
 * logger.log(`${target.path} imports ${source.path}`);
 * ```
 *
 * @publicApi
 */
export interface SecretImportDetail extends SecretImport {
  /** The importing folder. */
  readonly target: Readonly<ImportSource>;
}

/**
 * Secrets of one import.
 *
 * @example
 * ```ts
 * const groups: ImportedSecrets[] = await client.secretImports.secrets();
 * const names = groups.flatMap(({ secrets }) =>
 *   secrets.map(({ secretKey }) => secretKey),
 * );
 * ```
 *
 * @publicApi
 */
export interface ImportedSecrets {
  readonly source: Readonly<ImportSource>;
  readonly secrets: readonly SecretRecord[];
}

/**
 * The importing folder; what is absent comes from the client's options.
 *
 * @example
 * ```ts
 * const place: ImportPlace = { environment: 'prod', path: '/payments' };
 * const imports = await client.secretImports.list(place);
 * ```
 *
 * @publicApi
 */
export type ImportPlace = ScopeOptions & CallOptions;

/**
 * Options of `secretImports.create`.
 *
 * @example
 * ```ts
 * const options: CreateImportOptions = {
 *   path: '/payments',
 *   from: { environment: 'prod', path: '/common' },
 * };
 * await client.secretImports.create(options);
 * ```
 *
 * @publicApi
 */
export interface CreateImportOptions extends ImportPlace {
  from: ImportSource;
  /** Copy the source's secrets into the folder. Needs a licence: else status 400. Default false. */
  isReplication?: boolean;
}

/**
 * Options of `secretImports.update`. What is absent stays as it is.
 *
 * @example
 * ```ts
 * import { importId } from './imports.js';
 *
 * const options: UpdateImportOptions = { path: '/payments', position: 1 };
 * await client.secretImports.update(importId, options);
 * ```
 *
 * @publicApi
 */
export interface UpdateImportOptions extends ImportPlace {
  from?: Partial<ImportSource>;
  /** From 1. */
  position?: number;
}

const SOURCE: Shape<ImportSource> = { environment: TEXT, path: ANY_TEXT };

const CREATE_IMPORT: Shape<CreateImportOptions> = {
  ...SCOPE_OPTIONS,
  from: OBJECT,
  isReplication: FLAG,
};

const UPDATE_IMPORT: Shape<UpdateImportOptions> = {
  ...SCOPE_OPTIONS,
  from: OBJECT,
  position: whole(1),
};

type ImportsVersion = 'v2' | 'v1';

/**
 * Imports of a folder (contract: secrets §5).
 *
 * @example
 * ```ts
 * const { id } = await client.secretImports.create({
 *   path: '/payments',
 *   from: { environment: 'prod', path: '/common' },
 * });
 * await client.secretImports.update(id, { path: '/payments', position: 1 });
 * ```
 *
 * @publicApi
 */
export class SecretImportsApi {
  readonly #context: ClientContext;

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** The folder's imports in the order of their position. */
  async list(options: ImportPlace = {}): Promise<SecretImport[]> {
    const limits = begin('secretImports.list', options, SCOPE_OPTIONS);
    return this.at(
      options,
      (version, place) => ({
        ...limits,
        method: 'GET',
        path: importsPath(version),
        query: place,
      }),
      (data) => readArray(data, 'secretImports').map(toImport),
    );
  }

  /**
   * One import, wherever it is.
   *
   * @throws InfisicalNotFoundError
   */
  async get(
    importId: string,
    options: CallOptions = {},
  ): Promise<SecretImportDetail> {
    const limits = begin('secretImports.get', options, CALL_OPTIONS);
    checkId('secretImports.get', 'importId', importId);
    const { answer } = await this.#context.callWithFallback(
      { ...limits, method: 'GET', path: importPath('v2', importId) },
      () => ({ ...limits, method: 'GET', path: importPath('v1', importId) }),
    );
    const raw = readObject(answer.data, 'secretImport');
    return {
      ...toImport(raw),
      target: {
        environment: readText(readObject(raw, 'environment'), 'slug'),
        path: readText(raw, 'secretPath'),
      },
    };
  }

  /**
   * The secrets that the folder's imports bring, import by import in the order
   * of their position.
   */
  async secrets(options: ImportPlace = {}): Promise<ImportedSecrets[]> {
    const limits = begin('secretImports.secrets', options, SCOPE_OPTIONS);
    return this.at(
      options,
      (version, place) => ({
        ...limits,
        method: 'GET',
        path:
          version === 'v2'
            ? apiPath`/api/v2/secret-imports/secrets`
            : apiPath`/api/v1/secret-imports/secrets/raw`,
        query: place,
      }),
      (data) =>
        readArray(data, 'secrets').map((group) => {
          const source: ImportSource = {
            environment: readText(group, 'environment'),
            path: readText(group, 'secretPath'),
          };
          return {
            source,
            secrets: readArray(group, 'secrets').map(
              // These do not say whether a value is hidden.
              (raw) =>
                new SecretRecord(raw, source, { ...LISTED, hidden: false }),
            ),
          };
        }),
    );
  }

  /**
   * Adds an import as the last one. A source folder that does not exist is
   * accepted.
   *
   * @throws InfisicalValidationError when the two folders would import each other (status 400)
   */
  async create(options: CreateImportOptions): Promise<SecretImport> {
    const operation = 'secretImports.create';
    const limits = begin(operation, options, CREATE_IMPORT);
    check(operation, 'from', options.from, OBJECT);
    checkInner(operation, 'from', options.from, SOURCE, [
      'environment',
      'path',
    ]);
    return this.one(options, (version, place) => ({
      ...limits,
      method: 'POST',
      path: importsPath(version),
      body: {
        ...place,
        import: toSource(options.from),
        isReplication: options.isReplication ?? false,
      },
    }));
  }

  /**
   * Changes source or position.
   *
   * @throws InfisicalNotFoundError
   */
  async update(
    importId: string,
    options: UpdateImportOptions,
  ): Promise<SecretImport> {
    const operation = 'secretImports.update';
    const limits = begin(operation, options, UPDATE_IMPORT);
    checkId(operation, 'importId', importId);
    const { from = {}, position } = options;
    checkInner(operation, 'from', from, SOURCE);
    return this.one(options, (version, place) => ({
      ...limits,
      method: 'PATCH',
      path: importPath(version, importId),
      body: { ...place, import: { ...toSource(from), position } },
    }));
  }

  /** @throws InfisicalNotFoundError */
  async delete(
    importId: string,
    options: ImportPlace = {},
  ): Promise<SecretImport> {
    const limits = begin('secretImports.delete', options, SCOPE_OPTIONS);
    checkId('secretImports.delete', 'importId', importId);
    return this.one(options, (version, place) => ({
      ...limits,
      method: 'DELETE',
      path: importPath(version, importId),
      body: place,
    }));
  }

  private one(
    options: ImportPlace,
    build: (version: ImportsVersion, place: Record<string, string>) => ApiCall,
  ): Promise<SecretImport> {
    return this.at(options, build, (data) =>
      toImport(readObject(data, 'secretImport')),
    );
  }

  /** Calls v2, or v1 where the server has no such route. */
  private at<T>(
    options: ImportPlace,
    build: (version: ImportsVersion, place: Record<string, string>) => ApiCall,
    read: (data: unknown) => T,
  ): Promise<T> {
    const place = this.#context.place(options);
    return this.#context.withProject(options, async (projectId) => {
      const { answer } = await this.#context.callWithFallback(
        build('v2', { projectId, ...place }),
        () => build('v1', { workspaceId: projectId, ...place }),
      );
      return read(answer.data);
    });
  }
}

function importsPath(version: ImportsVersion): ApiPath {
  return version === 'v2'
    ? apiPath`/api/v2/secret-imports`
    : apiPath`/api/v1/secret-imports`;
}

function importPath(version: ImportsVersion, importId: string): ApiPath {
  return version === 'v2'
    ? apiPath`/api/v2/secret-imports/${importId}`
    : apiPath`/api/v1/secret-imports/${importId}`;
}

function toSource(source: Partial<ImportSource>): Partial<ImportSource> {
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
    position: readWhole(raw, 'position'),
    isReplication: readOptionalFlag(raw, 'isReplication') ?? false,
    isReplicationSuccess: readOptionalFlag(raw, 'isReplicationSuccess'),
    replicationStatus: readOptionalText(raw, 'replicationStatus'),
  };
}
