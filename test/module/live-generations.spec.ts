import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import type { TestingModule } from '@nestjs/testing';
import {
  infisicalConfig,
  OnSecretChange,
  Secret,
  type SecretChange,
  SecretsService,
  type StandardSchema,
} from 'nestjs-infisical';
import { z } from 'zod';
import { testApps } from '../support/apps.js';

/** A login that is of no use with the password of another one. */
const OLD = { USER: 'user-1', PASSWORD: 'password-1' };
const NEW = { USER: 'user-2', PASSWORD: 'password-2' };

type Pair = readonly [user: unknown, password: unknown];

const pairOf = ({ USER, PASSWORD }: typeof OLD): Pair => [USER, PASSWORD];

@Injectable()
class Database {
  @Secret('USER', { live: true }) readonly user!: string;
  @Secret('PASSWORD', { live: true }) readonly password!: string;
  readonly told: SecretChange[][] = [];
  onTold: () => void = () => undefined;

  @OnSecretChange('*')
  changed(changes: SecretChange[]): void {
    this.told.push(changes);
    this.onTold();
  }
}

const values = z.object({ USER: z.string(), PASSWORD: z.string() });

/** What answers later than a refresh ends. */
const later: StandardSchema<typeof OLD> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => Promise.resolve({ value: value as typeof OLD }),
  },
};

describe('secrets that change together', () => {
  const apps = testApps();

  async function boot(
    schema?: StandardSchema<typeof OLD>,
  ): Promise<TestingModule> {
    await apps.start({ '/': OLD });
    const loaded = await apps.load();
    return apps.boot({
      loaded,
      imports: [
        ConfigModule.forRoot({
          ignoreEnvFile: true,
          cache: true,
          load: [
            infisicalConfig({ loaded, schema }),
            infisicalConfig({ loaded, schema, namespace: 'db' }),
          ],
        }),
      ],
      providers: [Database],
    });
  }

  it.each([{ kind: 'no' }, { kind: 'a' }])(
    'reach all readers in one refresh, each once, with $kind schema, and are never seen mixed',
    async ({ kind }) => {
      const app = await boot(kind === 'a' ? values : undefined);
      const secrets = app.get(SecretsService);
      const config = app.get<ConfigService>(ConfigService);
      const database = app.get(Database);
      const [user, password] = [secrets.ref('USER'), secrets.ref('PASSWORD')];
      const readers: Record<string, () => Pair> = {
        service: () => [secrets.get('USER'), secrets.get('PASSWORD')],
        live: () => [database.user, database.password],
        refs: () => [user.value, password.value],
        config: () => [config.get('USER'), config.get('PASSWORD')],
        namespace: () => [config.get('db.USER'), config.get('db.PASSWORD')],
      };
      const seen: [from: string, reader: string, pair: Pair][] = [];
      const look = (from: string): void => {
        for (const [reader, read] of Object.entries(readers)) {
          seen.push([from, reader, read()]);
        }
      };
      look('before');
      const calls: string[] = [];
      secrets.changes$.subscribe(({ name }) => {
        calls.push(`changes$ ${name}`);
        look('changes$');
      });
      user.changes$.subscribe(() => {
        calls.push('ref');
        look('ref');
      });
      config.changes$.subscribe(({ path }) => {
        calls.push(`config ${path}`);
        look('config');
      });
      database.onTold = () => {
        calls.push('method');
        look('method');
      };
      for (const [name, value] of Object.entries(NEW)) {
        apps.emulator.rotate(name, value);
      }
      look('before');
      await secrets.refresh();

      expect([...calls].sort()).toEqual([
        'changes$ PASSWORD',
        'changes$ USER',
        'config PASSWORD',
        'config USER',
        'config db.PASSWORD',
        'config db.USER',
        'method',
        'ref',
      ]);
      expect(database.told.map((told) => told.map(({ name }) => name))).toEqual(
        [['PASSWORD', 'USER']],
      );
      for (const [from, reader, pair] of seen) {
        const expected = pairOf(from === 'before' ? OLD : NEW);
        expect([from, reader, pair]).toEqual([from, reader, expected]);
      }
      calls.length = 0;
      await secrets.refresh();
      expect(calls).toEqual([]);
    },
  );

  it('are whole in ConfigService too when its schema answers later', async () => {
    const app = await boot(later);
    const config = app.get<ConfigService>(ConfigService);
    const seen: Pair[] = [];
    const told = new Promise<void>((resolve) => {
      config.changes$.subscribe(() => {
        seen.push([config.get('USER'), config.get('PASSWORD')]);
        if (seen.length === 4) resolve();
      });
    });
    for (const [name, value] of Object.entries(NEW)) {
      apps.emulator.rotate(name, value);
    }
    await app.get(SecretsService).refresh();
    await told;
    expect(seen).toEqual(Array.from({ length: 4 }, () => pairOf(NEW)));
  });
});
