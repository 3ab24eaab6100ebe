import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { Redacted } from '../../common/redaction.js';
import { decryptSymmetric, encryptSymmetric } from '../../crypto/symmetric.js';
import type { SnapshotRefusal } from './snapshot-refused.error.js';

/** First part of every stored snapshot, for the day there is another form. */
const FORM = 'iss1';

/** How far the clocks of two machines may be apart. Milliseconds. */
const CLOCK_TOLERANCE = 300_000;

/** What a snapshot belongs to; part of what is authenticated. */
export interface SnapshotOwner {
  /** Address of the server. */
  readonly site: string;
  /** Who logs in, as the login tells it. */
  readonly login: string;
  /** As {@link scopeKey} makes it. */
  readonly scope: string;
}

/** A snapshot that may be used. */
export interface OpenedSnapshot {
  readonly text: string;
  /** Wall clock of who wrote it. */
  readonly savedAt: number;
}

/** The keys that are made of the user's key: it may serve other things, too. */
export class SnapshotKeys {
  readonly #cipher: Redacted<Buffer>;
  /** Tells which key it is, without telling the key. */
  readonly id: string;

  constructor(key: Uint8Array) {
    const derive = (use: string): Buffer =>
      Buffer.from(hkdfSync('sha256', key, '', `nestjs-infisical ${use}`, 32));
    this.#cipher = new Redacted(derive('snapshot'));
    this.id = createHmac('sha256', derive('snapshot key id'))
      .update(FORM)
      .digest('base64url')
      .slice(0, 16);
  }

  /** The text, encrypted and bound to its owner and time. */
  seal(text: string, owner: SnapshotOwner, savedAt: number): string {
    // Without the fraction, whose dot would end the part.
    const time = String(Math.floor(savedAt));
    const head = [FORM, this.id, digestOf(owner), time].join('.');
    const { ciphertext, iv, tag } = encryptSymmetric({
      plaintext: text,
      key: this.#cipher.reveal(),
      aad: boundTo(head, owner),
    });
    return [head, iv, tag, ciphertext].join('.');
  }

  /** What was sealed, or why it is refused. Its time is believed only after everything else. */
  open(
    sealed: unknown,
    owner: SnapshotOwner,
    limits: { readonly now: number; readonly maxAge: number },
  ): OpenedSnapshot | SnapshotRefusal {
    const parts = typeof sealed === 'string' ? sealed.split('.') : [];
    const [form, keyId, of, time, iv = '', tag = '', ciphertext = ''] = parts;
    if (form !== FORM || parts.length !== 7) return 'unreadable';
    if (keyId !== this.id) return 'other-key';
    if (of !== digestOf(owner)) return 'foreign';
    let text: string;
    try {
      text = decryptSymmetric({
        ciphertext,
        iv,
        tag,
        key: this.#cipher.reveal(),
        aad: boundTo([form, keyId, of, time].join('.'), owner),
      });
    } catch {
      return 'tampered';
    }
    const savedAt = Number(time);
    if (savedAt > limits.now + CLOCK_TOLERANCE) return 'from-the-future';
    return limits.now - savedAt > limits.maxAge ? 'expired' : { text, savedAt };
  }
}

/** Where the snapshot of an owner is stored. It names nothing. */
export function storageKey(owner: SnapshotOwner, what: string): string {
  return `nestjs-infisical:${what}:${digestOf(owner)}`;
}

function digestOf({ site, login, scope }: SnapshotOwner): string {
  return createHash('sha256')
    .update(JSON.stringify([site, login, scope]))
    .digest('base64url')
    .slice(0, 32);
}

function boundTo(head: string, { site, login, scope }: SnapshotOwner): string {
  return JSON.stringify([head, site, login, scope]);
}
