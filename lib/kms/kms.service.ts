import { Injectable } from '@nestjs/common';
import { InfisicalClient } from '../client/infisical-client.js';
import type { Plaintext, SignOptions } from '../client/kms.api.js';
import type { EnvelopeOptions, KmsEnvelope } from '../client/kms-envelope.js';
import type { KmsScopeOptions } from '../client/kms-key-options.js';
import type { KmsKeysApi } from '../client/kms-keys.api.js';

/**
 * Encryption by keys that never leave Infisical.
 *
 * @example
 * ```ts
 * // In a provider: constructor(private readonly kms: KmsService) {}
 * const ciphertext = await kms.encrypt('customer-data', 'a note');
 * const note: Buffer = await kms.decrypt('customer-data', ciphertext);
 * ```
 *
 * @publicApi
 */
@Injectable()
export class KmsService {
  constructor(private readonly client: InfisicalClient) {}

  /** The keys themselves: list, create, rotate, export, import … */
  get keys(): KmsKeysApi {
    return this.client.kms.keys;
  }

  /**
   * Encryption of any amount on this machine, by data keys that this key
   * encrypts: one call of the server for many texts.
   *
   * @param key the key's id or name
   * @throws InfisicalConfigError when an option is wrong or unknown
   */
  envelope(key: string, options?: EnvelopeOptions): KmsEnvelope {
    return this.client.kms.envelope(key, options);
  }

  /**
   * Encrypts, and returns the ciphertext as base64.
   *
   * @param key the key's id or name
   * @param plaintext text or bytes: 1 byte to 1 MiB, on servers before 2026 to 4065 bytes
   * @throws InfisicalConfigError when the plaintext is empty or too long
   * @throws InfisicalNotFoundError when there is no such key
   * @throws InfisicalValidationError when it is more than this server takes, or the key is disabled or not for this
   */
  encrypt(
    key: string,
    plaintext: Plaintext,
    options?: KmsScopeOptions,
  ): Promise<string> {
    return this.client.kms.encrypt(key, plaintext, options);
  }

  /**
   * Decrypts what `encrypt` returned.
   *
   * @throws InfisicalConfigError when the ciphertext is not base64
   * @throws InfisicalHttpError status 500 when it was made with another key or is damaged
   */
  decrypt(
    key: string,
    ciphertext: string,
    options?: KmsScopeOptions,
  ): Promise<Buffer> {
    return this.client.kms.decrypt(key, ciphertext, options);
  }

  /**
   * Signs with a `sign-verify` key.
   *
   * @throws InfisicalConfigError when the algorithm takes no digest, or one of another length
   * @throws InfisicalValidationError when algorithm and key do not fit (status 400)
   */
  sign(key: string, data: Plaintext, options: SignOptions): Promise<Buffer> {
    return this.client.kms.sign(key, data, options);
  }

  /**
   * Whether the signature is the key's. A malformed one is not an error.
   *
   * @throws InfisicalValidationError when algorithm and key do not fit (status 400)
   */
  verify(
    key: string,
    data: Plaintext,
    signature: Uint8Array | ArrayBuffer,
    options: SignOptions,
  ): Promise<boolean> {
    return this.client.kms.verify(key, data, signature, options);
  }

  /** Makes a message authentication code with a `generate-verify-mac` key. */
  generateMac(
    key: string,
    data: Plaintext,
    options?: KmsScopeOptions,
  ): Promise<Buffer> {
    return this.client.kms.generateMac(key, data, options);
  }

  /** Whether the code is the key's. A malformed one is not an error. */
  verifyMac(
    key: string,
    data: Plaintext,
    mac: Uint8Array | ArrayBuffer,
    options?: KmsScopeOptions,
  ): Promise<boolean> {
    return this.client.kms.verifyMac(key, data, mac, options);
  }
}
