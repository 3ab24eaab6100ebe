import { apiPath } from '../http/api-path.js';
import { InfisicalNotFoundError } from '../http/errors.js';
import type { CallLimits } from '../http/api-call.js';
import {
  readArray,
  readBody,
  readFlag,
  readObject,
  readOptionalText,
  readText,
} from './answer-readers.js';
import type { ClientContext, Place } from './client-context.js';
import type { CallOptions } from './client-options.js';
import {
  checkId,
  checkInner,
  SECRET_NAME,
  WRITABLE_NAME,
} from './name-checks.js';
import {
  ANY_TEXT,
  begin,
  CALL_OPTIONS,
  type Check,
  check,
} from './option-checks.js';
import { attachToEnv, type EnvAttachment, processEnv } from './process-env.js';
import type {
  AttachToProcessEnvOptions,
  BatchOptions,
  CreateManyItem,
  CreateSecretOptions,
  DeleteManyOptions,
  DeleteSecretOptions,
  DuplicatedSecret,
  DuplicateSecretsOptions,
  GetSecretOptions,
  ListSecretsOptions,
  MoveSecretsOptions,
  MoveSecretsResult,
  ReadSecretOptions,
  SecretName,
  SecretTagsOptions,
  SecretVersionsOptions,
  UpdateManyItem,
  UpdateManyOptions,
  UpdateSecretOptions,
} from './secret-options.js';
import { type ConditionalList, SecretReads } from './secret-reads.js';
import {
  CHANGED,
  CREATED,
  type SecretRecord,
  type SecretTag,
  toTag,
} from './secret-record.js';
import { projectKey, writeFields } from './secret-requests.js';
import * as shapes from './secret-shapes.js';
import { LIST, SecretWrites } from './secret-writes.js';
import { SecretsGeneration } from './secrets-generation.js';

/** Most versions that `secrets.versions` reads when nothing is said. */
const VERSIONS = 10;

const NAME_OR_ID: Check = {
  expected: 'a name, or an object with an id',
  accepts: (value) =>
    typeof value === 'object' && value !== null && 'id' in value,
};

/**
 * Secrets of a folder (contract: secrets §2).
 *
 * @example
 * ```ts
 * const records = await client.secrets.list({ path: '/payments' });
 * const { secretValue } = await client.secrets.get('DATABASE_URL');
 * await client.secrets.update('RETRIES', { secretValue: '5' });
 * ```
 *
 * @publicApi
 */
export class SecretsApi {
  readonly #context: ClientContext;
  readonly #generation: SecretsGeneration;
  readonly #reads: SecretReads;
  readonly #writes: SecretWrites;

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
    this.#generation = new SecretsGeneration(context);
    this.#reads = new SecretReads(context, this.#generation);
    this.#writes = new SecretWrites(context, this.#generation);
  }

  /**
   * The folder's secrets by path and name, with imported ones merged: an own
   * secret hides those of the imports, and the last import the earlier ones.
   *
   * @throws InfisicalNotFoundError when environment or folder do not exist
   * @throws InfisicalPermissionError
   * @throws InfisicalHttpError code `FilterIgnored` when the server does not know `metadataFilter`
   */
  async list(options: ListSecretsOptions = {}): Promise<SecretRecord[]> {
    const limits = begin('secrets.list', options, shapes.LIST_SECRETS);
    return this.#reads.list(options, limits);
  }

  /**
   * The folder's secrets as the server sends them, unless they still have this
   * ETag.
   */
  async listConditionally(
    options: ListSecretsOptions,
    etag?: string,
  ): Promise<ConditionalList> {
    const limits = begin('secrets.list', options, shapes.LIST_SECRETS);
    return this.#reads.conditional(options, limits, etag);
  }

  /**
   * One secret.
   *
   * @throws InfisicalNotFoundError when it does not exist, neither in the folder nor in its imports
   * @throws InfisicalPermissionError
   * @throws InfisicalHttpError code `WrongVersion` when the server answers another version
   */
  async get(
    name: string,
    options: GetSecretOptions = {},
  ): Promise<SecretRecord> {
    const limits = begin('secrets.get', options, shapes.GET_SECRET);
    check('secrets.get', 'name', name, SECRET_NAME);
    return this.#reads.get(name, options, limits);
  }

  /**
   * One secret by its id, wherever it is.
   *
   * @throws InfisicalNotFoundError
   * @throws InfisicalPermissionError
   */
  async getById(
    secretId: string,
    options: CallOptions = {},
  ): Promise<SecretRecord> {
    const limits = begin('secrets.getById', options, CALL_OPTIONS);
    checkId('secrets.getById', 'secretId', secretId);
    return this.#reads.byId(secretId, limits);
  }

  /**
   * Earlier versions of a secret and the current one, the newest first, with
   * one request for each. It ends where the server's history ends.
   *
   * @param secret its name, or an object with its id
   * @throws InfisicalNotFoundError when there is no such secret
   */
  async versions(
    secret: SecretName,
    options: SecretVersionsOptions = {},
  ): Promise<SecretRecord[]> {
    const operation = 'secrets.versions';
    const limits = begin(operation, options, shapes.SECRET_VERSIONS);
    const { offset = 0, limit = VERSIONS, ...more } = options;
    const current = await this.current(secret, more, limits);
    // Where it really is: an import has no history here.
    const place: Place = {
      environment: current.environment,
      path: current.secretPath,
    };
    const { secretKey, type, version: newest } = current;
    const found: SecretRecord[] = [];
    for (
      let version = newest - offset;
      version >= 1 && found.length < limit;
      version--
    ) {
      const asked = { ...more, type, version, includeImports: false };
      try {
        found.push(await this.#reads.at(secretKey, place, asked, limits));
      } catch (error) {
        // Old versions are thrown away, by the project's settings.
        if (error instanceof InfisicalNotFoundError) break;
        throw error;
      }
    }
    return found;
  }

  /**
   * Puts secrets into the environment of this process, for libraries that look
   * for them there and nowhere else. Every child process and every crash dump
   * gets them, too. Of equal names of a recursive list the nearest folder wins.
   *
   * @returns which names are there now, which are not and why, and a way back
   * @throws as `list`
   */
  async attachToProcessEnv(
    options: AttachToProcessEnvOptions = {},
  ): Promise<EnvAttachment> {
    const limits = begin(
      'secrets.attachToProcessEnv',
      options,
      shapes.ATTACH_TO_PROCESS_ENV,
    );
    const { env, prefix, include, exclude, override, ...listed } = options;
    const secrets = await this.#reads.list(
      { ...listed, uniqueNames: true },
      limits,
    );
    return attachToEnv(
      secrets.map(({ secretKey, secretValue, secretValueHidden }) => [
        secretKey,
        secretValueHidden ? undefined : secretValue,
      ]),
      { prefix, include, exclude, override },
      env ?? processEnv(),
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
    const operation = 'secrets.create';
    const limits = begin(operation, options, shapes.CREATE_SECRET);
    check(operation, 'name', name, WRITABLE_NAME);
    check(operation, 'secretValue', options.secretValue, ANY_TEXT);
    return this.#writes.one('POST', name, options, limits, CREATED, {
      secretValue: options.secretValue,
      ...writeFields(options),
    });
  }

  /**
   * Changes a secret. Where neither the value nor the comment were sent, they
   * are empty in the returned record.
   *
   * @throws InfisicalNotFoundError when it does not exist
   * @throws InfisicalValidationError when the new name is taken (status 400) or not allowed (422)
   */
  async update(
    name: string,
    options: UpdateSecretOptions,
  ): Promise<SecretRecord> {
    const limits = begin('secrets.update', options, shapes.UPDATE_SECRET);
    check('secrets.update', 'name', name, WRITABLE_NAME);
    return this.#writes.one('PATCH', name, options, limits, CHANGED, {
      secretValue: options.secretValue,
      newSecretName: options.newSecretName,
      secretReminderRecipients: options.secretReminderRecipients,
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
    const limits = begin('secrets.delete', options, shapes.DELETE_SECRET);
    check('secrets.delete', 'name', name, WRITABLE_NAME);
    return this.#writes.one('DELETE', name, options, limits, CHANGED, {
      type: options.type ?? 'shared',
    });
  }

  /**
   * Creates secrets, in requests of at most a hundred and 1 MiB; each request
   * is one transaction.
   *
   * @throws InfisicalValidationError when a name is taken (status 400): nothing was written
   * @throws PartialBatchError when a later request failed
   */
  async createMany(
    secrets: readonly CreateManyItem[],
    options: BatchOptions = {},
  ): Promise<SecretRecord[]> {
    const operation = 'secrets.createMany';
    const limits = begin(operation, options, shapes.CREATE_MANY);
    const items = this.#writes.items(
      operation,
      secrets,
      options,
      (item, where) =>
        checkInner(operation, where, item, shapes.CREATE_MANY_ITEM, [
          'secretKey',
          'secretValue',
        ]),
    );
    return this.#writes.batch('POST', items, options, limits, CREATED);
  }

  /**
   * Changes secrets, in requests of at most a hundred and 1 MiB; each request
   * is one transaction.
   *
   * @throws InfisicalNotFoundError when one does not exist, unless `mode` says otherwise: nothing was written
   * @throws PartialBatchError when a later request failed
   */
  async updateMany(
    secrets: readonly UpdateManyItem[],
    options: UpdateManyOptions = {},
  ): Promise<SecretRecord[]> {
    const operation = 'secrets.updateMany';
    const limits = begin(operation, options, shapes.UPDATE_MANY);
    const items = this.#writes.items(
      operation,
      secrets,
      options,
      (item, where) =>
        checkInner(operation, where, item, shapes.UPDATE_MANY_ITEM, [
          'secretKey',
        ]),
    );
    return this.#writes.batch('PATCH', items, options, limits, CHANGED, {
      mode: options.mode ?? 'failOnNotFound',
    });
  }

  /**
   * Deletes secrets, in requests of at most a hundred; each request is one
   * transaction.
   *
   * @throws InfisicalNotFoundError when one does not exist: nothing was deleted
   * @throws PartialBatchError when a later request failed
   */
  async deleteMany(
    names: readonly string[],
    options: DeleteManyOptions = {},
  ): Promise<SecretRecord[]> {
    const operation = 'secrets.deleteMany';
    const limits = begin(operation, options, shapes.DELETE_MANY);
    const { type = 'shared' } = options;
    check(operation, 'names', names, LIST);
    names.forEach((name, index) =>
      check(operation, `names[${index}]`, name, SECRET_NAME),
    );
    const secrets = names.map((secretKey) => ({ secretKey, type }));
    const items = this.#writes.items(operation, secrets, options);
    return this.#writes.batch('DELETE', items, options, limits, CHANGED);
  }

  /**
   * Moves secrets to another folder or environment of the project.
   *
   * @param secretIds ids, not names
   * @throws InfisicalNotFoundError when one of them is not in the source folder
   * @throws InfisicalValidationError when a name is taken there (status 400)
   */
  async move(
    secretIds: readonly string[],
    options: MoveSecretsOptions,
  ): Promise<MoveSecretsResult> {
    const operation = 'secrets.move';
    const limits = begin(operation, options, shapes.MOVE_SECRETS);
    check(operation, 'secretIds', secretIds, shapes.SECRET_IDS);
    const places = this.transferPlaces(operation, options);
    const answer = await this.#context.withProject(options, (projectId) =>
      this.#generation.call((version) => ({
        ...limits,
        method: 'POST',
        path:
          version === 'v4'
            ? apiPath`/api/v4/secrets/move`
            : apiPath`/api/v3/secrets/move`,
        body: { [projectKey(version)]: projectId, secretIds, ...places },
      })),
    );
    const body = readBody(answer.data);
    return {
      isSourceUpdated: readFlag(body, 'isSourceUpdated'),
      isDestinationUpdated: readFlag(body, 'isDestinationUpdated'),
    };
  }

  /**
   * Copies secrets to another folder or environment of the project. Needs a
   * server of 2026 or newer: older ones refuse it with status 404 or 422.
   *
   * @param secretIds 1 to 50 ids, not names
   * @throws InfisicalNotFoundError when one of them is not in the source folder
   * @throws InfisicalValidationError when a name is taken there (status 400)
   */
  async duplicate(
    secretIds: readonly string[],
    options: DuplicateSecretsOptions,
  ): Promise<DuplicatedSecret[]> {
    const operation = 'secrets.duplicate';
    const limits = begin(operation, options, shapes.DUPLICATE_SECRETS);
    check(operation, 'secretIds', secretIds, shapes.DUPLICATE_IDS);
    const { attributesToCopy } = options;
    if (attributesToCopy !== undefined) {
      const where = 'attributesToCopy';
      checkInner(operation, where, attributesToCopy, shapes.ATTRIBUTES);
    }
    const places = this.transferPlaces(operation, options);
    return this.#context.withProject(options, (projectId) =>
      this.#context.read(
        {
          ...limits,
          method: 'POST',
          path: apiPath`/api/v4/secrets/duplicate`,
          body: { projectId, secretIds, ...places, attributesToCopy },
        },
        (data) =>
          readArray(data, 'results').map((raw) => ({
            sourceSecretId: readText(raw, 'sourceSecretId'),
            sourceSecretKey: readText(raw, 'sourceSecretKey'),
            destinationSecretId: readOptionalText(raw, 'destinationSecretId'),
          })),
      ),
    );
  }

  /**
   * Adds tags to those a secret has.
   *
   * @returns all tags of the secret now
   * @throws InfisicalNotFoundError when the secret or a tag does not exist
   * @throws InfisicalValidationError when the secret has one of them already (status 400)
   */
  attachTags(
    name: string,
    tagSlugs: readonly string[],
    options: SecretTagsOptions = {},
  ): Promise<SecretTag[]> {
    return this.retag('secrets.attachTags', 'POST', name, tagSlugs, options);
  }

  /**
   * Takes tags off a secret.
   *
   * @returns the tags that are left
   * @throws InfisicalNotFoundError when the secret or a tag does not exist
   * @throws InfisicalValidationError when the secret does not have one of them (status 400)
   */
  detachTags(
    name: string,
    tagSlugs: readonly string[],
    options: SecretTagsOptions = {},
  ): Promise<SecretTag[]> {
    return this.retag('secrets.detachTags', 'DELETE', name, tagSlugs, options);
  }

  /** The current version of what `versions` was asked about. */
  private async current(
    secret: SecretName,
    options: ReadSecretOptions,
    limits: CallLimits,
  ): Promise<SecretRecord> {
    const operation = 'secrets.versions';
    if (typeof secret === 'string') {
      check(operation, 'secret', secret, SECRET_NAME);
      return this.#reads.at(
        secret,
        this.#context.place(options),
        options,
        limits,
      );
    }
    check(operation, 'secret', secret, NAME_OR_ID);
    checkId(operation, 'secret.id', secret.id);
    return this.#reads.byId(secret.id, limits);
  }

  private async retag(
    operation: string,
    method: 'POST' | 'DELETE',
    name: string,
    tagSlugs: readonly string[],
    options: SecretTagsOptions,
  ): Promise<SecretTag[]> {
    const limits = begin(operation, options, shapes.SECRET_TAGS);
    check(operation, 'name', name, SECRET_NAME);
    check(operation, 'tagSlugs', tagSlugs, shapes.TAG_SLUGS);
    const { environment, path } = this.#context.place(options);
    const projectSlug = await this.#context.projectSlug(options);
    return this.#context.read(
      {
        ...limits,
        method,
        // There is no v4 form of it (contract: secrets §2.2).
        path: apiPath`/api/v3/secrets/tags/${name}`,
        body: {
          projectSlug,
          environment,
          secretPath: path,
          type: options.type ?? 'shared',
          tagSlugs,
        },
        // Done twice it is refused.
        idempotent: false,
      },
      (data) => readArray(readObject(data, 'secret'), 'tags').map(toTag),
    );
  }

  private transferPlaces(
    operation: string,
    options: MoveSecretsOptions,
  ): Record<string, string | boolean> {
    checkInner(operation, 'to', options.to, shapes.DESTINATION);
    const from = this.#context.place(options);
    const to = this.#context.place({ ...from, ...options.to });
    return {
      sourceEnvironment: from.environment,
      sourceSecretPath: from.path,
      destinationEnvironment: to.environment,
      destinationSecretPath: to.path,
      shouldOverwrite: options.shouldOverwrite ?? false,
    };
  }
}
