import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InfisicalConfigError } from 'nestjs-infisical';
import { mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { IDENTITY_ID } from '../support/auth-setup.js';
import { CredentialBench } from '../support/credentials.js';
import { CLIENT_ID, CLIENT_SECRET, failureOf } from '../support/demo.js';

let bench: CredentialBench;
beforeEach(async () => {
  bench = await CredentialBench.start({
    ldapAuth: {},
    oidcAuth: {},
    jwtAuth: {},
  });
});
afterEach(() => bench.stop());

/** One file for each variable that ends in `_FILE`. */
async function environment(variables: Record<string, string>): Promise<void> {
  const written: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    written[name] = name.endsWith('_FILE')
      ? await bench.file(name, `\n ${value}\r\n`)
      : value;
  }
  bench.environment(written);
}

describe('files that the environment names', () => {
  it.each([
    'INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET',
    'INFISICAL_CLIENT_SECRET',
    'INFISICAL_UNIVERSAL_CLIENT_SECRET',
  ])('%s_FILE, with the id beside it', async (name) => {
    await environment({
      INFISICAL_CLIENT_ID: CLIENT_ID,
      [`${name}_FILE`]: CLIENT_SECRET,
    });
    expect(await bench.read(bench.client())).toEqual([]);
    expect(bench.logger.lines).toEqual([
      `Credentials: credential files (INFISICAL_CLIENT_ID, ${name}_FILE), for ${bench.url}`,
    ]);
    expect(bench.logger.warnings).toEqual([]);
  });

  it.each([
    'INFISICAL_UNIVERSAL_AUTH_CLIENT_ID_FILE',
    'INFISICAL_CLIENT_ID_FILE',
  ])('%s', async (name) => {
    await environment({
      [name]: CLIENT_ID,
      INFISICAL_CLIENT_SECRET_FILE: CLIENT_SECRET,
    });
    expect(await bench.read(bench.client())).toEqual([]);
  });

  it.each([
    'INFISICAL_TOKEN_FILE',
    'INFISICAL_ACCESS_TOKEN_FILE',
    'INFISICAL_UNIVERSAL_AUTH_ACCESS_TOKEN_FILE',
  ])('%s', async (name) => {
    const { accessToken } = await bench.client().auth.universalAuth.login({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
    });
    await environment({ [name]: accessToken.reveal() });
    expect(await bench.read(bench.client())).toEqual([]);
    expect(bench.logins).toHaveLength(1);
  });

  it.each([
    ['INFISICAL_OIDC_AUTH_IDENTITY_ID', 'INFISICAL_JWT_FILE', 'oidc'],
    ['INFISICAL_OIDC_AUTH_IDENTITY_ID', 'INFISICAL_OIDC_AUTH_JWT_FILE', 'oidc'],
    ['INFISICAL_JWT_AUTH_IDENTITY_ID', 'INFISICAL_JWT_FILE', 'jwt'],
  ] as const)('%s and %s', async (identity, name, method) => {
    const jwt = bench.setup.providers[method].issueToken({ subject: 'a' });
    await environment({ [identity]: IDENTITY_ID, [name]: jwt });
    expect(await bench.read(bench.client())).toEqual([]);
    expect(bench.logins).toEqual([`/api/v1/auth/${method}-auth/login`]);
  });

  it.each(['INFISICAL_LDAP', 'INFISICAL_LDAP_AUTH'])(
    '%s_USERNAME_FILE and _PASSWORD_FILE',
    async (prefix) => {
      bench.setup.providers.ldap.setUser({
        username: 'ann',
        password: 'right',
      });
      await environment({
        INFISICAL_LDAP_AUTH_IDENTITY_ID: IDENTITY_ID,
        [`${prefix}_USERNAME_FILE`]: 'ann',
        [`${prefix}_PASSWORD_FILE`]: 'right',
      });
      expect(await bench.read(bench.client())).toEqual([]);
    },
  );

  it('come after the variables themselves', async () => {
    await environment({
      INFISICAL_TOKEN_FILE: 'not-this-one',
      INFISICAL_CLIENT_ID: CLIENT_ID,
      INFISICAL_CLIENT_SECRET: CLIENT_SECRET,
    });
    await bench.read(bench.client());
    expect(bench.logger.lines[0]).toMatch(/^Credentials: environment /);
  });

  it('come before what is broken further down', async () => {
    await environment({
      INFISICAL_CLIENT_ID: CLIENT_ID,
      INFISICAL_CLIENT_SECRET_FILE: CLIENT_SECRET,
      INFISICAL_LDAP_PASSWORD: 'half',
    });
    expect(await bench.read(bench.client())).toEqual([]);
  });

  it('complete half a pair, which is refused without them', async () => {
    await environment({ INFISICAL_CLIENT_SECRET_FILE: CLIENT_SECRET });
    const error = await failureOf(bench.read(bench.client()));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toContain(
      'INFISICAL_CLIENT_SECRET_FILE is set, but not INFISICAL_UNIVERSAL_AUTH_CLIENT_ID or INFISICAL_CLIENT_ID',
    );
    expect(bench.logins).toEqual([]);
  });

  it('are read again at every login', async () => {
    const { providers, clock } = bench.setup;
    providers.ldap.setUser({ username: 'ann', password: 'first-password' });
    await environment({
      INFISICAL_LDAP_AUTH_IDENTITY_ID: IDENTITY_ID,
      INFISICAL_LDAP_USERNAME: 'ann',
      INFISICAL_LDAP_PASSWORD_FILE: 'first-password',
    });
    const client = bench.client({ clock });
    await bench.read(client);
    providers.ldap.setUser({ username: 'ann', password: 'second-password' });
    await bench.file('INFISICAL_LDAP_PASSWORD_FILE', 'second-password');
    await client.auth.revoke();
    expect(await bench.read(client)).toEqual([]);
    expect(bench.logins).toHaveLength(2);
    expect(bench.logger.lines).toHaveLength(1);
  });

  it('are named when they cannot be read', async () => {
    bench.environment({
      INFISICAL_CLIENT_ID: CLIENT_ID,
      INFISICAL_CLIENT_SECRET_FILE: '/nowhere/secret',
    });
    const error = await failureOf(bench.read(bench.client()));
    expect(error).toBeInstanceOf(InfisicalConfigError);
    expect(error.message).toContain(
      'auth.universalAuth.clientSecret: the file "/nowhere/secret" cannot be read (ENOENT)',
    );
  });
});

describe('the mode of a credential file', () => {
  const auth = (file: string) => ({
    universalAuth: { clientId: CLIENT_ID, clientSecret: { file } },
  });

  it.each(['602', '622', '646', '666', '777'])(
    '%s: everybody may write it, and it is refused',
    async (octal) => {
      const mode = parseInt(octal, 8);
      const file = await bench.file('secret', CLIENT_SECRET, mode);
      const error = await failureOf(
        bench.read(bench.client({ auth: auth(file) })),
      );
      expect(error).toBeInstanceOf(InfisicalConfigError);
      expect(error.message).toBe(
        `auth.universalAuth.clientSecret: the file "${file}" may be written by every user of this machine, who could swap the credential. Run: chmod 600 ${file}`,
      );
      expect(bench.logins).toEqual([]);
    },
  );

  it.each([
    ['644', 'read by every user'],
    ['604', 'read by every user'],
    ['660', 'written by the group of its owner'],
  ])('%s: it may be %s, and is warned of once', async (octal, what) => {
    const file = await bench.file('secret', CLIENT_SECRET, parseInt(octal, 8));
    for (let time = 0; time < 2; time++) {
      const client = bench.client({ auth: auth(file) });
      await bench.read(client);
      await client.auth.revoke();
      await bench.read(client);
    }
    expect(bench.logger.warnings).toEqual([
      `auth.universalAuth.clientSecret: the file "${file}" holds a credential and may be ${what}. Run: chmod 600 ${file}`,
    ]);
  });

  it.each(['400', '600', '640'])('%s is right', async (octal) => {
    const file = await bench.file('secret', CLIENT_SECRET, parseInt(octal, 8));
    await bench.read(bench.client({ auth: auth(file) }));
    expect(bench.logger.warnings).toEqual([]);
  });

  it('is not looked at in a volume of Kubernetes, but for writing', async () => {
    const volume = join(bench.home, 'volume');
    const file = await bench.file(
      'volume/..2026_01_01_00_00_00.1/secret',
      CLIENT_SECRET,
      0o644,
    );
    await symlink('..2026_01_01_00_00_00.1', join(volume, '..data'));
    await symlink('..data/secret', join(volume, 'secret'));
    const link = join(volume, 'secret');
    await bench.read(bench.client({ auth: auth(link) }));
    expect(bench.logger.warnings).toEqual([]);
    // The same file elsewhere.
    await mkdir(join(bench.home, 'else'));
    await rename(file, join(bench.home, 'else/secret'));
    const moved = join(bench.home, 'else/secret');
    await bench.read(bench.client({ auth: auth(moved) }));
    expect(bench.logger.warnings).toHaveLength(1);
  });

  it('is that of the file behind a link', async () => {
    const file = await bench.file('secret', CLIENT_SECRET, 0o666);
    const link = join(bench.home, 'link');
    await symlink(file, link);
    const error = await failureOf(
      bench.read(bench.client({ auth: auth(link) })),
    );
    expect(error.message).toContain('may be written by every user');
  });
});
