import { Injectable } from '@nestjs/common';
import { InfisicalClient } from '../client/infisical-client.js';
import type {
  KmsKeysApi,
  KmsScopeOptions,
  Plaintext,
} from '../client/kms.api.js';

/**
 * Encryption by keys that never leave Infisical.
 *
 * @publicApi
 */
@Injectable()
export class KmsService {
  constructor(private readonly client: InfisicalClient) {}

  /** The keys themselves: create, get by name. */
  get keys(): KmsKeysApi {
    return this.client.kms.keys;
  }

  /**
   * Encrypts, and returns the ciphertext as base64.
   *
   * @param key the key's id or name
   * @param plaintext at least one byte
   * @throws InfisicalConfigError when the plaintext is empty
   * @throws InfisicalNotFoundError when there is no such key
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
   * @throws InfisicalHttpError status 500 when it was made with another key or is damaged
   */
  decrypt(
    key: string,
    ciphertext: string,
    options?: KmsScopeOptions,
  ): Promise<Buffer> {
    return this.client.kms.decrypt(key, ciphertext, options);
  }
}
