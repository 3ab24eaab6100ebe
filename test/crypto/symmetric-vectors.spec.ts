import { describe, expect, it } from '@jest/globals';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import {
  createSymmetricKey,
  decryptSymmetric,
  type DecryptSymmetricOptions,
  encryptSymmetric,
  InfisicalConfigError,
  InfisicalError,
} from 'nestjs-infisical';

/** Bytes 0, 1, 2 … */
const count = (length: number, from = 0): Buffer =>
  Buffer.from(Array.from({ length }, (_, index) => (index + from) % 256));
const KEY = count(32);
const IV = count(12, 100);

/** The layout of the first SDKs, made by node:crypto alone. */
function seal(plaintext: Buffer, aad?: Buffer): DecryptSymmetricOptions {
  const cipher = createCipheriv('aes-256-gcm', KEY, IV);
  if (aad) cipher.setAAD(aad);
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return {
    ciphertext: sealed.toString('base64'),
    iv: IV.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    key: KEY.toString('base64'),
  };
}

/** Opens what `encryptSymmetric` made, by node:crypto alone. */
function unseal(
  { ciphertext, iv, tag }: Record<'ciphertext' | 'iv' | 'tag', string>,
  aad?: Buffer,
): Buffer {
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', KEY, bytes(iv));
  decipher.setAuthTag(bytes(tag));
  if (aad) decipher.setAAD(aad);
  return Buffer.concat([decipher.update(bytes(ciphertext)), decipher.final()]);
}

const PLAINTEXTS: readonly (readonly [string, Buffer])[] = [
  ['an empty text', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['text of many scripts', Buffer.from('Größe 鍵 🔑 \u0000 end')],
  ['a byte order mark', Buffer.from('\ufeffmarked')],
  ['64 KiB', Buffer.from('é'.repeat(32 * 1024))],
];

describe('ciphertexts of the first SDKs', () => {
  it.each(PLAINTEXTS)('are read: %s', (_, plaintext) => {
    expect(decryptSymmetric(seal(plaintext))).toBe(plaintext.toString('utf8'));
  });

  it.each(PLAINTEXTS)('are made: %s', (_, plaintext) => {
    const sealed = encryptSymmetric({
      plaintext: plaintext.toString('utf8'),
      key: KEY.toString('base64'),
    });
    expect(Buffer.from(sealed.iv, 'base64')).toHaveLength(12);
    expect(Buffer.from(sealed.tag, 'base64')).toHaveLength(16);
    expect(unseal(sealed)).toEqual(plaintext);
  });
});

describe('bytes', () => {
  const bytes = count(256);

  it('go in and come out as they are', () => {
    for (const plaintext of [
      bytes,
      new Uint8Array(bytes),
      new Uint8Array(bytes).buffer,
      // A view of a part must not bring its neighbours.
      Buffer.concat([count(7), bytes, count(9)]).subarray(7, 263),
    ]) {
      const sealed = encryptSymmetric({ plaintext, key: KEY });
      expect(unseal(sealed)).toEqual(bytes);
      expect(
        decryptSymmetric({ ...sealed, key: KEY, output: 'bytes' }),
      ).toEqual(bytes);
    }
  });

  it('may be many', () => {
    const plaintext = Buffer.alloc(16 * 1024 * 1024, 7);
    const sealed = encryptSymmetric({ plaintext, key: KEY });
    const opened = decryptSymmetric({ ...sealed, key: KEY, output: 'bytes' });
    expect(opened.equals(plaintext)).toBe(true);
  });

  it('may be every part of a ciphertext', () => {
    const { ciphertext, iv, tag } = seal(bytes);
    const raw = (text: string | Uint8Array): Uint8Array =>
      new Uint8Array(Buffer.from(text as string, 'base64'));
    const plaintext: Buffer = decryptSymmetric({
      ciphertext: raw(ciphertext),
      iv: raw(iv),
      tag: raw(tag),
      key: new Uint8Array(KEY),
      output: 'bytes',
    });
    expect(plaintext).toEqual(bytes);
  });

  it('are not turned into text that they are not', () => {
    expect(() => decryptSymmetric(seal(bytes))).toThrow(
      /not text in UTF-8: pass output: 'bytes'/,
    );
  });
});

describe('additional data', () => {
  const aad = Buffer.from('row 7');

  it('goes both ways with node:crypto', () => {
    const plaintext = Buffer.from('text');
    expect(decryptSymmetric({ ...seal(plaintext, aad), aad })).toBe('text');
    const sealed = encryptSymmetric({ plaintext, key: KEY, aad: 'row 7' });
    expect(unseal(sealed, aad)).toEqual(plaintext);
  });

  it.each([[undefined], ['row 8']])('is held to: %s', (other) => {
    expect(() =>
      decryptSymmetric({ ...seal(Buffer.from('text'), aad), aad: other }),
    ).toThrow(InfisicalError);
  });
});

describe('what is wrong with a part', () => {
  const good = seal(Buffer.from('text'));
  const of = (length: number): string => count(length).toString('base64');

  it.each<[string, Partial<DecryptSymmetricOptions>, RegExp]>([
    [
      'a short key',
      { key: of(16) },
      /key must be base64 of 32 bytes.*got 16 b/,
    ],
    ['a long key', { key: of(33) }, /key must be .*got 33 bytes/],
    ['a key of text', { key: 'no base64!' }, /key must be .*not base64/],
    ['no key', { key: undefined }, /key must be .*got undefined/],
    ['a short vector', { iv: of(8) }, /iv must be base64 of 12 bytes.*got 8/],
    ['a long vector', { iv: of(16) }, /iv must be .*got 16 bytes/],
    ['a short tag', { tag: of(12) }, /tag must be base64 of 16 bytes.*got 12/],
    ['an empty tag', { tag: '' }, /tag must be .*got 0 bytes/],
    ['url-safe base64', { ciphertext: '-_-_' }, /ciphertext must be base64, /],
    ['another output', { output: 'hex' as 'text' }, /output must be/],
    ['aad of numbers', { aad: 7 as unknown as string }, /aad must be a string/],
  ])('is told before anything is decrypted: %s', (_, part, text) => {
    const work = () => decryptSymmetric({ ...good, ...part });
    expect(work).toThrow(InfisicalConfigError);
    expect(work).toThrow(text);
  });

  it('refuses options it does not know', () => {
    const more = { plaintext: 'x', key: KEY, add: 'row' };
    expect(() => encryptSymmetric(more)).toThrow(/has no option "add"/);
    const parts = { ...good, adata: 'row' };
    expect(() => decryptSymmetric(parts)).toThrow(/has no option "adata"/);
  });

  it('repeats neither key nor text', () => {
    const key = createSymmetricKey();
    let thrown: unknown;
    try {
      decryptSymmetric({ ...good, key });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(InfisicalError);
    expect(thrown).not.toBeInstanceOf(InfisicalConfigError);
    expect(String(thrown)).not.toContain(key);
    expect((thrown as Error).cause).toBeUndefined();
  });
});
