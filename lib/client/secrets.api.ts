import { apiPath } from '../http/api-path.js';
import type { ApiCall, CallLimits } from '../http/http-client.js';
import { readArray, readObject } from './answer-readers.js';
import type { ClientContext, Place } from './client-context.js';
import type { CallOptions, ScopeOptions } from './client-options.js';
import { begin } from './option-checks.js';
import {
  mergeImports,
  readSecretList,
  type SecretList,
} from './secret-list.js';
import type {
  BatchOptions,
  CreateManyItem,
  CreateSecretOptions,
  DeleteSecretOptions,
  GetSecretOptions,
  ListSecretsOptions,
  MoveSecretsOptions,
  UpdateManyItem,
  UpdateManyOptions,
  UpdateSecretOptions,
} from './secret-options.js';
import { GET_SECRET, LIST_SECRETS } from './secret-shapes.js';
import { SecretRecord } from './secret-record.js';
import {
  readQuery,
  requireName,
  requireValue,
  secretPath,
  writeFields,
} from './secret-requests.js';
import {
  SecretsGeneration,
  type SecretsVersion,
} from './secrets-generation.js';

/** Secrets of one batch request. The server states no limit; a body of 1 MiB is one. */
const BATCH_SIZE = 100;

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
  readonly #generation: SecretsGeneration;

  constructor(context: ClientContext) {
    this.#context = context;
    this.#generation = new SecretsGeneration(context);
  }

  /**
   * The folder's secrets, with imported ones merged: an own secret first, then
   * that of the last import.
   *
   * @throws InfisicalNotFoundError when environment or folder do not exist
   * @throws InfisicalPermissionError
   */
  async list(options: ListSecretsOptions = {}): Promise<SecretRecord[]> {
    const limits = begin('secrets.list', options, LIST_SECRETS);
    const secrets = await this.cached(options, limits, [], async (own) => {
      const { signal, timeout } = own;
      const answer = await this.listConditionally({
        ...options,
        signal,
        timeout,
      });
      return answer.modified ? mergeImports(answer.list) : [];
    });
    return [...secrets];
  }

  /**
   * The folder's secrets as the server sends them, unless they still have this
   * ETag.
   */
  async listConditionally(
    options: ListSecretsOptions,
    etag?: string,
  ): Promise<ConditionalList> {
    const limits = begin('secrets.list', options, LIST_SECRETS);
    const place = this.#context.place(options);
    const projectId = await this.#context.projectId(options);
    const answer = await this.#generation.call((version) => ({
      ...limits,
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
    const limits = begin('secrets.get', options, GET_SECRET);
    const place = this.#context.place(options);
    const projectId = await this.#context.projectId(options);
    return this.cached(options, limits, [name], (own) =>
      this.one(place, (version) => ({
        ...own,
        method: 'GET',
        path: secretPath(version, name),
        query: {
          ...readQuery(version, projectId, place, options),
          type: options.type ?? 'shared',
          version: options.version,
        },
      })),
    );
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

  /**
   * Creates secrets, in requests of a hundred; each request is one transaction.
   *
   * @throws InfisicalValidationError when a name is taken (status 400): nothing of that request was written
   */
  async createMany(
    secrets: readonly CreateManyItem[],
    options: BatchOptions = {},
  ): Promise<SecretRecord[]> {
    for (const { secretValue } of secrets)
      requireValue(secretValue, 'createMany');
    return this.batch('POST', secrets, options);
  }

  /**
   * Changes secrets, in requests of a hundred; each request is one transaction.
   *
   * @throws InfisicalNotFoundError when one does not exist, unless `mode` says otherwise
   */
  async updateMany(
    secrets: readonly UpdateManyItem[],
    options: UpdateManyOptions = {},
  ): Promise<SecretRecord[]> {
    return this.batch('PATCH', secrets, options, {
      mode: options.mode ?? 'failOnNotFound',
    });
  }

  /**
   * Deletes secrets, in requests of a hundred; each request is one transaction.
   *
   * @throws InfisicalNotFoundError when one does not exist
   */
  async deleteMany(
    names: readonly string[],
    options: BatchOptions = {},
  ): Promise<SecretRecord[]> {
    const secrets = names.map((secretKey) => ({ secretKey, type: 'shared' }));
    return this.batch('DELETE', secrets, options);
  }

  /**
   * Moves secrets to another folder or environment of the project.
   *
   * @param secretIds ids, not names
   */
  async move(
    secretIds: readonly string[],
    options: MoveSecretsOptions,
  ): Promise<void> {
    const from = this.#context.place(options);
    const to = this.#context.place({ ...options, ...options.to });
    const projectId = await this.#context.projectId(options);
    await this.#generation.call((version) => ({
      method: 'POST',
      path:
        version === 'v4'
          ? apiPath`/api/v4/secrets/move`
          : apiPath`/api/v3/secrets/move`,
      body: {
        projectId,
        sourceEnvironment: from.environment,
        sourceSecretPath: from.path,
        destinationEnvironment: to.environment,
        destinationSecretPath: to.path,
        secretIds,
        shouldOverwrite: options.shouldOverwrite ?? false,
      },
      signal: options.signal,
    }));
  }

  /**
   * The kept answer, or that of `load`. A request that others wait for, too, is
   * not ended by the limits of the one who made it.
   */
  private async cached<T>(
    options: ScopeOptions & CallOptions,
    limits: CallLimits,
    more: readonly string[],
    load: (own: CallLimits) => Promise<T>,
  ): Promise<T> {
    const { cache } = this.#context.options;
    if (!cache.enabled) return load(limits);
    const { operation } = limits;
    const key = [operation, ...more, await this.question(options)];
    return this.#context.http.withDeadline(limits, (signal) =>
      cache.read(key, signal, () =>
        load({ operation, signal: undefined, timeout: undefined }),
      ),
    );
  }

  /** Everything that changes the answer of a read, in one order. */
  private async question(options: ScopeOptions): Promise<unknown[]> {
    const question = {
      ...options,
      signal: undefined,
      timeout: undefined,
      projectSlug: undefined,
      projectId: await this.#context.projectId(options),
      ...this.#context.place(options),
    };
    return Object.entries(question)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  private async batch(
    method: 'POST' | 'PATCH' | 'DELETE',
    secrets: readonly { secretKey: string }[],
    options: BatchOptions,
    more?: Record<string, unknown>,
  ): Promise<SecretRecord[]> {
    for (const { secretKey } of secrets) requireName(secretKey);
    const place = this.#context.place(options);
    const projectId = await this.#context.projectId(options);
    const written: SecretRecord[] = [];
    for (let start = 0; start < secrets.length; start += BATCH_SIZE) {
      const answer = await this.#generation.call((version) => ({
        method,
        path:
          version === 'v4'
            ? apiPath`/api/v4/secrets/batch`
            : apiPath`/api/v3/secrets/batch/raw`,
        body: {
          [version === 'v4' ? 'projectId' : 'workspaceId']: projectId,
          environment: place.environment,
          secretPath: place.path,
          secrets: secrets.slice(start, start + BATCH_SIZE),
          ...more,
        },
        signal: options.signal,
      }));
      for (const raw of readArray(answer.data, 'secrets')) {
        written.push(new SecretRecord(raw, place));
      }
    }
    return written;
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
    build: (version: SecretsVersion) => ApiCall,
  ): Promise<SecretRecord> {
    const answer = await this.#generation.call(build);
    return new SecretRecord(readObject(answer.data, 'secret'), place);
  }
}
