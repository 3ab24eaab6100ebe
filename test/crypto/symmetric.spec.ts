import { describe, expect, it } from '@jest/globals';
import {
  createSymmetricKey,
  decryptSymmetric,
  encryptSymmetric,
  InfisicalClient,
  InfisicalConfigError,
  InfisicalError,
} from 'nestjs-infisical';

/** AES-256-GCM of "hello", key 00..1f, iv 00..0b: a vector of the server's KMS, which has the same algorithm. */
const KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString(
  'base64',
);
const IV = Buffer.from(Array.from({ length: 12 }, (_, i) => i)).toString(
  'base64',
);
const SEALED = Buffer.from('L2e6d6onl/81O4oEbSgjbc2dBXu7', 'base64');
const VECTOR = {
  iv: IV,
  ciphertext: SEALED.subarray(0, 5).toString('base64'),
  tag: SEALED.subarray(5).toString('base64'),
};

describe('local symmetric encryption', () => {
  it('decrypts a ciphertext made elsewhere', () => {
    expect(decryptSymmetric({ ...VECTOR, key: KEY })).toBe('hello');
  });

  it('encrypts and decrypts, with a new vector each time', () => {
    const key = createSymmetricKey();
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    const one = encryptSymmetric({ plaintext: 'Größe 🔑', key });
    const two = encryptSymmetric({ plaintext: 'Größe 🔑', key });
    expect(one.iv).not.toBe(two.iv);
    expect(Buffer.from(one.iv, 'base64')).toHaveLength(12);
    expect(Buffer.from(one.tag, 'base64')).toHaveLength(16);
    expect(decryptSymmetric({ ...one, key })).toBe('Größe 🔑');
    expect(
      decryptSymmetric({ ...encryptSymmetric({ plaintext: '', key }), key }),
    ).toBe('');
  });

  it('is there on a client that has no login', () => {
    const { crypto } = new InfisicalClient();
    expect(crypto.decryptSymmetric({ ...VECTOR, key: KEY })).toBe('hello');
  });

  it('refuses a wrong key, a shortened tag and a damaged text, without repeating the key', () => {
    const other = createSymmetricKey();
    expect(() => decryptSymmetric({ ...VECTOR, key: other })).toThrow(
      InfisicalError,
    );
    const shortTag = Buffer.from(VECTOR.tag, 'base64')
      .subarray(0, 4)
      .toString('base64');
    expect(() =>
      decryptSymmetric({ ...VECTOR, tag: shortTag, key: KEY }),
    ).toThrow(/tag must be base64 of 16 bytes/);
    expect(() => encryptSymmetric({ plaintext: 'x', key: 'c2hvcnQ=' })).toThrow(
      InfisicalConfigError,
    );
    try {
      decryptSymmetric({ ...VECTOR, key: other });
    } catch (error) {
      expect(String(error)).not.toContain(other);
    }
  });
});
