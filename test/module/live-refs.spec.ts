import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalClient,
  InfisicalModule,
  MissingSecretsError,
  type SecretChange,
  type SecretRef,
  type SecretsEvent,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import { z } from 'zod';
import { demoOptions, seedWith, silenceNest } from '../support/demo.js';

describe('SecretsService#ref', () => {
  let emulator: InfisicalEmulator;
  let module: TestingModule;
  let secrets: SecretsService;
  let client: InfisicalClient;

  beforeEach(async () => {
    silenceNest();
    emulator = await InfisicalEmulator.start({
      seed: seedWith({
        '/': { KEY: 'canary-1', LIMIT: '25', DATABASE: '{"port":5432}' },
        '/tenant': { KEY: 'of-tenant' },
        '/other': { KEY: 'of-other' },
      }),
    });
    module = await Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(
          demoOptions(emulator, { tenantScopes: { max: 1 } }),
        ),
      ],
    }).compile();
    secrets = module.get(SecretsService);
    client = module.get(InfisicalClient);
  });

  afterEach(async () => {
    await module.close();
    await emulator.stop();
  });

  const set = async (name: string, secretValue: string): Promise<void> => {
    await client.secrets.update(name, { secretValue });
  };

  it('has the type of its format', () => {
    const key: SecretRef = secrets.ref('KEY');
    const limit: SecretRef<number> = secrets.ref('LIMIT', { parse: Number });
    const database: SecretRef<{ port: number }> = secrets.ref('DATABASE', {
      parse: JSON,
      schema: z.object({ port: z.number() }),
    });
    const absent: SecretRef<number | undefined> = secrets.ref('ABSENT', {
      parse: (text) => text.length,
      optional: true,
    });
    const named = secrets.ref<{ port: number }>('DATABASE', { parse: JSON });
    // @ts-expect-error It is a number.
    const wrong: SecretRef = secrets.ref('LIMIT', { parse: Number });
    expect([
      key.value,
      limit.value,
      database.value.port,
      absent.value,
      named.value.port,
      wrong.value,
    ]).toEqual(['canary-1', 25, 5432, undefined, 5432, 25]);
  });

  it('follows a refresh with value and version, and tells of its own changes only', async () => {
    const key = secrets.ref('KEY');
    const seen: [SecretChange, string][] = [];
    let ended = false;
    key.changes$.subscribe({
      next: (change) => seen.push([change, key.value]),
      complete: () => (ended = true),
    });
    await set('KEY', 'canary-2');
    await set('LIMIT', '26');
    expect([key.value, key.version]).toEqual(['canary-1', 1]);
    await secrets.refresh();
    expect([key.value, key.version, key.status]).toEqual([
      'canary-2',
      2,
      'ready',
    ]);
    expect(seen).toEqual([
      [expect.objectContaining({ name: 'KEY', version: 2 }), 'canary-2'],
    ]);
    await module.close();
    expect(ended).toBe(true);
  });

  it('shows every reader of a refresh the same generation, also from within changes$', async () => {
    const key = secrets.ref('KEY');
    const limit = secrets.ref('LIMIT', { parse: Number });
    const seen: unknown[] = [];
    secrets.changes$.subscribe(() =>
      seen.push([key.value, limit.value, secrets.get('KEY')]),
    );
    await set('KEY', 'canary-2');
    await set('LIMIT', '26');
    await secrets.refresh();
    const newest = ['canary-2', 26, 'canary-2'];
    expect(seen).toEqual([newest, newest]);
  });

  it('keeps the old value when the new one is refused, and tells without a value', async () => {
    const limit = secrets.ref('LIMIT', { parse: Number });
    const database = secrets.ref('DATABASE', {
      parse: JSON,
      schema: z.object({ port: z.number() }),
    });
    const events: SecretsEvent[] = [];
    secrets.events$.subscribe((event) => events.push(event));
    await set('LIMIT', 'canary-9');
    await set('DATABASE', '{"port":"canary-9"}');
    await secrets.refresh();
    expect([limit.value, limit.version, limit.status]).toEqual([
      25,
      1,
      'stale',
    ]);
    expect(limit.problem).toMatchObject({
      name: 'LIMIT',
      reason: 'invalid',
      hint: 'It is not a finite number.',
    });
    expect(database.value).toEqual({ port: 5432 });
    expect(events).toEqual([
      { kind: 'value-kept', problem: limit.problem },
      { kind: 'value-kept', problem: database.problem },
    ]);
    expect(JSON.stringify(events)).not.toContain('canary');
    await set('LIMIT', '26');
    await secrets.refresh();
    expect([limit.value, limit.status, limit.problem]).toEqual([
      26,
      'ready',
      undefined,
    ]);
    expect(events).toHaveLength(2);
  });

  it('keeps the value of a removed secret, unless there is a default or it is optional', async () => {
    const key = secrets.ref('KEY');
    const withDefault = secrets.ref('KEY', { default: 'fallback' });
    const optional = secrets.ref('KEY', { optional: true });
    await client.secrets.delete('KEY');
    await secrets.refresh();
    expect([key.value, key.problem?.reason]).toEqual(['canary-1', 'missing']);
    expect([withDefault.value, withDefault.version]).toEqual([
      'fallback',
      undefined,
    ]);
    expect([optional.value, optional.status]).toEqual([undefined, 'ready']);
  });

  it('cannot be made of what is missing or invalid, nor with unknown options', () => {
    expect(() => secrets.ref('ABSENT')).toThrow(MissingSecretsError);
    expect(() => secrets.ref('KEY', { parse: Number })).toThrow(
      /KEY: found, but its value is not valid .* not a finite number/,
    );
    expect(() => secrets.ref('KEY', { live: true } as object)).toThrow(
      'ref(KEY) has no option "live"',
    );
  });

  it('does not show its value when it is printed', () => {
    const key = secrets.ref('KEY');
    for (const text of [
      inspect(key, { depth: 9, showHidden: true }),
      JSON.stringify({ key }),
      String(key),
      JSON.stringify({ ...key }),
    ]) {
      expect(text).not.toContain('canary');
    }
    expect(inspect(key)).toContain("name: 'KEY'");
  });

  it('throws when its scope was given up', async () => {
    const tenant = await secrets.scope({ path: '/tenant' });
    const key = tenant.ref('KEY');
    expect(key.value).toBe('of-tenant');
    await secrets.scope({ path: '/other' });
    expect(() => key.value).toThrow('was given up for others');
  });
});
