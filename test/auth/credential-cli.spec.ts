import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CompactEncrypt } from 'jose';
import {
  type InfisicalClientOptions,
  defaultCredentialProviders,
  InfisicalCredentialsError,
} from 'nestjs-infisical';
import { InfisicalEmulator } from 'nestjs-infisical/testing';
import { randomBytes } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { CredentialBench } from '../support/credentials.js';
import { CLIENT_ID, CLIENT_SECRET, failureOf } from '../support/demo.js';

const USER = 'ann@demo.test';
/** As the configuration names the user: the file's name is escaped. */
const EMAIL = 'ann/50%@demo.test';
const PASSPHRASE = 'q8Jx0pL2Ze';
const DAY = 24 * 60 * 60_000;

let bench: CredentialBench;
beforeEach(async () => {
  bench = await CredentialBench.start(
    {},
    { users: [{ email: USER, projects: [{ slug: 'demo', role: 'admin' }] }] },
  );
});
afterEach(() => bench.stop());

/** A vault as the CLI writes it: jose2go's defaults, JSON inside of a JSON string. */
async function vault(
  login: object | string,
  passphrase = PASSPHRASE,
): Promise<void> {
  const text = typeof login === 'string' ? login : JSON.stringify(login);
  const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(text)))
    .setProtectedHeader({
      alg: 'PBES2-HS256+A128KW',
      enc: 'A256GCM',
      created: '2026-01-01 12:00:00.123456789 +0000 UTC m=+0.000000001',
    })
    .setKeyManagementParameters({ p2c: 8192, p2s: randomBytes(12) })
    .encrypt(Buffer.from(passphrase));
  await bench.file('infisical-keyring/ann%2F50%25@demo.test', jwe);
}

/** The configuration as the CLI writes it. */
function config(more: Record<string, unknown> = {}): Promise<string> {
  return bench.file(
    '.infisical/infisical-config.json',
    JSON.stringify({
      loggedInUserEmail: EMAIL,
      LoggedInUserDomain: `${bench.url}/api`,
      loggedInUsers: [{ email: EMAIL, domain: `${bench.url}/api` }],
      vaultBackendType: 'file',
      vaultBackendPassphrase: Buffer.from(PASSPHRASE).toString('base64'),
      ...more,
    }),
  );
}

/** The login of the user, from now on. */
async function login(more: object = {}): Promise<string> {
  const token = bench.setup.emulator.userToken(USER);
  await vault({
    email: EMAIL,
    privateKey: '',
    JTWToken: token,
    RefreshToken: '',
    ...more,
  });
  return token;
}

function cliClient(options: InfisicalClientOptions = {}) {
  return bench.client({
    siteUrl: undefined,
    auth: defaultCredentialProviders({ home: bench.home }),
    ...options,
  });
}

/** Why the CLI's login was not taken. */
async function reasonOf(options: InfisicalClientOptions = {}): Promise<string> {
  const error = await failureOf(bench.read(cliClient(options)));
  expect(error).toBeInstanceOf(InfisicalCredentialsError);
  const { tried } = error as InfisicalCredentialsError;
  expect(tried.map(({ source }) => source)).toEqual([
    'environment',
    'credential files',
    'Infisical CLI',
  ]);
  expect(error.message).not.toContain(PASSPHRASE);
  return tried[2]?.reason ?? '';
}

describe('the login of the Infisical CLI', () => {
  it('is read from its file vault, and tells the server', async () => {
    const file = await config();
    const token = await login();
    const client = cliClient();
    expect(client.siteUrl).toBe('https://app.infisical.com');
    expect(await bench.read(client)).toEqual([]);
    expect(client.siteUrl).toBe(bench.url);
    expect(bench.logger.lines).toEqual([
      `Credentials: Infisical CLI (${file}), for ${bench.url}`,
    ]);
    expect(bench.logger.lines.join()).not.toContain(token);
    expect(bench.logger.warnings).toEqual([]);
    expect(bench.setup.emulator.requests.map(({ path }) => path)).toEqual([
      '/api/v4/secrets',
    ]);
  });

  it('comes after the environment', async () => {
    await config();
    await login();
    bench.environment({
      INFISICAL_CLIENT_ID: CLIENT_ID,
      INFISICAL_CLIENT_SECRET: CLIENT_SECRET,
      INFISICAL_URL: bench.url,
    });
    await bench.read(cliClient());
    expect(bench.logger.lines[0]).toMatch(/^Credentials: environment/);
    process.env.INFISICAL_AUTH_METHOD = 'user';
    await bench.read(cliClient());
    expect(bench.logger.lines[1]).toMatch(/^Credentials: Infisical CLI/);
    process.env.INFISICAL_AUTH_METHOD = 'aws-iam';
    expect(await reasonOf()).toBe(
      'INFISICAL_AUTH_METHOD asks for another login',
    );
  });

  it('takes the passphrase of the environment when the configuration has none', async () => {
    await config({ vaultBackendPassphrase: undefined });
    await login();
    expect(await reasonOf()).toContain(
      'needs a passphrase. Set INFISICAL_VAULT_FILE_PASSPHRASE',
    );
    bench.environment({ INFISICAL_VAULT_FILE_PASSPHRASE: PASSPHRASE });
    expect(await bench.read(cliClient())).toEqual([]);
  });

  it('is passed over with a reason where there is none', async () => {
    const file = join(bench.home, '.infisical/infisical-config.json');
    expect(await reasonOf()).toBe(`no login: there is no file "${file}"`);
    await bench.file('.infisical/infisical-config.json', '{');
    expect(await reasonOf()).toBe(
      `The file "${file}" is not JSON. Run \`infisical login\`.`,
    );
    await config({ loggedInUserEmail: '' });
    expect(await reasonOf()).toBe(
      'Nobody is logged in to the Infisical CLI. Run `infisical login`.',
    );
    for (const vaultBackendType of ['auto', undefined]) {
      await config({ vaultBackendType });
      expect(await reasonOf()).toBe(
        'The Infisical CLI keeps its login in the keyring of the system, which is not read. Run `infisical vault set file`, then `infisical login`.',
      );
    }
    await config();
    expect(await reasonOf()).toMatch(
      /^The vault of the Infisical CLI: the file ".*infisical-keyring\/ann%2F50%25@demo.test" cannot be read \(ENOENT\)/,
    );
    for (const content of ['no JSON', { JTWToken: '' }, '5']) {
      await vault(content);
      expect(await reasonOf()).toBe(
        'The vault of the Infisical CLI holds no token. Run `infisical login`.',
      );
    }
    await vault({ JTWToken: 'not-a-jwt' });
    expect(await reasonOf()).toContain('has expired');
  });

  it('is passed over when the passphrase is wrong, or the vault is not one', async () => {
    await config({
      vaultBackendPassphrase: Buffer.from('wrong-one').toString('base64'),
    });
    const token = await login();
    // Hidden by that of the configuration, as in the CLI.
    bench.environment({ INFISICAL_VAULT_FILE_PASSPHRASE: PASSPHRASE });
    const reason =
      'The vault of the Infisical CLI cannot be opened with its passphrase. Run `infisical login`.';
    expect(await reasonOf()).toBe(reason);
    await config();
    await bench.file('infisical-keyring/ann%2F50%25@demo.test', token);
    expect(await reasonOf()).toBe(reason);
  });

  it('is refused when everybody may change its vault', async () => {
    await config();
    await login();
    const file = join(bench.home, 'infisical-keyring/ann%2F50%25@demo.test');
    await chmod(file, 0o606);
    expect(await reasonOf()).toContain(`Run: chmod 600 ${file}`);
  });

  it('goes to no other server than its own', async () => {
    const other = await InfisicalEmulator.start();
    try {
      await config({ LoggedInUserDomain: 'https://eu.infisical.com' });
      await login();
      const reason = `The Infisical CLI is logged in to https://eu.infisical.com, and this client uses ${other.url}. Run \`infisical login --domain ${other.url}\`.`;
      expect(await reasonOf({ siteUrl: other.url })).toBe(reason);
      bench.environment({ INFISICAL_API_URL: `${other.url}/api` });
      expect(await reasonOf()).toBe(reason);
      await config({ LoggedInUserDomain: undefined });
      expect(await reasonOf()).toContain(
        'is logged in to https://app.infisical.com',
      );
      expect(other.requests).toEqual([]);
    } finally {
      await other.stop();
    }
    // The same server, in another spelling.
    await config();
    expect(
      await bench.read(cliClient({ siteUrl: `${bench.url}/api/` })),
    ).toEqual([]);
  });
});

describe('the token of a person', () => {
  it('is never renewed, and read again after the next `infisical login`', async () => {
    await config();
    await login();
    const { clock, emulator } = bench.setup;
    const client = cliClient();
    await bench.read(client);
    // Nine of its ten days, with a request every six hours.
    for (let quarters = 0; quarters < 36; quarters++) {
      await clock.advance(DAY / 4);
      await bench.read(client);
    }
    const paths = () => new Set(emulator.requests.map(({ path }) => path));
    expect([...paths()]).toEqual(['/api/v4/secrets']);
    await clock.advance(DAY);
    const expired = await failureOf(bench.read(client));
    expect(expired.message).toBe(
      'The login of the Infisical CLI has expired. Run `infisical login`.',
    );
    await login();
    await clock.advance(31_000);
    expect(await bench.read(client)).toEqual([]);
    expect([...paths()]).toEqual(['/api/v4/secrets']);
  });

  it('is not taken from a login to another server meanwhile', async () => {
    await config();
    await login();
    const { clock, emulator } = bench.setup;
    const client = cliClient();
    await bench.read(client);
    await config({ LoggedInUserDomain: 'https://eu.infisical.com' });
    const before = emulator.requests.length;
    await clock.advance(11 * DAY);
    // The new token is good, but of another server.
    await login();
    const error = await failureOf(bench.read(client));
    expect(error.message).toMatch(
      /^The Infisical CLI is logged in to https:\/\/eu\.infisical\.com, and/,
    );
    expect(emulator.requests).toHaveLength(before);
  });

  it('cannot be renewed by hand', async () => {
    await config();
    await login();
    const client = cliClient();
    await bench.read(client);
    const error = await failureOf(client.auth.renew());
    expect(error.message).toContain('belongs to a person');
  });
});
