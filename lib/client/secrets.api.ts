import { InfisicalConfigError } from '../common/infisical.error.js';
import { apiPath } from '../http/api-path.js';
import type { ApiAnswer, ApiCall } from '../http/http-client.js';
import {
  type ClientContext,
  type Place,
  readObject,
} from './client-context.js';
import type { CallOptions, ScopeOptions } from './client-options.js';
import {
  mergeImports,
  readSecretList,
  type SecretList,
} from './secret-list.js';
import {
  type SecretMetadata,
  SecretRecord,
  type SecretType,
} from './secret-record.js';

/** What a read asks for. */
export interface ReadSecretOptions extends ScopeOptions, CallOptions {
  /** Replace `${…}` references by their values. Default true. */
  expandSecretReferences?: boolean;
  /** Include the folder's imports. Default true. */
  includeImports?: boolean;
  /** Ask for values; without them `secretValueHidden` is true. Default true. */
  viewSecretValue?: boolean;
}

/** Options of `secrets.list`. */
export interface ListSecretsOptions extends ReadSecretOptions {
  /** All folders below `path` too. Default false. */
  recursive?: boolean;
  /** Only secrets with any of these tags. */
  tagSlugs?: readonly string[];
}

/** Options of `secrets.get`. */
export interface GetSecretOptions extends ReadSecretOptions {
  /** Default `shared`. */
  type?: SecretType;
  /** An earlier version. Default: the current one. */
  version?: number;
}

/** Fields that create and update share. */
interface WriteSecretFields extends ScopeOptions, CallOptions {
  secretComment?: string;
  secretMetadata?: readonly SecretMetadata[];
  /** Ids of tags; replaces those the secret has. */
  tagIds?: readonly string[];
  skipMultilineEncoding?: boolean;
  /** Default `shared`. */
  type?: SecretType;
}

/** Options of `secrets.create`. */
export interface CreateSecretOptions extends WriteSecretFields {
  /** May be empty. The server trims it at both ends, but for one final newline. */
  secretValue: string;
}

/** Options of `secrets.update`. What is absent stays as it is. */
export interface UpdateSecretOptions extends WriteSecretFields {
  secretValue?: string;
  /** Rename. References to the old name are rewritten by the server. */
  newSecretName?: string;
}

/** Options of `secrets.delete`. */
export interface DeleteSecretOptions extends ScopeOptions, CallOptions {
  /** Default `shared`. */
  type?: SecretType;
}

/** A list, or word that the one with this ETag is still right. */
export type ConditionalList =
  | { readonly modified: true; readonly list: SecretList }
  | { readonly modified: false };

/**
 * Secrets of a folder (contract: secrets §2).
 *
 * @publicApi
 */
export class SecretsApi {
  readonly #context: ClientContext;
  /** The generation in use. v3 after a v4 route was found missing. */
  #version: 'v4' | 'v3';

  constructor(context: ClientContext) {
    this.#context = context;
    this.#version = context.options.apiVersion === 'v3' ? 'v3' : 'v4';
  }

  /**
   * The folder's secrets, with imported ones merged: an own secret first, then
   * that of the last import.
   *
   * @throws InfisicalNotFoundError when environment or folder do not exist
   * @throws InfisicalPermissionError
   */
  async list(options: ListSecretsOptions = {}): Promise<SecretRecord[]> {
    const answer = await this.listConditionally(options);
    return answer.modified ? mergeImports(answer.list) : [];
  }

  /**
   * The folder's secrets as the server sends them, unless they still have this
   * ETag.
   */
  async listConditionally(
    options: ListSecretsOptions,
    etag?: string,
  ): Promise<ConditionalList> {
    const place = this.#context.place(options);
    const projectId = await this.#context.projectId(options);
    const answer = await this.onVersion((version) => ({
      method: 'GET',
      path:
        version === 'v4'
          ? apiPath`/api/v4/secrets`
          : apiPath`/api/v3/secrets/raw`,
      query: {
        ...readQuery(version, projectId, place, options),
        recursive: options.recursive ?? false,
        ...(version === 'v4' ? { includePersonalOverrides: false } : undefined),
        tagSlugs: options.tagSlugs?.join(',') || undefined,
      },
      headers: etag === undefined ? undefined : { 'if-none-match': etag },
      signal: options.signal,
    }));
    if (answer.status === 304) return { modified: false };
    return {
      modified: true,
      list: readSecretList(answer.data, place, answer.etag),
    };
  }

  /**
   * One secret.
   *
   * @throws InfisicalNotFoundError when it does not exist, neither in the folder nor in its imports
   * @throws InfisicalPermissionError
   */
  async get(
    name: string,
    options: GetSecretOptions = {},
  ): Promise<SecretRecord> {
    const place = this.#context.place(options);
    const projectId = await this.#context.projectId(options);
    return this.one(place, (version) => ({
      method: 'GET',
      path: secretPath(version, name),
      query: {
        ...readQuery(version, projectId, place, options),
        type: options.type ?? 'shared',
        version: options.version,
      },
      signal: options.signal,
    }));
  }

  /**
   * Creates a secret.
   *
   * @throws InfisicalValidationError when the name is taken (status 400) or not allowed (422)
   */
  async create(
    name: string,
    options: CreateSecretOptions,
  ): Promise<SecretRecord> {
    requireValue(options?.secretValue, 'create');
    return this.write('POST', name, options, {
      secretValue: options.secretValue,
      ...writeFields(options),
    });
  }

  /**
   * Changes a secret.
   *
   * @throws InfisicalNotFoundError when it does not exist
   */
  async update(
    name: string,
    options: UpdateSecretOptions,
  ): Promise<SecretRecord> {
    return this.write('PATCH', name, options, {
      secretValue: options.secretValue,
      newSecretName: options.newSecretName,
      ...writeFields(options),
    });
  }

  /**
   * Deletes a secret.
   *
   * @throws InfisicalNotFoundError when it does not exist
   */
  async delete(
    name: string,
    options: DeleteSecretOptions = {},
  ): Promise<SecretRecord> {
    return this.write('DELETE', name, options, {
      type: options.type ?? 'shared',
    });
  }

  private async write(
    method: 'POST' | 'PATCH' | 'DELETE',
    name: string,
    options: ScopeOptions & CallOptions,
    fields: Record<string, unknown>,
  ): Promise<SecretRecord> {
    const place = this.#context.place(options);
    const projectId = await this.#context.projectId(options);
    return this.one(place, (version) => ({
      method,
      path: secretPath(version, name),
      body: {
        [version === 'v4' ? 'projectId' : 'workspaceId']: projectId,
        environment: place.environment,
        secretPath: place.path,
        ...fields,
      },
      signal: options.signal,
    }));
  }

  private async one(
    place: Place,
    build: (version: 'v4' | 'v3') => ApiCall,
  ): Promise<SecretRecord> {
    const answer = await this.onVersion(build);
    return new SecretRecord(readObject(answer.data, 'secret'), place);
  }

  /** Makes the call on v4, and on v3 for the life of the client once the server turned out to have no such route. */
  private async onVersion(
    build: (version: 'v4' | 'v3') => ApiCall,
  ): Promise<ApiAnswer> {
    if (this.#version === 'v3') return this.#context.call(build('v3'));
    if (this.#context.options.apiVersion !== 'auto') {
      return this.#context.call(build('v4'));
    }
    const { answer, isOlder } = await this.#context.callWithFallback(
      build('v4'),
      () => build('v3'),
    );
    if (isOlder) this.#version = 'v3';
    return answer;
  }
}

function secretPath(version: 'v4' | 'v3', name: string): string {
  if (typeof name !== 'string' || !name.trim() || /[:/]/.test(name)) {
    throw new InfisicalConfigError(
      `"${name}" is not a secret name: it must not be empty and must not hold ":" or "/". Pass the folder as \`path\`.`,
    );
  }
  return version === 'v4'
    ? apiPath`/api/v4/secrets/${name}`
    : apiPath`/api/v3/secrets/raw/${name}`;
}

/** Every flag explicitly, imports under both spellings: the defaults differ between generations (contract: secrets §2.3). */
function readQuery(
  version: 'v4' | 'v3',
  projectId: string,
  place: Place,
  options: ReadSecretOptions,
): Record<string, string | boolean> {
  const imports = options.includeImports ?? true;
  return {
    [version === 'v4' ? 'projectId' : 'workspaceId']: projectId,
    environment: place.environment,
    secretPath: place.path,
    viewSecretValue: options.viewSecretValue ?? true,
    expandSecretReferences: options.expandSecretReferences ?? true,
    includeImports: imports,
    include_imports: imports,
  };
}

function writeFields(options: WriteSecretFields): Record<string, unknown> {
  return {
    secretComment: options.secretComment,
    secretMetadata: options.secretMetadata,
    tagIds: options.tagIds,
    skipMultilineEncoding: options.skipMultilineEncoding,
    type: options.type ?? 'shared',
  };
}

function requireValue(value: unknown, method: string): void {
  if (typeof value !== 'string') {
    throw new InfisicalConfigError(
      `secrets.${method} needs secretValue, a string; it may be empty.`,
    );
  }
}
