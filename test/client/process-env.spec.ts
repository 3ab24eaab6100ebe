import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type AttachToProcessEnvOptions,
  InfisicalClient,
  InfisicalConfigError,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import { attachToEnv } from '../../lib/client/process-env.js';
import { demoOptions, seedWith } from '../support/demo.js';

describe('secrets.attachToProcessEnv', () => {
  let emulator: InfisicalEmulator;
  let client: InfisicalClient;

  beforeEach(async () => {
    emulator = await InfisicalEmulator.start({
      seed: seedWith({
        '/': { DB_URL: 'db-value', PATH: 'evil', TAKEN: 'remote' },
        '/mail': { MAIL_HOST: 'mail-value', DB_URL: 'deep' },
      }),
    });
    const { siteUrl, auth, projectId, environment } = demoOptions(emulator);
    client = new InfisicalClient({ siteUrl, auth, projectId, environment });
  });

  afterEach(async () => {
    await client.close();
    await emulator.stop();
  });

  it('adds what is not there, says what it left out, and goes back', async () => {
    const env: NodeJS.ProcessEnv = { TAKEN: 'local', PATH: '/bin' };
    const done = await client.secrets.attachToProcessEnv({
      recursive: true,
      env,
    });
    expect(env).toEqual({
      TAKEN: 'local',
      PATH: '/bin',
      DB_URL: 'db-value',
      MAIL_HOST: 'mail-value',
    });
    expect([...done.attached].sort()).toEqual(['DB_URL', 'MAIL_HOST']);
    expect(done.skipped).toEqual(
      expect.arrayContaining([
        { name: 'PATH', reason: 'reserved' },
        { name: 'TAKEN', reason: 'set' },
      ]),
    );
    expect(inspect(done, { depth: 9, showHidden: true })).not.toMatch(
      /-value|evil|remote|deep/,
    );
    done.undo();
    expect(env).toEqual({ TAKEN: 'local', PATH: '/bin' });
  });

  it('writes to the environment of the process by default', async () => {
    const name = 'ATTACHED_DB_URL';
    const done = await client.secrets.attachToProcessEnv({
      prefix: 'ATTACHED_',
      include: 'DB_*',
    });
    expect(process.env[name]).toBe('db-value');
    done.undo();
    expect(name in process.env).toBe(false);
  });

  it.each([
    [{ prefix: '1_' }, 'prefix must be letters'],
    [{ include: [''] }, 'include must be a name'],
    [{ viewSecretValue: false }, 'has no option "viewSecretValue"'],
    [{ override: 'yes' }, 'override must be true or false'],
  ])('refuses %j before anything is sent', async (options, text) => {
    const call = client.secrets.attachToProcessEnv(
      options as AttachToProcessEnvOptions,
    );
    await expect(call).rejects.toThrow(InfisicalConfigError);
    await expect(call).rejects.toThrow(text);
    expect(emulator.requests).toHaveLength(0);
  });
});

describe('attachToEnv', () => {
  it.each([
    ...['HOME', 'PATH', 'PS1', 'PS2', 'PWD', 'EDITOR', 'XAUTHORITY', 'USER'],
    ...['TERM', 'TERMINFO', 'SHELL', 'MAIL', 'XDG_CONFIG_HOME', 'LC_ALL'],
    ...['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED'],
    ...['LD_PRELOAD', 'LD_LIBRARY_PATH', 'INFISICAL_CLIENT_SECRET', 'path'],
  ])('never touches %s', (name) => {
    const env: NodeJS.ProcessEnv = {};
    const { skipped } = attachToEnv([[name, 'x']], { override: true }, env);
    expect(env).toEqual({});
    expect(skipped).toEqual([{ name, reason: 'reserved' }]);
  });

  it('guards the name that the prefix makes, not the one without it', () => {
    const env: NodeJS.ProcessEnv = {};
    attachToEnv([['PATH', 'x']], { prefix: 'APP_' }, env);
    attachToEnv([['TH', 'x']], { prefix: 'PA' }, env);
    expect(env).toEqual({ APP_PATH: 'x' });
  });

  it.each([
    ['A=B', 'x', 'name'],
    ['A\0B', 'x', 'name'],
    ['__proto__', 'x', 'name'],
    ['A', 'x\0y', 'value'],
    ['A', undefined, 'hidden'],
  ])('skips %j with %j: %s', (name, value, reason) => {
    const env: NodeJS.ProcessEnv = {};
    const done = attachToEnv([[name, value]], {}, env);
    expect(done.skipped).toEqual([{ name, reason }]);
    expect(Object.keys(env)).toEqual([]);
  });

  it.each([
    [{ include: 'A*' }, ['AB', 'AC']],
    [{ include: 'A?' }, ['AB', 'AC']],
    [{ include: ['B.X'] }, ['B.X']],
    [{ include: /^B/g }, ['B.X', 'BYX']],
    [{ exclude: ['A*', /X$/] }, ['C']],
    [{ include: 'A*', exclude: 'AB' }, ['AC']],
    [{ include: [] }, []],
  ])('chooses by %j', (options, expected) => {
    const names = ['AB', 'AC', 'B.X', 'BYX', 'C'];
    const { attached } = attachToEnv(
      names.map((name) => [name, 'x'] as const),
      options,
      {},
    );
    expect(attached).toEqual(expected);
  });

  it('overrides on demand, and puts back exactly what was there', () => {
    const env: NodeJS.ProcessEnv = { OLD: 'old', EMPTY: '' };
    const values = [
      ['OLD', 'new'],
      ['EMPTY', 'full'],
      ['FRESH', 'x'],
      ['LATER', 'x'],
    ] as const;
    const done = attachToEnv(values, { override: true }, env);
    expect(env).toEqual({ OLD: 'new', EMPTY: 'full', FRESH: 'x', LATER: 'x' });
    env.LATER = 'changed by somebody';
    done.undo();
    expect(env).toEqual({
      OLD: 'old',
      EMPTY: '',
      LATER: 'changed by somebody',
    });
    env.FRESH = 'x';
    done.undo();
    expect(env.FRESH).toBe('x');
  });

  it('takes an empty variable for one that is set', () => {
    const env: NodeJS.ProcessEnv = { EMPTY: '' };
    attachToEnv([['EMPTY', 'full']], {}, env);
    expect(env).toEqual({ EMPTY: '' });
  });
});
