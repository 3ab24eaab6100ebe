import { describe, expect, it } from '@jest/globals';
import { Injectable, type Type } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import {
  MissingSecretsError,
  Secret,
  type StandardSchema,
} from 'nestjs-infisical';
import { z } from 'zod';
import { testApps } from '../support/apps.js';
import { failureOf, PROJECT_ID } from '../support/demo.js';

const Database = z.object({
  host: z.string(),
  port: z.number().int().max(65_535),
});

@Injectable()
class Settings {
  @Secret('COUNT', { parse: Number, default: 3 }) readonly count!: number;
  @Secret('DEBUG', { parse: Boolean }) readonly debug!: boolean;
  @Secret('ENDPOINT', { parse: URL }) readonly endpoint!: URL;
  @Secret('PATIENCE', { parse: 'duration' }) readonly patience!: number;
  @Secret('DATABASE', { parse: JSON, schema: Database })
  readonly database!: z.infer<typeof Database>;
  @Secret('MODE', { schema: z.enum(['fast', 'safe']) }) readonly mode!: string;
  @Secret('PARTS', { parse: (text) => text.split(',') })
  readonly parts!: string[];
}

const GOOD = {
  COUNT: ' 25 ',
  DEBUG: 'No',
  ENDPOINT: 'https://example.test/api',
  PATIENCE: '30s',
  DATABASE: '{"host":"db","port":5432}',
  MODE: 'safe',
  PARTS: 'a,b',
};

describe('formats of @Secret', () => {
  const apps = testApps();
  let module: TestingModule;

  async function boot(
    type: Type,
    values: Record<string, string>,
  ): Promise<TestingModule> {
    await apps.start({ '/': values });
    return apps.boot({ providers: [type] });
  }

  it('make numbers, booleans, URLs, durations, JSON and what a schema answers', async () => {
    module = await boot(Settings, GOOD);
    expect(module.get(Settings)).toMatchObject({
      count: 25,
      debug: false,
      endpoint: new URL('https://example.test/api'),
      patience: 30_000,
      database: { host: 'db', port: 5432 },
      mode: 'safe',
      parts: ['a', 'b'],
    });
  });

  it.each(['true', '1', 'YES', 'on'])('read %s as true', async (text) => {
    module = await boot(Settings, { ...GOOD, DEBUG: text });
    expect(module.get(Settings).debug).toBe(true);
  });

  it('report everything wrong in one error, by path and code, without a value', async () => {
    const error = await failureOf(
      boot(Settings, {
        COUNT: '',
        DEBUG: 'canary',
        ENDPOINT: 'canary',
        PATIENCE: 'canary',
        DATABASE: '{"host":"db","port":70000}',
        MODE: 'canary',
        PARTS: 'a',
      }),
    );
    expect(error).toBeInstanceOf(MissingSecretsError);
    const { problems } = error as MissingSecretsError;
    expect(
      problems.map(({ property, reason, hint }) => [property, reason, hint]),
    ).toEqual([
      ['count', 'invalid', 'It is not a finite number.'],
      [
        'debug',
        'invalid',
        'It is none of true, 1, yes, on, false, 0, no and off.',
      ],
      ['endpoint', 'invalid', 'It is not an absolute URL.'],
      ['patience', 'invalid', "It is not a duration such as '30s'."],
      ['database', 'invalid', 'schema refused port (too_big).'],
      ['mode', 'invalid', 'schema refused the value itself (invalid_value).'],
    ]);
    expect(error.message).toContain(
      `Settings.database wants DATABASE: found, but its value is not valid (project ${PROJECT_ID}, environment dev, path /). schema refused port`,
    );
    expect(JSON.stringify(error) + error.stack).not.toMatch(/canary|70000/);
  });

  it('never tell the message of an issue, nor a path or code that is not plain', async () => {
    const talkative: StandardSchema<string> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => ({
          issues: [
            { message: `${String(value)} is wrong`, path: [{ key: 'a' }, 0] },
            {
              message: '',
              path: [`x ${String(value)}`],
              code: `no ${String(value)}`,
            } as never,
          ],
        }),
      },
    };
    @Injectable()
    class Holder {
      @Secret('MODE', { schema: talkative }) readonly mode!: string;
    }
    const error = await failureOf(boot(Holder, { MODE: 'canary' }));
    expect((error as MissingSecretsError).problems[0]?.hint).toBe(
      'schema refused a.0, ? (?).',
    );
    expect(error.message + error.stack).not.toContain('canary');
  });

  it.each<[string, Parameters<typeof Secret>[1]]>([
    [
      'schema',
      { schema: z.string().refine((text) => Promise.resolve(text !== '')) },
    ],
    ['parse', { parse: (text: string) => Promise.reject(new Error(text)) }],
  ])('refuse an asynchronous %s', async (what, options) => {
    @Injectable()
    class Holder {
      @Secret('MODE', options) readonly mode!: string;
    }
    const error = await failureOf(boot(Holder, { MODE: 'canary' }));
    expect(error).toMatchObject({
      name: 'InfisicalConfigError',
      message: expect.stringContaining(
        `Holder.mode (MODE): ${what} must be synchronous`,
      ),
    });
    expect(error.message).not.toContain('canary');
  });

  it('refuse options that cannot be a parser or a schema', () => {
    expect(() => Secret('MODE', { parse: 'number' as 'duration' })).toThrow(
      '@Secret(MODE): parse must be Number, Boolean, JSON, URL',
    );
    expect(() => Secret('MODE', { schema: {} as StandardSchema })).toThrow(
      '@Secret(MODE): schema must be a Standard Schema',
    );
    // @ts-expect-error The default is not of the parser's type.
    Secret('COUNT', { parse: Number, default: 'three' });
  });
});
