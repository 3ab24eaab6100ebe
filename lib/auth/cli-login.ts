import type * as Jose from 'jose';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ClientLogger } from '../common/client-logger.js';
import type { Clock } from '../common/clock.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { loadOptionalPackage } from '../common/optional-package.js';
import { DEFAULT_SITE_URL, normalizeSiteUrl } from '../http/site-url.js';
import { readCredentialFile } from './credential-file.js';
import { readVariable } from './environment.js';
import { expiryOf } from './token-life.js';

/** The login of the CLI's user. */
export interface CliLogin {
  readonly accessToken: string;
  readonly site: URL;
}

/** What reading it takes. */
export interface CliLoginReader {
  readonly clock: Clock;
  readonly logger: ClientLogger;
}

const PASSPHRASE = 'INFISICAL_VAULT_FILE_PASSPHRASE';

/** A token that ends within this many milliseconds has ended, as the CLI sees it. */
const EXPIRY_MARGIN = 30_000;

const LOGIN_AGAIN = 'Run `infisical login`.';

/** The configuration of the CLI. */
export function cliConfigFile(home = homedir()): string {
  return join(home, '.infisical', 'infisical-config.json');
}

/**
 * Reads the login that the Infisical CLI keeps in its file vault: a JSON text
 * in a JWE with a passphrase, one file for each user.
 *
 * @param home default: that of the process
 * @throws InfisicalConfigError telling why there is none
 */
export async function readCliLogin(
  { clock, logger }: CliLoginReader,
  home = homedir(),
): Promise<CliLogin> {
  const file = cliConfigFile(home);
  const config = parseObject(
    await readCredentialFile(file, 'The login of the Infisical CLI', logger),
  );
  if (!config) {
    throw new InfisicalConfigError(
      `The file "${file}" is not JSON. ${LOGIN_AGAIN}`,
    );
  }
  const email = textOf(config.loggedInUserEmail);
  if (email === undefined) {
    throw new InfisicalConfigError(
      `Nobody is logged in to the Infisical CLI. ${LOGIN_AGAIN}`,
    );
  }
  if (config.vaultBackendType !== 'file') {
    throw new InfisicalConfigError(
      'The Infisical CLI keeps its login in the keyring of the system, which is not read. Run `infisical vault set file`, then `infisical login`.',
    );
  }
  const accessToken = await openVault(config, email, home, logger);
  const expiresAt = expiryOf(accessToken) ?? 0;
  if (expiresAt < clock.now() + EXPIRY_MARGIN) {
    throw new InfisicalConfigError(
      `The login of the Infisical CLI has expired. ${LOGIN_AGAIN}`,
    );
  }
  return {
    accessToken,
    // Older versions write no domain for Infisical Cloud.
    site: normalizeSiteUrl(
      textOf(config.LoggedInUserDomain) ?? DEFAULT_SITE_URL,
    ),
  };
}

async function openVault(
  config: Record<string, unknown>,
  email: string,
  home: string,
  logger: ClientLogger,
): Promise<string> {
  const passphrase = passphraseOf(config);
  // The CLI escapes these two, and nothing else.
  const name = email.replaceAll('%', '%25').replaceAll('/', '%2F');
  const file = join(home, 'infisical-keyring', name);
  const jwe = await readCredentialFile(
    file,
    'The vault of the Infisical CLI',
    logger,
  );
  const { compactDecrypt } = await loadJose();
  let text: string;
  try {
    const { plaintext } = await compactDecrypt(
      jwe.trim(),
      Buffer.from(passphrase),
      {
        keyManagementAlgorithms: ['PBES2-HS256+A128KW'],
        contentEncryptionAlgorithms: ['A256GCM'],
      },
    );
    text = Buffer.from(plaintext).toString('utf8');
  } catch {
    // Without the cause: it is no help, and it came from a secret.
    throw new InfisicalConfigError(
      `The vault of the Infisical CLI cannot be opened with its passphrase. ${LOGIN_AGAIN}`,
    );
  }
  // A JSON text inside of a JSON string; "JTW" is the CLI's spelling.
  const login = parseObject(textOf(parse(text)) ?? '');
  const token = textOf(login?.JTWToken);
  if (token !== undefined) return token;
  throw new InfisicalConfigError(
    `The vault of the Infisical CLI holds no token. ${LOGIN_AGAIN}`,
  );
}

async function loadJose(): Promise<typeof Jose> {
  try {
    return await loadOptionalPackage(
      'jose',
      'The login of the Infisical CLI',
      () => import('jose'),
    );
  } catch (error) {
    if (error instanceof InfisicalConfigError) throw error;
    // An ES module, in a runtime that cannot load one from CommonJS.
    throw new InfisicalConfigError(
      'The package "jose", which opens the vault of the Infisical CLI, does not load here. Install version 5 of it, which is CommonJS, too.',
      { cause: error },
    );
  }
}

/** As the CLI does it, the configuration hides the environment. */
function passphraseOf(config: Record<string, unknown>): string {
  const encoded = textOf(config.vaultBackendPassphrase);
  const passphrase =
    encoded === undefined
      ? readVariable(PASSPHRASE)
      : Buffer.from(encoded, 'base64').toString('utf8');
  if (passphrase) return passphrase;
  throw new InfisicalConfigError(
    `The vault of the Infisical CLI needs a passphrase. Set ${PASSPHRASE}, or run \`infisical vault set file\`, then \`infisical login\`.`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  const value = parse(text);
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)
    : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() ? value : undefined;
}
