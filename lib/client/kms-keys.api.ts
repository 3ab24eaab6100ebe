import { apiPath } from '../http/api-path.js';
import {
  readArray,
  readBody,
  readOptionalText,
  readText,
} from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import type { CallOptions } from './client-options.js';
import { begin, CALL_OPTIONS } from './option-checks.js';

/** Project of a KMS call; what is absent comes from the client's options. */
export interface KmsScopeOptions extends CallOptions {
  projectId?: string;
  projectSlug?: string;
}

/** What a key is for. */
export type KmsKeyUsage =
  'encrypt-decrypt' | 'sign-verify' | 'generate-verify-mac';

/** Algorithms by usage. MAC needs a server of 2026. */
export type KmsAlgorithm =
  | 'aes-256-gcm'
  | 'aes-128-gcm'
  | 'RSA_4096'
  | 'ECC_NIST_P256'
  | 'HMAC_SHA_1'
  | 'HMAC_SHA_224'
  | 'HMAC_SHA_256'
  | 'HMAC_SHA_384'
  | 'HMAC_SHA_512';

/** A key. Its material is not part of it. */
export interface KmsKey {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly keyUsage: string;
  readonly encryptionAlgorithm: string;
  /** 1, and one more with each rotation. */
  readonly version: number;
  readonly isDisabled: boolean;
}

/** Options of `kms.keys.create`. */
export interface CreateKmsKeyOptions extends KmsScopeOptions {
  /** 1 to 32 lower-case letters, digits and hyphens. */
  name: string;
  /** At most 500 characters. */
  description?: string;
  /** Default `encrypt-decrypt`. */
  keyUsage?: KmsKeyUsage;
  /** Must fit the usage. Default `aes-256-gcm`, which fits `encrypt-decrypt` only. */
  encryptionAlgorithm?: KmsAlgorithm;
}

/** Options of `kms.keys.list`. */
export interface ListKmsKeysOptions extends KmsScopeOptions {
  /** Part of the name; `%` and `_` are wildcards on the server. */
  search?: string;
  /** Default 0. */
  offset?: number;
  /** 1 to 100. Default 100. */
  limit?: number;
  /** By name. Default `asc`. */
  orderDirection?: 'asc' | 'desc';
}

/** Options of `kms.keys.update`. What is absent stays as it is. */
export interface UpdateKmsKeyOptions extends CallOptions {
  name?: string;
  description?: string;
  /** A disabled key can neither encrypt nor decrypt. */
  isDisabled?: boolean;
}

/**
 * Keys of the KMS (contract: KMS §1.2). By-id calls take the id only.
 *
 * @publicApi
 */
export class KmsKeysApi {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** A page of the project's keys, and how many there are in all. Beyond the last page the server says 0. */
  async list(
    options: ListKmsKeysOptions = {},
  ): Promise<{ keys: KmsKey[]; totalCount: number }> {
    const { data } = await this.#context.call({
      method: 'GET',
      path: apiPath`/api/v1/kms/keys`,
      query: {
        projectId: await this.#context.projectId(options),
        offset: options.offset,
        limit: options.limit,
        orderDirection: options.orderDirection,
        search: options.search,
      },
      signal: options.signal,
    });
    const { totalCount } = readBody(data);
    return {
      keys: readArray(data, 'keys').map(toKey),
      totalCount: typeof totalCount === 'number' ? totalCount : 0,
    };
  }

  /** @throws InfisicalNotFoundError */
  async get(keyId: string, options: CallOptions = {}): Promise<KmsKey> {
    return this.one('GET', apiPath`/api/v1/kms/keys/${keyId}`, options);
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
    return toKey(
      await this.#context.fetch(
        {
          method: 'GET',
          path: apiPath`/api/v1/kms/keys/key-name/${name}`,
          query: { projectId: await this.#context.projectId(options) },
          signal: options.signal,
        },
        'key',
      ),
    );
  }

  /**
   * Creates a key.
   *
   * @throws InfisicalValidationError when the name is taken (status 400), or name or algorithm are not allowed (422)
   */
  async create(options: CreateKmsKeyOptions): Promise<KmsKey> {
    return this.one('POST', apiPath`/api/v1/kms/keys`, options, {
      projectId: await this.#context.projectId(options),
      name: options.name,
      description: options.description,
      keyUsage: options.keyUsage ?? 'encrypt-decrypt',
      encryptionAlgorithm: options.encryptionAlgorithm ?? 'aes-256-gcm',
    });
  }

  /** @throws InfisicalNotFoundError */
  async update(keyId: string, options: UpdateKmsKeyOptions): Promise<KmsKey> {
    const { signal, ...fields } = options;
    return this.one(
      'PATCH',
      apiPath`/api/v1/kms/keys/${keyId}`,
      { signal },
      fields,
    );
  }

  /** Deletes a key at once and for ever: what it encrypted is lost. */
  async delete(keyId: string, options: CallOptions = {}): Promise<KmsKey> {
    return this.one('DELETE', apiPath`/api/v1/kms/keys/${keyId}`, options);
  }

  /**
   * Gives an `encrypt-decrypt` key new material; older ciphertexts stay
   * readable. Needs a server of 2026.
   *
   * @throws InfisicalValidationError for other usages (status 400)
   */
  async rotate(keyId: string, options: CallOptions = {}): Promise<KmsKey> {
    return this.one('POST', apiPath`/api/v1/kms/keys/${keyId}/rotate`, options);
  }

  /**
   * The public key, as DER SubjectPublicKeyInfo.
   *
   * @throws InfisicalValidationError when it is not a `sign-verify` key (status 400)
   */
  async publicKey(keyId: string, options: CallOptions = {}): Promise<Buffer> {
    const { data } = await this.#context.call({
      method: 'GET',
      path: apiPath`/api/v1/kms/keys/${keyId}/public-key`,
      ...begin('kms.keys.publicKey', options, CALL_OPTIONS),
    });
    return Buffer.from(readText(readBody(data), 'publicKey'), 'base64');
  }

  /** The signing algorithms that a `sign-verify` key can be used with. */
  async signingAlgorithms(
    keyId: string,
    options: CallOptions = {},
  ): Promise<string[]> {
    const { data } = await this.#context.call({
      method: 'GET',
      path: apiPath`/api/v1/kms/keys/${keyId}/signing-algorithms`,
      ...begin('kms.keys.signingAlgorithms', options, CALL_OPTIONS),
    });
    const algorithms = readBody(data).signingAlgorithms;
    return Array.isArray(algorithms) ? algorithms.map(String) : [];
  }

  private async one(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    { signal }: CallOptions,
    body?: Record<string, unknown>,
  ): Promise<KmsKey> {
    return toKey(
      await this.#context.fetch({ method, path, body, signal }, 'key'),
    );
  }
}

function toKey(raw: Record<string, unknown>): KmsKey {
  return {
    id: readText(raw, 'id'),
    name: readText(raw, 'name'),
    description: readOptionalText(raw, 'description'),
    keyUsage: readOptionalText(raw, 'keyUsage') ?? 'encrypt-decrypt',
    encryptionAlgorithm:
      readOptionalText(raw, 'encryptionAlgorithm') ??
      readOptionalText(raw, 'algorithm') ??
      '',
    version: typeof raw.version === 'number' ? raw.version : 1,
    isDisabled: raw.isDisabled === true,
  };
}
