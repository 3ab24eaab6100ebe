import type { Stats } from 'node:fs';
import { open, realpath, rm } from 'node:fs/promises';
import type { ClientLogger } from '../common/client-logger.js';
import { InfisicalConfigError } from '../common/infisical.error.js';
import { warnOnce } from '../common/warn-once.js';

/** Permission bits that others than the owner should not have on a credential. */
const GROUP_WRITE = 0o020;
const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;

/**
 * The text of a file that holds a credential. One that everybody may write is
 * refused, because everybody could swap the identity; one that more than its
 * owner can read or change is warned of once.
 *
 * @param option named in errors
 * @throws InfisicalConfigError when it cannot be read, or everybody may write it
 */
export async function readCredentialFile(
  file: string,
  option: string,
  logger: ClientLogger,
): Promise<string> {
  try {
    const handle = await open(file);
    try {
      await checkMode(await handle.stat(), file, option, logger);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof InfisicalConfigError) throw error;
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new InfisicalConfigError(
      `${option}: the file "${file}" cannot be read (${code}). Check that it exists and that this process may read it.`,
    );
  }
}

/** Deletes the file; where that is not allowed the login goes on, with a warning. */
export async function deleteCredentialFile(
  file: string,
  option: string,
  logger: ClientLogger,
): Promise<void> {
  try {
    await rm(file, { force: true });
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    warnOnce(
      logger,
      `credential-file-kept:${file}`,
      `${option}: the file "${file}" could not be deleted after reading (${code}). Let this process write its directory, or leave deleteAfterRead out.`,
    );
  }
}

async function checkMode(
  stats: Stats,
  file: string,
  option: string,
  logger: ClientLogger,
): Promise<void> {
  // Windows has no such bits, and a pipe has no lasting ones.
  if (process.platform === 'win32' || !stats.isFile()) return;
  const { mode } = stats;
  if (mode & OTHERS_WRITE) {
    throw new InfisicalConfigError(
      `${option}: the file "${file}" may be written by every user of this machine, who could swap the credential. Run: chmod 600 ${file}`,
    );
  }
  const isOpen = (mode & (GROUP_WRITE | OTHERS_READ)) !== 0;
  if (!isOpen || isMountedSecret(file, await realpath(file))) return;
  warnOnce(
    logger,
    `credential-file:${file}`,
    `${option}: the file "${file}" holds a credential and may be ${mode & OTHERS_READ ? 'read by every user' : 'written by the group of its owner'}. Run: chmod 600 ${file}`,
  );
}

/**
 * Whether Docker or Kubernetes mounted the file: they give such files to
 * everybody in the container. Kubernetes keeps the files of a volume in a
 * directory named by its time, behind the link `..data`.
 */
function isMountedSecret(...paths: string[]): boolean {
  return paths.some(
    (path) =>
      /^(\/var)?\/run\/secrets\//.test(path) ||
      /\/\.\.(data|\d{4}_\d\d_\d\d_[\d_.]+)\//.test(path),
  );
}
