import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type InfisicalClient,
  InfisicalConfigError,
  InfisicalError,
  InfisicalHttpError,
} from 'nestjs-infisical';
import { type InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { clientBench } from '../support/client-bench.js';

describe('an envelope of the KMS', () => {
  const { start, clientOf } = clientBench();
  let emulator: InfisicalEmulator;
  let client: InfisicalClient;
  let clock: VirtualClock;

  beforeEach(async () => {
    clock = new VirtualClock();
    emulator = await start({}, { clock });
    client = clientOf(emulator, { clock });
    await client.kms.keys.create({ name: 'app' });
    await client.kms.keys.create({ name: 'other' });
  });

  const calls = (what: 'encrypt' | 'decrypt'): number =>
    emulator.count({ path: `/api/v1/kms/keys/*/${what}` });

  it('keeps texts and bytes of any length, one call of the server for many', async () => {
    const envelope = client.kms.envelope('app');
    const texts = [
      '',
      'Grüße',
      randomBytes(5 * 1024 * 1024),
      Buffer.from([0, 255, 0]),
    ];
    const sealed = await Promise.all(
      texts.map((text) => envelope.encrypt(text)),
    );
    expect(new Set(sealed).size).toBe(texts.length);
    expect(sealed[1]).toMatch(/^ie1(\.[\w-]*){4}$/);
    for (const [n, text] of texts.entries()) {
      const opened = await envelope.decrypt(sealed[n] ?? '');
      expect(opened.equals(Buffer.from(text as string))).toBe(true);
    }
    expect([calls('encrypt'), calls('decrypt')]).toEqual([1, 0]);
  });

  it('is opened by another process, which asks the server once per data key', async () => {
    const sealed = await client.kms.envelope('app').encrypt('hello');
    const other = client.kms.envelope('app');
    const opened = await Promise.all([
      other.decrypt(sealed),
      other.decrypt(sealed),
    ]);
    expect(opened.map(String)).toEqual(['hello', 'hello']);
    expect(calls('decrypt')).toBe(1);
  });

  it('takes a new data key after its time, or after its uses', async () => {
    const envelope = client.kms.envelope('app', { maxAge: '1m', maxUses: 2 });
    const sealed = await envelope.encrypt('1');
    await clock.advance(61_000);
    await envelope.encrypt('2');
    expect(calls('encrypt')).toBe(2);
    await Promise.all(['3', '4', '5'].map((text) => envelope.encrypt(text)));
    expect(calls('encrypt')).toBe(3);
    expect(String(await envelope.decrypt(sealed))).toBe('1');
  });

  it('belongs to what it was made for, and to its key', async () => {
    const envelope = client.kms.envelope('app');
    const sealed = await envelope.encrypt('hello', { aad: 'row 1' });
    expect(String(await envelope.decrypt(sealed, { aad: 'row 1' }))).toBe(
      'hello',
    );
    for (const aad of ['row 2', undefined]) {
      await expect(envelope.decrypt(sealed, { aad })).rejects.toBeInstanceOf(
        InfisicalError,
      );
    }
    await expect(
      client.kms.envelope('other').decrypt(sealed, { aad: 'row 1' }),
    ).rejects.toBeInstanceOf(InfisicalHttpError);
  });

  it('is not anything else', async () => {
    const envelope = client.kms.envelope('app');
    const ciphertext = await client.kms.encrypt('app', 'hello');
    for (const text of [ciphertext, '', 'ie1.a.b.c', 'ie2.YQ.YQ.YQ.YQ', 7]) {
      await expect(envelope.decrypt(text as string)).rejects.toBeInstanceOf(
        InfisicalConfigError,
      );
    }
    expect(() => client.kms.envelope('app', { maxUses: 0 })).toThrow(
      /maxUses must be a whole number from 1/,
    );
  });

  it.each([
    [{ aaad: 'row 1' }, /has no option "aaad"\. Known options: aad\./],
    [{ aad: 7 }, /aad must be a string, a Buffer.*; got a number/],
    [null, /its options must be an object; got null/],
  ])('refuses the options %j before anything is sent', async (wrong, text) => {
    const envelope = client.kms.envelope('app');
    const sealed = await envelope.encrypt('hello', { aad: 'row 1' });
    const before = emulator.requests.length;
    const options = wrong as { aad?: string };
    await expect(envelope.encrypt('hello', options)).rejects.toThrow(text);
    await expect(envelope.decrypt(sealed, options)).rejects.toThrow(text);
    expect(emulator.requests).toHaveLength(before);
  });

  it('goes on after a failure, and shows no key', async () => {
    const envelope = client.kms.envelope('app');
    const trouble = emulator.trouble.add({
      kind: 'error',
      status: 500,
      path: '/api/v1/kms/**',
    });
    await expect(envelope.encrypt('x')).rejects.toBeInstanceOf(
      InfisicalHttpError,
    );
    trouble.end();
    await envelope.encrypt('x');
    expect(inspect(envelope, { depth: null, showHidden: true })).not.toMatch(
      /[A-Za-z0-9+/]{40}/,
    );
  });
});
