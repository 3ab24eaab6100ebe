import { InfisicalConfigError } from '../common/infisical.error.js';
import { apiPath } from '../http/api-path.js';
import { InfisicalHttpError, InfisicalNotFoundError } from '../http/errors.js';
import {
  type ClientContext,
  readBody,
  readOptionalText,
  readText,
} from './client-context.js';
import type { CallOptions } from './client-options.js';

/** Project of a KMS call; what is absent comes from the client's options. */
export interface KmsScopeOptions extends CallOptions {
  projectId?: string;
  projectSlug?: string;
}

/** A key. Its material never leaves the server. */
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
  /** Default `aes-256-gcm`. */
  encryptionAlgorithm?: 'aes-256-gcm' | 'aes-128-gcm';
}

/** What can be encrypted. A string is encoded as UTF-8. */
export type Plaintext = string | Uint8Array;

/**
 * Keys of the KMS (contract: KMS §1.2).
 *
 * @publicApi
 */
export class KmsKeysApi {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Creates a key.
   *
   * @throws InfisicalValidationError when the name is taken (status 400) or not allowed (422)
   */
  async create(options: CreateKmsKeyOptions): Promise<KmsKey> {
    return toKey(
      await this.#context.fetch(
        {
          method: 'POST',
          path: apiPath`/api/v1/kms/keys`,
          body: {
            projectId: await this.#context.projectId(options),
            name: options.name,
            description: options.description,
            keyUsage: 'encrypt-decrypt',
            encryptionAlgorithm: options.encryptionAlgorithm ?? 'aes-256-gcm',
          },
          signal: options.signal,
        },
        'key',
      ),
    );
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
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Most key names that are remembered with their ids. */
const MAX_REMEMBERED_KEYS = 1000;

/**
 * Encryption by keys that stay on the server (contract: KMS §1).
 *
 * @publicApi
 */
export class KmsApi {
  readonly keys: KmsKeysApi;
  readonly #context: ClientContext;
  readonly #ids = new Map<string, Promise<string>>();

  constructor(context: ClientContext) {
    this.#context = context;
    this.keys = new KmsKeysApi(context);
  }

  /**
   * Encrypts, and returns the ciphertext as base64.
   *
   * @param key the key's id or name
   * @param plaintext at least one byte; the server's limit is 4096 bytes on older servers and 1 MiB on newer ones
   * @throws InfisicalConfigError when the plaintext is empty, which the server cannot take (contract: KMS §1.4)
   * @throws InfisicalNotFoundError when there is no such key
   */
  async encrypt(
    key: string,
    plaintext: Plaintext,
    options: KmsScopeOptions = {},
  ): Promise<string> {
    const bytes = Buffer.from(
      typeof plaintext === 'string'
        ? Buffer.from(plaintext, 'utf8')
        : plaintext,
    );
    if (bytes.length === 0) {
      throw new InfisicalConfigError(
        'kms.encrypt cannot take an empty plaintext: the server refuses it. Store the absence of a value instead.',
      );
    }
    const answer = await this.run(key, 'encrypt', options, {
      plaintext: bytes.toString('base64'),
    });
    return readText(answer, 'ciphertext');
  }

  /**
   * Decrypts.
   *
   * @param key the key's id or name
   * @param ciphertext base64, as `encrypt` returned it
   * @throws InfisicalHttpError status 500 when it was made with another key or is damaged (contract: KMS §1.3)
   */
  async decrypt(
    key: string,
    ciphertext: string,
    options: KmsScopeOptions = {},
  ): Promise<Buffer> {
    try {
      const answer = await this.run(key, 'decrypt', options, { ciphertext });
      return Buffer.from(readText(answer, 'plaintext'), 'base64');
    } catch (error) {
      if (error instanceof InfisicalHttpError && error.status === 500) {
        throw new InfisicalHttpError(
          `The ciphertext could not be decrypted with key "${key}" (the server answered 500). Most likely it was made with another key, or is damaged.`,
          {
            status: 500,
            code: error.code,
            reqId: error.reqId,
            hint: 'Check that the ciphertext belongs to this key.',
            cause: error,
          },
        );
      }
      throw error;
    }
  }

  private async run(
    key: string,
    operation: 'encrypt' | 'decrypt',
    options: KmsScopeOptions,
    body: Record<string, string>,
  ): Promise<Record<string, unknown>> {
    const send = async (): Promise<Record<string, unknown>> => {
      const id = await this.keyId(key, options);
      const { data } = await this.#context.call({
        method: 'POST',
        path: `${apiPath`/api/v1/kms/keys/${id}/`}${operation}`,
        body,
        // Neither changes anything on the server.
        idempotent: true,
        signal: options.signal,
      });
      return readBody(data);
    };
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof InfisicalNotFoundError) || UUID.test(key)) {
        throw error;
      }
      // The name may belong to another key since it was looked up.
      if (!this.forget(await this.#context.projectId(options), key))
        throw error;
      return send();
    }
  }

  private forget(projectId: string, key: string): boolean {
    return this.#ids.delete(`${projectId}:${key}`);
  }

  /** A name is looked up once. */
  private async keyId(key: string, options: KmsScopeOptions): Promise<string> {
    if (UUID.test(key)) return key;
    const remembered = `${await this.#context.projectId(options)}:${key}`;
    let id = this.#ids.get(remembered);
    if (!id) {
      if (this.#ids.size >= MAX_REMEMBERED_KEYS) this.#ids.clear();
      id = this.keys.getByName(key, options).then((found) => found.id);
      this.#ids.set(remembered, id);
      id.catch(() => this.#ids.delete(remembered));
    }
    return id;
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
