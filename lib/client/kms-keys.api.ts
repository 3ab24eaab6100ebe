import { InfisicalConfigError } from '../common/infisical.error.js';
import { Redacted } from '../common/redaction.js';
import { type ApiPath, apiPath, routeWord } from '../http/api-path.js';
import { InfisicalHttpError } from '../http/errors.js';
import type { ApiCall } from '../http/api-call.js';
import {
  readArray,
  readBody,
  readText,
  readTexts,
  readWhole,
  unexpected,
} from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions } from './client-options.js';
import {
  checkUsage,
  type KmsSigningAlgorithm,
  SIGNING_ALGORITHMS,
} from './kms-algorithms.js';
import { readBytes } from './kms-bytes.js';
import { importRequest, toExportedKey } from './kms-key-material.js';
import {
  ALL_KEYS,
  type AllKmsKeysOptions,
  bulk,
  CREATE_KEY,
  type CreateKmsKeyOptions,
  type ExportedKmsKey,
  IMPORT_KEYS,
  type ImportedKmsKeys,
  type ImportKmsKeysOptions,
  KEY_NAME,
  type KmsScopeOptions,
  LIST_KEYS,
  type ListKmsKeysOptions,
  NEW_KEY_NAME,
  PAGE_SIZE,
  UPDATE_KEY,
  type UpdateKmsKeyOptions,
} from './kms-key-options.js';
import { type KmsKey, toKey } from './kms-key-record.js';
import {
  begin,
  CALL_OPTIONS,
  check,
  ID,
  PROJECT_OPTIONS,
} from './option-checks.js';

const KEYS = apiPath`/api/v1/kms/keys`;

/** Says what to do with a name where an id is wanted. */
const KEY_ID = {
  ...ID,
  expected: "the key's id (a UUID): keys.getByName finds it by name",
};

const KEY_IDS = bulk('key ids (UUIDs)', ID.accepts);

/**
 * Keys of the KMS (contract: KMS §1.2). By-id calls take the id only.
 *
 * @example
 * ```ts
 * const { id } = await client.kms.keys.create({ name: 'customer-data' });
 * await client.kms.keys.rotate(id);
 * await client.kms.keys.update(id, { description: 'What customers tell us' });
 * ```
 *
 * @publicApi
 */
export class KmsKeysApi {
  readonly #context: ClientContext;

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** A page of the project's keys, and how many there are in all. Beyond the last page the server says 0. */
  async list(
    options: ListKmsKeysOptions = {},
  ): Promise<{ keys: KmsKey[]; totalCount: number }> {
    const limits = begin('kms.keys.list', options, LIST_KEYS);
    const { offset, limit, orderBy, orderDirection, search } = options;
    const { data } = await this.#context.call({
      ...limits,
      method: 'GET',
      path: KEYS,
      query: {
        projectId: await this.#context.projectId(options),
        offset,
        limit,
        orderBy,
        orderDirection,
        search,
      },
    });
    return {
      keys: readArray(data, 'keys').map(toKey),
      totalCount: readWhole(readBody(data), 'totalCount'),
    };
  }

  /**
   * Every key of the project, page by page. A key that is created or deleted
   * meanwhile may be missed or come twice.
   *
   * @example
   * ```ts
   * for await (const { id, name } of client.kms.keys.all()) {
   *   logger.log(`key ${name} is ${id}`);
   * }
   * ```
   */
  async *all(
    options: AllKmsKeysOptions = {},
  ): AsyncGenerator<KmsKey, void, undefined> {
    begin('kms.keys.all', options, ALL_KEYS);
    for (let offset = 0; ; offset += PAGE_SIZE) {
      const { keys } = await this.list({ ...options, offset });
      yield* keys;
      if (keys.length < PAGE_SIZE) return;
    }
  }

  /** @throws InfisicalNotFoundError */
  async get(keyId: string, options: CallOptions = {}): Promise<KmsKey> {
    return this.key('get', 'GET', keyId, options);
  }

  /**
   * A key by its name.
   *
   * @throws InfisicalNotFoundError
   */
  async getByName(
    name: string,
    options: KmsScopeOptions = {},
  ): Promise<KmsKey> {
    const limits = begin('kms.keys.getByName', options, PROJECT_OPTIONS);
    check('kms.keys.getByName', 'the name', name, KEY_NAME);
    return toKey(
      await this.#context.fetch(
        {
          ...limits,
          method: 'GET',
          path: apiPath`/api/v1/kms/keys/key-name/${name}`,
          query: { projectId: await this.#context.projectId(options) },
        },
        'key',
      ),
    );
  }

  /**
   * Creates a key.
   *
   * @throws InfisicalConfigError when the name is no slug, or usage and algorithm do not go together (contract: KMS §1.2)
   * @throws InfisicalValidationError when the name is taken (status 400), or the server does not know the algorithm yet (422)
   * @throws InfisicalHttpError status 200, code `OptionNotSupported`, when it was created, and may be exported although `isExportable` is false, because the server is too old
   */
  async create(options: CreateKmsKeyOptions): Promise<KmsKey> {
    const operation = 'kms.keys.create';
    const limits = begin(operation, options, CREATE_KEY);
    const { name, description, isExportable } = options;
    const { keyUsage = 'encrypt-decrypt' } = options;
    const encryptionAlgorithm =
      options.encryptionAlgorithm ??
      (keyUsage === 'encrypt-decrypt' ? 'aes-256-gcm' : undefined);
    check(operation, 'name', name, NEW_KEY_NAME);
    checkUsage(operation, keyUsage, encryptionAlgorithm);
    const key = await this.one({
      ...limits,
      method: 'POST',
      path: KEYS,
      body: {
        projectId: await this.#context.projectId(options),
        name,
        description,
        keyUsage,
        encryptionAlgorithm,
        isExportable,
      },
    });
    if (isExportable === false && key.isExportable !== false) {
      throw new InfisicalHttpError(
        `${operation}: key ${key.id} was created, but its material may be exported: this server does not know isExportable. Delete the key or keep it as it is, and upgrade the server.`,
        { status: 200, code: 'OptionNotSupported', operation },
      );
    }
    return key;
  }

  /**
   * Changes a key; its material stays.
   *
   * @throws InfisicalConfigError when there is nothing to change
   * @throws InfisicalNotFoundError
   * @throws InfisicalValidationError when the name is taken (status 400)
   */
  async update(keyId: string, options: UpdateKmsKeyOptions): Promise<KmsKey> {
    const operation = 'kms.keys.update';
    const limits = begin(operation, options, UPDATE_KEY);
    const { name, description, isDisabled } = options;
    const body = { name, description, isDisabled };
    if (Object.values(body).every((value) => value === undefined)) {
      throw new InfisicalConfigError(
        `${operation} has nothing to change: pass name, description or isDisabled.`,
      );
    }
    const path = pathOf(operation, keyId);
    return this.one({ ...limits, method: 'PATCH', path, body });
  }

  /** Deletes a key at once and for ever: what it encrypted is lost. */
  async delete(keyId: string, options: CallOptions = {}): Promise<KmsKey> {
    return this.key('delete', 'DELETE', keyId, options);
  }

  /**
   * Gives an `encrypt-decrypt` key new material; older ciphertexts stay
   * readable. Needs a server of 2026.
   *
   * @throws InfisicalValidationError for other usages and disabled keys (status 400)
   */
  async rotate(keyId: string, options: CallOptions = {}): Promise<KmsKey> {
    return this.key('rotate', 'POST', keyId, options, 'rotate');
  }

  /**
   * The public key, as DER SubjectPublicKeyInfo.
   *
   * @throws InfisicalValidationError when it is not a `sign-verify` key, or disabled (status 400)
   */
  async publicKey(keyId: string, options: CallOptions = {}): Promise<Buffer> {
    const operation = 'kms.keys.publicKey';
    const data = await this.part(operation, keyId, 'public-key', options);
    return readBytes(data, 'publicKey');
  }

  /**
   * The signing algorithms that a `sign-verify` key can be used with.
   *
   * @throws InfisicalValidationError when it is another key, or disabled (status 400)
   */
  async signingAlgorithms(
    keyId: string,
    options: CallOptions = {},
  ): Promise<KmsSigningAlgorithm[]> {
    const operation = 'kms.keys.signingAlgorithms';
    const path = 'signing-algorithms';
    const data = await this.part(operation, keyId, path, options);
    return readTexts(data, 'signingAlgorithms').map((name, index, all) => {
      const known = SIGNING_ALGORITHMS.find((one) => one === name);
      if (known !== undefined) return known;
      throw unexpected(
        data,
        `signingAlgorithms[${index}]`,
        'a signing algorithm that is known here',
        all[index],
      );
    });
  }

  /**
   * The material of a key's current version: the bytes of an AES or HMAC key,
   * PKCS #8 as PEM text of an RSA or ECC key, as DER of an ML-DSA key
   * (contract: KMS §1.4). Older versions cannot be had.
   *
   * @throws InfisicalValidationError when it is disabled or not exportable (status 400)
   * @throws InfisicalPermissionError
   */
  async exportPrivateKey(
    keyId: string,
    options: CallOptions = {},
  ): Promise<Redacted<Buffer>> {
    const operation = 'kms.keys.exportPrivateKey';
    const data = await this.part(operation, keyId, 'private-key', options);
    return new Redacted(readBytes(data, 'privateKey'));
  }

  /**
   * The material of up to 100 keys of one project: all of them, or an error.
   * An id that comes twice is answered once.
   *
   * @throws InfisicalNotFoundError when one of them does not exist
   * @throws InfisicalValidationError when one is disabled or not exportable, or they are of several projects (status 400)
   */
  async exportPrivateKeys(
    keyIds: readonly string[],
    options: CallOptions = {},
  ): Promise<ExportedKmsKey[]> {
    const operation = 'kms.keys.exportPrivateKeys';
    const limits = begin(operation, options, CALL_OPTIONS);
    check(operation, 'the ids', keyIds, KEY_IDS);
    const keys = await this.#context.fetchAll(
      {
        ...limits,
        method: 'POST',
        path: apiPath`${KEYS}/bulk-export-private-keys`,
        body: { keyIds },
        // It changes nothing.
        idempotent: true,
      },
      'keys',
    );
    return keys.map(toExportedKey);
  }

  /**
   * Imports up to 100 keys. The server goes on after a key it cannot take, so
   * look at `errors`: a call may succeed without having imported anything.
   *
   * @throws InfisicalConfigError when usage, algorithm and length of a key's material do not go together
   */
  async importMany(options: ImportKmsKeysOptions): Promise<ImportedKmsKeys> {
    const operation = 'kms.keys.importMany';
    const limits = begin(operation, options, IMPORT_KEYS);
    check(operation, 'keys', options.keys, IMPORT_KEYS.keys);
    const keys = options.keys.map((key, index) =>
      importRequest(operation, `keys[${index}]`, key),
    );
    const { data } = await this.#context.call({
      ...limits,
      method: 'POST',
      path: apiPath`${KEYS}/bulk-import`,
      body: { projectId: await this.#context.projectId(options), keys },
    });
    return {
      keys: readArray(data, 'keys').map((raw) => ({
        id: readText(raw, 'id'),
        name: readText(raw, 'name'),
      })),
      errors: readArray(data, 'errors').map((raw) => ({
        name: readText(raw, 'name'),
        message: readText(raw, 'message'),
      })),
    };
  }

  /** A call that takes an id, and answers with the key. */
  private key(
    name: string,
    method: ApiCall['method'],
    keyId: string,
    options: CallOptions,
    route?: 'rotate',
  ): Promise<KmsKey> {
    const operation = `kms.keys.${name}`;
    const limits = begin(operation, options, CALL_OPTIONS);
    const key = pathOf(operation, keyId);
    const path = route ? apiPath`${key}/${routeWord(route)}` : key;
    return this.one({ ...limits, method, path });
  }

  private async one(call: ApiCall): Promise<KmsKey> {
    return toKey(await this.#context.fetch(call, 'key'));
  }

  /** Something that belongs to a key. */
  private async part(
    operation: string,
    keyId: string,
    route: string,
    options: CallOptions,
  ): Promise<Record<string, unknown>> {
    const limits = begin(operation, options, CALL_OPTIONS);
    const path = apiPath`${pathOf(operation, keyId)}/${routeWord(route)}`;
    const { data } = await this.#context.call({
      ...limits,
      method: 'GET',
      path,
    });
    return readBody(data);
  }
}

/** @throws InfisicalConfigError when it is not an id */
function pathOf(operation: string, keyId: string): ApiPath {
  check(operation, 'the key', keyId, KEY_ID);
  return apiPath`/api/v1/kms/keys/${keyId}`;
}
