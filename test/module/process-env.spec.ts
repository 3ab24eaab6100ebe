import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from '@jest/globals';
import type { LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InfisicalClient,
  InfisicalConfigError,
  InfisicalModule,
  type InfisicalModuleOptions,
  InfisicalNotFoundError,
  SecretsService,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import {
  demoOptions,
  failureOf,
  listedFolders,
  seedWith,
  silenceNest,
} from '../support/demo.js';

const FOLDERS = {
  '/': { ENV_A: 'canary-a', ENV_B: 'canary-b', PATH: 'canary-path' },
  '/mail': { SMTP_URL: 'canary-smtp' },
};

describe('processEnv', () => {
  let emulator: InfisicalEmulator;
  const open: TestingModule[] = [];
  const path = process.env['PATH'];

  beforeAll(silenceNest);

  beforeEach(async () => {
    emulator = await InfisicalEmulator.start({ seed: seedWith(FOLDERS) });
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((app) => app.close()));
    await emulator.stop();
    expect(ours()).toEqual({});
    expect(process.env['PATH']).toBe(path);
  });

  /** The variables that the tests may make. */
  function ours(): NodeJS.ProcessEnv {
    return Object.fromEntries(
      Object.entries(process.env).filter(([name]) =>
        /^(APP_)?(ENV_|SMTP_URL)/.test(name),
      ),
    );
  }

  async function boot(
    processEnv: InfisicalModuleOptions['processEnv'],
    logger?: LoggerService,
  ): Promise<TestingModule> {
    const builder = Test.createTestingModule({
      imports: [InfisicalModule.forRoot(demoOptions(emulator, { processEnv }))],
      providers: [
        {
          provide: 'SEEN',
          useFactory: () => process.env['ENV_A'],
          inject: [SecretsService],
        },
      ],
    });
    if (logger) builder.setLogger(logger);
    const module = await builder.compile();
    open.push(module);
    return module;
  }

  async function change(app: TestingModule, secretValue: string) {
    await app.get(InfisicalClient).secrets.update('ENV_A', { secretValue });
    await app.get(SecretsService).refresh();
  }

  it.each([[undefined], [false]])('%p makes no variable', async (option) => {
    await boot(option);
    expect(ours()).toEqual({});
  });

  it('makes variables of the root scope before providers that need a secret', async () => {
    const app = await boot(true);
    expect(app.get('SEEN')).toBe('canary-a');
    expect(ours()).toEqual({ ENV_A: 'canary-a', ENV_B: 'canary-b' });
    await app.close();
    expect(ours()).toEqual({});
  });

  it('takes prefix, include, exclude and scope', async () => {
    await boot({ prefix: 'APP_', include: 'ENV_*', exclude: 'ENV_B' });
    await boot({ scope: { path: '/mail' } });
    expect(ours()).toEqual({
      APP_ENV_A: 'canary-a',
      SMTP_URL: 'canary-smtp',
    });
    expect(listedFolders(emulator)).toContain('/mail');
  });

  it('leaves variables that are set, or puts them back after override', async () => {
    process.env['ENV_A'] = 'own';
    try {
      const modest = await boot(true);
      expect(ours()).toEqual({ ENV_A: 'own', ENV_B: 'canary-b' });
      await modest.close();
      const bold = await boot({ override: true });
      expect(process.env['ENV_A']).toBe('canary-a');
      await bold.close();
      expect(ours()).toEqual({ ENV_A: 'own' });
    } finally {
      delete process.env['ENV_A'];
    }
  });

  it('follows refreshes: new values, new names, and names that are gone', async () => {
    const app = await boot(true);
    const { secrets } = app.get(InfisicalClient);
    await secrets.create('ENV_C', { secretValue: 'canary-c' });
    await secrets.delete('ENV_B');
    await change(app, 'canary-a2');
    expect(ours()).toEqual({ ENV_A: 'canary-a2', ENV_C: 'canary-c' });
  });

  it('leaves alone what somebody changed meanwhile', async () => {
    const app = await boot(true);
    process.env['ENV_B'] = 'changed';
    try {
      await change(app, 'canary-a2');
      expect(ours()).toEqual({ ENV_A: 'canary-a2', ENV_B: 'changed' });
      await app.close();
      expect(ours()).toEqual({ ENV_B: 'changed' });
    } finally {
      delete process.env['ENV_B'];
    }
  });

  it('undoes them when the app cannot start', async () => {
    const failing = Test.createTestingModule({
      imports: [
        InfisicalModule.forRoot(demoOptions(emulator, { processEnv: true })),
        InfisicalModule.forRoot({
          ...demoOptions(emulator, { path: '/nowhere' }),
          name: 'other',
        }),
      ],
    }).compile();
    expect(await failureOf(failing)).toBeInstanceOf(InfisicalNotFoundError);
    expect(ours()).toEqual({});
  });

  it('keeps the variables of two apps apart, even with override', async () => {
    const first = await boot({ override: true });
    const second = await boot({ override: true, include: 'ENV_A' });
    await change(second, 'canary-a2');
    // It is the first one's, which has not asked yet.
    expect(process.env['ENV_A']).toBe('canary-a');
    await second.close();
    expect(ours()).toEqual({ ENV_A: 'canary-a', ENV_B: 'canary-b' });
    await first.get(SecretsService).refresh();
    expect(process.env['ENV_A']).toBe('canary-a2');
    const third = await boot(true);
    await first.close();
    expect(ours()).toEqual({});
    // Free now.
    await change(third, 'canary-a3');
    expect(ours()).toEqual({ ENV_A: 'canary-a3', ENV_B: 'canary-b' });
  });

  it('logs names, and why one was skipped, but no value', async () => {
    const lines: string[] = [];
    const note = (...args: unknown[]): void => void lines.push(args.join(' '));
    const logger = { log: note, warn: note, error: note };
    try {
      const app = await boot(true, logger);
      await boot({ include: 'ENV_A' }, logger);
      await change(app, 'canary-a2');
    } finally {
      silenceNest();
    }
    expect(lines.filter((line) => line.includes('variables'))).toEqual([
      expect.stringContaining(
        '2 secrets are environment variables: ENV_A, ENV_B; not PATH (reserved)',
      ),
      expect.stringContaining(
        '0 secrets are environment variables: none; not ENV_A (set)',
      ),
    ]);
    expect(lines.join('\n')).not.toContain('canary');
  });

  it.each([
    [{ prefx: 'A' }, /processEnv has no option "prefx"/],
    [{ prefix: '1A' }, /prefix must be letters/],
    [{ include: [1] }, /include must be/],
    [{ scope: { paht: '/' } }, /processEnv\.scope has no option "paht"/],
    [{ scope: { path: 1 } }, /processEnv\.scope: path/],
    ['yes', /processEnv: its options must be/],
  ])('refuses %j', async (option, message) => {
    const error = await failureOf(boot(option as never));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toMatch(message);
  });

  it('tells of a scope that is not there, at bootstrap', async () => {
    const error = await failureOf(boot({ scope: { path: '/nowhere' } }));
    expect(error).toBeInstanceOf(InfisicalNotFoundError);
    expect(error.message).toContain('path /nowhere');
  });
});
