import type { Bytes } from '../common/bytes.js';
import type { Clock } from '../common/clock.js';
import { type Duration, toMilliseconds } from '../common/duration.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { Redacted } from '../common/redaction.js';
import {
  createSymmetricKey,
  decryptSymmetric,
  encryptSymmetric,
} from '../crypto/symmetric.js';
import { TEXT_OR_BYTES } from './kms-bytes.js';
import {
  checkOptions,
  DURATION,
  type Shape,
  TEXT,
  whole,
} from './option-checks.js';

/**
 * Options of `kms.envelope`.
 *
 * @example
 * ```ts
 * const options: EnvelopeOptions = { maxAge: '1m', maxUses: 10_000 };
 * const envelope = client.kms.envelope('customer-data', options);
 * ```
 *
 * @publicApi
 */
export interface EnvelopeOptions {
  projectId?: string;
  projectSlug?: string;
  /** How long a data key is used for new texts, and remembered for old ones. Default 5 minutes. */
  maxAge?: Duration;
  /** How many texts one data key encrypts. Default 1 000 000, far below what AES-GCM bears with random vectors. */
  maxUses?: number;
}

/**
 * Options of an envelope's `encrypt` and `decrypt`.
 *
 * @example
 * ```ts
 * const envelope = kms.envelope('customer-data');
 * const ofRow: EnvelopeTextOptions = { aad: 'customers/17' };
 * const sealed = await envelope.encrypt('a note', ofRow);
 * await envelope.decrypt(sealed, ofRow);
 * ```
 *
 * @publicApi
 */
export interface EnvelopeTextOptions {
  /** What the text belongs to, such as a row's id: decryption needs the same. Default: none. */
  aad?: Bytes;
}

const ENVELOPE: Shape<EnvelopeOptions> = {
  projectId: TEXT,
  projectSlug: TEXT,
  maxAge: DURATION,
  maxUses: whole(1, 2 ** 32),
};

const ENVELOPE_TEXT: Shape<EnvelopeTextOptions> = { aad: TEXT_OR_BYTES };

/** First part of every envelope, for the day there is another form. */
const FORM = 'ie1';

/** Most data keys of old texts that are remembered. */
const MAX_OPENED = 1000;

/** How the envelope reaches the key that stays on the server. */
export interface KeyWrapping {
  wrap(dataKey: string): Promise<string>;
  unwrap(wrapped: string): Promise<string>;
}

/** A data key, and as what it is stored with each text. */
interface DataKey {
  readonly key: Redacted;
  readonly wrapped: string;
  readonly since: number;
}

/**
 * Encrypts any amount on this machine, with data keys that a key of the KMS
 * encrypts (AES-256-GCM; contract: KMS §1). The server is asked once per data
 * key, not once per text, and never sees a text. Each envelope holds all that
 * its decryption needs but the KMS key.
 *
 * @example
 * ```ts
 * const envelope = kms.envelope('customer-data'); // once: it holds data keys
 * const sealed = await envelope.encrypt('a note', { aad: 'customers/17' });
 * const note = await envelope.decrypt(sealed, { aad: 'customers/17' });
 * ```
 *
 * @publicApi
 */
export class KmsEnvelope {
  readonly #keys: KeyWrapping;
  readonly #clock: Clock;
  readonly #maxAge: number;
  readonly #maxUses: number;
  readonly #opened = new Map<string, { key: Promise<Redacted>; at: number }>();
  #current: Promise<DataKey> | undefined;
  #uses = 0;

  /** @internal */
  constructor(keys: KeyWrapping, options: EnvelopeOptions, clock: Clock) {
    checkOptions('kms.envelope', options, ENVELOPE);
    this.#keys = keys;
    this.#clock = clock;
    this.#maxAge = toMilliseconds(options.maxAge ?? '5m', 'maxAge');
    this.#maxUses = options.maxUses ?? 1_000_000;
  }

  /**
   * Encrypts text or bytes of any length, none included.
   *
   * @returns letters, digits, `-`, `_` and dots, fit for a column or a file
   * @throws InfisicalConfigError when an option is wrong or unknown
   * @throws InfisicalNotFoundError when there is no such key
   */
  async encrypt(
    plaintext: Bytes,
    options: EnvelopeTextOptions = {},
  ): Promise<string> {
    checkOptions('envelope.encrypt', options, ENVELOPE_TEXT);
    const { key, wrapped } = await this.dataKey();
    const { ciphertext, iv, tag } = encryptSymmetric({
      plaintext,
      key: key.reveal(),
      aad: options.aad,
    });
    return [FORM, ...[wrapped, iv, tag, ciphertext].map(toUrlSafe)].join('.');
  }

  /**
   * Decrypts an envelope of the same KMS key.
   *
   * @throws InfisicalConfigError when it is no envelope, or an option is wrong or unknown
   * @throws InfisicalError when it is damaged, or `aad` is another
   * @throws InfisicalHttpError status 500 when it is of another KMS key
   */
  async decrypt(
    envelope: string,
    options: EnvelopeTextOptions = {},
  ): Promise<Buffer> {
    checkOptions('envelope.decrypt', options, ENVELOPE_TEXT);
    const [wrapped, iv, tag, ciphertext] = readEnvelope(envelope);
    const key = await this.opened(wrapped);
    return decryptSymmetric({
      ciphertext,
      iv,
      tag,
      key: key.reveal(),
      aad: options.aad,
      output: 'bytes',
    });
  }

  /** The data key of new texts; one is made at a time. */
  private async dataKey(): Promise<DataKey> {
    for (;;) {
      const current = (this.#current ??= this.make());
      const key = await current;
      if (this.isFresh(key.since) && this.#uses < this.#maxUses) {
        this.#uses += 1;
        return key;
      }
      if (this.#current === current) this.#current = undefined;
    }
  }

  private make(): Promise<DataKey> {
    this.#uses = 0;
    const key = new Redacted(createSymmetricKey());
    const making = this.#keys.wrap(key.reveal()).then((wrapped) => {
      const since = this.#clock.monotonic();
      this.remember(wrapped, Promise.resolve(key), since);
      return { key, wrapped, since };
    });
    making.catch(() => {
      if (this.#current === making) this.#current = undefined;
    });
    return making;
  }

  private opened(wrapped: string): Promise<Redacted> {
    const known = this.#opened.get(wrapped);
    if (known && this.isFresh(known.at)) return known.key;
    const key = this.#keys
      .unwrap(wrapped)
      .then((dataKey) => new Redacted(dataKey));
    this.remember(wrapped, key, this.#clock.monotonic());
    key.catch(() => {
      if (this.#opened.get(wrapped)?.key === key) this.#opened.delete(wrapped);
    });
    return key;
  }

  private remember(wrapped: string, key: Promise<Redacted>, at: number): void {
    // Set anew, so that the first of the map is the oldest.
    this.#opened.delete(wrapped);
    this.#opened.set(wrapped, { key, at });
    const oldest = this.#opened.keys().next();
    if (this.#opened.size > MAX_OPENED && !oldest.done) {
      this.#opened.delete(oldest.value);
    }
  }

  private isFresh(since: number): boolean {
    return this.#clock.monotonic() - since <= this.#maxAge;
  }
}

function readEnvelope(envelope: unknown): [string, string, string, string] {
  const [form, ...parts] =
    typeof envelope === 'string' ? envelope.split('.') : [];
  const [wrapped, iv, tag, ciphertext] = parts.map(fromUrlSafe);
  if (
    form !== FORM ||
    parts.length !== 4 ||
    !wrapped ||
    !iv ||
    !tag ||
    ciphertext === undefined
  ) {
    throw new InfisicalConfigError(
      'envelope.decrypt: this is not an envelope. Pass the text that envelope.encrypt returned; what kms.encrypt returned is for kms.decrypt.',
    );
  }
  return [wrapped, iv, tag, ciphertext];
}

function toUrlSafe(base64: string): string {
  return Buffer.from(base64, 'base64').toString('base64url');
}

function fromUrlSafe(text: string): string {
  return Buffer.from(text, 'base64url').toString('base64');
}
