import type { Bytes } from '../common/bytes.js';
import { base64Bytes } from '../common/bytes.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { waitFor } from '../common/wait-for.js';
import { apiPath, routeWord } from '../http/api-path.js';
import { InfisicalHttpError, InfisicalNotFoundError } from '../http/errors.js';
import type { CallLimits } from '../http/api-call.js';
import {
  readBody,
  readFlag,
  readOneOf,
  readText,
  unexpected,
} from './answer-readers.js';
import type { ClientContext } from './client-context.js';
import {
  checkSigning,
  digestBytes,
  type KmsSigningAlgorithm,
  MAC_ALGORITHMS,
  SIGNING_ALGORITHM,
} from './kms-algorithms.js';
import {
  checkCiphertext,
  encodeBinary,
  encodeBytes,
  explainLimit,
  readBytes,
} from './kms-bytes.js';
import { type EnvelopeOptions, KmsEnvelope } from './kms-envelope.js';
import type { KmsScopeOptions } from './kms-key-options.js';
import { KmsKeysApi } from './kms-keys.api.js';
import {
  begin,
  check,
  FLAG,
  ID,
  PROJECT_OPTIONS,
  type Shape,
  TEXT,
} from './option-checks.js';

/**
 * What can be encrypted or signed. A string is encoded as UTF-8.
 *
 * @example
 * ```ts
 * const document: Plaintext = new Uint8Array([1, 2, 3]);
 * const ciphertext = await client.kms.encrypt('customer-data', document);
 * ```
 *
 * @publicApi
 */
export type Plaintext = Bytes;

/**
 * Options of `kms.sign` and `kms.verify`.
 *
 * @example
 * ```ts
 * const options: SignOptions = { signingAlgorithm: 'ECDSA_SHA_256' };
 * const signature = await client.kms.sign('receipts', 'receipt 17', options);
 * await client.kms.verify('receipts', 'receipt 17', signature, options); // true
 * ```
 *
 * @publicApi
 */
export interface SignOptions extends KmsScopeOptions {
  /** One that goes with the key; `kms.keys.signingAlgorithms` lists them. */
  signingAlgorithm: KmsSigningAlgorithm;
  /** Whether `data` is a digest already; not for PSS and ML-DSA. Default false. */
  isDigest?: boolean;
}

const SIGN: Shape<SignOptions> = {
  ...PROJECT_OPTIONS,
  signingAlgorithm: SIGNING_ALGORITHM,
  isDigest: FLAG,
};

/** What is done with a key, and with what. */
interface KeyUse {
  readonly key: string;
  readonly route:
    'encrypt' | 'decrypt' | 'sign' | 'verify' | 'generate-mac' | 'verify-mac';
  readonly limits: CallLimits;
  readonly project: Pick<KmsScopeOptions, 'projectId' | 'projectSlug'>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Most key names that are remembered with their ids. */
const MAX_REMEMBERED_KEYS = 1000;

/**
 * Encryption by keys that stay on the server (contract: KMS §1). Keys are
 * named by id or name; a name is looked up once. Bytes go in and come out;
 * only the ciphertext is base64. A server of 2026 takes 1 MiB at a time, older
 * ones 4096 bytes.
 *
 * @example
 * ```ts
 * const ciphertext = await client.kms.encrypt('customer-data', 'a note');
 * const note: Buffer = await client.kms.decrypt('customer-data', ciphertext);
 * ```
 *
 * @publicApi
 */
export class KmsApi {
  readonly keys: KmsKeysApi;
  readonly #context: ClientContext;
  readonly #ids = new Map<string, Promise<string>>();

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
    this.keys = new KmsKeysApi(context);
  }

  /**
   * Encryption of any amount on this machine, by data keys that this key
   * encrypts. Keep the envelope: it holds the data keys in use.
   *
   * @param key the id or name of an `encrypt-decrypt` key
   * @throws InfisicalConfigError when an option is wrong or unknown
   */
  envelope(key: string, options: EnvelopeOptions = {}): KmsEnvelope {
    check('kms.envelope', 'key', key, TEXT);
    const { projectId, projectSlug } = options;
    const project = { projectId, projectSlug };
    return new KmsEnvelope(
      {
        wrap: (dataKey) =>
          this.encrypt(key, Buffer.from(dataKey, 'base64'), project),
        unwrap: async (wrapped) =>
          (await this.decrypt(key, wrapped, project)).toString('base64'),
      },
      options,
      this.#context.http.clock,
    );
  }

  /**
   * Encrypts, and returns the ciphertext as base64.
   *
   * Servers before 2026 encrypt up to 4096 bytes, but decrypt the result of
   * 4065 at most (contract: KMS §1.2).
   *
   * @param key the key's id or name
   * @param plaintext 1 byte to 1 MiB
   * @throws InfisicalConfigError when the plaintext is empty, which the server cannot take (contract: KMS §1.4), or too long
   * @throws InfisicalNotFoundError when there is no such key
   * @throws InfisicalValidationError when the key is disabled or not for this (status 400), or it is more than this server takes (422)
   */
  async encrypt(
    key: string,
    plaintext: Plaintext,
    options: KmsScopeOptions = {},
  ): Promise<string> {
    const use = this.begin(key, 'kms.encrypt', options);
    const answer = await this.run({
      ...use,
      route: 'encrypt',
      body: { plaintext: encodeBytes('kms.encrypt', 'plaintext', plaintext) },
    });
    // Checked, and handed on as it is.
    readBytes(answer, 'ciphertext');
    return readText(answer, 'ciphertext');
  }

  /**
   * Decrypts.
   *
   * @param key the key's id or name
   * @param ciphertext base64, as `encrypt` returned it
   * @throws InfisicalConfigError when it is not base64
   * @throws InfisicalHttpError status 500 when it was made with another key or is damaged (contract: KMS §1.3)
   */
  async decrypt(
    key: string,
    ciphertext: string,
    options: KmsScopeOptions = {},
  ): Promise<Buffer> {
    const use = this.begin(key, 'kms.decrypt', options);
    checkCiphertext('kms.decrypt', ciphertext);
    try {
      const answer = await this.run({
        ...use,
        route: 'decrypt',
        body: { ciphertext },
      });
      return readBytes(answer, 'plaintext');
    } catch (error) {
      if (error instanceof InfisicalHttpError && error.status === 500) {
        const { code, reqId, operation } = error;
        throw new InfisicalHttpError(
          `The ciphertext could not be decrypted with key "${key}" (the server answered 500). Most likely it was made with another key, or is damaged.`,
          {
            status: 500,
            code,
            reqId,
            operation,
            hint: 'Check that the ciphertext belongs to this key.',
            cause: error,
          },
        );
      }
      throw error;
    }
  }

  /**
   * Signs. ECDSA signatures are DER; RSA-PSS has a salt as long as the digest.
   *
   * @param key the key's id or name
   * @param data the message, or its digest when `isDigest` is set
   * @throws InfisicalConfigError when the algorithm takes no digest, or one of another length
   * @throws InfisicalValidationError when algorithm and key do not fit (status 400)
   */
  async sign(
    key: string,
    data: Plaintext,
    options: SignOptions,
  ): Promise<Buffer> {
    const operation = 'kms.sign';
    const use = this.beginSigning(key, operation, options);
    const { signingAlgorithm, isDigest = false } = options;
    const encoded = encodeBytes(operation, 'data', data);
    const length = digestBytes(signingAlgorithm);
    if (isDigest && base64Bytes(encoded) !== length) {
      throw new InfisicalConfigError(
        `${operation}: the digest of ${signingAlgorithm} has ${length} bytes; got ${base64Bytes(encoded)}. Pass the digest's bytes, or the message without isDigest.`,
      );
    }
    const answer = await this.run({
      ...use,
      route: 'sign',
      body: { signingAlgorithm, data: encoded, isDigest },
    });
    readOneOf(answer, 'signingAlgorithm', [signingAlgorithm]);
    return readBytes(answer, 'signature');
  }

  /**
   * Whether the signature is the key's. A malformed one is not an error.
   *
   * @param signature 1 to 8192 bytes
   * @throws InfisicalConfigError when the algorithm takes no digest
   * @throws InfisicalValidationError when algorithm and key do not fit (status 400)
   * @throws InfisicalHttpError `UnreadableAnswer` when the server does not say: that is not a false
   */
  async verify(
    key: string,
    data: Plaintext,
    signature: Uint8Array | ArrayBuffer,
    options: SignOptions,
  ): Promise<boolean> {
    const operation = 'kms.verify';
    const use = this.beginSigning(key, operation, options);
    const { signingAlgorithm, isDigest = false } = options;
    const answer = await this.run({
      ...use,
      route: 'verify',
      body: {
        signingAlgorithm,
        data: encodeBytes(operation, 'data', data),
        signature: encodeBinary(operation, 'signature', signature),
        isDigest,
      },
    });
    readOneOf(answer, 'signingAlgorithm', [signingAlgorithm]);
    return readFlag(answer, 'signatureValid');
  }

  /**
   * Makes a message authentication code (RFC 2104). Needs a server of 2026.
   *
   * @throws InfisicalValidationError when the key is not a `generate-verify-mac` key (status 400)
   */
  async generateMac(
    key: string,
    data: Plaintext,
    options: KmsScopeOptions = {},
  ): Promise<Buffer> {
    const use = this.begin(key, 'kms.generateMac', options);
    const answer = await this.run({
      ...use,
      route: 'generate-mac',
      body: { data: encodeBytes('kms.generateMac', 'data', data) },
    });
    readOneOf(answer, 'macAlgorithm', MAC_ALGORITHMS);
    return readBytes(answer, 'mac');
  }

  /**
   * Whether the code is the key's. A malformed one is not an error.
   *
   * @param mac 1 to 1024 bytes
   * @throws InfisicalValidationError when the key is not a `generate-verify-mac` key (status 400)
   * @throws InfisicalHttpError `UnreadableAnswer` when the server does not say: that is not a false
   */
  async verifyMac(
    key: string,
    data: Plaintext,
    mac: Uint8Array | ArrayBuffer,
    options: KmsScopeOptions = {},
  ): Promise<boolean> {
    const operation = 'kms.verifyMac';
    const use = this.begin(key, operation, options);
    const answer = await this.run({
      ...use,
      route: 'verify-mac',
      body: {
        data: encodeBytes(operation, 'data', data),
        mac: encodeBinary(operation, 'mac', mac),
      },
    });
    readOneOf(answer, 'macAlgorithm', MAC_ALGORITHMS);
    return readFlag(answer, 'macValid');
  }

  private begin(
    key: string,
    operation: string,
    options: KmsScopeOptions,
  ): Pick<KeyUse, 'key' | 'limits' | 'project'> {
    return useOf(key, begin(operation, options, PROJECT_OPTIONS), options);
  }

  private beginSigning(
    key: string,
    operation: string,
    options: SignOptions,
  ): Pick<KeyUse, 'key' | 'limits' | 'project'> {
    const limits = begin(operation, options, SIGN);
    checkSigning(operation, options);
    return useOf(key, limits, options);
  }

  private async run(use: KeyUse): Promise<Record<string, unknown>> {
    try {
      return await this.send(use);
    } catch (error) {
      const isName = !ID.accepts(use.key);
      if (!(error instanceof InfisicalNotFoundError) || !isName) {
        throw explainLimit(error, longest(use.body));
      }
      // The name may belong to another key since it was looked up.
      const projectId = await this.#context.projectId(use.project);
      if (!this.#ids.delete(`${projectId}:${use.key}`)) throw error;
      return this.send(use);
    }
  }

  private async send({
    key,
    route,
    limits,
    project,
    body,
  }: KeyUse): Promise<Record<string, unknown>> {
    const id = await this.keyId(key, project, limits);
    const { data } = await this.#context.call({
      ...limits,
      method: 'POST',
      path: apiPath`/api/v1/kms/keys/${id}/${routeWord(route)}`,
      body,
      // None of them changes anything on the server.
      idempotent: true,
    });
    const answer = readBody(data);
    if ('keyId' in answer || !CIPHER_ROUTES.has(route)) {
      const answered = readText(answer, 'keyId');
      if (answered.toLowerCase() !== id.toLowerCase()) {
        throw unexpected(answer, 'keyId', 'the key that was asked', answered);
      }
    }
    return answer;
  }

  /** A name is looked up once, for all who ask; each waits no longer than it wants. */
  private async keyId(
    key: string,
    project: KeyUse['project'],
    limits: CallLimits,
  ): Promise<string> {
    if (ID.accepts(key)) return key;
    const remembered = `${await this.#context.projectId({ ...project, signal: limits.signal })}:${key}`;
    let id = this.#ids.get(remembered);
    if (!id) {
      if (this.#ids.size >= MAX_REMEMBERED_KEYS) this.#ids.clear();
      id = this.keys.getByName(key, project).then((found) => found.id);
      this.#ids.set(remembered, id);
      id.catch(() => this.#ids.delete(remembered));
    }
    const found = id;
    return this.#context.http.withDeadline(limits, (signal) =>
      waitFor(found, signal),
    );
  }
}

/** Routes whose answers do not name the key (contract: KMS §1.2). */
const CIPHER_ROUTES = new Set<KeyUse['route']>(['encrypt', 'decrypt']);

function useOf(
  key: string,
  limits: CallLimits,
  { projectId, projectSlug }: KmsScopeOptions,
): Pick<KeyUse, 'key' | 'limits' | 'project'> {
  check(limits.operation ?? 'kms', 'the key (id or name)', key, TEXT);
  return { key, limits, project: { projectId, projectSlug } };
}

/** Bytes of the longest part, which a limit is about. */
function longest(body: KeyUse['body']): number {
  const parts = [body.plaintext, body.ciphertext, body.data, body.signature];
  return Math.max(
    ...parts.map((part) => (typeof part === 'string' ? base64Bytes(part) : 0)),
  );
}
