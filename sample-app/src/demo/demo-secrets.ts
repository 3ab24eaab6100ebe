import { type InfisicalClient, InfisicalNotFoundError } from 'nestjs-infisical';
import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { NOTES_KEY } from '../notes/notes.service.js';

/** What the sample reads, by folder. Values are made up at every start. */
function demoSecrets(): Record<string, Record<string, string>> {
  return {
    '/': {
      APP_NAME: 'Corner tea shop',
      SESSION_SECRET: random(),
      BODY_LIMIT: '64kb',
      LIBRARY_API_KEY: `lib_${random()}`,
    },
    '/payments': {
      API_KEY: `pay_${random()}`,
      WEBHOOK_SECRET: `whsec_${random()}`,
    },
    '/mail': {
      API_KEY: `mail_${random()}`,
      SMTP_URL: `smtp://mailer:${random()}@smtp.example.com:587`,
    },
    '/audit': { SIGNING_KEY: random() },
    '/tenants/acme': { API_KEY: `acme_${random()}` },
    '/tenants/globex': { API_KEY: `globex_${random()}` },
  };
}

/** Creates what is not there yet. Never changes what is: someone may have edited it to see the app react. */
export async function provisionSecrets(client: InfisicalClient): Promise<void> {
  const secrets = Object.entries(demoSecrets());
  await Promise.all([
    provisionKey(client),
    createFolders(
      client,
      secrets.map(([path]) => path),
    ),
  ]);
  await Promise.all(
    secrets.map(([path, values]) => provisionFolder(client, path, values)),
  );
}

/** One after another: those above come first. */
async function createFolders(
  client: InfisicalClient,
  paths: readonly string[],
): Promise<void> {
  const present = await client.folders.list({ recursive: true });
  const known = new Set(['/', ...present.map(({ path }) => path)]);
  for (const path of paths) {
    for (const folder of [posix.dirname(path), path]) {
      if (known.has(folder)) continue;
      known.add(folder);
      const name = posix.basename(folder);
      await client.folders.create({ name, path: posix.dirname(folder) });
    }
  }
}

async function provisionFolder(
  client: InfisicalClient,
  path: string,
  secrets: Record<string, string>,
): Promise<void> {
  const present = await client.secrets.list({ path });
  const names = new Set(present.map(({ secretKey }) => secretKey));
  await Promise.all(
    Object.entries(secrets)
      .filter(([name]) => !names.has(name))
      .map(([name, secretValue]) =>
        client.secrets.create(name, { path, secretValue }),
      ),
  );
}

async function provisionKey(client: InfisicalClient): Promise<void> {
  try {
    await client.kms.keys.getByName(NOTES_KEY);
  } catch (error) {
    if (!(error instanceof InfisicalNotFoundError)) throw error;
    await client.kms.keys.create({ name: NOTES_KEY });
  }
}

function random(): string {
  return randomBytes(18).toString('base64url');
}
