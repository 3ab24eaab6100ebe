import { InfisicalConfigError } from '../common/infisical.error.js';
import { apiPath } from '../http/api-path.js';
import { InfisicalHttpError, InfisicalNotFoundError } from '../http/errors.js';
import { readBody, readText } from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import { KmsKeysApi, type KmsScopeOptions } from './kms-keys.api.js';

/** What can be encrypted. A string is encoded as UTF-8. */
export type Plaintext = string | Uint8Array;

/** Options of `kms.sign` and `kms.verify`. */
export interface SignOptions extends KmsScopeOptions {
  signingAlgorithm:
    | 'RSASSA_PSS_SHA_256'
    | 'RSASSA_PSS_SHA_384'
    | 'RSASSA_PSS_SHA_512'
    | 'RSASSA_PKCS1_V1_5_SHA_256'
    | 'RSASSA_PKCS1_V1_5_SHA_384'
    | 'RSASSA_PKCS1_V1_5_SHA_512'
    | 'ECDSA_SHA_256'
    | 'ECDSA_SHA_384'
    | 'ECDSA_SHA_512';
  /** Whether `data` is a digest already. Default false. */
  isDigest?: boolean;
}

type KmsOperation =
  'encrypt' | 'decrypt' | 'sign' | 'verify' | 'generate-mac' | 'verify-mac';

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
    const answer = await this.run(key, 'encrypt', options, {
      plaintext: toBase64(plaintext, 'encrypt'),
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

  /**
   * Signs.
   *
   * @param key the key's id or name
   * @param data the message, or its digest when `isDigest` is set (not for PSS)
   * @throws InfisicalValidationError when algorithm and key do not fit (status 400)
   */
  async sign(
    key: string,
    data: Plaintext,
    options: SignOptions,
  ): Promise<Buffer> {
    const answer = await this.run(key, 'sign', options, {
      signingAlgorithm: options.signingAlgorithm,
      data: toBase64(data, 'sign'),
      isDigest: options.isDigest ?? false,
    });
    return Buffer.from(readText(answer, 'signature'), 'base64');
  }

  /**
   * Whether the signature is the key's. A malformed one is not an error.
   *
   * @throws InfisicalValidationError when algorithm and key do not fit (status 400)
   */
  async verify(
    key: string,
    data: Plaintext,
    signature: Uint8Array,
    options: SignOptions,
  ): Promise<boolean> {
    const answer = await this.run(key, 'verify', options, {
      signingAlgorithm: options.signingAlgorithm,
      data: toBase64(data, 'verify'),
      signature: toBase64(signature, 'verify'),
      isDigest: options.isDigest ?? false,
    });
    return answer.signatureValid === true;
  }

  /** Makes a message authentication code. Needs a server of 2026. */
  async generateMac(
    key: string,
    data: Plaintext,
    options: KmsScopeOptions = {},
  ): Promise<Buffer> {
    const answer = await this.run(key, 'generate-mac', options, {
      data: toBase64(data, 'generateMac'),
    });
    return Buffer.from(readText(answer, 'mac'), 'base64');
  }

  /** Whether the code is the key's. A malformed one is not an error. */
  async verifyMac(
    key: string,
    data: Plaintext,
    mac: Uint8Array,
    options: KmsScopeOptions = {},
  ): Promise<boolean> {
    const answer = await this.run(key, 'verify-mac', options, {
      data: toBase64(data, 'verifyMac'),
      mac: toBase64(mac, 'verifyMac'),
    });
    return answer.macValid === true;
  }

  private async run(
    key: string,
    operation: KmsOperation,
    options: KmsScopeOptions,
    body: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    const send = async (): Promise<Record<string, unknown>> => {
      const id = await this.keyId(key, options);
      const { data } = await this.#context.call({
        method: 'POST',
        path: `${apiPath`/api/v1/kms/keys/${id}/`}${operation}`,
        body,
        // None of them changes anything on the server.
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

/** The server cannot take an empty text (contract: KMS §1.4). */
function toBase64(data: Plaintext, method: string): string {
  const bytes =
    typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.from(data);
  if (bytes.length === 0) {
    throw new InfisicalConfigError(
      `kms.${method} cannot take an empty text: the server refuses it. Store the absence of a value instead.`,
    );
  }
  return bytes.toString('base64');
}
