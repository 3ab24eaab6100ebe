import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InfisicalClient,
  InfisicalConfigError,
  InfisicalError,
  InfisicalHttpError,
} from 'nestjs-infisical';
import { InfisicalEmulator, VirtualClock } from 'nestjs-infisical/testing';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  PROJECT_ID,
  seedWith,
} from '../support/demo.js';

describe('an envelope of the KMS', () => {
  let emulator: InfisicalEmulator;
  let client: InfisicalClient;
  let clock: VirtualClock;

  beforeEach(async () => {
    clock = new VirtualClock();
    emulator = await InfisicalEmulator.start({ clock, seed: seedWith({}) });
    client = new InfisicalClient({
      siteUrl: emulator.url,
      auth: {
        universalAuth: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
      },
      projectId: PROJECT_ID,
      clock,
    });
    await client.kms.keys.create({ name: 'app' });
    await client.kms.keys.create({ name: 'other' });
  });

  afterEach(async () => {
    await client.close();
    await emulator.stop();
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
