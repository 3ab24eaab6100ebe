import {
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  InfisicalConfigError,
  InfisicalError,
  SecretsService,
} from 'nestjs-infisical';
import {
  assertNoSecretLeaks,
  InfisicalEmulator,
  InfisicalTesting,
  InfisicalTestingModule,
  SecretLeakError,
} from 'nestjs-infisical/testing';
import { inspect } from 'node:util';
import { failureOf, seedWith, silenceNest } from '../support/demo.js';

const VALUE = 'p@ss "w/rd" ünï 91?';
const secrets = { DB_PASSWORD: VALUE, PIN: '1234' };

/** The leaks, after making sure that the error itself has no value in it. */
async function leaksOf(
  work: string | string[] | (() => unknown),
  of: Parameters<typeof assertNoSecretLeaks>[1]['secrets'] = secrets,
  values: string[] = [VALUE],
) {
  const error = await failureOf(
    assertNoSecretLeaks(work as () => unknown, { secrets: of }),
  );
  expect(error).toBeInstanceOf(SecretLeakError);
  const { leaks } = error as SecretLeakError;
  const printed = `${inspect(error, { depth: 9 })}${JSON.stringify(leaks)}${error.stack}`;
  for (const value of values) {
    expect(printed).not.toContain(value);
    expect(printed).not.toContain(Buffer.from(value).toString('base64'));
    expect(printed.toLowerCase()).not.toContain(
      Buffer.from(value).toString('hex'),
    );
  }
  return leaks;
}

beforeAll(silenceNest);
afterEach(() => {
  jest.restoreAllMocks();
});

describe('assertNoSecretLeaks with texts', () => {
  const json = JSON.stringify(VALUE).slice(1, -1);
  it.each([
    ['as it is', VALUE],
    ['JSON-escaped', json],
    ['JSON-escaped twice', JSON.stringify(json).slice(1, -1)],
    ['URL-encoded', encodeURIComponent(VALUE)],
    ['URL-encoded', encodeURIComponent(VALUE).toLowerCase()],
    ['URL-encoded', new URLSearchParams({ v: VALUE }).toString().slice(2)],
    ['in hex', Buffer.from(VALUE).toString('hex')],
    ['in hex', Buffer.from(VALUE).toString('hex').toUpperCase()],
    ['in base64', Buffer.from(VALUE).toString('base64')],
    ['in base64', Buffer.from(`u:${VALUE}`).toString('base64')],
    ['in base64', Buffer.from(`u:${VALUE}!`).toString('base64')],
    ['in base64', Buffer.from(`usr:${VALUE}`).toString('base64')],
  ])('finds a value %s: %#', async (form, text) => {
    const leaks = await leaksOf(`before ${text} after`);
    expect(leaks).toContainEqual({
      name: 'DB_PASSWORD',
      where: 'texts[0]',
      form,
      excerpt: 'before [redacted DB_PASSWORD] after',
    });
  });

  it('finds it in base64url, and single lines of a key', async () => {
    const bytes = '\u00ff\u00fe?>~~~ÿÿ??';
    const url = Buffer.from(bytes).toString('base64url');
    const [leak] = await leaksOf([`x ${url}`], { KEY: bytes }, [bytes, url]);
    expect(leak).toMatchObject({ name: 'KEY', form: 'in base64url' });
    const line = 'MIIEvQIBADANBgkqhkiG9w0';
    const pem = `-----BEGIN KEY-----\n${line}\n-----END KEY-----`;
    const [found] = await leaksOf([`at ${line}`], { PEM: pem }, [line]);
    expect(found).toMatchObject({ name: 'PEM', form: 'a line of it' });
  });

  it('names every secret, and cuts the surroundings', async () => {
    const text = `${'a'.repeat(100)}second-secret and first-secret, PIN 1234${'b'.repeat(100)}`;
    const leaks = await leaksOf(
      ['clean', text],
      { FIRST: 'first-secret', SECOND: 'second-secret', PIN: '1234' },
      ['first-secret', 'second-secret', '1234'],
    );
    expect(leaks.map(({ name, where }) => [name, where])).toEqual([
      ['FIRST', 'texts[1]'],
      ['SECOND', 'texts[1]'],
    ]);
    expect(leaks[0]?.excerpt).toMatch(
      /^a{1,40}\[redacted SECOND\] and \[redacted FIRST\], PIN \[redacted\]b{1,40}$/,
    );
  });

  it('accepts texts without them, and ignores short values', async () => {
    await assertNoSecretLeaks(['nothing here', 'PIN 1234'], { secrets });
    await assertNoSecretLeaks('nothing', { secrets: new Map([['A', VALUE]]) });
  });

  it('refuses to look for nothing', async () => {
    await expect(
      assertNoSecretLeaks('text', { secrets: {} }),
    ).rejects.toBeInstanceOf(InfisicalConfigError);
  });
});

describe('assertNoSecretLeaks with a function', () => {
  it.each([
    ['stdout', () => process.stdout.write(`${VALUE}\n`)],
    ['stderr', () => process.stderr.write(Buffer.from(VALUE))],
    ['console.log', () => console.log('got %s', VALUE)],
    ['console.error', () => console.error(new Error(`wrong: ${VALUE}`))],
    ['console.info', () => console.info({ nested: { deep: [VALUE] } })],
    ['Logger.log', () => new Logger('Payments').log(`key ${VALUE}`)],
    ['Logger.error', () => Logger.error(new Error(VALUE))],
  ])('finds what goes to %s', async (where, print) => {
    const leaks = await leaksOf(print);
    expect(leaks.map((leak) => leak.where)).toContain(where);
    expect(leaks.every(({ name }) => name === 'DB_PASSWORD')).toBe(true);
  });

  it('finds a value that is written in pieces', async () => {
    const [leak] = await leaksOf(() => {
      process.stdout.write(`a ${VALUE.slice(0, 9)}`);
      process.stdout.write(`${VALUE.slice(9)} b`);
    });
    expect(leak).toMatchObject({ where: 'stdout', form: 'as it is' });
  });

  it('finds it in the error that is thrown', async () => {
    const [leak] = await leaksOf(() =>
      Promise.reject(new Error(`login with ${VALUE} failed`)),
    );
    expect(leak?.where).toBe('the error it threw');
  });

  it('keeps a leak out of the output, and prints what is clean', async () => {
    const written: string[] = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      written.push(String(chunk));
      return true;
    });
    await leaksOf(() => process.stdout.write(VALUE));
    expect(written).toEqual([]);
    const result = await assertNoSecretLeaks(
      () => {
        process.stdout.write('clean');
        return 42;
      },
      { secrets },
    );
    expect(result).toBe(42);
    expect(written).toEqual(['clean']);
  });

  it('calls back writers, passes errors on, and restores everything', async () => {
    const method = (target: object, name: string): unknown =>
      Reflect.get(target, name);
    const methods = (): unknown[] => [
      method(process.stdout, 'write'),
      method(console, 'log'),
      method(Logger.prototype, 'log'),
      method(Logger, 'log'),
    ];
    const before = methods();
    const failure = new Error('clean');
    const work = assertNoSecretLeaks(
      async () => {
        await new Promise<void>((resolve) =>
          process.stdout.write('', () => resolve()),
        );
        throw failure;
      },
      { secrets },
    );
    const second = failureOf(assertNoSecretLeaks(() => 1, { secrets }));
    expect(await second).toBeInstanceOf(InfisicalError);
    await expect(work).rejects.toBe(failure);
    expect(methods()).toEqual(before);
  });

  it('takes a SecretsService, and the memory of a testing module', async () => {
    const module = await Test.createTestingModule({
      imports: [InfisicalTestingModule.forRoot({ secrets })],
    }).compile();
    const service = module.get(SecretsService);
    const print = (): unknown => process.stdout.write(`key ${VALUE}`);
    const [leak] = await leaksOf(print, service);
    expect(leak).toMatchObject({ name: 'DB_PASSWORD', where: 'stdout' });
    const testing = module.get(InfisicalTesting);
    const [same] = await leaksOf(
      () => {
        testing.setSecret('NEW', 'rotated-value', '/a');
        process.stdout.write('rotated-value');
      },
      [service, testing],
      ['rotated-value'],
    );
    expect(same?.name).toBe('NEW (environment test, path /a)');
    await assertNoSecretLeaks(() => process.stdout.write(inspect(service)), {
      secrets: service,
    });
    await module.close();
  });

  it('takes an emulator, with the credentials of its identities', async () => {
    const emulator = await InfisicalEmulator.start({
      seed: seedWith({ '/': secrets }),
    });
    const leaks = await leaksOf(
      [`a ${VALUE}`, 'b emulator-client-secret'],
      emulator,
      [VALUE, 'emulator-client-secret'],
    );
    expect(leaks.map(({ name }) => name)).toEqual([
      'DB_PASSWORD (project demo, environment dev, path /)',
      'client secret of emulator',
    ]);
    await emulator.stop();
  });
});
